"""What comes in is held against what is here: the same records are no fault, others under their ids are."""

import pytest
from support.foreign import exchange, quiet, writer_for
from support.running import fangtan

from archive.collection.folder import Collection
from archive.verify import Summary, verify_collection

pytestmark = pytest.mark.long

PAGES = [
    "http://a.example.gov.cn/zxft/1.html",
    "http://a.example.gov.cn/zxft/2.html",
    "http://a.example.gov.cn/zxft/3.html",
]
IDS = [f"<urn:uuid:0000000{n}-0000-4000-8000-000000000000>" for n in range(9)]
DATE = "2026-01-01T00:00:00Z"


def file_of(path, *numbers, body=b"<h1>x</h1>", date=DATE, uri=None, **more):
    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer = writer_for(stream)
            for n in numbers:
                exchange(writer, uri or PAGES[n], body, **{"WARC-Record-ID": IDS[n], "WARC-Date": date, **more})

    write(path)
    return path


def revisit_of(path, *, block=True, date=DATE, digest=None, **more):
    """As pywb and warcprox write it: a SHA-1 digest, the original by address and time, its id or not, headers or none."""

    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer = writer_for(stream)
            record = writer.create_revisit_record(
                PAGES[0], digest or "sha1:DROI4SG5UKHD5RUVEXJJQ7TXSFNE2TCP", PAGES[0], date
            )
            if block:
                from warcio.statusandheaders import StatusAndHeaders

                record.http_headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            for name, value in more.items():
                record.rec_headers.add_header(name.replace("_", "-"), value)
            writer.write_record(record)

    write(path)
    return path


@pytest.fixture
def collection(tmp_path):
    return Collection(tmp_path / "c").create()


def taken(collection, *paths, code=0, options=()):
    done = fangtan("import", "--json", *options, *map(str, paths), collection=collection.root)
    assert done.code == code, done.err
    return done.out + done.err


def serious(collection):
    return [f for f in verify_collection(collection, Summary()) if f.level == "fault"]


def test_files_that_overlap_come_in_one_after_the_other_or_together(collection, tmp_path):
    first, second = file_of(tmp_path / "a.warc.gz", 0, 1), file_of(tmp_path / "b.warc.gz", 1, 2)
    third = file_of(tmp_path / "c.warc.gz", 2)
    taken(collection, first)
    said = taken(collection, second, third)
    assert "captures that are here already" in said
    assert serious(collection) == []


OTHERS = {
    "another page": {"body": b"<h1>y</h1>"},
    "another time": {"date": "2026-01-02T00:00:00Z"},
    "another address": {"uri": PAGES[2]},
}


@pytest.mark.parametrize("kind", sorted(OTHERS))
def test_another_record_under_an_id_that_is_here_is_refused(collection, tmp_path, kind):
    taken(collection, file_of(tmp_path / "a.warc.gz", 0, 1))
    before = sorted(collection.archive.iterdir())
    said = taken(collection, file_of(tmp_path / "b.warc.gz", 1, **OTHERS[kind]), code=5)
    assert "an id that no other record of the collection has" in said
    assert sorted(collection.archive.iterdir()) == before


def test_two_files_that_contradict_each_other_are_named(collection, tmp_path):
    said = taken(
        collection, file_of(tmp_path / "a.warc.gz", 0), file_of(tmp_path / "b.warc.gz", 0, body=b"<h1>y</h1>"), code=5
    )
    assert "record-id" in said


@pytest.mark.parametrize("block", [True, False])
@pytest.mark.parametrize("with_id", [True, False])
@pytest.mark.parametrize("with_original", [True, False])
def test_a_revisit_of_others_comes_in_with_its_original_or_without(collection, tmp_path, block, with_id, with_original):
    """Its original is in an earlier file, or nowhere; its digest is SHA-1; it may have no block."""
    if with_original:
        path = file_of(tmp_path / "a.warc.gz", 0)
        taken(collection, path)
    more = {"WARC_Refers_To": IDS[0]} if with_id else {}
    taken(collection, revisit_of(tmp_path / "b.warc.gz", block=block, digest=sha1_of(tmp_path), **more))
    assert serious(collection) == []


def sha1_of(folder):
    """The payload digest that the original's writer gave it."""
    from warcio.archiveiterator import ArchiveIterator

    path = file_of(folder / "digest.warc.gz", 0)
    with path.open("rb") as stream:
        return next(
            r.rec_headers.get_header("WARC-Payload-Digest") for r in ArchiveIterator(stream) if r.rec_type == "response"
        )


def test_a_revisit_with_another_digest_than_its_original_is_named(collection, tmp_path):
    taken(collection, file_of(tmp_path / "a.warc.gz", 0))
    taken(collection, revisit_of(tmp_path / "b.warc.gz", WARC_Refers_To=IDS[0]))
    assert {f.check for f in serious(collection)} == {"revisit"}
