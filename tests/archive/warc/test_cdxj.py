"""Index lines of what others write: as cdxj-indexer writes them, and where not, docs/archives.md says why."""

import json
import subprocess
import sys

import pytest
from support.running import ROOT, fangtan
from support.shapes import EQUAL, HTML, OK, answer, form, posted, record, written

from archive.collection.folder import Collection
from archive.verify import Summary, verify_files
from archive.warc import cdxj
from archive.warc.records import Record, scan

#: What differs: the form, our line's key and time and what else it says, what docs/archives.md calls it.
DIFFERENT = {
    "no address": ([record("metadata", b"{}", None, type_="application/json")], [], "A record without an address"),
    "an empty address": ([record("response", answer(OK, HTML), "")], [], "A record without an address"),
    "a year": ([record("response", answer(OK, HTML), date="2026")], ["cn,gov,example,a)/zxft/1.html 20260101000000"], "A year or a month"),
    "a zone": ([record("response", answer(OK, HTML), date="2026-01-01T08:00:00+08:00")], ["cn,gov,example,a)/zxft/1.html 20260101000000"], "no UTC date"),
    "no date": ([record("response", answer(OK, HTML), date="yesterday")], ["cn,gov,example,a)/zxft/1.html 00000000000000"], "no UTC date"),
    "blanks": ([record("response", answer(OK, HTML), "http://a.cn/a b")], ['cn,a)/a%20b 20260101000000 {"url": "http://a.cn/a b"'], "Blanks in an address"),
    "capital letters": ([record("response", answer(OK, HTML), "HTTP://A.CN/x")], ['cn,a)/x 20260101000000 {"url": "HTTP://A.CN/x", "mime": "text/html", "status": "200"'], "`HTTP:` in capitals"),
    "no host": ([record("response", answer(OK, HTML), "http://[::1/x")], ["http://[::1/x 20260101000000"], "An address that is not valid"),
    "br": ([record("response", answer(OK, HTML, b"Content-Encoding: br", body=b"\x0b\x02\x80hello\x03"))], ["cn,gov,example,a)/zxft/1.html 20260101000000"], "A body in `br`"),
    "post": (posted(method=b"post"), ["cn,gov,example,a)/zxft/1.html?__wb_method=post&a=1&b=2 20260101000000"], "`post` in small letters"),
    "a wrong length": (posted(length=b"2"), ["cn,gov,example,a)/zxft/1.html?__wb_method=post&a=1&b=2 20260101000000"], "A Content-Length that is wrong"),
    "no length": (posted(length=b"x"), ["cn,gov,example,a)/zxft/1.html?__wb_method=post&a=1&b=2 20260101000000"], "A Content-Length that is wrong"),
    "a boundary in quotes": (posted(form(), b'multipart/form-data; boundary="x"'), ["cn,gov,example,a)/zxft/1.html?__wb_method=post&a=1&f=%00%ff 20260101000000"], "Forms in parts"),
    "an open end": (posted(form(end=b""), b"multipart/form-data; boundary=x"), ["cn,gov,example,a)/zxft/1.html?__wb_method=post&a=1&f=%00%ff%0d%0a 20260101000000"], "Forms in parts"),
    "AMF": (posted(b"\x00\x03\x00\x00\x00\x01\x00\x04null\x00\x02/1\x00\x00\x00\x0a\x0a\x00\x00\x00\x00", b"application/x-amf"), ["cn,gov,example,a)/zxft/1.html?__wb_method=post&__wb_post_data=aamaaaabaarudwxsaaivmqaaaaokaaaaaa== 20260101000000"], "AMF"),
}  # fmt: skip


def ours(path):
    """The lines of a file, each record with the request before it and with the one behind it."""
    records = [found for found in scan(path) if isinstance(found, Record)]
    lines, asked = [], None
    for one, following in zip(records, [*records[1:], None], strict=True):
        asked = one if one.type == "request" else asked
        behind = following is not None and following.type == "request"
        plain = cdxj.line_of(one, asked)
        lines.append(cdxj.line_of(one, following) if behind and plain == cdxj.line_of(one) else plain)
    return sorted(filter(None, lines))


