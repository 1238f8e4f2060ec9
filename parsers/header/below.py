"""Guests in the lines below their label."""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsers.page.lines import Line
from parsers.page.text import BLANK
from parsers.people.names import TITLE_END, is_name
from parsers.people.values import parse_guests


def with_more(value: str, below: Iterable[Line], label: re.Pattern[str]) -> tuple[str, tuple[Line, ...]]:
    """The guests of a label with those listed below it: one a line, or a post and who has it in two lines.

    :param below: the lines below the value
    :param label: what another label begins with
    """
    entries, extra = [value], list[Line]()
    waiting: list[Line] = []  # the line of a post whose name is to come, or of a name
    for line in below:
        post = waiting[0].text if waiting else value if not extra else ""
        if label.match(line.fold):
            break
        if joined := _joined(post, line):
            entries[0 if not waiting and not extra else len(entries) :] = [joined]
            extra, waiting = [*extra, *waiting, line], []
        elif _is_guest(line, line.text) and not waiting:
            entries.append(line.text)
            extra.append(line)
        elif not waiting and (extra or not _is_half(value)) and _is_half(line.text):
            waiting.append(line)
        else:
            break
    return "\n".join(entries), tuple(extra)


def _joined(half: str, line: Line) -> str:
    """A post with the words of the next line, or a name with its post there, where both are one person; else empty."""
    if is_name(half) and is_post(line.text):
        return f"{line.text.strip(BLANK)} {half.strip(BLANK)}"
    words = f"{half.strip(BLANK)}{line.text.strip(BLANK)}"
    alone = not half.endswith(("、", "，", ",")) and _is_guest(line, line.text)
    return words if is_post(half) and not alone and _is_guest(line, words) else ""


def _is_half(words: str) -> bool:
    """Whether words are a name without a post, or a post without a name."""
    return is_name(words) or is_post(words)


def is_post(words: str) -> bool:
    """Whether words are a post that names nobody."""
    guests = parse_guests(words) if 0 < len(words) <= 60 else []
    return len(guests) == 1 and not guests[0].name and bool(guests[0].title)


def _is_guest(line: Line, words: str) -> bool:
    """Whether a line's words are nothing but one person with a post: ``县水务局局长 赵一鸣``, ``赵一鸣：县水务局局长``."""
    if len(words) > 60 or line.link_share > 0.5 or re.search(r"[。?!]", line.fold):
        return False
    if ":" in line.fold and not TITLE_END.search(line.fold.rstrip()):
        return False
    guests = parse_guests(words)
    return len(guests) == 1 and bool(guests[0].name and guests[0].title)
