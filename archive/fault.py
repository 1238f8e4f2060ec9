"""What a check found: one line a fault, with file, offset, record, what was expected and what is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Level = Literal["fault", "note"]
#: So many lines of one kind are listed of a file; the others are counted.
MAX_OF_A_KIND = 100
_LONGEST = 1000  # characters of what was expected or found
_LINE_NUMBER = re.compile(r":\d+$")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it must be (``fault``), or that the reader should know (``note``; it does not fail a
    check).

    :param check: the rule, e.g. ``block-digest``
    :param offset: byte offset of the record in its file
    :param times: how many it stands for; more than one only in the line that counts those that are not listed
    """

    check: str
    file: str
    offset: int | None
    record: str | None
    expected: str
    found: str
    level: Level = "fault"
    times: int = 1

    def __post_init__(self) -> None:
        """What a file says of itself may be long; a line of faults is not."""
        for name in ("expected", "found", "record"):
            if len(value := getattr(self, name) or "") > _LONGEST:
                object.__setattr__(self, name, f"{value[:_LONGEST]}…")

    def __str__(self) -> str:
        where = self.file + (f" offset {self.offset}" if self.offset is not None else "")
        note = "note: " if self.level == "note" else ""
        return f"{where}: {note}{self.check}: expected {self.expected}, found {self.found}" + (
            f" (record {self.record})" if self.record else ""
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)


def of_file(check: str, file: str, expected: str, found: str, level: Level = "fault") -> Fault:
    """A fault of a complete file, or of something that is no record."""
    return Fault(check, file, None, None, expected, found, level)


class Listed:
    """Faults that are listed, and how many of each kind are not."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, Level], int] = {}

    def take(self, fault: Fault) -> bool:
        """Whether a fault is listed; one that is not is counted. A line that counts others is."""
        if fault.times > 1:
            return True
        kind = (_LINE_NUMBER.sub("", fault.file), fault.check, fault.level)
        self._seen[kind] = self._seen.get(kind, 0) + 1
        return self._seen[kind] <= MAX_OF_A_KIND

    def rest(self) -> Iterator[Fault]:
        """One line for each kind that is not listed to its end."""
        for (file, check, level), count in self._seen.items():
            if (more := count - MAX_OF_A_KIND) > 0:
                wanted = f"at most {MAX_OF_A_KIND} of this kind"
                yield Fault(check, file, None, None, wanted, f"{more} more, not listed", level, more)


@dataclass(slots=True)
class Counts:
    """How many faults and notes there were."""

    faults: int = 0
    notes: int = 0

    def count(self, faults: Iterable[Fault]) -> Iterator[Fault]:
        """Pass faults through and count them."""
        for fault in faults:
            self.faults += fault.level == "fault"
            self.notes += fault.level == "note"
            yield fault


@dataclass(slots=True)
class Summary:
    """What was looked at, and what came of it."""

    files: int = 0
    records: int = 0
    bytes: int = 0
    captures: int = 0
    quotes: int = 0
    packages: int = 0
    withheld: int = 0
    faults: int = 0
    notes: int = 0
    head: str | None = None
    checks: dict[str, int] = field(default_factory=dict)

    def count(self, faults: Iterable[Fault]) -> Iterator[Fault]:
        """Pass faults through and count them; of each kind and file so many as are listed."""
        listed = Listed()
        for fault in faults:
            if fault.level == "note":
                self.notes += fault.times
            else:
                self.faults += fault.times
                self.checks[fault.check] = self.checks.get(fault.check, 0) + fault.times
            if listed.take(fault):
                yield fault
        yield from listed.rest()

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)
