import random

import pytest
from support.growth import exponent

from archive.history.likeness import share_left

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
