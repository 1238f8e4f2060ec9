"""Every form that pages were seen to print, and more; what is not printed is not invented."""

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.header.dates import number, published, read

FORMS = {
    "2021年12月23日": ("2021-12-23", None, "day"),
    "2021年12月23日(星期四)上午10:00-11:00": ("2021-12-23T10:00", "2021-12-23T11:00", "minute"),
    "2021-12-23 11∶40": ("2021-12-23T11:40", None, "minute"),
    "2012-12-03  15：00": ("2012-12-03T15:00", None, "minute"),
    "2010-12-22 15:00:00--2010-12-22 15:30:00": ("2010-12-22T15:00", "2010-12-22T15:30", "minute"),
    "2021-12-03  15：00-2021-12-03 16：00": ("2021-12-03T15:00", "2021-12-03T16:00", "minute"),
    "2017年07月27日 16时(星期四)": ("2017-07-27T16", None, "hour"),
    "2021.12.23": ("2021-12-23", None, "day"),
    "2021/12/23 09:12:00": ("2021-12-23T09:12", None, "minute"),
    "二〇一二年三月十五日": ("2012-03-15", None, "day"),
    "二○一二年十二月二十五日上午九点半至十一点": ("2012-12-25T09:30", "2012-12-25T11:00", "minute"),
    "二零一二年三月十五日": ("2012-03-15", None, "day"),
    "4月20日 9:00-11:00": ("2020-04-20T09:00", "2020-04-20T11:00", "minute"),
    "2019年6月17日 下午2:30": ("2019-06-17T14:30", None, "minute"),
    "12月3日至5日": ("2020-12-03", "2020-12-05", "day"),
    "4月份": ("2020-04", None, "month"),
    "[01-09 17:27]": ("2020-01-09T17:27", None, "minute"),
    "2026-09-28-21:50:00": ("2026-09-28T21:50", None, "minute"),
    "2021年4月20日上午9点半—11点": ("2021-04-20T09:30", "2021-04-20T11:00", "minute"),
    "２０２１年１２月２３日　１０：００": ("2021-12-23T10:00", None, "minute"),
    "2021年12月23日晚8点": ("2021-12-23T20", None, "hour"),
    "2021年12月30日-2022年1月5日": ("2021-12-30", "2022-01-05", "day"),
    "2021年12月23日上午9:00—下午5:00": ("2021-12-23T09:00", "2021-12-23T17:00", "minute"),
    "2021年12月": ("2021-12", None, "month"),
    "2021年12月8日22:00-24:00": ("2021-12-08T22:00", "2021-12-09T00:00", "minute"),
    "2021年12月31日24时": ("2022-01-01T00", None, "hour"),
    "2021年12月8日晚12点": ("2021-12-09T00", None, "hour"),
    "2021年12月31日23:00—次日1:00": ("2021-12-31T23:00", "2022-01-01T01:00", "minute"),
    "2021年12月8日晚11点至翌日凌晨1点": ("2021-12-08T23", "2021-12-09T01", "hour"),
    "2021年12月8日23:30-0:30": ("2021-12-08T23:30", "2021-12-09T00:30", "minute"),
    "2021年12月8日至次日": ("2021-12-08", "2021-12-09", "day"),
    "二〇二一年五月廿八日廿时": ("2021-05-28T20", None, "hour"),
    "二〇二一年五月卅一日上午十时至十一时半": ("2021-05-31T10:00", "2021-05-31T11:30", "minute"),
    "21年12月8日": ("2021-12-08", None, "day"),
    "〇九年三月五日": ("2009-03-05", None, "day"),
    "2021年12月8日(农历十一月初五)上午10:00": ("2021-12-08T10:00", None, "minute"),
    "2021年12月8日（周三，如有变动另行通知）10:00": ("2021-12-08T10:00", None, "minute"),
    "2021年12月8日 星期三 农历十一月初五 上午10:00": ("2021-12-08T10:00", None, "minute"),
    "2021年12月8日9-11时": ("2021-12-08T09", "2021-12-08T11", "hour"),
    "2021年12月8日下午2-3点": ("2021-12-08T14", "2021-12-08T15", "hour"),
    "2021年12月8日9:00-11": ("2021-12-08T09:00", "2021-12-08T11:00", "minute"),
    "2021年12月8日9时至11时30分": ("2021-12-08T09:00", "2021-12-08T11:30", "minute"),
    "2021年12月8日9:00至9日17:00": ("2021-12-08T09:00", "2021-12-09T17:00", "minute"),
    "2021年12月8日(周三)10:00—12月9日(周四)12:00": ("2021-12-08T10:00", "2021-12-09T12:00", "minute"),
    "2021-12-08至10": ("2021-12-08", "2021-12-10", "day"),
    "2021-12-08 ~ 12-10": ("2021-12-08", "2021-12-10", "day"),
    "2021.12.8-12.10": ("2021-12-08", "2021-12-10", "day"),
    "2021年12月8-10日": ("2021-12-08", "2021-12-10", "day"),
    "12月8至10日": ("2020-12-08", "2020-12-10", "day"),
    "2021年3-5月": ("2021-03", "2021-05", "month"),
    "2021年11月-2022年1月": ("2021-11", "2022-01", "month"),
    "14.03.2017  08:25": ("2017-03-14T08:25", None, "minute"),
    "25/12/2019 10:00": ("2019-12-25T10:00", None, "minute"),
    "2016-10-18T20:35:10.000Z": ("2016-10-19T04:35", None, "minute"),
    "2021-12-08 18:30:00 GMT+08:00": ("2021-12-08T18:30", None, "minute"),
    "Wed Dec 08 10:00:00 CST 2021": ("2021-12-08T10:00", None, "minute"),
    "Wed, 08 Dec 2021 02:00:00 GMT": ("2021-12-08T10:00", None, "minute"),
    "Wed Dec 08 2021 10:00:00 GMT+0800 (中国标准时间)": ("2021-12-08T10:00", None, "minute"),
    "Dec 8, 2021 3:04 PM": ("2021-12-08T15:04", None, "minute"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FORMS.items())
def test_forms(text, expected):
    span = read(text, 2020).span
    assert (span.start, span.end, span.precision) == expected


@pytest.mark.parametrize(
    "text",
    [
        "每年10月至12月",
        "农历十月廿九",
        "03/04/2017",
        "Wed Dec 08 10:00:00 XYZ 2021",
        "2021年12月8日25:00",
        "2021年12月8日24:30",
        "待定",
        "下午2:30-3:30",
        "2021年13月45日",
        "",
        "暂定",
        "第3:1页",
    ],
)
def test_nothing_is_invented(text):
    assert read(text, 2020).span is None


def test_a_missing_year_is_said():
    assert "year_from_publication" in read("4月20日", 2020).remarks
    assert read("4月20日").span is None


def test_a_wrong_weekday_is_said():
    assert "weekday_mismatch" in read("2021年12月23日(星期五)").remarks
    assert not read("2021年12月23日(星期四)").remarks


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("21年12月8日", "two_digit_year"),
        ("Wed Dec 08 10:00:00 CST 2021", "zone_assumed"),
        ("2021-12-08T10:00:00Z", "zone_converted"),
        ("2021年12月8日23:30-0:30", "end_on_next_day"),
        ("每年12月", "recurring"),
    ],
)
def test_what_is_odd_is_said(text, remark):
    assert remark in read(text, 2020).remarks


