"""A command that appends reads the ledger on from where the last one stopped. Damage and edits before it are seen, and
no note beside the ledger tells `verify` anything.
"""

import json
import logging
import os

import pytest

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.ledger import prefix
from archive.verify import Summary, verify_collection

MANY = prefix.BEHIND + 20


@pytest.fixture(scope="module")
def long_ledger(tmp_path_factory):
    """A ledger of several hundred entries, whose first one announces the key."""
    collection = Collection(tmp_path_factory.mktemp("long") / "c").create()
    ledger.ensure_key(collection)
    for number in range(MANY):
        ledger.append(collection, {"type": "settings", "files": [], "n": number})
    return collection.ledger.read_bytes(), collection


@pytest.fixture
def collection(long_ledger):
    """The same ledger without its note, as another process finds it."""
    data, collection = long_ledger
    collection.ledger.write_bytes(data)
    collection.ledger.with_name(prefix.NAME).unlink(missing_ok=True)
    fresh_process()
    return collection


def fresh_process():
    ledger._seen.clear()


def append(collection):
    fresh_process()
    return ledger.append(collection, {"type": "settings", "files": []})


def note_of(collection):
    path = collection.ledger.with_name(prefix.NAME)
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def whole(collection):
    """The chain as a full reading finds it."""
    return ledger.examined(collection.ledger)[1]


def test_the_next_command_reads_only_what_is_new(collection):
    append(collection)
    noted = note_of(collection)
    assert noted["entries"] == MANY + 1
    entry = append(collection)
    with collection.ledger.open("rb") as stream:
        reading = prefix.Reading(collection.ledger, stream)
        assert len(list(reading.behind())) == 2
    assert (entry.number, entry.signature is None, whole(collection)) == (MANY + 3, False, [])
    assert note_of(collection) == noted


def test_a_small_ledger_has_no_note(tmp_path):
    collection = Collection(tmp_path / "c").create()
    ledger.ensure_key(collection)
    append(collection)
    append(collection)
    assert note_of(collection) is None


def altered(path, at):
    """One byte is another; size and date are as before."""
    data, stat = bytearray(path.read_bytes()), path.stat()
    data[at] ^= 1
    path.write_bytes(bytes(data))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_an_edit_that_keeps_size_and_date_is_named(collection, caplog):
    append(collection)
    altered(collection.ledger, collection.ledger.read_bytes().index(b'"n": 7') + 5)
    with caplog.at_level(logging.ERROR):
        append(collection)
    assert "the entry was altered" in caplog.text
    assert len(whole(collection)) == 1


def test_a_note_that_was_made_to_fit_hides_nothing_from_verify(collection):
    append(collection)
    altered(collection.ledger, collection.ledger.read_bytes().index(b'"n": 7') + 5)
    forged = note_of(collection)
    forged["sha256"] = prefix.hashlib.sha256(collection.ledger.read_bytes()[: forged["size"]]).hexdigest()
    collection.ledger.with_name(prefix.NAME).write_text(json.dumps(forged), "utf-8")
    append(collection)
    faults = [str(fault) for fault in verify_collection(collection, Summary())]
    assert any("the entry was altered" in text for text in faults)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: {},
        lambda _: [],
        lambda note: {**note, "last": 3},
        lambda note: {**note, "key": 5},
        lambda note: {**note, "key": -1},
        lambda note: {**note, "size": 10**12},
        lambda note: {**note, "size": note["size"] - 1},
        lambda note: {**note, "entries": "9"},
        lambda note: {**note, "more": 1},
    ],
)
def test_a_note_that_makes_no_sense_is_not_there(collection, change):
    append(collection)
    path = collection.ledger.with_name(prefix.NAME)
    path.write_text(json.dumps(change(note_of(collection))), "utf-8")
    assert (append(collection).number, whole(collection)) == (MANY + 3, [])


def test_a_line_that_was_cut_off_is_no_part_of_what_was_read(collection):
    with collection.ledger.open("ab") as stream:
        stream.write(b'{"at": "2026')
    entry = append(collection)
    assert (entry.number, whole(collection)) == (MANY + 2, [])
    assert (append(collection).number, whole(collection)) == (MANY + 3, [])


def test_a_shorter_ledger_that_was_put_back_is_read_anew(collection):
    append(collection)
    lines = collection.ledger.read_bytes().splitlines(keepends=True)
    collection.ledger.write_bytes(b"".join(lines[:50]))
    assert (append(collection).number, whole(collection)) == (51, [])


def test_the_key_in_force_is_the_one_behind_the_note(collection):
    append(collection)
    announced = ledger.ensure_key(collection, new=True)
    entry = append(collection)
    assert entry.data["key"] == announced.data["fingerprint"]
    assert note_of(collection)["key_number"] == 1
