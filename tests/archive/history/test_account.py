"""The account: every entry ends once, every declared number is met or its difference stands there. Pure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.history.account import Account, account, from_rows
from archive.history.entries import ACCOUNTED, Line, is_dead
from archive.history.facts import NO_LIST, TAKEN_DOWN, Asked, Came, Capture, Facts, Read, Row
from archive.history.gone import to_ask
from archive.history.report_page import html_of

LIST = "//a.example/ft/"


def key(n):
    return f"//a.example/ft/{n}.html"


def whole(count=6, per=2, items=None, pages=None, **changes):
    """The facts of a run in which everything came."""
    numbers = range(1, -(-count // per) + 1)
    lists = {n: LIST if n == 1 else f"{LIST}index_{n - 1}.html" for n in numbers}
    rows = tuple(
        Row(key(n), f"http:{key(n)}", f"第{n}期：某局局长谈工作之{n}", lists[-(-n // per)]) for n in range(1, count + 1)
    )
    asked = [
        Asked(address, f"http:{address}", "list" if n > 1 else "seed", n, LIST if n > 1 else "")
        for n, address in lists.items()
    ]
    asked += [Asked(row.key, row.url, "detail") for row in rows]
    read = {
        address: Read(
            address, tuple(row.key for row in rows if row.list == address), fresh=True, pages=pages, items=items
        )
        for address in lists.values()
    }
    captures = {
        row.key: Capture(
            f"id{n}", "transcript", fresh=True, title=row.title, sha256=f"{n:064x}", size=900, uid=f"uid{n}"
        )
        for n, row in enumerate(rows, 1)
    }
    came = {a.key: Came(a.key, 200) for a in asked}
    return Facts(**{"asked": tuple(asked), "rows": rows, "read": read, "came": came, "captures": captures, **changes})


def with_came(n, *came, **more):
    facts = whole()
    return whole(came={**facts.came, key(n): Came(key(n), *came, **more)})


def with_capture(n, **changes):
    facts = whole()
    plain = {
        "id": f"id{n}",
        "kind": "transcript",
        "fresh": True,
        "title": facts.rows[n - 1].title,
        "sha256": "x",
        "size": 900,
        "uid": f"uid{n}",
    }
    return whole(captures={**facts.captures, key(n): Capture(**{**plain, **changes})})


def outcomes(facts, last=None):
    return {line.key: line.outcome for line in account(facts, last).lines}


def test_what_repeats_a_withheld_page_is_accounted_for():
    """Such a capture has no bytes of its own, and shows nothing."""
    facts = with_capture(2, kind=TAKEN_DOWN, size=0, title="", uid=None)
    assert account(facts).balanced
    assert outcomes(facts)[key(2)] == "withheld"


def test_all_came():
    made = account(whole(items=6, pages=3))
    assert made.balanced
    assert made.seen == 6
    assert made.counts() == {"interview": 6}


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (with_came(2, 404), "error"),
        (with_came(2, 500), "error"),
        (with_came(2, None, "timed out"), "error"),
        (with_came(2, 200, cut=True), "cut off"),
        (with_came(2, 200, "an anti-bot page (x)"), "challenge"),
        (with_came(2, 302, target="//a.example/"), "never asked"),
        (with_capture(2, size=0, kind="error"), "empty"),
        (with_capture(2, kind="error", uid=None), "unreadable"),
        (with_capture(2, kind="gone", uid=None), "soft 404"),
        (with_capture(2, kind="other", uid=None, title="云岭县人民政府", words=900), "no interview"),
        (with_capture(2, kind="other", uid=None, words=3), "placeholder"),
        (with_capture(2, kind="file", uid=None, mime="image/gif"), "no interview"),
        (with_capture(2, kind="file", uid=None, mime="text/css"), "no interview"),
        (with_capture(2, kind="file", uid=None, mime="text/html"), "unreadable"),
        (with_capture(2, kind="other", uid=None, title="", words=900), "no interview"),
        (with_capture(2, named=0.0, title=""), "another page"),
        (with_capture(2, kind="other", held=True, words=900), "no interview"),
        (with_capture(2, kind="listing", held=True), "no interview"),
        (with_capture(2, held=True, likeness=0.01), "alien"),
        (with_capture(2, title="第3期：某局局长谈工作之3"), "another page"),
        (with_capture(2, sha256=f"{3:064x}", title=""), "another page"),
        (with_capture(2, held=True, before="第2期：某局局长谈工作之2", title="第9期：另一位局长谈另一件事"), "another page"),
    ],
)  # fmt: skip
def test_what_is_no_account_of_an_entry(facts, outcome):
    made = account(facts)
    line = next(line for line in made.lines if line.key == key(2))
    if (
        outcome == "another page" and line.outcome == "interview"
    ):  # of two with one content, either may be the right one
        line = next(line for line in made.lines if not line.accounted)
    assert line.outcome == outcome
    assert not made.balanced
    assert outcome in made.differences[0]


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (with_came(2, None, "robots.txt", refused=True), "refused"),
        (with_came(2, 302, "off-site: to mp.weixin.example", refused=True), "off-site"),
        (with_came(2, 302, target=key(1)), "another page"),
        (with_capture(2, kind="plan", uid=None), "explained"),
        (with_capture(2, kind="other", uid=None, words=900), "explained"),
        (with_capture(2, kind="file", uid=None, mime="application/pdf"), "explained"),
        (with_capture(2, kind="part", uid="uid1"), "same"),
    ],
)
def test_what_else_an_entry_may_be(facts, outcome):
    assert outcomes(facts)[key(2)] == outcome
    assert account(facts).balanced == (outcome in ACCOUNTED)


def test_an_interview_of_the_archive_that_goes_is_told_and_many_at_once_are_not_ok():
    facts = whole()
    gone = {key(n): Came(key(n), 404) for n in range(1, 7)}
    held = {
        k: Capture(**{**{f: getattr(c, f) for f in c.__slots__}, "held": True, "kind": "gone", "fresh": True})
        for k, c in facts.captures.items()
    }
    for count, balanced in ((1, True), (2, False), (6, False)):
        some = dict(list(gone.items())[:count])
        made = account(whole(came={**facts.came, **some}, captures={**facts.captures, **{k: held[k] for k in some}}))
        assert made.counts()["gone"] == count
        assert made.balanced == balanced, made.differences


def test_few_that_left_their_list_are_a_remark_and_are_asked_for():
    """Those of the last account; what was asked for in this run is known, and much at once is the lists' fault."""
    last = account(whole())
    assert last.balanced

    def without(*numbers, **more):
        facts, left = whole(), {key(n) for n in numbers}
        keys = {k: tuple(key for key in r.keys if key not in left) for k, r in facts.read.items()}
        read = {k: replace(r, keys=keys[k]) for k, r in facts.read.items()}
        rows = tuple(row for row in facts.rows if row.key not in left)
        asked = tuple(a for a in facts.asked if a.key not in left or more.get("asked"))
        came = {k: c for k, c in facts.came.items() if k not in left or more.get("asked")}
        return replace(facts, rows=rows, read=read, asked=asked, came=came)

    made = account(without(2), last)
    assert made.balanced
    assert [f"http:{key(2)}, which the next run asks for" in remark for remark in made.remarks] == [True]
    assert [line.key for line in to_ask(made.lines, last.lines, without(2))] == [key(2)]
    seen = account(without(2, asked=True), last)
    assert [f"http:{key(2)}, which answers" in remark for remark in seen.remarks] == [True]
    assert to_ask(seen.lines, last.lines, without(2, asked=True)) == []
    many = account(without(2, 3), last)
    assert (many.balanced, to_ask(many.lines, last.lines, without(2, 3))) == (False, [])


