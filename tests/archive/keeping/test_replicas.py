"""Replicas: copied, read back, never overwritten, caught up with after takedowns; what comes back is what was signed."""

import json
import shutil
from typing import NamedTuple

import pytest
from support.forger import entered, of_file
from support.running import copy_of, fangtan, faults
from support.servers.s3 import s3  # noqa: F401 - a fixture
from support.takedowns import holding, uid_of
from support.talks import talk

from archive.collection import shelf as shelves
from archive.collection.folder import Collection
from archive.collection.shelf import PART, Folder, shelf_of
from archive.errors import ArchiveError, ConfigError
from archive.handover.transfer import transfer
from archive.handover.wacz import package
from archive.handover.withhold import withhold
from archive.keeping.fixity import Outcome, check_fixity
from archive.keeping.replicas import Copying, compare, known_replicas, replicate
from archive.keeping.restore import restore
from archive.ledger import chain as ledger
from archive.ledger import keys
from archive.ledger.plain import enter_settings
from archive.store.rebuild import rebuild

A, B = "/zxft/1.html", "/zxft/2.html"
WARC = "archive/a.warc.gz"


class Pair(NamedTuple):
    collection: Collection
    shelf: shelves.Shelf


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    day, said = "2021-05-08", talk("年底以前全部完成。")
    collection = holding(tmp_path_factory.mktemp("replicas"), (A, day, said), (B, day, talk("明年完成。")))
    enter_settings(collection)
    transfer(collection)
    return collection


@pytest.fixture
def pair(whole, tmp_path):
    found = Pair(copy_of(whole, tmp_path / "c"), Folder(tmp_path / "replica"))
    assert copied(found) == []
    return found


def copied(pair, done=None, level="fault"):
    return [f for f in replicate(pair.collection, pair.shelf, done or Copying()) if f.level == level]


def compared(pair, level="fault"):
    return [f for f in compare(pair.collection, pair.shelf, Copying()) if f.level == level]


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_replica_is_an_archive_that_can_be_derived_again_and_verified(pair, tmp_path):
    assert compared(pair) == []
    again = copy_of(Collection(pair.shelf.root), tmp_path / "again")
    rebuild(again)
    assert faults(again) == []
    assert {p.name for p in pair.shelf.root.iterdir()} == {"archive", "fangtan.toml", "ledger.jsonl", "packages"}


def test_nothing_is_copied_twice_and_what_is_lacking_is(pair):
    (pair.shelf.root / WARC).unlink()
    done = Copying()
    assert copied(pair, done) == []
    assert (done.copied, done.replaced) == (1, 0)
    assert done.same > 5


def test_what_differs_there_is_named_and_left_as_it_is(pair):
    there = pair.shelf.root / WARC
    flip(there)
    before, ledger_there = there.read_bytes(), (pair.shelf.root / "ledger.jsonl").read_bytes()
    ledger.append(pair.collection, {"type": "corrections", "lines": []})
    assert [f.file for f in copied(pair)] == [f"{pair.shelf.root}/{WARC}"]
    assert there.read_bytes() == before
    assert (pair.shelf.root / "ledger.jsonl").read_bytes() == ledger_there, "it must not vouch for what is not there"
    assert [f.check for f in compared(pair)] == ["replica"]


def test_a_damaged_file_never_goes_to_a_replica(pair):
    (pair.shelf.root / WARC).unlink()
    flip(pair.collection.root / WARC)
    assert [f.file for f in copied(pair)] == [str(pair.collection.root / WARC)]
    assert not (pair.shelf.root / WARC).exists()


def test_a_copy_that_breaks_off_leaves_nothing_under_the_files_name(pair, monkeypatch):
    (pair.shelf.root / WARC).unlink()

    def breaks_off(reading, writing):
        writing.write(reading.read(100))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelves, "_copied", breaks_off)
    with pytest.raises(OSError, match="No space"):
        copied(pair)
    assert [name for name in pair.shelf.names() if WARC in name or PART in name] == []
    monkeypatch.undo()
    assert copied(pair) == []
    assert compared(pair) == []


def test_another_archives_replica_is_not_written_to(pair, tmp_path):
    other = holding(tmp_path, (A, "2022-01-01", talk("另一处。")), name="other", file="b.warc.gz")
    before = sorted(pair.shelf.names())
    with pytest.raises(ConfigError, match="another ledger from line 1 on"):
        list(replicate(other, pair.shelf, Copying()))
    assert sorted(pair.shelf.names()) == before


def test_a_ledger_that_has_lost_its_end_is_seen_by_its_replica(pair):
    lines = pair.collection.ledger.read_bytes().splitlines(keepends=True)
    pair.collection.ledger.write_bytes(b"".join(lines[:-1]))
    assert "replica-ledger" in {f.check for f in compared(pair)}
    with pytest.raises(ConfigError, match="lost its end"):
        copied(pair)


