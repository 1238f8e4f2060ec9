"""One damage, one loss: what is damaged is passed over and named with what it cost; everything else is kept."""

import gzip
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.damage import county
from support.dump import dump_public
from support.running import fangtan, faults

from archive.collection.folder import Collection
from archive.handover.transfer import transfer
from archive.handover.wacz import package
from archive.ledger import chain as ledger
from archive.store.indexer import bring_up_to_date
from archive.store.rebuild import rebuild
from archive.store.store import open_reader
from archive.verify import Summary, verify_files
from archive.warc.records import Damage, iterate, scan
from archive.warc.write import WarcWriter, salvage, serialise
from crawler.run.end import _own_damage

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A collection with chunked and gzip bodies, both kinds of revisit, a changed page, interviews and a package."""
    return county(tmp_path_factory.mktemp("losses") / "c")


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole.root, tmp_path / "copy")
    return Collection(tmp_path / "copy")


def rows(collection, query, *values):
    db = open_reader(collection.store)
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def first_file(collection):
    return collection.warcs()[0]


def record_of(path, kind, ending=""):
    return next(r for r in iterate(path) if r.type == kind and r.target.endswith(ending))


def flip(data, at, length):
    data[at + length // 2] ^= 0x10
    return bytes(data)


def crc(data, at, length):
    data[at + length - 6] ^= 0xFF
    return bytes(data)


def size_field(data, at, length):
    data[at + length - 2] ^= 0xFF
    return bytes(data)


def magic(data, at, _):
    data[at] ^= 0x01
    return bytes(data)


def method(data, at, _):
    data[at + 2] ^= 0x01
    return bytes(data)


def optional_field(data, at, _):
    data[at + 3] |= 0x04
    return bytes(data)


def zeros(data, at, length):
    return bytes(data[:at]) + bytes(length) + bytes(data[at + length :])


def torn(data, at, length):
    return bytes(data[: at + length // 2] + data[at + length :])


def longer(data, at, length):
    return bytes(data[: at + length]) + b"\x1f\x8b\x08nonsense" * 30 + bytes(data[at + length :])


def other_member(change):
    """The member gives way to one that holds other bytes."""

    def damage(data, at, length):
        inside = gzip.decompress(data[at : at + length])
        return bytes(data[:at]) + gzip.compress(change(inside)) + bytes(data[at + length :])

    return damage


def wrong_length(inside):
    return inside.replace(b"Content-Length: ", b"Content-Length: 1", 1)


def no_length(inside):
    return inside.replace(b"Content-Length: ", b"Content-Count: ", 1)


def edited(inside):
    """As in a file without checksums: only the record's own digest tells."""
    return inside[:-12] + bytes([inside[-12] ^ 1]) + inside[-11:]


KINDS = {
    "data": flip,
    "checksum": crc,
    "size": size_field,
    "magic": magic,
    "method": method,
    "optional-field": optional_field,
    "zeros": zeros,
    "torn": torn,
    "length-too-long": other_member(wrong_length),
    "length-missing": other_member(no_length),
    "edited": other_member(edited),
    "no-record": other_member(lambda inside: b"nonsense" + inside),
}


def spoil(path, record, damage):
    """Damage a record; the bytes before."""
    before = path.read_bytes()
    path.write_bytes(damage(bytearray(before), record.position.offset, record.position.length))
    return before


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_damaged_page_costs_its_interview_and_nothing_else(copy, whole, kind):
    """Rebuilt over the damage; once the file is brought back and rebuilt again, everything is as it was."""
    path = first_file(copy)
    record = record_of(path, "response", "/headers.html")
    uid, title = rows(copy, "SELECT uid, title FROM interviews WHERE url = ?", record.target)[0]
    before = spoil(path, record, KINDS[kind])
    rebuilt = rebuild(copy)
    (loss,) = rebuilt.losses
    assert (loss.file, loss.offset, loss.record, loss.url) == (f"archive/{path.name}", record.position.offset, record.id, record.target)  # fmt: skip
    for words in (uid, title, "1 later capture(s)"):
        assert words in loss.lost
    everything = "SELECT uid FROM interviews WHERE uid <> ? ORDER BY uid"
    assert rows(copy, everything, "") == rows(whole, everything, uid) != []
    path.write_bytes(before)
    assert rebuild(copy).losses == ()
    assert list(dump_public(copy.store)) == list(dump_public(whole.store))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_was_lost_is_named_without_any_former_store_or_index(copy, kind):
    """As after the documented restore: the request beside it, and the reading kept at the time, tell what it was."""
    path = first_file(copy)
    record = record_of(path, "response", "/headers.html")
    spoil(path, record, KINDS[kind])
    for derived in (*copy.root.glob("fangtan.db*"), copy.index):
        derived.unlink()
    (loss,) = rebuild(copy).losses
    assert (loss.offset, loss.record, loss.url) == (record.position.offset, record.id, record.target)
    assert "interview 《奇怪的服务器》" in loss.lost


