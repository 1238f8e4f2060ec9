"""Tables, views and indexes of a store against those of this version: who alters a view alters what everybody reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from archive.fault import Fault, of_file
from archive.store.store import definitions, definitions_in


def check_schema(db: sqlite3.Connection, path: str) -> Iterator[Fault]:
    """What is missing, what is defined otherwise, and views and triggers of others.

    :raises sqlite3.Error: the store cannot be read
    """
    here, wanted = definitions_in(db), definitions()
    for name, sql in wanted.items():
        if name not in here:
            yield of_file("store", f"{path} {name}", f"a {name} as this version has it", "none; run `fangtan rebuild`")
        elif here[name] != sql:
            yield of_file("store", f"{path} {name}", f"the definition {str(sql)[:200]!r}", repr(str(here[name])[:200]))
    for name in sorted(here.keys() - wanted.keys()):
        kind = name.partition(" ")[0]
        level, found = ("fault", here[name]) if kind in ("view", "trigger") else ("note", "one of somebody else")
        yield of_file(
            "store", f"{path} {name}", f"no such {kind}", str(found)[:200], "fault" if level == "fault" else "note"
        )
