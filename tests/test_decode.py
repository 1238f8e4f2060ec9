"""Charset by evidence, whatever is declared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.decode import decode

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


def test_boms():
    assert decode(b"\xef\xbb\xbf" + SIMPLE.encode()).text == SIMPLE
    assert decode(b"\xff\xfe" + SIMPLE.encode("utf-16-le")).text == SIMPLE


@given(st.binary(max_size=500))
def test_never_raises_and_keeps_no_nul(data):
    assert "\x00" not in decode(data).text