def test_another_text_counts_as_the_pages_own_after_three_nights_over_a_week():
    alien = with_capture(2, held=True, likeness=0.01)
    assert outcomes(replace(alien, nights={key(2): ("2026-03-01", "2026-03-02")}))[key(2)] == "alien"
    made = account(replace(alien, nights={key(2): ("2026-03-01", "2026-03-02", "2026-03-09")}))
    assert made.balanced
    assert [f"http:{key(2)}, since 2026-03-01" in remark for remark in made.remarks] == [True]


def test_three_nights_over_a_week_are_dead():
    assert not is_dead(("2026-03-01", "2026-03-02", "2026-03-03"))
    assert not is_dead(("2026-03-01", "2026-03-09"))
    assert is_dead(("2026-03-01", "2026-03-02", "2026-03-08"))
    facts = whole()
    nights = {key(2): ("2026-03-01", "2026-03-02", "2026-03-08")}
    dead = whole(
        came={**facts.came, key(2): Came(key(2), 404)},
        nights=nights,
        captures={k: c for k, c in facts.captures.items() if k != key(2)},
    )
    assert outcomes(dead)[key(2)] == "dead"
    assert account(dead).balanced


@pytest.mark.parametrize(("missing", "balanced"), [(2, False), (3, False), (4, True)])
def test_missing_list_pages(missing, balanced):
    """The last page read is not full: what is declared behind it, and missing, is a remark."""
    facts = whole(count=5, per=2, pages=4)
    address = f"{LIST}index_{missing - 1}.html"
    asked = facts.asked if missing < 4 else (*facts.asked, Asked(address, f"http:{address}", "list", 4, LIST))
    rows = tuple(row for row in facts.rows if row.list != address)
    read = {k: r for k, r in facts.read.items() if k != address}
    made = account(
        whole(count=5, pages=4, asked=asked, rows=rows, read=read, came={**facts.came, address: Came(address, 404)})
    )
    assert made.balanced == balanced, made.differences
    if balanced:
        assert "404" in made.remarks[0]