@pytest.mark.parametrize(
    ("kind", "ending", "words"),
    [
        ("warcinfo", "", "description"),
        ("response", "/robots.txt", "/robots.txt"),
        ("response", "/zxft/", "list of 15 entries"),
        ("request", "/headers.html", "request for"),
        ("response", "/moved.html", "/moved.html"),
        ("response", "/missing.html", "/missing.html"),
    ],
)
def test_damage_to_other_records(copy, whole, kind, ending, words):
    """A list, a robots record, the file's description …: every interview stays, with the run and site of its captures."""
    path = first_file(copy)
    spoil(path, record_of(path, kind, ending), flip)
    (loss,) = rebuild(copy).losses
    assert words in loss.lost, loss
    for query in (
        "SELECT uid, site FROM interviews ORDER BY uid",
        "SELECT DISTINCT run, site FROM captures ORDER BY 1",
    ):
        assert rows(copy, query) == rows(whole, query)


def test_damage_to_what_the_parser_read_at_the_time(copy, whole):
    path = next(p for p in copy.warcs() if any(r.type == "metadata" for r in iterate(p)))
    record = record_of(path, "metadata", "/headers.html")
    spoil(path, record, flip)
    (loss,) = rebuild(copy).losses
    assert loss.record == record.id
    assert "note on" in loss.lost
    everything = "SELECT uid FROM interviews ORDER BY uid"
    assert rows(copy, everything) == rows(whole, everything)


def test_a_version_is_lost_and_the_other_one_is_not(copy):
    """The changed page: its second reading is damaged, its first one stays."""
    path = copy.warcs()[2]
    record = record_of(path, "response", "/target.html")
    uid = rows(copy, "SELECT interview FROM versions WHERE capture = ?", record.id)[0][0]
    spoil(path, record, flip)
    (loss,) = rebuild(copy).losses
    assert f"version 2 of the interview {uid}" in loss.lost
    assert rows(copy, "SELECT version_no FROM versions WHERE interview = ?", uid) == [(1,)]


def test_a_zeroed_stretch_over_many_records(copy, whole):
    """Each record that the former store knew there is named; reading goes on behind the stretch."""
    path = first_file(copy)
    records = list(iterate(path))
    lost = [r for r in records if r.type == "response"][3:6]
    start, end = lost[0].position.offset + 7, lost[-1].position.offset + lost[-1].position.length - 3
    data = path.read_bytes()
    path.write_bytes(data[:start] + bytes(end - start) + data[end:])
    found = rebuild(copy).losses
    assert [loss.record for loss in found] == [r.id for r in lost]
    left = {r.id for r in records if r.type == "response"} - {r.id for r in lost}
    assert left <= {row[0] for row in rows(copy, "SELECT id FROM captures")}
    assert rows(whole, "SELECT count(*) FROM captures")[0][0] - 3 == rows(copy, "SELECT count(*) FROM captures")[0][0]


def _gone(path):
    path.unlink()


def _empty(path):
    path.write_bytes(b"")


def _folder(path):
    path.unlink()
    path.mkdir()


def _pipe(path):
    path.unlink()
    os.mkfifo(path)


def _loose_link(path):
    path.unlink()
    path.symlink_to(path.parent / "nowhere.warc.gz")


def _rubbish(path):
    path.write_bytes(os.urandom(3000))


