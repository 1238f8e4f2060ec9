"""Comments below an article are no talk, whatever their mark-up; below a talk they are none of its turns."""

import pytest

import parsers

ARTICLE = (
    "<p>5月8日，记者从县水务局获悉，城东供水改造工程进入收尾阶段。</p>"
    "<p>工程总投资三千万元。县水务局局长赵一鸣说，要抓紧施工。</p>"
)
REPORT = (
    "<p>5月8日，县水务局局长赵一鸣在接受采访时表示，工程六月底完工，许多网友关心水价。</p>"
    "<p>当天举行直播带货活动，现场嘉宾云集。</p>"
)
FILM = "<video src='/a.mp4'></video>"
TALK = (
    "<p>5月8日，县水务局局长赵一鸣做客县政府网，就供水与网友在线交流。</p>"
    "<p>主持人：先请您介绍进展。</p><p>赵一鸣：已完成八成。</p>"
    "<p>网友山高：何时通水？</p><p>赵一鸣：六月底。</p><p>主持人：谢谢。</p>"
)
FORMS = {
    "dl": "<dl><dt>{} 2021-05-10 10:01</dt><dd>{}</dd><dd>回复 赞(3) 踩(0)</dd></dl>",
    "dl-colon": "<dl><dt>{}：</dt><dd>{}</dd></dl>",
    "li": "<ul><li><b>{}</b>：{} <i>2021-05-10 10:01</i></li></ul>",
    "li-posted": "<ul><li><span>{}</span><span>发表于 2021-05-10 10:01</span><p>{}</p><a>回复</a></li></ul>",
    "item": "<div class='item'><div>{} IP：61.178.*.*</div><div>{}</div></div>",
    "row": "<table><tr><td>{}</td><td>{}</td><td>2021-05-10 10:01</td></tr></table>",
    "line": "<p>{}：{}</p>",
    "bracket": "<p>[{}] 2021-05-10 10:01</p><p>{}</p>",
    "lenticular": "<p>【{}】{}</p>",
}
READERS = {
    "nameless": [
        ("匿名网友", "何时通水？"),
        ("路人甲", "希望早点。"),
        ("网友清风", "水有味道。"),
        ("匿名", "说得对。"),
    ],
    "answered": [
        ("网友清风", "水质怎样？"),
        ("管理员回复", "达标。"),
        ("网友老张", "会涨吗？"),
        ("管理员回复", "不涨。"),
    ],
    "floors": [
        ("楼主", "修了三年。"),
        ("1楼", "同问。"),
        ("沙发", "何时修完？"),
        ("楼主", "没人管。"),
        ("2楼", "顶。"),
    ],
    "names": [
        ("张建国", "何时通水？"),
        ("县水务局回复", "六月底。"),
        ("李小红", "水价呢？"),
        ("县水务局回复", "不变。"),
    ],
    "house": [("青石发布", "感谢支持。"), ("网友清风", "会涨吗？"), ("青石发布", "谢谢。"), ("网友老张", "真的？")],
    "to-each-other": [("网友甲", "通水？"), ("网友甲 回复 网友乙", "城东。"), ("网友乙", "我也问？")],
}
HEADS = [
    "",
    "<h3>网友评论</h3>",
    "<p>评论(5条)</p>",
    "<div>最新跟帖</div>",
    "<h4>读者留言</h4>",
    "<p>已有5人参与</p>",
    "<p>全部回复(5)</p>",
]


def read(body, title="城东供水改造工程进入收尾阶段"):
    page = (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>发布时间：2021-05-09</p>{body}"
        "<div class='foot'>主办：青石县人民政府</div></body></html>"
    )
    payload = parsers.Payload("https://www.qingshi.gov.cn/xw/1001.html", page.encode(), "text/html; charset=utf-8")
    return parsers.parse([payload])


def box(form, readers):
    return "".join(FORMS[form].format(*row) for row in READERS[readers])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("readers", READERS)
