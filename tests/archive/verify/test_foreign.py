"""Archives made by others, honest and hostile: taken in whole, or refused by name; nothing is written outside the folder."""

import gzip
import hashlib
import io
import json
import stat
import subprocess
import sys
import zipfile

import pytest
from support.damage import headers, put
from support.foreign import URL, exchange, quiet, writer_for
from support.running import environment, fangtan, faults
from support.servers.oddserver import OddServer, plain
from support.tables import table
from warcio.statusandheaders import StatusAndHeaders

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.store.store import open_reader
from archive.verify import Summary, verify_files
from archive.warc.records import iterate
from archive.warc.write import serialise

pytestmark = pytest.mark.long


@quiet
def heritrix(path):
    """WARC/1.0, SHA-1 digests, response, then request and a metadata record with the fetch time, a dns resource."""
    with path.open("wb") as stream:
        writer = writer_for(stream)
        writer.write_record(
            writer.create_warcinfo_record(
                path.name,
                {
                    "software": "Heritrix/3.4.0 http://crawler.archive.org",
                    "format": "WARC File Format 1.0",
                    "operator": "某档案馆",
                },
            )
        )
        dns = writer.create_warc_record(
            "dns:a.example.gov.cn",
            "resource",
            payload=io.BytesIO(b"20260101000000\na.example.gov.cn. 60 IN A 192.0.2.1\n"),
            warc_content_type="text/dns",
        )
        writer.write_record(dns)
        response = exchange(writer, request_first=False)
        about = writer.create_warc_record(
            URL, "metadata", payload=io.BytesIO(b"fetchTimeMs: 12\r\n"), warc_content_type="application/warc-fields"
        )
        about.rec_headers.add_header("WARC-Concurrent-To", response.rec_headers.get_header("WARC-Record-ID"))
        writer.write_record(about)


@quiet
def browsertrix(path):
    """WARC/1.1, SHA-256, page information and text as resource records, a revisit that names its original by address and date."""
    with path.open("wb") as stream:
        writer = writer_for(stream, warc_version="1.1")
        writer.write_record(
            writer.create_warcinfo_record(path.name, {"software": "Browsertrix-Crawler 1.5.0 (with warcio.js 2.4.0)"})
        )
        response = exchange(
            writer,
            request_first=False,
            headers=(("content-type", "text/html; charset=utf-8"), ("content-encoding", "gzip")),
        )
        info = json.dumps({"pageid": "1", "url": URL}).encode()
        writer.write_record(
            writer.create_warc_record(
                f"urn:pageinfo:{URL}", "resource", payload=io.BytesIO(info), warc_content_type="application/json"
            )
        )
        again = writer.create_revisit_record(
            URL,
            response.rec_headers.get_header("WARC-Payload-Digest"),
            URL,
            response.rec_headers.get_header("WARC-Date"),
            StatusAndHeaders("200 OK", [("content-type", "text/html; charset=utf-8")], protocol="HTTP/1.1"),
        )
        writer.write_record(again)


@quiet
def uncompressed(path):
    with path.open("wb") as stream:
        writer = writer_for(stream, gzip=False)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "StormCrawler 3.0"}))
        exchange(writer)


def concatenated(path):
    """Two files one after the other: legal, with a warcinfo in the middle."""
    heritrix(path)
    first = path.read_bytes()
    browsertrix(path)
    path.write_bytes(first + path.read_bytes())


@quiet
def without_warcinfo(path):
    with path.open("wb") as stream:
        exchange(writer_for(stream))


SHAPES = {
    "heritrix.warc.gz": heritrix,
    "browsertrix.warc.gz": browsertrix,
    "plain.warc": uncompressed,
    "joined.warc.gz": concatenated,
    "bare.warc.gz": without_warcinfo,
}


@pytest.mark.parametrize("name", SHAPES)
def test_archives_of_other_crawlers_come_in_unchanged_and_are_parsed(tmp_path, name):
    path = tmp_path / name
    SHAPES[name](path)
    checked = fangtan("verify", path)
    assert checked.code == 0, checked.out
    collection = Collection(tmp_path / "c")
    result = fangtan("import", path, "--json", collection=collection.root)
    assert result.code == 0, result.err
    (kept,) = collection.warcs()
    assert kept.read_bytes() == path.read_bytes()
    assert kept.name == name
    db = open_reader(collection.store)
    assert db.execute("SELECT title, n_turns, site FROM interviews").fetchall() == [
        ("第1期访谈：灌溉之1", 3, "a-example-gov-cn")
    ]
    assert db.execute("SELECT speaker FROM turns ORDER BY seq").fetchall() == [("主持人",), ("李青",), ("主持人",)]
    assert faults(collection, reparse=True) == []
    entry = next(e for e in ledger.read(collection.ledger) if e.type == "warc")
    assert entry.data["origin"]["file"] == name
    if name == "heritrix.warc.gz":
        assert entry.data["origin"]["software"].startswith("Heritrix/3.4.0")
    capture = db.execute("SELECT capture FROM interviews").fetchone()[0]
    story = fangtan("record", capture, "--json", collection=collection.root).rows[0]
    assert story["request"][0] == "GET /zxft/1.html HTTP/1.1"
    assert fangtan("import", path, collection=collection.root).out.strip().endswith(f"already here as {name}")


