"""Publication dates and sources: by where they stand, and the printed one before the tag."""

import pytest

import parsers

TURNS = "<p>主持人：请介绍一下供水情况。</p><p>郝青：全县已经通水。</p><p>主持人：水价呢？</p><p>郝青：不涨。</p>"
GUEST = "<p>访谈嘉宾：县水务局局长 郝青</p>"
TALK = f"<div class='zw'>{GUEST}{TURNS}</div>"
NEWS = "<div class='zw'>" + "".join(f"<p>第{n}项工作已经完成，群众十分满意。</p>" for n in range(1, 16)) + "</div>"
HEAD = "<h1>县水务局局长谈供水</h1>"


def record(body, tags="", title="县水务局局长谈供水_青禾县人民政府"):
    page = f"<html><head><meta charset=utf-8><title>{title}</title>{tags}</head><body>{body}</body></html>"
    return parsers.parse([parsers.Payload("http://www.qinghe.example/ft/1.html", page.encode())])


def tag(name, value):
    return f'<meta name="{name}" content="{value}">'


PRINTED = {
    "发布时间：2021-05-06 10:05 来源：县政府网": "2021-05-06T10:05:00+08:00",
    "日期：2021/05/06": "2021-05-06",
    "时间：2021-05-06": "2021-05-06",
    "时间  :  2021-05-06 来源：县政府网": "2021-05-06",
    "发布时间：06.05.2021 08:25": "2021-05-06T08:25:00+08:00",
    "06.05.2021  08:25": "2021-05-06T08:25:00+08:00",
    "06.05.2021  08:25  来源：青禾社": "2021-05-06T08:25:00+08:00",
    "青禾县门户网站 www.qinghe.example 2021年05月06日 来源:青禾社": "2021-05-06",
    "青禾在线 2021年05月06日 10:05": "2021-05-06T10:05:00+08:00",
    "http://www.qinghe.example/ 2021-05-06 10:05": "2021-05-06T10:05:00+08:00",
    "( 2021-05-06)": "2021-05-06",
    "2021年05月06日 10时05分": "2021-05-06T10:05:00+08:00",
    "2021-05-06 10:05:41来源:青禾在线编辑:李青": "2021-05-06T10:05:41+08:00",
    "发布时间：Thu May 06 10:05:00 CST 2021": "2021-05-06T10:05:00+08:00",
    "发布时间：2021-05-05T20:05:00.000Z": "2021-05-06T04:05:00+08:00",
    "发布时间：Wed, 05 May 2021 20:05:00 GMT": "2021-05-06T04:05:00+08:00",
    "发布时间：2021-05-05T20:05:00+0000": "2021-05-06T04:05:00+08:00",
    "发布时间：21年05月06日": "2021-05-06",
    "时间发布：2021-05-06": "2021-05-06",
    "发表时间：2021-05-06 24:00": "2021-05-07T00:00:00+08:00",
    "发布日期：二〇二一年五月六日": "2021-05-06",
    "青禾县政府网　二〇二一年五月六日": "2021-05-06",
    "21/5/6 来源：《青禾通讯》 点击：88": "2021-05-06",
    "'21.05.06": "2021-05-06",
    "发布时间：21-05-06": "2021-05-06",
    "发布时间：2021-05-06 00:00:00": "2021-05-06",
    "http://www.qinghe.example 2021年05月06日10:05 青禾晚报": "2021-05-06T10:05:00+08:00",
}


@pytest.mark.parametrize("body", [TALK, NEWS], ids=["talk", "news"])
@pytest.mark.parametrize(("line", "expected"), PRINTED.items())
def test_a_printed_date_below_the_heading(line, expected, body):
    assert record(f"{HEAD}<div class='info'>{line}</div>{body}").published_at == expected


@pytest.mark.parametrize(
    "line", ["2021-05-06 10:05 来源：县政府网", "发布时间：2021-05-06 10:05", "2021年05月06日 10时05分"]
)
def test_the_printed_date_beats_the_tag_and_the_tag_is_told(line):
    found = record(f"{HEAD}<ul><li>{line}</li></ul>{TALK}", tag("PubDate", "2023-03-09 10:20:41"))
    assert found.published_at == "2021-05-06T10:05:00+08:00"
    assert found.evidence["published_at"].rejected == ("2023-03-09T10:20:41+08:00",)
    assert found.confidence["published_at"] < 0.97


