"""A ledger as packages need it, read once however many packages are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive.handover.content import Said, said_in
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.lines import raw_lines


@dataclass(frozen=True, slots=True)
class LedgerRead:
    """A ledger up to an entry.

    :param lines: as they are in the file; ``entries`` those that can be read
    :param wrong: each place that is invalid or breaks the chain, in words; ``broken`` their numbers
    :param keys: the entries that announce a key
    :param first: number of the first entry of each WARC file
    :param said: what the entries come to
    """

    lines: list[bytes]
    entries: list[Entry]
    wrong: list[str]
    broken: frozenset[int]
    keys: list[Entry]
    first: dict[str, int]
    said: Said

    def whole(self, first: int, last: int) -> bool:
        """Whether entries hang together. What is before the first of them says nothing of it."""
        if any(first < number <= last for number in self.broken):
            return False
        return not ledger.examined_lines("", self.lines[first - 1 : first], None, first)[1]


def read_ledger(path: Path, until: int | None = None) -> LedgerRead:
    """Read a ledger.

    :param until: the number of the entry at which it ends
    :raises ArchiveError: the file cannot be read
    """
    lines, where = raw_lines(path)[:until], str(path)
    entries, wrong = ledger.examined_lines(where, lines, ledger.GENESIS)
    broken = frozenset(int(words.removeprefix(f"{where}:").partition(":")[0]) for words in wrong)
    files = {str(e.data.get("name")): e.number for e in reversed(entries) if e.type == "warc"}
    return LedgerRead(lines, entries, wrong, broken, [e for e in entries if e.type == "key"], files, said_in(entries))
