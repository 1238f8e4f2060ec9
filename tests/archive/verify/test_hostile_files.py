"""Files that are made to cost: time grows with the size of the file, memory does not grow with its parts, lines are counted."""

import gzip
import hashlib
import io
import json
import tracemalloc
from random import Random

import pytest
from support.growth import exponent

from archive.collection.folder import Collection
from archive.fault import MAX_OF_A_KIND
from archive.ledger import chain as ledger
from archive.verify import Summary, verify_files
from archive.verify.lines import MAX_LINE, lines_of
from archive.warc import http
from archive.warc.http import entity, entity_digest, entity_sha256, read_message
from archive.warc.records import Damage, iterate, scan
from archive.warc.write import serialise

BLOCK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"


def one(number=0, block=BLOCK, **more):
    headers = {
        "WARC-Type": "response",
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-0000-0000-{number:012}>",
        "WARC-Date": "2020-01-01T00:00:00Z",
        "WARC-Target-URI": f"http://a.example/{number}",
        "Content-Type": "application/http; msgtype=response",
        **more,
    }
    return gzip.decompress(serialise([*headers.items()], block, "1.0"))


HEAD = b"\r\n\r\nWARC/1.0\r\nWARC-Type: response\r\nContent-Length: "
FORMS = {
    "only version lines": lambda n: b"WARC/1.0\r\n" * n,
    "only heads": lambda n: b"WARC/1.0\r\nWARC-Type: x\r\nContent-Length: 5\r\n" * n,
    "heads behind blank lines": lambda n: one() + b"x" + (HEAD + b"1\r\n") * n,
    "lengths to the end of the file": lambda n: one() + b"x" + b"".join(HEAD + b"%09d" % (68 * (n - i) - 60) for i in range(n)),
    "lengths beyond the file": lambda n: one() + b"x" + (HEAD + b"999999999") * n,
    "marks of gzip": lambda n: gzip.compress(one()) + b"\x1f\x8b\x08" * n,
    "members without a record": lambda n: gzip.compress(b"") * n,
    "members of version lines": lambda n: gzip.compress(b"WARC/1.0\r\n") * n,
    "empty records": lambda n: b"".join(one(i, b"") for i in range(n)),
    "many headers": lambda n: one(**{f"X-{i}": "y" for i in range(n)}),
    "folded lines": lambda n: one(block=b"HTTP/1.1 200 OK\r\nA: b\r\n" + b" c\r\n" * n + b"\r\n"),
    "many codings": lambda n: one(block=b"HTTP/1.1 200 OK\r\n" + b"Transfer-Encoding: chunked\r\n" * n + b"\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(FORMS))
def test_time_grows_with_the_file(tmp_path, form):
    sizes = {}
    for n in (250, 500, 1000):
        sizes[n] = tmp_path / f"{n}.warc"
        sizes[n].write_bytes(FORMS[form](n))
    assert sum(1 for _ in scan(sizes[250])) > 0
    assert exponent(lambda path: list(verify_files([path], Summary())), sizes) < 1.5


def test_a_body_in_tiny_chunks_costs_no_more_than_its_size():
    size = 20_000
    message = read_message(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * size + b"0\r\n\r\n"
    )
    tracemalloc.start()
    digests, length = entity_digest(message, "sha1", "sha256")
    _, streamed = tracemalloc.get_traced_memory()
    body = entity(message)
    _, whole = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (length, body) == (size, b"a" * size)
    assert digests == tuple(hashlib.new(name, body).digest() for name in ("sha1", "sha256"))
    assert streamed < 400_000
    assert whole < 400_000


def framed(random, broken):
    """A chunked body of runs of equal and of other chunks, and its payload."""
    body = data = b""
    for _ in range(random.randrange(1, 6)):
        size = random.choice((1, 1, 2, 3, 15, 16, 17, 300))
        line = random.choice((b"%x\r\n", b"%x\n", b"0%x\r\n", b"%x;a=b\r\n")) % size
        for _ in range(random.choice((1, 2, 15, 17, 40, 200))):
            piece = random.choice((random.randbytes(size), b"\r\n1"[:size].ljust(size, b"\n")))
            data, body = data + piece, body + line + piece + random.choice((b"\r\n",) * 50 + (b"\n",))
    return (body, data) if broken else (body + b"0\r\n\r\n", data)


def test_chunks_of_one_size_are_read_as_each_of_them():
    """A body of 60 MB in chunks of one byte took seventeen seconds; equal ones are read in one step."""
    random = Random(3)
    for number in range(300):
        body, data = framed(random, broken=number % 3 == 0)
        message = read_message(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        assert entity(message) == data
        assert entity_sha256(message) == (hashlib.sha256(data).digest(), len(data))


def test_tiny_chunks_are_few_steps(monkeypatch):
    steps = []
    monkeypatch.setattr(http, "_data_of", lambda *a, real=http._data_of: steps.append(1) or real(*a))
    body = b"3\r\nabc\r\n" * 200_000 + b"0\r\n\r\n"
    assert entity(read_message(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)) == b"abc" * 200_000
    assert 1 <= len(steps) <= 4


@pytest.mark.parametrize("records", [MAX_OF_A_KIND, MAX_OF_A_KIND + 1, 3 * MAX_OF_A_KIND])
def test_lines_of_one_kind_are_listed_so_far_and_then_counted(tmp_path, records):
    """One fault of another kind at the very end is still listed."""
    path = tmp_path / "x.warc"
    wrong = {"WARC-Block-Digest": "sha1:" + "A" * 32}
    path.write_bytes(b"".join(one(i, **wrong) for i in range(records)) + one(records, **{"WARC-Date": "yesterday"}))
    summary = Summary()

    found = list(verify_files([path], summary))

    digests = [f for f in found if f.check == "block-digest" and f.level == "fault"]
    more = max(0, records - MAX_OF_A_KIND)
    assert len(digests) == min(records, MAX_OF_A_KIND) + (more > 0)
    assert summary.checks == {"block-digest": records, "date": 1}
    assert [f.check for f in found if f.level == "fault" and f.check != "block-digest"] == ["date"]
    assert not more or digests[-1].found == f"{more} more, not listed"


def test_a_line_of_faults_is_short(tmp_path):
    path = tmp_path / "x.warc"
    path.write_bytes(one(**{"WARC-Record-ID": "<urn:" + "a" * 100_000 + ">", "WARC-Date": "b" * 100_000}))
    assert max(len(str(f)) for f in verify_files([path], Summary())) < 4000


def test_lines_of_an_index_are_read_within_bounds():
    long = b"a" * (3 * MAX_LINE) + b"\nshort\nlast"
    assert [line[:5] for line in lines_of(io.BytesIO(long), len(long))] == ["aaaaa", "short", "last"]
    bomb = gzip.compress((b"x" * 65535 + b"\n") * (80 << 4), 9)
    with pytest.raises(ValueError, match="bomb"):
        sum(1 for _ in lines_of(gzip.GzipFile(fileobj=io.BytesIO(bomb)), len(bomb)))


@pytest.mark.parametrize("depth", [300, 480, 490, 900, 985, 100_000])
def test_a_ledger_line_that_is_nested_deeply_is_named(tmp_path, depth):
    collection = Collection(tmp_path / "c").create()
    line = {"type": "note", "previous": "0" * 64, "hash": "0" * 64}
    text = json.dumps(line)[:-1] + ', "x": ' + "[" * depth + "]" * depth + "}\n"
    collection.ledger.write_text(text)
    entries, wrong = ledger.examined(collection.ledger)
    assert len(wrong) == 1
    assert len(entries) <= 1


# ── what is behind a record ─────────────────────────────────────────────────────────────────────────────────────────

ENDINGS = {"one": b"\r\n", "three": b"\r\n\r\n\r\n", "line feeds": b"\n\n"}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("ending", sorted(ENDINGS))
def test_a_record_with_another_end_is_read_and_checked(tmp_path, ending, at, packed):
    """The first record, one in the middle, the last one; its digest is compared, and what follows is read."""
    path = tmp_path / "x.warc"
    wrong = {"WARC-Block-Digest": "sha1:" + "A" * 32}
    parts = [one(i, **wrong if i == at else {}) for i in range(3)]
    parts[at] = parts[at].removesuffix(b"\r\n\r\n") + ENDINGS[ending]
    path.write_bytes(b"".join(gzip.compress(p) if packed else p for p in parts))

    records = list(iterate(path))
    found = [f for f in verify_files([path], Summary()) if f.level == "fault"]

    assert [bytes(r.block) for r in records] == [BLOCK] * 3
    assert sorted(f.check for f in found) == ["block-digest", "record-end"]
    assert {f.offset for f in found} == {records[at].position.offset}


@pytest.mark.parametrize("behind", [b"", b"\r", b"\r\n\r"])
def test_a_plain_file_that_breaks_off_in_the_end_of_its_last_record_is_cut_off(tmp_path, behind):
    path = tmp_path / "x.warc"
    path.write_bytes(one(0) + one(1).removesuffix(b"\r\n\r\n") + behind)
    damages = [found for found in scan(path) if isinstance(found, Damage)]
    assert ["cut off" in d.reason for d in damages] == [True]
