"""Samples for coders: every stratum has its share, the seed decides, no turn comes twice."""

import csv
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.county_talks import held
from support.running import fangtan

from archive.research.sample import shared
from archive.store.store import open_reader


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    return held(folder)


@given(st.dictionaries(st.tuples(st.text(max_size=3)), st.integers(1, 500), min_size=1, max_size=8), st.data())
def test_every_stratum_gets_its_share_within_one(held, data):
    size = data.draw(st.integers(0, sum(held.values())))
    shares = shared(size, held)
    assert sum(shares.values()) == size
    assert [s for s, n in held.items() if not abs(shares[s] - size * n / sum(held.values())) < 1 or shares[s] > n] == []


def test_the_command_draws_the_same_again_and_all_strata(archived, tmp_path):
    def drawn(name, *options):
        run = fangtan("sample", "15", "--by", "role,year", "-o", tmp_path / name, *options, collection=archived.root)
        assert run.code == 0, run.err
        with (tmp_path / name).open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    first, again, other = drawn("a.csv"), drawn("b.csv"), drawn("c.csv", "--seed", "2")
    assert first == again
    assert {row["turn"] for row in first} != {row["turn"] for row in other}
    db = open_reader(archived.store)
    held = Counter(role for (role,) in db.execute("SELECT role FROM turns"))
    db.close()
    assert Counter(row["role"] for row in first) == {role: 15 * n // held.total() for role, n in held.items()}
    assert len({row["turn"] for row in first}) == 15
    assert {row["code"] for row in first} == {""}


def test_what_cannot_be_drawn_is_refused(archived, tmp_path):
    (tmp_path / "there.csv").write_text("kept")
    for options in (
        ["1000", "-o", tmp_path / "x.csv"],
        ["3", "--by", "weekday", "-o", tmp_path / "x.csv"],
        ["3", "-o", tmp_path / "there.csv"],
    ):
        assert fangtan("sample", *options, collection=archived.root).code == 2
    assert (tmp_path / "there.csv").read_text() == "kept"
    assert not (tmp_path / "x.csv").exists()