def _first_record_only(path):
    path.write_bytes(path.read_bytes()[: next(iterate(path)).position.length])


WHOLE_FILES = {
    f.__name__.strip("_"): f for f in (_gone, _empty, _folder, _pipe, _loose_link, _rubbish, _first_record_only)
}


@pytest.mark.parametrize("kind", sorted(WHOLE_FILES))
def test_a_file_that_is_gone_as_a_whole(copy, whole, kind):
    """The second crawl's file: its captures are named, those of the others stay."""
    path = copy.warcs()[2]
    known = [r.id for r in iterate(path) if r.type in ("response", "revisit")]
    WHOLE_FILES[kind](path)
    rebuilt = rebuild(copy)
    assert known == [loss.record for loss in rebuilt.losses]
    assert {loss.file for loss in rebuilt.losses} == {f"archive/{path.name}"}
    everything = "SELECT uid FROM interviews ORDER BY uid"
    assert rows(copy, everything) == rows(whole, everything)
    (path.rmdir if path.is_dir() else lambda: path.unlink(missing_ok=True))()
    shutil.copy(whole.archive / path.name, path)
    assert rebuild(copy).losses == ()
    assert list(dump_public(copy.store)) == list(dump_public(whole.store))


class _Bad:
    """A file on a disk with a bad stretch."""

    def __init__(self, stream, start, end):
        self.stream, self.start, self.end = stream, start, end

    def read(self, size=-1):
        at = self.stream.tell()
        if at < self.end and at + size > self.start:
            raise OSError(5, "Input/output error")
        return self.stream.read(size)

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()


def _disk(monkeypatch, name, start, end):
    opened = Path.open

    def bad(self, *arguments, **options):
        stream = opened(self, *arguments, **options)
        return _Bad(stream, start, end) if self.name == name else stream

    monkeypatch.setattr(Path, "open", bad)


def test_bytes_that_the_disk_does_not_give(copy, monkeypatch):
    """A bad block in the middle: what lies outside of it is read."""
    path = first_file(copy)
    record = record_of(path, "response", "/headers.html")
    start = record.position.offset + 100
    # What lies in the same block may be lost with it, nothing that lies further.
    far = {r.id for r in iterate(path) if r.type == "response" and abs(r.position.offset - start) > 1 << 13}
    _disk(monkeypatch, path.name, start, start + 1)
    found = rebuild(copy).losses
    assert record.id in {loss.record for loss in found}
    assert all("does not give" in loss.reason for loss in found)
    assert far
    assert far <= {row[0] for row in rows(copy, "SELECT id FROM captures")}


def test_a_file_that_may_not_be_read(copy, whole, monkeypatch):
    """Permission denied costs the file while it lasts; afterwards the next pass reads it."""
    path, opened = first_file(copy), Path.open

    def denied(self, *arguments, **options):
        if self.name == path.name:
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", denied)
        found = rebuild(copy).losses
        assert found
        assert {loss.reason for loss in found} == {"the file cannot be read (Permission denied)"}
        assert {loss.offset for loss in found} != {None}, "each capture that the former store knew there is named"
    bring_up_to_date(copy)
    assert list(dump_public(copy.store)) == list(dump_public(whole.store))


# ── resynchronisation ───────────────────────────────────────────────────────────────────────────────────────────────


def test_records_inside_a_damaged_page_are_not_taken_for_ours(tmp_path):
    """A page may carry gzip members that look like records: after damage they must not come in under our name."""
    planted = serialise(
        [("WARC-Type", "response"), ("WARC-Record-ID", "<urn:uuid:planted>")], b"HTTP/1.1 200 OK\r\n\r\nlies"
    )
    writer = WarcWriter(tmp_path, "a", {"software": "fangtan/test"})
    for n in range(3):
        noise = os.urandom(70_000)
        block = noise[:40_000] + (planted if n == 1 else b"") + noise[40_000:]
        writer.write([([("WARC-Type", "metadata"), ("WARC-Record-ID", f"<urn:uuid:{n}>")], block)])
    writer.close()
    (path,) = tmp_path.glob("*.warc.gz")
    data = bytearray(path.read_bytes())
    assert planted in data, "the planted member is not there byte for byte"
    middle = list(iterate(path))[2]
    data[middle.position.offset + 200] ^= 1
    path.write_bytes(data)
    found = list(scan(path))
    assert [f.id for f in found if not isinstance(f, Damage)][1:] == ["0", "2"]
    (damage,) = (f for f in found if isinstance(f, Damage))
    assert (damage.offset, damage.length) == (middle.position.offset, middle.position.length)


