"""Packages, takedowns, archives of others, differences, and the story behind a row: each as a user meets it."""

import csv
import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dump import dump_public
from support.running import ROOT, copy_of, environment, fangtan, faults
from support.servers.oddserver import OddServer, certificate, plain
from support.tables import TALK, table, uid_of

from archive.collection.folder import Collection
from archive.handover.personal import personal_fields
from archive.handover.wacz import package
from archive.ledger import chain as ledger
from archive.research.diff import marked
from archive.store.store import open_reader
from archive.warc.records import iterate
from parsers import Payload

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def crawled_twice(tmp_path_factory):
    """Three interviews, the first of which changed a number and its guest's name."""
    collection = Collection(tmp_path_factory.mktemp("kept") / "kept").create()
    pages = table()
    with OddServer(pages) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        fangtan("crawl", "--delay", "0", url, collection=collection.root)
        pages |= table("1500", "李清")
        fangtan("crawl", "--delay", "0", "--recheck", url, collection=collection.root)
    return collection


@pytest.fixture
def kept(crawled_twice, tmp_path):
    return copy_of(crawled_twice, tmp_path / "kept")


def run(command):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, env={**environment(), "PATH": path}
    ).stdout


# ── the story behind a row ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_printed_commands_prove_the_record(kept):
    uid, _, capture = uid_of(kept, "/1.html")
    for name in (f"{uid}.2.2", uid, capture):
        story = fangtan("record", name, "--json", collection=kept.root).rows[0]
        assert len(story["checks"]) == 3
        for check in story["checks"]:
            assert run(check["command"]).split()[0] == check["expected"], check
    text = fangtan("record", f"{uid}.2.2", collection=kept.root).out
    for part in (
        "GET /zxft/1.html HTTP/1.1",
        "WARC-Block-Digest",
        "李清",
        "must print",
        "every line of it is in the payload",
        "【",
    ):
        assert part in text
    raw = subprocess.run(
        [sys.executable, "-m", "crawler", "-C", kept.root, "record", uid, "--raw"],
        capture_output=True,
        check=True,
        env=environment(),
    ).stdout
    assert raw.startswith(b"WARC/1.1\r\n")
    assert "新增灌溉面积1500亩".encode() in raw


def test_a_revisit_names_its_original_and_tls_its_certificate(tmp_path):
    collection = Collection(tmp_path / "tls").create()
    with OddServer(table(), context=certificate(tmp_path)) as server:
        url = f"https://127.0.0.1:{server.port}/zxft/"
        for options in ((), ("--recheck",)):
            fangtan("crawl", "--delay", "0", *options, url, collection=collection.root)
    db = open_reader(collection.store)
    revisit, original = db.execute(
        "SELECT id, refers_to FROM captures WHERE type = 'revisit' AND url LIKE '%/2.html'"
    ).fetchone()
    story = fangtan("record", revisit, "--json", collection=collection.root).rows[0]
    assert story["original"]["id"] == original
    assert story["certificate"]["subject"] == "CN=127.0.0.1"
    for check in story["checks"]:
        assert run(check["command"]).split()[0] == check["expected"], check


def test_an_unknown_row_is_said(kept):
    result = fangtan("record", "nonsense", collection=kept.root)
    assert result.code == 2
    assert "no such capture, turn or interview" in result.err


# ── differences ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_diff_tells_numbers_and_names_first(kept):
    uid, url, _ = uid_of(kept, "/1.html")
    (found,) = fangtan("diff", url, "--json", collection=kept.root).rows
    facts = {(f["kind"], f["before"], f["after"]) for f in found["facts"]}
    assert ("number", "1200亩", "1500亩") in facts
    assert ("name", "李青", "李清") in facts
    assert {c["what"] for c in found["changes"]} == {"guests", "turns[2]", "turns[3]"}
    text = fangtan("diff", uid, "1", "2", collection=kept.root).out.splitlines()
    assert text[2].lstrip().startswith(("number", "name"))
    assert any("[-2-]{+5+}" in line for line in text)
    assert fangtan("diff", uid, "2", "2", collection=kept.root).out.strip().endswith("no difference")
    unknown = fangtan("diff", uid, "7", collection=kept.root)
    assert unknown.code == 2
    assert "there are" in unknown.err
    assert fangtan("diff", "http://nowhere/", collection=kept.root).code == 2
    assert "same ever since" in fangtan("diff", uid_of(kept, "/2.html")[0], collection=kept.root).err


