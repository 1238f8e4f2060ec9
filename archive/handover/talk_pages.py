"""Which pages of a general archive belong to interviews: what one page says of itself, without any other.

Most pages of such an archive are none, so cheap signs come first: a page that has no word of talks, in any encoding or
escape, is not opened. What is left is read as the indexer would read it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import parsers
from archive.collection.urls import canonical
from parsers.errors import FangtanError
from parsers.record import INTERVIEW_KINDS

log = logging.getLogger("fangtan")
Answer = TypeVar("Answer")
#: One of these is on every page of an interview section, be it only in its path of columns.
_WORDS = (
    "访谈", "嘉宾", "主持人", "网友", "做客", "对话", "热线", "发布会", "记者", "在线", "直播", "问政", "民生",
    "訪談", "嘉賓", "對話", "熱線", "發佈會", "發布會", "記者", "直播",
)  # fmt: skip


def _forms() -> tuple[bytes, ...]:
    """Each word as pages write it: in the encodings of Chinese pages, in JSON's escapes, in HTML's."""
    found = dict[bytes, None]()
    for word in _WORDS:
        for encoding in ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be"):
            found[word.encode(encoding, "ignore")] = None
        escaped = "".join(f"\\u{ord(c):04x}" for c in word)
        found |= dict.fromkeys((escaped.encode(), escaped.upper().replace("\\U", "\\u").encode()))
        for form in ("&#{};", "&#x{:x};", "&#x{:X};", "&#X{:X};"):
            found["".join(form.format(ord(c)) for c in word).encode()] = None
    return tuple(form for form in found if len(form) >= 4)


_FORMS = _forms()
_ESCAPES = (b"\\u", b"&#", b"\0")


class Judged(NamedTuple):
    """What a page is, and the keys of the addresses that it names.

    :ivar kind: of :data:`parsers.record.KINDS`; empty where the page was not opened, ``unread`` where it failed
    :ivar entries: a section's list names them; empty for any other page
    :ivar parts: further pages and fragments of the same talk
    """

    kind: str = ""
    section: bool = False
    entries: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def is_talk(self) -> bool:
        """Whether the page is an interview by itself."""
        return self.kind in INTERVIEW_KINDS


def may_be(data: bytes) -> bool:
    """Whether a page has a word of talks; most pages of a general archive have none."""
    if data.isascii() and not any(escape in data for escape in _ESCAPES):
        return False
    return any(form in data for form in _FORMS)


def judge(payload: parsers.Payload) -> Judged:
    """Read a page. It runs in any process and fails for no page."""
    if not may_be(payload.data):
        return Judged()
    opened = _tried(payload, lambda: parsers.Opened(payload))
    record = None if opened is None else _tried(payload, opened.record)
    if opened is None or record is None:
        return Judged("unread")
    links = _tried(payload, opened.links) or parsers.Links()
    section = links.is_section and record.kind not in INTERVIEW_KINDS
    entries = dict.fromkeys(canonical(item.url) for item in links.items) if section else ()
    parts = dict.fromkeys(map(canonical, links.parts)) if record.kind in INTERVIEW_KINDS else ()
    return Judged(record.kind, section, tuple(entries), tuple(parts))


def _tried(payload: parsers.Payload, ask: Callable[[], Answer]) -> Answer | None:
    """What a page answers; ``None`` where it cannot be read. One page concerns no other."""
    try:
        return ask()
    except FangtanError:
        return None
    except Exception:  # an error of ours
        log.exception("%s", payload.url)
        return None
