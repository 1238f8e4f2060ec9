"""``fangtan.open()``: frames of pandas and of polars with types and joins, and the same in R."""

import json
import sqlite3
import subprocess

import pandas as pd
import polars as pl
import pytest
from support.county_talks import held

import fangtan
from archive.handover.withhold import withhold
from archive.store.store import open_reader


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    return held(tmp_path_factory.mktemp("opened"))


@pytest.fixture
def archive(archived):
    with fangtan.open(archived.root) as opened:
        yield opened


@pytest.fixture
def polar(archived):
    with fangtan.open(archived.store, frames="polars") as opened:
        yield opened


def plain(archived, query):
    db = open_reader(archived.store)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def test_every_table_is_a_frame_in_both_libraries(archived, archive, polar):
    assert {"turns", "interviews", "guests", "qa", "persons", "corrections", "history"} <= set(archive.tables)
    for table in archive.tables:
        columns = [row[1] for row in plain(archived, f"PRAGMA table_info({table})") if not row[1].startswith("corrected_")]  # fmt: skip
        (count,) = plain(archived, f"SELECT count(*) FROM {table}")[0]
        assert (list(archive.frame(table).columns), len(archive.frame(table))) == (columns, count), table
        assert (polar.frame(table).columns, len(polar.frame(table))) == (columns, count), table


def test_columns_have_types(archive, polar):
    turns, talks = archive.frame("turns", joined=True), archive.frame("interviews")
    kinds = {n: str(turns[n].dtype) for n in ("id", "seq", "role", "person", "year", "talk_date", "text")}
    assert kinds == {
        "id": "string", "seq": "Int64", "role": "category", "person": "string", "year": "Int64", "talk_date": "string", "text": "string",
    }  # fmt: skip
    assert str(talks["first_seen"].dtype).startswith("datetime64")
    assert talks["first_seen"].dt.tz is not None
    assert str(archive.frame("versions")["newest"].dtype) == "boolean"
    assert polar.frame("interviews").schema["first_seen"].time_zone == "UTC"
    assert polar.frame("versions").schema["newest"] == pl.Boolean
    assert polar.frame("turns").schema["role"] == pl.Categorical


def test_joined_turns_know_their_person_and_stay_as_many(archived, archive, polar):
    joined, turns = archive.frame("turns", joined=True), archive.frame("turns")
    assert list(joined["id"]) == list(turns["id"])
    (person,) = plain(archived, "SELECT id FROM persons")[0]
    guests = joined[joined["role"] == "guest"]
    assert set(guests["person_id"]) == {person}
    assert set(guests["organization"]) == {"县住建局"}
    assert set(guests["post"]) == {"局长"}
    assert joined[joined["role"] == "host"]["person_id"].isna().all()
    dates = dict(plain(archived, "SELECT uid, date FROM interviews"))
    assert list(joined["talk_date"]) == [dates[uid] for uid in joined["interview"]]
    assert polar.frame("turns", joined=True)["person_id"].to_list() == [None if pd.isna(p) else p for p in joined["person_id"]]  # fmt: skip
    assert len(archive.frame("guests", joined=True)) == len(archive.frame("guests"))
    assert "site_name" in archive.frame("interviews", joined=True).columns


def test_conditions_are_those_of_a_search(archived, archive):
    only = archive.frame("turns", role="guest", since="2023-05", query="供水")
    db_rows = plain(
        archived,
        "SELECT id FROM turns t WHERE role = 'guest' AND interview IN (SELECT uid FROM interviews WHERE date >= '2023-05')"
        " AND interview IN (SELECT interview FROM turns WHERE role = 'guest' AND text LIKE '%供水%')",
    )
    assert sorted(only["id"]) == sorted(row[0] for row in db_rows) != []
    assert len(archive.frame("qa", year=2023)) == len(archive.frame("qa"))
    assert [row["uid"] for row in archive.rows("interviews", since="2023-09")] == sorted(
        row[0] for row in plain(archived, "SELECT uid FROM interviews WHERE date >= '2023-09'")
    )


def test_searches_and_statements(archived, archive):
    hits = archive.search("群众 NOT 听证")
    assert set(hits["turn"]) == {
        row[0] for row in plain(archived, "SELECT id FROM turns WHERE text LIKE '%群众%' AND text NOT LIKE '%听证%'")
    }
    assert len(archive.search("群众", lines=True)) > len(archive.search("群众"))
    assert len(archive.search("没有这个词")) == 0
    assert archive.sql("SELECT count(*) AS n FROM turns WHERE role = ?", ["guest"])["n"].item() == len(
        archive.frame("turns", role="guest")
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda a: a.frame("_turns"),
        lambda a: a.frame("nothing"),
        lambda a: a.frame("captures", joined=True),
        lambda a: a.frame("captures", year="2023"),
        lambda a: a.frame("guests", role="guest"),
        lambda a: a.frame("turns", colour="red"),
        lambda a: a.frame("turns", role="king"),
        lambda a: a.search("群众", order="oldest first"),
    ],
)
def test_what_cannot_be_is_said(archive, ask):
    with pytest.raises(fangtan.FangtanError):
        ask(archive)


def test_no_store_no_library_no_writing(archived, archive, tmp_path):
    with pytest.raises(fangtan.FangtanError, match="no store yet"):
        fangtan.open(tmp_path)
    with pytest.raises(fangtan.FangtanError, match="pandas, polars"):
        fangtan.open(archived.root, frames="excel")
    with pytest.raises(sqlite3.OperationalError):
        archive.sql("DELETE FROM _turns")


def test_a_missing_library_is_named(archive, polar, monkeypatch):
    for name, opened in (("pandas", archive), ("polars", polar)):
        monkeypatch.setitem(__import__("sys").modules, name, None)
        assert next(opened.rows("turns"))["seq"] == 1
        with pytest.raises(fangtan.FangtanError, match=f"pip install {name}"):
            opened.frame("turns")


def test_a_talk_that_was_taken_down_is_in_no_frame(tmp_path):
    collection = held(tmp_path)
    with fangtan.open(collection.root) as archive:
        before = archive.frame("interviews")
    withhold(collection, [before["uid"][0]], "asked for")
    with fangtan.open(collection.root) as archive:
        assert before["uid"][0] not in set(archive.frame("interviews")["uid"])
        assert before["uid"][0] not in set(archive.search("群众")["interview"])


@pytest.mark.needs("Rscript")
def test_r_reads_the_same(archived, archive):
    script = f"""
    source("{fangtan.R_FILE}")
    archive <- fangtan_open("{archived.root}")
    turns <- fangtan_turns(archive, "t.role = $role", list(role = "guest"))
    found <- fangtan_search(archive, "供水")
    talks <- fangtan_table(archive, "interviews")
    stopifnot(is.factor(turns$role), inherits(talks$first_seen, "POSIXct"), !anyNA(talks$first_seen))
    stopifnot(identical(fangtan_bare(c("'=1", "'x", "''+1", "'\\u3000＝1")), c("=1", "'x", "'+1", "\\u3000＝1")))
    cat(paste(turns$id, turns$person_id), sep = "\\n"); cat("--\\n"); cat(found$id, sep = "\\n")
    DBI::dbDisconnect(archive)
    """
    run = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    guests, _, found = run.stdout.partition("--\n")
    expected = archive.frame("turns", joined=True, role="guest")
    assert guests.split("\n")[:-1] == [f"{t} {p}" for t, p in zip(expected["id"], expected["person_id"], strict=True)]
    assert set(found.split()) == set(archive.search("供水")["turn"])
    assert json.dumps(found)
