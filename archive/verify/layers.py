"""What people say (corrections, codings): whether the store shows it, and what of it no longer fits."""

from __future__ import annotations

from collections.abc import Iterator

from archive.collection.folder import Collection
from archive.fault import Fault, of_file
from archive.store import codings, overlay
from archive.store.codings import CODINGS
from archive.store.corrections import CORRECTIONS
from archive.store.layers import shown
from archive.store.store import open_reader


def check_codings(collection: Collection) -> Iterator[Fault]:
    """The file can be read, the store has what it says, and lines about nothing that is here are counted."""
    path = str(CODINGS.path(collection))
    for problem in CODINGS.look(collection).problems:
        yield of_file("codings", path, "lines of codings", problem)
    db = open_reader(collection.store)
    try:
        wanted, nowhere = codings.placed(db, shown(db, collection, CODINGS))
        held = codings.held(db)
    finally:
        db.close()
    if held != wanted:
        yield of_file(
            "codings",
            path,
            f"the {len(wanted)} code(s) of the file in the store",
            f"{len(held)}, or others; run `fangtan rebuild`",
        )
    if nowhere:
        yield of_file(
            "codings",
            path,
            "turns and talks that are here",
            f"{len(nowhere)} line(s) name something else, the first {nowhere[0]}",
            "note",
        )


def check_corrections(collection: Collection) -> Iterator[Fault]:
    """The file can be read, the store shows what it says, and what no longer fits is named."""
    path = str(collection.corrections)
    for problem in CORRECTIONS.look(collection).problems:
        yield of_file("corrections", path, "lines of corrections", problem)
    db = open_reader(collection.store)
    try:
        said = shown(db, collection, CORRECTIONS)
        rows = db.execute(
            "SELECT uid, field, old, new, author, reason, date FROM corrections ORDER BY number"
        ).fetchall()
        if rows != [(c.uid, c.field, c.old, c.new, c.author, c.reason, c.date) for _, c in said.lines]:
            yield of_file(
                "corrections",
                path,
                f"the {len(said.lines)} correction(s) of the file in the store",
                f"{len(rows)}, or others; run `fangtan rebuild`",
            )
        for uid, field, old, parsed, trouble in overlay.stale(db):
            yield Fault(
                "corrections",
                path,
                None,
                uid,
                f"{field} = {old!r}, which was corrected",
                f"{trouble}{f' ({parsed!r})' if trouble == overlay.OTHERWISE else ''}; the correction does not hold",
                "note",
            )
    finally:
        db.close()
