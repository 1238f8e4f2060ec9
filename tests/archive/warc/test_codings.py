"""Content and transfer codings: one list for spider, store, import and verify; labels are claims, the bytes decide."""

import gzip
import os
import re
import subprocess
import sys
import zlib
from contextlib import closing

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.foreign import URL, exchange, quiet, writer_for
from support.running import ROOT, fangtan, faults
from support.servers.oddserver import OddServer, plain
from support.tables import TALK

from archive.collection.folder import Collection
from archive.collection.sql import row_of
from archive.errors import ArchiveError, ConfigError
from archive.handover.replay import wayback
from archive.store.reading import Reader
from archive.store.store import open_reader
from archive.verify.provenance import provenance
from archive.warc.codings import MAX_DECODED, undo
from archive.warc.http import decoded, entity, read_message
from archive.warc.records import iterate

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = TALK.format("第1期访谈：水库除险加固", "1200", "李青").encode()
HTML = "text/html; charset=utf-8"


def bare(data):
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


def zipped(data):
    """As gzip.compress, without the time: parameters of tests must be the same in every process."""
    return gzip.compress(data, mtime=0)


CODERS = {"gzip": zipped, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}
SKIPPABLE = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"


@given(st.binary(max_size=2000), st.lists(st.sampled_from(sorted(CODERS)), max_size=4), st.booleans())
def test_whatever_is_coded_comes_out_again(data, names, in_two_lines):
    coded = data
    for name in names:
        coded = CODERS[name](coded)
    half = len(names) // 2
    lines = [", ".join(names[:half]), ", ".join(names[half:])] if in_two_lines else [" , ".join(names).upper()]
    found = undo(coded, lines, (), "image/png")
    assert (found.data, found.remarks) == (data, [])


@pytest.mark.parametrize(
    ("coded", "content", "transfer"),
    [
        (zipped(PAGE[:300]) + zipped(PAGE[300:]), ["gzip"], []),
        (zipped(PAGE) + bytes(64), ["gzip"], []),
        (zstd.compress(PAGE[:300]) + SKIPPABLE + zstd.compress(PAGE[300:]), ["zstd"], []),
        (bare(PAGE), ["deflate"], []),
        (zipped(PAGE), ["X-GZip, identity"], []),
        (zipped(PAGE), [], ["gzip, chunked"]),
        (zlib.compress(zipped(PAGE)), ["gzip"], ["deflate", "chunked"]),
        (PAGE, ["identity"], ["identity"]),
        (PAGE, [""], []),
    ],
)
def test_every_form_of_a_coding_is_undone(coded, content, transfer):
    found = undo(coded, content, transfer, HTML)
    assert (found.data, found.remarks) == (PAGE, [])


