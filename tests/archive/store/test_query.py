"""Text as the full-text indexes have it: the quick ways give what the plain ones give."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from archive.store.query import SEPARATOR, UNUSUAL, is_token, kept, paired, pairs

TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("字县　 ，\n\u0301\ud800𠀀")))


def test_characters_of_usual_prose_are_indexed():
    usual = [char for char in map(chr, range(sys.maxunicode + 1)) if not UNUSUAL.match(char)]
    assert len(usual) > 20_000
    assert [char for char in usual if not is_token(char)] == []


@given(TEXTS)
def test_what_is_indexed_is_kept(text):
    assert kept(text) == "".join(filter(is_token, text))


@given(TEXTS)
def test_the_text_of_pairs_is_the_pairs(text):
    assert paired(text) == SEPARATOR.join(pairs(text))
