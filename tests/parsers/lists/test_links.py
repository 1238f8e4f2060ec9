"""List pages of each family: entries, the next page, what is declared; and the oddities of real lists."""

import pytest

import parsers

HEAD = "<html><head><meta charset='utf-8'><title>在线访谈-云岭县人民政府</title></head><body>"


def links(body, url="http://www.yunling.example/hdjl/zxft/", content_type="text/html", head=HEAD):
    return parsers.links(parsers.Payload(url, f"{head}{body}</body></html>".encode(), content_type))


def rows(*numbers, href="./202112/t20211223_{}.html"):
    return (
        "<ul class='list'>"
        + "".join(
            f"<li><span>2021-12-{n:02d}</span><a href='{href.format(n)}' title='扎实推进法治云岭建设之{n}'>扎实推进法治…</a></li>"
            for n in numbers
        )
        + "</ul>"
    )


def test_trs_counts_from_zero():
    found = links(rows(1, 2, 3) + '<script>createPageHTML(3, 0, "index", "html");</script>')
    assert found.family == "trs"
    assert [p.url for p in found.pages] == ["http://www.yunling.example/hdjl/zxft/index_1.html"]
    assert found.declared == 3
    assert next(i.title for i in found.items) == "扎实推进法治云岭建设之1"
    assert found.items[0].date == "2021-12-01"
    last = links(
        rows(4) + '<script>createPageHTML(3, 2, "index", "html");</script>',
        "http://www.yunling.example/hdjl/zxft/index_2.html",
    )
    assert not last.pages


def test_ucap_counts_from_one():
    href = "/zmhd/202112/" + "a" * 30 + "{:02d}.shtml"
    found = links(
        rows(1, 2, 3, href=href)
        + "<div id='page_div'></div><script>createPageHTML('page_div',3,1,'common_list','shtml',41);</script>",
        "http://www.yunling.example/zmhd/zxft/common_list.shtml",
    )
    assert found.family == "ucap"
    assert [p.url for p in found.pages] == ["http://www.yunling.example/zmhd/zxft/common_list_2.shtml"]
    assert (found.declared, found.declared_items) == (3, 41)
    last = links(
        rows(1, href=href) + "<script>createPageHTML('page_div',3,3,'common_list','shtml',41);</script>",
        "http://www.yunling.example/zmhd/zxft/common_list_3.shtml",
    )
    assert not last.pages


RECORD = '<record><![CDATA[<li><a href="/art/2021/12/23/art_777_{0}.html" title="访谈之{0}">访谈之{0}</a><b>2021-12-23</b></li>]]></record>'


def test_hanweb_data_island_with_next_group():
    group = '<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&appid=1&webid=9&path=/&columnid=777&unitid=4892867&permissiontype=0"></a>]]></nextgroup>'
    island = f"<div id='4892867'><script type='text/xml'><datastore>{group}<recordset>{''.join(RECORD.format(n) for n in range(3))}</recordset></datastore></script></div>"
    found = links(island, "http://www.yunling.example/col/col777/index.html")
    assert found.family == "hanweb"
    assert len(found.items) == 3
    assert found.pages[0].method == "GET"
    assert "page=1&" in found.pages[0].url


def test_hanweb_posted_records():
    text = f"<datastore><totalrecord>5</totalrecord><recordset>{''.join(RECORD.format(n) for n in range(5))}</recordset></datastore>"
    found = parsers.links(
        parsers.Payload(
            "http://www.yunling.example/module/web/jpage/dataproxy.jsp?startrecord=1&endrecord=5",
            text.encode(),
            "text/xml",
        )
    )
    assert [i.url for i in found.items] == [
        f"http://www.yunling.example/art/2021/12/23/art_777_{n}.html" for n in range(5)
    ]
    assert found.is_list


