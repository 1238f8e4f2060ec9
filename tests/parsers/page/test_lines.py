"""A tree as printed lines: where they break, what each knows of its mark-up, and that no character is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.growth import exponent

from parsers.page.dom import Survey, parse_html
from parsers.page.lines import lines_of
from parsers.page.text import collapse, fold, squeeze


def lines(source):
    root = parse_html(f"<html><body>{source}</body></html>", "http://a.example/")
    return lines_of(Survey(root), "http://a.example/")


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("<p>甲</p><p>乙</p>", ["甲", "乙"]),
        ("甲<br>乙<br><br>丙", ["甲", "乙", "丙"]),
        ("<div>甲<p>乙</p>丙</div>丁", ["甲", "乙", "丙", "丁"]),
        ("<p>甲 <b>乙</b>\n<i> 丙</i></p>", ["甲 乙 丙"]),
        ("<p>甲\n乙 x\ny</p>", ["甲乙 x y"]),
        ("<p>　甲&nbsp;</p><p>&nbsp;</p>", ["甲"]),
        ("<p>甲<!-- 乙 -->丙<script>丁</script>戊</p>", ["甲丙戊"]),
        ("<pre>甲\n  乙\n\n丙</pre>", ["甲", "乙", "丙"]),
        ("<table><tr><td>甲</td><td>乙</td></tr></table>", ["甲", "乙"]),
        ("<dl><dt>甲</dt><dd>乙</dd></dl>", ["甲", "乙"]),
        ("<p>甲<select><option>乙</select>丙</p>", ["甲丙"]),
    ],
)
def test_where_lines_break(source, texts):
    assert [line.text for line in lines(source)] == texts


def test_what_a_line_knows_of_its_markup():
    (line,) = lines("<p> <b>主持</b><strong>人</strong>：<a href='/x'>请看这里</a>。</p>")
    assert (line.text, line.fold) == ("主持人：请看这里。", "主持人:请看这里。")
    assert [(line.text[s:e], element.tag) for s, e, element in line.segments] == [
        ("主持", "b"), ("人", "strong"), ("：", "p"), ("请看这里", "a"), ("。", "p"),
    ]  # fmt: skip
    assert (line.lead_ends, line.linked, line.strong) == ((2,), 4, 3)
    (line,) = lines("<p><span><b>主持人</b>：</span>好。</p>")
    assert line.lead_ends == (3, 4)


def test_words_before_and_behind_a_link_with_blocks_in_it_are_outside_it():
    found = lines("甲<a href='/x'><div>乙</div>丙</a>丁<a href='/y'><p>戊</p></a>")
    assert [(line.text, line.linked) for line in found] == [("甲", 0), ("乙", 1), ("丙丁", 1), ("戊", 1)]


def test_hidden_parts_are_lines_of_their_own_and_marked():
    found = lines("<p>甲<span style='display:none'>乙</span>丙</p><div hidden>丁<p>戊</p></div>己")
    assert [(line.text, line.hidden) for line in found] == [
        ("甲", False), ("乙", True), ("丙", False), ("丁", True), ("戊", True), ("己", False),
    ]  # fmt: skip


TAGS = ["p", "div", "span", "b", "a", "td", "li", "br", "pre", "dt", "font", "section", "h1", "script", "select"]
TREES = st.recursive(
    st.text("甲乙：x1 \n　\u00a0&lt;", max_size=6).map(lambda t: t.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TREES, max_size=5).map("".join))
def test_no_character_is_lost_and_every_segment_leads_to_its_element(source):
    root = parse_html(f"<html><body>x{source}</body></html>", "http://a.example/")
    found = lines_of(Survey(root), "http://a.example/")
    for dropped in list(root.iter("script", "select")):
        dropped.text = None
        for child in list(dropped):
            dropped.remove(child)
    assert squeeze("".join(line.text for line in found)) == squeeze("".join(root.itertext()))
    for line in found:
        assert fold(line.text) == line.fold
        assert line.segments[0][0] == 0
        assert line.segments[-1][1] == len(line.text)
        assert all(a[1] == b[0] for a, b in zip(line.segments, line.segments[1:], strict=False))
        for start, end, element in line.segments:
            inside = [element.text or "", *(child.tail or "" for child in element)]
            assert any(squeeze(line.text[start:end]) in squeeze(text) for text in inside)


@given(st.text("甲x：\u2236 　\n\r\t\f\u00a0-—０", max_size=30))
def test_folding_keeps_the_length_and_collapsing_all_but_blanks(text):
    assert len(fold(text)) == len(text)
    assert squeeze(collapse(text)) == squeeze(text)
    assert collapse(collapse(text)) == collapse(text)


@pytest.mark.parametrize("before", ["<b></b>", "<span> </span>", "<i><u></u></i>"])
def test_labels_that_hold_nothing_cost_no_more_than_others(before):
    """Elements that begin where the line does are looked up at the end of each later one."""
    trees = {
        n: parse_html(f"<html><body><p>{before * n}甲{'<i>乙</i>' * n}</p></body></html>", "http://a.example/")
        for n in (1000, 2000, 4000)
    }
    assert exponent(lambda tree: lines_of(Survey(tree), "http://a.example/"), trees) < 1.5
