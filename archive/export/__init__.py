"""Exports for research: the same interviews, in a stable order, streamed, each with a data sheet.

Every writer is a function ``(db, only, folder) -> list[Path]``; it writes into an empty folder and holds one interview
at a time. Those of :data:`TOKENS` take what cuts a text into words, too.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from archive.collection.folder import Collection
from archive.collection.scratch import named, room_in
from archive.errors import ConfigError
from archive.export import citations, conllu, convokit, dataset, found, readtext, sheet, tables, tei, vertical
from archive.export.tokens import characters
from archive.research.filters import Filter
from archive.research.keyness import jieba_words
from archive.research.pages import Wanted
from archive.research.strings import Cutter
from archive.store.store import open_reader

Writer = Callable[[sqlite3.Connection, Filter, Path], list[Path]]
#: Those that several processes make, as :data:`TOKENS`.
_DIVIDED: dict[str, Callable[[sqlite3.Connection, Filter, Path, int], list[Path]]] = {
    "csv": tables.write_csv,
    "jsonl": tables.write_jsonl,
}
_TABLES: dict[str, Writer] = {
    "parquet": tables.write_parquet,
    "tei": tei.write,
    "convokit": convokit.write,
    "readtext": readtext.write,
    "citations": citations.write,
}
TOKENS: dict[str, Callable[[sqlite3.Connection, Filter, Path, Cutter, int], list[Path]]] = {
    "vrt": vertical.write,
    "conllu": conllu.write,
}
#: Tables that are described for other programs.
_DESCRIBED = ("csv", "parquet", "release")
FORMATS = (*_DIVIDED, *_TABLES, *TOKENS)


def export(
    collection: Collection,
    form: str,
    folder: Path,
    only: Filter | None = None,
    unit: str = "talks",
    wanted: Wanted | None = None,
    *,
    words: bool = False,
    jobs: int = 1,
) -> list[Path]:
    """Write an export into a folder that is not there yet; it appears complete or not at all.

    :param unit: ``talks``, or only the ``lines`` or ``turns`` that the query of the filter finds
    :param wanted: the order of those
    :param words: tokens are words that jieba cuts, where they are characters otherwise
    :param jobs: processes that make csv, jsonl, vrt and conllu of complete interviews; the files are equal
    :raises ConfigError: an unknown format or site, a folder that is there, nothing to export
    """
    if form not in (*FORMATS, "release"):
        raise ConfigError(f"{form}: expected one of {', '.join([*FORMATS, 'release'])}")
    if folder.exists():
        raise ConfigError(f"{folder}: is there already; name another folder with --output")
    if words and form not in TOKENS:
        raise ConfigError(f"--words is for {' and '.join(TOKENS)}; leave it out")
    cut, only = jieba_words() if words else characters, only or Filter()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with room_in(folder.parent, f".{folder.name}.") as room:
        _fill(collection, form, room, only, unit, wanted or Wanted(), cut, jobs)
        _sums(room)
        named(room, folder)
    return sorted(p for p in folder.rglob("*") if p.is_file())


def _fill(
    collection: Collection, form: str, room: Path, only: Filter, unit: str, wanted: Wanted, cut: Cutter, jobs: int
) -> None:
    """:raises ConfigError: nothing to export, an unknown site"""
    with closing(open_reader(collection.store)) as db:
        only = only.check(db)
        condition, values = only.interviews()
        (count,) = db.execute(
            f"SELECT count(*) FROM interviews i LEFT JOIN sites s ON s.id = i.site WHERE {condition}", values
        ).fetchone()
        if not count:
            raise ConfigError("no interview matches; see `fangtan search` and the filters")
        if form == "release":
            _release(db, only, room)
        elif unit != "talks":
            found.write(db, only, room, form, unit, wanted)
        elif form in TOKENS:
            TOKENS[form](db, only, room, cut, jobs)
        elif form in _DIVIDED:
            _DIVIDED[form](db, only, room, jobs)
        else:
            _TABLES[form](db, only, room)
        tokens = None if form not in TOKENS else "characters" if cut is characters else "words cut by jieba"
        facts = sheet.write(collection, db, only, room, form, {**sheet.order_of(unit, wanted), "tokens": tokens})
        if unit == "talks" and form in _DESCRIBED:
            dataset.write(room, str(collection.setting("", "operator")), facts)


def _release(db: sqlite3.Connection, only: Filter, room: Path) -> None:
    """The complete store as one file that opens anywhere, and its tables as Parquet."""
    if not only.is_empty:
        raise ConfigError("a release is the complete store; filters are for the other formats")
    db.execute("VACUUM INTO ?", (str(room / "fangtan.db"),))
    copy = sqlite3.connect(room / "fangtan.db")
    copy.execute("PRAGMA journal_mode=DELETE")  # no -wal beside it: it must open on a read-only disk
    copy.close()
    (room / "parquet").mkdir()
    tables.write_parquet(db, only, room / "parquet")


def _sums(room: Path) -> None:
    """SHA-256 of every file, as ``sha256sum -c`` reads it."""
    lines = []
    for path in sorted(p for p in room.rglob("*") if p.is_file()):
        with path.open("rb") as stream:
            lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {path.relative_to(room)}\n")
    (room / "SHA256SUMS").write_text("".join(lines), "utf-8")
