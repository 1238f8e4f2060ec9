"""Takedowns: equal to a rebuild without the records, finished after any kill, stopped by no damage, gone from every file and from every reader at once."""

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from threading import Event, Thread, current_thread, main_thread

import pytest
from support.dump import dump_public
from support.running import SOAK, fangtan, faults, start
from support.sites.takedown_site import NEEDLE
from support.takedowns import rows, uid_of

from archive.collection.folder import Collection
from archive.errors import ConfigError, StoreError
from archive.handover import overwrite, withhold
from archive.handover.wacz import package
from archive.ledger import chain as ledger
from archive.store import corrections, overlay, removal, store
from archive.store.indexer import Indexer
from archive.store.interviews import Interviews
from archive.store.lines import Lines
from archive.store.rebuild import rebuild
from archive.store.store import open_reader, transaction
from archive.store.written import LineFile
from archive.warc.records import iterate

pytestmark = pytest.mark.long


def last_takedown(collection):
    return [entry for entry in ledger.read(collection.ledger) if entry.type == "withhold"][-1]


def shown(collection):
    return list(dump_public(collection.store)), collection.index.read_text("utf-8")


def words_in(folder, *words):
    """The files of a folder that hold a word, compressed ones read."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.name.endswith(".gz") and "warc" in path.name:
            data = b"".join(bytes(r.block) for r in iterate(path))
        if any(word.encode() in data for word in words):
            found.append(path.relative_to(folder).as_posix())
    return found


# ── what remains is what a rebuild would give ───────────────────────────────────────────────────────────────────────


def test_withholding_any_capture_leaves_what_a_rebuild_gives_and_release_brings_it_back(source, tmp_path):
    """Lists, redirects, parts, twins, versions, originals of revisits: each taken out alone, and each interview as a whole."""
    before = shown(source)
    captures = [row[0] for row in rows(source, "SELECT id FROM captures ORDER BY id")]
    uids = [row[0] for row in rows(source, "SELECT uid FROM interviews ORDER BY uid")]
    assert (len(captures), len(uids)) == (18, 4)
    for target in (*captures, *uids):
        copy = Collection(tmp_path / target)
        shutil.copytree(source.root, copy.root)
        done = withhold.withhold(copy, [target], "court order")
        after = shown(copy)
        assert after != before
        rebuild(copy)
        assert shown(copy) == after, target
        withhold.release(copy, list(done.captures), "settled")
        assert shown(copy) == before, target
        shutil.rmtree(copy.root)


@pytest.mark.parametrize("by", ["interview", "turn"])
def test_what_was_withheld_is_released_by_the_same_name(archived, by):
    before = shown(archived)
    uid = uid_of(archived, "/1.html")
    name = uid if by == "interview" else rows(archived, "SELECT max(id) FROM turns WHERE interview = ?", uid)[0][0]
    withhold.withhold(archived, [name], "asked")
    assert shown(archived) != before
    withhold.release(archived, [name], "settled")
    assert shown(archived) == before
    with pytest.raises(ConfigError, match="not withheld"):
        withhold.release(archived, [name], "settled")


def test_a_talk_falls_back_to_the_version_that_remains(archived):
    uid = uid_of(archived, "/1.html")
    query = "SELECT capture FROM versions WHERE interview = ? ORDER BY version_no"
    old, new = (row[0] for row in rows(archived, query, uid))
    withhold.withhold(archived, [new], "asked")
    texts = "".join(row[0] for row in rows(archived, "SELECT text FROM turns WHERE interview = ?", uid))
    assert "1200亩" in texts
    assert "1500亩" not in texts
    assert rows(archived, query, uid) == [(old,)]
    assert faults(archived, reparse=True) == []


def test_of_a_talk_printed_twice_the_other_copy_stays(archived):
    copied = rows(archived, "SELECT id FROM captures WHERE url LIKE '%/zxft/3.html'")
    assert len(copied) == 2
    withhold.withhold(archived, [row[0] for row in copied], "asked")
    assert [Path(r[0]).name for r in rows(archived, "SELECT url FROM interviews WHERE title LIKE '%梯田%'")] == [
        "3c.html"
    ]
    assert rows(archived, "SELECT count(*) FROM turns WHERE text LIKE '%北山乡%'") == [(3,)]
    assert faults(archived, reparse=True) == []


def test_a_takedown_is_said_once(archived):
    uid = uid_of(archived, "/1.html")
    first = withhold.withhold(archived, [uid], "asked")
    assert first.listed, "the list still prints the title: its captures are named"
    for again in (uid, first.captures[0], f"{uid}.1.2"):
        with pytest.raises(ConfigError, match="withheld already"):
            withhold.withhold(archived, [again], "again")
    entry = last_takedown(archived).data
    assert entry["interviews"] == [uid]
    assert not any(word in str(entry) for word in (NEEDLE, "李青葙", "水渠"))
    assert withhold.withhold(archived, [uid], "law", destroy=True).destroyed, "what was kept can be destroyed later"
    assert words_in(archived.root, NEEDLE) == []
    with pytest.raises(ConfigError, match="withheld already"):
        withhold.withhold(archived, [uid], "law", destroy=True)


# ── nothing is left of what is destroyed ────────────────────────────────────────────────────────────────────────────


def correct(collection, uid, field, value):
    db = open_reader(collection.store)
    try:
        corrections.correct(collection, db, uid, field, value, "张三", "听录像核对")
    finally:
        db.close()
    indexer = Indexer(collection)
    with transaction(indexer.database) as connection:
        overlay.apply(connection, collection)
    indexer.close()


def test_no_file_keeps_words_that_are_destroyed(archived):
    """Store with its free pages, indexes and log, crawl.db, reports, corrections; packages made earlier are named."""
    uid, other = uid_of(archived, "/1.html"), uid_of(archived, "/2.html")
    site = rows(archived, "SELECT site FROM interviews WHERE uid = ?", uid)[0][0]
    correct(archived, uid, "title", f"{NEEDLE}访谈录")
    correct(archived, uid, "guests[1].name", "李青卿")
    correct(archived, f"{site}/李青卿", "same_as", f"{site}/王禾苗")
    correct(archived, other, "title", "水库访谈")
    whole, part = package(archived), package(archived, other)
    words = (NEEDLE, "李青葙", "李青卿", "青葙")
    assert len(words_in(archived.root, *words)) >= 4
    archived.root.joinpath(".rebuild").mkdir()
    archived.root.joinpath(".rebuild", "fangtan.db").write_bytes(
        f"left by a rebuild that was killed: {NEEDLE}".encode()
    )
    done = withhold.withhold(archived, [uid], "law", destroy=True)
    assert done.packages == (whole.path.name,)
    assert part.path.exists()
    assert words_in(archived.root, *words) == [f"packages/{whole.path.name}"]
    assert [c.uid for c in corrections.CORRECTIONS.read(archived)] == [other]
    assert rows(archived, "SELECT title FROM interviews WHERE uid = ?", other) == [("水库访谈",)]
    assert faults(archived, reparse=True) == []
    notes = fangtan("verify", "--json", collection=archived.root).rows[0]["notes"]
    assert [n["file"].rsplit("/", 1)[1] for n in notes if "it holds the captures" in n["found"]] == [whole.path.name]


def test_the_store_keeps_no_words_that_are_withheld(archived):
    """In free pages, in the full-text indexes, in its log; while a crawl holds the indexer's lock it is left to the next command."""
    uid = uid_of(archived, "/1.html")
    words = (NEEDLE, "李青葙", "青葙")
    assert words_in(archived.root, *words)
    with archived.lock("indexer"):
        withhold.withhold(archived, [uid], "asked")
        assert NEEDLE not in "".join(dump_public(archived.store))
    assert store.scrub_is_due(archived.store)
    assert fangtan("runs", collection=archived.root).code == 0
    assert not store.scrub_is_due(archived.store)
    assert {Path(name).parts[0] for name in words_in(archived.root, *words)} == {"archive"}
    assert faults(archived, reparse=True) == []


