"""Numbers in Chinese numerals, as counts are written: 九, 十二, 二十一, 一百零三, 两千."""

from __future__ import annotations

_DIGITS = {
    sign: value for signs in ("〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖") for value, sign in enumerate(signs)
}
_DIGITS["两"] = 2
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_SHORT = {"廿": "二十", "卅": "三十", "卌": "四十"}
#: A class of characters: one sign of a numeral below ten thousand.
SIGN = f"[{''.join((*_DIGITS, *_TENS, *_SHORT))}]"


def number_of(text: str) -> int | None:
    """The number that a text says, in Arabic digits or in Chinese numerals below ten thousand; ``None`` for any other."""
    if text.isdecimal():
        return int(text)
    for sign, long in _SHORT.items():
        text = text.replace(sign, long)
    if not text or not all(sign in _DIGITS or sign in _TENS for sign in text):
        return None
    if not any(sign in _TENS for sign in text):  # 二一: digit by digit
        return int("".join(str(_DIGITS[sign]) for sign in text))
    total, digit = 0, None
    for sign in text:
        if sign in _TENS:
            total += (1 if digit is None else digit) * _TENS[sign]
            digit = None
        else:
            digit = _DIGITS[sign] or None
    return total + (digit or 0)
