"""Tables: CSV (UTF-8 with a signature), JSON Lines (an interview a line), Parquet."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from archive.export.rows import CORRECTION, FLAG, GUEST, INTERVIEW, QA, TURN, Interview, interviews, line
from archive.filters import Filter
from parsers.errors import ConfigError

TABLES = {"interviews": INTERVIEW, "turns": TURN, "guests": GUEST, "qa": QA, "flags": FLAG, "corrections": CORRECTION}
_NUMBERS = {"seq", "question_seq", "answer_seq", "n_turns", "version", "applied", "char_start", "char_end"}
_BATCH = 2000


def _rows(interview: Interview) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "interviews", interview.facts
    for name in ("turns", "guests", "qa", "flags", "corrections"):
        for row in getattr(interview, name):
            yield name, row


def write_csv(db: sqlite3.Connection, only: Filter, folder: Path) -> list[Path]:
    """A file a table. Values stand as they are: open it as data, not as formulas."""
    with ExitStack() as stack:
        writers = {}
        for name, columns in TABLES.items():
            stream = stack.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline=""))
            writers[name] = csv.DictWriter(stream, columns)
            writers[name].writeheader()
        for interview in interviews(db, only):
            for name, row in _rows(interview):
                writers[name].writerow(row)
    return [folder / f"{name}.csv" for name in TABLES]


def write_jsonl(db: sqlite3.Connection, only: Filter, folder: Path) -> list[Path]:
    """An interview a line, its guests, turns, questions and answers, flags and citation inside."""
    path = folder / "interviews.jsonl"
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for i in interviews(db, only):
            stream.write(
                line(
                    {
                        **i.facts,
                        "guests": i.guests,
                        "turns": i.turns,
                        "qa": i.qa,
                        "flags": i.flags,
                        "corrections": i.corrections,
                        "citation": i.citation,
                    }
                )
            )
    return [path]


def write_parquet(db: sqlite3.Connection, only: Filter, folder: Path) -> list[Path]:
    """A file a table, zstd.

    :raises ConfigError: pyarrow is not installed
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, 40 MB
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            "Parquet needs pyarrow: pip install 'fangtan[parquet]'. 导出 Parquet 需要安装 pyarrow。"
        ) from error
    schemas = {name: pa.schema([(c, _type(pa, c)) for c in columns]) for name, columns in TABLES.items()}
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(parquet.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd"))
            for name, schema in schemas.items()
        }
        pending: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        for interview in interviews(db, only):
            for name, row in _rows(interview):
                pending[name].append(row)
                if len(pending[name]) >= _BATCH:
                    writers[name].write_table(pa.Table.from_pylist(pending[name], schemas[name]))
                    pending[name].clear()
        for name, rows in pending.items():
            writers[name].write_table(pa.Table.from_pylist(rows, schemas[name]))
    return [folder / f"{name}.parquet" for name in TABLES]


def _type(pa: Any, column: str) -> Any:
    return pa.int32() if column in _NUMBERS else pa.float64() if column == "confidence" else pa.string()
