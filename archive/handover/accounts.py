"""Titles of withheld talks go out of the reports and accounts of runs, and out of messages that wait to be sent.

The ledger vouches for these files. So it first says what they will be (an entry of type ``run`` that names the
takedown), then they are written anew. Addresses, outcomes and ids of records stay: the account still balances.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from archive.collection.crawldb import connect
from archive.collection.folder import Collection, write_atomically
from archive.collection.urls import uid_of
from archive.errors import ArchiveError
from archive.ledger import chain as ledger
from archive.ledger.withheld import ids_withheld, takedowns
from archive.store.names import interview_of
from archive.store.plain_files import save_runs
from archive.store.store import open_reader, open_store, scrub_later, transaction
from parsers.errors import FangtanError

#: What stands in the place of words of a withheld talk.
WITHHELD = "(withheld 已撤下)"
#: Shorter titles are taken out where they stand alone; inside a sentence they may be anything.
_SHORTEST = 4
_SHOWS = "it shows "
_ACCOUNT = ".account.jsonl"
#: Fields of a report that hold no words of a page.
_NO_WORDS = frozenset(("run", "site", "name", "section", "url", "list_urls", "sections", "hosts"))
#: Which takedown the files were last brought in line with; may be lost.
_DONE = ".accounts-withheld"
#: Where messages that are not sent yet, and what they were about, are kept in the crawl's database.
_MESSAGES = (("outbox", "message"), ("troubles", "words"), ("troubles", "error"), ("told", "words"))


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is withheld and shown nowhere.

    :param captures: record ids; ``talks``: every id of talks that have no capture left to be shown, those of addresses
        that redirect to them included
    """

    captures: frozenset[str] = frozenset()
    talks: frozenset[str] = frozenset()

    def has(self, line: dict[str, Any]) -> bool:
        """Whether an entry of an account is about it."""
        own = uid_of(str(line.get("key")))
        return line.get("capture") in self.captures or not self.talks.isdisjoint((line.get("uid"), own))


@dataclass(frozen=True, slots=True)
class Words:
    """What goes out of a run's files.

    :param alone: where it stands alone; ``anywhere``: inside other words, too, the longest first
    """

    alone: frozenset[str] = frozenset()
    anywhere: tuple[str, ...] = ()

    def out_of(self, text: str) -> str:
        """The text without them."""
        for words in self.anywhere:
            text = text.replace(words, WITHHELD)
        return WITHHELD if text in self.alone else text

    def out_of_all(self, value: Any) -> Any:
        """The same of all texts in a JSON value."""
        if isinstance(value, str):
            return self.out_of(value)
        if isinstance(value, list):
            return [self.out_of_all(one) for one in value]
        if isinstance(value, dict):
            return {name: held if name in _NO_WORDS else self.out_of_all(held) for name, held in value.items()}
        return value

    def out_of_page(self, page: str) -> str:
        """The same of a run's page, which has them escaped."""
        for words in self.anywhere:
            page = page.replace(escape(words), escape(WITHHELD))
        for words in self.alone:
            page = page.replace(f"<td>{escape(words)}</td>", f"<td>{escape(WITHHELD)}</td>")
        return page


def hidden(collection: Collection) -> Hidden:
    """What the ledger withholds and the store does not show by other captures."""
    said = takedowns(collection).vouched
    if not said.held:
        return Hidden()
    names = ids_withheld(said)
    try:
        db = open_reader(collection.store)
    except FangtanError:
        return Hidden(frozenset(said.held), names)
    try:
        talks = {name for name in names if interview_of(db, name) is None}
        ways = db.execute("SELECT key, target_key FROM _redirects") if talks else ()
        talks |= {uid_of(key) for key, target in ways if uid_of(target) in talks}
        return Hidden(frozenset(said.held), frozenset(talks))
    finally:
        db.close()


def words_of(rows: Iterable[str], said: Hidden) -> Words:
    """Titles and headings of withheld talks in the rows of an account, but for what entries that are shown say, too."""
    found, shown = set[str](), set[str]()
    for line in filter(None, map(_entry_in, rows)):
        title = str(line.get("title") or "")
        if said.has(line):
            found |= {title, _heading_in(line)}
        else:
            shown.add(title)
    alone = found - shown - {"", WITHHELD}
    others = "\n".join(shown)
    anywhere = (words for words in alone if len(words) >= _SHORTEST and words not in others)
    return Words(frozenset(alone), tuple(sorted(anywhere, key=lambda words: (-len(words), words))))


def _heading_in(line: dict[str, Any]) -> str:
    detail = str(line.get("detail") or "")
    return detail if detail.startswith(_SHOWS) else ""


def _entry_in(row: str) -> dict[str, Any] | None:
    """The entry in a row of an account; ``None`` for a list page, and for what is no row."""
    try:
        found = json.loads(row)
    except (ValueError, RecursionError):
        return None
    entry = found.get("entry") if isinstance(found, dict) else None
    return entry if isinstance(entry, dict) else None


def rows_without(rows: Iterable[str], said: Hidden, words: Words) -> Iterator[str]:
    """The rows of an account without the words of withheld talks; what is not about them stays as it is."""
    for row in rows:
        line = _entry_in(row)
        if line is not None and said.has(line):
            shut = {name: WITHHELD for name in ("title",) if line.get(name)}
            shut |= {"detail": WITHHELD} if _heading_in(line) else {}
            line = {**line, **shut}
        new = words.out_of_all({"entry": line} if line is not None else _as_json(row))
        yield json.dumps(new, ensure_ascii=False) if new != _as_json(row) else row