def test_a_reader_that_stays_costs_one_new_writing_of_the_file(archived, monkeypatch):
    """A long read keeps the log: the next calls wait for the log alone; a new takedown writes the file again."""
    monkeypatch.setattr(store, "_LOG_WAIT_MS", 1)
    rewritten = []
    monkeypatch.setattr(store, "_rewrite", lambda db, whole=store._rewrite: rewritten.append(1) or whole(db))
    with archived.lock("indexer"):
        withhold.withhold(archived, [uid_of(archived, "/1.html")], "asked")
    with closing(sqlite3.connect(archived.store)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM captures").fetchone()
        for _ in range(3):
            withhold.finish(archived)
        assert store.scrub_is_due(archived.store)
        assert len(rewritten) == 1
    withhold.finish(archived)
    assert not store.scrub_is_due(archived.store)
    assert len(rewritten) == 1
    assert {Path(name).parts[0] for name in words_in(archived.root, NEEDLE)} == {"archive"}


def test_damage_in_what_is_withheld_names_it_to_nobody(archived):
    capture, name, at, length = rows(
        archived, "SELECT id, warc_file, warc_offset, warc_length FROM captures WHERE url LIKE '%/4b.html' AND type = 'response'"
    )[0]  # fmt: skip
    damaged = "SELECT count(*) FROM _damage WHERE record = ? OR url LIKE '%/4b.html' OR offset = ?"
    with (archived.archive / name).open("r+b") as stream:
        stream.seek(at + length - 30)
        stream.write(bytes(8))
    with sqlite3.connect(archived.store) as db:  # as an indexer that could not read it again notes it
        row = (name, at, length, 0, "cannot be read", capture, "response", "http://127.0.0.1/zxft/4b.html")
        db.execute("INSERT INTO _damage VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.close()
    withhold.withhold(archived, [capture], "asked")
    assert rows(archived, damaged, capture, at) == [(0,)]
    told = fangtan("rebuild", collection=archived.root)
    assert "4b.html" not in told.out + told.err
    assert rows(archived, damaged, capture, at) == [(0,)]
    withhold.release(archived, [capture], "settled")
    assert rows(archived, damaged, capture, at) == [(1,)], "what is shown again and cannot be read is a loss"


def test_corrections_of_what_is_withheld_are_hidden_and_come_back(archived):
    uid = uid_of(archived, "/1.html")
    correct(archived, uid, "title", f"{NEEDLE}访谈录")
    before = list(dump_public(archived.store))
    done = withhold.withhold(archived, [uid], "asked")
    assert rows(archived, "SELECT count(*) FROM corrections") == [(0,)]
    assert NEEDLE not in fangtan("correct", "--json", collection=archived.root).out
    assert faults(archived, reparse=True) == []
    withhold.release(archived, list(done.captures), "settled")
    assert list(dump_public(archived.store)) == before


def test_a_correction_comes_back_with_the_capture_that_says_what_it_corrects(archived):
    """Two captures are withheld, one is shown again: its corrections are, too, and those of the other are not."""
    uid = uid_of(archived, "/1.html")
    site = rows(archived, "SELECT site FROM interviews WHERE uid = ?", uid)[0][0]
    ((answer,),) = rows(archived, "SELECT id FROM turns WHERE text LIKE '%1500亩%'")
    correct(archived, answer, "role", "narrator")  # only the second capture says this
    correct(archived, uid, "title", f"{NEEDLE}访谈录")
    correct(archived, uid, "guests[1].name", "李青卿")
    correct(archived, f"{site}/李青卿", "same_as", f"{site}/王禾苗")
    old, new = (
        r[0] for r in rows(archived, "SELECT capture FROM versions WHERE interview = ? ORDER BY version_no", uid)
    )
    done = withhold.withhold(archived, [uid], "asked")
    assert sorted(done.captures) == sorted([old, new])
    withhold.release(archived, [old], "settled")
    fields = [row[0] for row in rows(archived, "SELECT field FROM corrections WHERE applied ORDER BY number")]
    assert fields == ["title", "guests[1].name", "same_as"]
    assert rows(archived, "SELECT count(*) FROM corrections") == [(3,)]
    assert rows(archived, "SELECT title FROM interviews WHERE uid = ?", uid) == [(f"{NEEDLE}访谈录",)]
    assert faults(archived, reparse=True) == []
    before = list(dump_public(archived.store))
    rebuild(archived)
    assert list(dump_public(archived.store)) == before
    target = Collection(archived.root.parent / "target").create()
    assert fangtan("merge", archived.root, collection=target.root).code == 0
    assert rows(target, "SELECT field FROM corrections WHERE applied ORDER BY number") == [(f,) for f in fields]
    withhold.withhold(archived, [old], "asked again")
    assert rows(archived, "SELECT count(*) FROM corrections") == [(0,)]
    withhold.release(archived, [old, new], "settled")
    assert rows(archived, "SELECT count(*) FROM corrections WHERE applied") == [(4,)]


def test_a_correction_that_is_made_during_a_takedown_is_refused(archived, monkeypatch):
    """It would hold words that the ledger does not know of; the takedown has looked at the corrections already."""
    uid, began, refused = uid_of(archived, "/1.html"), Event(), []
    lock, naming = Collection.lock, removal.naming

    def telling(self, name, **how):
        if current_thread() is not main_thread():
            began.set()
        return lock(self, name, **how)

    def made():
        try:
            correct(archived, uid, "title", f"{NEEDLE}访谈录")
        except ConfigError as error:
            refused.append(str(error))
        finally:
            began.set()

    other = Thread(target=made)

    def meanwhile(*asked):
        other.start()
        assert began.wait(60)
        return naming(*asked)

    monkeypatch.setattr(Collection, "lock", telling)
    monkeypatch.setattr(removal, "naming", meanwhile)
    withhold.withhold(archived, [uid], "law", destroy=True)
    other.join(60)
    assert refused == [f"{uid}: no interview with title"]
    assert not archived.corrections.exists()


def test_bytes_that_a_backup_brings_back_are_destroyed_again(archived, tmp_path):
    shutil.copytree(archived.root, tmp_path / "backup")
    uid = uid_of(archived, "/1.html")
    withhold.withhold(archived, [uid], "law", destroy=True)
    for folder in ("archive", "indexes"):
        shutil.rmtree(archived.root / folder)
        shutil.copytree(tmp_path / "backup" / folder, archived.root / folder)
    for name in ("fangtan.db-wal", "fangtan.db-shm"):
        (archived.root / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup" / "fangtan.db", archived.store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "TAKEDOWN_S", 0)
        with pytest.raises(StoreError, match="ledger withholds"):
            open_reader(archived.store)
    result = fangtan("search", "水渠", collection=archived.root)
    assert result.out == ""
    assert "carried out" in result.err
    assert words_in(archived.root, NEEDLE) == []
    assert faults(archived, reparse=True) == []


def test_what_is_destroyed_is_read_again_only_when_its_file_has_changed(archived, tmp_path, monkeypatch):
    """Every command asks whether destroyed bytes are back; a backup may bring the file's size and time back with them."""
    uid, read, stands = uid_of(archived, "/1.html"), [], overwrite._stands
    name = rows(archived, "SELECT warc_file FROM captures WHERE url LIKE '%/1.html'")[0][0]
    path, backup = archived.archive / name, tmp_path / name
    shutil.copy2(path, backup)
    withhold.withhold(archived, [uid], "law", destroy=True)
    after = path.stat()

    def counted(*asked):
        read.append(asked)
        return stands(*asked)

    monkeypatch.setattr(overwrite, "_stands", counted)
    withhold.finish(archived)
    read.clear()
    assert withhold.finish(archived) == []
    assert read == []
    with path.open("r+b") as stream:
        stream.write(backup.read_bytes())
    os.utime(path, ns=(after.st_atime_ns, after.st_mtime_ns))
    assert path.stat().st_size == after.st_size
    assert len(withhold.finish(archived)) == 1
    assert read
    assert {Path(n).parts[0] for n in words_in(archived.root, NEEDLE)} == set()
    (archived.root / overwrite._SEEN).write_text("[", "utf-8")  # of another time, or half of it
    read.clear()
    assert withhold.finish(archived) == []
    assert read


def test_a_file_that_was_changed_before_stays_a_fault(archived):
    """Overwriting records must not vouch for what somebody else did to the file."""
    uid = uid_of(archived, "/1.html")
    capture = rows(archived, "SELECT capture FROM versions WHERE interview = ?", uid)[0][0]
    name, at = rows(
        archived, "SELECT warc_file, warc_offset + 4 FROM captures WHERE url LIKE '%/4b.html' AND type = 'response'"
    )[0]
    with (archived.archive / name).open("r+b") as stream:
        stream.seek(at)
        stream.write(b"\x07\x07\x07\x07")  # the member's time, which no record's digest covers
    assert [f.check for f in faults(archived)] == ["ledger"]
    withhold.withhold(archived, [capture], "law", destroy=True)
    assert [f.check for f in faults(archived)] == ["ledger"]


# ── damage and other processes ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("destroy", [False, True], ids=["kept", "destroyed"])
def test_damage_elsewhere_does_not_stop_a_takedown(archived, destroy):
    uid = uid_of(archived, "/1.html")
    name, at, length = rows(
        archived,
        "SELECT warc_file, warc_offset, warc_length FROM captures WHERE url LIKE '%/2.html' AND type = 'response'",
    )[0]
    with (archived.archive / name).open("r+b") as stream:
        stream.seek(at + length // 2)
        stream.write(bytes(64))
    done = withhold.withhold(archived, [uid], "law", destroy=destroy)
    assert len(done.captures) == 2
    assert NEEDLE not in "".join(dump_public(archived.store))
    assert "/1.html" not in archived.index.read_text("utf-8")
    for path in archived.warcs():
        data = path.read_bytes()
        for proof in last_takedown(archived).data["records"]:
            member = data[proof["offset"] : proof["offset"] + proof["length"]]
            if proof["warc_file"] == path.name:
                assert (hashlib.sha256(member).hexdigest() == proof["member_sha256"]) is not destroy


def test_a_damaged_record_can_itself_be_taken_down(archived):
    capture, name, at, length = rows(
        archived,
        "SELECT id, warc_file, warc_offset, warc_length FROM captures WHERE url LIKE '%/4b.html' AND type = 'response'",
    )[0]
    with (archived.archive / name).open("r+b") as stream:
        stream.seek(at + length - 30)
        stream.write(bytes(8))
    done = withhold.withhold(archived, [capture], "law", destroy=True)
    assert done.destroyed
    assert [r.type for r in iterate(archived.archive / name) if r.position.offset == at] == ["metadata"]


#: Another process names a capture by its id, until the store shows it.
UNTIL_SEEN = """
import sys
from pathlib import Path
from archive.handover import withhold
from archive.collection.folder import Collection
from archive.errors import ConfigError
withhold._INDEXER_S = 0.2
for _ in range(600):
    try:
        withhold.withhold(Collection(Path(sys.argv[1])), [sys.argv[2]], "asked")
        sys.exit(0)
    except ConfigError as error:
        if "no such capture" not in str(error):
            raise
"""


def other_process(collection, target):
    return start(collection.root, target, script=UNTIL_SEEN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_takedown_and_an_indexer_that_is_at_work_do_not_lose_each_other(archived, monkeypatch):
    """The indexer has the capture in its open transaction before the ledger says anything."""
    archived.store.unlink()
    resolve, others = Indexer.resolve, []

    def interrupted(self, db):
        resolve(self, db)
        found = db.execute("SELECT id FROM captures WHERE url LIKE '%/zxft/1.html'").fetchall()
        if found and not others:
            others.append((found[0][0], other_process(archived, found[0][0])))

    monkeypatch.setattr(Indexer, "resolve", interrupted)
    with archived.lock("indexer"):
        indexer = Indexer(archived)
        indexer.read_all()
        indexer.finish()
        indexer.close()
    monkeypatch.undo()
    capture, other = others[0]
    assert other.wait(timeout=60) == 0
    assert capture not in [row[0] for row in rows(archived, "SELECT id FROM captures")]
    assert last_takedown(archived).data["captures"] == [capture]
    assert faults(archived, reparse=True) == []


def in_a_child(function):
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        function()
        code = 0
    finally:
        os._exit(code)


def test_a_takedown_during_a_rebuild_holds(archived, monkeypatch):
    """The rebuild has read the capture; the takedown comes before its store is shown."""
    uid = uid_of(archived, "/1.html")
    finish = Indexer.finish

    def then_withhold(self):
        finish(self)
        assert other_process(archived, uid).wait(timeout=60) == 0

    monkeypatch.setattr(Indexer, "finish", then_withhold)
    rebuild(archived)
    monkeypatch.undo()
    assert NEEDLE not in "".join(dump_public(archived.store))
    assert "/1.html" not in archived.index.read_text("utf-8")
    assert faults(archived, reparse=True) == []


def test_a_file_that_is_being_written_is_overwritten_when_it_is_closed(archived):
    uid = uid_of(archived, "/1.html")
    name = rows(
        archived,
        "SELECT c.warc_file FROM captures c JOIN versions v ON v.capture = c.id WHERE v.interview = ? ORDER BY 1 DESC",
        uid,
    )[0][0]
    path = archived.archive / name
    path.rename(path.with_name(f"{name}.open"))
    done = withhold.withhold(archived, [uid], "law", destroy=True)
    assert not done.destroyed
    assert NEEDLE not in "".join(dump_public(archived.store))
    path.with_name(f"{name}.open").rename(path)
    assert "carried out" in fangtan("runs", collection=archived.root).err
    assert words_in(archived.root, NEEDLE) == []
    assert faults(archived, reparse=True) == []


# ── archives of others ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("destroy", [False, True], ids=["kept", "destroyed"])
def test_what_is_withheld_does_not_come_back_with_an_import_or_a_merge(archived, source, tmp_path, destroy):
    uid = uid_of(archived, "/1.html")
    withhold.withhold(archived, [uid], "law", destroy=destroy)
    outside = tmp_path / "outside"
    outside.mkdir()
    for number, path in enumerate(source.warcs()):
        shutil.copy(path, outside / f"{number}.warc.gz")
    taken = fangtan("import", *sorted(outside.iterdir()), collection=archived.root)
    assert taken.code == 0, taken.err
    merged = fangtan("merge", source.root, collection=archived.root)
    assert merged.code == 0, merged.err
    assert NEEDLE not in "".join(dump_public(archived.store))
    assert "/1.html" not in archived.index.read_text("utf-8")
    if destroy:
        assert words_in(archived.root, NEEDLE) == []


def test_a_merge_takes_takedowns_over(archived, source, tmp_path):
    uid = uid_of(archived, "/1.html")
    correct(archived, uid, "title", f"{NEEDLE}访谈录")
    withhold.withhold(archived, [uid], "law")
    fresh, known = Collection(tmp_path / "fresh").create(), Collection(tmp_path / "known")
    shutil.copytree(source.root, known.root)
    for target in (fresh, known):
        for _ in range(2):
            result = fangtan("merge", archived.root, collection=target.root)
            assert result.code == 0, result.err
        assert NEEDLE not in "".join(dump_public(target.store))
        assert len([e for e in ledger.read(target.ledger) if e.type == "withhold"]) == 1
        assert faults(target, reparse=True) == []


# ── killed anywhere ─────────────────────────────────────────────────────────────────────────────────────────────────


class Killer:
    """Ends the process, as ``kill -9`` does, before the nth step of a takedown; in the long form behind steps, too."""

    def __init__(self, patch, at):
        self.left = at
        for owner, name in (
            (ledger, "append"), (removal, "unlist"), (removal, "remove"), (Interviews, "regroup"), (overlay, "apply"),
            (overwrite, "_copy"), (overwrite, "_announce"), (Path, "replace"), (LineFile, "drop"), (withhold, "scrub"), (withhold, "_destroy"),
        ):  # fmt: skip
            patch.setattr(owner, name, self.around(getattr(owner, name)))

    def around(self, function):
        def step(*arguments, **options):
            self.count()
            result = function(*arguments, **options)
            if SOAK:
                self.count()
            return result

        return step

    def count(self):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("destroy", [False, True], ids=["kept", "destroyed"])
def test_a_takedown_that_is_killed_at_any_step_is_finished_by_the_next_command(source, tmp_path, monkeypatch, destroy):
    monkeypatch.setattr(store, "TAKEDOWN_S", 0)
    uid, decided, steps = uid_of(source, "/1.html"), 0, 0
    while True:
        steps += 1
        copy = Collection(tmp_path / f"{steps}")
        shutil.copytree(source.root, copy.root)

        def killed(copy=copy, at=steps):
            Killer(monkeypatch, at)
            withhold.withhold(copy, [uid], "law", destroy=destroy)

        code = os.waitstatus_to_exitcode(os.waitpid(in_a_child(killed), 0)[1])
        if code == 0:
            break
        assert code == -signal.SIGKILL
        said = [e for e in ledger.read(copy.ledger) if e.type == "withhold"]
        if said:
            decided += 1
            assert not shows(copy), steps
        withhold.finish(copy)
        if said:
            assert NEEDLE not in "".join(dump_public(copy.store)), steps
            assert "/1.html" not in copy.index.read_text("utf-8"), steps
            assert {Path(name).parts[0] for name in words_in(copy.root, NEEDLE)} <= (
                set() if destroy else {"archive"}
            ), steps
            assert bool(ledger.read(copy.ledger)[-1].data.get("destroyed")) is destroy
        else:
            assert shown(copy) == shown(source)
        assert faults(copy) == [], steps
        shutil.rmtree(copy.root)
    assert decided >= 4
    assert steps > decided


def shows(collection):
    """Whether a reader sees the words; one that is refused does not."""
    try:
        return NEEDLE in "".join(dump_public(collection.store))
    except StoreError:
        return False


def test_a_repeat_after_a_kill_says_what_was_done(archived):
    """The ledger says it, nothing else has happened yet."""
    uid = uid_of(archived, "/1.html")
    db = sqlite3.connect(archived.store)
    ids = [row[0] for row in db.execute("SELECT id FROM captures WHERE url LIKE '%/zxft/1.html'")]
    db.close()
    ledger.append(
        archived,
        {
            "type": "withhold",
            "captures": ids,
            "interviews": [uid],
            "reason": "law",
            "destroyed": False,
            "records": [],
            "files": [],
        },
    )
    result = fangtan("withhold", uid, "--reason", "law", collection=archived.root)
    assert result.code == 0, result.err
    assert ids[0] in result.out
    assert fangtan("withhold", uid, "--reason", "law", collection=archived.root).code == 2


def test_a_takedown_that_an_earlier_version_left_half_done_is_finished(archived):
    """It signed «destroyed» first, and was killed before the files were replaced."""
    uid = uid_of(archived, "/1.html")
    shutil.copytree(archived.root, archived.root.parent / "before")
    withhold.withhold(archived, [uid], "law", destroy=True)
    done = ledger.read(archived.ledger)[-1].data
    shutil.rmtree(archived.root)
    shutil.copytree(archived.root.parent / "before", archived.root)
    ledger.append(archived, {k: v for k, v in done.items() if k not in ("at", "previous")})
    assert "carried out" in fangtan("runs", collection=archived.root).err
    assert words_in(archived.root, NEEDLE) == []
    assert faults(archived, reparse=True) == []


def test_a_release_that_ends_before_the_index_has_its_lines_is_finished_by_the_next_command(
    source, tmp_path, monkeypatch
):
    collection = Collection(tmp_path / "here")
    shutil.copytree(source.root, collection.root)
    uid = uid_of(collection, "/1.html")
    withhold.withhold(collection, [uid], "求撤")

    def ends(*_):
        raise SystemExit(143)

    with monkeypatch.context() as patch:
        patch.setattr(Lines, "merge", ends)
        with pytest.raises(SystemExit):
            withhold.release(collection, [uid], "误撤")
    assert faults(collection) != []
    withhold.finish(collection)
    assert faults(collection, reparse=True) == []
