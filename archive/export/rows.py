"""What all exports are made of: interviews in order of uid, each whole, one at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archive.research.filters import Filter

INTERVIEW = (
    "uid", "site", "site_name", "province", "prefecture", "county", "url", "kind", "title", "theme", "published_at", "time_start", "time_end",
    "time_precision", "source", "n_turns", "confidence", "first_seen", "last_seen", "gone_at", "capture", "record_id", "payload_sha256", "version", "parser", "date", "characters",
)  # fmt: skip
_QUERY = """
SELECT i.uid, i.site, s.name AS site_name, s.province, s.prefecture, s.county, i.url, i.kind, i.title, i.theme, i.published_at, i.time_start,
  i.time_end, i.time_precision, i.source, i.n_turns, i.confidence, i.first_seen, i.last_seen, i.gone_at, i.capture, c.record_id,
  c.sha256 AS payload_sha256, v.version_no AS version, v.parser, i.date, i.characters
FROM interviews i JOIN versions v ON v.interview = i.uid AND v.newest JOIN captures c ON c.id = i.capture LEFT JOIN sites s ON s.id = i.site
WHERE {} ORDER BY i.uid"""
TURN = ("id", "interview", "seq", "speaker", "person", "role", "text", "capture")
GUEST = ("interview", "seq", "name", "organization", "title", "person")
QA = ("interview", "question_seq", "answer_seq", "asker", "question", "answerer", "answer")
CORRECTION = ("interview", "field", "parsed", "old", "new", "author", "reason", "date", "applied")
HISTORY = ("interview", "version_no", "kind", "title", "n_turns", "fetched_at", "capture", "content_sha256")
PROVENANCE = (
    "interview", "version_no", "part", "url", "fetched_at", "status", "sha256", "warc_file", "warc_offset", "warc_length", "record_id",
)  # fmt: skip
SITE = ("id", "name", "host", "family", "province", "prefecture", "county")
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
    qa: list[dict[str, Any]]
    flags: list[dict[str, Any]]
    corrections: list[dict[str, Any]]
    history: list[dict[str, Any]]
    provenance: list[dict[str, Any]]
    ids: list[dict[str, Any]]
    citation: str | None


def interviews(db: sqlite3.Connection, only: Filter) -> Iterator[Interview]:
    """The interviews that match, with those of their turns that match."""
    condition, values = only.interviews()
    turn_condition, turn_values = _turns(only)
    for row in db.execute(_QUERY.format(condition), values):
        uid = row[0]
        (citation,) = db.execute("SELECT gbt7714 FROM citation WHERE interview = ?", (uid,)).fetchone() or (None,)
        yield Interview(
            dict(zip(INTERVIEW, row, strict=True)),
            _dicts(
                db,
                f"SELECT {', '.join(TURN)} FROM turns t WHERE interview = ? AND {turn_condition} ORDER BY seq",
                (uid, *turn_values),
                TURN,
            ),
            _dicts(db, f"SELECT {', '.join(GUEST)} FROM guests WHERE interview = ? ORDER BY seq", (uid,), GUEST),
            _dicts(
                db, f"SELECT {', '.join(QA)} FROM qa WHERE interview = ? ORDER BY question_seq, answer_seq", (uid,), QA
            ),
            _dicts(
                db,
                f"SELECT {', '.join(f'f.{c}' for c in FLAG)} FROM flags f JOIN versions v ON v.id = f.version AND v.newest WHERE f.interview = ? ORDER BY f.seq",
                (uid,),
                FLAG,
            ),
            _dicts(
                db,
                f"SELECT {', '.join(CORRECTION)} FROM corrections WHERE interview = ? ORDER BY number",
                (uid,),
                CORRECTION,
            ),
            _dicts(
                db,
                f"SELECT {', '.join(HISTORY)} FROM history WHERE interview = ? ORDER BY version_no",
                (uid,),
                HISTORY,
            ),
            _dicts(
                db,
                f"SELECT {', '.join(PROVENANCE)} FROM provenance WHERE interview = ? ORDER BY version_no, fetched_at, record_id, part",
                (uid,),
                PROVENANCE,
            ),
            _dicts(db, f"SELECT {', '.join(ID)} FROM interview_ids WHERE interview = ? ORDER BY id", (uid,), ID),
            citation,
        )


def of_sites(db: sqlite3.Connection, sites: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of the tables ``sites`` and ``runs`` for some sites."""
    for name, columns, key in (("sites", SITE, "id"), ("runs", RUN, "site")):
        for site in sorted(sites):
            query = f"SELECT {', '.join(columns)} FROM {name} WHERE {key} = ? ORDER BY id"
            yield from ((name, row) for row in _dicts(db, query, (site,), columns))


def _turns(only: Filter) -> tuple[str, list[Any]]:
    bare = Filter(role=only.role, speaker=only.speaker)
    return bare.turns()


def _dicts(db: sqlite3.Connection, query: str, values: tuple[Any, ...], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in db.execute(query, values)]


def line(value: object) -> str:
    """One JSON line."""
    return json.dumps(value, ensure_ascii=False) + "\n"
