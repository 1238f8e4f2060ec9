"""Captured pages in a real browser: through pywb over the collection, and out of our WACZ in ReplayWeb.page.

Both are separate programs (`make replay`, `make browser`); where one is missing its tests are skipped, in CI none is.
"""

import asyncio
import contextlib
import gzip
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from struct import pack
from urllib.parse import quote, urlsplit

import brotli
import pytest
from support.ports import free_port
from support.running import fangtan, start
from support.servers.oddserver import OddServer
from support.tools import VIEWER, needs

from archive.collection.folder import Collection
from archive.handover.replay import name_of
from archive.handover.wacz import package
from archive.store.store import open_reader
from archive.warc.records import iterate
from archive.web.serve import application

COLOUR = "rgb(0, 51, 102)"

pytestmark = [pytest.mark.long, pytest.mark.needs("chromium")]


def png(width, height=1):
    raw = b"".join(b"\x00" + b"\x11\x22\x33" * width for _ in range(height))

    def chunk(kind, data):
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(raw))
        + chunk(b"IEND", b"")
    )


def reply(body, kind, *headers):
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(body, kind, *headers):
    half = len(body) // 2
    framed = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (half, body[:half], len(body) - half, body[half:])
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", "Transfer-Encoding: chunked", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + framed


def page(title, charset, number):
    return (
        f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>{title}</title><link rel="stylesheet" href="/css/{number}.css">'
        f'<script src="/js/{number}.js"></script></head><body><h1>{title}</h1><p>访谈嘉宾：县水务局局长李青</p><p>主持人：请介绍第{number}项工作。</p>'
        f"<p>李青：第{number}项工作已经完成，下一步继续巩固提升。</p><img id='small' src='/images/{number}.png'>"
        f"<img id='chinese' src='/images/{quote('图片.png')}'><img id='raw' src='/images/图片.png'><img id='same' src='/images/same{number}.png'></body></html>"
    )


#: What has it is not modified when it is asked for again: the second capture is a 304 without a body.
TAG = 'ETag: "v1"'
#: Path → title, charset, and how it is served.
PAGES = {
    "/zxft/1.html": ("国标编码的访谈第一期", "gbk", reply),
    "/zxft/2.html": ("分块压缩的访谈第二期", "utf-8", "gzip-chunked"),
    "/zxft/3.html": ("分块的国标访谈第三期", "gb2312", chunked),
    "/zxft/5.html": ("未改动的访谈第五期", "utf-8", "not-modified"),
    "/zxft/" + quote("第四期访谈.html"): ("中文网址的访谈第四期", "utf-8", reply),
}


def table():
    found = {
        "/images/" + quote("图片.png"): reply(png(13), "image/png"),
        "/robots.txt": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    }
    items = []
    style = gzip.compress(b"h1 { color: #003366 }", mtime=0)
    code = "document.addEventListener('DOMContentLoaded', () => { document.body.dataset.mark = '脚本'; });"
    script = brotli.compress(code.encode())
    for number, (path, (title, charset, how)) in enumerate(PAGES.items(), 1):
        body = page(title, charset, number).encode("gbk" if charset.startswith("gb") else charset)
        kind = "text/html" if charset == "gb2312" else f"text/html; charset={charset}"
        if how == "gzip-chunked":
            found[path] = chunked(gzip.compress(body, mtime=0), kind, "Content-Encoding: gzip")
        elif how == "not-modified":
            found[path] = reply(body, kind, TAG)
        else:
            found[path] = how(body, kind)
        # Equal under each address: what is not the first is a revisit of it.
        found[f"/css/{number}.css"] = reply(style, "text/css", "Content-Encoding: gzip", TAG)
        found[f"/js/{number}.js"] = chunked(script, "application/javascript; charset=utf-8", "Content-Encoding: br")
        found[f"/images/same{number}.png"] = reply(png(13), "image/png")
        found[f"/images/{number}.png"] = reply(png(number + 2), "image/png")
        items.append(f"<li><a href='{path}'>{title}</a><span>2021-01-{number:02d}</span></li>")
    found["/zxft/"] = reply(
        f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{''.join(items)}</ul></body></html>".encode(),
        "text/html; charset=utf-8",
    )
    return found


