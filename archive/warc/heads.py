"""The head of a WARC record: its version and its named fields."""

from __future__ import annotations

import re

#: Names and values, as they stand in a record.
Headers = list[tuple[str, str]]

_FOLD = re.compile(r"\n[ \t]+")
_ADDRESS = re.compile(r"target-uri$", re.IGNORECASE)
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


class Escaped(list[tuple[str, str]]):
    """Headers of which some were not in UTF-8."""


#: Values as nearly all writers leave them; what is not of that form may be right, too.
OUR_ID = r"<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}>"
_FORMS = {
    "WARC-Record-ID": OUR_ID,
    "WARC-Target-URI": r"[A-Za-z][A-Za-z0-9+.-]*+:[!-;=?-~]*+",
    "Content-Type": r"application/http[!-~]*+(?: [!-~]++)*+",
}
_ANY = r"[!-~]++(?: [!-~]++)*+"


class Shape:
    """What heads of one type share: the version, names in order, and which values have their usual form.

    :ivar fields: the pattern of a head; its groups are the values
    :ivar single: each name is one of :data:`NAMES` and there once
    :ivar usual: names whose values have the form of :data:`_FORMS`
    :ivar own_id: the record's id is a UUID as fangtan writes it
    """

    __slots__ = ("fields", "names", "own_id", "single", "type", "usual", "version")

    def __init__(self, version: str, names: tuple[str, ...], usual: frozenset[str], kind: str) -> None:
        self.version, self.names, self.usual, self.type = version, names, usual, kind
        self.single = len(set(names)) == len(names) and NAMES.issuperset(names)
        self.own_id = self.single and "WARC-Record-ID" in usual
        forms = {"WARC-Type": re.escape(kind), **{name: _FORMS[name] for name in usual}}
        lines = [rf"\r\n{re.escape(name)}: ({forms.get(name, _ANY)})" for name in names]
        self.fields = re.compile(re.escape(version) + "".join(lines))


#: Version, the first value of each name (:func:`by_name`), all headers (``None``: they are those), the known shape.
Head = tuple[str, dict[str, str], Headers | None, Shape | None]


class _Shapes:
    """Shapes that were seen. A writer names the same fields in the same order in nearly all records of a type, so one
    pattern takes such a head apart in one step. It is made when two heads in a row have the same names.
    """

    #: Shapes, those of one type, fields of one, bytes of a head: a hostile file has no new one made for each record.
    _MOST, _EACH, _FIELDS, _LONGEST = 64, 4, 24, 4096

    def __init__(self) -> None:
        self._current: dict[bytes, list[Shape]] = {}
        self._last: dict[bytes, tuple[str, ...]] = {}
        self._made: dict[tuple[object, ...], Shape] = {}

    def find(self, head: bytes) -> Head | None:
        """A head whose shape was seen; the shape that took the last head of its type is tried first."""
        at = head.find(b"WARC-Type: ")
        shapes = self._current.get(head[at : at + 20])
        if shapes is None:
            return None
        text = head.decode("latin-1")
        for shape in shapes:
            if (found := shape.fields.fullmatch(text)) is not None:
                if shape is not shapes[0]:
                    shapes.remove(shape)
                    shapes.insert(0, shape)
                if shape.single:
                    return shape.version, dict(zip(shape.names, found.groups(), strict=True)), None, shape
                headers = list(zip(shape.names, found.groups(), strict=True))
                return shape.version, by_name(headers), headers, shape
        return None

    def learn(self, head: bytes, version: str, headers: Headers) -> None:
        """A head that had another shape."""
        if len(head) > self._LONGEST:
            return
        at = head.find(b"WARC-Type: ")
        key, names = head[at : at + 20], tuple([name for name, _ in headers])
        if self._last.get(key) == names and (shape := self._shape(version, names, headers)) is not None:
            shapes = self._current.setdefault(key, [])
            shapes[:] = [shape, *(other for other in shapes if other is not shape)][: self._EACH]
        if len(self._last) > self._MOST:
            self._last.clear()
            self._current.clear()
        self._last[key] = names

    def _shape(self, version: str, names: tuple[str, ...], headers: Headers) -> Shape | None:
        said = dict(headers)
        usual = frozenset(name for name, form in _FORMS.items() if name in said and re.fullmatch(form, said[name]))
        if len(said) < len(headers):
            usual = frozenset()
        key = version, names, usual, said.get("WARC-Type", "")
        if key not in self._made and len(self._made) < self._MOST and len(names) <= self._FIELDS:
            self._made[key] = Shape(version, names, usual, said.get("WARC-Type", ""))
        return self._made.get(key)


_shapes = _Shapes()


def read_head(head: bytes) -> Head:
    """The head of a record; folded lines are joined."""
    if (known := _shapes.find(head)) is not None:
        return known
    if not _USUAL.fullmatch(head):
        version, headers = _of_bytes(head)
    else:
        version, *lines = head.decode("ascii").split("\r\n")
        headers = [(name, value) for name, _, value in [line.partition(": ") for line in lines]]
        _shapes.learn(head, version, headers)
    return head_of(headers, version)


def parse_head(head: bytes) -> tuple[str, Headers]:
    """Version line and headers; folded lines are joined."""
    version, fields, headers, _ = read_head(head)
    return version, list(fields.items()) if headers is None else headers


def head_of(headers: Headers, version: str = "WARC/1.1") -> Head:
    """A head of such headers."""
    return version, by_name(headers), headers, None


def _of_bytes(head: bytes) -> tuple[str, Headers]:
    """A head in which any bytes may be, in UTF-8 or, as old programs write a Chinese address, in another charset."""
    try:
        return _loose(head.decode("utf-8"))
    except ValueError:
        version, headers = _loose(head.decode("utf-8", "surrogateescape"))
        return _text(version), Escaped([(_text(name), _text(value, _ADDRESS.search(name))) for name, value in headers])


def _text(value: str, address: object = None) -> str:
    """A value of any charset. An address keeps its bytes, percent-encoded: these are what the server was asked for."""
    data = value.encode("utf-8", "surrogateescape")
    if address:
        return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in data)
    try:
        return data.decode("utf-8")
    except ValueError:
        return data.decode("gb18030", "replace")


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
    return int(text) if text.isdigit() and text.isascii() and len(text) <= 18 else -1
