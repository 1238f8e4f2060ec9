"""Escapes of scripts: each way in which they are written, and halves of characters, which no file can hold."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import parsers
from parsers.page.escapes import characters, codes, joined, literal, percent

URL = "http://a.example.gov.cn/x.html"
HALVES = {
    "a title": "if(document.referrer.indexOf('baidu')>0){document.title='\\ud83d金沙\\ud83d\\ude00';}",
    "codes": "if(document.referrer.indexOf('baidu')>0){document.title=String.fromCharCode(55357,97);document.title='\\ud83d';}",
    "an address": "var a='\\ud83d';$.get('/x?a='+a,f)",
    "a way on": "location.href='/\\ud83d.html'",
    "a talk": "document.write('<p>主持人：好\\ud83d？</p><p>张三：好。</p>')",
    "a section": "document.write(unescape('%3Ca href=/zxft/%uD83D%3E在线访谈%3C/a%3E'))",
}


@pytest.mark.parametrize("code", HALVES.values(), ids=HALVES)
def test_halves_of_characters_cost_no_page(code):
    source = f"<meta charset=utf-8><title>在线访谈</title><h1>访谈</h1><ul><li><a href='/a.html'>一期</a></ul><script>{code}</script>"
    payload = parsers.Payload(URL, source.encode(), "text/html")
    assert json.dumps(parsers.parse([payload]).as_dict(), ensure_ascii=False).encode()
    assert repr(parsers.links(payload)).encode()


def test_each_way_is_undone():
    assert literal(r"'\u8bbf\x62\'\n'", {"n": "-"}) == "访b'-"
    assert literal(r"'\n'") == "n"
    assert characters(r"a\x62\ud83d\ude00") == "ab😀"
    assert percent("%u8BBF%E8%B0%88%zz") == "访谈%zz"
    assert codes("x(String.fromCharCode(98, 97,35775))") == "x(ba访)"
    assert joined("'bai' + \"du\"") == "'baidu\""


@given(st.text(alphabet="\\\\ux%dDfF8093ae('\"+,String.fromCharCode) ", max_size=60))
def test_nothing_gives_what_no_file_can_hold(text):
    for undo in (literal, characters, percent, codes, joined):
        undo(text).encode()