#: cdxj-indexer on each file by itself; where it gives up it has no lines. In a process of its own: it leaves files open.
PEER = """
import contextlib, io, json, sys
from cdxj_indexer.main import CDXJIndexer
lines = {}
for path in sys.argv[1:]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(Exception):
        CDXJIndexer(None, [path], post_append=True, sort=True).process_all()
    lines[path] = said.getvalue().splitlines()
print(json.dumps(lines))
"""


def theirs(*paths):
    """The lines of cdxj-indexer, file by file."""
    command = [sys.executable, "-W", "ignore", "-c", PEER, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout).values())


def without_digest(lines):
    """Of a record without WARC-Payload-Digest cdxj-indexer gives the digest of nothing."""
    rows = [(*line.split(" ", 2)[:2], json.loads(line.split(" ", 2)[2])) for line in lines]
    return [(key, at, {n: v for n, v in row.items() if n != "digest" or "AAAA" in v}) for key, at, row in rows]


def test_the_index_equals_cdxj_indexer_on_what_others_write(tmp_path):
    path = written(tmp_path / "others.warc.gz", EQUAL.values())
    found, wanted = without_digest(ours(path)), without_digest(*theirs(path))
    assert len(wanted) > 80
    assert sorted(found, key=str) == sorted(wanted, key=str)


@pytest.fixture(scope="module")
def differing(tmp_path_factory):
    """What differs, each in a file: our lines, theirs."""
    folder = tmp_path_factory.mktemp("differing")
    paths = [written(folder / f"{name}.warc.gz", [form]) for name, (form, _, _) in DIFFERENT.items()]
    return dict(zip(DIFFERENT, zip(map(ours, paths), theirs(*paths), strict=True), strict=True))


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_is_named_in_the_docs(differing, name):
    _, lines, words = DIFFERENT[name]
    found, others = differing[name]
    assert [line.startswith(start) for line, start in zip(found, lines, strict=True)] == [True] * len(lines), found
    assert without_digest(found) != without_digest(others), "no difference any more: the row of the page can go"
    page = (ROOT / "docs" / "archives.md").read_text("utf-8")
    assert any(words in line for line in page.splitlines() if line.startswith("| "))


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory):
    """All these forms in one collection."""
    folder = tmp_path_factory.mktemp("others")
    forms = [*EQUAL.values(), *(form for form, _, _ in DIFFERENT.values())]
    path = written(folder / "others.warc.gz", forms)
    came = fangtan("import", "--despite-faults", path, collection=folder / "c")
    assert came.code == 0, came.err
    return path, Collection(folder / "c")


def named(faults):
    return {(fault.check, fault.offset) for fault in faults if fault.level == "fault"}


def test_what_comes_in_verifies_as_it_did_outside(taken_in):
    from archive.verify import verify_collection

    path, collection = taken_in
    assert named(verify_collection(collection, Summary())) <= named(verify_files([path], Summary()))


def test_a_package_of_it_verifies_whole_and_in_part(taken_in, tmp_path):
    """A request before its response, as wget has it, comes into a part, too."""
    path, collection = taken_in
    known = {check for check, _ in named(verify_files([path], Summary()))}
    assert "index" not in known
    for name, choice in (("whole.wacz", ()), ("part.wacz", ("a-cn",))):
        made = fangtan("package", *choice, "-o", tmp_path / name, collection=collection.root)
        assert (tmp_path / name).exists(), made.err
    for name in ("whole.wacz", "part.wacz"):
        found = {check for check, _ in named(verify_files([tmp_path / name], Summary()))}
        assert found <= known, name
    again = fangtan("import", "--despite-faults", tmp_path / "part.wacz", collection=tmp_path / "c")
    assert again.code == 0, again.err
    assert '"requestBody": "a=1&b=2"' in Collection(tmp_path / "c").index.read_text("utf-8")
