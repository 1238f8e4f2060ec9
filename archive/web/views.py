"""Our pages: read the store, fill a template."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request, Response

from archive.collection.reports import as_it_stands
from archive.collection.sql import row_of, rows_of
from archive.errors import ConfigError
from archive.export.citations import bibtex, csl_json, gbt7714, subject
from archive.export.rows import Interview, version_of
from archive.history.sentences import said
from archive.store.packing import evidence_in
from archive.web.charts import columns
from archive.web.context import collection_of
from archive.web.freshness import left_out, missing
from archive.web.mementos import mementos
from archive.web.terms import day, run_day, term
from archive.web.words import language, words

TIME_LIMIT_MS = 3000
T = TypeVar("T")


class TooSlow(ConfigError):
    """A page asks for more than can be answered in time."""


class NotHere(Exception):
    """No interview has this id now."""


async def read(datasette: Datasette, function: Callable[[sqlite3.Connection], T]) -> T:
    """Run a function on a connection, in a thread, within the time limit.

    :raises TooSlow: the time is up
    """

    def limited(connection: sqlite3.Connection) -> T:
        with sqlite_timelimit(connection, TIME_LIMIT_MS):
            return function(connection)

    try:
        result: T = await datasette.get_database("fangtan").execute_fn(limited)
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise TooSlow(
            f"takes longer than {TIME_LIMIT_MS // 1000} s here; narrow it, or ask on the command line. "
            "查询超时，请缩小范围或改用命令行。"
        ) from error
    return result


async def in_time(datasette: Datasette, function: Callable[[sqlite3.Connection], T], otherwise: T, part: str = "") -> T:
    """As :func:`read`; ``otherwise`` when the time is up, for what a page can be shown without.

    :param part: what the page then says it lacks, by its name among the words
    """
    try:
        return await read(datasette, function)
    except TooSlow:
        left_out(part)
        return otherwise


def refused(problem: ConfigError) -> int:
    """The status of a page that says why it has no answer: it would take too long, or was asked for wrongly."""
    return 503 if isinstance(problem, TooSlow) else 400


async def too_slow(datasette: Datasette, request: Request, problem: TooSlow) -> Response:
    """What is said where nothing of a page could be made in time."""
    if "." in request.path.rpartition("/")[2]:  # for programs
        return Response.json({"ok": False, "error": str(problem), "status": 503}, status=503)
    return await refusal(datasette, request, 503, str(problem))


NOTHING = "Nothing of that name. 没有这一项。"


async def refusal(datasette: Datasette, request: Request, status: int = 404, why: str = NOTHING) -> Response:
    """A page that says why there is no other, in our frame, with ways back."""
    return await page(datasette, request, "fangtan_refused.html", {"error": why, "status": status}, status)


async def page(
    datasette: Datasette, request: Request, template: str, facts: dict[str, Any], status: int = 200
) -> Response:
    lang = language(request)
    other = {name: request.args[name] for name in request.args if name != "token"}
    other["lang"] = "en" if lang == "zh" else "zh"
    lacking = [words(lang)[part] for part in missing()]
    ways = {
        "w": words(lang),
        "missing": lacking,
        "term": partial(term, lang),
        "moment": day,
        "run_day": run_day,
        "said": partial(said, lang),
    }
    told = {name: said(lang, facts[name]) for name in ("error", "trouble") if facts.get(name)}
    context = {**facts, **told, **ways, "lang": lang, "switch": f"{request.path}?{urlencode(other)}"}
    body = await datasette.render_template(template, context, request=request)
    return Response.html(body, status=status)


async def replayed(
    datasette: Datasette, request: Request, template: str, facts: dict[str, Any], capture: dict[str, Any]
) -> Response:
    """A page about a capture, with links to its replay: for people in the page, for programs in its header."""
    links = mementos(datasette, capture)
    answer = await page(datasette, request, template, {**facts, "replay": links})
    if links:
        answer.headers["Link"] = links.header()
    return answer


async def as_they_stand(datasette: Datasette, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with ``run``, ``site``, ``verdict`` and ``reason`` as the runs are now:
    no report says that its run was killed.
    """

    def now(row: dict[str, Any]) -> dict[str, Any]:
        if row["verdict"] not in _UNENDED:
            return row
        return as_it_stands(collection_of(datasette), {**row, "verdict": "running", "reason": None})

    if any(row["verdict"] in _UNENDED for row in runs):
        left_out()  # what becomes of them does not change the store
    return await asyncio.to_thread(lambda: [now(row) for row in runs])


