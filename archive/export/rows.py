"""What all exports are made of: interviews in order of uid, each complete, one at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.collection.sql import rows_of
from archive.research.filters import Filter

INTERVIEW = (
    "uid", "site", "site_name", "province", "prefecture", "county", "url", "kind", "genre", "title", "theme", "published_at", "time_start", "time_end",
    "time_precision", "source", "n_turns", "confidence", "first_seen", "last_seen", "gone_at", "capture", "record_id", "payload_sha256", "version", "parser", "date", "characters", "captured_at",
)  # fmt: skip
_QUERY = """
SELECT i.uid, i.site, s.name AS site_name, s.province, s.prefecture, s.county, i.url, i.kind, i.genre, i.title,
  i.theme,
  i.published_at, i.time_start,
  i.time_end, i.time_precision, i.source, i.n_turns, i.confidence, i.first_seen, i.last_seen, i.gone_at, i.capture,
    c.record_id,
  c.sha256 AS payload_sha256, v.version_no AS version, v.parser, i.date, i.characters,
  c.fetched_at AS captured_at
FROM interviews i JOIN versions v ON v.interview = i.uid AND v.newest JOIN captures c ON c.id = i.capture LEFT
  JOIN sites s ON s.id = i.site
WHERE {} ORDER BY i.uid"""
_UIDS = "SELECT i.uid FROM interviews i LEFT JOIN sites s ON s.id = i.site WHERE {} ORDER BY i.uid"
TURN = ("id", "interview", "seq", "speaker", "person", "role", "text", "capture", "time")
GUEST = ("interview", "seq", "name", "organization", "title", "person")
PARTICIPANT = ("interview", "person", "name", "role", "organization", "title", "turns", "characters")
QA = (
    "interview", "question_seq", "answer_seq", "asker", "question", "answerer", "answer", "kind", "relayed", "asker_role", "asker_person",
    "asker_organization", "asker_title", "answerer_person", "answerer_organization", "answerer_title", "question_id", "answer_id", "question_time",
    "answer_time", "days",
)  # fmt: skip
CORRECTION = ("interview", "field", "parsed", "old", "new", "author", "reason", "date", "applied")
CODING = ("interview", "unit", "variable", "coder", "value", "date")
HISTORY = ("interview", "version_no", "kind", "title", "n_turns", "fetched_at", "capture", "content_sha256")
PROVENANCE = (
    "interview", "version_no", "part", "url", "fetched_at", "status", "sha256", "warc_file", "warc_offset", "warc_length", "record_id",
)  # fmt: skip
SITE = ("id", "name", "host", "family", "province", "prefecture", "county", "code")
RUN = (
    "id", "site", "started_at", "ended_at", "verdict", "reason", "pages", "interviews", "new", "changed", "gone", "unchanged", "errors", "declared", "got",
    "bytes", "exit_code", "code_version",
)  # fmt: skip
ID = ("interview", "id", "reason", "since")
FLAG = ("interview", "rule", "severity", "field", "text", "char_start", "char_end", "suggestion", "capture")


@dataclass(slots=True)
class Interview:
    """An interview with everything that belongs to it, each as dicts of the columns above."""

    facts: dict[str, Any]
    turns: list[dict[str, Any]]
    guests: list[dict[str, Any]]
    participants: list[dict[str, Any]]
    qa: list[dict[str, Any]]
    flags: list[dict[str, Any]]
    corrections: list[dict[str, Any]]
    codings: list[dict[str, Any]]
    history: list[dict[str, Any]]
    provenance: list[dict[str, Any]]
    ids: list[dict[str, Any]]
    citation: str | None

    def who(self, turn: Mapping[str, Any]) -> dict[str, Any]:
        """The participant who says a turn; ``person`` is ``None`` where the label resolves to nobody."""
        name = turn["person"] or turn["speaker"]
        named = [each for each in self.participants if each["name"] == name]
        unknown = {"person": None, "name": name, "role": turn["role"], "organization": None, "title": None}
        return next((each for each in named if each["role"] == turn["role"]), next(iter(named), unknown))

    def answered(self) -> dict[str, str]:
        """The id of the question that a turn answers, by the id of the answer."""
        return {pair["answer_id"]: pair["question_id"] for pair in self.qa if pair["answer_id"]}


#: What belongs to one interview: columns, and where its rows come from in which order.
_PARTS: dict[str, tuple[tuple[str, ...], str]] = {
    "guests": (GUEST, "guests x WHERE x.interview = ? ORDER BY seq"),
    "participants": (PARTICIPANT, "_participants x WHERE x.interview = ? ORDER BY place"),
    "qa": (QA, "qa x WHERE x.interview = ? ORDER BY question_seq, answer_seq"),
    "flags": (FLAG, "flags x JOIN versions v ON v.id = x.version AND v.newest WHERE x.interview = ? ORDER BY x.seq"),
    "corrections": (CORRECTION, "corrections x WHERE x.interview = ? ORDER BY number"),
    "codings": (CODING, "codings x WHERE x.interview = ? ORDER BY unit, variable, coder"),
    "history": (HISTORY, "history x WHERE x.interview = ? ORDER BY version_no"),
    "provenance": (PROVENANCE, "provenance x WHERE x.interview = ? ORDER BY version_no, fetched_at, record_id, part"),
    "ids": (ID, "interview_ids x WHERE x.interview = ? ORDER BY id"),
}


def uids_of(db: sqlite3.Connection, only: Filter) -> list[str]:
    """The interviews that match, by name."""
    condition, values = only.interviews()
    return [row[0] for row in db.execute(_UIDS.format(condition), tuple(values))]


def interviews(db: sqlite3.Connection, only: Filter, uids: Sequence[str] | None = None) -> Iterator[Interview]:
    """The interviews that match, with those of their turns that match.

    :param uids: only these of them
    """
    condition, values = only.interviews()
    if uids is not None:
        condition, values = f"({condition}) AND i.uid IN (SELECT value FROM json_each(?))", [*values, json.dumps(uids)]
    turn_condition, turn_values = Filter(role=only.role, speaker=only.speaker).turns()
    turns = f"SELECT {', '.join(TURN)} FROM turns t WHERE interview = ? AND {turn_condition} ORDER BY seq"
    for facts in rows_of(db, _QUERY.format(condition), tuple(values)):
        uid = facts["uid"]
        (citation,) = db.execute("SELECT gbt7714 FROM citation WHERE interview = ?", (uid,)).fetchone() or (None,)
        parts = {
            name: list(rows_of(db, _select(columns, origin), (uid,))) for name, (columns, origin) in _PARTS.items()
        }
        yield Interview(facts=facts, turns=list(rows_of(db, turns, (uid, *turn_values))), citation=citation, **parts)


@dataclass(slots=True)
class Version:
    """A version of an interview.

    :param interview: with the facts, the turns and the capture of that version
    :param evidence: why its values were read, JSON
    """

    interview: Interview
    number: int
    newest: bool
    evidence: str


def version_of(db: sqlite3.Connection, uid: str, wanted: str = "") -> Version | None:
    """A version of an interview by its number; the newest when none is named; ``None`` when there is no such."""
    row = db.execute(_VERSION, (uid, wanted, wanted if wanted.isdecimal() else None)).fetchone()
    found = next(interviews(db, Filter(uid=uid)), None)
    if row is None or found is None:
        return None
    number, newest, evidence, version = row
    if not newest:
        _turn_back(db, found, version)
    return Version(found, number, bool(newest), evidence)


_VERSION = """SELECT version_no, newest, evidence, id FROM versions
WHERE interview = ? AND (CASE WHEN ? = '' THEN newest ELSE version_no = ? END)"""
_OLDER = """SELECT v.kind, v.genre, v.title, v.theme, v.published_at, v.time_start, v.time_end, v.time_precision,
  v.source, v.n_turns, v.version_no AS version, v.capture, c.record_id, c.sha256 AS payload_sha256,
  c.fetched_at AS captured_at FROM versions v JOIN captures c ON c.id = v.capture WHERE v.id = ?"""
_OLDER_TURNS = "SELECT id, seq, speaker, person, role, text, time FROM _turns WHERE version = ? ORDER BY seq"
_OLDER_GUESTS = "SELECT seq, name, organization, title, name AS person FROM _guests WHERE version = ? ORDER BY seq"


def _turn_back(db: sqlite3.Connection, found: Interview, version: str) -> None:
    """Put what an older version said in place of the newest; corrections are of the newest."""
    found.facts.update(next(rows_of(db, _OLDER, (version,))))
    found.turns = list(rows_of(db, _OLDER_TURNS, (version,)))
    found.guests = list(rows_of(db, _OLDER_GUESTS, (version,)))
    found.flags = list(rows_of(db, "SELECT * FROM flags WHERE version = ? ORDER BY seq", (version,)))
    found.qa, found.corrections, found.codings, found.citation = [], [], [], None


def _select(columns: tuple[str, ...], origin: str) -> str:
    return f"SELECT {', '.join(f'x.{column}' for column in columns)} FROM {origin}"


def of_sites(db: sqlite3.Connection, sites: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of the tables ``sites`` and ``runs`` for some sites."""
    for name, columns, key in (("sites", SITE, "id"), ("runs", RUN, "site")):
        for site in sorted(sites):
            query = f"SELECT {', '.join(columns)} FROM {name} WHERE {key} = ? ORDER BY id"
            yield from ((name, row) for row in rows_of(db, query, (site,)))


def line(value: object) -> str:
    """One JSON line."""
    return json.dumps(value, ensure_ascii=False) + "\n"
