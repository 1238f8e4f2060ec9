"""Fixity: bytes against the ledger, whatever was done to them; what was found is an entry, and status says it."""

import json
import os
from datetime import timedelta

import pytest
from support.forger import entered, of_file
from support.running import copy_of, fangtan
from support.sites.nation import START
from support.takedowns import holding, uid_of
from support.talks import talk

from archive.collection import clock as the_clock
from archive.handover.transfer import transfer
from archive.handover.wacz import package
from archive.handover.withhold import withhold
from archive.keeping import fixity
from archive.keeping.fixity import Outcome, check_fixity, enter
from archive.keeping.last import last_check
from archive.keeping.seen import look_at
from archive.ledger import chain as ledger
from archive.ledger import keys, run_reports
from archive.ledger.plain import enter_settings

A, B = "/zxft/1.html", "/zxft/2.html"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A collection with a WARC file, a report, settings, a WACZ and a bag."""
    collection = holding(
        tmp_path_factory.mktemp("fixity"),
        (A, "2021-05-08", talk("年底以前全部完成。")),
        (B, "2021-05-09", talk("年底以前全部完成。")),
    )
    report = collection.reports / "r1.json"
    report.write_text(json.dumps({"run": "r1", "site": "s", "started_at": "2021-05-08T00:00:00Z", "verdict": "ok"}))
    run_reports.add_run(collection, report, {"run": "r1"})
    enter_settings(collection)
    package(collection)
    transfer(collection)
    assert check(collection) == []
    return collection


@pytest.fixture
def copy(whole, tmp_path):
    return copy_of(whole, tmp_path / "copy")


def check(collection, outcome=None, **options):
    return [f for f in check_fixity(collection, outcome or Outcome(), **options) if f.level == "fault"]


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def bag_of(collection):
    (found,) = collection.packages.glob("*/bagit.txt")
    return found.parent


FILES = {
    "warc": lambda c: c.archive / "a.warc.gz",
    "report": lambda c: c.reports / "r1.json",
    "wacz": lambda c: next(c.packages.glob("*.wacz")),
    "tag manifest": lambda c: bag_of(c) / "tagmanifest-sha256.txt",
    "manifest": lambda c: bag_of(c) / "manifest-sha256.txt",
    "payload": lambda c: next(p for p in sorted((bag_of(c) / "data").rglob("*")) if p.is_file()),
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_flipped_bit_is_found_in_every_file_that_is_vouched_for(copy, file, jobs):
    path = FILES[file](copy)
    flip(path)
    outcome = Outcome()
    (fault,) = check(copy, outcome, jobs=jobs)
    assert fault.file == str(path)
    assert outcome.damaged == [str(path.relative_to(copy.root))]


@pytest.mark.parametrize("file", FILES)
def test_a_lost_file_is_named(copy, file):
    path = FILES[file](copy)
    path.unlink()
    outcome = Outcome()
    (fault,) = check(copy, outcome)
    assert (fault.file, outcome.missing) == (str(path), [str(path.relative_to(copy.root))])


def test_what_takes_a_files_place_and_is_none_is_a_fault(copy, tmp_path):
    path = FILES["warc"](copy)
    other = tmp_path / "elsewhere"
    path.rename(other)
    path.symlink_to(other)
    assert ["symbolic link" in f.found for f in check(copy)] == [True]
    path.unlink()
    os.mkfifo(path)
    assert ["no plain file" in f.found for f in check(copy)] == [True]
    path.unlink()
    path.mkdir()
    assert len(check(copy)) == 1


def test_what_nobody_vouches_for_is_named_and_no_fault_unless_it_is_a_closed_file(copy):
    (copy.archive / "b.warc.gz.open").write_bytes(b"")
    (copy.packages / "mine.wacz").write_bytes(b"")
    config = copy.root / "fangtan.toml"
    config.write_text(config.read_text("utf-8") + "\n# changed\n", "utf-8")
    outcome = Outcome()
    assert check(copy, outcome) == []
    assert {name for name, _ in outcome.unchecked} == {"archive/b.warc.gz.open", "packages/mine.wacz", "fangtan.toml"}
    (copy.archive / "c.warc.gz").write_bytes(b"")
    assert [f.check for f in check(copy)] == ["ledger"]


def test_a_forger_without_the_key_cannot_vouch_for_other_bytes(copy, tmp_path):
    path = FILES["warc"](copy)
    flip(path)
    entered(copy, of_file(path, "warc"), keys.create(where=tmp_path / "mine"))
    outcome = Outcome()
    assert {"fixity", "ledger", "ledger-signature"} <= {f.check for f in check(copy, outcome)}
    assert outcome.damaged == ["archive/a.warc.gz"]


def test_a_held_head_that_is_gone_and_another_key_are_faults(copy):
    assert [f.check for f in check(copy, heads=["ab" * 32])] == ["ledger-head"]
    assert [f.check for f in check(copy, key="ab" * 8)] == ["ledger-key"]


@pytest.mark.parametrize("destroy", [False, True])
def test_a_takedown_is_no_damage(copy, destroy):
    withhold(copy, [uid_of(copy, A)], reason="按要求撤下", destroy=destroy)
    assert check(copy) == []


def test_a_takedown_that_was_half_done_is_a_note(copy):
    before = FILES["warc"](copy).read_bytes()
    withhold(copy, [uid_of(copy, A)], reason="按要求撤下", destroy=True)
    lines = copy.ledger.read_bytes().splitlines(keepends=True)
    announced = next(n for n, line in enumerate(lines) if b'"type": "overwrite"' in line)
    copy.ledger.write_bytes(b"".join(lines[: announced + 1]))
    FILES["warc"](copy).write_bytes(before)
    found = list(check_fixity(copy, Outcome()))
    assert {f.level for f in found} == {"note"}
    assert "withheld" in {f.check for f in found}


def test_the_result_is_a_signed_entry_that_full_verification_accepts(copy):
    flip(FILES["report"](copy))
    found = fangtan("verify", "--fixity", "--json", collection=copy.root)
    report = json.loads(found.out)
    assert (found.code, report["ok"], report["damaged"]) == (5, False, ["reports/r1.json"])
    entry = ledger.read(copy.ledger)[-1]
    assert (entry.type, entry.data["damaged"], entry.signature is not None) == ("fixity", ["reports/r1.json"], True)
    checks = {f["check"] for f in json.loads(fangtan("verify", "--json", collection=copy.root).out)["faults"]}
    assert checks == {"report"}
    said = fangtan("status", collection=copy.root)
    assert said.code == 3
    assert "1 fault(s)" in said.out, said.out
    assert "reports/r1.json" in said.out


def test_without_the_key_the_result_is_not_entered_and_the_reader_is_told(copy, tmp_path, monkeypatch):
    monkeypatch.setenv("FANGTAN_KEYS", str(tmp_path / "none"))
    before = copy.ledger.read_bytes()
    found = fangtan("verify", "--fixity", collection=copy.root)
    assert (found.code, copy.ledger.read_bytes()) == (0, before)
    assert "key is not here" in found.err


def test_an_entry_that_nobody_signed_is_no_check(copy):
    entered(copy, {"type": "fixity", "checked": 9, "faults": 0})
    assert last_check(copy).at is None


def test_fixity_is_about_a_collection_and_reads_no_records(copy, tmp_path):
    assert fangtan("verify", "--fixity", "--reparse", collection=copy.root).code == 2
    assert fangtan("verify", "--fixity", str(tmp_path / "x.warc.gz"), collection=copy.root).code == 2


def test_a_file_that_gets_its_final_name_during_the_check_is_not_missing(copy, monkeypatch):
    path = FILES["warc"](copy)
    is_open = path.with_name(path.name + ".open")
    path.rename(is_open)

    def renamed_first(asked):
        if asked == is_open and is_open.exists():
            is_open.rename(path)
        return look_at(asked)

    monkeypatch.setattr(fixity, "look_at", renamed_first)
    outcome = Outcome()
    assert check(copy, outcome, jobs=1) == []
    assert outcome.missing == []


def every(collection, days):
    config = collection.root / "fangtan.toml"
    config.write_text(config.read_text("utf-8") + f"\n[fixity]\nevery = {days}\n", "utf-8")


def test_status_says_when_the_check_is_due_and_late(tmp_path, clock):
    collection = holding(tmp_path, (A, "2021-05-08", talk("年底以前全部完成。")))
    assert "never" in fangtan("status", "--fixity", collection=collection.root).out
    every(collection, 7)
    outcome = Outcome()
    assert check(collection, outcome) == []
    assert enter(collection, outcome) is None
    assert last_check(collection).due > START + timedelta(days=6)
    assert fangtan("status", "--fixity", collection=collection.root).code == 0
    clock.write_text((START + timedelta(days=9)).isoformat(), "ascii")
    late = fangtan("status", "--fixity", "--json", collection=collection.root)
    assert (late.code, json.loads(late.out)["overdue"]) == (3, True)


def test_the_scheduler_checks_an_archive_that_lost_its_key_as_those_know_it_who_have_it(tmp_path, clock):
    """Its check is told by the line that starts it: settings lie beside what is checked."""
    collection = holding(tmp_path, (A, "2021-05-08", talk("年底以前全部完成。")))
    every(collection, 7)

    def run(*words):
        return fangtan(*words, collection=collection.root, more={"FANGTAN_KEYS": str(tmp_path / "empty")})

    key = json.loads(run("ledger", "--new-key", "--reason", "lost", "--json").out)["key"]
    clock.write_text((START + timedelta(days=8)).isoformat(), "ascii")
    unknown = run("schedule", "tick")
    assert (unknown.code, "name it with --key" in unknown.err) == (5, True), unknown.err
    clock.write_text((START + timedelta(days=16)).isoformat(), "ascii")
    known = run("schedule", "tick", "--key", key)
    assert known.code == 0, known.err
    for line in (run("schedule", "install", "--key", key).out, run("schedule", "install", "--cron", "--key", key).out):
        assert key in line


def test_the_scheduler_makes_the_check_when_it_is_due_and_tells_of_damage_once(tmp_path, clock):
    collection = holding(tmp_path, (A, "2021-05-08", talk("年底以前全部完成。")))
    every(collection, 7)
    assert fangtan("schedule", "tick", collection=collection.root).code == 0
    assert last_check(collection).at is None, "it is not due yet"
    clock.write_text((START + timedelta(days=8)).isoformat(), "ascii")
    assert fangtan("schedule", "tick", collection=collection.root).code == 0
    assert last_check(collection).at > START + timedelta(days=7)
    flip(FILES["warc"](collection))
    clock.write_text((START + timedelta(days=16)).isoformat(), "ascii")
    found = fangtan("schedule", "tick", collection=collection.root)
    assert found.code == 5
    assert "a.warc.gz" in found.err
    assert last_check(collection).damaged == ["archive/a.warc.gz"]
    assert fangtan("schedule", "tick", collection=collection.root).code == 0, "the next one is a week away"
    assert the_clock.now() > START