def test_vsb_next_link_counts_down():
    body = "".join(
        f"<li id='line_u9_{n}'><a href='../info/1046/90{n:02d}.htm'>政务访谈第{n}期节目</a><span>2021-12-{n:02d}</span></li>"
        for n in range(1, 6)
    )
    found = links(
        f"<ul>{body}</ul><span class='p_next'><a href='zwft/2.htm'>下页</a></span>",
        "http://www.yunling.example/zmhd/zwft.htm",
    )
    assert found.family == "vsb"
    assert [p.url for p in found.pages] == ["http://www.yunling.example/zmhd/zwft/2.htm"]
    assert len(found.items) == 5


def test_lonsun_page_index():
    body = rows(1, 2, 3, href="/ft/2736196{}.html") + "<script>Ls.pagination({pageCount: 4, pageIndex: 1})</script>"
    found = links(body, "http://www.yunling.example/content/column/6791573?pageIndex=1")
    assert [p.url for p in found.pages] == ["http://www.yunling.example/content/column/6791573?pageIndex=2"]
    assert found.declared == 4


def test_powereasy_interview_cards():
    card = "<ul class='ft'><li class='ft_li'><a href='Interview.aspx?InterviewId={0}'><img src='/up/{0}.jpg'>秋冬森林防火{0}</a></li><li class='ft_li'>访谈嘉宾：林草局副局长 孙立</li><li class='ft_li'>访谈时间： 2017年07月2{0}日 16时</li><li class='ft_li'>状态：已结束 <a href='Video.aspx?id={0}'>视频</a></li></ul>"
    found = links(
        "".join(card.format(n) for n in range(1, 4)), "http://www.yunling.example/Government/Interview/Index.aspx"
    )
    assert [i.title for i in found.items] == ["秋冬森林防火1", "秋冬森林防火2", "秋冬森林防火3"]
    assert "访谈嘉宾：林草局副局长 孙立" in found.items[0].text
    record = parsers.parse(
        [
            parsers.Payload(
                found.items[0].url,
                "<html><body><h1>秋冬森林防火1</h1><p>主持人：请谈谈今年防火的形势。</p><p>孙立：形势总体平稳。</p></body></html>".encode(),
            )
        ],
        found.items[0],
    )
    assert [(g.name, g.organization, g.title) for g in record.guests] == [("孙立", "林草局", "副局长")]
    assert record.time.start == "2017-07-21T16"
    assert record.evidence["time"].method == "list"


def test_articles_pages_are_parts_not_list_pages():
    body = "<h1>题目</h1><div class='TRS_Editor'><p>主持人：请。</p><p>赵一鸣：第一阶段是摸底，</p></div><script>createPageHTML(3,0,'t20211223_900001','html');</script>"
    found = links(body, "http://www.yunling.example/hdjl/zxft/202112/t20211223_900001.html")
    assert found.parts == tuple(
        f"http://www.yunling.example/hdjl/zxft/202112/t20211223_900001_{n}.html" for n in (1, 2)
    )
    assert not found.pages


def test_templates_and_rubbish_links_are_no_entries():
    body = (
        rows(1, 2, 3)
        + "<ul><li><a href='{{el.url}}'>{{el.title}}</a><span>{{el.date}}</span></li></ul><a href='javascript:void(0)'>在线访谈</a><a href='mailto:a@b.example'>在线访谈</a>"
    )
    found = links(body)
    assert len(found.items) == 3
    assert not any("{{" in i.url for i in found.items)
    assert found.sections == ()


def test_a_home_page_names_its_section():
    home = "<div class='nav'><a href='/'>首页</a><a href='/hdjl/zxft/'>在线访谈</a><a href='/xjxx/'>县长信箱</a></div>"
    found = links(
        home + rows(1, 2, 3, href="/xwzx/t2021_{}.html"),
        "http://www.yunling.example/",
        head=HEAD.replace("在线访谈-", ""),
    )
    assert [s.url for s in found.sections] == ["http://www.yunling.example/hdjl/zxft/"]
    assert not found.is_section
    assert found.site_name == "云岭县人民政府"


