"""Public ids: what they are made of, and where an id that was shown once leads today.

A talk's id is the hash of the address where it was captured first (:func:`archive.collection.urls.uid_of`). Every
address of a talk has such a hash; any of them may have been the talk's id before an older capture came in or two talks
became one, so each of them leads to the talk permanently. The table ``_ids`` holds every claim; the views
``interview_ids`` and ``interview_urls`` decide between them, so a claim that loses today counts again when the better
one goes, in whatever order captures come.

A turn's id is the talk's id and a name made of the words alone: ``72a251621b2f8059.t3f9a0c5d1e2b4a68``; the second of
two equal turns ends in ``-2``. Labels, roles, numbers and versions are no part of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from archive.collection.urls import uid_of
from archive.store.former import RULES
from archive.store.packing import SAID, unpacked
from parsers.page.text import squeeze

UID = "[0-9a-f]{16}"
WORDS = r"t[0-9a-f]{16}(?:-[1-9][0-9]{0,5})?"
#: A turn's id; stores of the first schemas had ``uid.version.seq``, which stays understood.
_TURN = re.compile(rf"({UID})\.(?:({WORDS})|([1-9][0-9]{{0,5}})\.([1-9][0-9]{{0,5}}))")
_UID = re.compile(UID)
_VERSION = re.compile(rf"({UID})\.([1-9][0-9]{{0,5}})")
#: Why an id leads to an interview. Where two interviews could be meant, the earlier reason decides.
REASONS = ("page", "same talk", "redirect", "part", "earlier rule", "takedown")


def words_of(texts: Iterable[str]) -> list[str]:
    """The names of the turns of one reading, in order: a hash of the words without blanks,
    and a number among equal ones.
    """
    seen: Counter[str] = Counter()
    names = []
    for text in texts:
        name = f"t{hashlib.sha256(squeeze(text).encode()).hexdigest()[:16]}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return names


@dataclass(frozen=True, slots=True)
class Claim:
    """An id that leads to an interview: of one of its addresses, by today's rule or an earlier one, or of the ledger
    (``takedown``).

    :param url: the address, where the id is its hash by today's rule
    """

    id: str
    key: str | None
    url: str | None
    reason: str
    since: str


def claims(
    uid: str,
    urls: Iterable[tuple[str, str, str, str]],
    captured: Iterable[tuple[str, str, str]],
    together: Iterable[Mapping[str, str]],
) -> list[Claim]:
    """The ids that lead to an interview.

    :param urls: its addresses as (key, url, reason, since)
    :param captured: every spelling in which they were captured, as (key, url, since)
    :param together: ids that a takedown found on one talk, with its time: what is left of that talk keeps them all
    """
    found: dict[str, Claim] = {}
    for key, url, reason, since in sorted(urls, key=lambda u: (REASONS.index(u[2]), u[3], u[0])):
        found.setdefault(uid_of(key), Claim(uid_of(key), key, url, reason, since))
    for key, url, since in sorted(captured, key=lambda u: (u[2], u[0], u[1])):
        for rule in RULES:
            found.setdefault(uid_of(rule(url)), Claim(uid_of(rule(url)), key, None, "earlier rule", since))
    _add_joined(found, uid, [group for group in together if group])
    return sorted(found.values(), key=lambda c: c.id)


def _add_joined(found: dict[str, Claim], uid: str, groups: list[Mapping[str, str]]) -> None:
    """The ids of each group that has one of the talk's ids, until no group is left that has."""
    while joined := [g for g in groups if not g.keys().isdisjoint({uid, *found})]:
        groups = [g for g in groups if g not in joined]
        for name, since in (pair for group in joined for pair in group.items()):
            found.setdefault(name, Claim(name, None, None, "takedown", since))


