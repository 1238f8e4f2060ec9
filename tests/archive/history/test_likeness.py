import random

import pytest
from support.growth import exponent

from archive.history.likeness import share_left, title_said

TALK = "主持人：请问今年全县老旧小区改造的任务是多少？局长：全县今年计划改造老旧小区十二个，涉及居民两千三百户。"


@pytest.mark.parametrize(
    ("here", "low", "high"),
    [
        (TALK, 1, 1),
        (TALK + "主持人：谢谢。", 1, 1),
        (TALK[30:] + TALK[:30], 0.9, 0.99),
        (TALK.replace("十二个", "十五个"), 0.85, 0.95),
        (
            "欢迎光临本站，注册即送彩金，老虎机百家乐真人娱乐，二十四小时客服在线，提款秒到账，信誉第一值得信赖。",
            0,
            0.05,
        ),
    ],
)
def test_what_is_left_of_a_text(here, low, high):
    assert low <= share_left(TALK, here) <= high


@pytest.mark.parametrize(("then", "here"), [("", TALK), (TALK, ""), ("好的", TALK)])
def test_too_little_says_nothing(then, here):
    assert share_left(then, here) is None


def test_no_text_costs_more_than_its_length():
    rough = random.Random(7)
    sizes = {n: ("政" * n, "".join(rough.choices("政府工作", k=n))) for n in (20_000, 40_000, 80_000)}
    assert exponent(lambda texts: [share_left(t, t[len(t) // 2 :] * 2) for t in texts], sizes) < 1.5


LEAD = "城乡居民基本医疗保险报销比例是多少县医疗保障局局长做客访谈间"
OWN = LEAD + "今年我县城乡居民住院报销比例提高到百分之七十五慢性病门诊也可以报销"


@pytest.mark.parametrize(
    ("title", "low", "high"),
    [
        ("医疗保险报销比例", 1, 1),
        ("第12期在线访谈县医疗保障局局长谈居民医保", 0.34, 1),
        ("秋粮收购入库与农机检修", 0, 0),
        ("县长做客直播间谈春季植树造林", 0, 0.1),
        ("慢性病门诊待遇", 0.25, 0.34),
        ("秋粮收购", 0.25, 0.25),
    ],
)
def test_what_a_page_says_of_its_entrys_title(title, low, high):
    assert low <= title_said(title, LEAD, OWN) <= high


@pytest.mark.parametrize("title", ["", "第3期在线访谈", "访谈预告2021年3月", "水渠"])
def test_a_title_of_a_few_words_says_nothing_of_its_page(title):
    assert title_said(title, LEAD, OWN) is None
