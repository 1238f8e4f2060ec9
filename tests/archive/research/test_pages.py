"""Pages of a search: together they are the search, in order, whatever comes in between two of them."""

import base64
import hashlib
import itertools
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.county_talks import LATER, add, held
from support.running import copy_of, fangtan

from archive.errors import ConfigError
from archive.research.filters import Filter
from archive.research.pages import CONTEXT, ORDERS, Wanted, page
from archive.store.query_language import parse
from archive.store.store import open_reader

QUERY = "群众 OR 供水"


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    return held(folder)


@pytest.fixture
def db(archived):
    connection = open_reader(archived.store)
    yield connection
    connection.close()


def every(db, wanted, query=QUERY, only=None):
    """All pages, one after the other."""
    after, pages = None, []
    while True:
        pages.append(page(db, query, Wanted(wanted.order, wanted.seed, after, wanted.limit), only))
        after = pages[-1].next
        if after is None:
            return pages


def plainly(db, condition=bool):
    """Turns with a word of the query, found without the index: (id, date, interview, seq, text)."""
    rows = db.execute(
        "SELECT t.id, i.date, t.interview, t.seq, t.text, t.role FROM turns t JOIN interviews i ON i.uid = t.interview"
    )
    return [row for row in rows if ("群众" in row[4] or "供水" in row[4]) and condition(row)]


def in_order(turns, order, seed="0"):
    if order == "random":
        return sorted(turns, key=lambda t: hashlib.sha256(f"{seed}\n{t[0]}".encode()).hexdigest())
    by_seq = sorted(turns, key=lambda t: t[3])
    return sorted(by_seq, key=lambda t: (t[1], t[2]), reverse=order == "newest")


def shown_lines(turns, order):
    found = []
    for name, *_, text, _role in turns:
        for match in re.finditer("群众|供水", text):
            left, right = text[: match.start()][::-1][:CONTEXT], text[match.end() :][:CONTEXT]
            found.append((left if order == "left" else right, name, match.start(), match[0]))
    return sorted(found)


@pytest.mark.parametrize("limit", [1, 4, 1000])
@pytest.mark.parametrize("order", ["newest", "oldest", "random"])
def test_the_pages_of_turns_are_the_search_in_its_order(db, order, limit):
    pages = every(db, Wanted(order, limit=limit))
    expected = [turn[0] for turn in in_order(plainly(db), order)]
    assert [hit.turn for p in pages for hit in p.hits] == expected
    assert len(expected) == 18
    assert [p.first for p in pages] == list(range(1, 19, limit))
    assert [len(p.hits) for p in pages[:-1]] == [limit] * (len(pages) - 1)


@pytest.mark.parametrize("limit", [1, 5, 1000])
@pytest.mark.parametrize("order", ["left", "right"])
def test_the_lines_stand_in_the_order_of_their_context(db, order, limit):
    pages = every(db, Wanted(order, limit=limit))
    expected = shown_lines(plainly(db), order)
    lines = [line for p in pages for line in p.lines]
    assert [(line.turn, line.start, line.hit) for line in lines] == [line[1:] for line in expected]
    assert [hit.turn for p in pages for hit in p.hits] == [line.turn for line in lines]


@pytest.mark.parametrize("order", ORDERS)
def test_filters_hold_on_every_page(db, order):
    only = Filter(role="guest", since="2023-05")
    found = {hit.turn for p in every(db, Wanted(order, limit=2), only=only) for hit in p.hits}
    assert found == {t[0] for t in plainly(db, lambda t: t[5] == "guest" and t[1] >= "2023-05")}
    assert found


def test_walking_the_talks_gives_the_same_pages(db, monkeypatch):
    pages = {order: every(db, Wanted(order, limit=4)) for order in ("newest", "oldest")}
    monkeypatch.setattr("archive.research.search._WALK_FROM", 0)
    assert {order: every(db, Wanted(order, limit=4)) for order in ("newest", "oldest")} == pages


@pytest.mark.parametrize("order", ORDERS)
def test_what_comes_in_between_two_pages_shifts_nothing(archived, tmp_path, order):
    collection = copy_of(archived, tmp_path / "grown")
    wanted = Wanted(order, limit=7)
    db = open_reader(collection.store)
    first, before = page(db, QUERY, wanted), every(db, wanted)
    db.close()
    add(collection, LATER, "later.warc.gz", tmp_path)
    db = open_reader(collection.store)
    rest = every(db, Wanted(order, limit=7))
    following = page(db, QUERY, Wanted(order, after=first.next, limit=1000))
    db.close()
    shown = Counter((line.turn, line.start) for line in [*first.lines, *following.lines])
    assert max(shown.values()) == 1
    assert {(line.turn, line.start) for p in before for line in p.lines} <= shown.keys()
    assert sum(len(p.lines) for p in rest) > sum(len(p.lines) for p in before)


def test_a_sample_is_the_same_for_a_seed_and_another_for_another(db):
    draws = [[hit.turn for hit in page(db, QUERY, Wanted("random", seed, None, 10)).hits] for seed in "1123"]
    assert draws[0] == draws[1]
    assert len({tuple(draw) for draw in draws}) == 3
    assert all(len(set(draw)) == 10 for draw in draws)


def test_each_line_says_where_and_who(db):
    lines = [line for p in every(db, Wanted()) for line in p.lines]
    posts = {line.role: line.post for line in lines if line.speaker == "周立民"}
    assert posts == {"guest": "县住建局 局长"}
    assert {line.county for line in lines} == {"a-example-gov-cn"}
    assert all(line.title.startswith("供水访谈") and line.interview in line.turn for line in lines)


@given(st.text(max_size=40) | st.binary(max_size=30).map(lambda b: b.hex()))
def test_a_place_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="--after"):
        page(None, "的", Wanted(after=text))


@pytest.mark.parametrize(
    "place",
    [
        '["newest","0",5,"2023","u",1e3]', '["newest","0",5,"2023","u"]', '["oldest","0",5,"2023","u",1]', '["newest","1",5,"2023","u",1]',
        '["newest","0",5,"\\ud800","u",1]', '["newest","0",5,"2023","u",99999999999999999999]', '["newest","0",-1,"2023","u",1]', "[]", "7", "{}", "[[[[", '["newest","0",true,"2023","u",1]',
    ],
)  # fmt: skip
def test_a_place_of_another_shape_is_refused(db, place):
    with pytest.raises(ConfigError, match="--after"):
        page(db, "的", Wanted(after=base64.urlsafe_b64encode(place.encode()).decode()))


def test_no_page_of_nothing(db):
    assert page(db, parse("NOT 的"), Wanted()) == page(db, "查无此词", Wanted("left"))


def test_the_command_goes_from_page_to_page(archived, db):
    shown, after = [], []
    for _ in itertools.count():
        run = fangtan("search", QUERY, "--sort", "right", "--limit", "20", "--json", *after, collection=archived.root)
        assert run.code == 0, run.err
        shown += [(row["turn"], row["start"]) for row in run.rows]
        found = re.search(r"next page: (--after) (\S+)", run.err)
        if not found:
            break
        after = list(found.groups())
    assert shown == [line[1:3] for line in shown_lines(plainly(db), "right")]
    assert fangtan("search", QUERY, "--after", "x", collection=archived.root).code == 2
