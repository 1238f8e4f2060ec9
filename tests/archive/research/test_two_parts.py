"""Keyness of two chosen parts: counted again in plain Python; what chance explains is left out."""

from collections import Counter

import pytest
from support.county_talks import held
from support.running import fangtan

from archive.research.filters import Filter
from archive.research.keyness import Key, keywords, significant
from archive.research.strings import Strings
from archive.store.store import open_reader


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    return held(folder)


def test_two_parts_are_those_that_were_chosen_and_share_no_turn(archived):
    db = open_reader(archived.store)
    rows = db.execute("SELECT t.text, t.role, i.date FROM turns t JOIN interviews i ON i.uid = t.interview").fetchall()
    found = {
        k.unit: (k.count, k.rest) for k in keywords(db, Filter(role="guest"), Strings(2), 1, Filter(since="2023-06"))
    }
    db.close()
    cut = Strings(2)
    part = Counter(u for text, role, day in rows if role == "guest" and day < "2023-06" for u in cut(text))
    rest = Counter(u for text, role, day in rows if role != "guest" and day >= "2023-06" for u in cut(text))
    assert found == {unit: (part[unit], rest[unit]) for unit in part.keys() | rest.keys()}
    assert part
    assert rest


def test_the_level_is_that_of_the_chi_squared_table():
    keys = [Key("a", 1, 1, score, 0.0, 0.0) for score in (3.84, 3.85, 6.63, 6.64, 10.82, 10.83, -6.64)]
    assert [k.score for k in significant(keys, 0.05)] == [3.85, 6.63, 6.64, 10.82, 10.83, -6.64]
    assert [k.score for k in significant(keys, 0.01)] == [6.64, 10.82, 10.83, -6.64]
    assert [k.score for k in significant(keys, 0.001)] == [10.83]


def test_the_command_takes_both_parts_and_the_level(archived):
    def run(*options):
        return fangtan("keywords", "--role", "guest", "--json", *options, collection=archived.root)

    everything, sure = run("--against", "role=host", "--limit", "1000"), run("--against", "role=host", "--level", "0.01", "--limit", "1000")  # fmt: skip
    assert everything.code == sure.code == 0, sure.err
    db = open_reader(archived.store)
    told = keywords(db, Filter(role="guest"), Strings(2), against=Filter(role="host"))
    db.close()
    assert _strings(everything.rows) == {key.unit for key in told}
    assert _strings(sure.rows) == {key.unit for key in told if abs(key.score) >= 6.64}
    assert 0 < len(_strings(sure.rows)) < len(_strings(everything.rows))
    for wrong in ("weekday=1", "role", "role=mayor", "site=nowhere"):
        assert run("--against", wrong).code == 2


def _strings(rows):
    """The strings that entries stand for."""
    return {unit for row in rows for unit in row["merged"] or [row["unit"]]}
