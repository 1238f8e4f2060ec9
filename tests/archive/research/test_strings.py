"""Key words and collocations that the index and whole numbers count: the same in plain Python, string by string, over every turn."""

import contextlib
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.recount import add_talk

from archive.errors import ConfigError
from archive.research.filters import Filter
from archive.research.keyness import _around, _reaching, beside, collocations, keywords, parts
from archive.research.overlaps import merged, overlapping
from archive.research.strings import Strings, Tally
from archive.store.store import open_store, transaction
from parsers.record import Guest, Record, Turn

#: Characters with line feeds, blanks, marks and signs between them, some that need four bytes, some that are no character of every table of Unicode.
TEXT = st.text(
    alphabet="修路修路水，5 \n\u3000\u200b\u0301①\u9ffd\U00020000\U0002f800\U00031350\U0003fff0😀", max_size=30
)
TALKS = st.lists(
    st.tuples(st.sampled_from(["2020-01-02", "2021-05-03"]), st.lists(TEXT, max_size=4)), min_size=1, max_size=4
)
ROLES = ("guest", "host")


def cut_plainly(text, size):
    """Strings inside runs of Chinese characters, by the definition."""
    pieces = "".join(c if "\u3400" <= c <= "\u9fff" or "\U00020000" <= c <= "\U0003ffff" else " " for c in text).split(
        " "
    )
    return [piece[at : at + size] for piece in pieces for at in range(len(piece) - size + 1)]


@given(st.lists(TEXT, max_size=6), st.integers(1, 5))
def test_strings_are_counted_as_they_are_cut(texts, size):
    tally = Tally(Strings(size))
    for text in texts:
        tally.add(text)
    assert tally.counter() == Counter(s for text in texts for s in cut_plainly(text, size))


@given(st.text(alphabet="执法甲，", max_size=60), st.integers(1, 8), st.integers(1, 4))
def test_what_reaches_out_of_the_pieces_outside_is_counted_once(text, window, size):
    outside = Counter(s for piece in _around(text, "执法", window)[1] for s in cut_plainly(piece, size))
    reaching = Counter(s for piece in _reaching(text, "执法", window, size) for s in cut_plainly(piece, size))
    assert outside + reaching == Counter(cut_plainly(text, size))


@contextlib.contextmanager
def written(folder, talks):
    """A store of the talks, some of which had another version; and of each turn: role, day, text."""
    (folder / "fangtan.db").unlink(missing_ok=True)
    database, said = open_store(folder / "fangtan.db"), []
    with transaction(database) as db:
        for number, (day, texts) in enumerate(talks):
            turns = tuple(Turn(n, "甲", None, ROLES[n % 2], text) for n, text in enumerate(texts, 1))
            record = Record(url="", kind="transcript", title="t", guests=(Guest("甲"),), turns=turns, parser="x")
            if number % 2:
                add_talk(db, f"u{number}", record, day=day, version=1)
            add_talk(db, f"u{number}", record, day=day, version=2)
            said += [(turn.role, day, turn.text) for turn in turns]
    yield database.conn, said
    database.conn.close()


def counts_of(keys):
    return {key.unit: (key.count, key.rest) for key in keys}


def in_both(part, rest):
    return {unit: (part[unit], rest[unit]) for unit in part.keys() | rest.keys()}


@pytest.mark.parametrize("against", [None, Filter(year="2021")])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(talks=TALKS, size=st.integers(1, 4), role=st.sampled_from(ROLES))
def test_key_strings_are_counted_in_both_parts(tmp_path, against, talks, size, role):
    with written(tmp_path, talks) as (db, said):
        part, rest = Counter(), Counter()
        for of, day, text in said:
            outside = against is None or day.startswith("2021")
            if of == role and not (against and outside):
                part.update(cut_plainly(text, size))
            elif of != role and outside:
                rest.update(cut_plainly(text, size))
        try:
            keys = keywords(db, Filter(role=role), Strings(size), 1, against)
        except ConfigError:
            assert not (part and rest)
            return
        assert counts_of(keys) == in_both(part, rest)
        assert keys.sizes == (part.total(), rest.total())
        every = merged(keys, parts(db, Filter(role=role), against), keys.sizes)
        assert merged(keys, parts(db, Filter(role=role), against, overlapping(db, keys)), keys.sizes) == every


@pytest.mark.parametrize("only", [Filter(), Filter(role="guest")])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(talks=TALKS, size=st.integers(1, 3), window=st.integers(1, 4))
def test_collocations_are_counted_near_and_far(tmp_path, only, talks, size, window):
    with written(tmp_path, talks) as (db, said):
        part, rest = Counter(), Counter()
        for pieces in (_around(text, "修", window) for role, _, text in said if only.role in (None, role)):
            for counted, some in zip((part, rest), pieces, strict=True):
                counted.update(s for piece in some for s in cut_plainly(piece, size))
        try:
            keys = collocations(db, "修", only, Strings(size), window, 1)
        except ConfigError:
            assert not (part and rest)
            return
        assert counts_of(keys) == in_both(part, rest)
        every = merged(keys, beside(db, "修", only, window), keys.sizes)
        assert merged(keys, beside(db, "修", only, window, overlapping(db, keys)), keys.sizes) == every
