"""The ledger's chain: whatever is done to its lines, but cutting off the last ones, is seen."""

import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from archive.collection.folder import Collection
from archive.ledger import chain

ENTRIES = 7


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    collection = Collection(tmp_path_factory.mktemp("ledger") / "c").create()
    for number in range(ENTRIES):
        chain.append(collection, {"type": "warc", "name": f"{number}.warc.gz", "size": number, "sha256": "0" * 64})
    assert chain.examined(collection.ledger)[1] == []
    return collection.ledger.read_bytes().splitlines(keepends=True)


def wrong(tmp_path_factory, lines):
    path = tmp_path_factory.getbasetemp() / "ledger.jsonl"
    path.write_bytes(b"".join(lines))
    return chain.examined(path)[1]


@given(at=st.integers(0, ENTRIES - 1), field=st.sampled_from(["name", "size", "sha256", "at", "previous", "hash", "more"]))  # fmt: skip
def test_an_altered_entry_is_named(tmp_path_factory, lines, at, field):
    entry = json.loads(lines[at])
    entry[field] = "another"
    changed = [*lines[:at], json.dumps(entry).encode() + b"\n", *lines[at + 1 :]]
    assert any(f":{at + 1}: " in words for words in wrong(tmp_path_factory, changed))


@given(st.permutations(range(ENTRIES)), st.integers(1, ENTRIES))
def test_lines_that_are_moved_or_left_out_are_seen(tmp_path_factory, lines, order, length):
    kept = order[:length]
    found = wrong(tmp_path_factory, [lines[n] for n in kept])
    assert (found == []) == (kept == list(range(length)))


@given(st.integers(0, ENTRIES - 1), st.binary(min_size=1, max_size=40))
@example(2, b"\r")  # ends no line: what follows it would be taken for cut off
def test_a_line_that_is_no_entry_is_named_and_the_others_are_read(tmp_path_factory, lines, at, data):
    assume(b"\n" not in data)
    changed = [*lines[:at], data + b"\n", *lines[at + 1 :]]
    path = tmp_path_factory.getbasetemp() / "ledger.jsonl"
    path.write_bytes(b"".join(changed))
    entries, named = chain.examined(path)
    assert named
    assert len(entries) == ENTRIES - 1
