"""Search against a plain oracle, and exports that other programs can read."""

import csv
import json
import random
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.running import fangtan
from support.tools import TEI_SCHEMA

from archive.export import FORMATS
from archive.export.tei_people import TEI, XML_ID, clean
from archive.research.counting import counts, total
from archive.research.filters import Filter
from archive.research.folding import variants
from archive.research.search import first_page, search
from archive.store import migrations
from archive.store.query import paired, spaced
from archive.store.query_language import NOTHING, parse
from archive.store.store import open_reader

pytestmark = pytest.mark.long
SCHEMA = Path(migrations.__file__).with_name("m001_first_schema.sql").read_text("utf-8")
TOKENIZE = re.search(r'tokenize="([^"]+)"', SCHEMA)[1]


@pytest.fixture(scope="module")
def turns(crawled):
    db = open_reader(crawled.collection.store)
    found = dict(db.execute("SELECT id, text FROM turns"))
    db.close()
    return found


@pytest.fixture
def db(crawled):
    connection = open_reader(crawled.collection.store)
    yield connection
    connection.close()


def matching(db, query):
    hits, total = search(db, query, 10_000)
    assert len(hits) == total
    return {h.turn for h in hits}


# ── the query language ──────────────────────────────────────────────────────────────────────────────────────────────


#: What the language reads as its own; a word that holds one is put in quotes.
_SIGNS = '"＂()（）“”「」『』-－'


def tree(chance, texts, depth=3):
    """A random query, and the same as a Python condition."""
    if depth == 0 or chance.random() < 0.3:
        text = chance.choice(texts)
        size = chance.randint(1, 4)
        at = chance.randrange(max(1, len(text) - size))
        word = "".join(text[at : at + size].split())
        word = word if word and word not in ("AND", "OR", "NOT") and not any(c in word for c in _SIGNS) else "的"
        listed = word != word.strip(",，、;；")  # commas between words are no part of them
        return f'"{word}"' if listed or chance.random() < 0.3 else word, lambda t: word in t
    operator = chance.choice(["AND", "OR", "NOT", " "])
    (a, left), (b, right) = tree(chance, texts, depth - 1), tree(chance, texts, depth - 1)
    conditions = {
        "AND": lambda t: left(t) and right(t),
        " ": lambda t: left(t) and right(t),
        "OR": lambda t: left(t) or right(t),
        "NOT": lambda t: left(t) and not right(t),
    }
    return f"({a} {operator} {b})", conditions[operator]


@pytest.mark.parametrize("seed", range(60))
def test_any_combination_finds_what_a_plain_search_finds(db, turns, seed):
    chance = random.Random(seed)
    query, condition = tree(chance, sorted(turns.values()))
    assert matching(db, query) == {i for i, text in turns.items() if condition(text)}, query


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(alphabet=st.sampled_from("的县政府 \n。a1\u0301𠀀法"), max_size=12), min_size=1, max_size=6),
    st.text(alphabet=st.sampled_from('的县政府 "()ORNT。a1𠀀法'), max_size=12),
)
def test_both_indexes_find_the_same(texts, text):
    """What the index of pairs answers, the index of characters answers too; where it cannot, it is not asked."""
    connection = sqlite3.connect(":memory:")
    for table, prepared in (("c", spaced), ("p", paired)):
        connection.execute(f'CREATE VIRTUAL TABLE {table} USING fts5(text, tokenize="{TOKENIZE}")')
        connection.executemany(f"INSERT INTO {table} VALUES (?)", [(prepared(t),) for t in texts])
    query = parse(text)
    found = connection.execute("SELECT rowid FROM c WHERE c MATCH ?", (query.match,)).fetchall()
    if query.pairs is not None:
        assert connection.execute("SELECT rowid FROM p WHERE p MATCH ?", (query.pairs,)).fetchall() == found
    connection.close()


