"""The field corpus itself: reproducible, apart by split, true to what is counted on real pages."""

from collections import Counter
from itertools import combinations

import pytest
from support.corpora import field
from support.corpora.field.fold import fold
from support.corpora.field.truth import Truth, fits, overlaps
from support.corpora.field.words import split_of


@pytest.fixture(scope="module")
def cases():
    return {split: [field.make(split, 3, n) for n in range(300)] for split in field.SPLITS}


def shares(cases, tag, of="kind=transcript"):
    name, _, value = of.partition("=")
    truths = [c.truth for c in cases if c.truth.tags[name] == value]
    return {k: n / len(truths) for k, n in Counter(t.tags[tag] for t in truths).items()}


def test_a_page_is_made_again_from_its_number(cases):
    for split in field.SPLITS:
        assert field.make(split, 3, 17) == cases[split][17]
    assert field.make("held", 4, 17) != cases["held"][17]


def test_splits_share_no_frame(cases):
    splits = {name: split_of(name) for name in field.SPLITS}
    pairs = list(combinations(field.SPLITS, 2))
    assert len({len(frames) for frames in splits.values()}) == 1
    assert len(pairs) == 3
    words = {
        s: {k: set(map(str, v)) for k, v in f.items() if k not in ("given", "surnames")} for s, f in splits.items()
    }
    assert [(a, b, key) for a, b in pairs for key in words[a] if words[a][key] & words[b][key]] == []
    families = {split: {c.truth.tags["family"] for c in cases[split]} for split in field.SPLITS}
    assert [(a, b) for a, b in pairs if families[a] & families[b]] == []


@pytest.mark.parametrize("split", field.SPLITS)
def test_the_corpus_looks_like_the_field(cases, split):
    pages = cases[split]
    assert 0.05 < shares(pages, "guests in")["header"] < 0.25
    assert 0.15 < shares(pages, "script")["traditional"] < 0.35
    assert shares(pages, "label")["inline"] > 0.4
    assert shares(pages, "stamp")["none"] > 0.8
    texts = [t.text[0] for c in pages for t in c.truth.turns]
    assert 70 < sum(map(len, texts)) / len(texts) < 140
    assert 0.8 < sum("\n" not in t for t in texts) / len(texts) < 0.97
    assert sum(t.role == "netizen" for c in pages for t in c.truth.turns) < len(texts) * 0.06


def text_of(case):
    return case.data.decode("gb18030" if b"charset='gb2312'" in case.data else "utf-8")


@pytest.mark.parametrize("split", field.SPLITS)
def test_what_a_page_is_said_to_hold_stands_in_it(cases, split):
    pages = [(text_of(c), c.truth) for c in cases[split]]
    assert [truth.planted for text, truth in pages if not all(p in text for p in truth.planted)] == []
    clean = [(text, truth) for text, truth in pages if not truth.planted]
    assert len(clean) > 200
    turns = [(text, t) for text, truth in clean for t in truth.turns]
    assert [t for text, t in turns if not any(all(line in text for line in one.split("\n")) for one in t.text)] == []
    assert [text for text, _ in clean if "@" in text.replace("yj@", "") or "{org}" in text] == []


@pytest.mark.parametrize("split", field.SPLITS)
def test_a_clean_twin_is_the_same_page_without_the_planted_words(cases, split):
    tampered = [n for n, c in enumerate(cases[split]) if c.truth.planted]
    assert len(tampered) > 20
    for number in tampered:
        twin, planted = field.make(split, 3, number, clean=True), cases[split][number]
        assert not twin.truth.planted
        assert (twin.truth.turns, twin.truth.title) == (planted.truth.turns, planted.truth.title)
        assert not any(p in text_of(twin) for p in planted.truth.planted)


def test_traditional_script_keeps_every_place():
    text = "记者：杨局长，请问养老服务怎么办？"
    assert len(fold(text)) == len(text)
    assert fold(text) == "記者：楊局長，請問養老服務怎麼辦？"
    assert fold(fold(text)) == fold(text)


def test_choices():
    assert fits(None, "甲|")
    assert fits("甲", "甲|乙")
    assert not fits("丙", "甲|乙")
    assert overlaps("乐鱼体育", "乐鱼体育app下载")
    assert not overlaps("县教育局", "乐鱼体育app下载")
    assert Truth("other", "题").theme is ...