def test_a_tag_with_the_day_only_hides_no_printed_minute():
    found = record(f"{HEAD}<p>来源：县政府网 更新时间：2021-05-06 10:40</p>{TALK}", tag("PubDate", "2021-05-06"))
    assert found.published_at == "2021-05-06T10:40:00+08:00"
    assert found.evidence["published_at"].rejected == ()


def test_a_tag_with_seconds_supports_the_printed_minute():
    found = record(f"{HEAD}<p>发布时间：2021-05-06 10:40</p>{TALK}", tag("PubDate", "2021-05-06 10:40:27"))
    assert found.published_at == "2021-05-06T10:40:00+08:00"
    assert found.evidence["published_at"].rejected == ()


def test_a_tag_alone_is_taken():
    assert record(HEAD + TALK, tag("PubDate", "2021-05-06T20:05:00Z")).published_at == "2021-05-07T04:05:00+08:00"


def test_the_minute_in_which_the_page_was_made_is_no_publication():
    tags = tag("PubDate", "2023-03-09 10:20:41") + tag("others", "页面生成时间 2023-03-09 10:20:41")
    found = record(HEAD + TALK, tags)
    assert found.published_at is None
    assert found.abstained["published_at"].candidates == ("2023-03-09T10:20:41+08:00",)


NONE = {
    "the heading's": ("<h1>2021年5月6日县政府新闻发言人主持记者会</h1>", NEWS),
    "the talk's in a sentence": (f"{HEAD}<p>2021年4月9日,县政府新闻发言人郝青主持例行记者会。</p>", NEWS),
    "the talk's in a sentence at the body's head": (HEAD, f"<div class='zw'><p>2021年4月9日上午，县水务局局长郝青做客直播间。</p>{TURNS}</div>"),
    "a turn's": (HEAD, "<ul><li><p>青禾网:</p><p>欢迎收看。</p><p>2021-05-11 09:14:32</p></li></ul>"),
    "a plan's": (HEAD, "<table><tr><td>序号</td><td>承办单位</td><td>时间</td></tr><tr><td>1</td><td>水务局</td><td>2021年9月4日 上午10:00</td></tr></table>"),
    "a side column's": (
        HEAD,
        "<div class='side'><ul>"
        + "".join(f"<li><a href='/a/{n}.htm'>县里召开第{n}次会议</a><span>2021-09-0{n}</span></li>" for n in range(1, 6))
        + f"</ul></div>{TALK}",
    ),
    "the label's of the talk": (HEAD, f"<div class='zw'><p>访谈时间：2021年5月6日</p>{GUEST}{TURNS}</div>"),
    "an archive banner's": (f"<p>归档时间：2021-05-06</p>{HEAD}", TALK),
    "a recurring one": (f"{HEAD}<p>节目时间：每年5月6日</p>", TALK),
}  # fmt: skip


@pytest.mark.parametrize(("head", "body"), NONE.values(), ids=NONE)
def test_what_is_no_publication_date(head, body):
    assert record(head + body).published_at is None


SOURCES = {
    "2021-09-14 10:05:41来源:青禾在线编辑:李青": "青禾在线",
    "发布时间:2021-11-05 15:20信息来源:青禾县政府网 阅读次数:": "青禾县政府网",
    "来源:青禾新闻网 参与互动(0)": "青禾新闻网",
    "来源:青禾县水务局 【打印】": "青禾县水务局",
    "来源:青禾广播网 说两句 分享到:": "青禾广播网",
    "来源：县水务局": "县水务局",
    "来 源 ： 县水务局": "县水务局",
    "【来源：县水务局】": "县水务局",
    "来源：《青禾日报》": "《青禾日报》",
    "来源: 县水务局 2021-05-06": "县水务局",
    "来源：县水务局｜发布时间：2021-05-06": "县水务局",
    "来源：本网": "本网",
    "来源：县水务局 点击：35次": "县水务局",
    "来源：县水务局 字号：大 中 小": "县水务局",
    "来源：县水务局 字体：[大 中 小]": "县水务局",
    "来源：县水务局 扫一扫": "县水务局",
    "来源：县水务局 我要评论(3)": "县水务局",
    "来源：县水务局 收藏 打印 关闭": "县水务局",
    "来源：县水务局 微信 微博": "县水务局",
    "来源：Qinghe Daily 编辑：李青": "Qinghe Daily",
}