def test_a_replicas_fork_is_a_fault(pair, tmp_path):
    entered(Collection(pair.shelf.root), {"type": "run", "name": "x.json"}, keys.create(where=tmp_path / "mine"))
    ledger.append(pair.collection, {"type": "corrections", "lines": []})
    assert "replica-ledger" in {f.check for f in compared(pair)}


@pytest.mark.parametrize("where", ["", "inside", ".."])
def test_a_replica_is_beside_the_collection(pair, where):
    with pytest.raises(ConfigError, match="beside the collection"):
        shelf_of(str(pair.collection.root / where), pair.collection.root)


def test_settings_that_changed_are_replaced_and_strange_ones_are_not(pair):
    config = pair.collection.root / "fangtan.toml"
    config.write_text(config.read_text("utf-8") + "\n# changed\n", "utf-8")
    enter_settings(pair.collection)
    assert [f.check for f in compared(pair, "note")] == ["replica-behind", "replica-behind"]
    done = Copying()
    assert copied(pair, done) == []
    assert done.replaced == 1
    (pair.shelf.root / "fangtan.toml").write_text("# a stranger's", "utf-8")
    assert [f.check for f in copied(pair)] == ["replica"]


@pytest.mark.parametrize("was", ["never entered", "changed since"])
def test_settings_go_along_before_a_run_has_entered_them(tmp_path, was):
    """A collection of imports has no run, and a replica without ``fangtan.toml`` is no collection."""
    collection = holding(tmp_path, (A, "2021-05-08", talk("年底以前全部完成。")))
    settings = collection.root / "fangtan.toml"
    if was == "changed since":
        enter_settings(collection)
        settings.write_text(settings.read_text("utf-8") + "\n# changed\n", "utf-8")
    replica = tmp_path / "replica"
    assert fangtan("replicate", replica, collection=collection.root).code == 0
    assert (replica / "fangtan.toml").read_bytes() == settings.read_bytes()
    assert fangtan("rebuild", collection=replica).code == 0
    assert faults(Collection(replica), reparse=True) == []


def test_settings_that_cannot_be_used_are_not_entered(pair):
    before = pair.collection.ledger.read_bytes()
    (pair.collection.root / "fangtan.toml").write_text("= broken", "utf-8")
    assert copied(Pair(Collection(pair.collection.root), pair.shelf)) == []
    assert pair.collection.ledger.read_bytes() == before


def test_a_takedown_reaches_replicas_or_they_are_named(pair):
    secret = (pair.shelf.root / WARC).read_bytes()
    (bag,) = pair.collection.packages.glob("*-transfer")
    withhold(pair.collection, [uid_of(pair.collection, A)], reason="按要求撤下", destroy=True)
    notes = [f.file for f in check_fixity(pair.collection, Outcome()) if f.check == "withheld"]
    assert str(pair.shelf.root) in notes
    assert "withheld" in {f.check for f in compared(pair)}
    done = Copying()
    assert [f.file for f in copied(pair, done)] == [f"{pair.shelf.root}/packages/{bag.name}"], "it holds the words, too"
    assert (pair.shelf.root / WARC).read_bytes() != secret
    shutil.rmtree(pair.shelf.root / "packages" / bag.name)
    assert copied(pair) == []
    assert compared(pair) == []
    assert [f for f in check_fixity(pair.collection, Outcome()) if f.file == str(pair.shelf.root)] == []


def test_destroyed_bytes_do_not_come_back_from_a_replica(pair):
    withhold(pair.collection, [uid_of(pair.collection, A)], reason="按要求撤下", destroy=True)
    flip(pair.collection.root / WARC)
    before = (pair.collection.root / WARC).read_bytes()
    with pytest.raises(ArchiveError, match="an earlier state"):
        restore(pair.collection, WARC, pair.shelf)
    assert (pair.collection.root / WARC).read_bytes() == before


@pytest.mark.parametrize("damage", ["flipped", "lost", "a folder", "a link"])
def test_a_damaged_file_comes_back_and_everything_is_as_it_was(pair, damage, tmp_path):
    path = pair.collection.root / WARC
    good = path.read_bytes()
    if damage == "flipped":
        flip(path)
    else:
        path.unlink()
    if damage == "a folder":
        path.mkdir()
    if damage == "a link":
        path.symlink_to(tmp_path / "elsewhere")
    (fault,) = [f for f in check_fixity(pair.collection, Outcome()) if f.level == "fault"]
    assert fault.check == "fixity"
    done = restore(pair.collection, "a.warc.gz", pair.shelf)
    assert (path.read_bytes(), path.is_symlink()) == (good, False)
    assert done.was is not None
    entry = ledger.read(pair.collection.ledger)[-1]
    assert (entry.type, entry.data["file"], entry.signature is not None) == ("restore", WARC, True)
    assert faults(pair.collection) == []


def test_a_file_inside_a_bag_comes_back(pair):
    (file,) = pair.collection.packages.glob("*-transfer/data/metadata.csv")
    flip(file)
    name = str(file.relative_to(pair.collection.root))
    assert restore(pair.collection, name, pair.shelf).was is not None
    assert [f for f in check_fixity(pair.collection, Outcome()) if f.level == "fault"] == []