#: Verdicts of runs that have not come to their end: whether they continue is seen outside the store.
_UNENDED = ("running", "interrupted")

# ── home ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_COUNTS = """SELECT coalesce(sum(interviews), 0) AS interviews, coalesce(sum(turns), 0) AS turns,
  (SELECT count(*) FROM sites) AS sites, (SELECT n FROM _totals WHERE name = 'captures') AS captures,
  (SELECT n FROM _totals WHERE name = 'persons') AS people FROM _tally WHERE site = '*'"""
_YEARS = "SELECT year, sum(interviews) AS n FROM _tally WHERE site = '*' GROUP BY 1 ORDER BY year = '', 1"
_LATEST = """SELECT i.uid, i.title, i.url, i.kind, substr(i.date, 1, 10) AS day, i.gone_at
FROM (SELECT uid, date FROM _interviews WHERE kind IS NOT NULL ORDER BY date DESC, uid DESC LIMIT 15) n
  JOIN interviews i ON i.uid = n.uid ORDER BY n.date DESC, n.uid DESC"""
#: Sites with the verdict of their last run; an aggregate would read every run.
_SITES = """SELECT c.site, coalesce(s.name, c.site) AS name, s.id IS NULL AS captured, c.interviews,
    c.gone, r.id AS run, r.verdict, r.reason,
    r.ended_at AS ended
FROM (SELECT nullif(site, '') AS site, sum(interviews) AS interviews, sum(gone) AS gone FROM _tally WHERE site <> '*'
    GROUP BY _tally.site) c
  LEFT JOIN sites s ON s.id = c.site LEFT JOIN runs r ON r.id = (SELECT max(id) FROM runs WHERE site = c.site)
ORDER BY c.interviews DESC, c.site"""
#: So many sites are listed; the others are found by their names.
SITES_SHOWN = 50
_SUSPICIOUS = """SELECT i.uid, i.title, (SELECT group_concat(text, '；') FROM (SELECT DISTINCT g.text FROM flags g
    WHERE g.version = f.version AND g.severity IN ('warning', 'alert') ORDER BY g.seq)) AS words
FROM (SELECT DISTINCT f.interview, f.version FROM flags f JOIN versions v ON v.id = f.version AND v.newest
    WHERE f.severity <> 'info' ORDER BY f.severity, f.interview LIMIT 50) f
  JOIN interviews i ON i.uid = f.interview ORDER BY i.uid"""


def _listed(query: str, db: sqlite3.Connection) -> list[dict[str, Any]]:
    return list(rows_of(db, query))


async def home(datasette: Datasette, request: Request) -> Response:
    """What this is, a search box, the newest talks, what is here by year and site."""
    found = await _held(datasette)
    lang = language(request)
    said = words(lang)
    years = [
        (year["year"], year["n"], f"/interviews?year={year['year']}&lang={lang}")
        if year["year"]
        else (said["undated"], year["n"], None)
        for year in found["years"]
    ]
    found["chart"] = columns(said["per_year"], years)
    return await page(datasette, request, "fangtan_home.html", found)


async def trouble(datasette: Datasette, request: Request) -> Response:
    """What needs the archivist's look: sites whose last run was not complete, talks with suspicious words."""
    found = await _held(datasette)
    runs = [site["run"] for site in found["broken"]]
    helps = await in_time(datasette, partial(_helps, runs), dict[str, Any](), "what_helps")
    found["broken"] = [{**site, "fix": helps.get(site["run"])} for site in found["broken"]]
    return await page(datasette, request, "fangtan_trouble.html", found)


def _helps(runs: list[str], db: sqlite3.Connection) -> dict[str, Any]:
    """What most likely helps, of each run, as its report says."""
    query = f"""SELECT id, CASE WHEN json_valid(report) THEN json_extract(report, '$.fix') END
        FROM runs WHERE id IN ({", ".join("?" * len(runs))})"""
    return dict(db.execute(query, runs).fetchall())


