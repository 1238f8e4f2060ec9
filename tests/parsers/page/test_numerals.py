"""Numbers in Chinese numerals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.page.numerals import number_of

_SIGNS = "零一二三四五六七八九"


def written(number):
    """A number below ten thousand as people write it."""
    text, gap = "", False
    for value, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // value % 10
        gap = gap or (bool(text) and not digit)
        if digit:
            text += ("零" if gap and text else "") + _SIGNS[digit] + unit
            gap = False
    return text.removeprefix("一") if 10 <= number < 20 else text


@given(st.integers(1, 9999))
def test_what_is_written_is_read(number):
    assert number_of(written(number)) == number_of(str(number)) == number


@pytest.mark.parametrize(
    ("text", "number"), [("两", 2), ("廿一", 21), ("壹佰贰拾", 120), ("二一", 21), ("", None), ("几十", None)]
)
def test_other_ways(text, number):
    assert number_of(text) == number
