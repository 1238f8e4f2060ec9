"""The county government's portal: TRS WCM, ``createPageHTML`` lists, and the trouble that portals have."""

from __future__ import annotations

from crawler.demo.content import COUNTY
from crawler.demo.county import DemoSite, Planted, Reply, Talk, planted, png, seed_page, talks

_COUNT = 13
_PER_PAGE = 7
_SECTION = "/hdjl/zwft/"
_STYLE = ".TRS_Editor p{line-height:2;text-indent:2em}h1{color:#b00;background:url(../images/head.png)}"
_CHALLENGE = (
    "<html><head><script>document.cookie='__jsl_clearance_s=1732500000.1|-1|x;path=/';"
    "location.href=location.pathname+location.search</script></head><body></body></html>"
)

#: What the portal's pages call: it writes a link for each page but the reader's.
PAGER = """function createPageHTML(count, index, name, ending) {
  for (var n = 0; n < count; n++) {
    var file = name + (n ? "_" + n : "") + "." + ending;
    document.write(n === index ? "<span>" + (n + 1) + "</span> " : '<a href="' + file + '">' + (n + 1) + "</a> ");
  }
}
"""


def _page(title: str, inner: str, extra_head: str = "") -> bytes:
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{title}_{COUNTY}人民政府</title>{extra_head}'
        '<link rel="stylesheet" href="/css/site.css"><script src="/js/site.js"></script></head>\n'
        f'<body><div class="top"><a href="/">首页</a> <a href="/zwgk/">政务公开</a> <a href="/hdjl/">互动交流</a></div>{inner}'
        f'<div class="footer">主办单位：{COUNTY}人民政府办公室 政府网站标识码：6299990001 陇ICP备00000000号</div></body></html>'
    ).encode()


def _position(last: str) -> str:
    return (
        '<div class="position">当前位置：<a href="/">首页</a>&gt;<a href="/hdjl/">互动交流</a>&gt;<a '
        f'href="{_SECTION}">{last}</a></div>'
    )


def _body(talk: Talk) -> list[str]:
    """Paragraphs of the transcript in one of four ways of typing it."""
    style = talk.number % 4
    labels = {0: ("主持人：", f"{talk.guest}："), 1: ("<strong>主持人</strong>：", f"<strong>{talk.guest}</strong>：")}
    labels |= {2: ("【主持人】", f"【{talk.guest}】"), 3: ("主持人:", f"{talk.surname}{talk.short_title}:")}
    rows: list[str] = []
    for who, paragraphs in talk.speeches():
        label = labels[style][0 if who == "host" else 1]
        rows += [f"<p>　　{label}{paragraphs[0]}</p>", *(f"<p>　　{p}</p>" for p in paragraphs[1:])]
    return rows


def _article(talk: Talk, rows: list[str], pager: str = "") -> bytes:
    day = talk.day
    inner = (
        f'{_position("政务访谈")}<div class="xl"><h1>{talk.title}</h1><div '
        f'class="xx"><span>来源：{COUNTY}{talk.topic.office[1:]}</span> '
        f"<span>发布时间：{day:%Y-%m-%d} 09:{talk.number:02d}</span> <span>字体：【<a>大</a> <a>中</a> <a>小</a>】</span></div>"
        f'<div id="zoom" class="xlcontainer"><div class="TRS_Editor"><p>访谈时间：{day.year}年{day.month}月{day.day}日</p>'
        f"<p>访谈嘉宾：{talk.topic.office}{talk.topic.post}{talk.guest}</p><p>访谈主题：{talk.title}</p>"
        f'<p align="center"><img src="./W0{day:%Y%m%d}.png"></p><p '
        f'align="center">{talk.topic.office}{talk.topic.post}{talk.guest}</p>'
        f'{"".join(rows)}</div></div><div class="fujian"><a '
        f'href="./P0{day:%Y%m%d}.doc">附件：访谈实录.doc</a></div>{pager}</div>'
        '<div class="ewm">扫一扫在手机打开当前页</div>'
    )
    return _page(talk.title, inner)


def _path(talk: Talk) -> str:
    return f"{_SECTION}{talk.day:%Y%m}/t{talk.day:%Y%m%d}_{900000 + talk.number}.html"


def _lists(site: DemoSite, entries: list[tuple[str, str, str]]) -> None:
    pages = [entries[i : i + _PER_PAGE] for i in range(0, len(entries), _PER_PAGE)]
    for number, rows in enumerate(pages):
        items = "".join(
            (
                f'<li><span>{day}</span><a href="{path}" '
                f'title="{title}">{title[:10]}{"…" if len(title) > 10 else ""}</a></li>'
            )
            for path, title, day in rows
        )
        script = f'<script>createPageHTML({len(pages)}, {number}, "index", "html");</script>'
        name = "index.html" if not number else f"index_{number}.html"
        body = _page(
            "政务访谈", f'{_position("政务访谈")}<ul class="list">{items}</ul><div class="page">{script}</div>'
        )
        site.replies[_SECTION + name] = Reply(body)
        if not number:
            site.replies[_SECTION] = Reply(body)