@pytest.mark.parametrize(
    ("coded", "content", "remark"),
    [
        (PAGE, "gzip", "labelled gzip, found plain text"),
        (PAGE, "br", "labelled br, found plain text"),
        (PAGE, "deflate", "labelled deflate, found plain text"),
        (PAGE, "zstd", "labelled zstd, found plain text"),
        (PAGE.decode().encode("gbk"), "br", "labelled br, found plain text"),
        (zipped(PAGE), "deflate", "labelled deflate, found gzip"),
        (brotli.compress(PAGE), "deflate", "labelled deflate, found br"),
        (zlib.compress(PAGE), "gzip", "labelled gzip, found deflate"),
        (zstd.compress(PAGE), "br", "labelled br, found zstd"),
        (zipped(PAGE), "", "gzip without a label for it"),
        (zipped(zipped(PAGE)), "gzip", "gzip without a label for it"),
        (zipped(PAGE), "gzip, gzip", "labelled gzip, found plain text"),
        (zipped(PAGE) + b"rubbish", "gzip", "7 bytes after the end of the gzip stream"),
        (brotli.compress(PAGE) + b"rubbish", "br", "7 bytes after the end of the br stream"),
        (PAGE, "UTF-8", "Content-Encoding names a charset (utf-8)"),
    ],
)
def test_bytes_that_contradict_their_label_are_read_as_what_they_are(coded, content, remark):
    found = undo(coded, [content], (), HTML)
    assert found.data.decode("gbk" if found.data.startswith(PAGE.decode().encode("gbk")[:200]) else "utf-8") == PAGE.decode()  # fmt: skip
    assert found.remarks == [remark]


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
def test_of_a_stream_that_breaks_off_what_came_is_read(name):
    coded = CODERS[name](b"".join(b"%d," % (n * 7919 % 10007) for n in range(5000)))
    found = undo(coded[: len(coded) // 2], [name], (), HTML)
    assert found.data.startswith(b"0,7919,5831,")
    assert found.remarks == [f"the {name} stream is damaged or cut off"]


@pytest.mark.parametrize(
    ("coded", "content", "says"),
    [
        (PAGE, "rot47", "unknown content coding 'rot47'"),
        (PAGE, "compress", "unknown content coding 'compress'"),
        (zipped(PAGE), "gzip, aes128gcm", "'aes128gcm'"),
        (bytes(range(256)), "gzip", "labelled with the content coding 'gzip'"),
        (bytes(range(256)), "br", "labelled with the content coding 'br'"),
        (zstd.compress(PAGE)[:20], "zstd", "cut off before anything"),
        (PAGE, "gzip, " * 6 + "gzip", "one upon the other"),
    ],
)
def test_what_cannot_be_decoded_is_an_error_that_is_named(coded, content, says):
    with pytest.raises(ArchiveError, match=says):
        undo(coded, [content], (), HTML)


def test_a_file_of_another_kind_stays_a_file():
    assert undo(zipped(PAGE), [], (), "application/gzip").data == zipped(PAGE)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
    assert undo(picture, ["gzip"], (), "image/png").data == picture


@pytest.mark.parametrize("name", sorted(CODERS))
def test_no_coding_makes_a_bomb(name):
    bomb = CODERS[name](bytes(8 << 20))
    with pytest.raises(ArchiveError, match="bomb"):
        undo(bomb, [name], (), HTML)
    with pytest.raises(ArchiveError, match="bomb"):
        undo(CODERS["gzip"](bomb), [f"{name}, gzip"], (), HTML)
    assert MAX_DECODED < 1 << 30


def message(head, body):
    return read_message(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head + b"\r\n\r\n" + body)


CHUNKED = b"Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (CHUNKED, PAGE),  # other recorders undo the framing and leave the header
        (CHUNKED, PAGE.replace(b"\n", b"") * 40),
        (CHUNKED, b"0x1F\n" + PAGE),
        (CHUNKED, b"-5\r\n" + PAGE),
        (CHUNKED, b'%X;a=1;b="2"\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n' % (len(PAGE), PAGE)),
        (CHUNKED, b"00%x \r\n%s\r\n000\r\n\r\n" % (len(PAGE), PAGE)),
        (CHUNKED, b"%x\n%s\n0\n\n" % (len(PAGE), PAGE)),
        (b"Transfer-Encoding: gzip\r\ntransfer-encoding: Chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(zipped(PAGE)), zipped(PAGE))),
        (b"Content-Encoding: gzip\r\nContent-Encoding: br", brotli.compress(zipped(PAGE))),
    ],
)  # fmt: skip
def test_framing_is_undone_where_there_is_some(head, body):
    found = message(head, body)
    assert decoded(found).data.replace(b"\n", b"").endswith(PAGE.replace(b"\n", b""))
    if found.chunked:
        assert decoded(found).data == PAGE
    else:
        assert entity(found) == body


# ── from the server to the store ────────────────────────────────────────────────────────────────────────────────────

LIST = (
    "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul>{}</ul></body></html>"
)


def coded_site():
    """Talks, each in a coding of its own; the last in one that nobody knows."""
    forms = {
        "members": ("Content-Encoding: gzip", lambda b: zipped(b[:400]) + zipped(b[400:])),
        "br": ("Content-Encoding: br", brotli.compress),
        "zstd": ("Content-Encoding: zstd", zstd.compress),
        "layers": ("Content-Encoding: gzip, zstd", lambda b: zstd.compress(zipped(b))),
        "both": ("Content-Encoding: gzip\r\nContent-Encoding: br", lambda b: brotli.compress(zipped(b))),
        "plain": ("Content-Encoding: gzip", bytes),
        "odd": ("Content-Encoding: rot47", bytes),
    }
    pages = {"/robots.txt": plain(b"", "HTTP/1.1 404 Not Found")}
    for n, (name, (header, code)) in enumerate(forms.items(), 1):
        page = TALK.format(
            f"第{n}期访谈：渠道衬砌之{n}", f"{n}700", ("李青", "王禾", "赵田", "钱江", "孙原", "周立", "吴岭")[n - 1]
        )
        pages[f"/zxft/{name}.html"] = plain(code(page.encode()), "HTTP/1.1 200 OK", header)
    rows = "".join(f"<li><a href='/zxft/{n}.html'>第{i}期访谈：渠道衬砌之{i}</a><span>2021-01-0{i}</span></li>" for i, n in enumerate(forms, 1))  # fmt: skip
    return pages | {"/zxft/": plain(LIST.format(rows).encode())}, tuple(forms)


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """The talks, crawled: the collection, the address of their folder, the run, what was asked."""
    collection = Collection(tmp_path_factory.mktemp("coded") / "c").create()
    with OddServer(coded_site()[0]) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        run = fangtan("crawl", "--delay", "0", "--json", url, collection=collection.root)
        asked = b"".join(request for _, request, _ in server.log)
    return collection, url, run, asked


def test_spider_store_verify_and_import_read_the_same(coded, tmp_path):
    forms = coded_site()[1]
    collection, url, run, asked = coded
    assert b"Accept-Encoding: gzip, deflate\r\n" in asked
    report = run.rows[-1]
    assert run.code == 3, run
    assert report["interviews"] == len(forms) - 1
    assert [e["url"] for e in report["error_list"] if "unknown content coding 'rot47'" in e["reason"]] == [url + "odd.html"]  # fmt: skip
    db = open_reader(collection.store)
    try:
        turns = dict(db.execute("SELECT url, n_turns FROM interviews"))
        said = [f[0] for f in db.execute("SELECT text FROM flags WHERE rule = 'structure'")]
        br = row_of(db, "SELECT * FROM captures WHERE url = ?", (url + "br.html",))
    finally:
        db.close()
    assert turns == {f"{url}{name}.html": 3 for name in forms if name != "odd"}
    assert said == ["labelled gzip, found plain text"]
    assert Reader(collection).payload(br).data.endswith(b"</body></html>")
    assert faults(collection, reparse=True) == []
    other = Collection(tmp_path / "other").create()
    came = fangtan("import", "--json", *collection.warcs(), collection=other.root)
    assert came.code == 0, came
    told = max(came.rows, key=lambda row: row["records"])
    assert (told["interviews"], told["pages"]) == (len(forms) - 1, 1)
    assert [reason for reason in told["unread"] if "'rot47'" in reason]
    assert told["skipped"] == {"pages that are gone (HTTP 404)": 1}


@pytest.mark.needs("pywb")
@pytest.mark.needs("zstd")
@pytest.mark.parametrize(
    ("name", "pipe"),
    [("br", ""), ("members", ""), ("zstd", " | zstd -dc"), ("layers", " | zstd -dc | gunzip -c"), ("both", None)],
)
def test_the_printed_stock_commands_read_every_coding(coded, name, pipe):
    """warcio and its brotlipy are those of docs/auditing.md, which pywb's environment has."""
    collection, url, _, _ = coded
    with closing(open_reader(collection.store)) as db:
        row = row_of(db, "SELECT id FROM captures WHERE url = ?", (f"{url}{name}.html",))
        checks = provenance(collection, db, row["id"]).checks
    pages = [check for check in checks if "warcio" in check.command]
    assert [check.command.partition(" | sha256sum")[0].partition(".warc.gz ")[2].lstrip("0123456789") for check in pages] == ([] if pipe is None else [pipe])  # fmt: skip
    path = f"{wayback().parent}{os.pathsep}{os.environ['PATH']}"
    for check in checks:
        done = subprocess.run(
            ["bash", "-c", check.command], check=False, capture_output=True, text=True, env={"PATH": path}
        )
        assert done.stdout.split()[:1] == [check.expected], (check, done.stderr)


@pytest.mark.parametrize("page", ["auditing.md", "zh/auditing.md"])
def test_the_page_names_the_brotli_that_is_pinned(page):
    pinned = set((ROOT / "constraints-replay.txt").read_text("utf-8").split())
    (named,) = re.findall(r"`pip install (warcio[^`]*)`", (ROOT / "docs" / page).read_text("utf-8"))
    assert set(named.split()) <= pinned
    assert "brotlipy" in named


@quiet
def saved_folder(path):
    """A saved folder packed as WARC: resource records, a page, a picture, one without an address."""
    import io

    with path.open("wb") as stream:
        writer = writer_for(stream, warc_version="1.1")
        for url, kind, data in (
            (URL, "text/html; charset=utf-8", PAGE),
            ("http://a.example.gov.cn/i/1.png", "image/png", b"\x89PNG"),
            ("urn:pageinfo:1", "application/json", b"{}"),
        ):
            writer.write_record(
                writer.create_warc_record(url, "resource", payload=io.BytesIO(data), warc_content_type=kind)
            )
        exchange(writer, "http://a.example.gov.cn/zxft/2.html", b"<html><body><h1>404</h1></body></html>")


def test_pages_kept_as_resources_are_read_and_the_rest_is_named(tmp_path):
    saved_folder(tmp_path / "saved.warc.gz")
    collection = Collection(tmp_path / "c").create()
    came = fangtan("import", tmp_path / "saved.warc.gz", collection=collection.root)
    assert came.code == 0, came
    assert "1 read as interviews" in came.out
    assert "1 skipped: resource records of type image/png" in came.out
    assert "without a web address" in came.out
    db = open_reader(collection.store)
    try:
        assert db.execute("SELECT url, n_turns FROM interviews").fetchall() == [(URL, 3)]
        assert db.execute("SELECT type, status FROM captures WHERE url = ?", (URL,)).fetchall() == [("resource", 200)]
    finally:
        db.close()
    assert faults(collection, reparse=True) == []
    again = fangtan("import", "--json", tmp_path / "saved.warc.gz", collection=collection.root)
    assert (again.code, again.rows[0]["new"]) == (0, False)
    assert sum(record.is_capture for record in iterate(next(iter(collection.warcs())))) == 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (zstd.compress(b"WARC/1.1\r\n"), r"zstd.*\.warc\.zst"),
        (b"\x5d\x2a\x4d\x18\x04\x00\x00\x00dict", "zstd"),
        (b"\x04\x22\x4d\x18rest", "LZ4"),
        (b"BZh91AY", "bzip2"),
        (zipped(b"filedesc://a.arc 0.0.0.0 20060101000000 text/plain 76\n"), "ARC file"),
        (b"filedesc://a.arc", "ARC file"),
    ],
)
def test_containers_that_are_not_read_are_named(tmp_path, data, says):
    from archive.verify import kind_of

    path = tmp_path / "x.warc"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=says):
        kind_of(path)
