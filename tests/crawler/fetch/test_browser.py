"""Pages whose content scripts fetch: Chromium asks, our downloader fetches, WARC holds what came over the wire."""

import json
import socket
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from support.running import fangtan, faults
from support.sites.nation import CHALLENGE, Nation, Town, page, self_signed

from archive.collection.folder import Collection
from archive.warc.records import iterate
from crawler.demo.county import Reply

pytestmark = [pytest.mark.long, pytest.mark.needs("chromium")]

# The address is put together at run time, so that no reader of the source finds it.
SHELL = """<div id='app'></div><img src='/never.png'><script>
const part = n => ['/da', 'ta/', 'li', 'st.do?page=' + n].join('');
(async () => { for (let n = 1; n < 4; n++) {
  const answer = await fetch(part(n), {headers: {'X-Requested-With': 'XMLHttpRequest'}});
  const rows = (await answer.json()).articles;
  document.getElementById('app').innerHTML += rows.map(r => `<li><a href="${r.url}">${r.title}</a></li>`).join('');
} })();
</script>"""


class Scripted(Town):
    """The list is served as JSON, three pages of it, to its script alone."""

    shielded = False

    def reply(self, path):
        if path == self.section:
            return CHALLENGE if self.shielded else page(self.name, "在线访谈", SHELL)
        if path.startswith("/data/list.do?page="):
            number = int(path.rpartition("=")[2])
            rows = [
                {"title": f"{self.name}访谈第{n}期", "url": self.path(n), "created_at": self.date(n)}
                for n in range((number - 1) * 3, min(number * 3, self.talks))
            ]
            return Reply(json.dumps({"articles": rows}, ensure_ascii=False).encode(), "application/json")
        return super().reply(path)


def collection_of(nation, folder, more="", section=None):
    collection = Collection(folder / "c").create()
    urls = json.dumps(section or [nation.urls["expired"]])
    more = f"browser = true\n{more}"
    (collection.sites / "a.toml").write_text(f'name = "a"\nsection = {urls}\ndelay = 0.05\n{more}', "utf-8")
    return collection


def crawl(nation, folder, *, browser=True):
    collection = collection_of(nation, folder, "" if browser else "\n")
    if not browser:
        file = collection.sites / "a.toml"
        file.write_text(file.read_text("utf-8").replace("browser = true\n", ""), "utf-8")
    return collection, fangtan("crawl", "--json", "a", collection=collection.root, timeout=200)


@pytest.mark.parametrize("secure", [False, True])
def test_a_list_that_a_script_fetches_is_found(tmp_path, secure):
    certificate = self_signed(tmp_path, "127.0.1.1", datetime.now(UTC) + timedelta(days=9)) if secure else None
    with Nation({"expired": Scripted("脚本县")}, certificate=certificate) as nation:
        collection, result = crawl(nation, tmp_path)
        again = fangtan("crawl", "--json", "a", collection=collection.root, timeout=200)
    report = result.rows[0]
    assert (report["verdict"], report["interviews"], report["listed"]) == ("ok", 7, 7), report["reason"]
    assert (again.rows[0]["verdict"], again.rows[0]["new"], again.rows[0]["listed"]) == ("ok", 0, 7)
    paths = [r.path for r in nation.requests]
    assert paths.count("/never.png") == 1, "a picture is a requisite, not the browser's, and not there is not there"
    # Once in the first night; in the second it has not changed, and the browser needs it all the same.
    assert paths.count(Scripted.section) == 3
    requests = sorted(nation.requests, key=lambda r: r.began)
    assert all(b.began >= a.ended for a, b in pairwise(requests)), "one at a time, the browser's too"
    assert faults(collection, reparse=True) == []
    kept = [
        r
        for p in collection.archive.glob("*.warc.gz")
        for r in iterate(p)
        if r.type == "response" and "list.do" in r.target
    ]
    assert {r.target[-1] for r in kept} >= {"1", "2", "3"}
    assert b'"articles"' in kept[0].block
    asked = [
        r
        for p in collection.archive.glob("*.warc.gz")
        for r in iterate(p)
        if r.type == "request" and "list.do" in r.target
    ]
    assert b"fangtan/" in asked[0].block, "our own user agent"


def test_without_the_switch_nothing_is_found_and_said(tmp_path):
    with Nation({"expired": Scripted("脚本县")}) as nation:
        _, result = crawl(nation, tmp_path, browser=False)
    assert result.code == 3
    assert result.rows[0]["interviews"] == 0


def test_without_chromium_the_run_says_so_and_keeps_its_queue(tmp_path, monkeypatch):
    with Nation({"expired": Scripted("脚本县")}) as nation:
        monkeypatch.setenv("PATH", str(tmp_path))
        _, result = crawl(nation, tmp_path)
    assert result.code == 3
    assert "Chromium" in result.rows[0]["reason"]


def test_a_challenge_page_is_never_brought_to_the_browser(tmp_path):
    town = Scripted("盾县")
    town.shielded = True
    with Nation({"expired": town}) as nation:
        _, result = crawl(nation, tmp_path)
    assert result.code == 4
    assert [r.path for r in nation.requests] == ["/robots.txt", town.section]


