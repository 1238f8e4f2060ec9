"""An organisation is the speaker's own: what its people said, in talks that other organisations share, too."""

import pytest
from support.recount import add_talk

from archive.errors import ConfigError
from archive.research.counting import counts, facets, total
from archive.research.filters import Filter
from archive.research.keyness import keywords
from archive.research.search import first_page
from archive.research.strings import Strings
from archive.store.store import insert, open_store, transaction
from parsers.record import Guest, Record, Turn

WATER, SCHOOL = Guest("王建国", "民勤县水务局", "局长"), Guest("李秀英", "民勤县教育局", "副局长")
ALONE = Guest(None, "民勤县水务局", None)
#: Guests of each talk, and its turns: speaker, person, role, words, whether somebody of 水务局 says them.
TALKS = {
    "a" * 16: ((WATER, SCHOOL), [
        ("主持人", None, "host", "群众关心用水", False), ("王建国", "王建国", "guest", "群众用水有保障", True), ("李秀英", "李秀英", "guest", "群众上学有保障", False),
        ("嘉宾", None, "guest", "群众满意", False), ("水务局", None, "guest", "群众可以来电", True),
    ]),
    "b" * 16: ((WATER,), [("王局长", "王建国", "guest", "群众放心", True), ("局长", None, "guest", "群众第一", True), ("网友", None, "netizen", "群众提问", False)]),
    "c" * 16: ((ALONE,), [("县水务局", None, "guest", "群众反映的都办", True)]),
    "d" * 16: ((SCHOOL,), [("李秀英", "李秀英", "guest", "群众的孩子，水务局的孩子", False), ("副局长", None, "guest", "群众好", False)]),
}  # fmt: skip


@pytest.fixture
def db(tmp_path):
    database = open_store(tmp_path / "fangtan.db")
    with transaction(database) as db:
        for number, (uid, (guests, turns)) in enumerate(TALKS.items()):
            site = f"s{number % 2}"
            said = tuple(Turn(n, *turn[:4]) for n, turn in enumerate(turns, 1))
            add_talk(
                db,
                uid,
                Record(url="", kind="transcript", guests=guests, turns=said, parser="x"),
                site=site,
                day=f"202{number}-01-01",
            )
        for number in range(2):
            insert(
                db,
                "sites",
                {"id": f"s{number}", "name": f"第{number}县人民政府", "host": f"s{number}.example", "county": "民勤县"},
            )
    yield database.conn
    database.conn.close()


OWN = {(uid, n) for uid, (_, turns) in TALKS.items() for n, turn in enumerate(turns, 1) if turn[4]}
ONLY = Filter(organization="水务局")


def test_the_turns_of_an_organisation_are_its_peoples(db):
    assert {(hit.interview, hit.seq) for hit in first_page(db, "群众", 50, only=ONLY)} == OWN
    assert total(db, "群众", ONLY) == len(OWN)
    guests = Filter(organization="水务局", role="guest")
    assert {(hit.interview, hit.seq) for hit in first_page(db, "群众", 50, only=guests)} == OWN
    assert total(db, "群众", Filter(organization="水务局", role="host")) == 0


def test_counts_and_facets_count_the_same_turns(db):
    assert sum(n for _, _, n in facets(db, "群众", ONLY)["role"]) == len(OWN)
    by_year = {c.group: (c.turns, c.of) for c in counts(db, "群众", "year", ONLY)}
    assert by_year == {"2020": (2, 2), "2021": (2, 2), "2022": (1, 1)}
    assert sum(c.turns for c in counts(db, "群众", "role", ONLY)) == len(OWN)


def test_key_words_are_of_its_people(db):
    said = {key.unit: key.count for key in keywords(db, ONLY, Strings(2), at_least=1)}
    assert said["群众"] == len(OWN)
    assert said["上学"] == 0


@pytest.mark.parametrize("name", ["s0", "第0县人民政府", "s0.example"])
def test_a_site_is_named_by_its_id_name_or_host(db, name):
    assert Filter(site=name).check(db).site == "s0"


def test_a_name_that_several_sites_have_names_them(db):
    with pytest.raises(ConfigError, match="s0, s1"):
        Filter(site="民勤县").check(db)
