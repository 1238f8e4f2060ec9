"""Titles: over several lines, with mark-up or a date in them, and from the site's own title where nothing else names them."""

import pytest

import parsers

BODY = "<div class='zw'><p>主持人：请介绍一下。</p><p>郝青：全县已经通水。</p><p>主持人：水价呢？</p><p>郝青：不涨。</p></div>"
WHOLE = "关于举办2024年读书活动的通知"


def record(body, head="x", tags=""):
    page = f"<html><head><meta charset=utf-8><title>{head}</title>{tags}</head><body>{body}{BODY}</body></html>"
    return parsers.parse([parsers.Payload("http://www.qinghe.example/ft/1.html", page.encode())])


BROKEN = "关于举办<br>2024年读书活动<br>的通知"
TITLES = {
    "broken heading": (f"<h1>{BROKEN}</h1>", "x", "", WHOLE),
    "broken heading with tag": (f"<h1>{BROKEN}</h1>", "x", f"<meta name=ArticleTitle content='{WHOLE}'>", WHOLE),
    "broken lines without a mark": (f"<p align=center><strong>{BROKEN}</strong></p>", f"{WHOLE}_青禾县人民政府", "", WHOLE),
    "two paragraphs": ("<p align=center>关于举办</p><p align=center>2024年读书活动的通知</p>", f"{WHOLE}-青禾网", "", WHOLE),
    "broken where the site's title has a blank": ("<h1>以供水为抓手<br>推动发展</h1>", "以供水为抓手 推动发展--青禾网", "", "以供水为抓手 推动发展"),
    "a heading that names the site": ("<h1>青禾县人民政府官方网站</h1><h2>让河水清起来</h2>", "x", "", "让河水清起来"),
    "Latin words keep their blank": ("<h1>Open Day<br>at the Office</h1>", "x", "", "Open Day at the Office"),
    "date in the heading": ("<h2 class=title>读书活动访谈<small>( 2022-04-26)</small></h2>", "x", "", "读书活动访谈"),
    "source in the heading": ("<h2 class=title>读书活动访谈<small>2022-04-26 <span>来源：县网</span></small></h2>", "x", "", "读书活动访谈"),
    "mark-up in the site's title": ("", "&lt;h1 style='x'&gt;&lt;b&gt;读书活动访谈&lt;/b&gt;&lt;/h1&gt;_青禾县人民政府", "", "读书活动访谈"),
    "site and column first": ("", "青禾县人民政府门户网站-在线访谈-读书活动怎么办", "", "读书活动怎么办"),
    "title first": ("", "读书活动怎么办_在线访谈_青禾县人民政府", "", "读书活动怎么办"),
    "a name before the words": ("<h1>郝青:让河水清起来</h1>", "x", "", "郝青:让河水清起来"),
    "subtitle": ("<h1>让河水清起来<br>——访县水务局局长郝青</h1>", "x", "", "让河水清起来 ——访县水务局局长郝青"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "head", "tags", "expected"), TITLES.values(), ids=TITLES)
def test_title(body, head, tags, expected):
    assert record(body, head, tags).title == expected


def test_a_date_in_the_heading_is_the_publication_and_no_part_of_the_title():
    found = record("<h2 class=title>读书活动访谈<small>( 2022-04-26)</small></h2>")
    assert (found.title, found.published_at) == ("读书活动访谈", "2022-04-26")


def test_a_heading_that_contradicts_the_tag_is_told():
    found = record("<h1>让河水清起来</h1>", tags=f"<meta name=ArticleTitle content='{WHOLE}'>")
    assert (found.title, found.evidence["title"].rejected) == (WHOLE, ("让河水清起来",))


MENU = "<p>新闻中心</p><p>产品展示</p><p>• 高速护栏</p><p>• 圆管设备</p><p>联系方式</p><p>公司动态</p>"
TEXT = (
    "<p>因检修管道，5月3日停水两小时，请居民提前储水。</p><p>检修由县水务局负责，当天晚上恢复供水，水质照常检测。</p>"
)


@pytest.mark.parametrize(("head", "found"), [("5月3日停水的通知_青禾县", True), ("青禾县人民政府", False)])
def test_a_heading_below_menus_in_one_box_is_the_title_where_the_page_is_called_so(head, found):
    body = f"<div class=content>{MENU}<h1>5月3日停水的通知</h1><p>2024-04-26 17:32  点击：</p>{TEXT}</div>"
    page = f"<html><head><meta charset=utf-8><title>{head}</title></head><body>{body}</body></html>"
    record = parsers.parse([parsers.Payload("http://www.qinghe.example/a/1.html", page.encode())])
    assert record.published_at == "2024-04-26T17:32:00+08:00"
    assert (record.confidence["title"] >= 0.9) is found


@pytest.mark.parametrize("named", ["未知", "佚名", "不详", "无", "[db:来源]"])
def test_a_source_that_a_template_has_none_for_is_none(named):
    assert record(f"<h1>读书活动访谈</h1><p>2024-04-26 来源：{named}</p>").source is None
