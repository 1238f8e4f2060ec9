"""Dates and sources as copies, boards and press offices print them: at the foot, glued to an author, in a heading."""

import pytest

import parsers

HEADING = "云岭县加固三座水库"
TEXT = "".join(f"<p>第{n}座水库的加固工程已经完成，群众十分满意。</p>" for n in range(1, 6))


def record(above="", below="", heading=HEADING, title=""):
    page = (
        f"<html><head><meta charset=utf-8><title>{title or heading}</title></head><body><div class='content'>"
        f"<h1>{heading}</h1>{above}{TEXT}{below}</div></body></html>"
    )
    return parsers.parse([parsers.Payload("http://www.copies.example/a/1.html", page.encode())])


ABOVE = {
    "<p>2016-04-11 09:50:46周宁</p><p>东西南北 2016年6期</p>": "2016-04-11T09:50:46+08:00",
    "<p>2020-06-01 07:24:11 《云岭报道》 2020年6期</p><p>张月</p>": "2020-06-01T07:24:11+08:00",
    "<p>2021-02-20 云岭之声</p>": "2021-02-20",
    "<p>2018-01-25 20:15</p><p>来源:国防报责任编辑:于雅</p>": "2018-01-25T20:15:00+08:00",
    "<p>文章来源:云岭网 文章作者: 永正 责任编辑:薛明 点击数:</p><p>时间:2022-01-03 14:46</p>": "2022-01-03T14:46:00+08:00",
    "<p>（整期优先）网络出版时间：2012-12-22</p>": "2012-12-22",
    "<p>云岭国际 (2004年05月08日 20:49)</p>": "2004-05-08T20:49:00+08:00",
    "<p>2020-02-04 编辑: 宋青</p>": "2020-02-04",
    "<p>2009年11月13日 10:36 来源:荆河网 发表评论 【字体:↑大 ↓小</p>": "2009-11-13T10:36:00+08:00",
    "<p>date 2026-03-07</p>": "2026-03-07",
    "<p>时间：2012-08-03</p>": "2012-08-03",
    "<p>| 2015年7月12日 | 文库 | 评论已关闭 | 1114</p><p>||2009-03-06</p>": "2015-07-12",
    "<p>云岭日报网涂恬 2015-04-15 16:45:42</p>": "2015-04-15T16:45:42+08:00",
    "<p>网友投稿  2010-03-22  互联网</p>": "2010-03-22",
    "<p>媒体：云岭网  作者：新江</p><p>专栏号：张小冉 2023/2/9 20:41:50</p>": "2023-02-09T20:41:50+08:00",
    "<p>http://www.copies.example  2011年05月17日 20:44  青石半小时</p>": "2011-05-17T20:44:00+08:00",
    "<p>2013年10月22日 07:58 青石生活</p>": "2013-10-22T07:58:00+08:00",
    "<p>发布时间 2014/5/12 03:21:00</p><p>最后更新 2016/1/20 11:08:30</p>": "2014-05-12T03:21:00+08:00",
    "<p>2015/6/9 10：25（6/9 15：40 更新）</p>": "2015-06-09T10:25:00+08:00",
    "<p>admin 县情文章 2019-04-18 257</p>": "2019-04-18",
    "<p>2013-06-04 418 次</p>": "2013-06-04",
    "<p>時(shí)間:2008-11-20 15:08    來(lái)源:云岭網(wǎng)</p>": "2008-11-20T15:08:00+08:00",
}


@pytest.mark.parametrize(("line", "expected"), ABOVE.items())
def test_a_date_below_the_heading_however_it_is_glued(line, expected):
    assert record(line).published_at == expected


BELOW = {
    "<p>2014年9月19日(星期五)</p><p>香港时间9时28分</p>": "2014-09-19T09:28:00+08:00",
    "<p>2012年7月3日（星期二）</p><p>香港時間20時46分</p><p>列印此頁</p>": "2012-07-03T20:46:00+08:00",
    "<p>完</p><p>2015年3月2日(星期一)</p><p>香港時間18時05分</p>": "2015-03-02T18:05:00+08:00",
}


@pytest.mark.parametrize(("line", "expected"), BELOW.items())
def test_a_press_office_prints_day_and_hour_below_its_release(line, expected):
    assert record(below=line).published_at == expected


