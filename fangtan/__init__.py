"""Archives for Python: ``fangtan.open("gansu")`` gives every table as frames of pandas or polars, with types and joins.

>>> with fangtan.open("gansu") as archive:  # doctest: +SKIP
...     turns = archive.frame("turns", joined=True, role="guest", since="2021")
...     hits = archive.search("营商环境 NOT 招商")

It reads only, and knows nothing that the store withholds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from archive.collection.folder import Collection
from archive.collection.sql import rows_of
from archive.errors import ConfigError
from archive.research.filters import Filter
from archive.research.pages import Wanted, all_lines, all_turns
from archive.store.descriptions import TABLES
from archive.store.store import open_reader
from fangtan.frames import KINDS, framed
from fangtan.joins import query_of
from parsers.errors import FangtanError

__all__ = ["R_FILE", "Archive", "FangtanError", "open"]

#: For R: ``source()`` it. It has the same functions.
R_FILE = Path(__file__).with_name("fangtan.R")


def open(path: str | Path, frames: str = "pandas") -> Archive:  # noqa: A001 - fangtan.open, as gzip.open
    """Open a collection's folder, or a store: a collection's or a release's ``fangtan.db``.

    :param frames: ``pandas`` or ``polars``; neither is needed before a frame is asked for
    :raises FangtanError: there is no such store, or it cannot be read
    """
    if frames not in KINDS:
        raise ConfigError(f"frames={frames!r}: expected one of {', '.join(KINDS)}")
    given = Path(path)
    return Archive(open_reader(Collection(given).store if given.is_dir() else given), frames)


class Archive:
    """An open archive; leaving ``with`` closes it."""

    def __init__(self, connection: sqlite3.Connection, frames: str) -> None:
        self.connection, self._frames = connection, frames

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self.connection.close()

    @property
    def tables(self) -> tuple[str, ...]:
        """The public tables and views; docs/schema.md has their columns."""
        kept = {row[0] for row in self.connection.execute("SELECT name FROM sqlite_master")}
        return tuple(name for name in TABLES if name in kept and not name.startswith("find"))

    def frame(self, table: str, *, joined: bool = False, **only: Any) -> Any:
        """A table as a frame, in stable order.

        :param joined: with the columns of its talk and site; of turns, with person and post, too
        :param only: conditions as search has them: site, province, year, since, until, kind, role, speaker, query …
        :raises FangtanError: an unknown table or condition, or one that the table cannot meet
        """
        query, values = self._query(table, joined=joined, only=only)
        return framed(self._frames, table, *self._columns(query, values))

    def rows(self, table: str, *, joined: bool = False, **only: Any) -> Iterator[dict[str, Any]]:
        """The same row by row, without pandas or polars."""
        query, values = self._query(table, joined=joined, only=only)
        return rows_of(self.connection, query, tuple(values))

    def sql(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """The answer to a statement as a frame.

        :raises sqlite3.Error: the statement is wrong
        """
        return framed(self._frames, "", *self._columns(query, values))

    def search(self, query: str, *, lines: bool = False, order: str = "newest", seed: str = "0", **only: Any) -> Any:
        """What a search finds, complete: a row for each turn, or for each match with its context.

        :param order: as ``fangtan search --sort`` has it
        :raises FangtanError: an unknown order or condition
        """
        find = all_lines if lines else all_turns
        found = [asdict(row) for row in find(self.connection, query, Wanted(order, seed), self._filter(only))]
        names = tuple(found[0]) if found else ()
        return framed(self._frames, "", names, [tuple(row.values()) for row in found])

    def _filter(self, only: Mapping[str, Any]) -> Filter:
        try:
            return Filter(**{name: None if value is None else str(value) for name, value in only.items()}).check(
                self.connection
            )
        except TypeError as error:
            raise ConfigError(f"{error}; conditions are {', '.join(Filter.__slots__)}") from error

    def _query(self, table: str, *, joined: bool, only: Mapping[str, Any]) -> tuple[str, list[Any]]:
        if table not in self.tables:
            raise ConfigError(f"{table}: expected one of {', '.join(self.tables)}")
        return query_of(self.connection, table, self._filter(only), joined=joined)

    def _columns(self, query: str, values: Any) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        cursor = self.connection.execute(query, values)
        return tuple(column[0] for column in cursor.description or ()), cursor.fetchall()
