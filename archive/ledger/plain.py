"""Files that people write, in the ledger: settings, site files, the lines of corrections and codings.

A run enters what has changed since. Settings may change; a line that was entered stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.vouching import Claim, claims
from archive.ledger.withheld import takedowns_in

#: Folders with files that people write.
_FOLDERS = ("sites", "queries")


def settings_files(collection: Collection) -> Iterator[tuple[str, Path]]:
    """``fangtan.toml``, the site files and the saved queries that are there, each with its folder."""
    paths = (
        ("", collection.root / "fangtan.toml"),
        *((folder, path) for folder in _FOLDERS for path in sorted((collection.root / folder).glob("*.toml"))),
    )
    return ((folder, path) for folder, path in paths if path.is_file() and not path.name.startswith("."))


def settings_in(entries: Iterable[Entry]) -> dict[tuple[str, str], tuple[Entry, Claim]]:
    """The last word on each settings file."""
    said = ((entry, claim) for entry in entries if entry.type == "settings" for claim in claims(entry))
    return {claim.place: (entry, claim) for entry, claim in said}


def enter_settings(collection: Collection) -> Entry | None:
    """Enter the settings files that are not as the ledger says.

    :returns: the entry; ``None`` when nothing has changed
    :raises ArchiveError: the ledger cannot be read
    :raises OSError: a settings file cannot be read
    """

    def changed(past: ledger.Past) -> dict[str, Any] | None:
        here, entries = _settings_here(collection), past.naming(b'"settings"')
        said = {place: claim.sha256 for place, (_, claim) in settings_in(entries).items() if claim.sha256}
        files = [f for place, f in here.items() if said.get(place) != f["sha256"]]
        files += [{"folder": folder, "name": name, "gone": True} for folder, name in sorted(said.keys() - here.keys())]
        return {"type": "settings", "files": files} if files else None

    return ledger.append_new(collection, changed)


def _settings_here(collection: Collection) -> dict[tuple[str, str], dict[str, Any]]:
    """Each settings file as an entry names it."""
    return {(f, path.name): {**ledger.said_of(path), "folder": f} for f, path in settings_files(collection)}


def entered_lines(entries: Iterable[Entry], kind: str) -> list[tuple[str, Entry]]:
    """The lines of a file that must be there, by digest, in the file's order, each with the entry that says so.

    Those that a takedown destroyed are none of them.

    :param kind: ``corrections`` or ``codings``
    """
    entries = list(entries)
    dropped = takedowns_in(entries).dropped
    lines: list[tuple[str, Entry]] = []
    for entry in (entry for entry in entries if entry.type == kind):
        lines = _with_lines([line for line in lines if line[0] not in dropped], entry)
    return [(digest, entry) for digest, entry in lines if digest not in dropped]


def _with_lines(lines: list[tuple[str, Entry]], entry: Entry) -> list[tuple[str, Entry]]:
    """The lines after an entry: more at the end, or all of them, where new ones are between the others."""
    digests = [str(digest) for digest in entry.data.get("lines") or ()]
    if not entry.data.get("whole"):
        return lines + [(digest, entry) for digest in digests]
    if Counter(digest for digest, _ in lines) - Counter(digests):
        return lines  # it would take one away
    first = dict(reversed(lines))
    return [(digest, first.get(digest, entry)) for digest in digests]


def enter_lines(collection: Collection, kind: str, digests: list[str]) -> Entry | None:
    """Enter the lines of a file that were not entered yet.

    While a line that was entered is missing, nothing is: the file is to be restored first.

    :param kind: as :func:`entered_lines` has it
    :param digests: of the file's lines, in order
    :returns: the entry; ``None`` when there is no new line, or an earlier one is missing
    :raises ArchiveError: the ledger cannot be read
    """

    def fresh(past: ledger.Past) -> dict[str, Any] | None:
        entries = past.naming(f'"{kind}"'.encode(), b'"captures"')
        known, dropped = [digest for digest, _ in entered_lines(entries, kind)], takedowns_in(entries).dropped
        left, new = Counter(known), []
        for digest in digests:
            if left[digest]:
                left[digest] -= 1
            elif digest not in dropped:
                new.append(digest)
        if not new or any(left.values()):
            return None
        whole = follows(digests, known) and digests != [*known, *new]
        return {"type": kind, "lines": digests if whole else new, **({"whole": True} if whole else {})}

    return ledger.append_new(collection, fresh)


def follows(digests: Iterable[str], known: Iterable[str]) -> bool:
    """Whether the known ones are all there, in their order, whatever is between them."""
    rest = iter(digests)
    return all(digest in rest for digest in known)
