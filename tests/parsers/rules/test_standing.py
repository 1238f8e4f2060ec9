"""What makes a talk doubtful: not whether its guest has an office, but whether it was known who answers."""

import pytest

import parsers

TALK = "<p>主持人：何时供水？</p><p>钱慧：下月供水。</p><p>主持人：水价呢？</p><p>钱慧：要先听证。</p>"


def standing(head, talk=TALK):
    page = f"<html><head><title>供水访谈</title></head><body><h1>供水访谈</h1><div id='zoom'>{head}{talk}</div></body>"
    payload = parsers.Payload("https://www.yunling.example/zxft/1.htm", page.encode(), "text/html; charset=utf-8")
    record, settled = parsers.explain([payload])
    assert len(record.turns) == 4
    return next(found.standing for found in settled if found.field == "turns")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<p>访谈嘉宾：县水务局副局长 钱慧</p>", "alone"),
        ("<p>访谈嘉宾：水利专家 钱慧</p>", "alone"),
        ("<p>5月6日，县水务局副局长钱慧做客县政府网站。</p>", "alone"),
        ("", "alone-doubtful"),
        ("<p>访谈嘉宾：县水务局副局长 孙立</p>", "alone-doubtful"),
        ("<p>访谈嘉宾：县水务局副局长 钱慧、股长 孙立</p>", "alone-doubtful"),
    ],
)
def test_a_talk_is_doubtful_where_those_who_answer_are_not_the_guests(head, expected):
    assert standing(head) == expected


def test_a_talk_is_doubtful_where_only_its_own_words_tell_who_answers():
    talk = TALK.replace("钱慧：下月", "钱慧：我是县水务局副局长钱慧。下月")
    assert standing("", talk) == "alone-doubtful"


def standings(body):
    page = f"<html><body>{body}</body></html>"
    _, settled = parsers.explain([parsers.Payload("http://www.yunling.example/a/1.htm", page.encode())])
    return {found.field: found.standing for found in settled if found.best}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<p>小编：为什么停水？</p><p>张医生：在修管道。</p><p>小编：修多久？</p><p>张医生：两天。</p>",
            "alone-doubtful",
        ),
        ("<p>问：为什么停水？</p><p>答：在修管道。</p><p>问：修多久？</p><p>答：两天。</p>", "alone"),
        ("<p>因检修管道，5月3日停水两小时。</p>", "alone"),
    ],
)
def test_a_page_with_labels_of_speakers_is_not_surely_none(body, expected):
    assert standings(f"<h1>停水二三事</h1>{body}")["kind"] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>县水务局局长昨日做客电台，说明停水原因。</p>", "alone-doubtful"),
        ("<p>縣水務局昨日召開新聞發布會，説明停水原因。</p>", "alone-doubtful"),
        ("<p>嘉宾到场后参观了水厂。</p>", "alone-doubtful"),
        ("<p>孙立：何时供水？我们都想知道。</p>", "alone-doubtful"),
        ("<p>村民都在问：何时供水？</p>", "alone-doubtful"),
        ("<p>联系人：孙立</p><p>因检修管道，5月3日停水两小时。</p>", "alone"),
        ("<p>水从哪里来？从水库来。</p>", "alone"),
        ("<p><a href='/zxft/'>在线访谈</a></p><p>因检修管道，5月3日停水两小时。</p>", "alone"),
    ],
)
def test_a_page_that_speaks_of_talks_or_asks_behind_a_label_is_not_surely_about_something_else(body, expected):
    assert standings(f"<h1>停水二三事</h1>{body}")["kind"] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("老槐树：水价要听证。", "alone-doubtful"),
        ("【热心人】水价要听证。", "alone-doubtful"),
        ("水价要听证。", "alone"),
    ],
)
def test_a_talk_with_a_line_that_begins_as_a_label_does_is_doubtful(line, expected):
    head = "<p>访谈嘉宾：县水务局副局长 钱慧</p>"
    talk = TALK.replace("下月供水。</p>", f"下月供水。</p><p>{line}</p>")
    assert standing(head, talk) == expected
