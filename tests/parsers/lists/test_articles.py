"""An article is no list, whatever stands beside its text; and no list is taken for an article."""

import itertools

import pytest

import parsers

HOST = "http://www.qinghe.example"
CRUMB = "<div>当前位置：<a href='/'>首页</a>&gt;<a href='/hdjl/'>互动交流</a>&gt;<a href='/hdjl/zxft/'>在线访谈栏目</a> 2021-12-23</div>"
TALK = "<p>访谈时间：2021年12月3日</p><p>访谈嘉宾：县住建局局长 钱慧</p><p>主持人：各位网友大家好，欢迎走进访谈。</p><p>钱慧：主持人好，名单已经公示。</p><p>主持人：困难家庭怎么办？</p><p>钱慧：专门安排了窗口，随到随办。</p>"
REPORTER = "<p>记者：请问今年供暖准备得怎样？</p><p>县住建局局长：准备工作已经完成。</p><p>记者：困难家庭怎么办？</p><p>县住建局局长：专门安排了窗口。</p>"
PROSE = "<p>12月3日，县住建局局长钱慧做客访谈。钱慧表示，今年的工作已经完成。下一步，将继续做好保障。</p>"
SIDE = "<div class='side'><h3>最新访谈</h3><ul>" + "".join(f"<li><a href='/hdjl/zxft/202111/t2021110{n}_7{n}.html'>在线访谈第{n}期：谈供水</a><span>2021-11-0{n}</span></li>" for n in range(1, 8)) + "</ul></div>"  # fmt: skip
RELATED = "<div class='xg'><h4>相关链接</h4>" + "".join(f"<p><a href='/hdjl/zxft/202111/t2021110{n}_7{n}.html'>县水务局局长谈供水之{n}</a> 2021-11-0{n}</p>" for n in range(1, 4)) + "</div>"  # fmt: skip
NEXT = "<div class='next'><span>下一篇：</span><a href='/Item/90002.aspx'>县教育局通报开学情况</a></div><div class='prev'>上一篇：<a href='/Item/90000.aspx'>县水利局通报</a></div>"
INFO = "<div class='info'>发布时间：2021-12-03 10:00 来源：青河县人民政府 字体：【大 中 小】</div>"
TAGS = "<meta name='ArticleTitle' content='做好冬季供暖保障'><meta name='ColumnName' content='在线访谈'><meta name='ColumnType' content='在线访谈'>"
ARTICLES = [
    "/hdjl/zxft/202112/t20211203_900.html",
    "/Item/9151.aspx",
    "/info/1046/9001.htm",
    "/art/2021/12/3/art_77_900.html",
    "/ft/5.html",
    "/hdjl/zxft/show.asp?id=7",
    "/Government/Interview/Interview.aspx?InterviewId=13",
    "/zxft/content.jsp?wbtreeid=1&wbnewsid=5",
    "/web/zmhd/zxft/1234567/index.html",
]


def links(path, body, head=""):
    page = f"<html><head><title>做好冬季供暖-青河县人民政府</title>{head}</head><body>{body}</body></html>"
    return parsers.links(parsers.Payload(HOST + path, page.encode(), "text/html"))


@pytest.mark.parametrize("path", ARTICLES)
def test_an_article_lists_nothing(path):
    shapes = list(
        itertools.product(
            ("", TAGS), (TALK, REPORTER, PROSE), (RELATED, SIDE + NEXT), (INFO, "<p>2021-12-03 来源:县政府网</p>")
        )
    )
    pages = [
        links(path, f"{CRUMB}<h1>做好冬季供暖保障</h1>{info}<div id='zoom'>{body}</div>{beside}", head)
        for head, body, beside, info in shapes
    ]
    assert len(pages) == 24
    assert {(p.is_list, p.is_section, p.items, p.pages, p.ways_on) for p in pages} == {(False, False, (), (), ())}


def card(n):
    return f"<li><a href='/ft/{n}.html'>县住建局局长做客访谈之{n}</a><p>嘉宾：县住建局局长 钱慧</p><p>访谈时间：2021年12月{n}日</p><p>内容摘要：本期访谈围绕群众关心的事，介绍今年的安排。欢迎收看！</p><p>主持人：李青</p></li>"