async def _held(datasette: Datasette) -> dict[str, Any]:
    """What the archive holds, and what is wrong with it."""
    found: dict[str, Any] = {
        name: await in_time(datasette, partial(_listed, query), list[Any](), part)
        for name, query, part in (
            ("counts", _COUNTS, "count"),
            ("years", _YEARS, "per_year"),
            ("latest", _LATEST, "latest"),
            ("sites", _SITES, "sites"),
            ("suspicious", _SUSPICIOUS, "suspicious"),
        )
    }
    found["counts"] = next(iter(found["counts"]), {})
    if found["counts"]:  # of some sites only their captures are known
        found["counts"]["sites"] += sum(bool(site["captured"] and site["site"]) for site in found["sites"])
    count = len(found["sites"])
    found["sites"] = await as_they_stand(datasette, found["sites"])
    broken = [s for s in found["sites"] if s["verdict"] not in ("ok", None)]
    found |= {"broken": broken[:SITES_SHOWN], "sites": found["sites"][:SITES_SHOWN]}
    found["more"] = {"broken": len(broken) - len(found["broken"]), "sites": count - len(found["sites"])}
    return found


# ── one interview ───────────────────────────────────────────────────────────────────────────────────────────────────


_ANNOUNCED = """SELECT i.uid, i.title, i.url, i.kind, a.method FROM announcements a
JOIN interviews i ON i.uid = a.notice WHERE a.interview = ? UNION ALL
SELECT i.uid, i.title, i.url, i.kind, a.method FROM announcements a JOIN interviews i ON i.uid = a.interview
  WHERE a.notice = ?"""


_VERSIONS = """SELECT version_no, kind, n_turns, fetched_at AS fetched
FROM history WHERE interview = ? ORDER BY version_no"""
_CAPTURES = """SELECT p.version_no, p.part, p.url, p.fetched_at AS fetched, p.status, p.record_id, c.id
FROM provenance p JOIN captures c ON c.record_id = p.record_id WHERE p.interview = ?
  ORDER BY p.fetched_at, p.record_id, p.part"""
#: The page of a version, as it was captured first.
_READ_FROM = """SELECT c.url, c.method, c.status, c.fetched_at
FROM versions v JOIN captures c ON c.id = v.capture WHERE v.interview = ? AND v.version_no = ?"""
#: Values whose evidence is shown.
_REASONED = ("title", "theme", "time", "guests", "source", "published_at")


async def interview(datasette: Datasette, request: Request) -> Response:
    """The talk to read, what is known of it and why, how to cite it."""
    uid, version, archive = request.url_vars["uid"], request.args.get("version") or "", name_of(datasette)
    data = await read(datasette, lambda db: _interview(db, uid, version, archive))
    if data is None:
        raise NotHere(uid)
    return await replayed(datasette, request, "fangtan_interview.html", data, data["read_from"])


def cited(found: Interview, turn: dict[str, Any] | None, archive: str) -> dict[str, str]:
    """A talk, or a turn of it, as an entry of each style."""
    return {
        "GB/T 7714": gbt7714(found.facts, turn, archive),
        "BibTeX": bibtex(found.facts, [row["id"] for row in found.ids], turn, archive).strip(),
        "CSL-JSON": json.dumps(csl_json(found.facts, turn, archive), ensure_ascii=False),
    }


def name_of(datasette: Datasette) -> str:
    """What the archive is called: by its operator, if one is named."""
    return str(collection_of(datasette).setting("", "operator"))


async def cite(datasette: Datasette, request: Request) -> Response:
    """How to cite a turn or a talk."""
    name, archive = request.url_vars["id"], name_of(datasette)

    found = await read(datasette, lambda db: subject(db, name))
    if found is None:
        raise NotHere(name)
    talk, turn = found
    if name != (turn["id"] if turn else talk.facts["uid"]):
        raise NotHere(name)  # an earlier id
    facts = {"i": talk.facts, "turn": turn, "cited": cited(talk, turn, archive)}
    return await page(datasette, request, "fangtan_cite.html", facts)


