"""Marks of hits follow the rule of the index: case, blanks, line feeds and combining marks count for nothing."""

import re
import sqlite3
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.running import fangtan

from archive.research.places import places
from archive.research.search import Hit, concordance
from archive.store.query import TOKENIZE, phrase, spaced
from archive.store.query_language import parse
from archive.store.store import open_reader


def shown(text, *words):
    return [text[start:end] for start, end in places([text], words)[0]]


@pytest.mark.parametrize(
    ("text", "words", "right"),
    [
        ("全县建成5G基站，5g信号到村。", ["5g"], ["5G", "5g"]),
        ("全县 WiFi 免费", ["WIFI"], ["WiFi"]),
        ("水\n务局与水 务 局", ["水务局"], ["水\n务局", "水 务 局"]),
        ("cafe\u0301馆", ["cafe馆"], ["cafe\u0301馆"]),
        ("人人人人人", ["人人"], ["人人", "人人"]),
        ("法法", ["法"], ["法", "法"]),
        ("营商环境", ["营商", "营商环境", "环境"], ["营商环境"]),
        ("县政府", ["政府", "县政"], ["县政"]),
        ("13年", ["3", "1"], ["1", "3"]),
        ("\x1e\x1f<县>\x00城", ["县", "城"], ["县", "城"]),
        ("县城", ["，", "？！"], []),
        ("县城", [""], []),
    ],
)
def test_places(text, words, right):
    assert shown(text, *words) == right


_TEXT = st.text(alphabet="县城人法aA5gG ，\n\u0301\x00", max_size=14)


@settings(deadline=None)
@given(st.lists(_TEXT, max_size=4), st.lists(_TEXT, min_size=1, max_size=3))
def test_a_text_has_places_where_the_index_finds_it(texts, words):
    db = sqlite3.connect(":memory:")
    db.execute(f'CREATE VIRTUAL TABLE f USING fts5(text, tokenize="{TOKENIZE}")')
    db.executemany("INSERT INTO f(rowid, text) VALUES (?, ?)", enumerate(map(spaced, texts)))
    found = places(texts, words)
    assert len(found) == len(texts)
    for word in words:
        expression = phrase(word) or '""'
        matching = {row[0] for row in db.execute("SELECT rowid FROM f WHERE f MATCH ?", (expression,))}
        assert matching == {n for n, places_ in enumerate(places(texts, [word])) if places_}
    db.close()
    wanted = {re.sub(r"[ \n\u0301\x00]", "", word).lower() for word in words}
    for text, places_ in zip(texts, found, strict=True):
        assert all(end <= start for (_, end), (start, _) in pairwise(places_))
        assert {re.sub(r"[ \n\u0301\x00]", "", text[a:b]).lower() for a, b in places_} <= wanted


def test_the_tokenizer_is_that_of_the_indexes(crawled):
    db = open_reader(crawled.collection.store)
    made = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE sql LIKE '%USING fts5%'")]
    db.close()
    assert len(made) == 2
    assert all(f'tokenize="{TOKENIZE}"' in sql for sql in made)


def test_a_pipe_gets_no_escape_codes(crawled):
    found = fangtan("search", "3 OR 1 OR m", "--limit", "5", collection=crawled.collection.root)
    assert found.code == 0
    assert "[" in found.out
    assert "\x1b" not in found.out


def test_the_concordance_follows_the_index():
    hit = Hit("t", "i", "", "", "2026-01-01", 1, "县长", "guest", "全县建成\n5G基站。", "c")
    (line,) = concordance([hit], parse("5g基站"))
    assert (line.left, line.hit, line.right) == ("全县建成 ", "5G基站", "。")
