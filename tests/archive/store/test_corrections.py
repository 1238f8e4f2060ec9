"""People's corrections: laid over what was read, kept through rebuilds, merged, never hiding the parsed value or the words."""

import asyncio
import json
import shutil
import sqlite3
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dump import dump_public
from support.running import copy_of, fangtan, faults
from support.servers.oddserver import OddServer
from support.tables import table, uid_of

from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.store.corrections import CORRECTIONS, correct
from archive.store.store import open_reader
from archive.verify import Options, Summary, verify_collection
from archive.web.serve import application

pytestmark = pytest.mark.long

WHO = ("--author", "张三", "--reason", "听录像核对")


@pytest.fixture(scope="module")
def crawled_once(tmp_path_factory):
    collection = Collection(tmp_path_factory.mktemp("kept") / "kept").create()
    with OddServer(table()) as server:
        fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    return collection


@pytest.fixture
def kept(crawled_once, tmp_path):
    return copy_of(crawled_once, tmp_path / "kept")


def rows(collection, query, *values):
    db = open_reader(collection.store)
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def one(collection, query, *values):
    return next(iter(rows(collection, query, *values)), None)


def test_a_correction_is_shown_and_the_parsed_value_stays(kept):
    uid = uid_of(kept, "/1.html")[0]
    before = one(kept, "SELECT text FROM turns WHERE interview = ? AND seq = 2", uid)
    for field, value in (
        ("title", "灌溉访谈"),
        ("guests[1].name", "李卿"),
        ("turns[2].speaker", "李卿"),
        ("turns[2].person", "李卿"),
        ("turns[2].role", "reporter"),
    ):
        assert fangtan("correct", uid, field, value, *WHO, collection=kept.root).code == 0
    assert fangtan("correct", uid, "guests[1].title", "--nothing", *WHO, collection=kept.root).code == 0
    assert one(kept, "SELECT title FROM interviews WHERE uid = ?", uid) == ("灌溉访谈",)
    assert one(kept, "SELECT name, title FROM guests WHERE interview = ?", uid) == ("李卿", None)
    assert one(kept, "SELECT speaker, person, role FROM turns WHERE interview = ? AND seq = 2", uid) == (
        "李卿",
        "李卿",
        "reporter",
    )
    assert one(kept, "SELECT title FROM versions WHERE interview = ?", uid) == ("第1期访谈：灌溉之1",)
    assert one(kept, "SELECT name FROM persons WHERE name = '李卿'") == ("李卿",)
    assert one(kept, "SELECT gbt7714 FROM citation WHERE interview = ?", uid)[0].count("灌溉访谈") == 1
    assert one(kept, "SELECT text FROM turns WHERE interview = ? AND seq = 2", uid) == before
    rows = fangtan("correct", "--json", collection=kept.root).rows
    assert [(r["field"], r["parsed"], r["applied"]) for r in rows][:2] == [
        ("title", "第1期访谈：灌溉之1", 1),
        ("guests[1].name", "李青", 1),
    ]
    assert fangtan("search", "灌溉", "--role", "reporter", "--json", collection=kept.root).rows


def test_a_correction_that_was_killed_before_the_store_had_it_is_not_made_twice(kept):
    uid = uid_of(kept, "/1.html")[0]
    db = open_reader(kept.store)
    correct(kept, db, uid, "title", "灌溉访谈", "张三", "听录像核对")  # the file has it
    db.close()
    again = fangtan("correct", uid, "title", "灌溉访谈", *WHO, collection=kept.root)
    assert (again.code, "already" in again.err) == (2, True)
    assert rows(kept, "SELECT title, new, applied FROM corrections c JOIN interviews i ON i.uid = c.interview") == [("灌溉访谈", "灌溉访谈", 1)]  # fmt: skip


def test_dates_and_questions_follow_corrections(kept):
    """What is derived from a value is derived from the corrected one, and comes back with it."""
    uid = uid_of(kept, "/1.html")[0]
    question = "SELECT asker, question_seq, answer_seq FROM qa WHERE interview = ? ORDER BY 2, 3"
    dated = "SELECT date FROM interviews WHERE uid = ?"
    before = one(kept, question, uid), one(kept, dated, uid)
    roles = dict(rows(kept, "SELECT seq, role FROM turns WHERE interview = ?", uid))
    assert roles[1] == "host"
    assert before[0][1:] == (1, 2)
    fangtan("correct", uid, "turns[1].role", "narrator", *WHO, collection=kept.root)
    fangtan("correct", uid, "time_start", "2020-02-02", *WHO, collection=kept.root)
    assert (one(kept, question, uid) or (None, 0, 0))[1] != 1
    assert one(kept, dated, uid) == ("2020-02-02",)
    fangtan("correct", uid, "turns[1].role", "host", *WHO, collection=kept.root)
    assert one(kept, question, uid) == before[0]
    kept.corrections.unlink()
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert (one(kept, question, uid), one(kept, dated, uid)) == before


