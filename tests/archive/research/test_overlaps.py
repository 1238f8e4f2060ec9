"""Overlapping key strings are one entry, by the documented rule, counted again in plain Python."""

import json
import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from support.county_talks import held
from support.running import fangtan

from archive.research.keyness import Key, ranked
from archive.research.overlaps import merged
from archive.research.strings import Strings

PIECES = [("群众来访要登记。群众来访有人接待", True), ("群众来访不出门，路修好了", True), ("路修好了，水也通了", False)]


def keys_of(pieces, size=2):
    cut = Strings(size)
    sides = [Counter(u for text, inside in pieces if inside is side for u in cut(text)) for side in (True, False)]
    return ranked(*sides, 1)


def sizes_of(pieces, size=2):
    return tuple(
        sum(1 for text, inside in pieces if inside is side for _ in Strings(size)(text)) for side in (True, False)
    )


def times(word, pieces, side):
    return sum(len(re.findall(f"(?={word})", text)) for text, inside in pieces if inside is side)


def test_strings_that_are_said_together_are_one_entry_with_its_own_counts():
    told = [key for key in keys_of(PIECES) if key.unit in ("群众", "众来", "来访")]
    (entry,) = merged(told, PIECES, sizes_of(PIECES))
    assert (entry.unit, entry.count, entry.rest, entry.merged) == ("群众来访", 3, 0, ("群众", "众来", "来访"))
    triples = [key for key in keys_of(PIECES, 3) if key.unit in ("群众来", "众来访")]
    assert [key.unit for key in merged(triples, PIECES, sizes_of(PIECES, 3))] == ["群众来访"]


def test_what_is_often_said_alone_keeps_its_entry():
    pieces = [*PIECES, ("群众满意，群众放心", True)]  # 群众 5 times, 群众来访 3 times: less than three quarters
    told = [key for key in keys_of(pieces) if key.unit in ("群众", "众来", "来访")]
    assert {key.unit: (key.count, key.merged) for key in merged(told, pieces, sizes_of(pieces))} == {
        "群众来访": (3, ("众来", "来访")),
        "群众": (5, ()),
    }


def test_no_entry_crosses_what_is_no_chinese_character():
    pieces = [("群众，众来", True), ("水", False)]
    told = [Key(unit, 1, 0, 1.0, 1.0, 0.0) for unit in ("群众", "众来")]
    assert {key.unit for key in merged(told, pieces, sizes_of(pieces))} == {"群众", "众来"}


TEXT = st.text(alphabet="甲乙丙，", max_size=14)


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXT, st.booleans()), max_size=6), st.integers(0, 6))
def test_entries_follow_the_rule(pieces, left_out):
    told = keys_of(pieces)[left_out:]
    names = {key.unit for key in told}
    everything = {
        text[i:j] for text, _ in pieces for i in range(len(text)) for j in range(i + 3, min(len(text), i + 12) + 1)
    }
    whole = {s for s in everything if all(s[i : i + 2] in names for i in range(len(s) - 1))}

    def belongs(unit, side):
        n = times(unit, pieces, side)
        holding = [
            s
            for s in whole
            if unit in s and len(s) > len(unit) and times(s, pieces, side) >= 0.75 * n and times(s, pieces, side)
        ]
        if not holding:
            return unit
        return belongs(min(holding, key=lambda s: (-len(s), -times(s, pieces, side), s)), side)

    wanted = {}
    for key in told:
        wanted.setdefault(belongs(key.unit, key.score >= 0), set()).add(key.unit)
    found = merged(told, pieces, sizes_of(pieces))
    assert {key.unit: set(key.merged) or {key.unit} for key in found} == wanted
    assert [(key.count, key.rest) for key in found] == [
        (times(key.unit, pieces, True), times(key.unit, pieces, False)) for key in found
    ]


def test_the_command_merges_and_says_of_what(tmp_path):
    collection = held(tmp_path)
    said = fangtan("keywords", "--role", "guest", "--limit", "50", "--json", collection=collection.root)
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert any(len(row["unit"]) > 2 and len(row["merged"]) > 1 for row in rows)
    assert all(row["merged"] or len(row["unit"]) == 2 for row in rows)
