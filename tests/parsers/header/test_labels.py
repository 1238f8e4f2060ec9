"""Speaker labels in the forms that pages print them in; each page is one short talk."""

import pytest

import parsers


def turns(*paragraphs, guest="县民政局局长 寿康"):
    header = f"<p>访谈嘉宾：{guest}</p>" if guest else ""
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    source = f"<html><body><h1>在线访谈：养老服务</h1><div>2023-05-10 来源：民政局</div><div>{header}{body}</div></body></html>"
    record = parsers.parse([parsers.Payload("http://a.example/zxft/1.html", source.encode(), "text/html")])
    return [(t.speaker, t.role, t.person, t.text) for t in record.turns]


@pytest.mark.parametrize(
    "form", ["（{}）：{}", "（{}）{}", "{}｜{}", "{}>{}", "{}—{}", "{}——{}", "[{}]{}", "{}（10:00）：{}", "{}∶{}"]
)
def test_what_sets_a_label_off(form):
    said = [("主持人", "您好。"), ("寿康", "好。"), ("主持人", "补贴多少？"), ("寿康", "二百元。")]
    found = turns(*(form.format(name, words) for name, words in said))
    assert [(name, text) for name, _, _, text in found] == said
    assert [role for _, role, _, _ in found] == ["host", "guest"] * 2


@pytest.mark.parametrize(
    ("label", "role", "person"),
    [
        ("寿康局长", "guest", "寿康"),
        ("县民政局 寿康", "guest", "寿康"),
        ("寿局长", "guest", "寿康"),
        ("嘉宾寿康", "guest", "寿康"),
        ("寿康答", "guest", "寿康"),
        ("寿康（县民政局党组书记、局长）", "guest", "寿康"),
        ("县民政局党组书记、局长寿康", "guest", "寿康"),
        ("县卫健局局长", "guest", None),
        ("局长解答", "guest", "寿康"),
        ("记者", "reporter", None),
        ("网友“阳光”", "netizen", None),
        ("听众王大爷（来电）", "netizen", None),
        ("旁白", "narrator", None),
        ("女主持", "host", None),
        ("李青（主持人）", "host", "李青"),
    ],
)
def test_who_speaks(label, role, person):
    found = turns("主持人：请说。", f"{label}：好的。", "主持人：谢谢您。")
    assert [(r, p) for _, r, p, text in found if text == "好的。"] == [(role, person)]


@pytest.mark.parametrize(
    "paragraph",
    [
        "（一）普通居民：二百元。", "二、社区：日间照料。", "（掌声）", "（记者提问）", "【温馨提示】带身份证。", "电话：0319-123；", "受理时间：9:00-17:00。",
        "网友“老王”说得对：要精简。", "主持人刚才提到的医养结合：正在试点。", "困难群众：全额资助。", "责任单位：县民政局。", "组长：统筹。",
        "县里成立专班，局长：总负责。",
    ],
)  # fmt: skip
def test_what_is_no_label(paragraph):
    found = turns("主持人：有哪些办法？", "寿康：有几条。", paragraph, "主持人：谢谢您。")
    assert [(speaker, text) for speaker, _, _, text in found] == [
        ("主持人", "有哪些办法？"), ("寿康", f"有几条。\n{paragraph}"), ("主持人", "谢谢您。"),
    ]  # fmt: skip


def test_who_answers_by_his_title_alone_has_no_name():
    found = turns("网友提问：补贴多少？", "局长解答：二百元。", "网友提问：怎么领？", "局长解答：社区办。", guest=None)
    assert [(speaker, role, person) for speaker, role, person, _ in found] == [
        ("网友提问", "netizen", None), ("局长解答", "guest", None),
    ] * 2  # fmt: skip
