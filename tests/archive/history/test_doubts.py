"""What came and may yet be a loss: a little of it is a remark, much of it at once is a difference. Pure."""

from dataclasses import replace

import pytest

from archive.collection.sites import Site
from archive.history.account import account
from archive.history.facts import Asked, Came, Capture, Facts, Read, Row
from archive.history.verdict import judge

LISTS = ("//a.example/ft/", "//a.example/zb/")


def _facts(**changes):
    """Two lists, of six entries and of three; each entry is an interview that was there before."""
    asked, rows, read, captures = [Asked("//a.example/", "http://a.example/", "seed")], [], {}, {}
    for page, numbers in zip(LISTS, (range(6), range(6, 9)), strict=True):
        asked.append(Asked(page, f"http:{page}", "list"))
        mine = [Row(f"{page}{n}.html", f"http:{page}{n}.html", f"第{n}期访谈", page) for n in numbers]
        rows += mine
        read[page] = Read(page, tuple(row.key for row in mine), fresh=True)
        for n, row in zip(numbers, mine, strict=True):
            captures[row.key] = Capture(
                f"id{n}",
                "transcript",
                fresh=True,
                title=row.title,
                sha256=f"{n:064x}",
                size=9,
                uid=f"uid{n}",
                held=True,
            )
    asked += [Asked(row.key, row.url, "detail") for row in rows]
    came = {one.key: Came(one.key, 200) for one in asked}
    return Facts(
        **{"asked": tuple(asked), "rows": tuple(rows), "read": read, "came": came, "captures": captures, **changes}
    )


def _with(count, **changes):
    """The first entries came otherwise."""
    facts = _facts()
    changed = {key: replace(one, **changes) for key, one in list(facts.captures.items())[:count]}
    return replace(facts, captures={**facts.captures, **changed})


@pytest.mark.parametrize(("count", "balanced"), [(1, True), (2, True), (3, False), (9, False)])
def test_interviews_that_lose_many_of_their_words(count, balanced):
    made = account(_with(count, likeness=0.4, shorter=True))
    assert made.balanced is balanced
    words = f"{count} of 9 interviews that were fetched again have lost many of their words"
    assert words in "".join(made.remarks if balanced else made.differences)


@pytest.mark.parametrize("changes", [{"likeness": 0.7, "shorter": True}, {"likeness": 0.4}, {"likeness": None}])
def test_interviews_that_are_edited_or_grow_lose_nothing(changes):
    made = account(_with(9, **changes))
    assert (made.balanced, made.remarks) == (True, ())


@pytest.mark.parametrize(
    ("what", "before", "after", "much"),
    [
        ("items", 6, 5, False),
        ("items", 6, 4, True),
        ("pages", 3, 2, True),
        ("items", 6, 6, None),
        ("pages", 2, 4, None),
    ],
)
def test_a_list_that_declares_less_than_before(what, before, after, much):
    def declaring(number, **changes):
        facts = _facts(**changes)
        return replace(facts, read={**facts.read, LISTS[0]: replace(facts.read[LISTS[0]], **{what: number})})

    full = account(declaring(before))
    made = account(declaring(after, partial=True), full)
    words = f"http:{LISTS[0]} declares {after} {'entries' if what == 'items' else 'pages'}, before {before}"
    assert (words in "".join(made.differences)) is (much is True)
    assert (words in "".join(made.remarks)) is (much is False)


def _judged(made, site=None):
    report = {
        "fatal": None, "obstacles": [], "refusals": [], "challenges": [], "alerts": 0, "left": 0, "whole_site": True, "statuses": {"200": 9},
        "family": "trs", "listed": 9, "got": 2, "pages": 12, "single_page": False, "error_list": [], "stop_reason": None, "hosts": {},
        "stopped_at_known": False, "seen": made.seen, "interviews": made.seen, "account": made.summary(),
    }  # fmt: skip
    return judge(report, [], site or Site("x", "县", ("http://a.example/",)))


@pytest.mark.parametrize(("count", "code"), [(0, 0), (1, 0), (4, 0), (5, 3), (8, 3)])
def test_most_of_what_is_listed_is_no_interview(count, code):
    """Pages of another kind are accounted for; where they are most of a list, it is another list or another template."""
    made = account(_with(count, kind="other", held=False, uid=None, words=90))
    assert made.balanced
    assert (f"{count} entries are no interviews" in "".join(made.remarks)) is (count > 0)
    found = _judged(made)
    assert found.code == code
    if code:
        assert found.reason == f"{count} of 9 entries are no interviews here: {count} explained, {9 - count} interview"
        assert "expect.interviews" in found.fix
        assert _judged(made, Site("x", "县", ("http://a.example/",), expect_min=1)).code == 0
    assert account(_with(count, kind="other", held=False, uid=None, words=90), made).remarks == (), "it is known by now"


def test_entries_that_redirect_to_other_hosts_are_no_interviews_here():
    facts = _facts(captures={})
    kept = _facts().captures
    first = [row.key for row in facts.rows][:3]
    came = {
        **facts.came,
        **{row.key: Came(row.key, 302, "off-site: to x.example", refused=True) for row in facts.rows[3:]},
    }
    made = account(replace(facts, came=came, captures={key: kept[key] for key in first}))
    assert made.balanced
    assert _judged(made).reason == "6 of 9 entries are no interviews here: 3 interview, 6 off-site"
