"""Cron expressions, windows, jitter: against a plain minute-by-minute reading of what cron says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.collection.times import SHANGHAI, cron, jitter, next_fire, window
from archive.errors import ConfigError

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # a Wednesday, noon in Shanghai


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 3 * * 1", "2026-11-30 03:00"),  # cron's Monday
        ("0 3 * * 0", "2026-11-29 03:00"),
        ("0 3 * * 7", "2026-11-29 03:00"),
        ("0 3 * * sun", "2026-11-29 03:00"),
        ("30 12 * * 3", "2026-11-25 12:30"),
        ("0 12 * * *", "2026-11-26 12:00"),
        ("0 3 * * 5-7", "2026-11-27 03:00"),
        ("0 3 * * sat-mon", "2026-11-28 03:00"),
        ("0 3 * * */2", "2026-11-26 03:00"),  # Sunday, Tuesday, Thursday, Saturday
        ("0 0 1 * *", "2026-12-01 00:00"),
        ("*/15 * * * *", "2026-11-25 12:15"),
        ("@daily", "2026-11-26 00:00"),
        ("@weekly", "2026-11-29 00:00"),
    ],
)
def test_dates(expression, expected):
    assert next_fire(expression, NOON).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") == expected


@pytest.mark.parametrize("wrong", ["", "3 * * *", "61 * * * *", "0 3 * * 8", "0 3 1 * 1", "0 3 * * mon-", "0 3 * * */0", "soon", "@never"])  # fmt: skip
def test_what_is_no_schedule_is_refused_by_name(wrong):
    with pytest.raises(ConfigError, match="schedule"):
        cron(wrong)


def test_a_date_that_never_comes():
    with pytest.raises(ConfigError, match="no such date"):
        next_fire("0 0 30 2 *", NOON)


@settings(max_examples=60, deadline=None)
@given(
    minute=st.integers(0, 59), hour=st.integers(0, 23), days=st.sets(st.integers(0, 6), min_size=1), start=st.integers(0, 20_000)
)  # fmt: skip
def test_weekdays_are_those_of_cron(minute, hour, days, start):
    after = datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=start)
    found = next_fire(f"{minute} {hour} * * {','.join(map(str, sorted(days)))}", after).astimezone(SHANGHAI)
    moment = after.replace(second=0) + timedelta(minutes=1)
    while (moment.minute, moment.hour) != (minute, hour) or (moment.isoweekday() % 7) not in days:
        moment += timedelta(minutes=1)
    assert found == moment


NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@settings(max_examples=200, deadline=None)
@given(first=st.integers(0, 6), length=st.integers(0, 6), step=st.integers(1, 6), named=st.booleans())
def test_weekdays_in_ranges_and_steps_are_those_of_cron(first, length, step, named):
    """A range may go over the end of the week when its days have names or its Sunday is a 7."""
    last = first + length
    days = {day % 7 for day in range(first, last + 1, step)}
    if named:
        field = f"{NAMES[first]}-{NAMES[last % 7]}/{step}"
    elif last <= 7:
        field = f"{first}-{last}/{step}"
    else:
        field = ",".join(map(str, sorted(days)))
    moment, found = NOON, set()
    for _ in range(7):
        moment = next_fire(f"0 0 * * {field}", moment)
        found.add(moment.astimezone(SHANGHAI).isoweekday() % 7)
    assert found == days


def test_jitter_is_the_same_for_each_asking_and_bounded():
    fire, following = NOON, NOON + timedelta(hours=1)
    spread = {jitter(f"site{n}", fire, following, 600) for n in range(200)}
    assert len(spread) > 150
    assert all(timedelta() <= s <= timedelta(seconds=600) for s in spread)
    assert jitter("a", fire, following, 600) == jitter("a", fire, following, 600)
    assert jitter("a", fire, fire + timedelta(seconds=60), 600) <= timedelta(seconds=30)
    assert jitter("a", fire, following, 0) == timedelta()


@given(start=st.integers(0, 1439), end=st.integers(0, 1439), at=st.integers(0, 1439))
def test_windows(start, end, at):
    text = f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"
    if start == end:
        with pytest.raises(ConfigError, match="window"):
            window(text)
        return
    moment = datetime(2026, 3, 1, at // 60, at % 60, tzinfo=SHANGHAI)
    inside = (at - start) % 1440 < (end - start) % 1440
    found = window(text)
    assert found.contains(moment) == inside
    opening, closing = found.opening(moment), found.closing(moment)
    assert found.contains(opening)
    assert (opening == moment) == inside
    assert moment <= opening < moment + timedelta(days=1)
    assert moment < closing <= moment + timedelta(days=1)
    assert not found.contains(closing)


@pytest.mark.parametrize("wrong", ["", "22", "22:00", "25:00-06:00", "22:61-06:00", "22:00-06:00-07:00"])
def test_what_is_no_window_is_refused(wrong):
    with pytest.raises(ConfigError, match="window"):
        window(wrong)
