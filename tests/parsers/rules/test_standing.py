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
