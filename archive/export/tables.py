"""Tables: CSV (UTF-8 with a signature), JSON Lines (an interview a line), Parquet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from typing import Any

from archive.errors import ConfigError
from archive.export.apart import made
from archive.export.cells import Sheet
from archive.export.rows import (
    CODING,
    CORRECTION,
    FLAG,
    GUEST,
    HISTORY,
    ID,
    INTERVIEW,
    PARTICIPANT,
    PROVENANCE,
    QA,
    RUN,
    SITE,
    TURN,
    Interview,
    interviews,
    line,
    of_sites,
)
from archive.research.filters import Filter

_OF_INTERVIEW = {
    "turns": TURN,
    "guests": GUEST,
    "participants": PARTICIPANT,
    "qa": QA,
    "flags": FLAG,
    "corrections": CORRECTION,
    "codings": CODING,
    "history": HISTORY,
    "provenance": PROVENANCE,
    "ids": ID,
}
TABLES = {"interviews": INTERVIEW, **_OF_INTERVIEW, "sites": SITE, "runs": RUN}
_NUMBERS = {
    "seq", "start", "turns", "question_seq", "answer_seq", "days", "relayed", "n_turns", "characters", "version", "version_no", "applied", "char_start", "char_end", "status", "pages", "interviews", "new",
    "changed", "gone", "unchanged", "errors", "declared", "got", "exit_code",
}  # fmt: skip
_LONG = {"bytes", "warc_offset", "warc_length"}
#: Columns of whole numbers.
NUMBERS = frozenset(_NUMBERS | _LONG)
_BATCH = 2000


def _rows(db: sqlite3.Connection, only: Filter) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row with its table: interview by interview, then their sites and these sites' runs."""
    sites: set[str] = set()
    for interview in interviews(db, only):
        if interview.facts["site"]:
            sites.add(interview.facts["site"])
        yield "interviews", interview.facts
        for name in _OF_INTERVIEW:
            for row in getattr(interview, name):
                yield name, row
    yield from of_sites(db, sites)


def write_csv(db: sqlite3.Connection, only: Filter, folder: Path, jobs: int = 1) -> list[Path]:
    """A file a table; a text that begins a formula has an apostrophe before it, see :mod:`archive.export.cells`."""
    with ExitStack() as stack:
        sheets = {}
        for name, columns in TABLES.items():
            stream = stack.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline=""))
            sheets[name] = Sheet(stream, columns)
        sites = set[str]()
        for site, texts in made(db, only, _sheets_of, jobs):
            sites |= {site} if site else set()
            for name, text in texts.items():
                sheets[name].stream.write(text)
        for name, row in of_sites(db, sites):
            sheets[name].write_row(row)
    return [folder / f"{name}.csv" for name in TABLES]


def _sheets_of(interview: Interview) -> tuple[str | None, dict[str, str]]:
    """The site of an interview, and its lines of each table."""
    found = {}
    for name, columns in {"interviews": INTERVIEW, **_OF_INTERVIEW}.items():
        sheet = Sheet(StringIO(newline=""), columns, headed=False)
        for row in [interview.facts] if name == "interviews" else getattr(interview, name):
            sheet.write_row(row)
        found[name] = sheet.stream.getvalue()
    return interview.facts["site"], found


def write_jsonl(db: sqlite3.Connection, only: Filter, folder: Path, jobs: int = 1) -> list[Path]:
    """An interview a line, its guests, turns, questions and answers, flags and citation inside."""
    path = folder / "interviews.jsonl"
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(made(db, only, _line_of, jobs))
    return [path]


def _line_of(interview: Interview) -> str:
    return line(whole(interview))


def whole(i: Interview) -> dict[str, Any]:
    """An interview as one object: its facts, and what belongs to it as lists."""
    return {
        **i.facts,
        "guests": i.guests,
        "turns": i.turns,
        "qa": i.qa,
        "flags": i.flags,
        "corrections": i.corrections,
        "codings": i.codings,
        "ids": [row["id"] for row in i.ids],
        "citation": i.citation,
    }


def write_parquet(db: sqlite3.Connection, only: Filter, folder: Path) -> list[Path]:
    """A file a table, zstd.

    :raises ConfigError: pyarrow is not installed
    """
    pa, parquet = arrow()
    schemas = {name: pa.schema([(c, type_of(pa, c)) for c in columns]) for name, columns in TABLES.items()}
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(parquet.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd"))
            for name, schema in schemas.items()
        }
        pending: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        for name, row in _rows(db, only):
            pending[name].append(row)
            if len(pending[name]) >= _BATCH:
                writers[name].write_table(pa.Table.from_pylist(pending[name], schemas[name]))
                pending[name].clear()
        for name, rows in pending.items():
            writers[name].write_table(pa.Table.from_pylist(rows, schemas[name]))
    return [folder / f"{name}.parquet" for name in TABLES]


def arrow() -> tuple[Any, Any]:
    """The modules ``pyarrow`` and ``pyarrow.parquet``.

    :raises ConfigError: pyarrow is not installed
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, 40 MB
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            "Parquet needs pyarrow: pip install 'fangtan[parquet]'. 导出 Parquet 需要安装 pyarrow。"
        ) from error
    return pa, parquet


def type_of(pa: Any, column: str) -> Any:
    if column in _NUMBERS:
        return pa.int32()
    if column in _LONG:
        return pa.int64()
    return pa.float64() if column == "confidence" else pa.string()