def _plain(path):
    """The file uncompressed, and where its records stand."""
    target = path.with_name("plain.warc")
    target.write_bytes(gzip.decompress(path.read_bytes()))
    return target, list(iterate(target))


@pytest.mark.parametrize("what", [b"WARC/1.1\r\n", b"Content-Length: ", b"WARC-Record-ID: "])
def test_damage_to_a_header_in_an_uncompressed_file(copy, what):
    path, records = _plain(first_file(copy))
    at = records[6].position.offset
    data = bytearray(path.read_bytes())
    data[data.index(what, at)] ^= 0x08
    path.write_bytes(data)
    ids = [f.id for f in scan(path) if not isinstance(f, Damage)]
    others = [r.id for n, r in enumerate(records) if n != 6]
    assert [i for i in ids if i in others] == others
    assert set(ids) - set(others) <= {""}


def test_damage_in_a_file_that_is_being_written_keeps_what_follows(copy):
    """Salvaged after a kill: only the torn tail is cut off, never what lies whole behind an earlier damage."""
    source = first_file(copy)
    path = source.rename(source.with_name(source.name + ".open"))
    records = list(iterate(path))
    data = bytearray(path.read_bytes())
    data[records[5].position.offset + 200] ^= 1
    path.write_bytes(bytes(data) + b"\x1f\x8b\x08torn")
    final, torn = salvage(path)
    assert torn == len(b"\x1f\x8b\x08torn")
    kept = [f.id for f in scan(final) if not isinstance(f, Damage)]
    assert kept == [r.id for n, r in enumerate(records) if n != 5]


# ── plain files ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_damaged_line_of_the_ledger(copy, whole):
    """Named; the store is whole; the archive goes on, and a line brought back makes the chain whole again."""
    lines = copy.ledger.read_bytes().splitlines(keepends=True)
    copy.ledger.write_bytes(b"".join([*lines[:2], b"\x00" * 40 + lines[2][40:], *lines[3:]]))
    rebuilt = rebuild(copy)
    assert [loss.file for loss in rebuilt.losses] == ["ledger.jsonl:3"]
    assert list(dump_public(copy.store)) == list(dump_public(whole.store))
    ledger.append(copy, {"type": "note"})
    found = {f.check for f in faults(copy)}
    assert found == {"ledger", "ledger-head", "report"}, "what the line vouched for, and a package that carries it"
    added = copy.ledger.read_bytes().splitlines(keepends=True)[len(lines) :]
    copy.ledger.write_bytes(b"".join([*lines, *added]))
    assert ledger.read(copy.ledger)[-1].type == "note"
    assert faults(copy) == []


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b'{"run": "x"}', b"\xff\xfe", b'{"run": "RUN", "site": "a", "started_at": {}, "verdict": "ok"}',
     b'{"run": "RUN", "site": "a", "started_at": "", "verdict": "\\ud800"}', b"[" * 100_000,
     b'{"run": "RUN", "site": "a", "started_at": "", "verdict": "ok", "pages": 1e400, "new": 99999999999999999999}'],
)  # fmt: skip
def test_a_damaged_report(copy, whole, text):
    report = min(copy.reports.glob("*.json"))
    report.write_bytes(text.replace(b"RUN", report.stem.encode()))
    (loss,) = rebuild(copy).losses
    assert loss.file == f"reports/{report.name}"
    assert rows(copy, "SELECT verdict FROM runs WHERE id = ?", report.stem) == [("unreadable",)]
    everything = "SELECT uid FROM interviews ORDER BY uid"
    assert rows(copy, everything) == rows(whole, everything)


