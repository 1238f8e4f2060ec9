"""Revisits, metadata records, index, ledger and keys: what lets an outsider check the archive."""

import base64
import json
import os
import shutil
import stat
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from support.ports import dead_port
from support.running import fangtan, faults
from support.servers.oddserver import OddServer, certificate, plain, responses

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.ledger import keys
from archive.store.store import open_reader
from archive.verify import Options, Summary, verify_collection
from archive.warc import cdxj as index
from archive.warc.http import entity, read_message
from archive.warc.post_query import post_query
from archive.warc.records import bare_id, fields_block, iterate
from archive.warc.write import digest

pytestmark = pytest.mark.long


def records(collection):
    return [r for path in sorted(collection.archive.glob("*.warc.gz")) for r in iterate(path)]


def crawl(server, collection, *options, scheme="http"):
    url = f"{scheme}://127.0.0.1:{server.port}/zxft/"
    return fangtan("crawl", "--delay", "0", "--json", *options, url, collection=collection.root)


def copy(collection, tmp_path):
    shutil.copytree(collection.root, tmp_path / "copy")
    return Collection(tmp_path / "copy")


# ── revisits and metadata ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_equal_payload_is_a_revisit_with_all_that_replay_needs(collection):
    with OddServer() as server:
        crawl(server, collection)
        crawl(server, collection, "--recheck")
    every = records(collection)
    originals = {r.id: r for r in every if r.type == "response"}
    found = [r for r in every if r.type == "revisit" and "identical" in r.get("WARC-Profile")]
    assert len(found) >= 10
    for revisit in found:
        original = originals[bare_id(revisit.get("WARC-Refers-To"))]
        assert revisit.get("WARC-Refers-To-Target-URI") == original.get("WARC-Target-URI")
        assert revisit.get("WARC-Refers-To-Date") == original.get("WARC-Date")
        assert revisit.http.status == original.http.status
        assert revisit.http.body == b""
        for name in ("transfer-encoding", "content-encoding", "content-type"):
            assert revisit.http.get(name) == original.http.get(name)
    assert {"/zxft/chunked.html", "/zxft/gzip-chunked.html"} <= {urlsplit(r.get("WARC-Target-URI")).path for r in found}
    assert faults(collection, reparse=True) == []


def test_chunked_bodies_have_a_payload_digest_when_it_is_asked_for(collection):
    """The standard's: without the framing. `verify`, index and store agree; a revisit names the same."""
    (collection.root / "fangtan.toml").write_text('[warc]\npayload_digest = "always"\n', "utf-8")
    table = {path: answer for path, answer in responses().items() if path in ("/zxft/", "/zxft/chunked.html")}
    with OddServer(table) as server:
        crawl(server, collection)
        crawl(server, collection, "--recheck")
    answers = [
        r for r in records(collection) if r.target.endswith("/chunked.html") and r.type in ("response", "revisit")
    ]
    assert [r.type for r in answers] == ["response", "revisit"]
    assert answers[0].http.chunked
    assert {r.get("WARC-Payload-Digest") for r in answers} == {digest(entity(answers[0].http))}
    assert faults(collection, reparse=True) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda head, body: (head.replace(b"200 OK", b"404 Not Found"), body),
        lambda head, body: (head.replace(b"text/html; charset=utf-8", b"text/html; charset=gbk"), body),
        lambda head, body: (
            head.replace(b"Content-Length: %d" % len(body), b"Transfer-Encoding: chunked"),
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
        ),
    ],
)
def test_an_equal_payload_in_another_form_is_a_response(collection, change):
    table = responses()
    with OddServer(table) as server:
        crawl(server, collection)
        block = table["/zxft/target.html"]
        message = read_message(block)
        table["/zxft/target.html"] = b"".join(change(message.head, message.body))
        crawl(server, collection, "--recheck")
    kinds = [
        r.type
        for r in records(collection)
        if (r.get("WARC-Target-URI") or "").endswith("/target.html") and r.type in ("response", "revisit")
    ]
    assert kinds == ["response", "response"]
    assert faults(collection) == []


def test_certificates_are_recorded_once_a_file(collection, tmp_path):
    with OddServer(context=certificate(tmp_path)) as server:
        crawl(server, collection, scheme="https")
    chains = [
        fields_block(r.block) for r in records(collection) if r.type == "metadata" and b"certificate-chain" in r.block
    ]
    assert len(chains) == 1
    presented = x509.load_der_x509_certificate(base64.b64decode(chains[0]["certificate-chain"].split(",")[0]))
    own = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
    assert presented == own
    assert chains[0]["tls-version"].startswith("tls/1.")
    assert chains[0]["certificate-verified"].startswith("no")


