"""``replay --check`` lists what the archive cannot answer; over the demo there is nothing."""

import re
import shutil
import struct
import zlib
from urllib.parse import urlsplit

import pytest
from support.running import SOAK, fangtan
from support.servers.oddserver import OddServer, plain
from support.tools import needs


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


#: Large enough to have a size on a screen of many dots.
PNG = (
    b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress((b"\0" + bytes(64)) * 64)) + _chunk(b"IEND", b"")
)  # fmt: skip
TALK = "<p>主持人：请介绍第{0}项工作的进展情况。</p><p>李青：第{0}项工作已经完成，下一步继续巩固提升。</p>"

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("pywb"), pytest.mark.long]


def page(number, more=""):
    text = f"<html><head><meta charset='utf-8'><title>访谈</title></head><body><h1>访谈第{number}期</h1>{TALK.format(number)}{more}</body></html>"
    return plain(text.encode())


def test_a_request_without_an_answer_is_listed_and_is_in_the_sites_health(collection):
    needs("pywb")
    rows = "".join(f"<li><a href='/ft/{n}.html'>访谈第{n}期</a><span>2021-12-0{n}</span></li>" for n in (1, 2, 3))
    script = "<script>document.body.appendChild(new Image()).src='/late/'+'9'+'.png'</script>"
    hiding = "<script>document.querySelectorAll('p')[1].remove()</script>"
    table = {
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        "/ft/": plain(f"<meta charset='utf-8'><title>在线访谈</title><ul>{rows}</ul>".encode()),
        "/ft/1.html": page(1, "<img src='/gone.png'>"),
        "/ft/2.html": page(2, script),
        "/ft/3.html": page(3, hiding),
    }
    where = collection.root
    with OddServer(table, close=()) as server:
        site = f"http://127.0.0.1:{server.port}"
        (collection.sites / "yunling.toml").write_text(f'name = "云岭"\nsection = ["{site}/ft/"]\n', "utf-8")
        assert fangtan("crawl", "--delay", "0", "yunling", collection=where).code == 0
    result = fangtan("replay", "--check", "--json", collection=where)
    found = {row["url"].removeprefix(site): row for row in result.rows}
    assert result.code == 3, result.err
    assert found["/ft/2.html"]["missing"] == [f"{site}/late/9.png"]
    assert (found["/ft/1.html"]["missing"], found["/ft/1.html"]["pictures"]) == ([], [f"{site}/gone.png"]), (
        "its 404 is in the archive"
    )
    assert [w[:3] for w in found["/ft/3.html"]["words"]] == ["第3项"]
    (health,) = fangtan("status", "--json", collection=where).rows
    assert any("replay of 20" in line and "3 of 3 pages lack something" in line for line in health["evidence"])
    assert fangtan("replay", "--check", "nobody", collection=where).code == 2