def build() -> DemoSite:
    """The site with its seed page, notice, video page, challenge page, two-page article,
    page that changes and page that vanishes.
    """
    site = DemoSite(f"{COUNTY}人民政府")
    entries: list[tuple[str, str, str]] = []
    for talk in talks(0, _COUNT):
        path, rows = _path(talk), _body(talk)
        folder = path.rsplit("/", 1)[0] + "/"
        coding = ("", "gzip", "chunked", "gzip chunked")[talk.number % 4]
        if talk.number == 5:
            name = path.rsplit("/", 1)[1].removesuffix(".html")
            pager = f'<div class="page"><script>createPageHTML(2, 0, "{name}", "html");</script></div>'
            site.replies[folder + name + "_1.html"] = Reply(_second_page(talk, rows[6:]))
            site.replies[path] = Reply(_article(talk, rows[:6], pager))
        else:
            site.replies[path] = Reply(_article(talk, rows), coding=coding)
        site.replies[f"{folder}W0{talk.day:%Y%m%d}.png"] = Reply(png(talk.number * 17 % 256, 80, 120), "image/png")
        site.replies[f"{folder}P0{talk.day:%Y%m%d}.doc"] = Reply(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + talk.title.encode("utf-16-le"), "application/msword"
        )
        entries.append((path, talk.title, f"{talk.day:%Y-%m-%d}"))
        guest = f"{talk.surname}{talk.short_title}" if talk.number % 4 == 3 else talk.guest
        day = talk.day
        time = (f"{day.year}年{day.month}月{day.day}日", f"{day:%Y-%m-%d}", None, "day")
        site.planted.append(planted(talk, path, "主持人", guest, time, f"{day:%Y-%m-%d}T09:{talk.number:02d}:00+08:00"))
    _specials(site, entries)
    _lists(site, sorted(entries, key=lambda e: e[2], reverse=True))
    home = (
        '<div class="nav"><a href="/zwgk/">政务公开</a><a '
        'href="/hdjl/xjxx/">县长信箱</a><a href="/hdjl/zwft/">政务访谈</a></div>'
    )
    site.replies["/"] = Reply(_page(f"{COUNTY}人民政府", home))
    site.replies["/css/site.css"] = Reply(_STYLE.encode(), "text/css")
    site.replies["/images/head.png"] = Reply(png(180, 0, 0), "image/png")
    site.replies["/js/site.js"] = Reply(PAGER.encode(), "application/javascript")
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /admin/\n", "text/plain")
    _later(site)
    return site


def _second_page(talk: Talk, rows: list[str]) -> bytes:
    return _page(
        talk.title,
        f'{_position("政务访谈")}<h1>{talk.title}</h1><div id="zoom"><div class="TRS_Editor">{"".join(rows)}</div></div>',
    )


def _specials(site: DemoSite, entries: list[tuple[str, str, str]]) -> None:
    seed = f"{_SECTION}202112/t20211223_771589.html"
    site.replies[seed] = Reply(seed_page())
    entries.append((seed, "推动新时代法治政府建设再上新台阶", "2021-12-23"))
    notice = f"{_SECTION}202212/t20221201_900101.html"
    text = (
        "我县政府网站将于12月3日(星期六)下午2:30-3:30邀请县住房和城乡建设局局长钱慧作客在线访谈，欢迎广大网友提前留言。"
    )
    head = '<h1>访谈预告：冬季供暖那些事</h1><div class="xx">来源：云岭县政府网 发布时间：2022-12-01 10:00</div>'
    site.replies[notice] = Reply(
        _page(
            "访谈预告：冬季供暖那些事",
            f'{_position("政务访谈")}{head}<div id="zoom"><div class="TRS_Editor"><p>{text}</p></div></div>',
        )
    )
    entries.append((notice, "访谈预告：冬季供暖那些事", "2022-12-01"))
    site.planted.append(
        Planted(
            notice, "notice", "访谈预告：冬季供暖那些事", "2022-12-01T10:00:00+08:00", "云岭县政府网", None,
            ("12月3日(星期六)下午2:30-3:30", "2022-12-03T14:30", "2022-12-03T15:30", "minute"), (("钱慧", "县住房和城乡建设局", "局长"),), (),
        )
    )  # fmt: skip
    video = f"{_SECTION}202209/t20220909_900102.html"
    head = '<h1>视频访谈：秋粮收购开秤</h1><div class="xx">来源：云岭县政府网 发布时间：2022-09-09 16:20</div>'
    inner = '<p>访谈主题：秋粮收购</p><video src="/video/1.mp4" poster="/images/head.png"></video><p>暂无文字实录</p>'
    site.replies[video] = Reply(
        _page(
            "视频访谈：秋粮收购开秤",
            f'{_position("政务访谈")}{head}<div id="zoom"><div class="TRS_Editor">{inner}</div></div>',
        )
    )
    site.replies["/video/1.mp4"] = Reply(b"\x00\x00\x00\x18ftypmp42" + bytes(4000), "video/mp4")
    entries.append((video, "视频访谈：秋粮收购开秤", "2022-09-09"))
    site.planted.append(
        Planted(
            video,
            "video",
            "视频访谈：秋粮收购开秤",
            "2022-09-09T16:20:00+08:00",
            "云岭县政府网",
            "秋粮收购",
            None,
            (),
            (),
        )
    )
    challenge = f"{_SECTION}202301/t20230110_900103.html"
    site.replies[challenge] = Reply(_CHALLENGE.encode(), status=521)
    entries.append((challenge, "数字政府建设与便民服务", "2023-01-10"))


def _later(site: DemoSite) -> None:
    """Generation 1: the second interview got an answer amended, the third is gone."""
    changed, vanished = site.planted[1].path, site.planted[2].path
    before = site.replies[changed]
    site.later[changed] = Reply(
        before.body.replace("每人每年四百元".encode(), "每人每年三百八十元".encode()), coding=before.coding
    )
    site.later[vanished] = Reply(b"<html><body><h1>404 Not Found</h1></body></html>", status=404)
