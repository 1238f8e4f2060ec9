"""The development zone's site: Hanweb JCMS, a jpage data island whose rest is POSTed for."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from crawler.demo.content import COUNTY
from crawler.demo.county import DemoSite, Reply, Talk, planted, png, talks

_FIRST, _COUNT, _SHOWN = 13, 12, 4
_COLUMN, _UNIT = 61490, 247686
_PROXY = "/module/web/jpage/dataproxy.jsp"


def _page(title: str, inner: str, meta: str = "") -> bytes:
    return (
        f'<!DOCTYPE html><html><head><meta charset="UTF-8"><title>{COUNTY}经济开发区 {title}</title>'
        f'<meta name="SiteName" content="{COUNTY}经济开发区管理委员会">{meta}<link rel="stylesheet" type="text/css" '
        'href="/images/style.css">'
        f'</head><body><table width="1000" align="center"><tr><td>{inner}</td></tr></table>'
        '<div class="foot">版权所有：云岭县经济开发区管理委员会</div></body></html>'
    ).encode()


def _path(talk: Talk) -> str:
    return f"/art/{talk.day.year}/{talk.day.month}/{talk.day.day}/art_{_COLUMN}_{800000 + talk.number}.html"


def _record(talk: Talk) -> str:
    return (
        f'<record><![CDATA[<li><a href="{_path(talk)}" title="{talk.title}" '
        f'target="_blank">{talk.title}</a><b>{talk.day:%Y-%m-%d}</b></li>]]></record>'
    )


def _dialogue(talk: Talk) -> str:
    """Bold labels with the colon inside, definition lists, or labels on lines of their own."""
    style, rows = talk.number % 3, []
    for who, paragraphs in talk.speeches():
        name = "主持人" if who == "host" else talk.guest
        if style == 0:
            rows += [
                f'<p style="text-indent:2em"><strong>{name}：</strong>{paragraphs[0]}</p>',
                *(f'<p style="text-indent:2em">{p}</p>' for p in paragraphs[1:]),
            ]
        elif style == 1:
            rows.append(f'<dl><dt><font color="#cc0000">{name}：</font></dt><dd>{"<br>".join(paragraphs)}</dd></dl>')
        else:
            rows += [f"<p><b>[{name}]</b></p>", *(f"<p>&nbsp;&nbsp;&nbsp;&nbsp;{p}</p>" for p in paragraphs)]
    return "".join(rows)


def _article(talk: Talk) -> bytes:
    day = talk.day
    source = f"{COUNTY}{talk.topic.office[1:]}"
    meta = (
        '<meta name="ColumnName" content="在线访谈"><meta name="ColumnType" content="在线访谈"><meta '
        f'name="ArticleTitle" content="{talk.title}">'
        f'<meta name="PubDate" content="{day:%Y-%m-%d} 15:30"><meta name="ContentSource" content="{source}">'
    )
    inner = (
        f'<table id="c" width="960"><tr><td class="title">{talk.title}</td></tr>'
        f"<tr><td>发布日期：{day:%Y-%m-%d} "
        f"15:30&nbsp;&nbsp;来源：{source}&nbsp;&nbsp;浏览次数：<script>document.write(1)</script></td></tr>"
        f'<tr><td><div id="zoom"><p>访谈主题：{talk.title}　访谈嘉宾：{talk.topic.office}{talk.topic.post} {talk.guest}</p>'
        f'<p>访谈时间：{day:%Y-%m-%d} 15：00--{day:%Y-%m-%d} 16：00</p><p><img src="/picture/{talk.number}.png" '
        f'alt=""></p>{_dialogue(talk)}</div></td></tr>'
        "<tr><td>附件：<a "
        f'href="/module/download/downfile.jsp?classid=0&filename={talk.number:032x}.pdf">访谈实录.pdf</a></td></tr></table>'
    )
    return _page(talk.title, inner, meta)


def answer_post(target: str, body: bytes) -> Reply:
    """``dataproxy.jsp``: the records from ``startrecord`` to ``endrecord`` of the column that the form names."""
    query, form = parse_qs(urlsplit(target).query), parse_qs(body.decode())
    if form.get("columnid") != [str(_COLUMN)] or form.get("unitid") != [str(_UNIT)]:
        return Reply(b"<datastore><totalrecord>0</totalrecord></datastore>", "text/xml; charset=UTF-8")
    start, end = int(query["startrecord"][0]), int(query["endrecord"][0])
    rows = "".join(map(_record, _newest_first()[start - 1 : end]))
    counts = f"<totalrecord>{_COUNT}</totalrecord><totalpage>3</totalpage>"
    text = f"<datastore>{counts}<recordset>{rows}</recordset></datastore>"
    return Reply(text.encode(), "text/xml; charset=UTF-8", coding="gzip")


def _newest_first() -> list[Talk]:
    return list(reversed(talks(_FIRST, _COUNT)))


def build() -> DemoSite:
    """The site."""
    site = DemoSite(f"{COUNTY}经济开发区管理委员会")
    rows = "".join(map(_record, _newest_first()[:_SHOWN]))
    island = f'<script type="text/xml"><datastore><recordset>{rows}</recordset></datastore></script>'
    call = (
        f"<script>$('#{_UNIT}').jpage({{proxyUrl:'{_PROXY}',perPage:{_SHOWN},totalRecord:{_COUNT},"
        f"ajaxParam:{{'col':1,'appid':1,'webid':39,'path':'/','columnid':{_COLUMN},'sourceContentType':1,"
        f"'unitid':{_UNIT},'webname':'','permissiontype':0}}}});</script>"
    )
    column = f"/col/col{_COLUMN}/index.html"
    meta = '<meta name="ColumnName" content="在线访谈"><meta name="ColumnType" content="在线访谈">'
    site.replies[column] = Reply(_page("在线访谈", f'<div class="list" id="{_UNIT}">{island}</div>{call}', meta))
    site.replies["/"] = Reply(
        _page(
            "首页",
            f'<ul><li><a href="/col/col61001/index.html">通知公告</a></li><li><a href="{column}">在线访谈</a></li></ul>',
        )
    )
    site.replies["/images/style.css"] = Reply(
        b"body{font-family:SimSun}td.title{font-size:22px;color:#036}", "text/css"
    )
    for talk in talks(_FIRST, _COUNT):
        site.replies[_path(talk)] = Reply(_article(talk), coding="gzip" if talk.number % 2 else "")
        site.replies[f"/picture/{talk.number}.png"] = Reply(png(20, talk.number * 9 % 256, 90), "image/png")
        site.replies[f"/module/download/downfile.jsp?classid=0&filename={talk.number:032x}.pdf"] = Reply(
            b"%PDF-1.4\n%" + talk.title.encode(), "application/pdf"
        )
        day = f"{talk.day:%Y-%m-%d}"
        time = (f"{day} 15：00--{day} 16：00", f"{day}T15:00", f"{day}T16:00", "minute")
        site.planted.append(planted(talk, _path(talk), "主持人", talk.guest, time, f"{day}T15:30:00+08:00"))
    return site
