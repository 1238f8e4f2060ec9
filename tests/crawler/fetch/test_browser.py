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


def crawl(nation, folder, *, browser=True):
    collection = Collection(folder / "c").create()
    url = nation.urls["expired"]
    flag = "browser = true\n" if browser else ""
    (collection.sites / "a.toml").write_text(f'name = "a"\nsection = ["{url}"]\ndelay = 0.05\n{flag}', "utf-8")
    return collection, fangtan("crawl", "--json", "a", collection=collection.root, timeout=200)


@pytest.mark.parametrize("secure", [False, True])
def test_a_list_that_a_script_fetches_is_found(tmp_path, secure):
    certificate = self_signed(tmp_path, "127.0.1.1", datetime.now(UTC) + timedelta(days=9)) if secure else None
    with Nation({"expired": Scripted("脚本县")}, certificate=certificate) as nation:
        collection, result = crawl(nation, tmp_path)
        again = fangtan("crawl", "--json", "a", collection=collection.root, timeout=200)
    report = result.rows[0]
    assert (report["verdict"], report["interviews"], report["listed"]) == ("ok", 7, 7), result.err
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
