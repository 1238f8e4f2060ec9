"""``fangtan demo``: serve the county, crawl it, let some days pass, crawl again,
say what is kept and what to do next.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from archive.collection.folder import Collection, write_atomically
from archive.collection.processes import environment, module
from archive.collection.urls import canonical
from archive.errors import ConfigError
from archive.research.search import search
from archive.store.store import open_reader
from crawler.demo import build, hanweb_site
from crawler.demo.county import Planted
from crawler.demo.server import County

_WORD = "营商环境"


def _ports(collection: Collection) -> list[int] | None:
    path = collection.root / "demo.json"
    if not path.exists():
        return None
    try:
        return [int(p) for p in json.loads(path.read_text("utf-8"))["ports"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: {error}; delete the folder to start again") from error


def run_demo(collection: Collection, *, quiet: bool) -> int:
    """The complete demonstration; 0 when everything planted was found."""
    ports = _ports(collection)
    again = ports is not None
    began = time.monotonic()
    collection.create()
    with ExitStack() as stack:
        try:
            county = stack.enter_context(County(build(), hanweb_site.answer_post, ports))
        except OSError as error:
            raise ConfigError(
                f"ports {ports}: {error.strerror}; the demo county needs the ports it had: close what uses them, "
                f"or delete {collection.root}"
            ) from error
        write_atomically(collection.root / "demo.json", json.dumps({"ports": county.ports}).encode())
        if again:
            county.generation = 1
            click.echo(f"{collection.root} exists: re-crawling the demo county incrementally …", err=True)
            reports = [*_crawl(collection, county, quiet, "--recheck")]
        else:
            click.echo(
                "Three sites of an invented county on loopback; the crawl gets their home pages and nothing else.",
                err=True,
            )
            reports = [*_crawl(collection, county, quiet)]
            county.generation = 1
            click.echo("Some days later: one page was amended, one is gone. Re-crawling …", err=True)
            reports += _crawl(collection, county, quiet, "--recheck")
        missing = check(collection, county)
    _summary(collection, reports, time.monotonic() - began, again=again)
    for line in missing:
        click.echo(f"MISSING: {line}", err=True)
    return 1 if missing else 0


def _crawl(collection: Collection, county: County, quiet: bool, *options: str) -> list[dict[str, Any]]:
    """A crawl as a user starts it (Twisted's reactor runs once a process, so each is its own)."""
    command = module(
        "crawler",
        "-C",
        str(collection.root),
        *(["-q"] if quiet else []),
        "crawl",
        "--delay",
        "0",
        "--json",
        *options,
        *county.urls,
    )
    done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, check=False)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode not in (0, 3, 4) or not reports:
        raise ConfigError(f"the crawl ended with exit code {done.returncode}; see above")
    for report in reports:
        click.echo(
            f"  {report['name']}: {report['verdict']}, {report['pages']} pages, {report['new']} new, "
            f"{report['changed']} changed, {report['gone']} gone, "
            f"{report['unchanged']} unchanged, list pages declared {report['declared']} got {report['got']}",
            err=True,
        )
    return reports


def check(collection: Collection, county: County) -> list[str]:
    """What was planted and is not in the store."""
    db = open_reader(collection.store)
    try:
        wrong: list[str] = []
        for site, url in zip(county.sites, county.urls, strict=True):
            for page in site.planted:
                wrong += _compare(db, url.rstrip("/") + page.path, page)
        facts = {
            "the seed page's five hijacked words": ("SELECT count(*) = 5 FROM flags WHERE severity = 'alert' AND rule = 'word_substitution'", ()),
            "a page that changed": ("SELECT count(*) = 1 FROM versions WHERE version_no = 2", ()),
            "a page that vanished": ("SELECT count(*) = 1 FROM interviews WHERE gone_at IS NOT NULL", ()),
            "a challenge page kept as a capture, not as an interview": (
                "SELECT count(*) >= 1 FROM captures WHERE status = 521 AND key NOT IN (SELECT key FROM interview_urls)", ()),
        }  # fmt: skip
        wrong += [name for name, (query, values) in facts.items() if not db.execute(query, values).fetchone()[0]]
    finally:
        db.close()
    return wrong


