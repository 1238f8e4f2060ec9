"""Guest strings in their printed forms, aliases only when exactly one fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.people.aliases import resolve
from parsers.people.names import is_name
from parsers.people.values import parse_guests
from parsers.people.visits import visitors

FORMS = {
    "高台县司法局党组成员、副局长殷学文": [("殷学文", "高台县司法局", "党组成员、副局长")],
    "县人社局局长 赵一鸣;副局长钱慧、就业中心主任孙立(女)": [("赵一鸣", "县人社局", "局长"), ("钱慧", "县人社局", "副局长"), ("孙立", "就业中心", "主任")],
    "住建局局长：钱慧": [("钱慧", "住建局", "局长")],
    "赵一鸣 县司法局局长": [("赵一鸣", "县司法局", "局长")],
    "赵一鸣（县人社局局长）、钱慧（县医保局副局长）": [("赵一鸣", "县人社局", "局长"), ("钱慧", "县医保局", "副局长")],
    "县住建局": [(None, "县住建局", None)],
    "县司法局、县信访局": [(None, "县司法局", None), (None, "县信访局", None)],
    "县公安局交警大队大队长孙立": [("孙立", "县公安局交警大队", "大队长")],
    "云岭县人民医院党委书记、院长欧阳明华": [("欧阳明华", "云岭县人民医院", "党委书记、院长")],
    "县民宗局局长阿依古丽·买买提": [("阿依古丽·买买提", "县民宗局", "局长")],
    "县教育局教育股股长 李　青": [("李青", "县教育局教育股", "股长")],
    "县人社局局长赵一鸣 县医保局局长钱慧 县民政局副局长孙立": [("赵一鸣", "县人社局", "局长"), ("钱慧", "县医保局", "局长"), ("孙立", "县民政局", "副局长")],
    "县委常委、副县长 李青": [("李青", None, "县委常委、副县长")],
    "赵一鸣、钱慧": [("赵一鸣", None, None), ("钱慧", None, None)],
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FORMS.items())
def test_forms(text, expected):
    assert [(g.name, g.organization, g.title) for g in parse_guests(text)] == expected


def test_aliases_resolve_only_when_one_fits():
    three = parse_guests("县人社局局长 赵一鸣;副局长钱慧、就业中心主任孙立(女)")
    names = {
        "赵局长": "赵一鸣",
        "副局长钱慧": "钱慧",
        "赵一鸣（县人社局局长）": "赵一鸣",
        "孙主任": "孙立",
        "副局长": "钱慧",
        "众嘉宾": None,
        "李局长": None,
    }
    assert {k: resolve(k, three) for k in names} == names
    one = parse_guests("高台县司法局党组成员、副局长殷学文")
    assert {resolve(k, one) for k in ("殷局长", "殷副局长", "副局长", "局长", "殷学文")} == {"殷学文"}
    two = parse_guests("县司法局局长赵一鸣、县医保局局长赵二")
    assert resolve("赵局长", two) is None


def test_invited():
    found = visitors("今天我们很荣幸邀请到了高台县司法局党组成员、副局长殷学文同志,就围绕“推动”主题交流")
    assert [(g.name, g.organization) for g in found] == [("殷学文", "高台县司法局")]


@pytest.mark.parametrize("word", ["目标", "原则", "措施", "时间", "程序", "局长", "平台", "温馨提示"])
def test_ordinary_words_are_no_names(word):
    assert not is_name(word)


@given(st.text(max_size=120))
def test_never_raises(text):
    parse_guests(text)
    visitors(text)
    resolve(text, parse_guests("县人社局局长赵一鸣"))


@pytest.mark.parametrize(
    ("value", "guests"),
    [
        ("县教育局：张三丰 李四光", [("张三丰", "县教育局", None), ("李四光", "县教育局", None)]),
        ("主任 王安石（县扶贫办）", [("王安石", "县扶贫办", "主任")]),
        ("王安石 男 汉族 县水利局局长", [("王安石", "县水利局", "局长")]),
        ("县妇联党组书记、主席（正科级） 花木兰", [("花木兰", "县妇联", "党组书记、主席")]),
    ],
)
def test_posts_around_names(value, guests):
    assert [(g.name, g.organization, g.title) for g in parse_guests(value)] == guests