@pytest.mark.parametrize("query", ["的", "群众", "企业 OR 群众", "群众 NOT 的"])
@pytest.mark.parametrize("only", [Filter(), Filter(role="guest"), Filter(since="2021")])
@pytest.mark.parametrize("newest_first", [True, False])
def test_walking_shows_the_same_page_as_sorting(db, monkeypatch, query, only, newest_first):
    def page(limit):
        return [h.turn for h in first_page(db, query, limit, newest_first=newest_first, only=only)]

    sorted_pages = [page(limit) for limit in (1, 7, 10_000)]
    assert len(sorted_pages[2]) == total(db, query, only)
    monkeypatch.setattr("archive.research.search._WALK_FROM", 0)
    assert [page(limit) for limit in (1, 7, 10_000)] == sorted_pages
    monkeypatch.setattr("archive.research.search._WALK_AT_MOST", 2)  # gives up and sorts
    assert page(7) == sorted_pages[1]


def test_words_beside_each_other_bind_tighter_than_or(db, turns):
    expected = {i for i, t in turns.items() if ("企业" in t and "群众" in t) or "预约" in t}
    assert matching(db, "企业 群众 OR 预约") == expected
    assert matching(db, "预约 OR 企业 AND 群众") == expected


def test_near_counts_characters(db, turns):
    def near(text, a, b, distance):
        starts = [[i for i in range(len(text)) if text.startswith(w, i)] for w in (a, b)]
        return any(0 <= abs(y - x) - (len(a) if x < y else len(b)) <= distance for x in starts[0] for y in starts[1])

    plain = {i: t for i, t in turns.items() if not any(c.isspace() for c in t)}
    for distance in (0, 3, 10):
        found = matching(db, f"NEAR(主持 大家, {distance})") & set(plain)
        assert found == {i for i, t in plain.items() if near(t, "主持", "大家", distance)}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        '"',
        "()",
        "NOT",
        "AND OR",
        "NEAR(",
        "NEAR()",
        "NOT 的",
        "((((",
        "))))",
        "\x00",
        "a" * 5000,
        "(" * 3000 + "的",
        "* ^ - : { }",
        "\ud800",
    ],
)
def test_odd_queries_are_words_or_nothing(db, query):
    hits, total = search(db, query, 5)
    assert total >= len(hits) or total == 0


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from('的是县() "ANDORTNEAR,0159*^:-\n\x1f\x00é𠀀'), max_size=40))
def test_every_text_is_a_valid_expression(text):
    connection = sqlite3.connect(":memory:")
    connection.execute(f'CREATE VIRTUAL TABLE f USING fts5(text, tokenize="{TOKENIZE}")')
    connection.execute("INSERT INTO f VALUES (?)", (spaced("的是县政府"),))
    expression = parse(text).match
    try:
        connection.execute("SELECT count(*) FROM f WHERE f MATCH ?", (expression,)).fetchone()
    finally:
        connection.close()


def test_folding_counts_other_spellings(db):
    assert "执法" in variants("執法")
    assert "ＡＢ" in variants("AB")
    assert matching(db, parse("執法", variants)) == matching(db, "执法") != set()
    assert matching(db, "執法") == set()


# ── filters, counts, concordance ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "condition"),
    [
        (["--role", "guest"], "t.role = 'guest'"),
        (["--year", "2021"], "coalesce(i.time_start, i.published_at) LIKE '2021%'"),
        (
            ["--since", "2020", "--until", "2021-06"],
            "substr(coalesce(i.time_start, i.published_at), 1, 7) BETWEEN '2020' AND '2021-06'",
        ),
        (["--kind", "transcript"], "i.kind = 'transcript'"),
        (["--genre", "interview"], "i.genre = 'interview'"),
        (["--speaker", "殷学文"], "(t.person = '殷学文' OR t.speaker = '殷学文')"),
        (
            ["--org", "医疗保障局"],
            "EXISTS (SELECT 1 FROM guests g WHERE g.interview = i.uid AND g.name = t.person AND g.organization LIKE '%医疗保障局%')",
        ),
        (["--site", "nowhere"], "0"),
    ],
)
def test_filters_narrow_as_sql_does(crawled, db, options, condition):
    rows = fangtan("search", "的", "--limit", "10000", "--json", *options, collection=crawled.collection.root).rows
    expected = db.execute(
        f"SELECT t.id FROM turns t JOIN interviews i ON i.uid = t.interview WHERE t.text LIKE '%的%' AND {condition}"
    ).fetchall()
    assert {r["turn"] for r in rows} == {e[0] for e in expected}
    assert rows or options[1] == "nowhere"