LEAKS = """<link rel=dns-prefetch href='//looked-up.example'><link rel=preconnect href='//127.0.0.1:{port}'><script>
const port = {port}, quiet = p => p.catch(() => 0);
quiet(fetch('http://127.0.0.1:' + port + '/fetched', {{mode: 'no-cors'}}));
quiet(fetch('http://named.example:' + port + '/named', {{mode: 'no-cors'}}));
new WebSocket('ws://127.0.0.1:' + port + '/socket');
new EventSource('http://127.0.0.1:' + port + '/events');
navigator.sendBeacon('http://127.0.0.1:' + port + '/beacon', 'x');
const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:' + port}}, {{urls: 'turn:127.0.0.1:' + port + '?transport=tcp', username: 'a', credential: 'b'}}]}});
peer.createDataChannel('x');
peer.createOffer().then(offer => peer.setLocalDescription(offer));
</script>"""


def test_the_browser_reaches_nothing_by_itself(tmp_path):
    """Whatever a page's scripts try (sockets, WebRTC, beacons), it comes to our downloader or nowhere; that refuses private addresses."""
    with (
        socket.create_server(("127.0.0.1", 0)) as stream,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        port = stream.getsockname()[1]
        datagrams.bind(("127.0.0.1", port))
        town = Scripted("漏县")
        town.change = lambda t, path: (
            page(t.name, "在线访谈", LEAKS.format(port=port) + SHELL) if path == t.section else None
        )
        town.reply = lambda path: town.change(town, path) or Scripted.reply(town, path)
        with Nation({"expired": town}) as nation:
            _, result = crawl(nation, tmp_path)
        for listening in (stream, datagrams):
            listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            stream.accept()
        with pytest.raises(BlockingIOError):
            datagrams.recvfrom(100)
    report = result.rows[0]
    assert report["listed"] == 7, "the page's own script did run"
    refused = {(r["role"], r["url"].rpartition("/")[2], r["reason"]) for r in report["refusals"]}
    assert ("script", "fetched", "private address") in refused
    assert any(url == "named" for _, url, _ in refused)


@pytest.mark.parametrize("budget", ["pages = 2", "bytes = 1"])
def test_a_run_that_stops_in_a_visit_shows_the_page_again(tmp_path, budget):
    """Before the visit, or in its midst: what the scripts had no time to fetch is fetched by the next run."""
    with Nation({"expired": Scripted("脚本县")}) as nation:
        collection = collection_of(nation, tmp_path, f"budget = {{ {budget} }}\n")
        first = fangtan("crawl", "--json", "a", collection=collection.root, timeout=200)
        assert (first.code, first.rows[0]["verdict"]) == (3, "incomplete")
        assert first.rows[0]["left"] >= 1
        collection_of(nation, tmp_path)
        second = fangtan("crawl", "--json", "a", collection=collection.root, timeout=200)
    report = second.rows[0]
    assert (report["verdict"], report["resumed"], report["interviews"], report["listed"]) == ("ok", True, 7, 7), report


class Twofold(Scripted):
    """Two lists, each served to the script of its own page."""

    def reply(self, path):
        if path in ("/zxft/", "/hdjl/"):
            return page(self.name, "在线访谈", SHELL.replace("st.do?page=", f"st.do{path}?page="))
        if path.startswith("/data/list.do/") and "?page=" in path:
            number = int(path.rpartition("=")[2]) + (0 if "zxft" in path else 3)
            wanted = range((number - 1) * 3, min(number * 3, self.talks)) if number in (1, 2, 4, 5) else ()
            rows = [{"title": f"访谈第{n}期", "url": self.path(n), "created_at": self.date(n)} for n in wanted]
            return Reply(json.dumps({"articles": rows}, ensure_ascii=False).encode(), "application/json")
        return Town.reply(self, path)


def test_two_pages_are_shown_one_after_the_other(tmp_path):
    """What the scripts of one fetch is not counted among what the other's do."""
    with Nation({"expired": Twofold("两栏县", talks=13)}) as nation:
        section = nation.urls["expired"]
        other = section.replace(Town.section, "/hdjl/")
        collection = collection_of(nation, tmp_path, section=[section.replace(Town.section, "/zxft/"), other])
        result = fangtan("crawl", "--json", "a", collection=collection.root, timeout=200)
    report = result.rows[0]
    assert (report["verdict"], report["listed"]) == ("ok", 10), (report["reason"], report["error_list"])
    paths = [r.path for r in nation.requests]
    assert (paths.count("/zxft/"), paths.count("/hdjl/")) == (1, 1), "each is shown as it was fetched"


class Failing(Scripted):
    """The second page of its list is served with an error."""

    def reply(self, path):
        if path == "/data/list.do?page=2":
            return Reply(b"", "text/plain", 500)
        return super().reply(path)


def test_what_a_script_asks_for_and_does_not_get_is_told(tmp_path):
    with Nation({"expired": Failing("断县")}) as nation:
        collection = collection_of(nation, tmp_path)
        result = fangtan("crawl", "--json", "a", collection=collection.root, timeout=200)
    report = result.rows[0]
    assert (result.code, report["verdict"], report["listed"]) == (3, "incomplete", 3), report["reason"]
    said = {(error["url"].rpartition("/")[2], error["reason"], error["role"]) for error in report["error_list"]}
    assert ("list.do?page=2", "HTTP 500", "script") in said
