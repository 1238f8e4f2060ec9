"""What libraries hold comes in: ARC, WARC in one gzip member, WARC in zstd; the records keep their bytes."""

import gzip
import hashlib
import json
import struct

import pytest
from backports import zstd
from support.foreign import PAGE, URL, exchange, quiet, writer_for
from support.running import fangtan
from support.talks import talk, uid, written
from warcio.archiveiterator import ArchiveIterator

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.store.store import open_reader
from archive.verify import Summary, verify_collection, verify_files
from archive.warc.records import iterate

pytestmark = pytest.mark.long

ANSWER = b"HTTP/1.1 200 OK\r\nServer:  odd\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + PAGE


def plain_warc(tmp_path):
    @quiet
    def write(path):
        with path.open("wb") as stream:
            writer = writer_for(stream, gzip=False)
            writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "Heritrix/3.4.0"}))
            exchange(writer)
            exchange(writer, "http://a.example.gov.cn/zxft/2.html", b"<p>2</p>")

    path = tmp_path / "plain.warc"
    write(path)
    return path.read_bytes()


def arc_bytes(version=1, name="http://a.example.gov.cn/zxft/a b.html"):
    more = " 200 - - 0 x.arc" if version == 2 else ""
    fields = "URL IP-address Archive-date Content-type" + (" Result-code Checksum Location Offset Filename" if version == 2 else "") + " Archive-length"  # fmt: skip
    head = f"{version} 0 InternetArchive\n{fields}\n".encode()
    parts = [f"filedesc://x.arc 0.0.0.0 20060101000000 text/plain{more} {len(head)}\n".encode() + head + b"\n"]
    for url, address, kind, data in (
        (URL, "192.0.2.7", "text/html", ANSWER),
        (name, "192.0.2.7", "text/html", ANSWER),
        ("dns:a.example.gov.cn", "0.0.0.0", "text/dns", b"20060101000000\na 60 IN A 192.0.2.7\n"),
        ("http://a.example.gov.cn/empty", "192.0.2.7", "no-type", b""),
    ):
        parts.append(f"{url} {address} 20060102030405 {kind}{more} {len(data)}\n".encode() + data + b"\n")
    return parts


def with_dictionary(data, *, packed):
    dictionary = zstd.train_dict([data[i : i + 300] for i in range(0, min(len(data), 60_000), 97)], 4096)
    stored = zstd.compress(dictionary.dict_content) if packed else dictionary.dict_content
    frames = [zstd.compress(data[at : at + 1000], zstd_dict=dictionary) for at in range(0, len(data), 1000)]
    return b"\x5d\x2a\x4d\x18" + struct.pack("<I", len(stored)) + stored + b"".join(frames)


def skippable(data):
    frame = b"\x50\x2a\x4d\x18" + struct.pack("<I", 100_000) + bytes(100_000)
    return zstd.compress(data[:700]) + frame + zstd.compress(data[700:]) + frame


WARCS = {
    "one.warc.gz": gzip.compress,
    "two.warc.gz": lambda data: gzip.compress(data[:900]) + gzip.compress(data[900:]),
    "one.warc.zst": zstd.compress,
    "skip.warc.zst": skippable,
    "dictionary.warc.zst": lambda data: with_dictionary(data, packed=False),
    "packed-dictionary.warc.zst": lambda data: with_dictionary(data, packed=True),
}
ARCS = {
    "a.arc": b"".join,
    "a.arc.gz": lambda parts: b"".join(map(gzip.compress, parts)),
    "one.arc.gz": lambda parts: gzip.compress(b"".join(parts)),
}


def serious(found):
    return [str(f) for f in found if f.level == "fault"]


