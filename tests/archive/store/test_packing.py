"""Readings are kept once and compressed; a store of before is brought there by its migration."""

import json
import sqlite3
import zlib
from contextlib import closing

import pytest

from archive.collection.tables import Database
from archive.store.migrations import migrate
from archive.store.packing import NOTHING, evidence_of, record_of, text_of, unpacked

OLD, OTHER = ({"kind": "transcript", "turns": [{"text": words}]} for words in ("修了十二公里。", "再修二十公里。"))


def capture(db, name, kind, refers_to, text):
    columns = "id, key, url, method, fetched_at, status, sha256, bytes, type, warc_file, warc_offset, warc_length, record_id, refers_to"
    db.execute(f"INSERT INTO captures({columns}) VALUES (?, 'k', 'u', 'GET', '2024', 200, '', 0, ?, 'f', 0, 0, ?, ?)", (name, kind, name, refers_to))  # fmt: skip
    db.execute("INSERT INTO _readings(capture, key, kind, record) VALUES (?, 'k', 'transcript', ?)", (name, text))


def test_the_readings_of_an_older_store_say_what_they_said():
    said = {"first": OLD, "again": OLD, "else": OTHER, "none": None}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(Database(db), stop_before="m022_packed")
        for name, record in said.items():
            kind, refers_to = ("revisit", "first") if name in ("again", "else") else ("response", None)
            capture(db, name, kind, refers_to, json.dumps(record, ensure_ascii=False))
        migrate(Database(db))
        assert {name: record_of(db, name) for name in said} == said
        kept = dict(db.execute("SELECT capture, record FROM _readings"))
    assert (kept["again"], kept["none"]) == (b"=", b"")
    assert zlib.decompress(kept["else"]).decode() == json.dumps(OTHER, ensure_ascii=False)


def test_where_a_turn_was_found_is_kept_once():
    record = {"kind": "transcript", "evidence": {"title": {"quote": "甲"}, "turns[1]": {"quote": "乙"}}, "skipped": []}
    assert json.loads(evidence_of(record)) == {"evidence": {"title": {"quote": "甲"}}, "skipped": []}


def test_a_damaged_record_is_an_error_that_says_so():
    assert unpacked(NOTHING) is None
    for data in (b"x", zlib.compress(b"{}")[:-3], "text"):
        with pytest.raises(ValueError, match="not a compressed record"):
            text_of(data)