@pytest.mark.parametrize(("line", "expected"), SOURCES.items())
def test_a_source_ends_where_its_neighbour_begins(line, expected):
    assert record(f"{HEAD}<div class='info'>{line}</div>{TALK}").source == expected


def test_the_printed_source_beats_the_tag():
    found = record(f"{HEAD}<p>来源：青禾日报</p>{TALK}", tag("ContentSource", "县政府办公室"))
    assert (found.source, found.evidence["source"].rejected) == ("青禾日报", ("县政府办公室",))


def test_a_printed_source_that_is_cut_is_whole_in_the_tag():
    found = record(f"{HEAD}<p>【来源： 青禾县水务局办...】</p>{TALK}", tag("ContentSource", "青禾县水务局办公室"))
    assert (found.source, found.evidence["source"].rejected) == ("青禾县水务局办公室", ())


@pytest.mark.parametrize(
    ("foot", "expected"),
    [
        ("<div><span>来源：青禾日报</span> <span>发布日期：2021-05-06</span></div>", "2021-05-06"),
        ("<p>完</p><p>2021年5月6日（星期四）<br>香港時間14時22分</p>", "2021-05-06T14:22:00+08:00"),
        ("<p>完／2021年5月6日（星期四）</p>", "2021-05-06"),
        ("<ul><li><a href='/2.html'>县教育局谈招生</a> 发布日期：2021-05-06</li></ul>", None),
        ("<p>2021年5月6日</p>", None),
        ("<p>更正：2021年5月6日起执行新的水价。</p>", None),
    ],
)
def test_a_date_behind_the_talk(foot, expected):
    assert record(f"{HEAD}{TALK}{foot}").published_at == expected


def test_a_date_above_the_talk_leaves_no_question_for_one_behind_it():
    found = record(f"{HEAD}<p>2021-05-06 来源：青禾日报</p>{TALK}<p>发布日期：2022-01-01</p>")
    assert (found.published_at, found.evidence["published_at"].rejected) == ("2021-05-06", ())


@pytest.mark.parametrize("lead", ["本报2021年5月6日讯（记者 李青）今天上午，县水务局召开会议。", "（2021年5月6日）"])
def test_a_report_may_begin_with_its_day_where_nothing_better_prints_it(lead):
    assert record(f"{HEAD}<div class='zw'><p>{lead}</p>{TURNS}</div>").published_at == "2021-05-06"
    better = f"{HEAD}<p>发布时间：2021-05-09</p><div class='zw'><p>{lead}</p>{TURNS}</div>"
    assert record(better).published_at == "2021-05-09"


def test_the_day_of_a_report_is_never_sure():
    lead = "<p>本报2021年5月6日讯（记者 李青）今天上午，县水务局召开会议。</p>"
    assert record(f"{HEAD}<div class='zw'>{lead}{TURNS}</div>").confidence["published_at"] < 0.9


@pytest.mark.parametrize("line", ["比分21-5-6", "地址：1.21.5.6", "第21/5/6号议案"])
def test_figures_in_threes_are_no_day(line):
    assert record(f"{HEAD}<p>{line}</p>{TALK}").published_at is None


def test_a_house_without_a_label_between_the_day_and_the_counter_is_the_source():
    line = "<p>2021-05-06 18:05 青禾县信访局 浏览：<span></span></p>"
    assert record(HEAD + line + TALK).source == "青禾县信访局"
    assert record(HEAD + "<p>2021-05-06 18:05 星期四 浏览：<span></span></p>" + TALK).source is None


BRACKET = "（2017年3月14日）"


@pytest.mark.parametrize(
    "where",
    ["<h1>供水访谈</h1><p>{}</p>", "<h1>供水访谈</h1><p>县水务局</p><p>{}</p>", "<h2>供水访谈</h2><div>{}</div>"],
)
def test_a_day_alone_in_brackets_may_be_that_of_the_talk(where):
    talk = "<p>记者：何时供水？</p><p>钱慧：下月。</p><p>记者：水价呢？</p><p>钱慧：要听证。</p>"
    page = f"<html><head><title>供水访谈</title></head><body>{where.format(BRACKET)}<div id='zoom'>{talk}</div></body></html>"
    record = parsers.parse([parsers.Payload("http://www.yunling.example/a/1.htm", page.encode())])
    assert record.published_at in (None, "2017-03-14")
    assert record.confidence.get("published_at", 0) < 0.9
