"""An old county bureau site: ASP, GBK bytes under a gb2312 label, tables inside tables, "next page" links."""

from __future__ import annotations

from crawler.demo.content import COUNTY
from crawler.demo.county import DemoSite, Reply, Talk, planted, png, talks

_FIRST, _COUNT, _PER_PAGE = 25, 10, 4
_TYPE = "text/html"  # the charset is in the page only, as such servers do


def _page(title: str, inner: str) -> bytes:
    return (
        '<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=gb2312">'
        f'<TITLE>{title}-{COUNTY}民生在线</TITLE><LINK REL="stylesheet" HREF="/inc/main.css"></HEAD><BODY '
        'background="/img/bg.png">'
        f'<TABLE width="778" align="center"><TR><TD>{inner}</TD></TR><TR><TD align="center">版权所有 '
        f"{COUNTY}民生在线</TD></TR></TABLE></BODY></HTML>"
    ).encode("gb18030")


def _path(talk: Talk) -> str:
    return f"/ft/show.asp?id={700 + talk.number}"


def _rows(talk: Talk) -> str:
    rows = []
    for who, paragraphs in talk.speeches():
        name = "主持人" if who == "host" else talk.guest
        rows.append(f'<TR><TD width="90" valign="top">{name}</TD><TD>{"<BR>".join(paragraphs)}</TD></TR>')
    return "".join(rows)


def _article(talk: Talk) -> bytes:
    day = talk.day
    published = f"{day.year}年{day.month}月{day.day}日"
    head = (
        f'<TABLE><TR><TD align="center"><H1>{talk.title}</H1></TD></TR>'
        f"<TR><TD>来源：{COUNTY}{talk.topic.office[1:]}　发布时间：{published}　"
        "点击：[<SCRIPT src=/count.asp></SCRIPT>]</TD></TR></TABLE>"
        f"<TABLE border=1><TR><TD>访谈主题</TD><TD>{talk.title}</TD></TR><TR><TD><STRONG>访谈时间：</STRONG></TD>"
        f"<TD>{day:%Y-%m-%d} 10:00:00--{day:%Y-%m-%d} "
        f"11:30:00</TD></TR><TR><TD>访谈嘉宾</TD><TD>{talk.topic.office}{talk.topic.post}：{talk.guest}</TD></TR></TABLE>"
    )
    picture = f'<CENTER><IMG SRC="/img/ft{talk.number}.png"></CENTER>'
    file = f'<A HREF="/up/ft{talk.number}.doc">下载访谈记录</A>'
    return _page(
        talk.title,
        (
            f"{head}{picture}<TABLE>{_rows(talk)}</TABLE>{file}<CENTER>【<A "
            "HREF=javascript:window.close()>关闭窗口</A>】</CENTER>"
        ),
    )


def build() -> DemoSite:
    """The site."""
    site = DemoSite(f"{COUNTY}民生在线")
    entries = list(reversed(talks(_FIRST, _COUNT)))
    pages = [entries[i : i + _PER_PAGE] for i in range(0, len(entries), _PER_PAGE)]
    for number, rows in enumerate(pages, 1):
        items = "".join(
            f'<TR><TD>·<A HREF="show.asp?id={700 + t.number}">{t.title}</A></TD><TD>[{t.day:%Y-%m-%d}]</TD></TR>'
            for t in rows
        )
        following = f'<A HREF="list.asp?page={number + 1}">下一页</A>' if number < len(pages) else "下一页"
        pager = f'共{len(entries)}条 第{number}页/共{len(pages)}页 <A HREF="list.asp?page=1">首页</A> {following}'
        body = Reply(_page("嘉宾访谈", f"<TABLE>{items}</TABLE><CENTER>{pager}</CENTER>"), _TYPE)
        site.replies[f"/ft/list.asp?page={number}"] = body
        if number == 1:
            site.replies["/ft/list.asp"] = body
    site.replies["/"] = Reply(
        _page(
            "首页",
            '<A HREF="/news/">新闻动态</A> <A HREF="/ft/list.asp">嘉宾访谈</A> <A HREF="/xinxiang/">局长信箱</A>',
        ),
        _TYPE,
    )
    site.replies["/inc/main.css"] = Reply(b"TD{font-size:9pt}", "text/css")
    site.replies["/img/bg.png"] = Reply(png(240, 240, 250), "image/png")
    for talk in talks(_FIRST, _COUNT):
        site.replies[_path(talk)] = Reply(_article(talk), _TYPE, coding="chunked" if talk.number % 3 == 0 else "")
        site.replies[f"/img/ft{talk.number}.png"] = Reply(png(90, 40, talk.number * 7 % 256), "image/png")
        site.replies[f"/up/ft{talk.number}.doc"] = Reply(
            b"\xd0\xcf\x11\xe0" + talk.title.encode("gb18030"), "application/msword"
        )
        day = f"{talk.day:%Y-%m-%d}"
        time = (f"{day} 10:00:00--{day} 11:30:00", f"{day}T10:00", f"{day}T11:30", "minute")
        site.planted.append(planted(talk, _path(talk), "主持人", talk.guest, time, day))
    return site