def _compare(db: Any, url: str, page: Planted) -> list[str]:
    row = db.execute(
        """SELECT v.id, v.kind, v.title, v.published_at, v.source, v.theme, v.time_text, v.time_start, v.time_end,
            v.time_precision
           FROM interview_urls u JOIN versions v ON v.interview = u.interview AND v.version_no = 1 WHERE u.key = ?""",
        (canonical(url),),
    ).fetchone()
    if row is None:
        return [f"{url}: no interview"]
    time_found = tuple(row[6:10]) if row[6] else None
    guests = tuple(
        db.execute("SELECT name, organization, title FROM _guests WHERE version = ? ORDER BY seq", (row[0],))
    )
    turns = tuple(
        db.execute("SELECT speaker, person, role, text FROM _turns WHERE version = ? ORDER BY seq", (row[0],))
    )
    expected = (page.kind, page.title, page.published_at, page.source, page.theme, page.time, page.guests, page.turns)
    names = ("kind", "title", "published_at", "source", "theme", "time", "guests", "turns")
    found = (*row[1:6], time_found, guests, turns)
    return [
        f"{url}: {n}: expected {e!r}, found {f!r}" for n, e, f in zip(names, expected, found, strict=True) if e != f
    ]


#: What is worth a look, one line each.
_LINES = (
    ("changed", "SELECT i.title || '  ' || i.url FROM versions v JOIN interviews i ON i.uid = v.interview WHERE v.version_no = 2"),
    ("gone", "SELECT title || '  ' || url FROM interviews WHERE gone_at IS NOT NULL"),
    ("notice of a talk to come", "SELECT title || '  ' || url FROM interviews WHERE kind = 'notice'"),
    ("video without text", "SELECT title || '  ' || url FROM interviews WHERE kind = 'video'"),
    ("flagged", "SELECT text || '  ×' || count(*) || ' in ' || interview FROM flags WHERE severity = 'alert' GROUP BY interview, text"),
)  # fmt: skip


def _summary(collection: Collection, reports: list[dict[str, Any]], seconds: float, *, again: bool) -> None:
    db = open_reader(collection.store)
    try:
        click.echo(_counts(db, collection, seconds))
        if again:
            sums = {key: sum(r[key] for r in reports) for key in ("unchanged", "not_modified", "pages", "new")}
            click.echo(
                f"Incremental: {sums['unchanged']} interviews unchanged, {sums['not_modified']} of "
                f"{sums['pages']} answers "
                f"were 304 Not Modified, {sums['new']} new"
            )
        for label, query in _LINES:
            for (text,) in db.execute(query):
                click.echo(f"  {label}: {text}")
        blocked = sum(len(r["challenges"]) for r in reports)
        click.echo(f"  blocked: {blocked} anti-bot page(s), recorded and left alone")
        hits, total = search(db, _WORD, 1)
        for hit in hits:
            at = hit.text.find(_WORD)
            click.echo(f"\nsearch {_WORD} ({total} turns): {hit.speaker}：…{hit.text[max(0, at - 16) : at + 24]}…")
    finally:
        db.close()
    fangtan = os.path.relpath(sys.argv[0]) if Path(sys.argv[0]).name == "fangtan" else "python -m crawler"
    click.echo("\nContinue with")
    for rest in ("search 依法行政", "runs", "verify"):
        click.echo(f"  {fangtan} -C {collection.root} {rest}")


def _counts(db: sqlite3.Connection, collection: Collection, seconds: float) -> str:
    kinds = db.execute("SELECT kind, count(*) FROM interviews GROUP BY kind ORDER BY 2 DESC").fetchall()
    tables = ("interviews", "turns", "guests", "captures")
    count = {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
    files = len(list(collection.archive.glob("*.warc.gz")))
    return (
        f"\n{count['interviews']} interviews ({', '.join(f'{n} {kind}' for kind, n in kinds)}), {count['turns']} "
        "turns, "
        f"{count['guests']} guests, {count['captures']} captures in {files} WARC files, {seconds:.0f} seconds"
    )
