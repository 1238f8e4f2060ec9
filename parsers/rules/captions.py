"""Who is named in two lines above a talk, as beneath a picture: ``钱慧``, ``县农技站站长``."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.header.below import is_post
from parsers.page.lines import Line
from parsers.page.text import BLANK, squeeze
from parsers.patterns import compiled
from parsers.people.names import is_name

_SENTENCE = compiled(r"[。!?:]")


def in_two_lines(above: list[Line]) -> Iterator[tuple[Line, str]]:
    """The lines with a name beside one with a post, each with both as one text."""
    lines = [line for line in above if line.block.tag not in ("td", "th", "dt", "dd")]
    at = 0
    while at + 1 < len(lines):
        pair = lines[at], lines[at + 1]
        told = next(((n, p) for n, p in (pair, pair[::-1]) if _is_name_with_post(n, p)), None)
        if told:
            yield told[0], f"{told[1].text.strip(BLANK)} {squeeze(told[0].text)}"
        at += 2 if told else 1


def _is_name_with_post(name: Line, post: Line) -> bool:
    """Whether one line is a name, and the other a post that names nobody."""
    return is_name(name.text) and not _SENTENCE.search(post.fold) and is_post(post.text)
