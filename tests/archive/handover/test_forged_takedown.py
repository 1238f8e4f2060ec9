"""Who can write the ledger and does not have its key: nothing is destroyed, and nothing is shown, by his word."""

import hashlib
import logging

import pytest
from support.forger import entered, key_entry
from support.running import copy_of, fangtan, faults
from support.takedowns import rows

from archive.handover.proofs import proof_of
from archive.handover.withhold import finish, release, withhold
from archive.ledger import chain as ledger
from archive.ledger import keys
from archive.ledger.withheld import withheld_ids
from archive.store.store import open_reader
from archive.verify.provenance import provenance
from archive.warc.records import Position, read_at


def bytes_of(collection):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in collection.warcs()}


def captured(collection, at=0):
    return rows(collection, "SELECT id, warc_file, warc_offset, warc_length FROM captures WHERE status = 200 ORDER BY id")[at]  # fmt: skip


def asked(collection, **more):
    """An entry that asks for a capture to be destroyed, complete and well-formed."""
    identifier, *place = captured(collection)
    proof = proof_of(collection, read_at(collection.archive, Position(*place)), identifier)
    return {"type": "withhold", "captures": [identifier], "interviews": [], "corrections": [], "records": [proof], "reason": "依法", **more}  # fmt: skip


def nobody(collection, data, _):
    entered(collection, data)


def own_key(collection, data, tmp_path):
    mine = keys.create(where=tmp_path / "mine")
    entered(collection, key_entry(mine), mine)
    entered(collection, data, mine)


def own_key_inside(collection, data, _):
    mine = keys.create(where=collection.root / ".keys")
    entered(collection, key_entry(mine), mine)
    entered(collection, data, mine)


def key_not_announced(collection, data, tmp_path):
    entered(collection, data, keys.create(where=tmp_path / "mine"))


def borrowed(collection, data, _):
    entered(collection, data, signature=ledger.lenient(collection.ledger)[-1].signature)


def garbage(collection, data, _):
    entered(collection, data, signature=b"no signature")


WAYS = [nobody, own_key, own_key_inside, key_not_announced, borrowed, garbage]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("said", ["destroy", "destroyed"])
def test_nothing_is_destroyed_by_the_word_of_another(archived, tmp_path, caplog, way, said):
    before = bytes_of(archived)
    way(archived, asked(archived, **{said: True}), tmp_path)
    number = len(ledger.lenient(archived.ledger))

    with caplog.at_level(logging.ERROR, "fangtan"):
        finish(archived)

    assert bytes_of(archived) == before
    assert len(ledger.lenient(archived.ledger)) == number, "nothing was signed over"
    assert f"ledger.jsonl:{number}: asks to destroy captures" in caplog.text
    assert any(f.check == "withheld" and f.file.endswith(f":{number}") for f in faults(archived))


def test_every_command_leaves_the_bytes(archived):
    before = bytes_of(archived)
    entered(archived, asked(archived, destroy=True))

    for command in (["status"], ["rebuild"], ["search", "政策"], ["ledger"]):
        fangtan(*command, collection=archived.root)

    assert bytes_of(archived) == before


def test_what_another_hid_the_owner_destroys_in_its_own_places(archived):
    """The forged entry gives the place of another record for the capture."""
    data = asked(archived, destroy=True)
    other, *place = captured(archived, 1)
    data["records"] = [{**proof_of(archived, read_at(archived.archive, Position(*place)), other), "about": data["captures"][0]}]  # fmt: skip
    entered(archived, data)
    bytes_before = read_at(archived.archive, Position(*place)).block

    done = withhold(archived, data["captures"], "核实后依法撤下", destroy=True)

    assert done.destroyed
    assert read_at(archived.archive, Position(*place)).block == bytes_before
    own = captured_place(done)
    assert read_at(archived.archive, own).type == "metadata"


def captured_place(done):
    proof = next(p for p in done.entry.data["records"] if p["id"] == done.captures[0])
    return Position(proof["warc_file"], proof["offset"], proof["length"])


@pytest.mark.parametrize("way", WAYS)
def test_what_is_withheld_is_shown_again_by_its_owner_alone(archived, tmp_path, way):
    identifier = captured(archived)[0]
    withhold(archived, [identifier], "依法撤下")

    way(archived, {"type": "release", "captures": [identifier], "reason": "恢复"}, tmp_path)
    finish(archived)

    assert identifier in withheld_ids(archived)
    assert rows(archived, "SELECT id FROM captures WHERE id = ?", identifier) == []


def test_a_release_that_was_taken_back_is_not_played_again(archived):
    identifier = captured(archived)[0]
    withhold(archived, [identifier], "依法撤下")
    release(archived, [identifier], "恢复")
    line = archived.ledger.read_bytes().splitlines(keepends=True)[-1]
    withhold(archived, [identifier], "再次撤下")
    with archived.ledger.open("ab") as stream:
        stream.write(line)

    finish(archived)

    assert identifier in withheld_ids(archived)


def test_an_owner_with_a_new_key_is_obeyed(source, tmp_path, monkeypatch):
    """Endorsed by the old one, or with the old one lost: the new one is at hand, outside the collection."""
    monkeypatch.setenv("FANGTAN_KEYS", str(tmp_path / "owner"))
    collection = copy_of(source, tmp_path / "c")
    for path in collection.root.glob(".keys/*.pem"):
        path.unlink()
    ledger.ensure_key(collection, new=True, reason="the old one is lost")
    identifier = captured(collection)[0]

    assert withhold(collection, [identifier], "依法撤下", destroy=True).destroyed


def test_record_prints_the_digest_that_the_file_has(archived):
    kept, destroyed = captured(archived, 0), captured(archived, 1)
    withhold(archived, [destroyed[0]], "依法撤下", destroy=True)
    entered(archived, {"type": "overwrite", "withhold": "0" * 64, "captures": [], "files": [{"name": kept[1], "sha256": "0" * 64}]})  # fmt: skip

    db = open_reader(archived.store)
    try:
        checks = provenance(archived, db, kept[0]).checks
    finally:
        db.close()

    (check,) = [c for c in checks if c.command.startswith("sha256sum")]
    assert check.expected == bytes_of(archived)[kept[1]]