def test_declared_numbers_stand_or_differ():
    assert "61 entries declared, 6 listed, 55 never seen" in account(whole(items=61)).differences[0]
    assert "5 list pages declared, 3 read" in account(whole(pages=5)).differences[0]
    assert account(whole(items=6, pages=5)).balanced, "all entries are there"


@pytest.mark.parametrize(
    ("again", "items", "balanced"),
    [((2,), 3, True), ((2,), 4, True), ((2,), 5, False), ((2, 3), 5, True), ((2, 3), 4, False), ((), 4, False)],
)
def test_an_entry_that_stands_twice_counts_once_or_twice(again, items, balanced):
    """Three entries, some of them kept on top: the declared number is met by entries or by rows, and by nothing else."""
    facts = whole(count=3, per=3, items=items)
    read = {LIST: replace(facts.read[LIST], keys=(*facts.read[LIST].keys, *map(key, again)))}
    assert account(replace(facts, read=read)).balanced is balanced


def test_a_page_of_another_kind_is_no_end():
    """Two full list pages, and then a page that is none: nobody knows how long the list is, unless a number is met."""
    facts, address = whole(count=4), f"{LIST}about.html"
    asked = (*facts.asked, Asked(address, f"http:{address}", "list", 3, LIST))
    changed = {"asked": asked, "came": {**facts.came, address: Came(address, 200, NO_LIST)}}
    made = account(whole(count=4, **changed))
    assert address in made.differences[0]
    assert "no list" in made.differences[0]
    assert account(whole(count=4, items=4, **changed)).balanced


def test_ways_on_that_were_not_followed():
    facts = whole()
    read = {
        **facts.read,
        LIST: Read(LIST, (key(1), key(2)), fresh=True, ways=(("//a.example/all/", "http://a.example/all/", "更多"),)),
    }
    made = account(whole(read=read))
    assert "更多" in made.differences[0]
    assert made.fixes


def test_a_partial_run_stands_on_the_last_full_account():
    full = account(whole(items=6))
    first = whole()
    partial = whole(
        partial=True, asked=first.asked[:1], rows=tuple(Row(r.key, r.url, r.title, r.list, "not due") for r in first.rows[:2]),
        read={LIST: Read(LIST, (key(1), key(2)), fresh=True, items=6)}, came={LIST: Came(LIST, 200)},
    )  # fmt: skip
    made = account(partial, from_rows(full.rows()))
    assert made.balanced, made.differences
    assert made.seen == 6
    more = account(
        whole(
            **{
                **{f: getattr(partial, f) for f in partial.__slots__},
                "read": {LIST: Read(LIST, (key(1), key(2)), fresh=True, items=9)},
            }
        ),
        full,
    )
    assert "9 entries declared, 6 listed" in more.differences[0]


