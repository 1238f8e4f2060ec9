"""Krippendorff's α against its definition, computed here pair by pair, and against the example of its author."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import ConfigError
from archive.research.agreement import LEVELS, agreement


def coded(rows):
    """A table with the codes of (unit, coder, value)."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE codings(unit, variable, coder, value)")
    db.executemany("INSERT INTO codings VALUES (?, 'v', ?, ?)", rows)
    return db


#: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), part C: four observers, twelve units; 0 is no code.
EXAMPLE = ("123321412000", "123322412503", "033323422510", "123324412510")


def example():
    return [(f"u{n:02}", f"c{m}", code) for m, row in enumerate(EXAMPLE) for n, code in enumerate(row) if code != "0"]


def by_definition(rows, level):
    """1 − observed ÷ expected disagreement, over all pairs of codes inside units and over all pairs at all."""
    units = {}
    for unit, _, value in rows:
        units.setdefault(unit, []).append(float(value))
    units = [values for values in units.values() if len(values) > 1]
    every = [value for values in units for value in values]

    def apart(a, b):
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return (a - b) ** 2
        if level == "ratio":
            return ((a - b) / (a + b)) ** 2 if a + b else 0.0
        low, high = min(a, b), max(a, b)
        return (sum(low <= v <= high for v in every) - (every.count(a) + every.count(b)) / 2) ** 2

    observed = sum(
        sum(apart(a, b) for i, a in enumerate(values) for j, b in enumerate(values) if i != j) / (len(values) - 1)
        for values in units
    )
    expected = sum(apart(a, b) for i, a in enumerate(every) for j, b in enumerate(every) if i != j)
    return 1 - observed / len(every) / (expected / len(every) / (len(every) - 1)) if expected else None


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)])  # fmt: skip
def test_the_example_of_its_author(level, alpha):
    (found,) = agreement(coded(example()), "v", level)
    assert round(found.alpha, 3) == alpha
    assert (found.units, found.single, found.values) == (11, 1, 5)
    assert found.coders == ("c0", "c1", "c2", "c3")


CODES = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 3)), st.integers(0, 4), min_size=2, max_size=20
).map(lambda codes: [(f"u{unit}", f"c{coder}", str(code)) for (unit, coder), code in sorted(codes.items())])


@settings(max_examples=60, deadline=None)
@given(CODES, st.sampled_from(LEVELS))
def test_any_codes_give_what_the_definition_gives(rows, level):
    (found,) = agreement(coded(rows), level=level)
    units = [unit for unit, *_ in rows]
    paired = [row for row in rows if units.count(row[0]) > 1]
    wanted = by_definition(rows, level) if paired else None
    assert (found.alpha is None) is (wanted is None)
    assert found.alpha is None or found.alpha == pytest.approx(wanted)
    assert (found.why is None) is (found.alpha is not None)


def test_words_have_the_order_that_is_named():
    words = dict(zip("12345", ("很低", "低", "中", "高", "很高"), strict=True))
    rows = [(unit, coder, words[value]) for unit, coder, value in example()]
    (found,) = agreement(coded(rows), "v", "ordinal", list(words.values()))
    assert round(found.alpha, 3) == 0.815
    (nominal,) = agreement(coded(rows))
    assert round(nominal.alpha, 3) == 0.743
    for level, order, said in (
        ("ordinal", (), "Name the order"),
        ("ordinal", ("低", "中"), "not in the order"),
        ("interval", (), "no number"),
        ("nominal", ("低", "中"), "ordinal only"),
    ):
        with pytest.raises(ConfigError, match=said):
            agreement(coded(rows), "v", level, order)


def test_what_is_not_defined_says_why():
    (alone,) = agreement(coded([("a", "x", "1"), ("b", "y", "1")]))
    assert (alone.alpha, alone.units, alone.single, alone.why) == (None, 0, 2, "no unit was coded by two coders")
    (same,) = agreement(coded([("a", "x", "1"), ("a", "y", "1")]))
    assert (same.alpha, same.units, same.why) == (None, 1, "all codes are the same")
    assert agreement(coded([])) == []
    with pytest.raises(ConfigError, match="no such variable"):
        agreement(coded([]), "tone")
