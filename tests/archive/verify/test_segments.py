"""A record in segments, over one file or several: what its chain and its digest say holds of all of it."""

import base64
import hashlib

import pytest
from support.running import fangtan
from support.shapes import HTML, OK, answer, record, written

from archive.collection.folder import Collection
from archive.store.store import open_reader
from archive.verify import Summary, verify_files

URL = "http://a.example.gov.cn/zxft/1.html"
PAGE = b"<html><p>%s</p></html>" % (b"words of a long page " * 20)
CHUNKED = b"".join(b"%x\r\n%s\r\n" % (len(PAGE[at : at + 99]), PAGE[at : at + 99]) for at in range(0, len(PAGE), 99)) + b"0\r\n\r\n"  # fmt: skip
ONE, TWO, THREE, OTHER = (f"<urn:uuid:00000000-0000-4000-8000-00000000000{n}>" for n in (1, 2, 3, 9))
WHOLE = answer(OK, HTML, body=PAGE)


def digest(data=PAGE, algorithm="sha1"):
    return f"{algorithm}:{base64.b32encode(hashlib.new(algorithm, data).digest()).decode()}"


CLAIM = digest()


def first(block, claim=CLAIM, **more):
    return record("response", block, URL, name=ONE, **{"WARC_Segment_Number": "1", "WARC_Payload_Digest": claim, "WARC_Block_Digest": digest(block), **more})  # fmt: skip


def later(number, block, name, origin=ONE, url=URL, **more):
    return record("continuation", block, url, name=name, type_=None, WARC_Segment_Number=str(number), WARC_Segment_Origin_ID=origin, WARC_Block_Digest=digest(block), **more)  # fmt: skip


def three(block=WHOLE, cuts=(150, 300), total=None, **more):
    a, b = cuts
    size = str(len(block) if total is None else total)
    return [first(block[:a], **more), later(2, block[a:b], TWO), later(3, block[b:], THREE, WARC_Segment_Total_Length=size)]  # fmt: skip


def said(tmp_path, *files):
    paths = [written(tmp_path / f"{n}.warc.gz", [records]) for n, records in enumerate(files)]
    found = verify_files(paths, Summary())
    return [(f.check, f.level, f.expected, f.found) for f in found if f.check != "first-record"]


SOUND = {
    "three": three(),
    "an end inside the head": three(cuts=(10, 20)),
    "chunks": three(answer(OK, HTML, b"Transfer-Encoding: chunked", body=CHUNKED)),
    "a digest over the chunks": three(answer(OK, HTML, b"Transfer-Encoding: chunked", body=CHUNKED), claim=digest(CHUNKED)),
    "a digest of another algorithm": three(claim=digest(algorithm="sha256")),
    "no digest": three(claim=None),
    "cut short on purpose": [*three()[:2], later(3, WHOLE[300:400], THREE, WARC_Truncated="length", WARC_Segment_Total_Length="400")],
}  # fmt: skip
SOUND["cut short on purpose"][0] = first(WHOLE[:150], claim=None)


@pytest.mark.parametrize("form", SOUND)
@pytest.mark.parametrize("apart", [False, True])
def test_a_whole_chain_is_checked_and_is_no_fault(tmp_path, form, apart):
    """In one file or over three, in whatever order they are named."""
    records = SOUND[form]
    assert said(tmp_path, *([[one] for one in reversed(records)] if apart else [records])) == []


def dropped(number):
    return [one for n, one in enumerate(three(), 1) if n != number]


WRONG = {
    "a middle one that is altered": (
        [three()[0], later(2, WHOLE[150:300].upper(), TWO), three()[2]],
        ("payload-digest", "fault", f"sha1:{hashlib.sha1(PAGE).hexdigest()}"),
    ),
    "two that changed places": (
        [three()[0], later(2, WHOLE[300:], TWO), later(3, WHOLE[150:300], THREE, WARC_Segment_Total_Length=str(len(WHOLE)))],
        ("payload-digest", "fault", f"sha1:{hashlib.sha1(PAGE).hexdigest()}"),
    ),
    "a total that is wrong": (three(total=99), ("segment", "fault", "99 bytes")),
    "a total that is no number": ([*three()[:2], later(3, WHOLE[300:], THREE, WARC_Segment_Total_Length="many")], ("segment", "fault", "a WARC-Segment-Total-Length")),
    "another address": ([*three()[:1], later(2, WHOLE[150:300], TWO, url=URL + "?2"), three()[2]], ("segment", "fault", URL)),
    "two of one number": ([*three(), later(2, WHOLE[150:300], OTHER)], ("segment", "fault", "one segment 2")),
    "a total before the end": (
        [three()[0], later(2, WHOLE[150:300], TWO, WARC_Segment_Total_Length="9"), three()[2]],
        ("segment", "fault", "in the last segment alone"),
    ),
    "an origin that is no segment": (
        [record("response", WHOLE, URL, name=ONE, WARC_Block_Digest=digest(WHOLE)), *three()[1:]],
        ("segment", "fault", "WARC-Segment-Number 1"),
    ),
    "the first is gone": (dropped(1), ("segment", "note", "the record 00000000-0000-4000-8000-000000000001")),
    "the middle is gone": (dropped(2), ("segment", "note", "segment 2")),
    "the last is gone": (dropped(3), ("segment", "note", "the last segment")),
}  # fmt: skip


@pytest.mark.parametrize("form", WRONG)
@pytest.mark.parametrize("apart", [False, True])
def test_what_is_wrong_with_a_chain_is_named(tmp_path, form, apart):
    records, (check, level, words) = WRONG[form]
    found = said(tmp_path, *([[one] for one in records] if apart else [records]))
    assert [(c, le) for c, le, *_ in found] == [(check, level)], found
    assert words in found[0][2]


def test_segments_of_a_collection_may_be_in_several_imports(tmp_path):
    collection = Collection(tmp_path / "c").create()
    for number, one in enumerate(three()):
        path = written(tmp_path / f"{number}.warc.gz", [[one]])
        assert fangtan("import", path, collection=collection.root).code == 0
    checked = fangtan("verify", "--json", collection=collection.root)
    assert checked.code == 0, checked.out
    notes = [f for f in checked.rows[0]["notes"] if f["check"] == "segment"]
    assert [(f["level"], f["found"]) for f in notes] == [
        ("note", "3 segments; the index has the first one alone, the store reads it as cut off")
    ]


def test_the_first_of_several_segments_is_no_complete_talk(tmp_path):
    """Its sixteen turns of forty were read as the talk."""
    collection = Collection(tmp_path / "c").create()
    talk = "<h1>县长谈水价</h1>" + "<p>主持人：水价涨不涨？</p><p>孙立：今年不涨。</p>" * 20
    block = answer(OK, HTML, body=talk.encode())
    path = written(
        tmp_path / "a.warc.gz", [three(block, (len(block) // 2, len(block) - 9), claim=digest(talk.encode()))]
    )
    done = fangtan("import", path, collection=collection.root)
    assert (done.code, "truncated (segments)" in done.out) == (0, True), done.out
    db = open_reader(collection.store)
    assert db.execute("SELECT truncated FROM captures").fetchall() == [("segments",)]
    assert db.execute("SELECT count(*) FROM interviews").fetchone() == (0,)
    db.close()