def _as_json(row: str) -> Any:
    try:
        return json.loads(row)
    except (ValueError, RecursionError):
        return row


# ── files that are there ────────────────────────────────────────────────────────────────────────────────────────────


def shut(collection: Collection) -> None:
    """Bring reports and accounts in line with the takedowns, where that was not done since the last one.

    :raises FangtanError: a file, the store or the ledger cannot be written
    """
    said = takedowns(collection).vouched
    last = said.entries[-1].hash if said.entries else ""
    if last == _done(collection):
        return
    try:
        with collection.lock("publish", wait=True):
            _shut_all(collection, hidden(collection))
            write_atomically(collection.root / _DONE, last.encode())
    except (OSError, sqlite3.Error) as error:
        raise ArchiveError(f"{collection.reports}: {error}; the next command tries again") from error


def forget(collection: Collection) -> None:
    """Files of other runs came in: the next :func:`shut` looks at all."""
    (collection.root / _DONE).unlink(missing_ok=True)


def _done(collection: Collection) -> str:
    try:
        return (collection.root / _DONE).read_text("ascii")
    except (OSError, ValueError):
        return ""


def _shut_all(collection: Collection, said: Hidden) -> None:
    for account in sorted(collection.reports.glob(f"*{_ACCOUNT}")):
        if not account.is_file():
            continue  # `verify` names it
        rows = account.read_text("utf-8", "surrogateescape").splitlines()
        words = words_of(rows, said)
        if any(said.has(line) for row in rows if (line := _entry_in(row))):
            _shut_messages(collection, words)
            _shut_run(collection, account, rows, said, words)
    _refresh(collection)


def _shut_messages(collection: Collection, words: Words) -> None:
    """Messages that wait to be sent."""
    if not words.anywhere or not collection.crawl_db.exists():
        return
    db = connect(collection.crawl_db)
    try:
        for one in words.anywhere:
            inside_json = json.dumps(one, ensure_ascii=False)[1:-1]
            for table, column in _MESSAGES:
                for form in dict.fromkeys((one, inside_json)):
                    query = f"UPDATE {table} SET {column} = replace({column}, ?, ?) WHERE instr({column}, ?)"
                    db.execute(query, (form, WITHHELD, form))
    finally:
        db.close()


def _shut_run(collection: Collection, account: Path, rows: list[str], said: Hidden, words: Words) -> None:
    """Write a run's files anew. The account comes last: the words of the others are found in it."""
    run = account.name.removesuffix(_ACCOUNT)
    report, page = collection.reports / f"{run}.json", collection.reports / f"{run}.html"
    new: dict[Path, bytes] = {}
    if page.is_file():
        new[page] = words.out_of_page(page.read_text("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if report.is_file():
        new[report] = _report_without(report, words)
    text = "".join(f"{row}\n" for row in rows_without(rows, said, words))
    new[account] = text.encode("utf-8", "surrogateescape")
    changed = {path: data for path, data in new.items() if path.read_bytes() != data}
    if changed:
        _vouch(collection, run, changed)
    for path, data in changed.items():
        write_atomically(path, data)


def _report_without(path: Path, words: Words) -> bytes:
    data = path.read_bytes()
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return data
    new = words.out_of_all(said)
    return data if new == said else json.dumps(new, ensure_ascii=False, indent=1).encode()


def _vouch(collection: Collection, run: str, changed: dict[Path, bytes]) -> None:
    """Say in the ledger what the files of a run will be. It vouches for no file that is other than it said before."""
    entries = ledger.lenient(collection.ledger, naming=(json.dumps(run, ensure_ascii=False).encode(),))
    last = next((e for e in reversed(entries) if e.type == "run" and e.data.get("run") == run), None)
    if last is None:
        return
    files = [last.data, *(last.data.get("files") or ())]
    said = [_said_now(collection.reports, file, changed) for file in files]
    if all(old.get("sha256") == new["sha256"] for old, new in zip(files, said, strict=True)):
        return
    takedown = takedowns(collection).vouched.entries[-1]
    why = {"run": run, "verdict": last.data.get("verdict"), "withheld": takedown.hash}
    ledger.append(collection, {"type": "run", **said[0], **why, "files": said[1:]})


def _said_now(folder: Path, file: dict[str, Any], changed: dict[Path, bytes]) -> dict[str, Any]:
    """What a file will be; one that is not as it was vouched for keeps that word, so ``verify`` still names it."""
    path = folder / str(file.get("name"))
    old = {name: file.get(name) for name in ("name", "size", "sha256")}
    new = changed.get(path)
    if new is None or hashlib.sha256(path.read_bytes()).hexdigest() != old["sha256"]:
        return old
    return {"name": path.name, "size": len(new), "sha256": hashlib.sha256(new).hexdigest()}


def _refresh(collection: Collection) -> None:
    """The store takes the reports of such runs anew: it keeps what it read of a run that ended."""
    mark = json.dumps(WITHHELD, ensure_ascii=False)[1:-1].encode()
    runs = [p.name.removesuffix(_ACCOUNT) for p in collection.reports.glob(f"*{_ACCOUNT}") if mark in p.read_bytes()]
    if not runs or not collection.store.exists():
        return
    database = open_store(collection.store)
    try:
        with transaction(database) as db:
            db.executemany("DELETE FROM runs WHERE id = ?", [(run,) for run in runs])
            save_runs(db, collection)
            scrub_later(db)
    finally:
        database.conn.close()
