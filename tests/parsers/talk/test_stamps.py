"""When each turn was said or written: on its line, in fields above or below it, on lines of their own; or not said at all."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.reading import read

import parsers
from archive.store.grouping import content_of

ASKED, ANSWERED = ("2021-05-01", "2021-05-02", "2021-05-03"), ("2021-05-04", "2021-05-05", "2021-05-06")
#: Entries: what stands around the question and around the answer, with {q} and {a} for the dates.
LAYOUTS = {
    "fields below a name": "<p>网友：山泉</p><p>提问时间：{q}</p><p>请问第{n}项怎么办理？</p><p>孙立：带证件来。</p><p>回复时间：{a}</p>",
    "both below the entry": "<div><p>网友：请问第{n}项怎么办理？</p><p>孙立：带证件来。</p><p>留言时间：{q}　答复时间：{a}</p></div>",
    "both above the entry": "<div><p>留言日期：{q}　答复日期：{a}</p><p>网友：请问第{n}项怎么办理？</p><p>孙立：带证件来。</p></div>",
    "both between them": "<p>[网友]山泉：请问第{n}项怎么办理？</p><p>提问时间：{q} 回复时间：{a}</p><p>[孙立]：带证件来。</p>",
    "each above its turn": "<p>提问于{q}</p><p>网友：请问第{n}项怎么办理？</p><p>答复于 {a}</p><p>孙立：带证件来。</p>",
    "in the label": "<p>网友山泉（留言日期：{q}）：请问第{n}项怎么办理？</p><p>孙立（答复日期：{a}）：带证件来。</p>",
    "at the end of the speech": "<div>问：请问第{n}项怎么办理？<i>提问时间：{q}</i></div><div>答：带证件来。<i>回复时间：{a}</i></div>",
    "in brackets behind it": "<p>网友：请问第{n}项怎么办理？（提问时间：{q}）</p><p>孙立：带证件来。（回复时间：{a}）</p>",
    "bare lines below": "<p>网友：请问第{n}项怎么办理？</p><p>{q}</p><p>孙立：带证件来。</p><p>{a}</p>",
    "bare lines above": "<p>{q}</p><p>网友：请问第{n}项怎么办理？</p><p>{a}</p><p>孙立：带证件来。</p>",
    "cells of a table": "<table><tr><td>留言时间</td><td>{q}</td></tr><tr><td>网友</td><td>请问第{n}项怎么办理？</td></tr>"
    "<tr><td>孙立</td><td>带证件来。</td></tr><tr><td>回复时间</td><td>{a}</td></tr></table>",
}  # fmt: skip


UNDATED = re.compile(r"（[^（]*None）|<p>[^<>]*None</p>")


def entries(layout, asked=ASKED, answered=ANSWERED):
    """Entries with their dates; ``None`` is not printed, nor is its field."""
    numbered = enumerate(zip(asked, answered, strict=True), 1)
    return "".join(UNDATED.sub("", layout.format(n=n, q=q, a=a)) for n, (q, a) in numbered)


def said(body):
    return [(turn.role == "guest", turn.text, turn.time) for turn in read(body).turns]


def wanted(asked=ASKED, answered=ANSWERED):
    for n, (q, a) in enumerate(zip(asked, answered, strict=True), 1):
        yield from ((False, f"请问第{n}项怎么办理？", q), (True, "带证件来。", a))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_each_turn_has_the_time_that_is_printed_for_it(layout):
    assert said(entries(layout)) == list(wanted())


@pytest.mark.parametrize(
    ("printed", "time"),
    [
        ("2021-05-06 10:05:11", "2021-05-06T10:05:11"),
        ("2021年5月6日 下午3:05", "2021-05-06T15:05"),
        ("２０２１．０５．０６", "2021-05-06"),
        ("2021/5/6 9:05", "2021-05-06T09:05"),
        ("10:05", "10:05"),
        ("05-06 10:05", "10:05"),
        ("2021-13-40", None),
        ("21-05-06", None),
    ],
)  # fmt: skip
def test_a_time_is_as_precise_as_it_is_printed(printed, time):
    body = entries(LAYOUTS["fields below a name"], (printed, "2021-05-02", "2021-05-03"))
    assert [t for *_, t in said(body)][:2] == [time, ANSWERED[0]]


@pytest.mark.parametrize(
    "name", ["both above the entry", "both below the entry", "each above its turn", "in the label"]
)
@pytest.mark.parametrize("lacking", [1, 2, 3])
def test_an_entry_without_times_takes_none_of_its_neighbours(name, lacking):
    asked, answered = ([None if n == lacking else day for n, day in enumerate(days, 1)] for days in (ASKED, ANSWERED))
    assert said(entries(LAYOUTS[name], asked, answered)) == list(wanted(asked, answered))


def test_a_live_talk_has_times_of_day():
    body = "".join(
        f"<p>[10:0{n}:11] 主持人：第{n}项怎么办？</p><p>[10:0{n}:40] 孙立：带证件来。</p>" for n in range(1, 4)
    )
    assert [t for *_, t in said(body)] == [f"10:0{n}:{s}" for n in range(1, 4) for s in (11, 40)]


def test_a_letter_has_its_times_in_its_head():
    head = "<html><head><meta charset='utf-8'></head><body><h1>关于民生的访谈</h1><p>访谈嘉宾：县林草局副局长孙立</p>"
    head += "<div><span>提问时间：2021-05-01</span> <span>回复时间：2021-05-04</span></div><div id='zoom'>"
    body = "<p>网友：请问怎么办理？</p><p>孙立：带证件来。</p>"
    assert [turn.time for turn in read(body, head).turns] == ["2021-05-01", "2021-05-04"]
    twice = "<p>网友：还要什么？</p><p>孙立：照片。</p>"
    assert {turn.time for turn in read(body + twice, head).turns} == {None}, "of two questions nobody knows whose it is"


@pytest.mark.parametrize(
    "body",
    [
        "<p>主持人：怎么办？</p><p>孙立：带证件来。</p><p>主持人：谢谢。</p><p>2021-05-09</p>",
        "<p>2021-05-09 09:00</p><p>主持人：怎么办？</p><p>孙立：带证件来。</p><p>主持人：谢谢。</p>",
        "<p>主持人：怎么办？</p><p>孙立：请记好办理时间：2021-05-09 10:00</p><p>主持人：回复时间是几天？</p><p>孙立：会议定于10:30</p>",
        "<p>2021年5月6日上午，孙立做客直播间。主持人：怎么办？孙立：带证件来。主持人：谢谢。孙立：不客气。</p>",
        # Above the first and below the last: whose each is cannot be told.
        "<p>2021-05-01</p><p>主持人：怎么办？</p><p>2021-05-02</p><p>孙立：带证件来。</p><p>2021-05-03</p>",
    ],
)
def test_no_turn_has_a_time_that_may_be_anothers(body):
    assert {turn.time for turn in read(body).turns} == {None}
    assert (
        "2021" not in body or "办理时间" not in body or "2021-05-09 10:00" in "".join(t.text for t in read(body).turns)
    )


def test_the_time_has_evidence_and_is_no_part_of_the_content():
    record = read(entries(LAYOUTS["in the label"]))
    proof = record.evidence["turns[2].time"]
    assert (proof.method, proof.quote, proof.before[-5:]) == ("printed:answered", "2021-05-04", "答复日期：")
    undated = replace(record, turns=tuple(replace(turn, time=None) for turn in record.turns))
    assert content_of(undated.as_dict()) == content_of(record.as_dict())
    assert parsers.Record.from_dict(record.as_dict()) == record
    old = record.as_dict()
    for turn in old["turns"]:
        del turn["time"]
    assert content_of(parsers.Record.from_dict(old).as_dict()) == content_of(record.as_dict()), "a reading of before"


def test_what_is_served_has_its_times():
    data = """[{"name": "山泉", "content": "怎么办理？", "askTime": "2021-05-01 08:00:00", "replyContent": "带证件来。",
      "replyTime": "2021-05-04"}, {"name": "孙立", "content": "好的。", "createTime": 1620000000}]"""
    record = parsers.parse([parsers.Payload("http://a.example/api", data.encode(), "application/json")])
    assert [turn.time for turn in record.turns] == ["2021-05-01T08:00:00", "2021-05-04", None]
    assert record.evidence["turns[2].time"].raw == "2021-05-04"


DAYS = st.dates(date(2000, 1, 1), date(2026, 12, 31)).map(date.isoformat)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(LAYOUTS)), st.lists(DAYS, min_size=6, max_size=6, unique=True))
def test_any_dates_come_back_from_any_layout(name, days):
    asked, answered = days[:3], days[3:]
    assert said(entries(LAYOUTS[name], asked, answered)) == list(wanted(asked, answered))