@pytest.mark.parametrize("by", ["year", "month", "site", "province", "role", "speaker", "kind", "genre"])
def test_counts_add_up(db, turns, by):
    found = counts(db, "群众", by)
    assert sum(c.turns for c in found) == sum("群众" in t for t in turns.values())
    assert all(0 < c.turns <= c.of and c.interviews <= c.turns for c in found)


def test_the_concordance_shows_every_place(crawled, turns):
    rows = fangtan(
        "search", "企业 OR 群众", "--kwic", "--json", "--limit", "10000", collection=crawled.collection.root
    ).rows
    assert len(rows) == sum(t.count("企业") + t.count("群众") for t in turns.values())
    for row in rows:
        assert (row["left"] + row["hit"] + row["right"]) in turns[row["turn"]].replace("\n", " ")
    text = fangtan("search", "群众", "--kwic", collection=crawled.collection.root)
    assert text.code == 0
    assert "群众" in text.out


def test_unknown_choices_are_said(crawled):
    for options in (["--by", "weekday"], ["--year", "last"]):
        assert fangtan("search", "的", *options, collection=crawled.collection.root).code == 2


# ── exports ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def exported(crawled, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    for form in (*FORMATS, "release"):
        result = fangtan("export", form, "-o", folder / form, collection=crawled.collection.root)
        assert result.code == 0, result.err
        subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder / form, check=True)
        assert json.loads((folder / form / "datasheet.json").read_text("utf-8"))["interviews"] == 38
    return folder