def test_the_diff_page_is_self_contained_and_escapes(collection, tmp_path):
    pages = table()
    with OddServer(pages) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        fangtan("crawl", "--delay", "0", url, collection=collection.root)
        pages |= table(extra="<p>主持人：&lt;script&gt;alert(1)&lt;/script&gt;是什么？</p>")
        fangtan("crawl", "--delay", "0", "--recheck", url, collection=collection.root)
    uid, url, _ = uid_of(collection, "/3.html")
    out = tmp_path / "diff.html"
    assert fangtan("diff", uid, "--html", out, collection=collection.root).code == 0
    text = out.read_text("utf-8")
    assert "<ins>" in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "default-src 'none'" in text
    assert "http" not in text.replace("http-equiv", "").replace(url, "")


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_pieces_of_a_change_are_both_texts(old, new):
    pieces = marked(old, new)
    assert "".join(p.text for p in pieces if p.op != "added") == old
    assert "".join(p.text for p in pieces if p.op != "removed") == new


def test_changes_lists_what_happened(crawled):
    rows = fangtan("changes", "--json", collection=crawled.collection.root).rows
    assert sorted(r["what"] for r in rows) == ["changed", "gone"]
    assert "四百 → 三百八十" in next(r["detail"] for r in rows if r["what"] == "changed")
    assert fangtan("changes", "--since", "2099-01-01", "--json", collection=crawled.collection.root).rows == []


def test_changes_knows_a_page_that_was_hijacked_since(tmp_path):
    seed = ROOT / "crawler" / "demo" / "seed.html"
    poisoned = seed.read_text("utf-8")
    clean = poisoned.replace("Betway必威体育官网", "高台县人民政府").replace("全球领先体育平台", "关于")
    pages = table()
    pages["/zxft/1.html"] = plain(clean.encode())
    collection = Collection(tmp_path / "c").create()
    with OddServer(pages) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        fangtan("crawl", "--delay", "0", url, collection=collection.root)
        pages["/zxft/1.html"] = plain(poisoned.encode())
        fangtan("crawl", "--delay", "0", "--recheck", url, collection=collection.root)
    rows = fangtan("changes", "--json", collection=collection.root).rows
    assert {"hijacked", "changed"} <= {r["what"] for r in rows if r["url"].endswith("/1.html")}
    assert "Betway" in next(r["detail"] for r in rows if r["what"] == "hijacked")


# ── packages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_package_has_equal_bytes_when_made_again(kept, tmp_path):
    first = package(kept, output=tmp_path / "a.wacz")
    second = package(kept, output=tmp_path / "b.wacz")
    assert first.sha256 == second.sha256
    assert (tmp_path / "a.wacz").read_bytes() == (tmp_path / "b.wacz").read_bytes()
    assert fangtan("verify", tmp_path / "a.wacz").code == 0


def test_chinese_titles_and_text_are_in_the_list_of_pages(kept, tmp_path):
    package(kept, output=tmp_path / "a.wacz")
    with zipfile.ZipFile(tmp_path / "a.wacz") as source:
        lines = [json.loads(line) for line in source.read("pages/pages.jsonl").splitlines()]
        infos = {i.filename: i.compress_type for i in source.infolist()}
    assert all(kind == zipfile.ZIP_STORED for name, kind in infos.items() if name.startswith("archive/"))
    pages = {(line["title"], line["ts"]): line["text"] for line in lines[1:]}
    assert len(pages) == 4, "three interviews, one of them in two versions"
    assert any("李清：今年计划新增灌溉面积1500亩" in text for text in pages.values())