def test_pages_that_show_one_talk_under_their_own_titles_are_not_all_there():
    """Each page has its own heading and the words of one of them; the one that had them before keeps them."""
    facts = whole()
    one = {address: replace(capture, talk="t") for address, capture in facts.captures.items()}
    made = account(replace(facts, captures=one))
    assert made.counts() == {"another page": 5, "interview": 1}
    assert "another page (the same talk as http://a.example/ft/1.html)" in made.differences[0]
    one[key(4)] = replace(one[key(4)], fresh=False)
    assert {line.detail for line in account(replace(facts, captures=one)).missing()} == {
        f"the same talk as http:{key(4)}"
    }
    stayed = ("2026-01-01", "2026-01-05", "2026-01-08")
    assert account(replace(facts, captures=one, nights=dict.fromkeys(one, stayed))).balanced
    again = replace(facts.rows[1], title=f"{facts.rows[0].title}（转载）")
    pair = {**facts.captures, key(1): one[key(1)], key(2): replace(one[key(2)], title=again.title)}
    assert account(replace(facts, rows=(facts.rows[0], again, *facts.rows[2:]), captures=pair)).balanced


def test_a_talk_whose_file_did_not_come_is_missing_until_that_has_stayed():
    """Another interview that lacks a file has words of its own: a remark."""
    lacking = {"kind": "attachment", "lacks": ("http://a.example/1.pdf", "HTTP 404")}
    made = account(with_capture(2, **lacking))
    assert (
        "1 no file; the first: http://a.example/ft/2.html: no file (http://a.example/1.pdf: HTTP 404)"
        in made.differences[0]
    )
    later = replace(with_capture(2, **lacking), nights={key(2): ("2026-01-01", "2026-01-05", "2026-01-08")})
    for facts in (later, with_capture(2, lacks=lacking["lacks"])):
        made = account(facts)
        assert made.balanced, made.differences
        assert any("whose files did not come, the first: http://a.example/1.pdf: HTTP 404" in r for r in made.remarks)


def test_a_known_entry_that_a_run_stopped_before_is_not_accounted_for():
    facts = with_capture(2, fresh=False, held=True)
    came = {address: one for address, one in facts.came.items() if address != key(2)}
    assert outcomes(replace(facts, came=came, stopped="the window closed"))[key(2)] == "never asked"


def test_a_third_of_the_list_gone_at_once():
    full = account(whole())
    assert account(whole(count=5), full).balanced
    assert "listed no longer" in account(whole(count=4), full).differences[0]


def test_rows_and_back():
    made = account(whole(items=6))
    again = from_rows(made.rows())
    assert (again.lines, again.pages) == (made.lines, made.pages)
    with pytest.raises(ValueError, match="no row"):
        from_rows(['{"entry": {"nonsense": 1}}'])


@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from([None, 200, 204, 302, 304, 403, 404, 410, 500]), st.booleans()), max_size=6),
    st.none() | st.integers(0, 9), st.none() | st.integers(0, 5), st.booleans(),
)  # fmt: skip
def test_balanced_if_and_only_if_every_entry_is_accounted_for(answers, items, pages, partial):
    facts = whole()
    came = {key(n): Came(key(n), status, cut=cut) for n, status, cut in answers}
    made = account(whole(items=items, pages=pages, partial=partial, came={**facts.came, **came}), Account())
    bad = [line for line in made.lines if line.outcome not in ACCOUNTED]
    assert len(made.lines) == 6
    assert not (bad and made.balanced)
    if not bad:
        numbers = (items or 0) <= 6 and ((pages or 0) <= 3 or items is not None)
        assert made.balanced == numbers, made.differences


