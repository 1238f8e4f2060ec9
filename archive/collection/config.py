"""Files that people write: what each setting may be, where a wrong one is, how it is written back.

One table of :class:`Setting` for a file is all there is: reading, checking, dumping and the reference page come from
it. A wrong value is a :class:`Problem` with its place; the right ones beside it can still be used.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

from archive.errors import ConfigError

#: Where a value is: keys of tables and numbers of list items, from the outside in.
Place = tuple[str | int, ...]
#: Largest file of settings, in bytes.
MAX_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one value.

    :param reason: what was expected and what was found
    :param value: what was found, to find its line in a list of several
    """

    place: Place
    reason: str
    value: Any = None

    def said(self, path: Path, text: str) -> str:
        """The problem with its file and line."""
        return f"{path}:{line_of(text, self.place, self.value)}: {self.reason}"


class Kind(Protocol):
    """What a value may be; of a ``partial`` one, what is right counts although other parts are wrong."""

    @property
    def partial(self) -> bool:
        """Whether a value with problems is used as far as it is right."""

    @property
    def words(self) -> str:
        """What is expected, in words that follow "must be"."""

    def check(self, value: Any, place: Place) -> tuple[Any, list[Problem]]:
        """The value as the program uses it, and what is wrong; with problems the value is what is left of it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a file.

    :param meaning: a sentence for the reference page
    :param default: what holds when the file says nothing, as the program uses it
    :param example: the value in TOML, for the reference page
    """

    name: str
    kind: Kind
    meaning: str
    default: Any = None
    required: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value that is right or wrong only together; ``read`` raises ValueError,
    OverflowError or ConfigError when it is wrong.
    """

    words: str
    read: Callable[[Any], Any]
    partial: bool = False

    def check(self, value: Any, place: Place) -> tuple[Any, list[Problem]]:
        """See :class:`Kind`."""
        try:
            return self.read(value), []
        except (ValueError, OverflowError, ConfigError) as error:
            why = f" ({error})" if str(error) else ""
            return None, [Problem(place, f"{said(place)} must be {self.words}; found {shown(value)}{why}", value)]


@dataclass(frozen=True, slots=True)
class Several:
    """A list whose items are of one kind; ``order`` looks at all of it; ``partial``:
    right items count beside wrong ones.
    """

    words: str
    item: Kind
    least: int = 1
    order: Callable[[Sequence[Any]], bool] = lambda _: True
    partial: bool = False

    def check(self, value: Any, place: Place) -> tuple[Any, list[Problem]]:
        """See :class:`Kind`."""
        if not isinstance(value, list):
            return (), [Problem(place, f"{said(place)} must be {self.words}; found {shown(value)}")]
        found = [self.item.check(item, (*place, number)) for number, item in enumerate(value)]
        problems = [problem for _, wrong in found for problem in wrong]
        right = tuple(item for item, wrong in found if not wrong)
        if not problems and (len(value) < self.least or not self.order(right)):
            problems.append(Problem(place, f"{said(place)} must be {self.words}; found {shown(value)}"))
        return right, problems


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its own settings; ``make`` builds what the program uses,
    ``whole`` says what is wrong with it all.
    """

    settings: tuple[Setting, ...]
    make: Callable[[dict[str, Any]], Any] = dict
    whole: Callable[[Mapping[str, Any]], str | None] = lambda _: None
    partial: bool = False

    @property
    def words(self) -> str:
        """The keys it takes."""
        return f"a table with {', '.join(s.name for s in self.settings)}"

    def check(self, value: Any, place: Place) -> tuple[Any, list[Problem]]:
        """See :class:`Kind`."""
        if not isinstance(value, dict):
            return None, [Problem(place, f"{said(place)} must be {self.words}; found {shown(value)}")]
        values, problems = check(value, self.settings, place)
        if not problems and (wrong := self.whole(values)):
            problems.append(Problem(place, f"{said(place)}: {wrong}; found {shown(value)}"))
        return (None if problems else self.make(values)), problems