def test_who_is_who_can_be_corrected_both_ways(kept):
    """Two names that are one person, one name that is two; everything that counts persons follows, and a rebuild changes nothing."""
    people = [row[0] for row in rows(kept, "SELECT id FROM persons ORDER BY interviews DESC, id")]
    assert len(people) >= 2
    one_, other = people[:2]
    (many,) = one(kept, "SELECT sum(interviews) FROM persons WHERE id IN (?, ?)", one_, other)
    assert fangtan("correct", other, "same_as", one_, *WHO, collection=kept.root).code == 0
    assert one(kept, "SELECT interviews, method FROM persons WHERE id = ?", one_) == (many, "by correction")
    assert one(kept, "SELECT 1 FROM persons WHERE id = ?", other) is None
    assert one(
        kept, "SELECT count(DISTINCT interview) FROM participants WHERE person = ? AND role = 'guest'", one_
    ) == (many,)
    page = asyncio.run(application(kept).client.get(f"/person?id={quote(other)}")).text
    assert page.count("/interview/") >= many, "the old address leads to the one that is left"
    # and a namesake
    uid, seq, name = one(
        kept, "SELECT interview, seq, name FROM guests WHERE name <> ? ORDER BY interview, seq", other.partition("/")[2]
    )
    assert fangtan("correct", uid, f"guests[{seq}].person", f"{name}（乙）", *WHO, collection=kept.root).code == 0
    assert one(kept, "SELECT interviews, method FROM persons WHERE name = ?", f"{name}（乙）") == (1, "by correction")
    assert one(kept, "SELECT name FROM guests WHERE interview = ? AND seq = ?", uid, seq) == (name,), "as printed"
    dump = list(dump_public(kept.store))
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert list(dump_public(kept.store)) == dump
    assert not faults(kept)
    assert fangtan("correct", other, "same_as", "--nothing", *WHO, collection=kept.root).code == 0
    assert one(kept, "SELECT 1 FROM persons WHERE id = ?", other) is not None


def test_who_is_who_can_be_taken_back_when_nobody_bears_the_name_any_more(kept):
    one_, other = [row[0] for row in rows(kept, "SELECT id FROM persons ORDER BY interviews DESC, id")][:2]
    assert fangtan("correct", other, "same_as", one_, *WHO, collection=kept.root).code == 0
    name = other.partition("/")[2]
    for uid, seq in rows(kept, "SELECT interview, seq FROM guests WHERE name = ?", name):
        assert fangtan("correct", uid, f"guests[{seq}].person", f"{name}（乙）", *WHO, collection=kept.root).code == 0
    assert fangtan("correct", other, "same_as", "--nothing", *WHO, collection=kept.root).code == 0
    assert one(kept, "SELECT count(*) FROM corrections WHERE NOT applied") == (0,)
    assert one(kept, "SELECT count(*) FROM _same") == (0,)
    assert fangtan("correct", other, "same_as", "--nothing", *WHO, collection=kept.root).code == 2, "nothing stands"
    assert not faults(kept)


@pytest.mark.parametrize("said", ["nobody/无此人", "x", "", "a/b/c"])
def test_persons_who_are_not_there_are_refused(kept, said):
    (known,) = one(kept, "SELECT id FROM persons ORDER BY id")
    assert fangtan("correct", known, "same_as", said, *WHO, collection=kept.root).code == 2
    assert fangtan("correct", said or "/", "same_as", known, *WHO, collection=kept.root).code == 2
    assert fangtan("correct", known, "not_same_as", said, *WHO, collection=kept.root).code == 2
    assert not kept.corrections.exists()


def test_the_same_as_never_leads_in_a_circle(kept):
    people = [row[0] for row in rows(kept, "SELECT id FROM persons ORDER BY id")][:2]
    lines = [{"uid": a, "field": "same_as", "old": None, "new": b, "author": "x", "reason": "y", "date": "2026-01-01"} for a, b in (people, people[::-1])]  # fmt: skip
    kept.corrections.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert rows(kept, "SELECT applied FROM corrections ORDER BY number") == [(1,), (0,)]
    assert one(kept, "SELECT count(*) FROM persons WHERE id = ?", people[1]) == (1,)