def _interview(db: sqlite3.Connection, uid: str, wanted: str, archive: str) -> dict[str, Any] | None:
    """A version of an interview as its page shows it."""
    shown = version_of(db, uid, wanted)
    if shown is None:
        return None
    found, number, newest = shown.interview, shown.number, shown.newest
    newest_no = db.execute("SELECT version_no FROM versions WHERE interview = ? AND newest", (uid,)).fetchone()[0]
    evidence, questions = evidence_in(shown.evidence), _questions(found)
    why = {name: e for name, e in evidence.get("evidence", {}).items() if name in _REASONED}
    return {
        "i": found.facts,
        "shown": number,
        "older": None if newest else number,
        "apart": number > newest_no,
        "guests": found.guests,
        "turns": _with_steps(_turns(found), questions, found.guests),
        "questions": questions,
        "flags": found.flags,
        "corrections": found.corrections,
        "codings": _coded(found),
        "why": why,
        "quoted": {name: _quoted(db, uid, found.facts["capture"], e) for name, e in why.items()},
        "abstained": evidence.get("abstained", {}),
        "versions": list(rows_of(db, _VERSIONS, (uid,))),
        "captures": list(rows_of(db, _CAPTURES, (uid,))),
        "read_from": row_of(db, _READ_FROM, (uid, number)),
        "announced": list(rows_of(db, _ANNOUNCED, (uid, uid))),
        "cited": cited(found, None, archive),
    }


def _coded(found: Interview) -> list[dict[str, Any]]:
    """The codes of a talk and its turns, in order of the turns; of each the number of its turn, where it is shown."""
    places = {turn["id"]: turn["seq"] for turn in found.turns}
    coded = [{**coding, "seq": places.get(coding["unit"])} for coding in found.codings]
    return sorted(coded, key=lambda coding: coding["seq"] or 0)


_QUOTED_IN = """SELECT x.capture FROM version_captures x JOIN versions v ON v.id = x.version
    JOIN captures c ON c.id = x.capture
WHERE v.interview = ? AND c.sha256 = ? ORDER BY x.capture = ? DESC, x.capture LIMIT 1"""


def _quoted(db: sqlite3.Connection, uid: str, capture: str, evidence: dict[str, Any]) -> str:
    """The capture that a value was read from."""
    found = db.execute(_QUOTED_IN, (uid, evidence.get("payload_sha256"), capture)).fetchone()
    return str(found[0]) if found else capture


def _turns(found: Interview) -> list[dict[str, Any]]:
    """Turns in pieces: suspicious words apart from the rest, each marked in its place."""
    marks: dict[str, list[dict[str, Any]]] = {}
    for flag in found.flags:
        if flag["severity"] != "info" and flag["char_start"] is not None:
            marks.setdefault(flag["field"], []).append(flag)
    turns = []
    for turn in found.turns:
        pieces, at = list[tuple[str, dict[str, Any] | None]](), 0
        for flag in sorted(marks.get(f"turns[{turn['seq']}]", []), key=lambda f: int(f["char_start"])):
            if flag["char_start"] >= at:
                pieces += [
                    (turn["text"][at : flag["char_start"]], None),
                    (
                        turn["text"][flag["char_start"] : flag["char_end"]],
                        flag,
                    ),
                ]
                at = flag["char_end"]
        words = turn["id"].partition(".")[2]
        turns.append({**turn, "words": words, "pieces": [*pieces, (turn["text"][at:], None)]})
    return turns


def _with_steps(
    turns: list[dict[str, Any]], questions: list[dict[str, Any]], guests: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Turns with what a reader needs beside them: the post behind a short label, the question before and after."""
    asked = [question["seq"] for question in questions]
    steps = {
        seq: (before, after) for before, seq, after in zip([None, *asked], asked, [*asked[1:], None], strict=False)
    }
    posts = {g["name"]: " ".join(filter(None, (g["organization"], g["title"]))) for g in guests if g["name"]}
    for turn in turns:
        turn["is_question"] = turn["seq"] in steps
        turn["before"], turn["after"] = steps.get(turn["seq"], (None, None))
        turn["post"] = posts.get(turn["person"] or "", "")
    return turns


def _questions(found: Interview) -> list[dict[str, Any]]:
    """Each question once, in order, with the first of its answers; greetings and farewells are none."""
    seen: dict[int, dict[str, Any]] = {}
    for row in (row for row in found.qa if row["kind"] not in ("opening", "closing")):
        seen.setdefault(row["question_seq"], row)
    return [
        {"seq": seq, "asker": row["asker"], "question": row["question"][:60], "answer": row["answer_seq"]}
        for seq, row in seen.items()
    ]