def test_comments_below_an_article_are_no_talk(form, readers):
    places = ["<div id='zoom'>{}</div>{}", "<div id='zoom'>{}{}</div>", "<div>{}</div><div>{}</div>"]
    pages = [place.format(ARTICLE, head + box(form, readers)) for head in HEADS for place in places]
    assert {record.kind for record in map(read, pages)}.isdisjoint({"transcript", "summary"})
    pages = [f"{article}{head}{box(form, readers)}" for article in (REPORT, FILM) for head in HEADS]
    assert not any(read(page).turns for page in pages)
    assert not any(read(f"{REPORT}{head}{box(form, readers)}", "主播直播带货助农增收").turns for head in HEADS)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("readers", READERS)
def test_comments_below_a_talk_are_none_of_its_turns(form, readers):
    spoken = [turn.text for turn in read(f"<div id='zoom'>{TALK}</div>", "县水务局局长谈供水").turns]
    assert len(spoken) == 5
    for head in [*HEADS, "<div class='comment-list'>"]:
        record = read(f"<div id='zoom'>{TALK}</div>{head}{box(form, readers)}", "县水务局局长谈供水")
        assert [turn.text for turn in record.turns] == spoken


@pytest.mark.parametrize("head", ["<li>网友评论</li><li>文字实录</li>", "<h3>网友留言</h3>", "<p>评论(0)</p>"])
def test_a_talk_below_such_a_head_is_read(head):
    assert len(read(f"<div id='zoom'>{head}{TALK}</div>", "县水务局局长谈供水").turns) == 5


def test_citizens_and_an_office_on_a_page_of_talks_speak():
    """The title says what the page is."""
    talk = "<p>网友清风：何时通水？</p><p>县水务局：六月底。</p><p>网友山高：水价呢？</p><p>县水务局：不变。</p>"
    assert len(read(f"<div id='zoom'>{ARTICLE}{talk}</div>", "供水问题在线访谈").turns) == 4


def test_a_host_who_is_called_by_name_and_names_the_guest_leads_a_talk():
    talk = (
        "<p>●“做得好不好，要由居民说了算。”这句话一再被提起。</p>"
        "<p>吕静：今天我们邀请到县医院副主任医师方怡涵。</p><p>方怡涵：您好。</p>"
        "<p>网友山高：能报销吗？</p><p>方怡涵：能。</p><p>吕静：报多少？</p><p>方怡涵：六成。</p>"
    )
    assert len(read(f"<div>{talk}</div>", "聚焦异地结算").turns) == 6


BOX = "<p>5月8日，县水务局局长赵一鸣做客县政府网，与网友在线交流。</p>"


@pytest.mark.parametrize(
    "talk",
    [
        "<p>提问：何时通水？</p><p>回复：</p><p>六月底。</p><p>提问：水价呢？</p><p>回复：</p><p>不变。</p>",
        "<p>网友清风：何时通水？</p><p>【回复】</p><p>六月底。</p><p>网友山高：水价呢？</p><p>【回复】</p><p>不变。</p>",
        "<p>主持人：请看留言。</p><p>赵局长：好。</p><h3>网友留言</h3><p>网友清风：何时通水？</p><p>赵局长：六月底。</p>",
    ],
)
def test_answers_and_questions_below_a_head_of_their_own_are_a_talk(talk):
    assert len(read(f"<div id='zoom'>{BOX}{talk}</div>", "在线访谈：供水").turns) == 4


@pytest.mark.parametrize("reader", ["网友路人甲", "网友小花妈", "匿名网友"])
@pytest.mark.parametrize("lead", ["昨日上线与网友互动，以下为对话摘录：", "昨日上线，同网民聊了一小时。对话摘录如下："])
def test_a_lead_that_ends_in_a_colon_names_who_answers_readers_without_a_name(lead, reader):
    talk = f"<p>网友阿明：何时通水？</p><p>赵局长：六月底。</p><p>{reader}：水价呢？</p><p>赵局长：不变。</p>"
    assert len(read(f"<div><p>青石县水务局局长赵一鸣{lead}</p>{talk}</div>", "水龙头何时再出水").turns) == 4
