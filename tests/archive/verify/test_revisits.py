"""What a revisit of another program says of its payload holds of the record that it repeats, by whatever algorithm it is
said and however that record is named.
"""

import base64
import hashlib
from datetime import UTC, datetime
from itertools import product

import pytest
from support.damage import members, write
from support.running import fangtan
from support.shapes import HTML, OK, answer, record, written

from archive.collection.folder import Collection
from archive.verify import Summary, verify_files
from archive.warc.exchange import Earlier, Exchange, records_of
from archive.warc.write import WarcWriter

BODY = b"<html>hi</html>"
ONE, TWO, THREE = (f"<urn:uuid:00000000-0000-4000-8000-00000000000{n}>" for n in (1, 2, 3))
URL, FIRST, SECOND = "http://a.example.gov.cn/zxft/1.html", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
NAMES = {
    "by id": {"WARC_Refers_To": ONE},
    "by address and date": {"WARC_Refers_To_Target_URI": URL, "WARC_Refers_To_Date": FIRST},
    "by both": {"WARC_Refers_To": ONE, "WARC_Refers_To_Target_URI": URL, "WARC_Refers_To_Date": FIRST},
}


def digest(algorithm, data=BODY):
    return f"{algorithm}:{base64.b32encode(hashlib.new(algorithm, data).digest()).decode()}"


def original(body=BODY, *fields, kind="response", **more):
    block = answer(OK, HTML, *fields, body=body) if kind == "response" else body
    type_ = "application/http; msgtype=response" if kind == "response" else "text/html"
    return record(kind, block, URL, name=ONE, type_=type_, **more)


def repeat(claim, name=TWO, **named):
    return record("revisit", b"", URL, date=SECOND, name=name, type_=None, WARC_Profile=PROFILE, WARC_Payload_Digest=claim, **named)  # fmt: skip


def said(tmp_path, *records):
    found = verify_files([written(tmp_path / "x.warc.gz", [records])], Summary())
    return [(f.check, f.level, f.record) for f in found if f.check not in ("first-record", "block-digest")]


KINDS = {
    "a response": original(),
    "chunks": original(CHUNKED, b"Transfer-Encoding: chunked"),
    "a resource": original(kind="resource"),
    "another algorithm": original(WARC_Payload_Digest=digest("sha512")),
}
ALGORITHMS = ("sha1", "md5", "sha256", "sha384")


@pytest.mark.parametrize(("kind", "named", "algorithm"), list(product(KINDS, NAMES, ALGORITHMS)))
def test_the_digest_is_compared_with_the_originals_bytes(tmp_path, kind, named, algorithm):
    assert said(tmp_path, KINDS[kind], repeat(digest(algorithm), **NAMES[named])) == []
    assert said(tmp_path, KINDS[kind], repeat(digest(algorithm, b"other"), **NAMES[named])) == [("revisit", "fault", TWO[10:-1])]  # fmt: skip


def test_a_digest_over_the_chunks_is_one_of_both(tmp_path):
    assert said(tmp_path, KINDS["chunks"], repeat(digest("sha1", CHUNKED), **NAMES["by id"])) == []


def test_one_of_several_captures_of_a_second_is_enough(tmp_path):
    other = record("response", answer(OK, HTML, body=b"other"), URL, name=THREE)
    assert said(tmp_path, other, original(), repeat(digest("sha1"), **NAMES["by address and date"])) == []


def test_a_chain_of_revisits_leads_to_the_bytes(tmp_path):
    between = repeat(digest("sha1"), **NAMES["by id"])
    last = repeat(digest("md5", b"other"), name=THREE, WARC_Refers_To=TWO)
    assert said(tmp_path, original(), between, last) == [("revisit", "fault", THREE[10:-1])]


@pytest.mark.parametrize("more", [{"WARC_Truncated": "length"}, {"WARC_Segment_Number": "1"}])
def test_what_the_bytes_here_cannot_show_is_a_note(tmp_path, more):
    found = said(tmp_path, original(**more), repeat(digest("sha1", b"other"), **NAMES["by id"]))
    assert ("revisit", "note", TWO[10:-1]) in found
    assert {level for _, level, _ in found} == {"note"}


def test_a_revisit_that_names_nothing_is_found_by_its_digest(tmp_path):
    assert said(tmp_path, original(WARC_Payload_Digest=digest("sha1")), repeat(digest("sha1"))) == []
    assert said(tmp_path, original(), repeat(digest("sha256"))) == []
    assert said(tmp_path, original(), repeat(digest("sha1", b"other"))) == [("revisit", "note", TWO[10:-1])]


def test_a_digest_that_is_none_is_named(tmp_path):
    assert ("payload-digest", "fault", TWO[10:-1]) in said(tmp_path, original(), repeat("sha1:AAAA", **NAMES["by id"]))
    assert ("payload-digest", "note", TWO[10:-1]) in said(tmp_path, original(), repeat("blake3:AAAA", **NAMES["by id"]))


def test_a_collection_compares_over_its_files(tmp_path):
    collection = Collection(tmp_path / "c").create()
    first = written(tmp_path / "a.warc.gz", [[original()]])
    wrong = written(tmp_path / "b.warc.gz", [[repeat(digest("sha1", b"other"), **NAMES["by address and date"])]])
    for path in (first, wrong):
        assert fangtan("import", path, collection=collection.root).code == 0
    checked = fangtan("verify", "--json", collection=collection.root)
    assert checked.code == 5
    assert [(f["check"], f["file"]) for f in checked.rows[0]["faults"] if f["level"] == "fault"] == [("revisit", "b.warc.gz")]  # fmt: skip


def test_a_revisit_of_what_is_behind_it_is_named(tmp_path):
    assert said(tmp_path, repeat(digest("sha1"), **NAMES["by both"]), original()) == [("revisit", "note", TWO[10:-1])]
    later = original().replace(FIRST.encode(), b"2026-03-01T00:00:00Z")
    assert said(tmp_path, later, repeat(digest("sha1"), WARC_Refers_To=ONE)) == [("revisit", "note", TWO[10:-1])]


def test_in_a_file_of_fangtan_an_original_is_before_its_revisit(tmp_path):
    writer, earlier = WarcWriter(tmp_path, "a", {"software": "fangtan/test"}), None
    for day in (1, 2):
        when = datetime(2026, 1, day, tzinfo=UTC)
        response = answer(OK, HTML, b"Content-Length: %d" % len(BODY), body=BODY)
        made, captured = records_of(
            Exchange(URL, "GET", b"GET / HTTP/1.1\r\n\r\n", response, None, when, earlier=earlier)
        )
        writer.write(made)
        earlier = Earlier(captured.record_id, captured.date, URL, 200, captured.sha256, captured.form)
    writer.close()
    (path,) = tmp_path.glob("*.warc.gz")
    assert list(verify_files([path], Summary())) == []
    rows = members(path)
    write(path, [rows[0], *rows[3:], *rows[1:3]])
    assert [(f.check, f.level) for f in verify_files([path], Summary())] == [("revisit", "fault")]
