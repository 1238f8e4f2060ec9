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
#: Names that :func:`by_name` keeps as they are.
NAMES = frozenset(_SPELLED.values())


class _Shapes:
    """Patterns of heads. A writer names the same fields in the same order in nearly all records of a type, so one
    pattern takes such a head apart in one step. It is made when two heads in a row have the same names.
    """

    #: Patterns, fields of one, bytes of a head: a hostile file has no new one made for each of its records.
    _MOST, _FIELDS, _LONGEST = 64, 24, 4096

    def __init__(self) -> None:
        self._current: dict[bytes, tuple[re.Pattern[str], tuple[str, ...]]] = {}
        self._last: dict[bytes, tuple[str, ...]] = {}
        self._made: dict[tuple[str, ...], re.Pattern[str]] = {}

    @staticmethod
    def key(head: bytes) -> bytes:
        """The type of a record, as far as it tells shapes apart."""
        at = head.find(b"WARC-Type: ")
        return head[at : at + 20]

    def fields(self, key: bytes, head: bytes) -> tuple[str, Headers] | None:
        """Version and headers of a head that has the shape of the last ones of its type."""
        pattern, names = self._current.get(key, (None, ()))
        found = pattern.fullmatch(head.decode("latin-1")) if pattern is not None else None
        return None if found is None else (found[1], list(zip(names, found.groups()[1:], strict=True)))

    def learn(self, key: bytes, head: bytes, headers: Headers) -> None:
        """A head that had another shape."""
        if len(head) > self._LONGEST:
            return
        names = tuple([name for name, _ in headers])
        if self._last.get(key) == names and (pattern := self._pattern(names)) is not None:
            self._current[key] = pattern, names
        if len(self._last) > self._MOST:
            self._last.clear()
            self._current.clear()
        self._last[key] = names

    def _pattern(self, names: tuple[str, ...]) -> re.Pattern[str] | None:
        if names not in self._made and len(self._made) < self._MOST and len(names) <= self._FIELDS:
            fields = "".join(rf"\r\n{re.escape(name)}: ([!-~]++(?: [!-~]++)*+)" for name in names)
            self._made[names] = re.compile(rf"([!-~]++){fields}")
        return self._made.get(names)


_shapes = _Shapes()


def parse_head(head: bytes) -> tuple[str, Headers]:
    """Version line and headers; folded lines are joined."""
    key = _shapes.key(head)
    if (known := _shapes.fields(key, head)) is not None:
        return known
    if not _USUAL.fullmatch(head):
        return _loose(head.decode("utf-8", "replace"))
    version, *lines = head.decode("ascii").split("\r\n")
    headers = [(name, value) for name, _, value in [line.partition(": ") for line in lines]]
    _shapes.learn(key, head, headers)
    return version, headers


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
    if len(found) == len(headers) and found.keys() <= NAMES:
        return found
    return {key_of(name): value for name, value in reversed(headers)}


def key_of(name: str) -> str:
    """A name in whatever case as the standard spells it; one that it does not know in lower case."""
    lowered = name.lower()
    return _SPELLED.get(lowered, lowered)


def length_of(headers: Headers) -> int:
    """The Content-Length, -1 when there is none that makes sense."""
    found = [value for name, value in headers if len(name) == 14 and name.lower() == "content-length"]
    return number_of(found[0]) if len(found) == 1 else -1


def number_of(text: str) -> int:
    """What a Content-Length says, -1 for what is no number."""
    return int(text) if _LENGTH.fullmatch(text) else -1
