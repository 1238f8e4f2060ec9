"""Revisits of other programs: by address and second, and of another address. The store says the same in every order."""

import base64
import hashlib
import itertools

import pytest
from support.foreign import URL, exchange, quiet, writer_for
from warcio.statusandheaders import StatusAndHeaders

from archive.collection.folder import Collection
from archive.handover.imports import take
from archive.store.rebuild import rebuild
from archive.store.store import open_reader

pytestmark = pytest.mark.long

SECOND = "2026-03-01T08:00:00"
BODIES = {"meant": "<h1>县长谈供水</h1>".encode(), "other": "<h1>县长谈供水</h1><p>改</p>".encode()}


def _digest(body):
    return "sha256:" + base64.b32encode(hashlib.sha256(body).digest()).decode()


@quiet
def _meant(path):
    with path.open("wb") as stream:
        warc = {"WARC-Date": f"{SECOND}.5Z", "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-00000000000b>"}
        exchange(writer_for(stream, warc_version="1.1"), body=BODIES["meant"], **warc)


@quiet
def _other(path):
    with path.open("wb") as stream:
        warc = {"WARC-Date": f"{SECOND}.25Z", "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-00000000000a>"}
        exchange(writer_for(stream, warc_version="1.1"), body=BODIES["other"], **warc)


@quiet
def _revisit(path):
    with path.open("wb") as stream:
        writer = writer_for(stream, warc_version="1.1")
        answer = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        writer.write_record(writer.create_revisit_record(URL, _digest(BODIES["meant"]), URL, f"{SECOND}.25Z", answer))


MAKERS = {"meant": _meant, "other": _other, "revisit": _revisit}


@pytest.mark.parametrize("order", list(itertools.permutations(MAKERS)), ids="-".join)
def test_the_original_is_the_same_in_every_order(tmp_path, order):
    """The bytes decide, then the time; a rebuild finds what was found file by file."""
    collection = Collection(tmp_path / "c").create()
    for name in order:
        MAKERS[name](tmp_path / f"{name}.warc.gz")
        take(collection, [tmp_path / f"{name}.warc.gz"], despite_faults=True)
    for _ in range(2):
        db = open_reader(collection.store)
        query = """SELECT o.fetched_at, r.record = x'3d' AND (SELECT length(record) > 1 FROM _readings WHERE capture = o.id) FROM captures c
                   JOIN captures o ON o.id = c.refers_to JOIN _readings r ON r.capture = c.id WHERE c.type = 'revisit'"""
        assert db.execute(query).fetchall() == [(f"{SECOND}.5Z", 1)]
        db.close()
        rebuild(collection)


HOST = "http://a.example.gov.cn"
LIST = (
    "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul>{}</ul></body></html>"
)
ENTRIES = LIST.format(
    "".join(f"<li><a href='./{n}.html'>老旧小区改造访谈第{n}期</a><span>2024-03-0{n}</span></li>" for n in (1, 2))
).encode()


def _list(path, url, second, kind):
    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer, date = writer_for(stream, warc_version="1.1"), f"{SECOND[:-2]}{second:02}Z"
            if kind == "whole":
                exchange(writer, url, ENTRIES, **{"WARC-Date": date})
                return
            answer = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            said = writer.create_revisit_record(url, _digest(ENTRIES), f"{HOST}/a/", f"{SECOND[:-2]}01Z", answer, warc_headers_dict={"WARC-Date": date})  # fmt: skip
            writer.write_record(said)

    write(path)


LEADS = """SELECT c.url, i.url, i.title FROM _listed i JOIN captures c ON c.id = i.capture
  UNION ALL SELECT c.url, r.kind, r.error FROM _readings r JOIN captures c ON c.id = r.capture"""


def _led(collection):
    db = open_reader(collection.store)
    try:
        return sorted(map(repr, db.execute(LEADS)))
    finally:
        db.close()


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")], ids="-".join)
def test_a_list_that_repeats_another_address_leads_where_it_would_if_it_were_whole(tmp_path, order):
    """Links of a payload are relative to the address that served it."""
    led = {}
    for kind in ("whole", "revisit"):
        collection = Collection(tmp_path / kind).create()
        _list(tmp_path / f"{kind}-a.warc.gz", f"{HOST}/a/", 1, "whole")
        _list(tmp_path / f"{kind}-b.warc.gz", f"{HOST}/b/", 2, kind)
        for name in order:
            take(collection, [tmp_path / f"{kind}-{name}.warc.gz"])
        led[kind] = _led(collection)
    assert f"{HOST}/b/2.html" in "".join(led["whole"])
    assert led["revisit"] == led["whole"]
    rebuild(collection)
    assert _led(collection) == led["whole"]