@pytest.mark.parametrize("what", ["site", "run", "url", "uid", "since"])
def test_a_part_of_the_collection(kept, tmp_path, what):
    db = open_reader(kept.store)
    runs = [r[0] for r in db.execute("SELECT id FROM runs ORDER BY id")]
    uid, url, _ = uid_of(kept, "/1.html")
    later = db.execute("SELECT min(fetched_at) FROM captures WHERE run = ?", (runs[1],)).fetchone()[0]
    arguments = {
        "site": [db.execute("SELECT site FROM captures").fetchone()[0]],
        "run": [runs[1]],
        "url": [url],
        "uid": [uid],
        "since": ["--since", later],
    }[what]
    result = fangtan("package", *arguments, "-o", tmp_path / "part.wacz", "--json", collection=kept.root)
    assert result.code == 0, result.err
    assert fangtan("verify", tmp_path / "part.wacz").code == 0, "revisits come with their originals"
    made = result.rows[0]
    everything = db.execute("SELECT count(*) FROM captures").fetchone()[0]
    assert (
        made["captures"] == everything
        if what == "site"
        else 0 < made["captures"] < everything or what in ("run", "since")
    )
    with zipfile.ZipFile(tmp_path / "part.wacz") as source:
        source.extractall(tmp_path / "out")
    original = {r.id: r.block for p in kept.warcs() for r in iterate(p)}
    records = [r for p in sorted((tmp_path / "out" / "archive").iterdir()) for r in iterate(p)]
    assert all(original[r.id] == r.block for r in records)
    if what in ("url", "uid"):
        assert {r.target.rsplit("/", 1)[1] for r in records if r.type in ("response", "revisit")} == {"", "1.html"}, (
            "the page, and the list that gives its context"
        )


def test_there_is_nothing_to_pack(kept):
    for arguments in (["nonsense"], ["--since", "2099-01-01"], ["--since", "tomorrow"], ["http://nowhere/x"]):
        result = fangtan("package", *arguments, collection=kept.root)
        assert result.code == 2, result.out
        assert not list(kept.packages.iterdir())


def test_a_package_is_a_whole_zip_with_true_digests(kept, tmp_path):
    package(kept, output=tmp_path / "a.wacz")
    with zipfile.ZipFile(tmp_path / "a.wacz") as source:
        assert source.testzip() is None
        for resource in json.loads(source.read("datapackage.json"))["resources"]:
            assert resource["hash"] == f"sha256:{hashlib.sha256(source.read(resource['path'])).hexdigest()}"


API = '{"data": {"list": [{"content": "请问补贴多少？", "ip": "10.1.2.3", "memberId": "88", "nickname": "网友"}]}}'


def test_api_responses_with_personal_data_are_left_out_and_listed(tmp_path):
    collection = Collection(tmp_path / "c").create()
    pages = table()
    pages["/zxft/3.html"] = plain(
        (TALK.format("第3期访谈：灌溉之3", "300", "赵田") + "<script src='/api/talk.json'></script>").encode()
    )
    pages["/api/talk.json"] = plain(API.encode()).replace(b"text/html; charset=utf-8", b"application/json")
    with OddServer(pages) as server:
        fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    for path in (tmp_path / "without.wacz", tmp_path / "with.wacz"):
        options = ["--with-personal-data"] if path.name.startswith("with.") else []
        assert fangtan("package", *options, "-o", path, collection=collection.root).code == 0
        assert fangtan("verify", path).code == 0
    digest = hashlib.sha256(API.encode()).hexdigest()
    with zipfile.ZipFile(tmp_path / "without.wacz") as source:
        row = json.loads(source.read("fangtan/left-out.jsonl"))
        text = b"".join(gzip.decompress(source.read(n)) for n in source.namelist() if n.startswith("archive/"))
    assert (row["sha256"], row["fields"]) == (digest, ["ip", "memberId"])
    assert b"10.1.2.3" not in text
    with zipfile.ZipFile(tmp_path / "with.wacz") as source:
        assert "fangtan/left-out.jsonl" not in source.namelist()
    assert b"10.1.2.3" not in collection.store.read_bytes()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"ip": "1.2.3.4"}', ("ip",)),
        ('cb({"member_id": 123456, "user-ip": "1.1.1.1"})', ("member_id", "user-ip")),
        ('{"ip": "", "mobile": null, "title": "ip: 地址"}', ()),
        ("<html>ip: '1.2.3.4'</html>", ()),
        ('[{"a": [{"PHONE": "13900000000"}]}]', ("PHONE",)),
        ("", ()),
    ],
)
def test_what_counts_as_personal(text, found):
    assert personal_fields(Payload("http://a/", text.encode(), "application/json")) == found


