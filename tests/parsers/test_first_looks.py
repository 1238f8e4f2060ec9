"""A first look passes over most of a page: it never passes over what the pattern behind it would find."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.families import counts, last_control, next_control, pagers
from parsers.integrity import findings, heads, offers
from parsers.lists import more, parts
from parsers.talk import denied, translated

LOOKS = {
    "more": (more.MORE, more._MORE_HINT),
    "a part": (parts.PART, parts.PART_HINT),
    "a transcript": (parts.TRANSCRIPT, parts.PART_HINT),
    "the next page": (next_control._WORD, next_control._HINT),
    "an arrow": (next_control._SIGN, next_control._HINT),
    "the next page in words": (next_control._WORD, next_control._LETTER),
    "an arrow in words": (next_control._SIGN, next_control._LETTER),
    "the last page": (last_control._WORD, last_control._hint()),
    "two arrows": (last_control._SIGN, last_control._hint()),
    "a button": (pagers._MORE, pagers._HINT),
    "a breadcrumb": (heads._CRUMB, heads._CRUMB_SIGN),
    "who chairs": (denied._CHAIRS, denied._CHAIRS_HINT),
    "a host": (denied._HOSTS, denied._HOSTS_HINT),
    "an unlawful offer": (offers._GOODS, offers._SIGN),
}


def _now(late):
    """A pattern that is compiled at its first use, compiled: hypothesis takes no other."""
    return re.compile(late.pattern, late.flags)


@pytest.mark.parametrize("name", LOOKS)
@given(data=st.data())
def test_a_first_look_sees_whatever_the_pattern_finds(name, data):
    pattern, hint = LOOKS[name]
    words = data.draw(st.from_regex(_now(pattern), fullmatch=True))
    assert hint.search(words)


@given(name=st.from_regex(_now(findings._COMMENTS), fullmatch=True))
def test_each_name_of_a_box_of_comments_holds_one_of_the_words(name):
    assert any(word in name.lower() for word in findings._COMMENT_WORDS)


@pytest.mark.parametrize("name", sorted(counts._PAGE_NAMES | counts._ENTRY_NAMES))
def test_each_name_of_a_number_in_a_script_holds_one_of_the_stems(name):
    assert any(stem in name for stem in counts._STEMS)


@given(
    words=st.lists(st.text("ab", min_size=2, max_size=3), min_size=translated._WORDS, max_size=6),
    gap=st.sampled_from(" ,1"),
)
def test_a_sentence_in_another_language_is_as_long_as_its_words(words, gap):
    text = gap.join(words)
    assert translated._is_foreign(text)
    assert len(text) >= translated._SHORTEST