class Archived:
    """A collection of the pages above, captured twice: the second time as revisits. The site itself is gone."""

    def __init__(self, root):
        self.collection = Collection(root).create()
        with OddServer(table(), close=()) as server:
            self.origin = f"http://127.0.0.1:{server.port}"
            for options in ((), ("--recheck",)):
                result = fangtan("crawl", "--delay", "0", *options, f"{self.origin}/zxft/", collection=root)
                assert result.code == 0, result.out + result.err
        records = [r for path in self.collection.warcs() for r in iterate(path)]
        self.stamps = {}
        for record in records:
            if record.type in ("response", "revisit"):
                path = urlsplit(record.target).path
                stamp = "".join(c for c in record.get("WARC-Date") if c.isdigit())[:14]
                self.stamps.setdefault(path, []).append((stamp, record.type, record.target))


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    made = Archived(tmp_path_factory.mktemp("replay") / "collection")
    assert all([kind for _, kind, _ in made.stamps[path]] == ["response", "revisit"] for path in PAGES), made.stamps
    for what in ("css/{}.css", "js/{}.js", "images/same{}.png"):
        kinds = sorted(made.stamps[f"/{what.format(n)}"][0][1] for n in range(1, len(PAGES) + 1))
        assert kinds[1:] == ["revisit"] * (len(PAGES) - 1), "another address has the payload"
    return made


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-dev-shm-usage",
            ],
        )
        yield running
        running.close()


LOOK = """() => ({
  charset: document.characterSet, heading: document.querySelector('h1')?.textContent,
  small: document.querySelector('#small')?.naturalWidth, chinese: document.querySelector('#chinese')?.naturalWidth, raw: document.querySelector('#raw')?.naturalWidth,
  same: document.querySelector('#same')?.naturalWidth,
  colour: getComputedStyle(document.querySelector('h1')).color, mark: document.body.dataset.mark,
  guest: document.body.innerText.includes('县水务局局长李青')})"""


def expected(path, raw_in_gbk=13):
    """What a browser must show. wabac 2.27 loses a raw Chinese address on a page in GBK (percent-encoded ones it finds)."""
    number, (title, charset, _) = list(PAGES).index(path) + 1, PAGES[path]
    return {
        "charset": "GBK" if charset.startswith("gb") else "UTF-8",
        "heading": title,
        "small": number + 2,
        "chinese": 13,
        "same": 13,
        "raw": raw_in_gbk if charset.startswith("gb") else 13,
        "colour": COLOUR,
        "mark": "脚本",
        "guest": True,
    }


# ── pywb ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def names(collection):
    """What lies in the collection. SQLite's own companions of the store come and go with its readers; packages that
    other tests write meanwhile are noted.
    """
    others = ("fangtan.db-", "deposits.json")
    return sorted(str(p) for p in collection.root.rglob("*") if not p.name.startswith(others))


@pytest.fixture(scope="module")
def served(archived):
    needs("pywb")
    port = free_port()
    before = names(archived.collection)
    root, nothing = archived.collection.root, subprocess.DEVNULL
    process = start("replay", "-p", port, collection=root, stdout=nothing, stderr=nothing)
    base = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(base, timeout=5):
            break
        assert process.poll() is None, "pywb ended"
        time.sleep(0.1)
    yield f"{base}/{name_of(archived.collection)}"
    process.terminate()
    assert process.wait(timeout=20) == 0
    with pytest.raises(urllib.error.URLError, match="refused"):  # the server is gone with the command that started it
        urllib.request.urlopen(base, timeout=5)
    after = names(archived.collection)
    assert before == after, "replay leaves nothing in the collection"


@pytest.mark.parametrize("capture", [0, 1], ids=["response", "revisit"])
@pytest.mark.parametrize("path", PAGES, ids=["gbk", "gzip-chunked", "gb2312-chunked", "not-modified", "chinese-url"])
def test_pywb_shows_the_page_as_it_was(archived, served, browser, path, capture):
    stamp, _, url = archived.stamps[path][capture]
    context = browser.new_context()
    view = context.new_page()
    asked = []
    view.on("request", lambda request: asked.append(request.url))
    view.goto(f"{served}/{stamp}mp_/{url}", wait_until="load")
    assert view.evaluate(LOOK) == expected(path)
    host = urlsplit(served).netloc
    assert {urlsplit(u).netloc for u in asked if not u.startswith(("data:", "blob:"))} == {host}, (
        "no request leaves the archive"
    )
    context.close()


