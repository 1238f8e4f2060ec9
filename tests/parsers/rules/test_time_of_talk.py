"""The time of a talk where a sentence says it, and what sort of page such sentences make."""

import pytest

import parsers

TURNS = "<p>主持人：水价涨吗？</p><p>郝青：不涨。</p>"


def record(body, title="郝青谈供水"):
    page = f"<html><head><meta charset=utf-8><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
    return parsers.parse([parsers.Payload("http://www.qinghe.example/a/1.html", page.encode())])


@pytest.mark.parametrize(
    "lead",
    [
        "7月10日下午，县水务局局长郝青做客政府网聊天室。",
        "水价会不会涨？7月10日，县水务局局长郝青做客县政府网站访谈间。",
    ],
)
def test_the_sentence_that_reports_a_visit_says_its_day(lead):
    found = record(f"<p>发布时间：2009-07-14</p><div><p>{lead}</p>{TURNS}</div>")
    assert found.time.start == "2009-07-10"


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("今天20时整", "2016-11-02T20"),
        ("今晚八点", "2016-11-02T20"),
        ("今日下午3:30", "2016-11-02T15:30"),
    ],
)
def test_a_notice_of_the_same_day_says_its_hour(said, start):
    text = f"{said}，县广播电视台将推出直播节目《对话县长》，届时县长蒙天瑞将走进演播厅，回答网友的提问。"
    found = record(f"<p>2016-11-02 08:30　来源：县电视台</p><p>{text}</p>", "今晚，《对话县长》等您来问")
    assert (found.kind, found.time.start) == ("notice", start)
    assert found.time.text == said


def test_what_a_report_says_will_be_answered_within_days_announces_nothing():
    text = "今天上午，县委书记桂远航做客县政府网“面对面”，回答了网民的二十六个问题。其余问题将在五个工作日内逐一答复。"
    assert record(f"<p>2023-01-18</p><p>{text}</p>", "县委书记与网民“面对面”").kind == "summary"


def test_a_comment_that_was_removed_makes_no_page_a_missing_one():
    body = (
        "<p>2015-11-03 来源：县林果局</p><p>采摘节昨天开幕。</p><h3>网友评论</h3><p>该评论因违反规定已被管理员删除</p>"
    )
    assert record(body, "采摘节开幕").kind == "other"


def test_a_line_in_the_middle_is_the_heading_where_the_browsers_title_names_the_site_alone():
    page = (
        "<html><head><title>青禾县政府网</title></head><body><p align=center><font size=5>青禾县防汛发布会答问摘录</font></p>"
        f"<p align=center>来源：县水利局　发布时间：2013-10-29　点击：417</p>{TURNS}</body></html>"
    )
    found = parsers.parse([parsers.Payload("http://www.qinghe.example/a/1.html", page.encode())])
    assert found.title == "青禾县防汛发布会答问摘录"


def test_a_time_with_seconds_is_the_pages_own():
    body = f"<p>返回首页</p><p>时间：2018/6/12 8:17:46</p><p>来源：县新闻网</p><p>点击：</p>{TURNS}"
    page = f"<html><head><meta charset=utf-8><title>县供水</title></head><body><div class='content'>{body}</div></body></html>"
    found = parsers.parse([parsers.Payload("http://www.qinghe.example/a/1.html", page.encode())])
    assert (found.time, found.published_at) == (None, "2018-06-12T08:17:46+08:00")


def test_a_time_with_seconds_beside_guests_is_the_talks():
    found = record(f"<p>发布时间：2021-03-29</p><p>时间：2021-03-30 09:30:00</p><p>嘉宾：县水务局局长郝青</p>{TURNS}")
    assert found.time.start.startswith("2021-03-30T09:30")
