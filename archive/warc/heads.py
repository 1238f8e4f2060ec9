"""The head of a WARC record: its version and its named fields."""

from __future__ import annotations

import re

#: Names and values, as they stand in a record.
Headers = list[tuple[str, str]]

_FOLD = re.compile(r"\n[ \t]+")
_LENGTH = re.compile(r"[0-9]{1,18}")
#: A head whose blanks stand between words, as nearly all writers leave it.
_USUAL = re.compile(rb"[!-~]++(?:\r\n[!-9;-~]++: [!-~]++(?: [!-~]++)*+)*+")
#: The fields of the standard as it spells them, and what is commonly beside them.
STANDARD = frozenset({
    "WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length", "Content-Type", "WARC-Block-Digest", "WARC-Payload-Digest",
    "WARC-IP-Address", "WARC-Refers-To", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date", "WARC-Target-URI", "WARC-Truncated",
    "WARC-Warcinfo-ID", "WARC-Filename", "WARC-Profile", "WARC-Identified-Payload-Type", "WARC-Segment-Origin-ID",
    "WARC-Segment-Number", "WARC-Segment-Total-Length", "WARC-Concurrent-To",
})  # fmt: skip
_BESIDE = frozenset({"WARC-Protocol", "WARC-Cipher-Suite", "Fangtan-Role"})
_SPELLED = {name.lower(): name for name in STANDARD | _BESIDE}
_NAMES = frozenset(_SPELLED.values())


def parse_head(head: bytes) -> tuple[str, Headers]:
    """Version line and headers; folded lines are joined."""
    if not _USUAL.fullmatch(head):
        return _loose(head.decode("utf-8", "replace"))
    version, *lines = head.decode("ascii").split("\r\n")
    return version, [(name, value) for name, _, value in [line.partition(": ") for line in lines]]


def _loose(text: str) -> tuple[str, Headers]:
    """A head in which anything may stand; a line without a colon is a value without a name."""
    text = text.replace("\r\n", "\n")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    version, _, rest = text.partition("\n")
    parts = (line.partition(":") for line in rest.split("\n") if line.strip())
    return version, [(name.strip(), value.strip()) if colon else ("", name.strip()) for name, colon, value in parts]


def by_name(headers: Headers) -> dict[str, str]:
    """The first value of each name, under :func:`key_of` the name."""
    found = dict(headers)
    if len(found) == len(headers) and found.keys() <= _NAMES:
        return found
    return {key_of(name): value for name, value in reversed(headers)}


def key_of(name: str) -> str:
    """A name in whatever case as the standard spells it; one that it does not know in lower case."""
    lowered = name.lower()
    return _SPELLED.get(lowered, lowered)


def length_of(headers: Headers) -> int:
    """The Content-Length, -1 when there is none that makes sense."""
    found = [value for name, value in headers if len(name) == 14 and name.lower() == "content-length"]
    return int(found[0]) if len(found) == 1 and _LENGTH.fullmatch(found[0]) else -1