def test_csv_holds_the_tables(exported, db):
    for name in ("interviews", "turns", "guests", "qa"):
        with (exported / "csv" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            assert len(list(csv.DictReader(stream))) == db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    with (exported / "csv" / "turns.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = {r["id"]: r["text"] for r in csv.DictReader(stream)}
    assert rows == dict(db.execute("SELECT id, text FROM turns"))


def test_parquet_holds_the_same(exported, db):
    from pyarrow import parquet

    table = parquet.read_table(exported / "parquet" / "turns.parquet").to_pylist()
    assert {r["id"]: (r["seq"], r["text"]) for r in table} == {
        i: (s, t) for i, s, t in db.execute("SELECT id, seq, text FROM turns")
    }


def test_json_lines_hold_whole_interviews(exported, db):
    rows = [json.loads(line) for line in (exported / "jsonl" / "interviews.jsonl").read_text("utf-8").splitlines()]
    assert [r["uid"] for r in rows] == sorted(r["uid"] for r in rows)
    assert sum(len(r["turns"]) for r in rows) == db.execute("SELECT count(*) FROM turns").fetchone()[0]
    assert all(r["record_id"].startswith("<urn:uuid:") and r["citation"] for r in rows)


def test_tei_is_whole_and_its_references_lead_somewhere(exported, turns):
    corpus = etree.parse(exported / "tei" / "corpus.xml")
    hrefs = [e.get("href") for e in corpus.iter("{http://www.w3.org/2001/XInclude}include")]
    assert len(hrefs) == 2 + 38
    assert hrefs[:2] == ["listPerson.xml", "listOrg.xml"]
    corpus.xinclude()
    ids, texts = {e.get(XML_ID) for e in corpus.iter() if isinstance(e.tag, str)}, []
    for href in hrefs[2:]:
        for utterance in etree.parse(exported / "tei" / href).iter(f"{{{TEI}}}u"):
            assert utterance.get("who").removeprefix("#") in ids
            texts.append("\n".join(s.text or "" for s in utterance.iter(f"{{{TEI}}}seg")))
    assert sorted(texts) == sorted(turns.values())


def schema_of(names):
    """TEI's schema for documents with these elements alone: where another one may or must stand, nothing may.

    It accepts the same documents as the whole schema, which takes libxml2 six seconds to compile.
    """
    rules = "{http://relaxng.org/ns/structure/1.0}"
    grammar = etree.parse(TEI_SCHEMA)
    for element in [e for e in grammar.iter(f"{rules}element") if e.get("name") not in {*names, None}]:
        tail = element.tail
        element.clear()
        element.tag, element.tail = f"{rules}notAllowed", tail
    return etree.RelaxNG(grammar)


@pytest.mark.needs("TEI's schema")
def test_tei_is_valid_file_by_file_and_as_a_whole(exported):
    corpus = etree.parse(exported / "tei" / "corpus.xml")
    corpus.xinclude()
    documents = [corpus, *map(etree.parse, (exported / "tei" / "interviews").iterdir())]
    schema = schema_of({etree.QName(e).localname for document in documents for e in document.iter(f"{{{TEI}}}*")})
    for document in documents:
        assert schema.validate(document), list(schema.error_log)[:3]
    broken = etree.fromstring(etree.tostring(corpus))
    next(broken.iter(f"{{{TEI}}}u")).tag = f"{{{TEI}}}utter"
    assert not schema.validate(broken)


@given(st.text())
def test_any_text_can_be_written_as_xml(text):
    element = etree.Element("a")
    element.text = clean(text)
    assert etree.fromstring(etree.tostring(element)).text or not text.strip("\r")


def test_convokit_folder_has_its_shape(exported, turns):
    folder = exported / "convokit"
    utterances = [json.loads(line) for line in (folder / "utterances.jsonl").read_text("utf-8").splitlines()]
    speakers = json.loads((folder / "speakers.json").read_text("utf-8"))
    talks = json.loads((folder / "conversations.json").read_text("utf-8"))
    assert {u["id"]: u["text"] for u in utterances} == turns
    assert {u["speaker"] for u in utterances} == set(speakers)
    assert {u["conversation_id"] for u in utterances} == set(talks)
    known = {u["id"] for u in utterances}
    assert all(u["reply-to"] in known or u["reply-to"] is None for u in utterances)


def test_citations(exported):
    items = json.loads((exported / "citations" / "references.json").read_text("utf-8"))
    assert len(items) == 38
    assert all(i["type"] == "interview" and i["URL"] and i["accessed"]["date-parts"][0] for i in items)
    bib = (exported / "citations" / "references.bib").read_text("utf-8")
    assert bib.count("@online{") == 38
    assert bib.count("{") == bib.count("}")
    assert all("[EB/OL]" in line for line in (exported / "citations" / "gbt7714.txt").read_text("utf-8").splitlines())


def test_a_release_opens_anywhere(exported, turns):
    path = exported / "release" / "fangtan.db"
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    assert dict(db.execute("SELECT id, text FROM turns")) == turns
    assert db.execute("SELECT count(*) FROM find WHERE q MATCH '\"执 法\"'").fetchone()[0] == sum(
        "执法" in t for t in turns.values()
    )
    db.close()
    assert not list(path.parent.glob("*-wal"))


def test_an_export_is_the_same_again(crawled, exported, tmp_path):
    for form in FORMATS:
        fangtan("export", form, "-o", tmp_path / form, collection=crawled.collection.root)
        files = [p for p in (exported / form).rglob("*") if p.is_file()]
        assert files
        for path in files:
            assert path.read_bytes() == (tmp_path / form / path.relative_to(exported / form)).read_bytes(), path


def test_filters_and_refusals(crawled, tmp_path):
    root = crawled.collection.root
    assert (
        fangtan("export", "jsonl", "--year", "2021", "--role", "guest", "-o", tmp_path / "some", collection=root).code
        == 0
    )
    rows = [json.loads(line) for line in (tmp_path / "some" / "interviews.jsonl").read_text("utf-8").splitlines()]
    assert 0 < len(rows) < 38
    assert {t["role"] for r in rows for t in r["turns"]} == {"guest"}
    assert fangtan("export", "csv", "-o", tmp_path / "some", collection=root).code == 2, (
        "an existing folder is not written into"
    )
    assert fangtan("export", "csv", "--site", "nowhere", "-o", tmp_path / "none", collection=root).code == 2
    assert fangtan("export", "release", "--year", "2021", "-o", tmp_path / "none", collection=root).code == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["some"], "a refused export leaves nothing"


def test_nothing_matches_nothing():
    assert parse("").match == NOTHING
