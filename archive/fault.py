"""What a check found: one line a fault, with file, offset, record, what was expected and what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Level = Literal["fault", "note"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it must be (``fault``), or that the reader should know (``note``; it does not fail a
    check).

    :param check: the rule, e.g. ``block-digest``
    :param offset: byte offset of the record in its file
    """

    check: str
    file: str
    offset: int | None
    record: str | None
    expected: str
    found: str
    level: Level = "fault"

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
        """Pass faults through and count them."""
        for fault in faults:
            if fault.level == "note":
                self.notes += 1
            else:
                self.faults += 1
                self.checks[fault.check] = self.checks.get(fault.check, 0) + 1
            yield fault

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)
