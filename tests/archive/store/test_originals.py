"""A revisit that names its original by address and second: the store says the same in whatever order files came in."""

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
