"""Talks served as JSON and JSONP; what identifies people stays out of the record."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import parsers
from parsers.claims.confidence import confidence
from parsers.errors import PageError
from parsers.record import Guest

LONSUN = {
    "page": {
        "data": [
            {
                "questionId": 1,
                "name": "山里人",
                "content": "医保怎么缴?",
                "isReply": 1,
                "replyName": "孙立",
                "replyContent": "<p>线上线下均可。</p><p>网点也能办。</p>",
                "ip": "192.0.2.7",
                "memberId": 5,
            },
            {
                "questionId": 2,
                "name": "老李",
                "content": "标准是多少?",
                "isReply": 0,
                "replyContent": None,
                "ip": "192.0.2.8",
            },
        ]
    },
    "questionCount": 2,
}


def parse(value, content_type="application/json", **more):
    data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return parsers.parse(
        [parsers.Payload("http://a.example/content/getQuestionPage?interviewId=9", data, content_type)], **more
    )


def test_questions_then_answers_in_served_order():
    record = parse(LONSUN)
    assert record.kind == "transcript"
    assert [(t.speaker, t.role, t.text) for t in record.turns] == [
        ("山里人", "netizen", "医保怎么缴?"), ("孙立", "guest", "线上线下均可。\n网点也能办。"), ("老李", "netizen", "标准是多少?"),
    ]  # fmt: skip
    assert "192.0.2" not in json.dumps(record.as_dict())


def test_a_stream_with_guest_ids_in_jsonp():
    rows = [
        {"guestid": None, "name": "主持人", "content": "各位好。"},
        {"guestid": 7, "name": "钱慧", "content": "大家好。"},
    ]
    record = parse(b"jsonp_1(" + json.dumps({"data": rows}, ensure_ascii=False).encode() + b");", "text/javascript")
    assert [(t.speaker, t.role) for t in record.turns] == [("主持人", "host"), ("钱慧", "guest")]


def test_a_reporter_of_a_stream_is_no_host():
    names = ["主持人", "云岭日报记者", "网友山泉", "钱慧"]
    rows = [{"guestid": 7 if n == "钱慧" else None, "name": n, "content": f"{n}说的话。"} for n in names]
    record = parse({"data": rows})
    assert [t.role for t in record.turns] == ["host", "reporter", "netizen", "guest"]


def test_how_sure_served_values_are_is_counted():
    record = parse(
        {"interview": {"subject": "医保怎么缴"}, "data": [{"guestid": 7, "name": "钱慧", "content": "好。"}]}
    )
    assert record.confidence["turns"] == confidence("turns", "served", "alone") > 0.9
    assert record.confidence["theme"] == confidence("theme", "served", "alone") > 0.9


def test_the_page_and_its_fragment_are_one_record():
    page = "<html><head><meta charset='utf-8'></head><body><h1>医保访谈</h1><div id='zoom'><p>访谈嘉宾：县医保局局长孙立</p><p>访谈时间：2021年12月23日</p><div id='list'></div></div></body></html>"
    parts = [
        parsers.Payload("http://a.example/ft/9.html", page.encode()),
        parsers.Payload("http://a.example/q?interviewId=9", json.dumps(LONSUN).encode(), "application/json"),
    ]
    record = parsers.parse(parts)
    assert (record.kind, record.title, record.time.start) == ("transcript", "医保访谈", "2021-12-23")
    assert [(g.name, g.organization) for g in record.guests] == [("孙立", "县医保局")]
    assert len(record.turns) == 3


def test_interview_facts():
    value = {
        "interview": {
            "subject": "冬季供暖",
            "quest": "县住建局局长钱慧",
            "compere": "李青",
            "subjectTime": "2017年8月14日",
        },
        "list": [{"name": "李青", "content": "请讲。"}, {"name": "钱慧", "content": "好的。"}],
    }
    record = parse(value)
    assert (record.theme, record.time.start, record.hosts) == ("冬季供暖", "2017-08-14", ("李青",))
    assert [(t.speaker, t.person, t.role) for t in record.turns] == [
        ("李青", "李青", "host"),
        ("钱慧", "钱慧", "guest"),
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "content", "replyContent", "page", "data", "guestid", "time", "subject"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(_JSON)
def test_any_json_gives_a_record_or_a_documented_error(value):
    try:
        parse(value)
    except PageError as error:
        assert error.url.startswith("http://a.example/")


def test_nested_beyond_reason():
    try:
        record = parse(b"[" * 100_000)
    except PageError as error:
        assert "JSON" in error.reason
    else:
        assert not record.turns


def test_guests_served_as_objects_and_roles_as_words():
    value = {
        "data": {
            "title": "聚焦住房公积金", "theme": "住房公积金", "startTime": "2022-03-04 15:00:00", "endTime": "2022-03-04 16:00:00",
            "compere": "李敏", "guests": [{"name": "韩雪", "unit": "市公积金中心", "post": "主任"}],
            "records": [
                {"role": "host", "speaker": "李敏", "content": "欢迎。"},
                {"role": "guest", "speaker": "韩雪", "content": "大家好。"},
                {"role": "user", "speaker": "小白", "content": "提取要多久？"},
                {"speaker": "韩主任", "content": "3天。"},
            ],
        }
    }  # fmt: skip
    data = json.dumps(value, ensure_ascii=False).encode()
    record = parsers.parse([parsers.Payload("http://a.example/api?id=1", data, "application/json")])
    assert (record.title, record.theme, record.time.start, record.time.end) == (
        "聚焦住房公积金", "住房公积金", "2022-03-04T15:00", "2022-03-04T16:00",
    )  # fmt: skip
    assert record.guests == (Guest("韩雪", "市公积金中心", "主任"),)
    assert [(t.role, t.speaker, t.person) for t in record.turns] == [
        ("host", "李敏", "李敏"), ("guest", "韩雪", "韩雪"), ("netizen", "小白", None), ("guest", "韩主任", "韩雪"),
    ]  # fmt: skip


SAID = [{"name": "主持人", "content": "各位好。"}, {"name": "钱慧", "content": "大家好。"}]


@pytest.mark.parametrize(
    ("query", "served", "following", "lacks"),
    [
        ("id=1&page=1", {"total": 4, "rows": SAID}, "id=1&page=2", None),
        ("id=1&page=2", {"total": 4, "rows": SAID}, None, None),
        ("id=1&pageNo=1", {"pages": 3, "rows": SAID}, "id=1&pageNo=2", None),
        ("id=1&pageNo=3", {"pages": 3, "rows": SAID}, None, None),
        ("id=1&page=0", {"data": {"totalCount": 4, "list": SAID}}, "id=1&page=1", None),
        ("id=1", {"total": 2, "rows": SAID}, None, None),
        ("id=1", {"total": 9, "rows": SAID}, None, "2 of 9 entries"),
        ("id=1", {"pageCount": 2, "rows": SAID}, None, "1 of 2 pages"),
        ("id=1", {"visits": 900, "rows": SAID}, None, None),
    ],
)  # fmt: skip
def test_a_talk_that_is_served_in_pages(query, served, following, lacks):
    body = json.dumps(served, ensure_ascii=False).encode()
    found = parsers.links(parsers.Payload(f"http://a.example/talk?{query}", body, "application/json"))
    assert found.parts == ((f"http://a.example/talk?{following}",) if following else ())
    assert found.obstacle == (f"behind_script: the answer has {lacks} of a talk" if lacks else None)
