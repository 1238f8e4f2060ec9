"""Numbers in Chinese numerals, as counts are written: 九, 十二, 二十一, 一百零三, 两千."""

from __future__ import annotations

from parsers.page.text import fold
from parsers.words import words

_HAN = {sign: value for value, signs in enumerate(words("COUNTED.digit")) for sign in signs}
_DIGITS = {**_HAN, **{str(value): value for value in range(10)}}
_TENS = {sign: 10**power for power, signs in enumerate(words("COUNTED.ten"), 1) for sign in signs}
_TEN = words("COUNTED.ten")[0][0]
_SHORT = {sign: words("COUNTED.digit")[value][0] + _TEN for value, sign in enumerate(words("COUNTED.short"), 2)}
#: A class of characters: one sign of a numeral below ten thousand, in a line that is folded.
SIGN = f"[{''.join((*_HAN, *_TENS, *_SHORT))}]"


def number_of(text: str) -> int | None:
    """The number that a text says, in Arabic digits or in Chinese numerals below ten thousand, else ``None``."""
    if text.isdecimal():
        return int(text)
    text = fold(text)
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
