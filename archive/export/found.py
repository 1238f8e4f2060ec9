"""Exactly what a search found: its turns, or its lines (a line for each match), as one table in the order asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path
from typing import Any

from archive.errors import ConfigError
from archive.export.cells import Sheet
from archive.export.rows import line
from archive.export.tables import arrow, type_of
from archive.research.filters import Filter
from archive.research.pages import Wanted, all_lines, all_turns
from archive.research.search import Hit, Line

#: What a download of a search may hold: a row for each match, for each turn, or whole interviews.
UNITS = ("lines", "turns", "talks")
COLUMNS = {"lines": tuple(f.name for f in fields(Line)), "turns": tuple(f.name for f in fields(Hit))}
FORMS = ("csv", "jsonl", "parquet")
_BATCH = 2000


def rows(db: sqlite3.Connection, only: Filter, unit: str, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The lines or turns of the query of a filter, one at a time."""
    find = all_lines if unit == "lines" else all_turns
    yield from (asdict(row) for row in find(db, only.query or "", wanted, only.without_query()))


def write(db: sqlite3.Connection, only: Filter, folder: Path, form: str, unit: str, wanted: Wanted) -> list[Path]:
    """``lines.csv``, ``turns.jsonl`` and so on.

    :raises ConfigError: another format or unit, no query, pyarrow is not installed
    """
    if unit not in COLUMNS or form not in FORMS or not only.query:
        units, forms = ", ".join(UNITS), ", ".join(FORMS)
        raise ConfigError(f"--unit {unit}: expected one of {units}; lines and turns need --query and one of {forms}")
    path, columns = folder / f"{unit}.{form}", COLUMNS[unit]
    found = rows(db, only, unit, wanted)
    if form == "csv":
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            sheet = Sheet(stream, columns)
            for row in found:
                sheet.write_row(row)
    elif form == "jsonl":
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(line(row) for row in found)
    else:
        pa, parquet = arrow()
        schema = pa.schema([(column, type_of(pa, column)) for column in columns])
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            while some := list(islice(found, _BATCH)):
                writer.write_table(pa.Table.from_pylist(some, schema))
    return [path]
