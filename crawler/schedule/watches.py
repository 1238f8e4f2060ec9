"""Watches: saved queries whose new turns are news. Each receiver hears of a turn once.

What a query finds on the first day is known; nobody is written to about it. Later turns come in batches, and a receiver
remembers the last batch that it took. A turn that is in another talk by now, or that was withheld and is shown again,
is no new one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta

from archive.collection import clock
from archive.collection.clock import stamp
from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.research import saved
from archive.research.counting import asked
from archive.research.places import places
from archive.research.saved import Saved
from archive.research.search import Hit, matches, turns_of
from archive.store.store import open_reader
from crawler.schedule.memory import WATCH, Memory, Open
from crawler.schedule.notices import MARK, Notice, notice

#: A query that finds more is none to be watched.
MOST = 50_000
#: So many turns are named in a message.
_SHOWN = 20
#: Turns that were new longer ago are reported to nobody any more.
_DAYS = 30
#: Characters on each side of the words.
_AROUND = 30


def look(collection: Collection, memory: Memory, names: Sequence[str]) -> Iterator[str]:
    """Note what watched queries find that they did not find before.

    :returns: queries that cannot be watched, in words
    """
    for (gone,) in memory.db.execute("SELECT name FROM watches").fetchall():
        if gone not in names:
            _forget(memory, gone)
    state = _state(collection)
    if state is None:
        return
    for name in names:
        try:
            _look(collection, memory, saved.read(collection, name), state)
        except ConfigError as error:
            yield str(error)


def _state(collection: Collection) -> str | None:
    """What changes with the store; ``None`` without one."""
    files = (collection.store, collection.store.with_name(f"{collection.store.name}-wal"))
    looks = [
        (s.st_ino, s.st_size, s.st_mtime_ns) if (s := path.stat() if path.exists() else None) else None
        for path in files
    ]
    return json.dumps(looks) if looks[0] else None


def _look(collection: Collection, memory: Memory, query: Saved, state: str) -> None:
    words = _asked(query)
    row = memory.db.execute("SELECT asked, batch, store FROM watches WHERE name = ?", (query.name,)).fetchone()
    if row is not None and (row[0], row[2]) == (words, state):
        return
    with closing(open_reader(collection.store)) as db:
        here = _turns(db, query)
        begins = row is None or row[0] != words
        fresh = here if begins else _fresh(db, memory, query.name, here)
    batch = 0 if begins else row[1] + bool(fresh)
    if begins:
        _forget(memory, query.name)
    memory.db.execute("BEGIN IMMEDIATE")
    rows = [(query.name, turn, batch, stamp()) for turn in sorted(fresh)]
    memory.db.executemany("INSERT OR IGNORE INTO hits VALUES (?, ?, ?, ?)", rows)
    memory.db.execute("INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?)", (query.name, words, batch, state))
    memory.db.execute("COMMIT")
    if fresh and not begins:
        memory.happened(Open(f"{WATCH}{query.name}", str(batch)))


def _asked(query: Saved) -> str:
    """The question: words, conditions, and what the index is asked for them. Words that are understood otherwise after
    an update ask another question.
    """
    return json.dumps([query.address, *query.query.index], ensure_ascii=False, sort_keys=True)


def _turns(db: sqlite3.Connection, query: Saved) -> set[str]:
    """The ids of what a query finds.

    :raises ConfigError: too many, or a site that is not there
    """
    parsed, only = asked(query.query, query.only.check(db, later=True))
    found = set[str]()
    for (turn,) in matches(db, parsed, only, "t.id"):
        found.add(turn)
        if len(found) > MOST:
            raise ConfigError(f"{query.name}: finds more than {MOST} turns; a watch needs a narrower query")
    return found


def _fresh(db: sqlite3.Connection, memory: Memory, name: str, here: set[str]) -> set[str]:
    """The turns that were not found before, under any id of their talk."""
    known = {turn for (turn,) in memory.db.execute("SELECT turn FROM hits WHERE name = ?", (name,))}
    fresh = here - known
    ids = "SELECT id FROM interview_ids WHERE interview = ?"
    for turn in sorted(fresh):
        uid, _, words = turn.partition(".")
        if any(f"{other}.{words}" in known for (other,) in db.execute(ids, (uid,))):
            fresh.discard(turn)
    return fresh


def _forget(memory: Memory, name: str) -> None:
    memory.over(f"{WATCH}{name}")
    for table in ("watches", "hits"):
        memory.db.execute(f"DELETE FROM {table} WHERE name = ?", (name,))


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def found(collection: Collection, name: str, known: int) -> Notice | None:
    """What a watch found behind a batch; ``None`` when nothing of it is shown now.

    :param known: the last batch that the receiver took
    """
    since = stamp(clock.now() - timedelta(days=_DAYS))
    try:
        query = saved.read(collection, name)
        with closing(Memory(collection)) as memory:
            new = "SELECT turn FROM hits WHERE name = ? AND batch > ? AND at >= ? ORDER BY turn"
            turns = [row[0] for row in memory.db.execute(new, (name, known, since))]
        with closing(open_reader(collection.store)) as db:
            hits = sorted(
                turns_of(db, turns).values(), key=lambda hit: (hit.date, hit.interview, -hit.seq), reverse=True
            )
    except ConfigError:
        return None
    if not hits:
        return None
    lines = [f"{query.title}: {len(hits)} new turn(s) 新发言 {len(hits)} 段", *_lines(query, hits[:_SHOWN])]
    if len(hits) > _SHOWN:
        lines.append(f"- {len(hits) - _SHOWN} more 另有: fangtan search --saved {name}")
    data = {
        "query": name,
        "hits": [
            {"turn": h.turn, "interview": h.interview, "title": h.title, "url": h.url, "date": h.date}
            for h in hits[:_SHOWN]
        ],
        "count": len(hits),
    }
    return notice("watch", f"{MARK} {query.title}: {len(hits)} new turn(s) 新发言", lines, data)


def _lines(query: Saved, hits: list[Hit]) -> Iterable[str]:
    marks = places([hit.text for hit in hits], query.query.words, case=bool(query.query.exact))
    for hit, there in zip(hits, marks, strict=True):
        start, end = there[0] if there else (0, 0)
        text = " ".join(hit.text[max(0, start - _AROUND) : end + _AROUND].split())
        yield f"- {hit.date[:10]} {hit.county} · {hit.title} · {hit.speaker}: …{text}…  {hit.url}  [{hit.turn}]"