def test_corrections_survive_rebuilds_and_verify_checks_both(kept):
    uid = uid_of(kept, "/1.html")[0]
    fangtan("correct", uid, "theme", "春灌", *WHO, collection=kept.root)
    fangtan("correct", uid, "theme", "夏灌", *WHO, collection=kept.root)
    dump = list(dump_public(kept.store))
    assert one(kept, "SELECT theme FROM interviews WHERE uid = ?", uid) == ("夏灌",)
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert list(dump_public(kept.store)) == dump
    assert faults(kept, reparse=True) == []
    db = sqlite3.connect(kept.store)
    db.execute("UPDATE versions SET corrected_theme = NULL")
    db.commit()
    db.close()
    assert "reparse" in {f.check for f in faults(kept, reparse=True)}
    kept.corrections.unlink()
    assert "corrections" in {f.check for f in faults(kept)}


def test_a_correction_of_what_is_read_otherwise_by_now_is_stale(kept):
    uid = uid_of(kept, "/1.html")[0]
    line = {
        "uid": uid,
        "field": "title",
        "old": "从前的标题",
        "new": "x",
        "author": "a",
        "reason": "b",
        "date": "2026-01-01",
    }
    kept.corrections.write_text(json.dumps(line) + "\n", "utf-8")
    fangtan("rebuild", collection=kept.root)
    assert one(kept, "SELECT title FROM interviews WHERE uid = ?", uid) == ("第1期访谈：灌溉之1",)
    found = list(verify_collection(kept, Summary(), Options(reparse=True)))
    assert [f.check for f in found if f.level == "fault"] == []
    assert any(f.check == "corrections" and "otherwise by now" in f.found for f in found)
    assert "STALE" in fangtan("correct", collection=kept.root).out


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("turns[2].text", "x"),
        ("uid", "x"),
        ("turns[99].role", "guest"),
        ("turns[2].role", "king"),
        ("kind", "listing"),
        ("title", "第1期访谈：灌溉之1"),
        ("title", "x" * 3000),
        ("turns[2].speaker", ""),
    ],
)
def test_what_cannot_be_corrected_is_said_and_changes_nothing(kept, field, value):
    result = fangtan("correct", uid_of(kept, "/1.html")[0], field, value, *WHO, collection=kept.root)
    assert result.code == 2, result.out
    assert not kept.corrections.exists()


def test_a_correction_needs_an_author_and_a_reason(kept):
    uid = uid_of(kept, "/1.html")[0]
    for arguments in (
        (uid, "title", "x"),
        (uid, "title", *WHO),
        (uid, "title", "x", "--nothing", *WHO),
        ("nonsense", "title", "x", *WHO),
    ):
        assert fangtan("correct", *arguments, collection=kept.root).code == 2


def test_what_cannot_be_entered_is_not_written(kept, tmp_path):
    """A key that cannot be used refuses a command before it writes, not behind it."""
    uid = uid_of(kept, "/1.html")[0]
    key, sheet = kept.root / "key.pem", tmp_path / "sheet.csv"
    key.write_text("no key", "utf-8")
    key.chmod(0o600)
    sheet.write_text(f"interview,tone\n{uid},high\n", "utf-8")
    settings = kept.root / "fangtan.toml"
    settings.write_text(settings.read_text("utf-8") + '[key]\npath = "key.pem"\n', "utf-8")
    for command in (["correct", uid, "title", "x", *WHO], ["code", sheet, "--coder", "z"]):
        done = fangtan(*command, collection=kept.root)
        assert done.code == 2
        assert "key.pem" in done.err
    assert not kept.corrections.exists()
    assert not (kept.root / "codings.jsonl").exists()


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"uid": "a"}',
        '{"uid": 1, "field": "title", "old": null, "new": "x", "author": "a", "reason": "b", "date": "2026-01-01"}',
    ],
)
def test_a_broken_line_is_named_and_the_others_hold(kept, line):
    uid = uid_of(kept, "/1.html")[0]
    fangtan("correct", uid, "theme", "春灌", *WHO, collection=kept.root)
    kept.corrections.write_text(f"\n{line}\n{kept.corrections.read_text('utf-8')}", "utf-8")
    with pytest.raises(ConfigError, match=r"corrections\.jsonl:2"):
        CORRECTIONS.read(kept)
    result = fangtan("rebuild", collection=kept.root)
    assert result.code == 3
    assert "corrections.jsonl:2" in result.err
    assert one(kept, "SELECT theme FROM interviews WHERE uid = ?", uid) == ("春灌",)
    assert one(kept, "SELECT number FROM corrections") == (3,)
    assert [f.found for f in faults(kept) if f.check == "corrections"] != []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("published_at", "yesterday"),
        ("published_at", "2021-02-29"),
        ("published_at", "2021-12-23 11:40"),
        ("published_at", "2021-12-23T25:00:00+08:00"),
        ("published_at", "２０２１-12-23"),
        ("time_start", "2021-13"),
        ("time_start", "2021-12-23T9"),
        ("time_end", "10:00"),
        ("kind", "listing"),
        ("title", "\ud800"),
    ],
)
def test_a_value_that_cannot_stand_in_a_field_is_a_broken_line(tmp_path, field, value):
    collection = Collection(tmp_path)
    line = {"uid": "u", "field": field, "old": None, "new": value, "author": "a", "reason": "b", "date": "2026-01-01"}
    collection.corrections.write_text(json.dumps(line) + "\n", "utf-8")
    with pytest.raises(ConfigError, match=r"corrections\.jsonl:1: "):
        CORRECTIONS.read(collection)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("published_at", "2021-12-23"),
        ("published_at", "2021-12-23T11:40:00+08:00"),
        ("published_at", None),
        ("time_start", "2021"),
        ("time_start", "2021-12"),
        ("time_end", "2021-12-23T10"),
        ("time_end", "2021-12-23T10:30"),
    ],
)
def test_times_as_the_record_has_them_are_taken(tmp_path, field, value):
    collection = Collection(tmp_path)
    line = {"uid": "u", "field": field, "old": "x", "new": value, "author": "a", "reason": "b", "date": "2026-01-01"}
    collection.corrections.write_bytes(b"\xef\xbb\xbf" + json.dumps(line).encode() + b"\r\n")
    assert [c.new for c in CORRECTIONS.read(collection)] == [value]