@pytest.mark.parametrize("path", ["/zxft/1.html", "/zxft/" + quote("第四期访谈.html")], ids=["gbk", "chinese-url"])
def test_the_reading_rooms_links_lead_to_pywbs_timegate_and_timemap(archived, served, path):
    room = application(archived.collection, served.rpartition("/")[0])
    with contextlib.closing(open_reader(archived.collection.store)) as db:
        uid = db.execute("SELECT uid FROM interviews WHERE url LIKE ?", (f"%{path}",)).fetchone()[0]
    with ThreadPoolExecutor(1) as beside:  # the browser has the loop of this thread
        said = beside.submit(asyncio.run, room.client.get(f"/interview/{uid}")).result().headers["link"]
    links = {relation: target for target, relation in re.findall(r'<([^>]*)>; rel="(\w+)"', said)}
    stamps = [stamp for stamp, _, _ in archived.stamps[path]]
    with urllib.request.urlopen(links["timemap"], timeout=30) as answer:
        assert answer.headers.get_content_type() == "application/link-format"
        listed = answer.read().decode()
    assert re.findall(r"/(\d{14})(?:mp_)?/[^>]*>; rel=\"memento\"", listed) == stamps
    assert links["original"] == archived.stamps[path][0][2]
    first = datetime.strptime(stamps[0], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    asked = urllib.request.Request(links["timegate"], headers={"Accept-Datetime": format_datetime(first, usegmt=True)})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert stamps[0] in answer.headers["Content-Location"] + answer.url
        assert "accept-datetime" in answer.headers["Vary"].lower()
        assert PAGES[path][0].encode(PAGES[path][1]) in answer.read()
    with urllib.request.urlopen(links["memento"], timeout=30) as answer:
        assert answer.headers["Memento-Datetime"] == format_datetime(first, usegmt=True)


def test_a_withheld_page_is_not_replayed(archived, tmp_path):
    """The index is all that pywb looks into."""
    shutil.copytree(archived.collection.root, tmp_path / "c")
    copy = Collection(tmp_path / "c")
    path = "/zxft/1.html"
    db = open_reader(copy.store)
    uid = db.execute("SELECT uid FROM interviews WHERE url LIKE ?", (f"%{path}",)).fetchone()[0]
    db.close()
    assert fangtan("withhold", uid, "--reason", "test", collection=copy.root).code == 0
    assert path not in copy.index.read_text("utf-8")


# ── ReplayWeb.page ──────────────────────────────────────────────────────────────────────────────────────────────────


class _Ranges(SimpleHTTPRequestHandler):
    """A static server that answers Range requests, as every real one does."""

    def send_head(self):
        wanted = self.headers.get("Range")
        path = Path(self.translate_path(self.path))
        if not wanted or not path.is_file():
            return super().send_head()
        size = path.stat().st_size
        start, _, end = wanted.removeprefix("bytes=").partition("-")
        first = int(start) if start else max(size - int(end), 0)
        last = min(int(end) if end and start else size - 1, size - 1)
        stream = path.open("rb")
        stream.seek(first)
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.rest = last - first + 1
        return stream

    def copyfile(self, source, outputfile):
        data = source.read(self.rest) if getattr(self, "rest", None) is not None else source.read()
        outputfile.write(data)
        self.rest = None

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def viewer(archived, tmp_path_factory):
    needs("ReplayWeb.page")
    folder = tmp_path_factory.mktemp("viewer")
    (folder / "replay").mkdir()
    shutil.copy(VIEWER / "ui.js", folder / "ui.js")
    # Where the service worker does not yet answer, the server does.
    (folder / "replay" / "index.html").write_text(
        "<!DOCTYPE html><script src='/ui.js'></script><replay-app-main></replay-app-main>"
    )
    shutil.copy(VIEWER / "sw.js", folder / "replay" / "sw.js")
    package(archived.collection, output=folder / "pages.wacz")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Ranges, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def window(browser):
    """One for all pages: the viewer, its worker and the package are loaded once."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.mark.parametrize("capture", [0, 1], ids=["response", "revisit"])
@pytest.mark.parametrize("path", PAGES, ids=["gbk", "gzip-chunked", "gb2312-chunked", "not-modified", "chinese-url"])
def test_replayweb_page_opens_our_package(archived, viewer, window, path, capture):
    folder, base = viewer
    stamp, _, url = archived.stamps[path][capture]
    name = f"{list(PAGES).index(path)}-{capture}.html"
    (folder / name).write_text(
        "<!DOCTYPE html><html><head><meta charset='utf-8'><script src='/ui.js'></script></head><body>"
        f"<replay-web-page source='/pages.wacz' url='{url}' ts='{stamp}' embed='replayonly' style='height:600px'></replay-web-page></body></html>",
        "utf-8",
    )
    view, asked = window.new_page(), []
    window.on("request", lambda request: asked.append(request.url))
    view.goto(f"{base}/{name}")
    seen, wanted = None, expected(path, raw_in_gbk=0)
    end = time.monotonic() + 60
    while time.monotonic() < end and seen != wanted:
        for frame in view.frames:
            if "mp_/" in frame.url:
                with contextlib.suppress(Exception):  # a frame that is being replaced
                    seen = frame.evaluate(LOOK)
        view.wait_for_timeout(100)
    assert seen == wanted
    hosts = {urlsplit(u).netloc for u in asked if u.startswith("http")}
    assert hosts == {urlsplit(base).netloc}, "no request leaves the archive"
    view.close()
