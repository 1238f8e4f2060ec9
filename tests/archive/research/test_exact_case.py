"""Exact case on request: marks, counts, pages, downloads agree with a plain reading of the texts."""

import csv
import io
import json
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.county_talks import add
from support.reading_room import ask
from support.running import fangtan
from support.talks import talk

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.research.counting import counts, facets, total
from archive.research.filters import Filter
from archive.research.pages import ORDERS, Wanted, page
from archive.store.query import TOKENIZE, spaced
from archive.store.query_language import parse, says
from archive.store.store import open_reader
from archive.web.serve import application

SPELLINGS = ("WiFi", "wifi", "WIFI", "wiFiWiFi", "W i\nFi", "网络")
TALKS = tuple(
    (
        f"/zxft/{n}.html",
        f"2024-01-1{n}",
        talk(
            f"办事大厅有{spelling}，App和5G都好用。",
            f"第{n}次说{spelling}，{spelling}也是。",
            day=f"2023年{1 + n}月1日",
        ),
    )
    for n, spelling in enumerate(SPELLINGS)
)


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    folder = tmp_path_factory.mktemp("case")
    collection = Collection(folder / "c").create()
    ledger.ensure_key(collection)
    return add(collection, TALKS, "first.warc.gz", folder)


@pytest.fixture
def db(archived):
    with closing(open_reader(archived.store)) as connection:
        yield connection


def plainly(db, condition):
    """Turns that a condition on their text without blanks chooses: no index, no function of ours."""
    return {name for name, text in db.execute("SELECT id, text FROM turns") if condition("".join(text.split()))}


CASES = {
    "WiFi": lambda text: "WiFi" in text,
    "wifi": lambda text: "wifi" in text,
    "wIFI": lambda text: "wIFI" in text,
    "App": lambda text: "App" in text,
    "app OR 网络": lambda text: "网络" in text,
    "次说 NOT wifi": lambda text: "次说" in text and "wifi" not in text,
    "App NOT app": lambda text: "App" in text,
    "NEAR(有 WiFi, 1)": lambda text: "有WiFi" in text,
    "次说": lambda text: "次说" in text,
}


def every(db, query, order):
    after, pages = None, []
    while after is not None or not pages:
        pages.append(page(db, query, Wanted(order, "7", after, 2)))
        after = pages[-1].next
    return pages


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("text", CASES)
def test_pages_and_counts_are_those_of_the_texts(db, text, order):
    expected, query = plainly(db, CASES[text]), parse(text, case=True)
    hits = [hit.turn for each in every(db, query, order) for hit in each.hits]
    assert set(hits) == expected
    assert total(db, query) == len(expected)
    assert sum(count.turns for count in counts(db, query, "year")) == len(expected)
    assert sum(count.turns for count in counts(db, query, "role")) == len(expected)
    assert sum(n for _, _, n in facets(db, query).get("role", [])) == len(expected)


def test_rates_are_of_all_turns_not_of_those_that_match(db):
    (exact,) = [row for row in counts(db, parse("WiFi", case=True), "year") if row.group == "2023"]
    (any_case,) = [row for row in counts(db, "WiFi", "year") if row.group == "2023"]
    assert exact.of == any_case.of
    assert 0 < exact.turns < any_case.turns


def test_walking_the_talks_gives_the_same(db, monkeypatch):
    expected = plainly(db, CASES["WiFi"])
    monkeypatch.setattr("archive.research.search._WALK_FROM", 0)
    hits = [hit.turn for each in every(db, parse("WiFi", case=True), "newest") for hit in each.hits]
    assert (set(hits), len(hits)) == (expected, len(expected))


def test_only_what_is_written_so_is_marked(db):
    found = page(db, parse("WiFi", case=True), Wanted("oldest", limit=100))
    assert {"".join(line.hit.split()) for line in found.lines} == {"WiFi"}
    written = "".join("".join(text.split()) for (text,) in db.execute("SELECT text FROM turns"))
    assert len(found.lines) == written.count("WiFi")


def test_the_command_the_page_and_the_downloads_agree(archived, db, tmp_path):
    expected = plainly(db, CASES["WiFi"])
    run = fangtan("search", "WiFi", "--case", "--json", "--limit", "100", collection=archived.root)
    assert {row["turn"] for row in run.rows} == expected
    app = application(archived)
    found = json.loads(ask(app, "/search.json?q=WiFi&case=1").text)
    assert ({turn["turn"] for turn in found["turns"]}, found["total"]) == (expected, len(expected))
    sheet = ask(app, "/search.csv?q=WiFi&case=1&unit=turns").text.lstrip("\ufeff")
    assert {row["turn"] for row in csv.DictReader(io.StringIO(sheet))} == expected
    shown = ask(app, "/search?q=WiFi&case=1&lang=en").text
    assert f'<p role="status">{len(expected)} ' in shown
    assert 'name="case" value="1" checked' in shown
    assert "/search.csv?unit=turns&amp;q=WiFi&amp;case=1" in shown
    folder = tmp_path / "taken"
    taken = ("export", "jsonl", "--query", "WiFi", "--case", "--unit", "turns", "-o", folder)
    assert fangtan(*taken, collection=archived.root).code == 0
    assert {json.loads(row)["turn"] for row in (folder / "turns.jsonl").read_text().splitlines()} == expected


def test_talks_of_an_export_have_the_word_in_its_case(db):
    condition, values = Filter(query="WiFi", case="WiFi").interviews()
    chosen = {row[0] for row in db.execute(f"SELECT i.uid FROM interviews i WHERE {condition}", values)}
    turns = plainly(db, CASES["WiFi"])
    assert chosen == {talk for name, talk in db.execute("SELECT id, interview FROM turns") if name in turns}


def test_case_and_fold_exclude_each_other(archived):
    run = fangtan("search", "WiFi", "--case", "--fold", collection=archived.root)
    assert run.code == 2
    assert "exclude each other" in run.err


#: Characters with case, each as one without.
PLAIN = str.maketrans("aAbB", "甲乙丙丁")
WORDS = st.text("aAbB", min_size=1, max_size=3)


def _joined(part):
    sides = st.tuples(part, st.sampled_from(["AND", "OR", "NOT"]), part)
    return sides.map(lambda side: ("(", side[0], side[1], side[2], ")"))


NEAR = st.tuples(WORDS, WORDS, st.integers(0, 3)).map(lambda n: ("NEAR(", n[0], n[1], f", {n[2]})"))
QUERIES = st.recursive(WORDS.map(lambda word: (word,)) | NEAR, _joined, max_leaves=4)


def _text(node, table):
    """A query as text; its words, not its operators, in other characters."""
    if isinstance(node, tuple):
        return " ".join(_text(part, table) for part in node)
    return node.translate(table) if set(node) <= set("aAbB") else node


@given(QUERIES, st.text("aAbB ，\n", max_size=12))
def test_says_is_what_sqlite_says_where_case_is_written_in_other_characters(query, text):
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f'CREATE VIRTUAL TABLE f USING fts5(text, tokenize="{TOKENIZE}")')
        db.execute("INSERT INTO f VALUES (?)", (spaced(text.translate(PLAIN)),))
        match = parse(_text(query, PLAIN)).match
        found = db.execute("SELECT count(*) FROM f WHERE f MATCH ?", (match,)).fetchone()[0]
    assert says(text, _text(query, {})) == bool(found)
