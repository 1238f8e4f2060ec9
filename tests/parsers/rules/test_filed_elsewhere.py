"""Pages that a tag files under talks, though their address, heading or words say what else they are."""

import pytest

import parsers

TAGS = '<meta name="ColumnName" content="在线访谈"><meta name="ColumnType" content="在线访谈">'
QA = "<p>一、问：谁可以申请？</p><p>答：在本县务工的人。</p><p>二、问：补多少？</p><p>答：每人两千元。</p><p>三、问：去哪里办？</p><p>答：人社窗口。</p>"
TOLD = "<p>5月3日，县委召开座谈会。会议听取了三家企业的意见。会议要求各部门限期答复。</p>"


def read(title, body, path, tags=TAGS):
    page = f"<html><head><title>{title}-云岭县人民政府</title>{tags}</head><body><h1>{title}</h1><p>2021-05-06 来源：县政府办公室</p><div class='con'>{body}</div></body></html>"
    return parsers.parse(
        [parsers.Payload(f"http://www.yunling.gov.cn/{path}", page.encode(), "text/html; charset=utf-8")]
    )


@pytest.mark.parametrize(
    ("title", "body", "path"),
    [
        ("《云岭县就业补贴办法》政策问答", QA, "zwgk/zcjd/202105/t20210506_1.html"),
        ("一图读懂稳岗返还", QA, "zfxxgk/zcjd/bmjd/202105/t1.html"),
        (
            "专家解读：让村集体有钱办事",
            "<p>　　村集体经济是对话市场的底气。走访三个村，我们有三点建议。</p>",
            "zwgk/zjjd/t20210506_2.html",
        ),
        ("县城管局开展“门前三包”检查", TOLD, "xwzx/bmdt/202105/t3.html"),
        ("县委召开民营企业座谈会", TOLD, "xwdt/zwyw/content_4.html"),
        ("关于城区停水的公告", "<p>因管网检修，5月7日8时至18时城东停水，请提前储水。</p>", "xxgk/tzgg/202105/t5.html"),
    ],
)
def test_a_tag_is_no_evidence_where_the_address_names_another_section(title, body, path):
    record = read(title, body, path)
    assert (record.kind, record.turns) == ("other", ())


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("在全县教育大会上的讲话", "<p>同志们：</p><p>今天我们召开教育大会，向各位嘉宾表示欢迎。</p>"),
        ("在“直播云岭”助农节开幕式上的致辞", "<p>各位嘉宾、各位网友：</p><p>大家上午好！我代表县政府表示祝贺！</p>"),
        ("县长与企业家面对面", "<p>5月2日，县长李远与八位企业家围桌而坐，当场答应三件事。</p>"),
        ("书记与客商面对面 现场解难题", "<p>5月2日，县委书记冯远与客商座谈。</p>"),
    ],
)
def test_a_speech_and_a_meeting_with_firms_are_no_talk(title, body):
    assert read(title, body, "xwzx/1.html").kind == "other"


@pytest.mark.parametrize(
    ("title", "body", "path"),
    [
        (
            "县长李远：守好一库清水",
            "<p>5月2日，县长李远做客县政府网站“在线访谈”栏目，谈水库保护。</p>",
            "xwzx/zwdt/202105/t1.html",
        ),
        ("守好一库清水", "<p>县水务局局长钱慧谈水库保护，回答了六个问题。</p>", "hdjl/zxft/202105/t1.html"),
        ("局长面对面：守好一库清水", "<p>县水务局局长钱慧谈水库保护。</p>", "xwzx/zwdt/202105/t1.html"),
    ],
)
def test_an_account_of_a_talk_is_one_wherever_it_is_filed(title, body, path):
    assert read(title, body, path).kind == "summary"


def test_an_officials_page_with_three_reports_is_no_list():
    reports = "".join(
        f"<li><a href='/xw/{n}.html'>李远{what}</a><span>2021-05-0{n}</span></li>"
        for n, what in enumerate(("做客县政府网与网友在线交流", "调研防汛", "检查春耕"), 1)
    )
    body = f"<p>李远，男，汉族，1975年3月生，大学学历。</p><p>分工：主持县政府全面工作。</p><ul>{reports}</ul>"
    assert read("县委副书记、县长 李远", body, "ldzc/ly/c1.htm", "").kind == "other"


ISLAND = (
    '<div id="5"><script type="text/xml"><datastore><recordset>'
    '<record><![CDATA[<li><a href="/art/2019/4/9/art_9_1.html">谈医院改革</a><b>2019-04-09</b></li>]]></record>'
    "</recordset></datastore></script></div><p>本栏目每月邀请部门负责人做客。</p>"
)


def test_a_section_that_brings_few_entries_for_a_script_is_a_list():
    page = f'<html><head><title>云岭县人民政府 在线访谈</title><meta name="ColumnType" content="在线访谈"></head><body><p><a href="/">首页</a> &gt; 在线访谈</p>{ISLAND}</body></html>'
    record = parsers.parse([parsers.Payload("http://www.yunling.gov.cn/col/col9/index.html", page.encode())])
    assert record.kind == "listing"