def test_a_transfer_package_for_an_archive(kept):
    result = fangtan("package", "--transfer", collection=kept.root)
    assert result.code == 0, result.err
    bag = next(kept.packages.glob("*-transfer"))
    with (bag / "data" / "metadata.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4
    assert rows[0]["题名 Title"].startswith("第")
    checks = json.loads((bag / "data" / "four-properties.json").read_text("utf-8"))
    assert {c["property"][:3] for c in checks} == {"真实性", "完整性", "可用性", "安全性"}
    assert not [c for c in checks if c["result"].startswith("不合格")]
    assert len(list((bag / "data" / "records").glob("*.json"))) == 3
    run(f"cd '{bag}' && sha256sum -c --quiet manifest-sha256.txt")
    assert faults(kept) == []
    assert fangtan("package", "--transfer", collection=kept.root).code == 2, "an existing one is not written over"


# ── takedowns ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("destroy", [False, True], ids=["kept", "destroyed"])
def test_a_withheld_interview_is_hidden_everywhere_and_proved(kept, tmp_path, destroy):
    uid, _, capture = uid_of(kept, "/1.html")
    before = {r.id: r.position for p in kept.warcs() for r in iterate(p)}
    options = ["--destroy", "--yes"] if destroy else []
    result = fangtan("withhold", uid, "--reason", "court order 2026-17", *options, collection=kept.root)
    assert result.code == 0, result.err
    needle = "1500亩"
    assert needle not in "".join(dump_public(kept.store))
    assert "/zxft/1.html" not in kept.index.read_text("utf-8")
    fangtan("package", "-o", tmp_path / "p.wacz", collection=kept.root)
    assert fangtan("verify", tmp_path / "p.wacz").code == 0
    with zipfile.ZipFile(tmp_path / "p.wacz") as source:
        packed = b"".join(gzip.decompress(source.read(n)) for n in source.namelist() if n.startswith("archive/"))
    assert needle.encode() not in packed
    kept_bytes = b"".join(bytes(r.block) for p in kept.warcs() for r in iterate(p))
    assert (needle.encode() in kept_bytes) is not destroy
    assert faults(kept, reparse=True) == []
    report = fangtan("verify", "--json", collection=kept.root).rows[0]
    assert report["withheld"] >= 2
    assert any("court order 2026-17" in n["found"] for n in report["notes"])
    gone = {r for r in before if r not in {x.id for p in kept.warcs() for x in iterate(p)}}
    after = {r.id: r.position for p in kept.warcs() for r in iterate(p)}
    assert all(after[r] == before[r] for r in before if r not in gone), "every other record keeps its place"
    asked = fangtan("record", capture, collection=kept.root)
    assert asked.code == 2
    assert "withheld since" in asked.err
    proof = next(e for e in ledger.read(kept.ledger) if e.type == "withhold").data["records"]
    assert all(p["block_digest"] and p["member_sha256"] for p in proof)
    fangtan("rebuild", collection=kept.root)
    assert needle not in "".join(dump_public(kept.store))


def test_a_takedown_can_be_taken_back_unless_bytes_are_gone(kept):
    uid, _, capture = uid_of(kept, "/2.html")
    before = list(dump_public(kept.store))
    assert fangtan("withhold", capture, "--reason", "asked", collection=kept.root).code == 0
    assert fangtan("withhold", capture, "--reason", "again", collection=kept.root).code == 2
    assert fangtan("withhold", capture, "--release", "--reason", "settled", collection=kept.root).code == 0
    assert list(dump_public(kept.store)) == before
    assert fangtan("withhold", uid, "--destroy", "--yes", "--reason", "law", collection=kept.root).code == 0
    assert fangtan("withhold", capture, "--release", "--reason", "settled", collection=kept.root).code == 2
    assert fangtan("withhold", "nonsense", "--reason", "x", collection=kept.root).code == 2
    assert fangtan("withhold", uid_of(kept, "/1.html")[0], "--reason", "  ", collection=kept.root).code == 2


# ── archives of others ──────────────────────────────────────────────────────────────────────────────────────────────


def test_merging_gives_what_one_collection_would_have(kept, tmp_path):
    other = Collection(tmp_path / "other").create()
    with OddServer(table("77", "孙雨")) as server:
        fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=other.root)
    one, two = Collection(tmp_path / "one"), Collection(tmp_path / "two")
    for target, sources in ((one, (kept, other)), (two, (other, kept, other))):
        for source in sources:
            result = fangtan("merge", source.root, collection=target.root)
            assert result.code == 0, result.err
    assert list(dump_public(one.store)) == list(dump_public(two.store))
    assert one.index.read_bytes() == two.index.read_bytes()
    assert faults(one, reparse=True) == []
    entries = len(ledger.read(one.ledger))
    assert fangtan("merge", kept.root, collection=one.root).code == 0
    assert len(ledger.read(one.ledger)) == entries, "again changes nothing"
    db = open_reader(one.store)
    assert db.execute("SELECT count(*) FROM interviews").fetchone()[0] == 6