def test_requisites_of_page_and_style_sheet():
    body = "<link rel='stylesheet' href='/a.css'><script src='/b.js'></script><img src='c.png'><div style='background:url(d.gif)'></div><style>@import '/e.css';</style><a href='f.docx'>附件</a><video src='/g.mp4'></video>"
    names = {u.rsplit("/", 1)[1] for u in links(body).requisites}
    assert names == {"a.css", "b.js", "c.png", "d.gif", "e.css", "f.docx", "g.mp4"}
    css = parsers.links(
        parsers.Payload(
            "http://a.example/css/x.css",
            b"@import 'y.css'; b{background:url(\"../z.png\")} i{background:url(data:xx)}",
            "text/css",
        )
    )
    assert css.requisites == ("http://a.example/css/y.css", "http://a.example/z.png")


@pytest.mark.parametrize("text", ["下一页", "下页", "下一页>", "后一页"])
def test_next_links_of_unknown_systems(text):
    found = links(
        rows(1, 2, 3, href="show.asp?id=70{}")
        + f"共41条 第2页/共5页 <a href='list.asp?page=1'>上一页</a> <a href='list.asp?page=3'>{text}</a>",
        "http://www.yunling.example/ft/list.asp?page=2",
    )
    assert [p.url for p in found.pages] == ["http://www.yunling.example/ft/list.asp?page=3"]
    assert (found.declared, found.declared_items) == (5, 41)


def test_a_stated_family_is_a_hint_that_other_marks_outweigh():
    plain = parsers.Payload(
        "http://www.yunling.example/a/", f"{HEAD}{rows(1, href='/x/{}.html')}</body></html>".encode()
    )
    assert parsers.links(plain, family="hanweb").family == "hanweb"
    marked = parsers.Payload(
        "http://www.yunling.example/a/",
        f"{HEAD}{rows(1, 2)}<script>createPageHTML(3, 0, 'index', 'html');</script></body></html>".encode(),
    )
    assert parsers.links(marked, family="hanweb").family == "trs"


def test_an_attachment_with_a_fragment_is_one():
    found = links("<p>访谈实录</p><p><a href='/f/W0202112.DOCX#page=10'>访谈实录文件</a></p>")
    assert "http://www.yunling.example/f/W0202112.DOCX" in found.requisites


def test_what_stands_after_the_end_of_the_document_is_loaded_all_the_same():
    page = b"<html><head><meta charset='utf-8'></head><body><h1>x</h1></body></html>\n<script src='/late.js'></script><img src='/count.png'>"
    links = parsers.links(parsers.Payload("http://a.example/x.html", page, "text/html"))
    assert links.requisites == ("http://a.example/late.js", "http://a.example/count.png")


def test_rows_that_open_a_page_when_they_are_clicked_are_entries():
    """The words are the title, the date beside them is none of it; a link that leads nowhere changes nothing."""
    rows = "".join(
        f"<li onclick=\"window.open('/ft/{n}.html')\">第{n}期：县水务局局长谈供水<span>2021-02-0{n}</span></li>"
        for n in (1, 2)
    )
    rows += "<li onclick=\"location.href='/ft/3.html'\"><a href='javascript:;'>第3期：县教育局局长谈入学</a><em>2021-02-03</em></li>"
    rows += (
        "<li onclick=\"window.open('/x')\"><a href='/ft/4.html'>第4期：县医保局局长谈参保</a><em>2021-02-04</em></li>"
    )
    page = f"<html><head><title>在线访谈</title></head><body><ul>{rows}</ul></body></html>"
    found = parsers.links(parsers.Payload("http://www.a.example/ft/", page.encode()))
    assert [(i.url.rpartition("/")[2], i.date) for i in found.items] == [
        (f"{n}.html", f"2021-02-0{n}") for n in (1, 2, 3, 4)
    ]
    assert found.items[0].title == "第1期：县水务局局长谈供水"
    assert found.is_list