def test_bytes_that_are_no_text_are_one_broken_line(tmp_path):
    collection = Collection(tmp_path)
    line = {
        "uid": "u",
        "field": "title",
        "old": "a\u2028b",
        "new": "c",
        "author": "a",
        "reason": "b",
        "date": "2026-01-01",
    }
    text = json.dumps(line, ensure_ascii=False).encode()
    collection.corrections.write_bytes(text + b"\n\xb7\xc3\xcc\xb8\n" + text + b"\n")
    found = CORRECTIONS.look(collection)
    assert [number for number, _ in found.lines] == [1, 3]
    assert [problem.split(": ")[0] for problem in found.problems] == [f"{collection.corrections}:2"]


def test_a_line_written_by_hand_without_its_end_is_kept(kept):
    uid = uid_of(kept, "/1.html")[0]
    fangtan("correct", uid, "theme", "春灌", *WHO, collection=kept.root)
    kept.corrections.write_bytes(kept.corrections.read_bytes().rstrip(b"\n"))
    fangtan("correct", uid, "source", "县水务局", *WHO, collection=kept.root)
    assert [c.field for c in CORRECTIONS.read(kept)] == ["theme", "source"]


def test_corrections_come_along_when_collections_are_merged(kept, tmp_path):
    uid = uid_of(kept, "/1.html")[0]
    fangtan("correct", uid, "theme", "春灌", *WHO, collection=kept.root)
    other = Collection(tmp_path / "other")
    for _ in range(2):
        assert fangtan("merge", kept.root, collection=other.root).code == 0
    assert [c.new for c in CORRECTIONS.read(other)] == ["春灌"]
    assert one(other, "SELECT theme FROM interviews WHERE uid = ?", uid) == ("春灌",)
    assert faults(other, reparse=True) == []


def test_exports_tell_what_was_corrected(kept, tmp_path):
    uid = uid_of(kept, "/1.html")[0]
    fangtan("correct", uid, "theme", "春灌", *WHO, collection=kept.root)
    fangtan("export", "jsonl", "-o", tmp_path / "x", collection=kept.root)
    rows = [json.loads(line) for line in (tmp_path / "x" / "interviews.jsonl").read_text("utf-8").splitlines()]
    (row,) = [r for r in rows if r["uid"] == uid]
    assert row["theme"] == "春灌"
    assert [(c["field"], c["parsed"], c["new"], c["author"]) for c in row["corrections"]] == [
        ("theme", None, "春灌", "张三")
    ]


@given(st.text(max_size=60).filter(lambda t: t.strip()))
def test_any_text_goes_in_and_comes_out(tmp_path_factory, text):
    collection = Collection(tmp_path_factory.mktemp("any"))
    line = {
        "uid": "u",
        "field": "title",
        "old": None,
        "new": text,
        "author": text,
        "reason": text,
        "date": "2026-01-01",
    }
    try:
        collection.corrections.write_text(json.dumps(line) + "\n", "utf-8")
        assert CORRECTIONS.read(collection)[0].new == text
    finally:
        shutil.rmtree(collection.root)
