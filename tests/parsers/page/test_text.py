"""Folding: one character for one, traditional script as a whole."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.running import ROOT

from parsers.page.text import fold, unfolded

PAIRS = [
    pair
    for line in (ROOT / "parsers" / "data" / "traditional.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for pair in line.split()
]


def test_the_table_is_one_to_one_and_final():
    assert all(len(pair) == 2 for pair in PAIRS)
    assert len({pair[0] for pair in PAIRS}) == len(PAIRS) > 2500
    assert {pair[0] for pair in PAIRS}.isdisjoint(pair[1] for pair in PAIRS)


def test_the_table_says_what_opencc_says():
    """Two characters have a second reading, which no text of this genre means (徵: a note, 後: an empress)."""
    opencc = pytest.importorskip("opencc")
    convert = opencc.OpenCC("t2s").convert
    assert [pair for pair in PAIRS if convert(pair[0]) != pair[1] and convert(convert(pair[0])) != pair[1]] == []


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("記者問：網友楊張陳劉趙黃吳鄭", "记者问:网友杨张陈刘赵黄吴郑"),
        ("主持人　嘉賓　聽眾　觀眾　答覆", "主持人 嘉宾 听众 观众 答覆"),
        ("乾隆著作瞭望", "乾隆著作瞭望"),
    ],
)
def test_labels_surnames_and_words(printed, read):
    assert fold(printed) == read


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x9FFF), max_size=200))
def test_one_by_one_or_all_at_once(text):
    """Long texts of many characters take another way than short ones."""
    assert fold(text) == "".join(map(fold, text))


def test_what_folds_to_a_character_is_all_that_does():
    every = [chr(code) for code in range(0x21, sys.maxunicode + 1)]
    assert unfolded("页:1") == {character for character in every if fold(character) in "页:1"}