@pytest.mark.parametrize("name", sorted(WARCS))
def test_a_warc_file_keeps_every_byte_of_its_records(tmp_path, name):
    data = plain_warc(tmp_path)
    path = tmp_path / name
    path.write_bytes(WARCS[name](data))
    named = fangtan("verify", str(path))
    assert named.code in (2, 5)
    assert "fangtan recompress" in named.err + named.out

    done = fangtan("recompress", str(path), "--into", str(tmp_path / "valid"))

    assert done.code == 0, done.err
    (made,) = (tmp_path / "valid").iterdir()
    assert gzip.decompress(made.read_bytes()) == data
    assert serious(verify_files([made], Summary())) == []
    with made.open("rb") as stream:  # a reader of somebody else's
        assert sum(1 for _ in ArchiveIterator(stream)) == 5
    collection = Collection(tmp_path / "c").create()
    came = fangtan("import", "--keep-original", str(path), collection=collection.root)
    assert came.code == 0, came.err
    assert serious(verify_collection(collection, Summary())) == []
    entry = next(e for e in map(json.loads, collection.ledger.read_text().splitlines()) if e["type"] == "warc")
    original = entry["origin"]["original"]
    assert (original["name"], original["size"]) == (name, path.stat().st_size)
    assert original["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    (kept,) = (collection.root / "originals").iterdir()
    assert kept.read_bytes() == path.read_bytes()
    kept.write_bytes(b"x")
    assert [f.check for f in verify_collection(collection, Summary()) if f.level == "fault"] == ["original"]
    kept.unlink()
    assert "originals/" in serious(verify_collection(collection, Summary()))[0]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("name", sorted(ARCS))
def test_an_arc_file_comes_in_and_is_parsed(tmp_path, name, version):
    path = tmp_path / name
    path.write_bytes(ARCS[name](arc_bytes(version)))
    collection = Collection(tmp_path / "c").create()

    came = fangtan("import", str(path), collection=collection.root)
    again = fangtan("import", str(path), collection=collection.root)

    assert (came.code, again.code) == (0, 0), came.err + again.err
    assert "already here" in again.out
    assert not (collection.root / "originals").exists()
    (warc,) = collection.warcs()
    records = list(iterate(warc))
    assert [r.type for r in records] == ["warcinfo", "response", "response", "resource", "resource"]
    assert [bytes(r.block) for r in records[1:3]] == [ANSWER, ANSWER]
    assert [r.get("WARC-IP-Address") for r in records[2:4]] == ["192.0.2.7", None]
    assert records[2].target == "http://a.example.gov.cn/zxft/a%20b.html"
    assert {r.get("WARC-Date") for r in records[1:]} == {"2006-01-02T03:04:05Z"}
    assert serious(verify_collection(collection, Summary())) == []
    db = open_reader(collection.store)
    assert db.execute("SELECT min(n_turns) > 0 FROM interviews").fetchone() == (1,)
    db.close()


@pytest.mark.parametrize(
    ("name", "uri"), [("访".encode(), "%E8%AE%BF"), ("访".encode("gbk"), "%B7%C3"), (b"\xff\xfe|", "%FF%FE|")]
)
def test_an_arc_address_of_any_charset_keeps_its_bytes_and_needs_no_ip_address(tmp_path, name, uri):
    parts = arc_bytes()
    parts[1] = parts[1].replace(URL.encode() + b" 192.0.2.7", b"http://a.example.gov.cn/" + name + b" -", 1)
    (tmp_path / "a.arc").write_bytes(b"".join(parts))
    assert fangtan("recompress", str(tmp_path / "a.arc"), "--into", str(tmp_path / "valid")).code == 0
    page = list(iterate(tmp_path / "valid" / "a.warc.gz"))[1]
    assert (page.target, page.get("WARC-IP-Address")) == (f"http://a.example.gov.cn/{uri}", None)


def test_the_stock_converter_reads_the_same_payloads(tmp_path):
    path, made = tmp_path / "a.arc", tmp_path / "valid"
    path.write_bytes(b"".join(arc_bytes(name="http://a.example.gov.cn/zxft/2.html")))
    assert fangtan("recompress", str(path), "--into", str(made)).code == 0

    def payloads(file):
        with file.open("rb") as stream:
            found = ArchiveIterator(stream, arc2warc=True)
            return [
                (r.rec_headers.get_header("WARC-Target-URI"), r.content_stream().read())
                for r in found
                if r.rec_type == "response"
            ]

    assert payloads(made / "a.warc.gz")[:2] == payloads(path)[:2]
    assert len(payloads(made / "a.warc.gz")) == 2


DAMAGED = {
    "cut.arc": lambda _: b"".join(arc_bytes())[:-30],
    "line.arc": lambda _: b"".join(arc_bytes()) + b"no line of an ARC file\n",
    "length.arc": lambda _: b"".join(arc_bytes()) + b"http://a/ 1.2.3.4 20060101000000 text/html 999999\nx",
    "cut.warc.zst": lambda data: zstd.compress(data)[:-40],
    "flipped.warc.zst": lambda data: zstd.compress(data)[:60] + b"\xff" * 8 + zstd.compress(data)[68:],
    "dictionary.warc.zst": lambda data: with_dictionary(data, packed=False)[:-5],
    "record.warc.zst": lambda data: zstd.compress(data[:-300]),
    "record.warc.gz": lambda data: gzip.compress(data[:-300]),
    "bomb.warc.zst": lambda data: zstd.compress(data + bytes(200 << 20)),
}


@pytest.mark.parametrize("name", sorted(DAMAGED))
def test_what_is_damaged_is_named_and_leaves_nothing(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(DAMAGED[name](plain_warc(tmp_path)))
    collection = Collection(tmp_path / "c").create()
    for command in (("recompress", str(path), "--into", str(tmp_path / "valid")), ("import", str(path))):
        done = fangtan(*command, collection=collection.root)
        assert done.code == 5 or "neither WARC" in done.err, done.err
        assert name in done.err
        assert "Traceback" not in done.err
    assert list((tmp_path / "valid").iterdir()) == []
    assert list(collection.archive.iterdir()) == []
    assert list(collection.root.glob(".import*")) == []


def test_no_file_is_replaced(tmp_path):
    path = tmp_path / "x.arc"
    path.write_bytes(b"".join(arc_bytes()))
    (tmp_path / "x.warc.gz").write_bytes(b"mine")
    done = fangtan("recompress", str(path), "--into", str(tmp_path))
    assert done.code == 2
    assert (tmp_path / "x.warc.gz").read_bytes() == b"mine"


def test_lz4_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "x.warc.lz4"
    path.write_bytes(b"\x04\x22\x4d\x18" + bytes(40))
    for command in ("verify", "import"):
        done = fangtan(command, str(path), collection=tmp_path / "c")
        assert done.code in (2, 3)
        assert "LZ4" in done.err
        assert done.err.count("\n") == 1


def members(tmp_path):
    """The records of a file, each in a gzip member."""
    path = tmp_path / "plain"
    path.mkdir()
    (path / "x.warc.zst").write_bytes(zstd.compress(plain_warc(tmp_path)))
    assert fangtan("recompress", str(path / "x.warc.zst"), "--into", str(path)).code == 0
    data = (path / "x.warc.gz").read_bytes()
    starts = [r.position.offset for r in iterate(path / "x.warc.gz")]
    return [data[at:end] for at, end in zip(starts, [*starts[1:], len(data)], strict=True)]


def flipped(part):
    return part[:40] + bytes(byte ^ 0xFF for byte in part[40:60]) + part[60:]


def several(tmp_path, change):
    return b"".join(change(members(tmp_path)))


BROKEN = {
    "cut.warc.gz": (lambda t: several(t, lambda m: m)[:-20], "cut off", 4),
    "flipped.warc.gz": (lambda t: several(t, lambda m: [*m[:2], flipped(m[2]), *m[3:]]), "gzip", 4),
    "zeros.warc.gz": (lambda t: several(t, lambda m: [*m[:3], bytes(500), *m[3:]]), "bytes", 5),
    "cut.warc": (lambda t: plain_warc(t)[:-90], "cut off", 4),
    "length.warc": (lambda t: plain_warc(t).replace(b"Content-Length: ", b"Content-Length: 9", 1), "Content-Length", 4),
    "one.warc.gz": (lambda t: gzip.compress(plain_warc(t)[:-300]), "unpacked offset", 4),
    "half.warc.gz": (lambda t: gzip.compress(plain_warc(t))[:-30], "cut off", 4),
    "cut.warc.zst": (lambda t: zstd.compress(plain_warc(t)[:1500]) + zstd.compress(plain_warc(t)[1500:])[:-40], "cut off", 2),
    "cut.arc": (lambda _: b"".join(arc_bytes()[:4])[:-9], "cut off", 3),
    "line.arc": (lambda _: b"".join([*arc_bytes()[:2], b"\n\x00junk\n", *arc_bytes()[2:]]), "no ARC record", 5),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_complete_records_of_a_damaged_file_are_salvaged(tmp_path, name):
    make, words, least = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(make(tmp_path))
    collection = Collection(tmp_path / "c").create()

    refused = fangtan("import", str(path), collection=collection.root)
    assert refused.code == 5, refused.err
    assert "--salvage" in refused.err
    assert collection.warcs() == []
    done = fangtan("import", "--salvage", str(path), collection=collection.root)
    made = fangtan("recompress", "--salvage", str(path), "--into", str(tmp_path / "valid"))

    assert (done.code, made.code) == (5, 5), done.err + made.err
    for err in (done.err, made.err):
        assert words in err
        assert "(left out)" in err
        assert str(path) in err
    (warc,) = collection.warcs()
    assert len(list(iterate(warc))) >= least
    assert serious(verify_collection(collection, Summary())) == []
    entry = next(e for e in map(json.loads, collection.ledger.read_text().splitlines()) if e["type"] == "warc")
    original = entry["origin"]["original"]
    assert (original["name"], original["left_out"]) == (name, done.err.count("(left out)"))
    again = fangtan("import", "--salvage", str(path), collection=collection.root)
    assert "already here" in again.out


def test_of_a_file_without_a_complete_record_nothing_is_salvaged(tmp_path):
    path = tmp_path / "x.warc"
    path.write_bytes(plain_warc(tmp_path)[:200])
    done = fangtan("import", "--salvage", str(path), collection=tmp_path / "c")
    assert done.code == 5
    assert "no complete record" in done.err
    assert "Traceback" not in done.err


@pytest.fixture
def with_original(tmp_path):
    """A collection of one talk, with the file as it came."""
    collection, path = Collection(tmp_path / "c").create(), tmp_path / "one.warc.zst"
    ledger.ensure_key(collection)
    written(tmp_path / "a.warc.gz", [("/1.html", "2024-03-05", talk("年底以前全部完成。"))])
    path.write_bytes(zstd.compress(gzip.decompress((tmp_path / "a.warc.gz").read_bytes())))
    assert fangtan("import", "--keep-original", path, collection=collection.root).code == 0
    (original,) = (collection.root / "originals").iterdir()
    return collection, original


def test_an_original_that_holds_what_is_destroyed_is_named_and_may_go(with_original, tmp_path):
    collection, original = with_original
    replica = tmp_path / "replica"
    assert fangtan("replicate", replica, collection=collection.root).code == 0
    done = fangtan("withhold", uid("/1.html"), "--reason", "asked", "--destroy", "--yes", collection=collection.root)
    assert done.code == 0, done.err
    assert original.name in done.err
    notes = fangtan("verify", "--json", collection=collection.root).rows[0]["notes"]
    assert [n["found"].partition(" (")[0] for n in notes if n["file"] == str(original)] == ["made before the takedown"]
    again = fangtan("replicate", replica, collection=collection.root)
    assert again.code == 5
    assert f"originals/{original.name}" in again.out + again.err
    original.unlink()
    (replica / "originals" / original.name).unlink()
    assert fangtan("replicate", replica, collection=collection.root).code == 0
    for check in ([], ["--fixity"], ["--replica", replica]):
        assert fangtan("verify", *check, collection=collection.root).code == 0


@pytest.mark.parametrize("left", ["archive/.a.warc.gz.importing", "originals/.a.warc.zst.importing", ".import-old/0/a.warc.gz"])  # fmt: skip
def test_what_a_killed_import_left_goes_with_what_is_destroyed(with_original, left):
    """A copy that nobody makes any more would keep the words."""
    collection, _ = with_original
    copy = collection.root / left
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(next(iter(collection.warcs())).read_bytes())
    assert fangtan("withhold", uid("/1.html"), "--reason", "asked", "--destroy", "--yes", collection=collection.root).code == 0  # fmt: skip
    assert not copy.exists()


def test_a_merge_brings_originals_but_none_that_hold_what_is_destroyed(with_original, tmp_path):
    collection, original = with_original
    one, two = (Collection(tmp_path / name).create() for name in ("one", "two"))
    assert fangtan("merge", collection.root, collection=one.root).code == 0
    assert (one.root / "originals" / original.name).read_bytes() == original.read_bytes()
    assert [f for f in verify_collection(one, Summary()) if f.level == "fault"] == []
    assert fangtan("withhold", uid("/1.html"), "--reason", "asked", "--destroy", "--yes", collection=collection.root).code == 0  # fmt: skip
    assert fangtan("merge", collection.root, collection=two.root).code == 0
    assert not (two.root / "originals").exists()


def test_a_merge_names_an_original_that_is_damaged_and_brings_the_rest(with_original, tmp_path):
    collection, original = with_original
    original.write_bytes(b"x")
    other = Collection(tmp_path / "other").create()
    done = fangtan("merge", collection.root, collection=other.root)
    assert done.code == 5
    assert original.name in done.err
    assert [path.name for path in other.warcs()] == [path.name for path in collection.warcs()]
