"""A ledger that was received may say anything. What no entry of ours looks like is none, and leads nowhere."""

import json
import os

import pytest
from support.running import faults

from archive.collection.files import sha256_file
from archive.collection.folder import Collection
from archive.errors import ArchiveError
from archive.handover.merging import merge
from archive.handover.withhold import finish
from archive.ledger import chain as ledger

RECORD = {"id": "c", "warc_file": "a.warc.gz", "offset": 0, "length": 9}
WRONG = [
    {"type": "warc"},
    {"type": "warc", "name": 7},
    {"type": "warc", "name": "../a.warc.gz"},
    {"type": "warc", "name": "a\0.warc.gz"},
    {"type": "warc", "name": "a" * 300},
    {"type": "warc", "name": "a.warc.gz", "origin": ["import"]},
    {"type": "warc", "name": "a.warc.gz", "run": {"a": 1}},
    {"type": "run", "name": "/tmp/a.json"},
    {"type": "run", "name": ".."},
    {"type": "withhold", "captures": "c"},
    {"type": "withhold", "captures": [{"a": 1}]},
    {"type": "withhold", "captures": ["c"], "ids": [["a"], 7]},
    {"type": "withhold", "captures": ["c"], "talks": ["a"]},
    {"type": "withhold", "captures": ["c"], "talks": {"a": "c"}},
    {"type": "withhold", "captures": ["c"], "corrections": 7},
    {"type": "withhold", "captures": ["c"], "records": ["a"]},
    {"type": "withhold", "captures": ["c"], "records": [{**RECORD, "offset": "9"}]},
    {"type": "withhold", "captures": ["c"], "records": [{**RECORD, "length": -1}]},
    {"type": "withhold", "captures": ["c"], "records": [{**RECORD, "offset": 10**40}]},
    {"type": "withhold", "captures": ["c"], "records": [{**RECORD, "warc_file": "../ledger.jsonl"}]},
    {"type": "overwrite", "files": ["a.warc.gz"]},
    {"type": "overwrite", "files": [{"name": "../fangtan.toml"}]},
    {"type": "withhold", "captures": ["c"], "reason": "half of a character: \ud800"},
]


def written(collection, data):
    """An entry as only somebody else would write it: rightly chained, whatever it says."""
    last = ledger.lenient(collection.ledger)[-1]
    body = {"at": "2024-01-01T00:00:00Z", **data, "previous": last.hash}
    try:
        digest = ledger.hash_of(body)
    except UnicodeEncodeError:
        digest = "0" * 64
    with collection.ledger.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({**body, "hash": digest}) + "\n")


@pytest.fixture
def source(tmp_path):
    collection = Collection(tmp_path / "source").create()
    ledger.ensure_key(collection)
    return collection


@pytest.fixture
def target(tmp_path):
    collection = Collection(tmp_path / "target").create()
    ledger.ensure_key(collection)
    return collection


@pytest.mark.parametrize("data", WRONG, ids=range(len(WRONG)))
def test_a_line_of_another_shape_is_no_entry(source, target, data):
    written(source, data)
    entries, wrong = ledger.examined(source.ledger)
    assert [e.type for e in entries] == ["key"]
    assert len(wrong) == 1
    assert f"{source.ledger}:2: no ledger entry" in wrong[0]
    with pytest.raises(ArchiveError, match="no ledger entry"):
        merge(target, source)
    assert "ledger" in {f.check for f in faults(source)}


@pytest.mark.parametrize("name", ["../more.toml", "../.overwritten.json", "../sites/b.toml"])
def test_a_report_leads_to_no_file_beside_the_reports(source, target, name):
    path = source.reports / name
    path.write_text("{}", "utf-8")
    written(source, {"type": "run", "name": name, "sha256": sha256_file(path), "run": "r", "verdict": "ok"})
    with pytest.raises(ArchiveError, match="name: expected a file name"):
        merge(target, source)
    assert not (target.reports / name).exists()


@pytest.mark.parametrize("how", ["nested", "pipe", "folder"])
def test_what_lies_in_the_place_of_our_notes_stops_no_command(source, how):
    entry = {"type": "withhold", "captures": ["c"], "records": [RECORD], "destroyed": True, "reason": "law"}
    ledger.append(source, entry)
    place = source.root / ".overwritten.json"
    if how == "nested":
        place.write_text("[" * 100_000, "utf-8")
    elif how == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()
    assert finish(source) == []
