"""Marks: one look at all lines finds what a look at each of them finds."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.page.dom import Survey, parse_html
from parsers.page.lines import lines_of
from parsers.page.marks import KINDS, LONGEST, Marks
from parsers.words import source

PIECES = [
    "主持人",
    "来源:县网",
    "邀请",
    "参加",
    "做客",
    "2021-09-14",
    "二〇二一年",
    ".2019",
    "2019",
    "1",
    "嘉宾是",
    " ",
    "：",
    "县",
]


def page(rows):
    body = "".join(f"<p{' hidden' if hidden else ''}>{text}</p>" for text, hidden in rows)
    return lines_of(Survey(parse_html(f"<html><body>{body}</body></html>", "http://www.yunling.example/")), "")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), st.booleans()), max_size=8))
def test_all_lines_at_once_give_what_each_line_gives(kind, rows):
    lines = page(rows)
    marks, pattern = Marks(lines), re.compile(source(KINDS[kind]))
    assert [*marks.lines(kind, hidden=True)] == [line for line in lines if pattern.search(line.fold)]
    assert [*marks.lines(kind)] == [line for line in lines if pattern.search(line.fold) and not line.hidden]


def test_the_date_of_a_long_line_is_its_own_affair():
    lines = page([("2021-09-14", False), ("县" * LONGEST["date"] + "2021-09-14", False)])
    assert [*Marks(lines).lines("date")] == lines[:1]


def test_words_in_two_lines_are_no_mark():
    lines = page([("来", False), ("源", False), ("20", False), ("21-09-14", False), ("来源", True)])
    assert [*Marks(lines).lines("info")] == []
    assert [*Marks(lines).lines("info", hidden=True)] == [lines[-1]]
    assert [*Marks(lines).lines("date")] == []


def test_two_readers_share_what_one_search_finds():
    lines = page([("来源：县网", False), ("县", False), ("来源：县报", False)])
    marks = Marks(lines)
    first, second = marks.lines("info"), marks.lines("info")
    assert next(first) is lines[0]
    assert [*second] == [*marks.lines("info")] == [lines[0], lines[2]]
    assert [*first] == [lines[2]]


def test_an_unknown_kind_is_an_error():
    with pytest.raises(KeyError):
        Marks([]).lines("weather")