# ── where an id leads ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that an id names.

    :param id: its id today
    :param version: the version it is in: the newest one that has these words
    :param newest: 1 when that is the version that is shown, else 0
    """

    id: str
    interview: str
    version: str
    version_no: int
    seq: int
    capture: str
    newest: int


def interview_of(db: sqlite3.Connection, name: str) -> str | None:
    """The id of a talk today, from any id that it ever had, or one of its turns or versions had;
    ``None`` if it leads nowhere.
    """
    uid = name.partition(".")[0]
    if not (_UID.fullmatch(name) or _TURN.fullmatch(name) or _VERSION.fullmatch(name)):
        return None
    row = db.execute("SELECT interview FROM interview_ids WHERE id = ?", (uid,)).fetchone()
    return row[0] if row else None


def turn_of(db: sqlite3.Connection, name: str) -> Turn | None:
    """The turn that an id names, of whatever form and age; ``None`` if it names none."""
    match = _TURN.fullmatch(name)
    interview = interview_of(db, match[1]) if match else None
    if match is None or interview is None:
        return None
    words = match[2] or _counted(db, match[1], int(match[3]), int(match[4]))
    if words is None:
        return None
    row = db.execute(
        f"{_TURNS} WHERE t.id = ? ORDER BY v.newest DESC, v.version_no DESC LIMIT 1", (f"{interview}.{words}",)
    ).fetchone()
    return Turn(*row) if row else _continued(db, match[1], interview, words) or _equal(db, interview, words)


_TURNS = (
    "SELECT t.id, v.interview, v.id, v.version_no, t.seq, v.capture, v.newest FROM _turns t "
    "JOIN versions v ON v.id = t.version"
)


def _continued(db: sqlite3.Connection, uid: str, interview: str, words: str) -> Turn | None:
    """The turn that begins with the words, or has them: a page was read before its next part came,
    or a part as a page of its own.
    """
    name, _, number = words.partition("-")
    place, said = int(number or 1) - 1, _said(db, uid, words)
    query = "SELECT id FROM versions WHERE interview = ? ORDER BY newest DESC, version_no DESC"
    for (version,) in db.execute(query, (interview,)):
        turns = db.execute("SELECT seq, text FROM _turns WHERE version = ? ORDER BY seq", (version,))
        having = [seq for seq, text in turns if name in _beginnings(text) or (said and said in squeeze(text))]
        if len(having) > place:
            found = db.execute(f"{_TURNS} WHERE t.version = ? AND t.seq = ?", (version, having[place]))
            return Turn(*found.fetchone())
    return None


def _equal(db: sqlite3.Connection, interview: str, words: str) -> Turn | None:
    """The last of the turns with these words, where fewer of them are left than the id counts: a page that repeated
    them has changed, and no version joins its earlier text with the others.
    """
    first = f"{interview}.{words.partition('-')[0]}"
    query = f"{_TURNS} WHERE t.id = ? OR (t.id > ? AND t.id < ?) ORDER BY v.newest DESC, v.version_no DESC, t.seq DESC"
    row = db.execute(f"{query} LIMIT 1", (first, f"{first}-", f"{first}.")).fetchone()
    return Turn(*row) if row else None


def _said(db: sqlite3.Connection, uid: str, words: str) -> str | None:
    """What the turn of that name said, without blanks, in a reading of the page that the id was made of."""
    for _, record in _distinct(db, _key(db, uid)):
        texts = [turn["text"] for turn in record["turns"]]
        for name, text in zip(words_of(texts), texts, strict=True):
            if name == words:
                return squeeze(text)
    return None


def _beginnings(text: str) -> set[str]:
    """The names of a turn had it ended after one of its paragraphs."""
    lines = text.split("\n")
    return {words_of(["\n".join(lines[:n])])[0] for n in range(1, len(lines))}


def version_of(db: sqlite3.Connection, name: str) -> str | None:
    """The id of a version today, from ``uid.number`` with any id of its talk."""
    match = _VERSION.fullmatch(name)
    interview = interview_of(db, match[1]) if match else None
    return f"{interview}.{match[2]}" if match and interview else None


def today(db: sqlite3.Connection, name: str) -> str | None:
    """Today's id of a talk, a turn or a version, from any that it ever had; ``None`` if it names nothing."""
    if "." not in name:
        return interview_of(db, name)
    turn = turn_of(db, name)
    return turn.id if turn else version_of(db, name)


def known_as(db: sqlite3.Connection, captures: Iterable[str]) -> list[list[str]]:
    """All ids of each talk that captures belong to: what a takedown notes,
    as withheld captures name no address any more.
    """
    rows = db.execute(
        """SELECT DISTINCT a.interview, a.id FROM _ids a WHERE a.interview IN (
             SELECT v.interview FROM version_captures x JOIN versions v ON v.id = x.version
               WHERE x.part <> 'list' AND x.capture IN (SELECT value FROM json_each(?1))
             UNION SELECT u.interview FROM interview_urls u JOIN captures c ON c.key = u.key
               WHERE c.id IN (SELECT value FROM json_each(?1))) ORDER BY 1, 2""",
        (json.dumps(list(captures)),),
    )
    return [[name for _, name in group] for _, group in groupby(rows, key=lambda row: row[0])]


def _counted(db: sqlite3.Connection, uid: str, number: int, seq: int) -> str | None:
    """The words that ``uid.version.seq`` named: versions were those of the address behind the uid,
    turns were counted.
    """
    key = _key(db, uid)
    record = next((r for n, (_, r) in enumerate(_distinct(db, key), 1) if n == number), None)
    names = words_of(turn["text"] for turn in record["turns"]) if record else []
    return names[seq - 1] if seq <= len(names) else None


def read_on(db: sqlite3.Connection, uid: str, day: str) -> dict[str, Any] | None:
    """What was shown under a uid on a day: what its address had said until then; ``None`` if that is not known."""
    query = "SELECT key FROM interview_urls WHERE interview = ? AND reason = 'page'"
    keys = [row[0] for row in db.execute(query, (uid,)).fetchmany(1)] + [_key(db, uid)]
    read = [said for key in dict.fromkeys(filter(None, keys)) if (said := list(_distinct(db, key)))]
    for said in read:
        if earlier := [record for since, record in said if since[:10] <= day]:
            return earlier[-1]
    return read[0][0][1] if read else None


def _key(db: sqlite3.Connection, uid: str) -> str | None:
    """The address behind a uid."""
    row = db.execute(
        "SELECT a.key FROM interview_ids i JOIN _ids a ON a.id = i.id AND a.interview = i.interview WHERE i.id = ?",
        (uid,),
    ).fetchone()
    return row[0] if row else None


def _distinct(db: sqlite3.Connection, key: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The distinct readings of an address in time: (since, record)."""
    rows = db.execute(
        f"""SELECT r.content_sha256, c.fetched_at, {SAID} FROM _readings r JOIN captures c ON c.id = r.capture
           WHERE r.key = ? AND r.content_sha256 IS NOT NULL ORDER BY c.fetched_at, c.id""",
        (key,),
    )
    for _, same in groupby(rows, key=lambda r: r[0]):
        _, since, record = next(same)
        yield since, unpacked(record) or {}