def test_what_the_parser_read_is_on_record(crawled):
    db = open_reader(crawled.collection.store)
    kept = {
        bare_id(r.get("WARC-Refers-To")): json.loads(fields_block(r.block)["record"])
        for r in records(crawled.collection)
        if r.type == "metadata" and b"\r\nrecord: " in r.block
    }
    versions = db.execute("SELECT v.capture, v.title, v.n_turns FROM versions v").fetchall()
    assert len(versions) == 39
    assert {c: (kept[c]["title"], len(kept[c]["turns"])) for c, _, _ in versions} == {c: (t, n) for c, t, n in versions}


def test_failed_fetches_are_metadata_records(collection):
    with dead_port() as port:
        result = fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{port}/zxft/", collection=collection.root)
    assert result.code == 4
    failed = [r for r in records(collection) if r.type == "metadata" and b"fetch-error" in r.block]
    assert failed
    assert "refused" in fields_block(failed[0].block)["fetch-error"].lower()
    assert faults(collection) == []


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_both_warc_versions_verify(collection, version):
    (collection.root / "fangtan.toml").write_text(f'[warc]\nversion = "{version}"\n', "utf-8")
    with OddServer() as server:
        crawl(server, collection)
        crawl(server, collection, "--recheck")
    every = records(collection)
    assert {r.version for r in every} == {f"WARC/{version}"}
    assert {r.get("WARC-Profile") for r in every if r.type == "revisit"} == {
        f"http://netpreserve.org/warc/{version}/revisit/{name}"
        for name in ("server-not-modified", "identical-payload-digest")
    }
    assert faults(collection, reparse=True) == []
    files = sorted(map(str, collection.archive.glob("*.warc.gz")))
    warcio = [sys.executable, "-m", "warcio.cli", "check", *files]
    done = subprocess.run(warcio, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ── index ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def oracle(collection):
    files = sorted(map(str, collection.archive.glob("*.warc.gz")))
    command = [sys.executable, "-m", "cdxj_indexer.main", "--post-append", "--sort", *files]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def lines_of_earlier_versions(collection):
    """All lines, those of answers 304 too."""
    known = set(collection.index.read_text("utf-8").splitlines())
    return known | {index.line_of(r) for r in records(collection) if r.is_capture and r.http.status == 304}


def comparable(lines, without):
    """Lines as (key, time, fields), the digest left out where the record has no payload digest."""
    found = []
    for line in lines:
        key, time, fields = line.split(" ", 2)
        data = json.loads(fields)
        if (data["filename"], data["offset"]) in without:
            data.pop("digest", None)
        found.append((key, time, list(data.items())))
    return found


def no_digest(collection):
    return {
        (r.position.warc_file, str(r.position.offset)) for r in records(collection) if not r.get("WARC-Payload-Digest")
    }


def assert_equal_to_cdxj_indexer(collection):
    without = no_digest(collection)
    ours = collection.index.read_text("utf-8").splitlines()
    assert ours == sorted(ours)
    others = oracle(collection)
    shown = [line for line in others if json.loads(line.split(" ", 2)[2])["status"] != "304"]
    assert comparable(ours, without) == sorted(comparable(shown, without))
    return ours, len(others) - len(shown)


def test_the_index_equals_cdxj_indexer_on_the_county(crawled):
    ours, _ = assert_equal_to_cdxj_indexer(crawled.collection)
    assert sum('"method": "POST"' in line for line in ours) >= 2, "the county has pagers that post"


def test_the_index_equals_cdxj_indexer_on_odd_responses(collection):
    table = responses() | {"/zxft/no-type.html": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"}
    with OddServer(table) as server:
        crawl(server, collection)
        crawl(server, collection, "--recheck")
    ours, not_modified = assert_equal_to_cdxj_indexer(collection)
    assert not_modified, "answers 304 have no line: replay would show them as blank pages"
    # Earlier versions and other tools have these lines: they are right, and the next run leaves them out.
    collection.index.write_text("".join(f"{line}\n" for line in sorted(lines_of_earlier_versions(collection))), "utf-8")
    assert faults(collection, reparse=True) == []
    index.merge(collection.index, [])
    assert collection.index.read_text("utf-8").splitlines() == ours


def form(boundary, *fields, more=""):
    """A multipart form as a browser sends it."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'
        for name, value in fields
    ]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


@pytest.mark.parametrize(
    ("mime", "body"),
    [
        ("application/x-www-form-urlencoded", b"page=2&title=%E8%AE%BF%E8%B0%88+x"),
        ("application/x-www-form-urlencoded; charset=UTF-8", b"\xff\xfe"),
        ("application/json", '{"page": 2, "q": {"词": "访谈", "page": 3}, "ids": [1, 2, null]}'.encode()),
        ("application/json", b"{broken"),
        ("text/plain", b'{"a": true}'),
        ("text/plain", b"not json"),
        ("", b"raw\x00bytes"),
        ("application/octet-stream", b""),
        ("text/plain", b"x" * 9000),
        ("application/x-www-form-urlencoded", b"q=" + b"%E8%AE%BF" * 5000),
        ("application/x-www-form-urlencoded", b"a=1&__viewstate=" + b"/wEPDwUK+%2B==" * 900 + b"&b=2"),
        ("application/json", b'{"a": 1}\n{"a": 2, "b": "x y"}'),
        ("application/json", b'{"a": 1}\n{"a": 2}\n'),
        ("text/plain", b'{"a": 1}\n{"a": 2}'),
        ("multipart/form-data; boundary=xYz", form("xYz", ("title", "访谈 a&b"), ("empty", ""), ("title", "2"))),
        ("multipart/form-data; boundary=x", form("x", ("lines", "a\r\nb"), ("q", "long" * 3000))),
        ("multipart/form-data; boundary=x", form("x", ("file", "\x00bytes"), more='; filename="a.bin"')),
        ("multipart/form-data", form("x", ("page", "2"))),
    ],
)
def test_post_bodies_become_the_key_that_webrecorder_tools_make(mime, body):
    from io import BytesIO

    from cdxj_indexer.postquery import append_method_query

    head = f"POST /list HTTP/1.1\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    expected = append_method_query("POST", mime, str(len(body)), BytesIO(body), "http://a/list")[0]
    assert post_query(read_message(head + body)) == (expected or "")


@pytest.mark.parametrize(
    ("mime", "body", "query"),
    [
        ('multipart/form-data; boundary="x Y"; charset=utf-8', form("x Y", ("page", "2")), "page=2"),
        (
            "multipart/form-data; boundary=x",
            form("x", ("lines", "a\r\n--xx\r\nb"), ("q", "1")),
            "lines=a%0D%0A--xx%0D%0Ab&q=1",
        ),
        ("multipart/form-data; boundary=x", form("x", ("page", "2"))[:-9], "page=2"),
        ("multipart/form-data; boundary=x", b"", ""),
    ],
)
def test_forms_that_the_stock_indexer_refuses_have_a_key(mime, body, query):
    head = f"POST /list HTTP/1.1\r\nContent-Type: {mime}\r\n\r\n".encode()
    assert post_query(read_message(head + body)) == query


def test_merging_keeps_order_and_drops_repetitions(tmp_path):
    path = tmp_path / "index.cdxj"
    for batch in (["b 1", "d 1"], ["a 1", "b 1", "c 1"], [], ["d 1"]):
        index.merge(path, batch)
    assert path.read_text() == "a 1\nb 1\nc 1\nd 1\n"


# ── ledger and keys ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def kept(tmp_path):
    """A small collection with its own folder of keys."""
    collection = Collection(tmp_path / "kept")
    folder = tmp_path / "keys"
    os.environ["FANGTAN_KEYS"], before = str(folder), os.environ["FANGTAN_KEYS"]
    fangtan("init", collection.root)
    with OddServer({"/zxft/": responses()["/zxft/"], "/zxft/gzip.html": plain(b"x")}) as server:
        crawl(server, collection)
    yield collection
    os.environ["FANGTAN_KEYS"] = before


def notes(collection, **options):
    found = list(verify_collection(collection, Summary(), Options(**options)))
    return [f for f in found if f.level == "note"]


def test_init_makes_a_private_key_outside_the_collection(kept):
    (key,) = keys.folder().iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    secret = key.read_bytes().splitlines()[1]
    for path in kept.root.rglob("*"):
        assert path.is_dir() or secret not in path.read_bytes(), path
    entries = ledger.read(kept.ledger)
    assert entries[0].type == "key"
    assert all(e.signature for e in entries)


def test_a_head_checks_with_openssl(kept, tmp_path):
    head = fangtan("ledger", "--json", collection=kept.root).rows[0]
    (tmp_path / "key.pem").write_text(head["public_key"])
    (tmp_path / "sig").write_bytes(base64.b64decode(head["signature"]))
    (tmp_path / "head").write_text(head["head"])
    command = [
        "openssl",
        "dgst",
        "-sha256",
        "-verify",
        tmp_path / "key.pem",
        "-signature",
        tmp_path / "sig",
        tmp_path / "head",
    ]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() == "Verified OK"


def test_cutting_off_the_last_entries_shows_to_who_holds_a_head(kept):
    head = fangtan("ledger", "--json", collection=kept.root).rows[0]["head"]
    assert faults(kept, heads=(head,)) == []
    lines = kept.ledger.read_bytes().splitlines(keepends=True)
    kept.ledger.write_bytes(b"".join(lines[:-1]))
    assert [f.check for f in faults(kept, heads=(head,))] == ["ledger-head"]
    assert "ledger-head" in {n.check for n in notes(kept)}, "without a head verify says that it cannot tell"


def test_a_rewritten_ledger_shows_to_who_knows_the_key(kept):
    fingerprint = fangtan("ledger", "--json", collection=kept.root).rows[0]["key"]
    assert faults(kept, key=fingerprint[:16]) == []
    old = ledger.read(kept.ledger)
    kept.ledger.unlink()
    ledger.ensure_key(kept)
    for entry in old[1:]:
        ledger.append(kept, {k: v for k, v in entry.data.items() if k not in ("at", "previous")})
    assert [f.check for f in faults(kept, key=fingerprint[:16])] == ["ledger-key"]
    assert faults(kept) == [], (
        "whoever can write everything can make a consistent archive; that is what published heads are for"
    )


def test_a_lost_key_is_said_and_a_new_one_begun(kept):
    (key,) = keys.folder().iterdir()
    key.unlink()
    with OddServer({"/zxft/": responses()["/zxft/"]}) as server:
        result = crawl(server, kept)
    assert "the signing key" in result.err
    assert "ledger-signature" in {f.check for f in faults(kept)}, "the last entries are not signed"
    done = fangtan("ledger", "--new-key", "--reason", "disk died", collection=kept.root)
    assert done.code == 0, done.err
    assert {f.check for f in faults(kept)} == {"ledger-key", "ledger-signature"}, "nobody vouches for the new one"
    new = fangtan("ledger", "--json", collection=kept.root).rows[0]["key"]
    assert faults(kept, key=new) == [], "whoever knows it vouches for what was entered before"
    assert any("disk died" in n.found for n in notes(kept, key=new))


def test_a_new_key_is_endorsed_by_the_old_one(kept):
    assert fangtan("ledger", "--new-key", collection=kept.root).code == 0
    assert faults(kept) == []
    assert not any("endorsed" in n.expected for n in notes(kept))


def test_a_key_that_others_can_read_is_refused(kept):
    (key,) = keys.folder().iterdir()
    key.chmod(0o644)
    result = fangtan("ledger", "--new-key", collection=kept.root)
    assert result.code == 2
    assert "chmod 600" in result.err


def test_a_clock_that_runs_backwards_is_said(kept, caplog):
    lines = kept.ledger.read_text("utf-8").splitlines()
    kept.ledger.unlink()
    first = json.loads(lines[0])
    body = {k: v for k, v in first.items() if k not in ("hash", "signature")} | {"at": "2099-01-01T00:00:00Z"}
    signature = keys.load(next(keys.folder().iterdir())).sign(ledger.hash_of(body).encode())
    kept.ledger.write_text(
        json.dumps(body | {"hash": ledger.hash_of(body), "signature": base64.b64encode(signature).decode()}) + "\n"
    )
    ledger.append(kept, {"type": "test"})
    assert "clock" in caplog.text


def test_a_new_collection_verifies(kept, tmp_path):
    fangtan("init", tmp_path / "new")
    result = fangtan("verify", collection=tmp_path / "new")
    assert result.code == 0, result.out
    assert "0 records" in result.err
    for command in ("serve", "replay"):
        refused = fangtan(command, collection=tmp_path / "new")
        assert refused.code == 2
        assert "http" not in refused.err
    assert kept.ledger.exists()