def test_a_crawl_database_that_is_damaged_costs_no_capture(copy, whole):
    copy.crawl_db.write_bytes(os.urandom(8192))
    for suffix in ("-wal", "-shm"):
        copy.crawl_db.with_name(copy.crawl_db.name + suffix).unlink(missing_ok=True)
    assert rebuild(copy).losses == ()
    assert list(dump_public(copy.store)) == list(dump_public(whole.store))


def test_a_damaged_index_does_not_stop_what_is_added_to_it(copy):
    """Bytes that are no text: the line stays, verify names it, new lines come in, rebuild makes the index anew."""
    lines = copy.index.read_bytes().splitlines(keepends=True)
    copy.index.write_bytes(b"".join([*lines[:3], b"\xff\xfe\x00" + lines[3][3:], *lines[4:]]))
    db = sqlite3.connect(copy.store)
    db.execute("INSERT INTO _index_queue VALUES ('zz,new)/ 20260101000000 {}')")
    db.commit()
    db.close()
    bring_up_to_date(copy)
    assert b"zz,new)/ 20260101000000 {}\n" in copy.index.read_bytes()
    assert "index" in {f.check for f in faults(copy)}
    assert rebuild(copy).losses == ()
    assert copy.index.read_bytes() == b"".join(lines)


def test_a_former_store_that_is_damaged_itself(copy):
    """Then it tells nothing; the index does."""
    path = first_file(copy)
    record = record_of(path, "response", "/headers.html")
    spoil(path, record, flip)
    copy.store.write_bytes(os.urandom(9000))
    (loss,) = rebuild(copy).losses
    assert loss.url == record.target


# ── while the archive is in use ─────────────────────────────────────────────────────────────────────────────────────


def test_a_page_that_was_read_stays_read_when_its_record_is_damaged_later(copy):
    """A list that comes later wakes its pages: one whose bytes are gone meanwhile keeps what was read of it."""
    path = first_file(copy)
    record = record_of(path, "response", "/headers.html")
    before = rows(copy, "SELECT uid, title FROM interviews ORDER BY uid")
    spoil(path, record, flip)
    from archive.store.indexer import Indexer

    indexer = Indexer(copy)
    try:
        indexer.leads.unread.add(record.id)
        indexer.db.execute("BEGIN IMMEDIATE")
        indexer.resolve(indexer.db)
        indexer.db.execute("COMMIT")
        noted = indexer.db.execute("SELECT record, url FROM _damage").fetchall()
    finally:
        indexer.close()
    assert noted == [(record.id, record.target)]
    assert rows(copy, "SELECT uid, title FROM interviews ORDER BY uid") == before


def test_the_commands_name_the_damage_and_go_on(copy):
    """rebuild, verify --reparse, package, record: exit 5, the place, what was lost, no traceback."""
    path = first_file(copy)
    record = record_of(path, "response", "/headers.html")
    at = f"offset {record.position.offset}"
    spoil(path, record, flip)
    shown = fangtan("record", record.id, collection=copy.root)
    assert (shown.code, "Traceback" in shown.err) == (5, False)
    assert at in shown.err
    checked = fangtan("verify", "--reparse", collection=copy.root)
    assert checked.code == 5
    assert any(at in line and "structure" in line for line in checked.out.splitlines())
    assert "records that can be read again" not in checked.out
    made = fangtan("rebuild", collection=copy.root)
    assert made.code == 5
    (line,) = [x for x in made.out.splitlines() if "lost:" in x]
    for words in (path.name, at, record.id, record.target, "interview"):
        assert words in line


