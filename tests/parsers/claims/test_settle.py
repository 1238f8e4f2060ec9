"""The one choice between claims: agreement supports, contradiction is told or abstained from."""

from math import isclose

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parsers.claims.claim import Claim, Found, Place, Rule, collect
from parsers.claims.confidence import UNMEASURED, confidence, lower_bound
from parsers.claims.settle import Question, settle

ASKED = Question("f", margin=0.05, floor=0.2)
DAYS = Question("f", agree=lambda a, b: a[:10] == b[:10], finer=lambda a, b: len(a) > len(b))


def claim(value, weight=0.9, rule="r", line=None):
    return Claim("f", rule, weight, Found(value, Place(str(value), line)))


def test_one_claim_is_asserted_alone():
    found = settle(ASKED, [claim("a")])
    assert (found.value, found.standing, found.rejected, found.reason) == ("a", "alone", (), "")


def test_no_claim_is_absence_and_no_abstention():
    found = settle(ASKED, [])
    assert (found.value, found.reason, found.claims) == (None, "", ())


def test_equal_claims_that_differ_are_not_asserted():
    found = settle(ASKED, [claim("a"), claim("b")])
    assert found.value is None
    assert found.reason
    assert [c.value for c in found.rejected] == ["a", "b"]


def test_the_loser_is_told():
    found = settle(ASKED, [claim("b", 0.3), claim("a", 0.9)])
    assert (found.value, [c.value for c in found.rejected], found.standing) == ("a", ["b"], "contested")


def test_a_near_loser_makes_a_close_call():
    assert settle(ASKED, [claim("b", 0.8), claim("a", 0.9)]).standing == "close"


def test_two_rules_outweigh_a_stronger_one():
    claims = [claim("a", 0.8, "one"), claim("b", 0.7, "two"), claim("b", 0.7, "three")]
    assert settle(ASKED, claims).value == "b"


def test_one_rule_that_says_it_twice_counts_once():
    claims = [claim("a", 0.8, "one"), claim("b", 0.7, "two"), claim("b", 0.7, "two")]
    assert settle(ASKED, claims).value == "a"


def test_of_values_that_agree_the_finer_is_asserted():
    found = settle(DAYS, [claim("2021-12-23", 0.9, "printed"), claim("2021-12-23T11:40", 0.5, "tag")])
    assert (found.value, found.standing, found.rejected) == ("2021-12-23T11:40", "supported", ())


def test_of_equal_values_the_printed_one_is_shown():
    found = settle(ASKED, [claim("a", 0.9, "tag"), claim("a", 0.8, "printed", line=object())])
    assert found.best.rule == "printed"


def test_too_little_is_not_asserted():
    found = settle(ASKED, [claim("a", 0.1)])
    assert found.value is None
    assert [c.value for c in found.rejected] == ["a"]


def test_words_that_cannot_be_read_are_a_reason_only_where_nothing_else_is():
    unread = Claim("f", "r", 0.9, Found(None, Place("待定"), remarks=("undetermined",)))
    assert settle(ASKED, [unread]).reason == "undetermined"
    assert settle(ASKED, [unread, claim("a", 0.3)]).value == "a"


CLAIMS = st.lists(
    st.builds(claim, st.sampled_from("abc"), st.floats(0.01, 0.99), st.sampled_from(["r", "s", "t"])), max_size=7
)


@given(CLAIMS, st.randoms(use_true_random=False))
def test_the_order_of_claims_decides_nothing(claims, random):
    assume(len({c.weight for c in claims}) == len(claims))
    other = list(claims)
    random.shuffle(other)
    one, two = settle(ASKED, claims), settle(ASKED, other)
    assert (one.value, one.standing, bool(one.reason)) == (two.value, two.standing, bool(two.reason))


@given(CLAIMS)
def test_every_claim_is_kept_and_losers_say_something_else(claims):
    found = settle(ASKED, claims)
    assert sorted(map(id, found.claims)) == sorted(map(id, claims))
    assert (found.value is None) == (not claims or bool(found.reason))
    if found.best:
        assert all(c.value == found.value for c in found.supports)
        assert all(c.value != found.value for c in found.rejected)


@given(CLAIMS, st.floats(0.01, 0.99))
def test_more_support_never_unseats_a_value(claims, weight):
    before = settle(ASKED, claims)
    assume(before.best is not None)
    after = settle(ASKED, [*claims, claim(before.value, weight, "another rule")])
    assert after.value == before.value


def test_a_silent_rule_speaks_only_where_nothing_was_said():
    asked = []
    rules = [
        Rule("first", "f", 0.9, lambda page: [Found(page, Place(page))] if page else []),
        Rule("second", "f", 0.5, lambda page: asked.append(page) or [Found("x", Place("x"))], silent=True),
    ]
    assert [c.rule for c in collect(rules, "a")] == ["first"]
    assert [(c.rule, c.weight) for c in collect(rules, "")] == [("second", 0.5)]
    assert asked == [""]


def test_few_pages_make_no_value_sure():
    assert lower_bound(3, 3) < 0.5 < lower_bound(10, 10) < 0.9 < lower_bound(100, 100) < 1
    assert isclose(lower_bound(0, 5), 0, abs_tol=1e-9)
    assert confidence("title", "no such rule", "alone") == UNMEASURED


@pytest.mark.parametrize("weight", [0.2, 0.5])
def test_a_find_far_off_weighs_less(weight):
    rule = Rule("r", "f", 0.8, lambda _: [Found("a", Place("a"), share=weight)])
    assert next(iter(rule.claims(None))).weight == pytest.approx(0.8 * weight)
