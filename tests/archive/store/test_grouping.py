"""Which captures form one interview: the same in whatever order they come, and no word is lost by joining."""

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.store.grouping import PageCapture, group

KEYS = ("a", "b", "c")
KINDS = ("transcript", "transcript", "notice", "gone", "error", "part")


def words(content):
    """A content is its words here: one letter each."""
    return frozenset(content)


@st.composite
def captures(draw):
    found = []
    for number in range(draw(st.integers(1, 9))):
        key, kind = draw(st.sampled_from(KEYS)), draw(st.sampled_from(KINDS))
        says = kind in ("transcript", "notice", "part")
        content = "".join(sorted(draw(st.sets(st.sampled_from("uvwxyz"), min_size=1)))) if says else None
        day = draw(st.integers(1, 5))
        found.append(
            PageCapture(f"r{number}", key, f"http://h/{key}", f"2026-01-0{day}T00:00:00Z", kind, content, "t", draw(st.booleans()))
        )  # fmt: skip
    return found


@settings(max_examples=300, deadline=None)
@given(captures(), st.randoms())
def test_the_order_in_which_captures_come_does_not_matter(found, chance):
    other = list(found)
    chance.shuffle(other)
    assert group(other, words) == group(found, words)


@settings(max_examples=300, deadline=None)
@given(captures())
def test_every_reading_stands_in_a_version_that_has_all_its_words(found):
    interview = group(found, words)
    read = [c for c in found if c.kind in ("transcript", "notice")]
    assert (interview is None) == (not read)
    if interview is None:
        return
    version = {capture: v for v in interview.versions for capture in v.captures}
    assert all(words(c.content) <= words(version[c.capture].content) for c in read)
    said = frozenset().union(*(words(v.content) for v in interview.versions))
    assert all(words(c.content) <= said for c in found if c.kind == "part")


@settings(max_examples=300, deadline=None)
@given(captures())
def test_versions_are_numbered_one_is_shown_and_a_talk_is_gone_when_all_its_addresses_are(found):
    interview = group(found, words)
    if interview is None:
        return
    numbers = [v.number for v in interview.versions]
    assert numbers == list(range(1, len(numbers) + 1))
    assert interview.newest in numbers
    assert interview.first_seen <= interview.last_seen
    gone = {c.key: c.kind == "gone" for c in sorted(found, key=lambda c: c.order) if c.kind not in ("error", "part")}
    assert (interview.gone_at is not None) == all(gone.values())
