"""Reports, time stamps, settings and what people wrote (corrections, codings) against the ledger of a collection."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.collection.files import instead, sha256_file
from archive.collection.folder import Collection
from archive.collection.reports import Rewritten
from archive.errors import ConfigError
from archive.fault import Fault, of_file
from archive.ledger.chain import Entry
from archive.ledger.plain import entered_lines, follows, settings_files, settings_in
from archive.ledger.vouched import Vouched
from archive.ledger.vouching import ORIGINALS, Claim
from archive.store.layers import FILES
from archive.store.written import LineFile

#: Further lines of a kind are counted, not listed.
_MAX = 20


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file, or why there is none."""
    try:
        return sha256_file(path)
    except OSError as error:
        return f"a file that cannot be read ({error.strerror})"


def check_reports(collection: Collection, said: Vouched) -> Iterator[Fault]:
    """Run reports with their pages and accounts, and time stamps: each is as it was entered, and each was entered."""
    runs = Rewritten(collection)
    for (folder, name), (entry, claim) in said.others.items():
        if folder == "timestamps":
            yield from _as_entered("timestamp", collection.timestamps / name, entry, claim, said.path)
        elif folder == ORIGINALS:
            if (folder, name) not in said.freed or (collection.root / ORIGINALS / name).exists():
                yield from _as_entered("original", collection.root / ORIGINALS / name, entry, claim, said.path)
        elif folder == "reports":
            yield from _report(collection.reports / name, entry, claim, runs, said.path)
    for report in sorted(collection.reports.glob("*.json")):
        if ("reports", report.name) not in said.others and not runs.is_begun(report.stem):
            yield of_file("report", str(report), "a ledger entry for the report of a run that has ended", "none")


def _report(path: Path, entry: Entry, claim: Claim, runs: Rewritten, ledger: str) -> Iterator[Fault]:
    run = str(entry.data.get("run") or "")
    if not runs.is_written(run):
        yield from _as_entered("report", path, entry, claim, ledger)
    elif run not in runs.alive and path.name == f"{run}.json":
        found = "one of a run that was continued, or killed before its report was written; its captures are kept"
        yield of_file("report", str(path), "the report that was entered", found, "note")


def _as_entered(check: str, path: Path, entry: Entry, claim: Claim, ledger: str) -> Iterator[Fault]:
    if not path.is_file():
        wanted = f"the file {path.parent.name}/{claim.name} (entry {entry.number})"
        yield of_file("ledger", ledger, wanted, "no such file")
    elif (found := digest_of_file(path)) != claim.sha256:
        yield of_file(check, str(path), f"sha256 {claim.sha256} (ledger entry {entry.number})", found)


def check_plain_files(collection: Collection, said: Vouched) -> Iterator[Fault]:
    """Settings, site files, corrections and codings; and that plain files stand where files are expected."""
    yield from _not_plain(collection)
    yield from _not_folders(collection)
    yield from _unusable(collection)
    yield from _settings(collection, said)
    for file in FILES:
        yield from _lines(collection, said, file)


def _not_plain(collection: Collection) -> Iterator[Fault]:
    single = (
        collection.ledger,
        *(file.path(collection) for file in FILES),
        collection.crawl_db,
        collection.store,
        collection.root / "fangtan.toml",
    )
    folders = _folders(collection)
    inside = (path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir()))
    for path in (*single, *inside):
        if (found := instead(path)) is not None and not path.name.startswith("."):
            yield of_file("structure", str(path), "a plain file", found)


def _folders(collection: Collection) -> tuple[Path, ...]:
    """The folders in which all files are plain ones."""
    others = (collection.root / name for name in (ORIGINALS, "queries"))
    return (collection.sites, collection.reports, collection.timestamps, collection.index.parent, *others)


def _not_folders(collection: Collection) -> Iterator[Fault]:
    for path in (collection.archive, collection.packages, *_folders(collection)):
        if os.path.lexists(path) and not path.is_dir():
            yield of_file("structure", str(path), "a folder", instead(path) or "a file")


def _unusable(collection: Collection) -> Iterator[Fault]:
    """What makes ``fangtan.toml`` unusable; that it is no plain file is named already."""
    path = collection.root / "fangtan.toml"
    try:
        if instead(path) is None:
            _ = collection.settings
    except ConfigError as error:
        for line in str(error).splitlines():
            yield of_file("settings", str(path), "settings that can be used", line.removeprefix(f"{path}:").strip())


def _settings(collection: Collection, said: Vouched) -> Iterator[Fault]:
    """People may change these; that they did is said."""
    known = settings_in(said.entries)
    present = {(folder, path.name): path for folder, path in settings_files(collection)}
    for (folder, name), (entry, claim) in known.items():
        path = collection.root / folder / name
        found = digest_of_file(path) if (folder, name) in present else "no such file"
        if found != (claim.sha256 or "no such file"):
            yield _changed(path, entry, claim, found)
    if known and (new := sorted(name for _, name in present.keys() - known.keys())):
        names = ", ".join(new[:5]) + (" …" if len(new) > 5 else "")
        found = f"{len(new)} file(s) not entered yet; the next run does"
        yield of_file("settings", str(collection.root), f"a ledger entry for {names}", found, "note")


def _changed(path: Path, entry: Entry, claim: Claim, found: str) -> Fault:
    then = f"sha256 {claim.sha256} as on {entry.data.get('at')} (ledger entry {entry.number})"
    if found == "no such file" and path.name == "fangtan.toml":  # without it there is no next run
        return of_file("settings", str(path), then, found)
    return of_file("settings", str(path), then, f"{found}: changed since; the next run enters it", "note")


def _lines(collection: Collection, said: Vouched, file: LineFile[Any]) -> Iterator[Fault]:
    """Lines that were entered stay as they are, in their order."""
    path = str(file.path(collection))
    lines = entered_lines(_vouching(said, file.kind), file.kind)
    try:
        here = file.digests(collection)
    except OSError as error:
        if lines:
            yield of_file(file.kind, path, f"{len(lines)} lines that the ledger vouches for", str(error.strerror))
        return
    gone = _gone(lines, here)
    for digest, entry in gone[:_MAX]:
        wanted = f"the line {digest[:16]}… that entry {entry.number} ({entry.data.get('at')}) vouches for"
        yield of_file(file.kind, path, wanted, "none: it was changed or removed")
    if len(gone) > _MAX:
        yield of_file(file.kind, path, "lines as the ledger has them", f"{len(gone) - _MAX} more changed or removed")
    if not gone and not follows(here, (digest for digest, _ in lines)):
        yield of_file(file.kind, path, "the lines in the order in which they were entered", "another order")


def _vouching(said: Vouched, kind: str) -> Iterator[Entry]:
    """All entries but those about these lines that nobody vouches for."""
    return (entry for entry in said.entries if entry.type != kind or said.trust.holds(entry))


def _gone(lines: list[tuple[str, Entry]], here: list[str]) -> list[tuple[str, Entry]]:
    """The lines that were entered and are not there; one that was entered twice is there twice."""
    left, gone = Counter(here), []
    for digest, entry in lines:
        if left[digest] <= 0:
            gone.append((digest, entry))
        left[digest] -= 1
    return gone