@pytest.mark.needs("wget")
def test_a_real_wget_crawl_comes_in(tmp_path):
    with OddServer(table()) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        command = [
            "wget",
            "-q",
            "-r",
            "-l",
            "2",
            "--no-parent",
            f"--warc-file={tmp_path / 'wget'}",
            "-P",
            str(tmp_path / "files"),
            url,
        ]
        subprocess.run(command, check=False, timeout=60)
    result = fangtan("import", tmp_path / "wget.warc.gz", collection=tmp_path / "c")
    assert result.code == 0, result.err
    db = open_reader(tmp_path / "c" / "fangtan.db")
    assert db.execute("SELECT count(*) FROM interviews").fetchone()[0] == 3
    assert faults(Collection(tmp_path / "c"), reparse=True) == []


# ── refused ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def truncated(path):
    heritrix(path)
    path.write_bytes(path.read_bytes()[:-50])


def lying_length(path):
    data = serialise(
        [
            ("WARC-Type", "response"),
            ("WARC-Record-ID", "<urn:uuid:1>"),
            ("WARC-Date", "2026-01-01T00:00:00Z"),
            ("WARC-Target-URI", URL),
        ],
        b"x" * 100,
    )
    path.write_bytes(
        gzip.compress(gzip.decompress(data).replace(b"Content-Length: 100", b"Content-Length: 99999999999"))
    )


def lying_length_plain(path):
    lying_length(path)
    path.write_bytes(gzip.decompress(path.read_bytes()))


def bomb(path):
    """Two gigabytes of zeros behind a WARC head, in two megabytes."""
    head = b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\nContent-Length: 2147483648\r\n\r\n"
    with gzip.open(path, "wb", 9) as stream:
        stream.write(head)
        block = bytes(1 << 20)
        for _ in range(700):
            stream.write(block)


def html_page(path):
    path.write_bytes(b"<html>not an archive</html>")


def empty(path):
    path.write_bytes(b"")


def endless_head(path):
    path.write_bytes(gzip.compress(b"WARC/1.1\r\n" + b"X: y\r\n" * 600_000))


REFUSED = {
    "truncated.warc.gz": (truncated, 5, "cut off"),
    "lying.warc.gz": (lying_length, 5, "Content-Length"),
    "lying.warc": (lying_length_plain, 5, "99999999999 bytes"),
    "bomb.warc.gz": (bomb, 5, "bomb"),
    "page.warc.gz": (html_page, 2, "neither WARC nor WACZ"),
    "empty.warc.gz": (empty, 2, "empty file"),
    "head.warc.gz": (endless_head, 5, "WARC header"),
    "missing.warc.gz": (lambda _: None, 2, "No such file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_why(tmp_path, name):
    make, code, words = REFUSED[name]
    make(tmp_path / name)
    for command in ("verify", "import"):
        result = fangtan(command, tmp_path / name, collection=tmp_path / "c", memory=1 << 30)
        assert result.code == code, result.out + result.err
        assert words in result.out + result.err
        assert name in result.out + result.err
        assert "Traceback" not in result.err
    archive = tmp_path / "c" / "archive"
    assert not archive.exists() or not list(archive.iterdir())


def zipped(members, **options):
    def make(path):
        with zipfile.ZipFile(path, "w", **options) as target:
            for name, data in members:
                target.writestr(name, data)

    return make


def linked(path):
    with zipfile.ZipFile(path, "w") as target:
        info = zipfile.ZipInfo("archive/a.warc.gz")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(info, "/etc/passwd")


def lying_zip(path):
    """The directory says ten bytes, the member has more."""
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("datapackage.json", "{}" + " " * 500)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)


@quiet
def two_of_a_name(path):
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("archive/a.warc.gz", b"one")
        target.writestr("archive/a.warc.gz", b"two")


PACKAGES = {
    "dots.wacz": (zipped([("../evil.warc.gz", b"x")]), "paths inside the package"),
    "deep-dots.wacz": (zipped([("archive/../../evil.warc.gz", b"x")]), "paths inside the package"),
    "absolute.wacz": (zipped([("/tmp/evil.warc.gz", b"x")]), "paths inside the package"),
    "backslash.wacz": (zipped([("archive\\evil.warc.gz", b"x")]), "archive"),
    "link.wacz": (linked, "symbolic link"),
    "twice.wacz": (two_of_a_name, "a name used once"),
    "bomb.wacz": (
        zipped([("pages/pages.jsonl", bytes(300 << 20))], compression=zipfile.ZIP_DEFLATED),
        "compression ratio",
    ),
    "lying.wacz": (lying_zip, "lying.wacz"),
    "nothing.wacz": (zipped([("a.txt", b"x")]), "package-missing"),
    "cut.wacz": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(200)), "readable ZIP"),
    "nested.wacz": (zipped([("datapackage.json", "[" * 100_000)]), "JSON object"),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_hostile_packages_are_refused_and_write_nothing_outside(tmp_path, name):
    make, words = PACKAGES[name]
    make(tmp_path / name)
    before = {str(p) for p in tmp_path.rglob("*")}
    for command in ("verify", "import"):
        result = fangtan(command, tmp_path / name, collection=tmp_path / "c", memory=1 << 30)
        assert result.code == 5, result.out + result.err
        assert words in result.out + result.err
        assert "Traceback" not in result.err
    after = {str(p) for p in tmp_path.rglob("*") if not p.is_relative_to(tmp_path / "c")}
    assert after == before
    assert not list((tmp_path / "c" / "archive").iterdir())


