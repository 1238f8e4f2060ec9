"""What is to be reported, and what each receiver got: tables of the crawl database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from archive.collection import clock
from archive.collection.clock import stamp
from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.collection.muted import muted
from crawler.schedule.notices import Notice

#: Messages to one receiver in a minute of the clock: services take about 20 in any minute, and punish more.
_A_MINUTE = 10
DIGEST = "*digest"
#: The subject of what a check of all files found.
FILES = "*files"
#: Begins the subject of a notice of interviews that are gone; the run follows.
GONE = "*gone "
#: Begins the subject of a notice of a watch; the name of its query follows, the words are the number of a batch.
WATCH = "*watch "
#: What is gone is reported for so long; who hears of it later reads it in `fangtan changes`.
_GONE_DAYS = 30
_GOOD = ("ok", "new")


@dataclass(frozen=True, slots=True)
class Open:
    """Something that a receiver does not know yet.

    :param subject: a site, ``*`` (the scheduler), ``*digest``, ``*files``, or ``*gone`` and a run
    :param words: what is remembered when it was reported: a verdict, a trouble, a day; the site of a run
    :param error: of a failure
    :param known: what the receiver got of a watch: the number of its last batch
    """

    subject: str
    words: str
    error: str | None = None
    known: str | None = None

    @property
    def watch(self) -> str | None:
        """The saved query that found something, when that is what is to be reported."""
        return self.subject.removeprefix(WATCH) if self.subject.startswith(WATCH) else None

    @property
    def gone_in(self) -> str | None:
        """The run in which interviews were found gone, when that is what is to be reported."""
        return self.subject.removeprefix(GONE) if self.subject.startswith(GONE) else None

    @property
    def site(self) -> str:
        """The site that it concerns."""
        return self.words if self.gone_in else self.subject


class Memory:
    """What each receiver got, the rest of a message that was begun, how many messages it got this minute."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.db = connect(collection.crawl_db)

    def close(self) -> None:
        """Give the database back."""
        self.db.close()

    def happened(self, new: Open) -> None:
        """Something that all receivers are to know."""
        self.db.execute(
            """INSERT INTO troubles VALUES (?, ?, ?, ?) ON CONFLICT(subject) DO UPDATE SET
                 words = excluded.words, error = excluded.error, since = excluded.since""",
            (new.subject, new.words, new.error, stamp()),
        )  # fmt: skip

    def gone(self, run: str, site: str) -> None:
        """A run found interviews gone."""
        before = stamp(clock.now() - timedelta(days=_GONE_DAYS))
        for table, column in (("troubles", "since"), ("told", "told_at")):
            self.db.execute(f"DELETE FROM {table} WHERE subject LIKE ? AND {column} < ?", (f"{GONE}%", before))
        self.happened(Open(f"{GONE}{run}", site))

    def over(self, subject: str) -> None:
        """It is no more: when it comes again it is news again."""
        for table in ("troubles", "told"):
            self.db.execute(f"DELETE FROM {table} WHERE subject = ?", (subject,))

    def open(self, receiver: str, day: str | None) -> tuple[Open, ...]:
        """What the receiver does not know; a good beginning needs no words.

        :param day: of the digest that is due
        """
        told = dict(self.db.execute("SELECT subject, words FROM told WHERE receiver = ?", (receiver,)))
        found = [Open(DIGEST, day)] if day is not None and told.get(DIGEST) != day else []
        silent = muted(self.collection)
        for row in self.db.execute("SELECT subject, words, error FROM troubles ORDER BY since, subject"):
            new = Open(*row)
            if new.site in silent:
                continue
            if told.get(new.subject) != new.words and not (new.subject not in told and new.words in _GOOD):
                found.append(replace(new, known=told.get(new.subject)) if new.watch else new)
        return tuple(found)

    def begun(self, receiver: str, known: Iterable[Open], rest: Sequence[Notice]) -> None:
        """The receiver took (the first part of) a message."""
        self.db.execute("BEGIN IMMEDIATE")
        self.db.executemany(
            "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?)", [(receiver, k.subject, k.words, stamp()) for k in known]
        )
        parts = [(receiver, json.dumps(part.as_dict(), ensure_ascii=False)) for part in rest]
        self.db.executemany("INSERT INTO outbox(receiver, message) VALUES (?, ?)", parts)
        self.db.execute("COMMIT")

    def rest(self, receiver: str) -> list[tuple[int, Notice]]:
        """The parts of a message that was begun, with their numbers."""
        rows = self.db.execute("SELECT id, message FROM outbox WHERE receiver = ? ORDER BY id", (receiver,)).fetchall()
        return [(number, Notice(**json.loads(message))) for number, message in rows]

    def took(self, number: int) -> None:
        """The receiver took that part."""
        self.db.execute("DELETE FROM outbox WHERE id = ?", (number,))

    def may_send(self, receiver: str) -> bool:
        """Whether the receiver takes one more message this minute; it is counted."""
        minute = f"{clock.now():%Y-%m-%dT%H:%M}"
        row = self.db.execute("SELECT minute, sent FROM pace WHERE receiver = ?", (receiver,)).fetchone()
        sent = row[1] if row is not None and row[0] == minute else 0
        if sent >= _A_MINUTE:
            return False
        self.db.execute("INSERT OR REPLACE INTO pace VALUES (?, ?, ?)", (receiver, minute, sent + 1))
        return True