def check(
    data: Mapping[str, Any], settings: Iterable[Setting], place: Place = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """The right values of a table, and what is wrong with the others.

    :returns: only keys that ``data`` names and that are right; problems in the order of ``data``, missing keys last
    """
    known = {setting.name: setting for setting in settings}
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in data.items():
        if key not in known:
            problems.append(Problem((*place, key), _unknown(key, place, known)))
            continue
        found, wrong = known[key].kind.check(value, (*place, key))
        problems += wrong
        if not wrong or known[key].kind.partial:
            values[key] = found
    missing = [s for s in known.values() if s.required and s.name not in data]
    problems += [Problem((*place, s.name), f"{said((*place, s.name))} is required: {s.kind.words}") for s in missing]
    return values, problems


def _unknown(key: str, place: Place, known: Mapping[str, Setting]) -> str:
    near = import_module("difflib").get_close_matches(key, known, 1)
    hint = f"do you mean {near[0]}? " if near else ""
    where = f" in {said(place)}" if place else ""
    return f"unknown key {key[:80]!r}{where}; {hint}known are {', '.join(sorted(known))}"


def said(place: Place) -> str:
    """A place in words: ``budget.pages``, ``section[2]`` (items count from 1)."""
    words = ""
    for part in place:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if words else part
    return words


def shown(value: Any) -> str:
    """A value for a message: short, as Python writes it."""
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}…"


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_text(path: Path) -> str:
    """A text file that people edit: UTF-8, with or without the byte order mark of Windows' editors.

    :raises ConfigError: it cannot be read, or holds other bytes; names the line
    """
    try:
        if path.exists() and not path.is_file():  # a folder; a pipe would be waited for
            raise ConfigError(f"{path}: cannot be read (no plain file) 无法读取")
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}) 无法读取") from error
    if len(data) > MAX_FILE:
        raise ConfigError(f"{path}: cannot be read (more than {MAX_FILE} bytes) 无法读取")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"{path}:{line}: expected UTF-8 text, found the byte {data[error.start]:#04x}; save the file as "
            "UTF-8. 请另存为 UTF-8 编码。"
        ) from error


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """The tables of a TOML file.

    :raises ConfigError: no TOML; names the line
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, where = str(error).partition(" (at ")
        match = re.match(r"line (\d+), column (\d+)", where)
        line = int(match[1]) if match else max(1, text.count("\n") + (not text.endswith("\n")))
        raise ConfigError(f"{path}:{line}: no valid TOML: {reason}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists within lists
        raise ConfigError(f"{path}:1: no valid TOML: {error}") from error


_HEADER = re.compile(r"(\[\[?)([^\[\]#]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def _parts(dotted: str) -> Place:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _statements(text: str) -> Iterator[tuple[int, Place]]:
    """The lines that name something: a table's head or a key, with its place."""
    table: Place = ()
    counts: dict[Place, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if head := _HEADER.match(line.strip()):
            table = _parts(head[2])
            if head[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield number, table
        elif key := _KEY.match(line.strip()):
            yield number, (*table, *_parts(key[1]))


def _common(named: Place, place: Place) -> int:
    """How many parts two places share from the first on, when one is wholly within the other; else 0."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(named, place, strict=False)))
    return common if common == min(len(named), len(place)) else 0


def line_of(text: str, place: Place, value: Any = None) -> int:
    """The line where a value is, else the table or list that should hold it; counted from 1."""
    statements = list(_statements(text))
    depths = [_common(named, place) for _, named in statements]
    depth = max(depths, default=0)
    best = depths.index(depth) if depth else 0
    if not depth:
        return 1
    first = statements[best][0]
    if not isinstance(value, str) or depth == len(place):
        return first
    # An item of a list that may go over several lines.
    last = statements[best + 1][0] - 1 if best + 1 < len(statements) else None
    lines = enumerate(text.split("\n")[first - 1 : last], first)
    return next((number for number, line in lines if value in line), first)


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def toml_of(value: Any) -> str:
    """A value as TOML on one line; ``None`` inside tables is left out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        return toml_of(asdict(value))
    if isinstance(value, Mapping):
        pairs = (f"{key} = {toml_of(held)}" for key, held in value.items() if held is not None)
        return "{ " + ", ".join(pairs) + " }"
    return value.isoformat() if isinstance(value, date) else repr(value)


def _escaped(character: str) -> str:
    if character.isprintable() and character not in '"\\':
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def markdown(settings: Iterable[Setting], before: str = "") -> Iterator[str]:
    """The settings as rows of a Markdown table, those of tables within after them: name, what it must be,
    meaning, example.
    """
    for setting in settings:
        needed = "; required" if setting.required else ""
        example = f"`{setting.example}`" if setting.example else ""
        yield f"| `{before}{setting.name}` | {setting.kind.words}{needed} | {setting.meaning} | {example} |"
        inner = setting.kind.item if isinstance(setting.kind, Several) else setting.kind
        if isinstance(inner, Table):
            yield from markdown(inner.settings, f"{before}{setting.name}.")