def test_a_faulty_record_comes_in_only_when_asked_and_is_noted(tmp_path):
    path = tmp_path / "faulty.warc.gz"
    heritrix(path)
    headers(put("WARC-Payload-Digest", "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))(path)
    refused = fangtan("import", path, collection=tmp_path / "c")
    assert refused.code == 5
    assert "payload-digest" in refused.err
    assert fangtan("import", path, "--despite-faults", collection=tmp_path / "c").code == 0
    entry = next(e for e in ledger.read(tmp_path / "c" / "ledger.jsonl") if e.type == "warc")
    assert entry.data["origin"]["faults"] == ["payload-digest"]


def test_hostile_names_become_plain_ones(tmp_path):
    path = tmp_path / "-rf $(x)\n名.warc.gz"
    heritrix(path)
    assert fangtan("import", path, collection=tmp_path / "c").code == 0
    (kept,) = Collection(tmp_path / "c").warcs()
    assert kept.name.isascii()
    assert not set(kept.name) & set(" $()\n")
    assert not kept.name.startswith("-")


def test_two_files_of_one_name_are_both_kept(tmp_path):
    for folder, make in (("a", heritrix), ("b", browsertrix)):
        (tmp_path / folder).mkdir()
        make(tmp_path / folder / "same.warc.gz")
        assert fangtan("import", tmp_path / folder / "same.warc.gz", collection=tmp_path / "c").code == 0
    assert len(Collection(tmp_path / "c").warcs()) == 2
    assert faults(Collection(tmp_path / "c"), reparse=True) == []


def test_a_huge_record_goes_through_little_memory(tmp_path):
    """A recording of 250 MB, more than the memory that is allowed: hashed, indexed, never held."""
    path = tmp_path / "video.warc"
    size = 250 << 20
    block_head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {size}\r\n\r\n".encode()
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1b2f>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Target-URI: {URL}.mp4\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {size + len(block_head)}\r\n\r\n".encode()
    with path.open("wb") as stream:
        stream.write(head + block_head)
        for n in range(250):
            stream.write(bytes([n % 251]) * (1 << 20))
        stream.write(b"\r\n\r\n")
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom archive.verify import Summary, verify_files\n"
        "found = [f for f in verify_files([Path(sys.argv[1])], Summary()) if f.level == 'fault']\n"
        "anonymous = [int(x.split()[1]) for x in open('/proc/self/status') if x.startswith(('RssAnon', 'VmHWM'))]\nprint(len(found), anonymous[-1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, env=environment()
    )
    count, anonymous = map(int, done.stdout.split())
    assert count == 0
    assert anonymous < 200 << 10, f"{anonymous} KiB of memory of its own"
    assert fangtan("import", path, collection=tmp_path / "c").code == 0
    db = open_reader(tmp_path / "c" / "fangtan.db")
    assert db.execute("SELECT bytes FROM captures").fetchone()[0] == size


def test_records_of_both_kinds_of_file_read_alike(tmp_path):
    heritrix(tmp_path / "a.warc.gz")
    (tmp_path / "a.warc").write_bytes(gzip.decompress((tmp_path / "a.warc.gz").read_bytes()))
    packed, unpacked = (list(iterate(tmp_path / name)) for name in ("a.warc.gz", "a.warc"))
    assert [(r.headers, r.block) for r in packed] == [(r.headers, r.block) for r in unpacked]
    assert plain(b"")


def test_records_whose_address_is_none_keep_nothing_else_out(tmp_path):
    """Brackets and ports that cannot be: the record is kept, indexed and verified, the others are read."""
    path = tmp_path / "odd.warc.gz"
    page = "<h1>医保访谈</h1><p>访谈嘉宾：县医保局局长孙立</p><p>主持人：怎么缴费？</p><p>孙立：网上缴费。</p>".encode()
    targets = ["http://[::bad/x", "http://a:99999999/y", "http://", "dns:example.com", "http://ok.example/zxft/1.html"]

    @quiet
    def write(path):
        with path.open("wb") as stream:
            writer = writer_for(stream)
            for target in targets:
                fields = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
                writer.write_record(writer.create_warc_record(target, "response", payload=io.BytesIO(page), http_headers=fields))  # fmt: skip

    write(path)
    collection = Collection(tmp_path / "c").create()
    for command in (("import", str(path)), ("verify", "--reparse"), ("rebuild",), ("package",)):
        result = fangtan(*command, collection=collection.root)
        assert result.code == 0, (command, result.err)
    db = open_reader(collection.store)
    assert db.execute("SELECT count(*) FROM captures").fetchone() == (len(targets),)
    assert ("http://ok.example/zxft/1.html", 2) in db.execute("SELECT url, n_turns FROM interviews").fetchall()
    db.close()


# ── valid forms that others write ───────────────────────────────────────────────────────────────────────────────────

BLOCK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"


def one_record(path, *headers, version="1.1", kind="response", block=BLOCK, records=1):
    base = [
        ("WARC-Type", kind),
        ("WARC-Date", "2020-01-01T00:00:00Z"),
        ("WARC-Target-URI", URL),
        ("Content-Type", "application/http; msgtype=response"),
    ]
    parts = []
    for number in range(records):
        identifier = ("WARC-Record-ID", f"<urn:uuid:00000000-0000-0000-0000-{number:012}>")
        parts.append(serialise([*base, identifier, *headers], block, version))
    path.write_bytes(b"".join(parts))


def hexed(algorithm, data=BLOCK):
    return hashlib.new(algorithm, data).hexdigest()


REVISIT = {"kind": "revisit", "block": BLOCK[:-2]}
VALID = {
    "SHA-256 with a hyphen": ((("WARC-Block-Digest", f"SHA-256:{hexed('sha256')}"),), {}),
    "sha384": ((("WARC-Block-Digest", f"sha384:{hexed('sha384')}"),), {}),
    "an algorithm that nobody here knows": ((("WARC-Block-Digest", "blake3:af1349b9f5f9a1a6"),), {}),
    "an extension twice": ((("WARC-Protocol", "h2"), ("WARC-Protocol", "tls/1.3"), ("WARC-Block-Digest", f"sha1:{hexed('sha1')}")), {}),
    "draft 0.17": ((), {"version": "0.17", "records": 3}),
    "draft 0.18": ((), {"version": "0.18", "records": 3}),
    "a segment": ((("WARC-Segment-Number", "1"), ("WARC-Payload-Digest", f"sha1:{hexed('sha1', b'hi there')}")), {}),
    "uri-agnostic": ((("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/uri-agnostic-identical-payload-digest"), ("WARC-Payload-Digest", f"sha1:{hexed('sha1', b'hi')}")), REVISIT),
    "profile of 0.18": ((("WARC-Profile", "http://netpreserve.org/warc/0.18/revisit/identical-payload-digest"), ("WARC-Payload-Digest", f"sha1:{hexed('sha1', b'hi')}")), REVISIT),
    "a profile of somebody": ((("WARC-Profile", "http://example.org/revisit/of-our-own"),), REVISIT),
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(VALID))
def test_a_valid_form_is_no_fault(tmp_path, form):
    headers, more = VALID[form]
    path = tmp_path / "x.warc.gz"
    one_record(path, *headers, **more)
    found = list(verify_files([path], Summary()))
    assert [str(f) for f in found if f.level == "fault"] == []
    assert sum(f.check == "version" for f in found) == form.startswith("draft"), "one remark a file"


WRONG_FORMS = {
    "a date twice": ((("WARC-Date", "2020-01-01T00:00:00Z"),), {}, "header"),
    "SHA-256 of something else": ((("WARC-Block-Digest", f"sha-256:{hexed('sha256', b'x')}"),), {}, "block-digest"),
    "sha384 cut": ((("WARC-Block-Digest", f"sha384:{hexed('sha384')[:-2]}"),), {}, "block-digest"),
    "no version": ((), {"version": "0.9"}, "version"),
    "no profile": ((), REVISIT, "profile"),
}


@pytest.mark.parametrize("form", sorted(WRONG_FORMS))
def test_a_wrong_form_stays_a_fault(tmp_path, form):
    headers, more, check = WRONG_FORMS[form]
    path = tmp_path / "x.warc.gz"
    one_record(path, *headers, **more)
    assert check in {f.check for f in verify_files([path], Summary()) if f.level == "fault"}