#: What a browser asks for when it shows a page, wherever the page says so.
SHOWN = """
<link rel=stylesheet href=/s/1.css><link rel='alternate stylesheet' href=/s/2.css><link rel=preload as=image href=/i/1.png><link rel=icon href=/i/2.ico>
<style>@import '/s/3.css'; @import url(/s/4.css) screen; @font-face { font-family: f; src: url(/f/1.woff2) format('woff2') } #t { font-family: f }
 #a { background: url('/i/3.png') } #b { background: image-set('/i/4.png' 1x, '/i/5.png' 2x) } #c { list-style: url(/i/6.gif) } #d::after { content: url(/i/7.png) }
 #e { cursor: url(/i/8.cur), auto; mask: url(/i/9.svg) } @media print { #a { background: url(/i/10.png) } }</style>
<p id=t>字</p><ul><li id=c>字</ul><div id=a>字</div><div id=b>字</div><div id=d>字</div><div id=e>字</div>
<img src=/i/11.png><img srcset='/i/12.png 1x, /i/13.png 2x'><img srcset='/i/14.png 480w, /i/15.png 4000w' sizes=50vw>
<picture><source media='(min-width: 9px)' srcset=/i/16.png><img src=/i/17.png></picture><img class=lazy data-src=/i/18.png><img data-original='/i/19.png'>
<video poster=/i/20.png controls><source src=/v/1.mp4><track default src=/v/1.vtt></video><audio controls src=/v/2.mp3></audio>
<iframe src=/h/1.html></iframe><iframe srcdoc="<img src='/i/21.png'>"></iframe><object data=/i/22.svg type=image/svg+xml></object><embed src=/i/23.svg type=image/svg+xml>
<svg width=9 height=9><image href=/i/24.png width=9 height=9 /><use href='/i/25.svg#x'/></svg><input type=image src=/i/26.png>
<table background=/i/27.png><tr><td background=/i/28.png>字</table><div style="background:url('/i/29.png')">字</div><a href=/i/30.png><img src=/i/31.png></a>
<noscript><img src=/i/32.png></noscript><script src=/j/1.js></script><script type=module>import '/j/2.js'</script>
<script>document.querySelectorAll('[data-src],[data-original]').forEach(e => e.src = e.dataset.src || e.dataset.original); document.write('<img src="/i/33.png">');
 new Image().src = '/i/34.png'; document.body.style.backgroundImage = 'url(/i/35.png)'</script>
<div data-bg=/i/36.png></div><script>document.querySelectorAll('[data-bg]').forEach(e => e.style.background = `url(${e.dataset.bg})`)</script>
"""
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><g id='x'><rect width='9' height='9'/></g></svg>"
ANSWERS = {
    "css": ("text/css", b"#t { color: #036 }"), "js": ("text/javascript", b";"), "svg": ("image/svg+xml", SVG), "html": ("text/html", b"<p>x</p>"),
    "png": ("image/png", PNG), "gif": ("image/png", PNG), "ico": ("image/png", PNG), "cur": ("image/png", PNG), "woff2": ("font/woff2", b"wOF2"),
    "mp4": ("video/mp4", b"x"), "mp3": ("audio/mpeg", b"x"), "vtt": ("text/vtt", b"WEBVTT"),
}  # fmt: skip


def answer(path):
    kind, body = ANSWERS[path.rpartition(".")[2]]
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def asked_by_a_browser(url):
    """The paths that Chromium asks a living site for."""
    from playwright.sync_api import sync_playwright

    asked = set()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        view = browser.new_page()
        view.on("request", lambda request: asked.add(urlsplit(request.url).path))
        view.goto(url)
        view.wait_for_load_state("networkidle")
        browser.close()
    return asked


def test_whatever_a_page_shows_is_captured_and_replayed(collection):
    paths = sorted(set(re.findall(r"/[a-z]/\d+\.\w+", SHOWN)))
    rows = "<ul><li><a href='/ft/1.html'>访谈第1期</a><span>2021-12-01</span></li></ul>"
    table = {
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        "/ft/": plain(f"<meta charset='utf-8'><title>在线访谈</title>{rows}".encode()),
        "/ft/1.html": page(1, SHOWN),
        **{path: answer(path) for path in paths},
    }
    with OddServer(table, close=()) as server:
        site = f"http://127.0.0.1:{server.port}"
        (collection.sites / "yunling.toml").write_text(f'name = "云岭"\nsection = ["{site}/ft/"]\n', "utf-8")
        crawled = fangtan("crawl", "--delay", "0", "yunling", collection=collection.root)
        captured = {path for path, _, _ in server.log}
        shown = asked_by_a_browser(f"{site}/ft/1.html") & set(paths)
    assert crawled.code == 0, crawled.err
    assert shown - captured == set()
    assert len(shown) > 35
    result = fangtan("replay", "--check", "--json", collection=collection.root)
    assert [(row["missing"], row["pictures"], row["error"]) for row in result.rows] == [([], [], None)]


@pytest.mark.slow
def test_a_demo_lacks_nothing(crawled, tmp_path):
    needs("pywb")
    shutil.copytree(crawled.collection.root, tmp_path / "demo")
    sample = 100 if SOAK else 8
    result = fangtan("replay", "--check", "--sample", sample, "--json", collection=tmp_path / "demo", timeout=600)
    assert [row for row in result.rows if row["missing"] or row["words"] or row["pictures"] or row["error"]] == []
    assert len(result.rows) > 5
