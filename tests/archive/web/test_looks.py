"""Every page in a browser, at two widths in two languages: it fits, its words stay whole, it has no serious fault."""

import contextlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import pytest
from support.reading_room import NAMES, addresses, one, uids
from support.running import ROOT, environment
from support.tools import AXE, needs

from archive.research import saved

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def address(crawled):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "crawler",
        "-C",
        str(crawled.collection.root),
        "serve",
        "-p",
        str(port),
    ]
    process = subprocess.Popen(
        command, env={**environment(), "PYTHONWARNINGS": "ignore"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    base, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(base, timeout=5):
            break
        assert process.poll() is None, "serve ended"
        time.sleep(0.1)
    yield base
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="module")
def view():
    """A browser's page, for one address after the other."""
    needs("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
        )
        # axe is a script; the pages allow none
        yield running.new_context(bypass_csp=True).new_page()
        running.close()


#: Every page as the browser drew it, to be looked at.
SCREENS = ROOT / "build" / "screens"
#: Of what a reader sees: words, numbers and days that a line's end breaks in two; cells with a few characters in several
#: lines; boxes wider than what is seen of them; numbers that stand alone on a phone; links that a finger misses.
_FAULTS = r"""() => {
  const found = [], seen = e => e.clientWidth > 0 || e.getClientRects().length > 0;
  const lines = (node, from, to) => { const r = document.createRange(); r.setStart(node, from); r.setEnd(node, to);
    return new Set([...r.getClientRects()].filter(b => b.width > 0).map(b => Math.round(b.top))).size; };
  const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.parentElement.closest('code, pre, svg, details:not([open]), select, .skip')) continue;
    for (const word of node.data.matchAll(/\S+/g)) {
      if (word[0].includes('/')) continue;  // an address may break anywhere
      for (const m of word[0].matchAll(/\d{4}-\d\d-\d\d|[A-Za-z]{2,20}|[\d,.]{2,20}/g)) {
        const at = word.index + m.index;
        if (!/[.:_-]/.test(node.data.slice(Math.max(0, at - 1), at)) && lines(node, at, at + m[0].length) > 1) found.push(['broken', m[0]]);
      }
    }
  }
  for (const cell of document.querySelectorAll('td, th')) {
    const said = cell.innerText.trim();
    if (seen(cell) && said.length > 1 && said.length <= 6 && cell.childElementCount == 0 && lines(cell, 0, cell.childNodes.length) > 1)
      found.push(['broken', said]);
    if (innerWidth < 500 && cell.closest('table.cards') && seen(cell) && /^[\d.,]+$/.test(said) && !cell.dataset.name)
      found.push(['a number of what', cell.outerHTML.slice(0, 120)]);
  }
  for (const box of document.querySelectorAll('.scroll')) if (box.scrollWidth > box.clientWidth) found.push(['cut', box.outerHTML.slice(0, 200)]);
  if (innerWidth < 500) for (const e of document.querySelectorAll('nav a, .ways a, ul.facet a, button, summary, select, main input:not([type=hidden])')) {
    const b = (e.closest('label.check') || e).getBoundingClientRect();
    if (b.height && (b.height < 24 || b.width < 24)) found.push(['small', e.outerHTML.slice(0, 120), b.width, b.height]);
  }
  for (const a of document.querySelectorAll('a')) if (!a.textContent.trim() && !a.getAttribute('aria-label')) found.push(['no words', a.outerHTML.slice(0, 120)]);
  return found;
}"""


#: Serious faults that axe finds, nothing of what passes: most of its time goes into telling of that.
_SERIOUS = """async () => (await axe.run({resultTypes: ['violations']})).violations
    .filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes[0].html.slice(0, 200)])"""


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_pages_fit_load_nothing_foreign_and_pass_axe(address, view, crawled, name, lang):
    path = addresses(crawled.collection)[name]
    if name == "queries":
        saved.save(
            crawled.collection, f"water-{lang}", {"query": "供水 OR 停水", "role": "guest", "since": "2021-01-01"}
        )
    asked, said = [], []
    listeners = {"request": lambda request: asked.append(request.url), "console": lambda message: said.append(message.text)}  # fmt: skip
    for event, listener in listeners.items():
        view.on(event, listener)
    try:
        view.set_viewport_size({"width": 1280, "height": 900})
        view.goto(f"{address}{path}lang={lang}")
        assert view.evaluate("getComputedStyle(document.querySelector('header')).borderBottomWidth") == "1px", (
            "the style sheet is in force"
        )
        needs("axe")
        view.evaluate(AXE.read_text("utf-8"))
        for width in (1280, 390):
            view.set_viewport_size({"width": width, "height": 900})
            assert view.evaluate("document.documentElement.scrollWidth") <= width
            SCREENS.mkdir(parents=True, exist_ok=True)
            view.screenshot(path=SCREENS / f"{name}-{lang}-{width}.png", full_page=True)
            assert view.evaluate(_FAULTS) == []
            assert view.evaluate(_SERIOUS) == []
        assert {urlsplit(u).netloc for u in asked} == {urlsplit(address).netloc}
        assert said == []
    finally:
        for event, listener in listeners.items():
            view.remove_listener(event, listener)


def test_long_words_and_short_questions_fit_a_phone(address, view, crawled):
    short = "SELECT interview FROM qa WHERE kind <> 'opening' GROUP BY interview ORDER BY avg(length(question)), interview LIMIT 1"
    word = "Pneumonoultramicroscopicsilicovolcanoconiosis"
    for path in (f"/interview/{one(crawled.collection, short)}?", f"/trends?words={word}%20COVID-19&"):
        for width in (1280, 390):
            view.set_viewport_size({"width": width, "height": 900})
            view.goto(f"{address}{path}lang=zh")
            assert view.evaluate("document.documentElement.scrollWidth") <= width
            assert [fault for fault in view.evaluate(_FAULTS) if fault[1] not in word] == []


def test_reports_of_runs_fit_a_phone_and_say_what_broke_in_both_languages(view, crawled):
    reports = sorted(crawled.collection.reports.glob("*.html"))
    assert len(reports) > 3
    for path in reports:
        view.goto(path.as_uri())
        for width in (1280, 390):
            view.set_viewport_size({"width": width, "height": 900})
            assert view.evaluate("document.documentElement.scrollWidth") <= width
            view.screenshot(path=SCREENS / f"report-{width}.png", full_page=True)
            assert view.evaluate(_FAULTS) == []
    blocked = next(path for path in reports if "blocked" in path.read_text("utf-8"))
    view.goto(blocked.as_uri())
    words = view.inner_text("main")
    for said in ("被拦截", "返回反爬验证页", "an anti-bot page", "请联系网站运维放行", "ask the site's operator"):
        assert said in words


def test_a_line_of_a_talk_has_35_to_42_characters_and_the_outline_stays(address, view, crawled):
    flagged, _, _ = uids(crawled.collection)
    view.set_viewport_size({"width": 1280, "height": 900})
    view.goto(f"{address}/interview/{flagged}?lang=zh")
    sizes = view.evaluate("[...document.querySelectorAll('.turn > p')].map(p => p.clientWidth / parseFloat(getComputedStyle(p).fontSize))")  # fmt: skip
    assert max(sizes) <= 42
    assert max(sizes) >= 35
    view.evaluate("window.scrollTo(0, document.querySelector('#t7').offsetTop)")
    assert view.locator("ol.questions").first.bounding_box()["y"] < 900
    assert view.locator("ol.questions").first.bounding_box()["y"] >= 0
    steps = view.locator("section.question a[href^='#t']").evaluate_all(
        "links => links.map(a => a.getAttribute('href'))"
    )
    targets = view.evaluate("[...document.querySelectorAll('section.question')].map(s => '#' + s.id)")
    assert set(steps) == set(targets)
    assert len(targets) >= 3


def test_the_store_is_opened_for_reading_only(address, crawled):
    db = sqlite3.connect(crawled.collection.store)
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        db.close()
    assert address
