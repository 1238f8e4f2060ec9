"""Readings are kept once and compressed, evidence is said shortly; a store of before is brought there by its migrations."""

import json
import sqlite3
import zlib
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpora import corpus

import parsers
from archive.collection.tables import Database
from archive.store.migrations import migrate
from archive.store.packing import NOTHING, evidence_in, evidence_of, packed, record_of, text_of, unpacked
from parsers.record import Abstained, Evidence, Record

OLD, OTHER = ({"kind": "transcript", "turns": [{"text": words}]} for words in ("修了十二公里。", "再修二十公里。"))


#: What the triggers of a store ask; the migrations put all views in its place.
SHOWN = """CREATE VIEW interviews AS SELECT uid, NULL AS time_start, NULL AS published_at, 'transcript' AS kind, 1 AS n_turns,
  2 AS characters, 'interview' AS genre, 'c' AS capture FROM _interviews"""


def read(number=1):
    """A record as the parsers make it, evidence of all kinds with it."""
    case = corpus.make("dev", 1, number)
    return parsers.parse([parsers.Payload(case.url, case.data, case.content_type)])


def capture(db, name, kind, refers_to, text):
    columns = "id, key, url, method, fetched_at, status, sha256, bytes, type, warc_file, warc_offset, warc_length, record_id, refers_to"
    db.execute(f"INSERT INTO captures({columns}) VALUES (?, 'k', 'u', 'GET', '2024', 200, '', 0, ?, 'f', 0, 0, ?, ?)", (name, kind, name, refers_to))  # fmt: skip
    db.execute("INSERT INTO _readings(capture, key, kind, record) VALUES (?, 'k', 'transcript', ?)", (name, text))


def as_json(record):
    return json.dumps(record, ensure_ascii=False)


def compressed(record):
    """As it was kept between the two migrations."""
    return zlib.compress(as_json(record).encode()) if record else NOTHING


@pytest.mark.parametrize(("before", "kept"), [("m022_packed", as_json), ("m028_shortly", compressed)])
def test_the_readings_of_an_older_store_say_what_they_said(before, kept):
    real = read().as_dict()
    said = {"first": OLD, "again": OLD, "else": OTHER, "none": None, "real": real}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(Database(db), stop_before=before)
        for name, record in said.items():
            kind, refers_to = ("revisit", "first") if name in ("again", "else") else ("response", None)
            capture(db, name, kind, refers_to, kept(record))
        capture(db, "damaged", "response", None, b"x" if kept is compressed else "x")
        migrate(Database(db))
        assert {name: record_of(db, name) for name in said} == said
        rows = dict(db.execute("SELECT capture, record FROM _readings"))
        with pytest.raises(ValueError, match="not a compressed record"):
            record_of(db, "damaged")
    assert (rows["again"], rows["none"]) == (b"=", b"")
    assert rows["real"] == packed(read().as_dict()), "the form that an indexer writes today"


@pytest.mark.parametrize("before", ["m022_packed", "m028_shortly"])
def test_the_evidence_of_an_older_store_says_what_it_said(before):
    record = read().as_dict()
    found = {name: record[name] for name in ("evidence", "confidence", "abstained", "skipped")}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(Database(db), stop_before=before)
        capture(db, "c", "response", None, as_json(record) if before == "m022_packed" else compressed(record))
        db.execute("INSERT INTO _interviews(uid, url, first_seen, last_seen) VALUES ('i', 'u', '2024', '2024')")
        columns = "id, interview, version_no, capture, parser, content_sha256, newest, kind, n_turns, evidence"
        db.execute(SHOWN)
        for number, (name, text) in enumerate((("i.1", as_json(found)), ("i.2", "{damaged")), 1):
            db.execute(
                f"INSERT INTO versions({columns}) VALUES (?, 'i', ?, 'c', 'p', 's', ?, 'transcript', 1, ?)",
                (name, number, number == 1, text),
            )
        migrate(Database(db))
        kept = dict(db.execute("SELECT id, evidence FROM versions"))
    assert kept == {"i.1": evidence_of(record), "i.2": "{damaged"}
    whole = evidence_in(kept["i.1"])
    assert whole["evidence"] == {name: e for name, e in record["evidence"].items() if not name.startswith("turns[")}


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
EVIDENCE = st.builds(
    Evidence, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS, st.integers(0, 9), st.integers(0, 9), st.integers(0, 2),
    st.sampled_from(["", "a" * 64, "b" * 64]), st.lists(WORDS, max_size=2).map(tuple),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["title", "theme", "turns[1]", "kind"]), EVIDENCE), WORDS)
def test_nothing_is_lost_by_saying_it_shortly(evidence, title):
    record = Record(
        url="u", kind="other", title=title, evidence=evidence, parser="p", abstained={"time": Abstained(title, ())}
    )
    data = packed(record.as_dict())
    assert Record.from_dict(unpacked(data)) == record
    assert text_of(data) == as_json(record.as_dict()), "as `fangtan parse` prints it"
    shown = evidence_in(evidence_of(record.as_dict()))
    assert shown["evidence"] == {k: e for k, e in record.as_dict()["evidence"].items() if k != "turns[1]"}


def test_the_column_that_people_read_is_short_and_stock_sqlite_reads_it():
    record = read()
    text = evidence_of(record.as_dict())
    with closing(sqlite3.connect(":memory:")) as db:
        (quote, confidence) = db.execute(
            "SELECT json_extract(?1, '$.evidence.title.quote'), json_extract(?1, '$.confidence.title')", (text,)
        ).fetchone()
    assert (quote, confidence) == (record.evidence["title"].quote, record.confidence["title"])
    plain = {name: record.as_dict()[name] for name in ("evidence", "confidence", "abstained", "skipped")}
    plain["evidence"] = {k: e for k, e in plain["evidence"].items() if not k.startswith("turns[")}
    assert 2 * len(text) < len(as_json(plain)), "keys and digests do not recur"


def test_a_damaged_record_is_an_error_that_says_so():
    assert unpacked(NOTHING) is None
    for data in (b"x", packed({})[:-3], b"\x01" + b"x", "text"):
        with pytest.raises(ValueError, match="not a compressed record"):
            text_of(data)
    for told in ([], {"title": {}}, {"title": {"quote": "甲", "payload": 9}}):
        with pytest.raises(ValueError, match="another shape"):
            evidence_in(as_json({"evidence": told, "payloads": []}))
