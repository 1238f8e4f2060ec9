"""Charset by evidence, whatever is declared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.page.decode import decode

SIMPLE = "主持人：各位网友大家好，欢迎收看在线访谈，今天我们请到了县司法局的同志，就法治政府建设与大家交流。"
TRADITIONAL = "主持人：各位網友大家好，歡迎收看在線訪談，今天我們請到了縣司法局的同志，就法治政府建設與大家交流。"


@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "big5", "iso-8859-1", None])
@pytest.mark.parametrize(
    ("text", "encoding"), [(SIMPLE, "utf-8"), (SIMPLE, "gb18030"), (TRADITIONAL, "big5hkscs"), (TRADITIONAL, "utf-8")]
)
def test_right_whatever_is_declared(text, encoding, declared):
    meta = f"<meta charset={declared}>" if declared else ""
    found = decode((meta + text).encode(encoding), f"text/html; charset={declared}" if declared else "text/html")
    assert found.text == meta + text
    assert found.encoding == encoding


@pytest.mark.parametrize("head", ["<style>.a{color:red}</style>" * 1500, "<p>通知公告</p>" * 5, ""])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_cut_character_anywhere_does_not_decide(head, encoding):
    page = (head + SIMPLE * 3).encode(encoding)
    cut = page.rindex(SIMPLE.encode(encoding)) + len("主持人：各".encode(encoding)) - 1
    found = decode(page[:cut] + page[cut + 1 :])
    assert found.encoding == encoding
    assert SIMPLE * 2 in found.text


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("utf-16", "utf-16-le", SIMPLE), ("UTF-16BE", "utf-16-be", SIMPLE), ("hz-gb-2312", "hz", SIMPLE), ("Big5", "big5hkscs", "網友：縣長好。"),
        ("Shift_JIS", "cp932", "司会：皆さん、こんにちは。"), ("euc-kr", "cp949", "사회자: 안녕하세요 여러분"),
        ("windows-1252", "cp1252", "“Résumé” – naïve café"), ("iso-2022-jp", "iso2022_jp", "司会：皆さん、こんにちは。"),
    ],
)  # fmt: skip
def test_a_charset_that_only_the_header_names_is_heard(charset, codec, text):
    page = f"<html><title>x</title><p>{text}</p></html>"
    assert decode(page.encode(codec), f"text/html; charset={charset}").text == page


@pytest.mark.parametrize(
    "charset", ["rot13", "unicode_escape", "utf-7", "zlib", "idna", "no-such", "utf-16", "hz-gb-2312"]
)
def test_a_header_that_names_rubbish_or_another_charset_decides_nothing(charset):
    for encoding in ("utf-8", "gb18030"):
        assert decode(SIMPLE.encode(encoding), f"text/html; charset={charset}").text == SIMPLE


def test_an_xml_declaration_names_the_charset():
    page = '<?xml version="1.0" encoding="Big5"?><html><p>網友：縣長好。</p></html>'
    assert decode(page.encode("big5hkscs")).declared == "big5hkscs"
    assert decode(page.encode("big5hkscs")).text == page


def test_boms():
    assert decode(b"\xef\xbb\xbf" + SIMPLE.encode()).text == SIMPLE
    assert decode(b"\xff\xfe" + SIMPLE.encode("utf-16-le")).text == SIMPLE


@given(st.binary(max_size=500))
def test_never_raises_and_keeps_no_nul(data):
    assert "\x00" not in decode(data).text


@pytest.mark.parametrize("declared", ["gb2312", "big5", "shift_jis", "euc-kr", "utf-8", None])
@pytest.mark.parametrize(("text", "encoding"), [(SIMPLE, "gb18030"), (TRADITIONAL, "big5hkscs")])
def test_a_long_page_is_taken_at_its_prose_and_not_at_its_declaration(text, encoding, declared):
    meta = f"<meta charset={declared}>" if declared else ""
    found = decode((meta + text * 20).encode(encoding), None)
    assert (found.encoding, found.text) == (encoding, meta + text * 20)
