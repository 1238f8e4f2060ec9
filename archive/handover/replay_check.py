"""Replay is the check of a capture: a browser opens captured pages through pywb.

What the archive cannot answer is listed.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.collection import clock
from archive.collection.folder import Collection, write_atomically
from archive.collection.processes import program
from archive.errors import ConfigError
from archive.handover.replay import name_of, serving
from archive.handover.replay_results import noted, path_of
from archive.store.store import open_reader
from parsers.page.text import squeeze

#: Pages that are opened unless more are asked for; seconds for pywb to begin, milliseconds for a page.
SAMPLE, _BEGIN_S, _PAGE_MS = 20, 60, 30_000
_ADDRESS = re.compile(r"/\d{0,14}(?:[a-z]{2}_)?/(https?:/{1,2}.+)$")
_LOOK = """() => ({text: document.body ? document.body.innerText : '',
  links: [...document.querySelectorAll('a[href]')].map(a => a.href),
  broken: [...document.images].filter(i => i.complete && i.currentSrc && !i.naturalWidth).map(i => i.currentSrc)})"""


@dataclass(slots=True)
class Page:
    """What one page lacked when it was replayed.

    :param further: other pages on which the talk goes on
    :param missing: addresses that it asked for and that the archive cannot answer
    :param words: turns of its interview that it does not show
    :param pictures: pictures without a size
    """

    site: str
    url: str
    fetched_at: str
    turns: list[str]
    further: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    error: str | None = None

    @property
    def good(self) -> bool:
        """Nothing lacked."""
        return not (self.missing or self.words or self.pictures or self.error)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json`` and the site's health."""
        names = ("site", "url", "fetched_at", "missing", "words", "pictures", "error")
        return {name: getattr(self, name) for name in names}


def check(collection: Collection, command: Path, target: str | None, sample: int = SAMPLE) -> list[Page]:
    """Open a sample of captured interviews, of one site or run, or of all.

    :param command: pywb's ``wayback``
    :raises ConfigError: no playwright, no Chromium, or nothing to open
    """
    pages = _sample(collection, target, sample)
    if not pages:
        raise ConfigError(
            f"{target or collection.root}: no captured interview to open; see `fangtan sites list` and `fangtan runs`"
        )
    port = _free_port()
    with serving(collection, command, port, "127.0.0.1") as process:
        base = f"http://127.0.0.1:{port}/{name_of(collection)}"
        _await(base, process)
        _open_all(pages, base)
    _note(collection, pages)
    return pages


def _sample(collection: Collection, target: str | None, sample: int) -> list[Page]:
    """Interviews in an order that depends on nothing but their addresses."""
    query = """SELECT i.id, i.site, c.url, c.fetched_at, i.capture FROM interviews i JOIN captures c ON c.id = i.capture
               WHERE c.method = 'GET' AND (? IS NULL OR i.site = ? OR c.run = ?)"""
    with closing(open_reader(collection.store)) as db:
        rows = db.execute(query, (target, target, target)).fetchall()
        rows = sorted(rows, key=lambda row: hashlib.sha256(row[2].encode()).digest())[:sample]
        turns = "SELECT text FROM turns WHERE interview = ? ORDER BY seq"
        parts = """SELECT DISTINCT c.url FROM versions v JOIN version_captures p ON p.version = v.id
                   JOIN captures c ON c.id = p.capture
                   WHERE v.capture = ? AND p.part = 'part' AND c.method = 'GET' ORDER BY c.url"""
        return [
            Page(site, url, at, _column(db, turns, uid), _column(db, parts, capture))
            for uid, site, url, at, capture in rows
        ]


def _column(db: sqlite3.Connection, query: str, value: str) -> list[Any]:
    return [row[0] for row in db.execute(query, (value,))]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _await(base: str, process: subprocess.Popen[bytes]) -> None:
    """Until the server answers.

    :raises ConfigError: it ended, or never did
    """
    end = time.monotonic() + _BEGIN_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(base, timeout=5):  # noqa: S310 - our own server
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise ConfigError("pywb does not answer; run `fangtan replay` to see what it says")


def _open_all(pages: list[Page], base: str) -> None:
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError('replay --check needs playwright: pip install "fangtan[browser]"') from error
    chromium = program("chromium", "chromium-browser", "google-chrome")
    if chromium is None:
        raise ConfigError("replay --check needs Chromium: apt install chromium 请安装 chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=str(chromium),
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
        )
        for page in pages:
            _open(browser, page, base)
        browser.close()


def _open(browser: Any, page: Page, base: str) -> None:
    """Open one page; its requests, words and pictures are compared with what the archive holds."""
    context = browser.new_context(service_workers="block")
    view = context.new_page()
    missing: dict[str, None] = {}

    def answered(response: Any) -> None:
        headers = response.headers
        if response.url.startswith(base) and response.status == 404 and "memento-datetime" not in headers:
            missing[_original(response.url)] = None

    def outside(route: Any) -> None:
        missing[route.request.url] = None
        route.abort()

    context.route(lambda url: url.startswith("http") and not url.startswith(base.rsplit("/", 1)[0] + "/"), outside)
    view.on("response", answered)
    stamp = "".join(c for c in page.fetched_at if c.isdigit())[:14]
    try:
        view.goto(f"{base}/{stamp}mp_/{page.url}", wait_until="load", timeout=_PAGE_MS)
        seen = view.evaluate(_LOOK)
        linked = set(map(_original, seen["links"]))
        texts = [_read(view, f"{base}/{stamp}mp_/{url}") for url in page.further if url in linked]
        shown = squeeze("".join([seen["text"], *texts]))
        page.words = [text[:80] for text in page.turns if squeeze(text) not in shown]
        page.pictures = [url for u in seen["broken"] if (url := _original(u)) not in missing]
    except Exception as error:  # noqa: BLE001 - playwright's errors; the page is named with the first line
        page.error = str(error).splitlines()[0][:200]
    page.missing = list(missing)
    with suppress(Exception):
        context.close()


def _read(view: Any, address: str) -> str:
    """The text of a page on which the talk goes on: a reader follows the link."""
    view.goto(address, wait_until="load", timeout=_PAGE_MS)
    return str(view.evaluate(_LOOK)["text"])


def _original(url: str) -> str:
    match = _ADDRESS.search(url)
    return match[1] if match else url


def _note(collection: Collection, pages: list[Page]) -> None:
    """Keep the result of each site for its health."""
    found = noted(collection)
    for site in {page.site for page in pages}:
        own = [page for page in pages if page.site == site]
        bad = [page.as_dict() for page in own if not page.good]
        found[site] = {"checked_at": clock.stamp(), "pages": len(own), "bad": bad[:20]}
    write_atomically(path_of(collection), json.dumps(found, ensure_ascii=False, indent=1).encode())
