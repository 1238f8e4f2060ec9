"""Who is named in two lines above a talk, as beneath a picture: ``钱慧``, ``县农技站站长``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from parsers.header.below import is_post
from parsers.page.lines import Line
from parsers.page.text import BLANK, squeeze
from parsers.people.names import is_name

_SENTENCE = re.compile(r"[。!?:]")


def in_two_lines(above: list[Line]) -> Iterator[tuple[Line, str]]:
    """The lines with a name beside one with a post, each with both as one text."""
    for line, below in pairwise(line for line in above if line.block.tag not in ("td", "th", "dt", "dd")):
        for name, post in ((line, below), (below, line)):
            if is_name(name.text) and not _SENTENCE.search(post.fold) and is_post(post.text):
                yield name, f"{post.text.strip(BLANK)} {squeeze(name.text)}"
