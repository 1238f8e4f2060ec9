"""Every WARC request and response block equals what the server saw and sent, byte for byte."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.running import fangtan
from support.servers.oddserver import OddServer, certificate

from archive.warc.http import without_interim
from archive.warc.records import bare_id, iterate

pytestmark = pytest.mark.long


def records(collection):
    return [r for path in sorted(collection.archive.glob("*.warc.gz")) for r in iterate(path)]


def blocks(collection, kinds):
    every = records(collection)
    bodies = {r.id: r.http.body for r in every if r.type == "response"}
    return sorted((urlsplit(r.get("WARC-Target-URI")).path, wire(r, bodies)) for r in every if r.type in kinds)


def wire(record, bodies):
    """The bytes that came: a revisit of an equal payload keeps the head alone, the body stands in its original."""
    if (record.get("WARC-Profile") or "").endswith("identical-payload-digest"):
        return record.block + bodies[bare_id(record.get("WARC-Refers-To"))]
    return record.block


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_blocks_equal_the_wire(collection, tmp_path, scheme):
    context = certificate(tmp_path) if scheme == "https" else None
    with OddServer(context=context) as server:
        url = f"{scheme}://127.0.0.1:{server.port}/zxft/"
        first = fangtan("crawl", "--delay", "0", "--json", url, collection=collection.root)
        second = fangtan("crawl", "--delay", "0", "--json", "--recheck", url, collection=collection.root)
    assert first.rows[0]["listed"] == 15, first.err
    assert second.rows[0]["not_modified"] == 1
    sent = sorted((path, without_interim(response)) for path, _, response in server.log)
    received = sorted((path, request) for path, request, _ in server.log)
    assert len(sent) > 30
    assert blocks(collection, ("response", "revisit")) == sent
    assert blocks(collection, ("request",)) == received


def test_facts_of_a_capture(collection, tmp_path):
    with OddServer(context=certificate(tmp_path)) as server:
        fangtan("crawl", "--delay", "0", f"https://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    by_path = {urlsplit(r.get("WARC-Target-URI") or "").path: r for r in records(collection) if r.type == "response"}
    cut, chunked, page = by_path["/zxft/cut.html"], by_path["/zxft/chunked.html"], by_path["/zxft/target.html"]
    assert page.get("WARC-IP-Address") == "127.0.0.1"
    assert page.get("WARC-Protocol").startswith("tls/1.")
    assert page.get("WARC-Payload-Digest")
    assert chunked.get("WARC-Payload-Digest") is None, "public checkers hash the framing: none is right for all"
    assert cut.get("WARC-Truncated") == "disconnect"
    info = next(r for r in records(collection) if r.type == "warcinfo").block.decode()
    for name in ("software: fangtan/", "operator:", "robots: obey", "fangtan-config:", "http-header-user-agent:"):
        assert name in info


def test_warcio_agrees(collection):
    with OddServer() as server:
        fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    files = sorted(map(str, collection.archive.glob("*.warc.gz")))
    done = subprocess.run(
        [str(Path(sys.executable).with_name("warcio")), "check", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert fangtan("verify", collection=collection.root).code == 0


def test_the_tee_refuses_to_run_blind(monkeypatch, tmp_path):
    """A protocol that hands over other bytes than the wire's is found before anything is fetched."""
    script = tmp_path / "broken.py"
    script.write_text(
        "import sys\nfrom crawler.fetch import wire\nfrom pathlib import Path\n"
        "original = wire._Tap\n"
        "class Lossy(bytearray):\n    def __iadd__(self, data):\n        return super().__iadd__(bytes(data).replace(b'Gut', b'OK'))\n"
        "def tap(started):\n    made = original(started)\n    made.received = Lossy()\n    return made\n"
        "wire._Tap = tap\n"
        "from crawler.cli.group import main\nmain(['-C', sys.argv[1], 'crawl', 'http://127.0.0.1:9/'])\n"
    )
    from support.running import environment

    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "c")],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        timeout=60,
    )
    assert done.returncode == 3
    assert "self-test failed" in done.stderr
    del monkeypatch