def row(n):
    return f"<li><a href='./202112/t2021120{n}_9{n}.html'>县住建局局长做客访谈之{n}</a><span>2021-12-0{n}</span></li>"


def sourced(n):
    return f"<li><a href='/ft/{n}.html'>县住建局局长做客访谈之{n}</a><span>来源：县住建局 发布时间：2021-12-0{n}</span></li>"


LISTS = [
    "/hdjl/zxft/",
    "/zxft.htm",
    "/zwhd/list.jsp?cid=5",
    "/Category_863/Index.aspx",
    "/col/col77/index.html",
    "/hdjl/zxft/common_list.shtml",
    "/content/column/679",
    "/zwft/2.htm",
    "/channels/78.html",
    "/node_123.htm",
    "/index.php?m=content&c=index&a=lists&catid=6",
    "/hd/zxft",
]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_none(path):
    pager = "<div class='page'>共6页 <b>1</b><a href='index_1.html'>2</a><a href='index_2.html'>3</a></div>"
    named = "<meta name='ArticleTitle' content='在线访谈'><meta name='ColumnName' content='在线访谈'>"
    foot = "<div class='foot'>主办：青河县人民政府 网站标识码：6200000001</div>"
    shapes = list(itertools.product((card, row, sourced), (3, 9), ("", pager), ("", named)))
    counts = [
        len(
            links(
                path, f"{CRUMB}<h2>在线访谈</h2><ul>{''.join(map(make, range(1, count + 1)))}</ul>{more}{foot}", head
            ).items
        )
        for make, count, more, head in shapes
    ]
    assert counts == [count for _, count, _, _ in shapes]


def test_a_section_that_shows_its_latest_talk_is_a_list():
    rows = "".join(row(n) for n in range(1, 7))
    found = links("/hdjl/zxft/", f"{CRUMB}<h2>最新访谈</h2>{TALK}<h2>往期回顾</h2><ul>{rows}</ul>")
    assert (found.is_list, len(found.items)) == (True, 6)


def entries(rows):
    page = f"<html><head><meta charset=utf-8><title>在线访谈</title></head><body><h2>在线访谈</h2><ul>{rows}</ul></body></html>"
    found = parsers.links(parsers.Payload("http://a.gov.cn/hdjl/zxft/", page.encode(), "text/html"))
    return [item.url.rsplit("/", 1)[-1] for item in found.items], found.is_list


PAGES = "".join(
    f"<li><a href='{n}.html'>第{n}期：县水务局局长谈水</a><span>2024-01-0{n}</span></li>" for n in (1, 2, 3)
)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("<li><a href='4.{end}'>第4期：县教育局局长谈教育</a><span>2024-01-04</span></li>", ["4.{end}"]),
        ("<li><a href='4.{end}'>第4期：县教育局局长谈教育</a></li>", ["4.{end}"]),
        ("<li><a href='4.html'>第4期：县教育局局长谈教育</a><a href='4.{end}'>第4期访谈实录全文</a></li>", ["4.html"]),
        ("<li><a href='4.{end}'>附件：第4期访谈实录</a><span>2024-01-04</span></li>", []),
    ],
)
@pytest.mark.parametrize("end", ["doc", "docx", "pdf", "wps", "xls", "PDF?t=1"])
def test_an_entry_may_be_a_file_and_an_enclosure_is_none(rows, found, end):
    assert entries(PAGES + rows.format(end=end)) == (
        ["1.html", "2.html", "3.html", *(f.format(end=end) for f in found)],
        True,
    )


def test_a_list_may_hold_nothing_but_files():
    assert entries(PAGES.replace(".html", ".pdf")) == (["1.pdf", "2.pdf", "3.pdf"], True)


def test_the_files_of_an_article_are_no_list():
    """Three enclosures without dates."""
    files = "".join(f"<p><a href='P0{n}.doc'>全县水利建设情况表之{n}</a></p>" for n in (1, 2, 3))
    assert entries(files) == ([], False)