HOURS = st.builds(
    lambda day, minutes: datetime.combine(day, time()) + timedelta(minutes=minutes),
    st.dates(date(1990, 1, 2), date(2060, 12, 29)),
    st.integers(0, 24 * 60 - 1),
)


@given(HOURS, st.integers(-14 * 4, 14 * 4))
def test_any_moment_of_any_zone_is_the_same_moment(when, quarters):
    moment = when.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    assert datetime.fromisoformat(published(moment.isoformat())) == moment
    assert datetime.fromisoformat(f"{read(moment.isoformat()).span.start}+08:00") == moment


@given(HOURS, st.integers(0, 72 * 60), st.sampled_from(["-", "至", "—", "~", " 到 "]))
def test_a_range_ends_when_it_says_so(begin, minutes, to):
    end = begin + timedelta(minutes=minutes)
    days = (end.date() - begin.date()).days
    second = "" if days == 0 else "次日" if days == 1 else f"{end.year}年{end.month}月{end.day}日"
    span = read(f"{begin.year}年{begin.month}月{begin.day}日{begin:%H:%M}{to}{second}{end:%H:%M}").span
    assert (span.start, span.end) == (f"{begin:%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}")


def test_published():
    assert published("2021-12-23 11∶40") == "2021-12-23T11:40:00+08:00"
    assert published("2021年12月23日") == "2021-12-23"
    assert published("12月23日") is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("110-09-03", "2021-09-03"),
        ("中華民國110年9月3日", "2021-09-03"),
        ("101/3/20 資料來源", "2012-03-20"),
        ("110-119-120", None),
        ("192.168.110.1.1", None),
        ("94/01/17", None),
    ],
)
def test_years_since_1911(text, day):
    assert published(text) == day


_CHINESE = "〇一二三四五六七八九"


def chinese(value):
    return (
        "十".join(
            c for c in ("" if value < 20 else _CHINESE[value // 10], "" if not value % 10 else _CHINESE[value % 10])
        )
        if value >= 10
        else _CHINESE[value]
    )


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.sampled_from("年-/.〇"))
def test_any_day_in_any_form(day, form):
    year = "".join(_CHINESE[int(c)] for c in str(day.year))
    text = {
        "年": f"{day.year}年{day.month}月{day.day}日",
        "〇": f"{year}年{chinese(day.month)}月{chinese(day.day)}日",
    }.get(form, f"{day.year}{form}{day.month:02d}{form}{day.day:02d}")
    assert read(text).span.start == day.isoformat()
    assert number(chinese(day.day)) == day.day


@given(st.text(max_size=200))
def test_never_raises(text):
    read(text, 2020)
    published(text)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2023年5月10号下午两点半", "2023-05-10T14:30", None),
        ("2023-05-10(10:00-11:00)", "2023-05-10T10:00", "2023-05-10T11:00"),
        ("2023年5月10日（上午10：00—11：00）", "2023-05-10T10:00", "2023-05-10T11:00"),
    ],
)
def test_hours_in_brackets_and_in_words(text, start, end):
    span = read(text, 2023).span
    assert (span.start, span.end) == (start, end)
