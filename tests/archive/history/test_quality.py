"""Verdicts over made reports: each trouble has its own, with evidence and a fix; none is made of nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.collection.sites import Site
from archive.history.verdict import VERDICTS, judge

SITE = Site("x", "云岭县人民政府", ("https://www.yunling.gov.cn.example/zxft/",))
URL = SITE.section[0]


def facts(**changes):
    plain = {
        "fatal": None, "refusals": [], "challenges": [], "obstacles": [], "error_list": [], "statuses": {"200": 12}, "pages": 12, "errors": 0,
        "got": 2, "listed": 10, "declared_items": None, "family": "trs", "single_page": False, "whole_site": True, "stopped_at_known": False, "stop_reason": None,
        "left": 0, "interviews": 10, "alerts": 0, "flagged": 0, "hosts": {"www.yunling.gov.cn.example": 12},
        "quality": {"read": 10, "transcripts": 0.9, "confidence": 0.95, "size": 20_000},
    }  # fmt: skip
    return {**plain, **changes}


def obstacle(rule, count=1, detail="x"):
    return {"rule": rule, "url": URL, "detail": detail, "count": count}


GOOD = [facts(verdict="ok")] * 3


def test_a_good_run_is_ok():
    assert judge(facts(), GOOD, SITE).verdict == "ok"
    assert judge(facts(), [], SITE).code == 0


@pytest.mark.parametrize(
    ("changes", "verdict", "code", "words"),
    [
        ({"fatal": "the disk is full"}, "incomplete", 3, "disk"),
        ({"refusals": [{"url": URL, "role": "seed", "reason": "robots.txt"}], "got": 0, "interviews": 0}, "blocked", 4, "robots"),
        ({"challenges": [{"url": URL, "role": "seed", "rule": "status:521"}]}, "blocked", 4, "anti-bot"),
        ({"obstacles": [obstacle("login_wall")], "got": 0}, "blocked", 4, "login wall"),
        ({"obstacles": [obstacle("ban", 9)]}, "blocked", 4, "ban"),
        ({"alerts": 2}, "tampered", 4, "do not belong"),
        ({"left": 5, "stop_reason": "the crawl window has closed"}, "incomplete", 3, "window"),
        ({"family": "ucap"}, "layout changed", 3, "family ucap, before trs"),
        ({"got": 0, "listed": 0}, "layout changed", 3, "before 10 entries"),
        ({"quality": {"read": 10, "transcripts": 0.1, "confidence": 0.9}}, "layout changed", 3, "have turns"),
        ({"quality": {"read": 10, "transcripts": 0.9, "confidence": 0.5}}, "layout changed", 3, "confidence"),
        ({"listed": 4}, "layout changed", 3, "listed 10"),
        ({"error_list": [{"url": URL, "reason": "HTTP 500", "role": "detail"}]}, "incomplete", 3, "1 page(s) failed"),
        ({"error_list": [{"url": URL, "reason": "DNSLookupError: no", "role": "seed"}], "pages": 0, "statuses": {}, "got": 0, "listed": 0,
          "obstacles": [obstacle("dns")]}, "incomplete", 3, "DNSLookupError"),
        ({"interviews": 0}, "incomplete", 3, "none of them"),
        ({"stop_reason": "--limit 3 reached"}, "incomplete", 3, "limit"),
    ],
)  # fmt: skip
def test_each_trouble_has_its_verdict(changes, verdict, code, words):
    found = judge(facts(**changes), GOOD, SITE)
    assert (found.verdict, found.code) == (verdict, code)
    assert words in found.reason
    if changes.get("obstacles"):
        assert found.evidence
        assert found.fix


def test_a_crawl_that_stopped_at_known_entries_is_not_short():
    assert judge(facts(listed=3, stopped_at_known=True), GOOD, SITE).verdict == "ok"


def test_a_family_that_the_operator_has_confirmed_is_no_change():
    confirmed = Site("x", SITE.name, SITE.section, family="ucap")
    assert judge(facts(family="ucap"), GOOD, confirmed).verdict == "ok"


def test_single_bans_are_remarks():
    found = judge(facts(obstacles=[obstacle("ban", 1)]), GOOD, SITE)
    assert found.verdict == "ok"
    assert "ban" in found.evidence[0]


def test_remarks_on_hosts_sizes_and_flags():
    found = judge(
        facts(hosts={"www.yunling.gov.cn.example": 3, "cdn.example": 1}, flagged=1, quality={"read": 9, "size": 900}), GOOD, SITE
    )  # fmt: skip
    assert found.verdict == "ok"
    assert len(found.evidence) == 3


def test_expectations_of_the_site_file():
    few = Site("x", "n", SITE.section, expect_min=20)
    many = Site("x", "n", SITE.section, expect_max=5)
    assert judge(facts(), GOOD, few).code == 3
    assert "at most 5" in judge(facts(), GOOD, many).reason


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "got": st.integers(0, 5), "listed": st.integers(0, 50), "pages": st.integers(0, 50), "interviews": st.integers(0, 50), "alerts": st.integers(0, 2),
            "left": st.integers(0, 2), "single_page": st.booleans(), "stopped_at_known": st.booleans(), "declared_items": st.none() | st.integers(0, 90),
            "family": st.sampled_from(["trs", "ucap", "generic"]), "quality": st.just({"read": 0}),
            "obstacles": st.lists(st.sampled_from(["ban", "dns", "tls", "soft_404", "robots_changed"]).map(obstacle), max_size=3),
            "error_list": st.lists(st.just({"url": URL, "reason": "HTTP 500", "role": "list"}), max_size=3),
        },
    )
)  # fmt: skip
def test_any_facts_give_a_verdict_and_an_empty_crawl_is_never_ok(changes):
    found = judge(facts(**changes), GOOD, SITE)
    assert found.verdict in VERDICTS
    assert (found.code == 0) == (found.verdict == "ok")
    json.dumps(found.evidence)
    if not changes.get("interviews", 10):
        assert found.code