def test_a_forged_replica_gives_nothing_back(pair, tmp_path):
    """Its keeper changed the file, entered it into the replica's ledger, and even got an entry into the one here."""
    forged = pair.shelf.root / WARC
    flip(forged)
    entered(Collection(pair.shelf.root), of_file(forged, "warc"), keys.create(where=tmp_path / "mine"))
    (pair.collection.root / WARC).unlink()
    with pytest.raises(ArchiveError, match="expected sha256"):
        restore(pair.collection, WARC, pair.shelf)
    entered(pair.collection, of_file(forged, "warc"), keys.create(where=tmp_path / "mine2"))
    with pytest.raises(ArchiveError, match="the ledger cannot vouch"):
        restore(pair.collection, WARC, pair.shelf)
    assert not (pair.collection.root / WARC).exists()
    assert [p.name for p in (pair.collection.root / "archive").iterdir()] == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "archive", "ledger.jsonl", "absent.warc.gz"])
def test_only_what_the_ledger_vouches_for_is_restored(pair, name):
    with pytest.raises(ConfigError):
        restore(pair.collection, name, pair.shelf)


def test_the_commands(pair, tmp_path):
    root, there = pair.collection.root, tmp_path / "second"
    made = fangtan("replicate", there, "--json", collection=root)
    assert (made.code, json.loads(made.out)["ok"]) == (0, True)
    assert fangtan("verify", "--replica", there, collection=root).code == 0
    flip(root / WARC)
    found = fangtan("verify", "--fixity", collection=root)
    assert found.code == 5
    assert f"fangtan restore {WARC} --from {there}" in found.out
    flip(there / WARC)
    assert f"--from {pair.shelf.root}" in fangtan("verify", "--fixity", collection=root).out, "one that has it is named"
    assert fangtan("verify", "--replica", there, collection=root).code == 5
    refused = fangtan("restore", WARC, "--from", there, collection=root)
    assert refused.code == 5, refused.err
    assert fangtan("restore", WARC, "--from", pair.shelf.root, collection=root).code == 0
    said = fangtan("withhold", uid_of(pair.collection, B), "--reason", "撤下", "--destroy", "--yes", collection=root)
    assert str(there) in said.err


@pytest.mark.parametrize("way", ["the key is back", "a new key"])
def test_an_archive_that_lost_its_key_is_replicated_again_by_who_knows_it(pair, tmp_path, way):
    """Entries of the time without a key are named by a head, or by the new key."""
    root, there = pair.collection.root, pair.shelf.root

    def run(*words, without=way == "a new key"):
        return fangtan(*words, collection=root, more={"FANGTAN_KEYS": str(tmp_path / "empty")} if without else None)

    corrected = ("correct", uid_of(pair.collection, A), "title", "新题目", "--author", "张三", "--reason", "核对")
    assert run(*corrected, without=True).code == 0
    refused = run("replicate", there)
    assert (refused.code, "--new-key" in refused.err, "--head" in refused.err) == (2, True, True)
    if way == "a new key":
        known = ("--key", json.loads(run("ledger", "--new-key", "--reason", "lost", "--json").out)["key"])
    else:
        assert run("verify", "--fixity").code == 5, "nobody vouches for the correction"
        known = ("--head", json.loads(run("ledger", "--json").out)["head"])
    assert run("replicate", there).code == 2
    against = run("verify", "--replica", there)
    assert (against.code, "ledger-" in against.out) == (5, True)
    assert run("replicate", there, *known).code == 0
    assert run("verify", "--replica", there, *known).code == 0
    flip(root / WARC)
    assert run("restore", WARC, "--from", there).code == 5
    assert run("restore", WARC, "--from", there, *known).code == 0


def test_a_head_that_is_gone_is_named_beside_a_replica(pair):
    gone = fangtan("verify", "--replica", pair.shelf.root, "--head", "0" * 64, collection=pair.collection.root)
    assert (gone.code, "ledger-head" in gone.out) == (5, True)


def test_s3_holds_a_replica_too(whole, tmp_path, s3):  # noqa: F811
    collection = copy_of(whole, tmp_path / "c")
    package(collection)
    pair = Pair(collection, shelf_of("s3://vault/gansu", collection.root))
    assert copied(pair) == []
    assert compared(pair) == []
    assert [r.dest for r in known_replicas(collection)] == ["s3://vault/gansu"]
    flip(collection.root / WARC)
    assert restore(collection, WARC, pair.shelf).was is not None
    assert faults(collection) == []
    s3.pipe_file(f"vault/gansu/{WARC}", b"somebody's")
    pair = Pair(collection, shelf_of("s3://vault/gansu", collection.root))
    assert [f.check for f in copied(pair)] == ["replica"]
    assert s3.cat_file(f"vault/gansu/{WARC}") == b"somebody's"
    with pytest.raises(ArchiveError):
        list(compare(collection, shelf_of("s3://no-such-bucket/x", collection.root), Copying()))
