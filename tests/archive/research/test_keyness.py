"""Log-likelihood against the textbook's formula, and the parts it compares."""

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.running import fangtan

from archive.errors import ConfigError
from archive.research.filters import Filter
from archive.research.keyness import _around, collocations, g2, keywords, ranked
from archive.research.strings import Strings
from archive.store.store import open_reader


def textbook(a, b, c, d):
    """G² of the contingency table of a word in two corpora of c and d words (all four cells)."""
    cells = [
        (a, (a + b) * c / (c + d)),
        (b, (a + b) * d / (c + d)),
        (c - a, (c + d - a - b) * c / (c + d)),
        (d - b, (c + d - a - b) * d / (c + d)),
    ]
    return 2 * sum(o * math.log(o / e) for o, e in cells if o > 0 and e > 0)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(500, 100_000), st.integers(500, 100_000))
def test_the_score_is_the_textbooks(a, b, c, d):
    score = g2(a, b, c, d)
    assert abs(score) == pytest.approx(abs(textbook(a, b, c, d)), abs=1e-6)
    assert score >= -1e-9 if a * d >= b * c else score <= 1e-9
    assert g2(b, a, d, c) == pytest.approx(-score if a * d != b * c else score, abs=1e-6)


def test_a_known_value():
    """Rayson's worked example: 10 in 1,000 against 5 in 1,000 (two cells give 1.699; with the other two 1.712)."""
    assert g2(10, 5, 1000, 1000) == pytest.approx(1.712, abs=0.001)


def test_parts_are_what_the_filter_says(crawled):
    db = open_reader(crawled.collection.store)
    found = {k.unit: k for k in keywords(db, Filter(role="host"), Strings(2))}
    texts = db.execute("SELECT text, role = 'host' FROM turns").fetchall()
    for unit in ("感谢", "大家", "群众"):
        counted = [
            sum(1 for t, host in texts if bool(host) is side for s in Strings(2)(t) if s == unit)
            for side in (True, False)
        ]
        if unit in found:
            assert [found[unit].count, found[unit].rest] == counted
    best = max(found.values(), key=lambda k: k.score)
    assert best.count * 1.0 > best.rest
    with pytest.raises(ConfigError, match="two parts"):
        keywords(db, Filter(), Strings(2))
    db.close()


@given(st.text(alphabet="执法甲乙丙", max_size=60), st.integers(1, 8))
def test_every_character_is_near_or_not_once(text, window):
    inside, outside = _around(text, "执法", window)
    assert Counter("".join(inside) + "".join(outside)) == Counter(text.replace("执法", ""))
    assert all(len(piece) <= window for piece in inside)


def test_near_a_word(crawled):
    db = open_reader(crawled.collection.store)
    found = collocations(db, "执法", Filter(), Strings(2), window=4, at_least=2)
    assert found[0].score > 0
    texts = [t for (t,) in db.execute("SELECT text FROM turns WHERE text LIKE '%执法%'")]
    assert any(found[0].unit in t for t in texts)
    with pytest.raises(ConfigError, match="nowhere"):
        collocations(db, "没有这个词", Filter(), Strings(2))
    db.close()


def test_order_is_stable_and_rare_units_are_left_out():
    part, rest = Counter({"甲乙": 5, "丙丁": 5, "戊己": 1}), Counter({"庚辛": 9})
    assert [k.unit for k in ranked(part, rest, 2)] == ["丙丁", "甲乙", "庚辛"]


def test_the_command(crawled):
    rows = fangtan("keywords", "--role", "guest", "--limit", "5", "--json", collection=crawled.collection.root).rows
    assert len(rows) == 5
    assert all(a["score"] >= b["score"] for a, b in pairwise(rows))
    near = fangtan("keywords", "执法", "--json", collection=crawled.collection.root).rows
    assert near
    assert fangtan("keywords", collection=crawled.collection.root).code == 2
    words = fangtan("keywords", "--role", "guest", "--words", collection=crawled.collection.root)
    assert words.code in (0, 2)
    assert words.code == 0 or "jieba" in words.err
