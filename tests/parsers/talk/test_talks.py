"""Pages of kinds that were misread: who says what, and what sort of talk it is. ``talks.txt`` holds the pages with their turns."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

import parsers


@dataclass
class Case:
    """A page's body with what is to be read from it; ``-`` for a genre that does not matter."""

    name: str
    kind: str
    genre: str
    body: str = ""
    turns: list[tuple[str, str, str]] = field(default_factory=list)


def cases():
    found, turns = [], False
    for line in Path(__file__).with_name("talks.txt").read_text("utf-8").splitlines():
        if line.startswith("=== "):
            found.append(Case(*(part.strip() for part in line[4:].split("|"))))
            turns = False
        elif line == "---":
            turns = True
        elif turns and line.startswith("+"):
            role, label, words = found[-1].turns[-1]
            found[-1].turns[-1] = (role, label, f"{words}\n{line[1:]}")
        elif turns and line:
            role, label, words = line.split(" ", 2)
            found[-1].turns.append((role, label, words))
        elif found:
            found[-1].body += line
    return found


CASES = cases()


def read(body):
    page = f"<html><head><meta charset='utf-8'></head><body>{body}</body></html>"
    return parsers.parse([parsers.Payload("http://www.qingshi.example/a/1.html", page.encode())])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_word_is_in_the_mouth_that_said_it(case):
    record = read(case.body)
    assert [(t.role, t.speaker, t.text) for t in record.turns] == case.turns
    assert record.kind == case.kind
    assert case.genre in ("-", record.genre)


def test_a_theme_that_begins_with_a_bracket_is_the_line():
    case = next(case for case in CASES if case.name == "bracket-theme-no-turns")
    assert read(case.body).theme == "【一把手谈民生】县住建局：让老楼装上电梯"


IN_BODY = "<h1>草原访谈</h1><div id='zoom'>{}</div>"
LAST = "去年我家领了三千，今年多了。"


@pytest.mark.parametrize("opener", ["央宗", "雪莲", "李青"])
@pytest.mark.parametrize("guest", ["王建国", "索朗旺堆", "额尔德尼巴图"])
def test_a_host_with_any_label_who_opens_the_talk_keeps_his_words(opener, guest):
    lines = (
        f"{opener}：各位听众，今天做客的是县农牧局局长{guest}，还有牧民代表旺扎。",
        f"{guest}：大家好。",
        f"{opener}：草场补贴什么时候发？",
        f"{guest}：下月发到牧民手里。",
        f"旺扎：{LAST}",
        f"{opener}：谢谢。",
    )
    record = read(IN_BODY.format("".join(f"<p>{line}</p>" for line in lines)))
    assert [t.speaker for t in record.turns] == [opener, guest, opener, guest, "旺扎", opener]
    assert guest in [g.name for g in record.guests]


@pytest.mark.parametrize("order", ["HABHAHBH", "HAHABHBH", "HAHBHAHB"])
def test_somebody_with_any_label_who_is_asked_in_turn_keeps_his_words(order):
    labels = {"H": "主持人", "A": "额尔德尼巴图", "B": "其木格大姐"}
    words = {"H": "草场补贴什么时候发？", "A": "下月发到牧民手里，一共三千万元。", "B": LAST}
    intro = "<p>旗农牧局局长额尔德尼巴图做客草原之声直播间。</p>"
    said = "".join(f"<p>{labels[one]}：{words[one]}</p>" for one in order)
    record = read(IN_BODY.format(intro + said))
    assert [t.speaker for t in record.turns] == [labels[one] for one in order]


def test_a_hidden_host_and_a_box_of_words_to_search_for_are_no_talk():
    hidden, box = (
        "<div style='display:none'>主持人：没有人看得见。</div>",
        "<div><a>搜索</a> 热词：营商环境 乡村振兴</div>",
    )
    assert read(2 * (hidden + box) + "<h1>在线访谈</h1><p>访谈实录详见附件。</p>").turns == ()


def test_what_a_search_found_is_no_talk():
    rows = "<h3><a href='/1.html'>局长访谈</a></h3><p>主持人：局长您好，请介绍一下汛情。答：全县……</p><p>嘉宾：县水利局……</p>"
    page = f"<html><head><title>站内搜索-云岭县</title></head><body><p>找到相关结果 31 条</p>{rows}</body></html>"
    assert parsers.parse([parsers.Payload("http://www.qingshi.example/s", page.encode())]).turns == ()