def test_the_page_of_a_run_shows_its_account():
    """What is missing comes first, every word is escaped, and what is too much is counted in both languages."""
    facts = whole(count=130, per=65)
    bad = key(129)
    rows = tuple(
        Row(r.key, r.url, "<script>alert(1)</script>" if r.key == bad else r.title, r.list) for r in facts.rows
    )
    made = account(whole(130, 65, rows=rows, came={**facts.came, bad: Came(bad, 500, "<b>停机</b>")}))
    page = html_of({"run": "r", "verdict": "incomplete"}, made)
    assert "does not balance 清点有缺" in page
    assert page.index(">HTTP 500: &lt;b&gt;停机") < page.index(">transcript 实录</td>")
    assert ">&lt;script&gt;alert(1)&lt;/script&gt;</td>" in page
    assert "<script" not in page
    assert "… and 30 more 另有 30 行" in page
    assert "balances 已清点无缺" in html_of({"run": "r", "verdict": "ok"}, account(whole()))
    assert "Account" not in html_of({"run": "r", "verdict": "incomplete"})


def test_a_number_that_is_not_met_comes_with_what_helps():
    made = account(whole(items=9))
    assert (made.balanced, len(made.fixes)) == (False, 1)
    assert account(whole()).fixes == ()


def moved_facts(names, *, status=301, role="seed"):
    """A section whose address leads to another one, where entries of these titles are listed and read."""
    old, new = "//a.example/ft/", "//a.example/new/"
    rows = [Row(f"{new}{n}.html", f"http:{new}{n}.html", title, new) for n, title in enumerate(names)]
    return Facts(
        (Asked(old, f"http:{old}", role), Asked(new, f"http:{new}", role, via=old), *(Asked(r.key, r.url, "detail") for r in rows)),
        tuple(rows),
        {new: Read(new, tuple(r.key for r in rows), fresh=True)},
        {old: Came(old, status, target=new), new: Came(new, 200), **{r.key: Came(r.key, 200) for r in rows}},
        {r.key: Capture(f"c{r.key}", "transcript", fresh=True, title=r.title, size=9, uid=f"u{r.key}") for r in rows},
    )  # fmt: skip


BEFORE = tuple(
    Line(f"//a.example/ft/{n}.html", f"http://a.example/ft/{n}.html", title, "//a.example/ft/", "interview", "transcript")
    for n, title in enumerate(("【访谈】水渠", "水库", "梯田", "水库"))
)  # fmt: skip


@pytest.mark.parametrize(
    ("names", "more", "balanced", "words"),
    [
        (("【访谈】水渠", "水库", "梯田", "水库"), {}, True, ("to http://a.example/new/, and was read there: write section",)),
        (("水库 ", "访谈：水渠", "水库", "梯田", "新访谈"), {}, True, ("and was read there: write section",)),
        (("【访谈】水渠", "水库", "梯田"), {}, True, ("read there, but for 1 of 4 entries, the first: http://a.example/ft/3.html",)),
        (("【访谈】水渠", "水库"), {}, False, ("but for 2 of 4 entries",)),
        (("另一期", "又一期", "还一期", "再一期"), {}, False, ("but for 4 of 4 entries",)),
        (("【访谈】水渠", "水库", "梯田", "水库"), {"status": 302}, True, ()),
        (("【访谈】水渠", "水库", "梯田", "水库"), {"role": "list"}, True, ("and was read there",)),
    ],
)  # fmt: skip
def test_a_section_that_moved_with_all_its_talks_is_whole(names, more, balanced, words):
    made = account(moved_facts(names, **more), Account(BEFORE))
    assert made.balanced == balanced, made.differences
    assert len(made.remarks) == len(words)
    assert all(word in remark for word, remark in zip(words, made.remarks, strict=True))


def test_known_talks_that_are_gone_from_their_old_addresses_are_not_gone_where_the_section_moved_with_them():
    old = [Asked(line.key, line.url, "detail") for line in BEFORE]
    there = {line.key: Capture(line.key, "gone", fresh=True, held=True, uid=line.key) for line in BEFORE}
    facts = moved_facts(("【访谈】水渠", "水库", "梯田", "水库"))
    facts = replace(
        facts,
        asked=(*facts.asked, *old),
        came=facts.came | {line.key: Came(line.key, 404) for line in BEFORE},
        captures=facts.captures | there,
    )
    assert account(facts, Account(BEFORE)).differences == ()
    lost = replace(facts, rows=facts.rows[:1])
    assert any("are gone, all at once" in words for words in account(lost, Account(BEFORE)).differences)