def test_a_post_of_a_board_is_dated_above_its_heading():
    page = f"<html><head><title>{HEADING}</title></head><body><p>战乱三国 发表于 2009-1-20 08:05:59</p><h1>{HEADING}</h1>{TEXT}</body></html>"
    found = parsers.parse([parsers.Payload("http://www.copies.example/a/1.html", page.encode())])
    assert found.published_at == "2009-01-20T08:05:59+08:00"


def test_a_row_of_date_and_source_counts_though_no_heading_is_printed():
    page = (
        f"<html><head><title>【云岭日报】访县旅游局副局长</title></head><body><div class='content'><p>论坛是对话的窗口</p>"
        f"<p>信息来源：云岭日报  作者：刘倩  发布时间：2014-10-15 10:23  字体+</p>{TEXT}</div></body></html>"
    )
    found = parsers.parse([parsers.Payload("http://www.copies.example/a/1.html", page.encode())])
    assert found.published_at == "2014-10-15T10:23:00+08:00"


def test_a_day_in_brackets_ends_the_heading():
    assert record(heading="市民满意，我们高兴——接听日见闻(2005年09月07日)").published_at == "2005-09-07"


@pytest.mark.parametrize(
    "lines",
    [
        "<p>本报1月17日讯 水库开工。</p>",
        "<p>（记者 李青 1月17日）水库开工。</p>",
        "<p>东西南北 2016年6期</p>",
        "<p>会议时间：2016年6月3日</p>",
        "<p>2016年6月3日 09:30 县政府会议室</p>",
        "<p>2016年6月3日 3次会议</p>",
        "<p>时间 2016年6月3日</p><p>地点 县政府三楼</p>",
    ],
)
def test_what_is_no_publication_date_stays_out(lines):
    assert record(lines).published_at is None


@pytest.mark.parametrize(
    "day", ["云岭县2005年09月07日大事记", "国防部2018年1月25日例行记者会", "关于2005年09月07日停水的通知"]
)
def test_a_day_inside_a_heading_is_none(day):
    assert record(heading=day).published_at is None


def test_a_date_among_the_last_sentences_is_none():
    assert record(below="<p>县水务局</p><p>2014年9月19日</p>").published_at in (None, "2014-09-19")


SOURCES = {
    "<p>本文来源: 云岭日报网</p>": "云岭日报网",
    "<p>http://www.copies.example  2011年05月17日 20:44  青石半小时</p>": "青石半小时",
    "<p>2012年07月19日 14:05 青石网专稿 】 【打印共有评论3</p>": "青石网专稿",
    "<p>来源:法律科普站 1.49W</p>": "法律科普站",
    "<p>来源：云岭晚报 2.3万阅读</p>": "云岭晚报",
    "<p>来源：云岭晚报 1024次</p>": "云岭晚报",
    "<p>來源:國防報責任編輯:于雅</p>": "國防報",
    "<p>来源：国防报责任编辑：于雅 2018-01-25</p>": "国防报",
    "<p>来源:云岭网作者:李青</p>": "云岭网",
    "<p>2021-02-20 来源: 云岭之声</p>": "云岭之声",
    "<p>時(shí)間:2008-11-20 15:08    來(lái)源:云岭網(wǎng)</p>": "云岭網(wǎng)",
    "<p>來源:國(guó)防報(bào)網(wǎng)責(zé)任編輯:于雅</p>": "國(guó)防報(bào)網(wǎng)",
}


@pytest.mark.parametrize(("line", "expected"), SOURCES.items())
def test_a_source_ends_where_other_words_begin(line, expected):
    assert record(line).source == expected


FOOT = {
    "<p>（来源：国家卫健委）</p>": "国家卫健委",
    "<p>(來源:國家衛健委)</p>": "國家衛健委",
    "<p>本文来源：云岭日报网</p>": "云岭日报网",
    "<p>来源：云岭日报</p><p>编辑：李青</p>": "云岭日报",
}


@pytest.mark.parametrize(("line", "expected"), FOOT.items())
def test_a_source_at_the_foot(line, expected):
    assert record(below=line).source == expected


def test_a_source_ends_the_last_sentence():
    assert record(below="<p>部委新闻官出席记者会还属首次。来源:云岭新闻网</p>").source == "云岭新闻网"


@pytest.mark.parametrize(
    "text",
    [
        "<p>水库的水源来源：上游三条河。</p>",
        "<p>问：资金来源：财政吗？</p>",
        "<p>食材来源：本地农户，价格来源：市场。</p>",
    ],
)
def test_a_source_of_something_else_is_none(text):
    assert record(text).source is None