def test_a_package_comes_back_in_as_it_went_out(kept, tmp_path):
    package(kept, output=tmp_path / "a.wacz")
    new = Collection(tmp_path / "new")
    result = fangtan("import", tmp_path / "a.wacz", "--json", collection=new.root)
    assert result.code == 0, result.err
    assert all(row["new"] for row in result.rows)
    assert {hashlib.sha256(p.read_bytes()).hexdigest() for p in new.warcs()} <= {
        hashlib.sha256(p.read_bytes()).hexdigest() for p in kept.warcs()
    }
    views = ("turns ", "guests ", "qa ", "versions ")
    kept_rows, new_rows = ([x for x in dump_public(c.store) if x.startswith(views)] for c in (kept, new))
    assert kept_rows == new_rows
    assert faults(new, reparse=True) == []
    again = fangtan("import", tmp_path / "a.wacz", "--json", collection=new.root)
    assert not any(row["new"] for row in again.rows)


def test_a_store_of_the_first_schema_is_brought_up_to_date(kept):
    """A store without the second migration's tables, as an earlier version left it."""
    db = sqlite3.connect(kept.store)
    for statement in (
        "DROP INDEX captures_warc",
        "DROP INDEX versions_capture",
        "DROP TABLE _index_queue",
        "DROP TABLE _metadata",
        "DELETE FROM _sqlite_migrations WHERE name = 'm002_proof'",
    ):
        db.execute(statement)
    db.commit()
    db.close()
    asked = fangtan("changes", collection=kept.root)
    assert asked.code == 2
    assert "older fangtan" in asked.err
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert faults(kept, reparse=True) == []


def test_a_read_only_archive_verifies(kept, tmp_path):
    """Who may read everything and write nothing checks the archive."""
    tmp = tmp_path / "public"
    shutil.copytree(kept.root, tmp)
    for suffix in ("-wal", "-shm"):
        (tmp / f"fangtan.db{suffix}").unlink(missing_ok=True)
    paths = [tmp, *tmp.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    # Root writes everywhere by a capability that is given up here.
    less = (
        ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]
        if os.geteuid() == 0
        else []
    )
    command = [*less, sys.executable, "-m", "crawler", "-C", str(tmp), "verify", "--reparse"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), timeout=100)
        refused = subprocess.run(
            [*command[:-2], "withhold", "x", "--reason", "y"],
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
            timeout=100,
        )
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.returncode == 0, done.stdout + done.stderr
    assert refused.returncode == 2, refused.stderr
    assert "Traceback" not in refused.stderr
