"""A first look passes over most of a page: it never passes over what the pattern behind it would find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.families import last_control, next_control, pagers
from parsers.lists import parts, sections

LOOKS = {
    "more": (sections.MORE, sections._MORE_HINT),
    "a part": (parts.PART, parts.PART_HINT),
    "a transcript": (parts.TRANSCRIPT, parts.PART_HINT),
    "the next page": (next_control._WORD, next_control._HINT),
    "an arrow": (next_control._SIGN, next_control._HINT),
    "the last page": (last_control._WORD, last_control._hint()),
    "two arrows": (last_control._SIGN, last_control._hint()),
    "a button": (pagers._MORE, pagers._HINT),
}


@pytest.mark.parametrize("name", LOOKS)
@given(data=st.data())
def test_a_first_look_sees_whatever_the_pattern_finds(name, data):
    pattern, hint = LOOKS[name]
    words = data.draw(st.from_regex(pattern, fullmatch=True))
    assert hint.search(words)