# ── packages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _packed(path):
    """The record ids in a package, and what it says it lacks."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        lost = archive.read("fangtan/lost.jsonl").decode().splitlines() if "fangtan/lost.jsonl" in names else []
        pages = [json.loads(line) for line in archive.read("pages/pages.jsonl").decode().splitlines()[1:]]
        with tempfile.TemporaryDirectory() as room:
            warcs = [Path(archive.extract(n, room)) for n in names if n.startswith("archive/")]
            ids = {r.id for warc in warcs for r in iterate(warc) if r.type in ("response", "revisit")}
    return ids, [json.loads(line)["record"] for line in lost], {p["id"] for p in pages}


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_package_of_everything_lacks_what_is_damaged_and_says_so(copy, whole, rebuilt):
    """Whether the store still knows the record or was rebuilt without it; the package itself verifies."""
    path = first_file(copy)
    record = record_of(path, "response", "/headers.html")
    spoil(path, record, flip)
    if rebuilt:
        rebuild(copy)
    made = package(copy)
    assert [loss.offset for loss in made.losses] == [record.position.offset]
    assert made.name.endswith("-damaged")
    ids, lost, pages = _packed(made.path)
    assert ids == {row[0] for row in rows(whole, "SELECT id FROM captures")} - {record.id}
    assert lost == [record.id]
    assert record.id not in pages
    assert pages
    assert [str(f) for f in verify_files([made.path], Summary()) if f.level == "fault"] == []


@pytest.mark.parametrize("kind", sorted(WHOLE_FILES))
def test_a_package_without_a_whole_file(copy, kind):
    path = copy.warcs()[2]
    known = {r.id for r in iterate(path) if r.type in ("response", "revisit")}
    WHOLE_FILES[kind](path)
    made = package(copy)
    assert {loss.record for loss in made.losses} >= known
    ids, _, _ = _packed(made.path)
    assert ids
    assert not ids & known
    assert [str(f) for f in verify_files([made.path], Summary()) if f.level == "fault"] == []


def test_a_transfer_package_over_damage(copy):
    """The sheet and the records list what is in the WACZ; the report of four properties names the loss."""
    record = record_of(first_file(copy), "response", "/headers.html")
    spoil(first_file(copy), record, flip)
    where, made = transfer(copy)
    assert made.losses
    assert record.id not in (where / "data" / "metadata.csv").read_text("utf-8-sig")
    checks = json.loads((where / "data" / "four-properties.json").read_text("utf-8"))
    assert [c["result"] for c in checks if "damaged" in c["item"]] == ["不合格 fail"]
    assert [f for f in faults(copy) if f.check in ("bag", "package")] == []


def test_a_package_of_one_lost_page_is_refused_in_words(copy):
    record = record_of(first_file(copy), "response", "/missing.html")
    spoil(first_file(copy), record, flip)
    spoil(copy.warcs()[2], record_of(copy.warcs()[2], "revisit", "/missing.html"), flip)
    done = fangtan("package", record.target, collection=copy.root)
    assert (done.code, "Traceback" in done.err) == (5, False)
    assert "nothing of it can be read" in done.err
    assert not list(copy.packages.glob(".*"))


def test_a_package_over_a_damaged_ledger(copy):
    lines = copy.ledger.read_bytes().splitlines(keepends=True)
    copy.ledger.write_bytes(b"".join([*lines[:2], b"{]\n", *lines[3:]]))
    done = fangtan("package", "--json", collection=copy.root)
    assert done.code == 5, done.err
    assert [loss["file"] for loss in done.rows[0]["losses"]] == ["ledger.jsonl:3"]


def test_a_run_whose_own_file_is_damaged_says_so(copy):
    """What was fetched and cannot be read again is an error of the run, with its place."""
    path = first_file(copy)
    record = record_of(path, "response", "/headers.html")
    (name,) = rows(copy, "SELECT run FROM captures WHERE id = ?", record.id)[0]
    spoil(path, record, flip)
    rebuild(copy)
    said = []
    tally = SimpleNamespace(error=lambda *words: said.append(words))
    _own_damage(copy, SimpleNamespace(run=name, tally=tally))
    ((url, reason, _),) = said
    assert url == record.target
    assert f"archive/{path.name} at offset {record.position.offset}" in reason


def test_a_turn_whose_original_is_damaged_is_still_shown(copy):
    """`record TURN` of a revisited page whose original cannot be read: said in words, the rest of the story is there."""
    path = first_file(copy)
    record = record_of(path, "response", "/headers.html")
    (revisit,) = rows(copy, "SELECT id FROM captures WHERE refers_to = ?", record.id)[0]
    spoil(path, record, flip)
    shown = fangtan("record", revisit, collection=copy.root)
    assert shown.code == 0, shown.err
    assert record.id in shown.out
