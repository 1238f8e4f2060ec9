"""Sites that no family file describes: how their lists go on must be found on their pages."""

import json
from urllib.parse import parse_qsl

from support.sites.family_sites import NAMES, page, talk

from crawler.demo.county import DemoSite, Reply


def address(n):
    return f"/ft/{2000 + n}.shtml"


def rows(numbers):
    return (
        "<ul>"
        + "".join(f"<li><span>[2023-05-1{n}]</span><a href='{address(n)}'>青石访谈第{n}期</a></li>" for n in numbers)
        + "</ul>"
    )


PARTS = (range(3), range(3, 6), range(6, 7))


def _site():
    site = DemoSite("青石县")
    for n in range(7):
        site.replies[address(n)] = talk("generic", n)
    return site


def function_pager():
    """«Next» calls a function of the page's own."""
    site = _site()
    site.replies["/"] = page("首页", "<a href='/ftzb/'>嘉宾访谈</a>")
    for number, part in enumerate(PARTS, 1):
        pager = f"<a onclick='javascript:goPage({number + 1})'>下一页</a>" if number < 3 else "<a>下一页</a>"
        script = f"<script>var countPage={len(PARTS)};function goPage(n){{location.href='list_'+n+'.html'}}</script>"
        path = "/ftzb/" if number == 1 else f"/ftzb/list_{number}.html"
        site.replies[path] = page("嘉宾访谈", f"{rows(part)}{pager}{script}")
    return site


def written_pager():
    """A template's script writes the pager."""
    site = _site()
    site.replies["/"] = page("首页", "<a href='/zmhd/zxft/index.html'>在线访谈</a>")
    for number, part in enumerate(PARTS):
        script = (
            f"<script>var currentPage = {number}; var nextPage = currentPage+1; var countPage = {len(PARTS)};"
            "document.write('<a href=\"index_'+nextPage+'.html\">下一页</a>');</script>"
        )
        path = "/zmhd/zxft/index.html" if number == 0 else f"/zmhd/zxft/index_{number}.html"
        site.replies[path] = page("在线访谈", f"{rows(part)}{script}")
    return site


def years():
    """The section leads to one list a year."""
    site = _site()
    site.replies["/"] = page("首页", "<a href='/wsft/'>网上访谈</a>")
    links = "".join(f"<a href='/wsft/{2021 + n}/'>{2021 + n}年访谈</a>" for n in range(3))
    site.replies["/wsft/"] = page("网上访谈", f"<div class='yr'>{links}</div>")
    for number, part in enumerate(PARTS):
        site.replies[f"/wsft/{2021 + number}/"] = page(f"{2021 + number}年访谈", rows(part))
    return site


def years_by_form():
    """Years are chosen in a form that is posted; the front page of the section shows the latest, its "more" is a script's."""
    site = _site()
    site.replies["/"] = page("首页", "<a href='/ftzb/'>嘉宾访谈</a>")
    options = "".join(f"<option value={y} {'selected' * (y == 2023)}>{y}年</option>" for y in (2023, 2022))
    form = f"<form method=post action='/ftzb/year.do'><select name=nian onchange='this.form.submit()'>{options}</select></form>"
    more = (
        "<a href='javascript:;' onclick='gd()'>更多</a><script>function gd(){location.href='/ftzb/all.html'}</script>"
    )
    site.replies["/ftzb/"] = page("嘉宾访谈", f"{form}<div>{rows(PARTS[0])}{more}</div>")
    site.replies["/ftzb/all.html"] = page("嘉宾访谈", rows(range(6)))
    return site


def pictures():
    """Each talk is a picture and two words in brackets."""
    site = _site()
    site.replies["/"] = page("首页", "<a href='/hudong/ft.html'>面对面</a>")
    cells = "".join(
        f"<tr><td><a href='{address(n)}'><img src='/p.jpg' alt='青石访谈第{n}期'></a></td><td><b>青石访谈第{n}期</b><br>嘉宾：{NAMES[n]}<br>"
        f"<a href='{address(n)}'>[文字实录]</a> <a href='/v/{n}.html'>[视频]</a></td></tr>"
        for n in range(7)
    )
    site.replies["/hudong/ft.html"] = page("面对面", f"<table>{cells}</table>")
    return site


def forwarded():
    """The home page only sends its reader on."""
    site = _site()
    site.replies["/"] = Reply(
        b"<html><head><meta http-equiv='refresh' content='0;url=/portal/index.html'></head></html>"
    )
    site.replies["/portal/index.html"] = page("首页", "<a href='../fangtan/index.html'>政务访谈</a>")
    site.replies["/fangtan/index.html"] = page("政务访谈", rows(range(7)))
    return site


def post_back():
    """An ASP.NET pager: a form with the page's state is sent again."""
    site = _site()
    site.replies["/"] = page("首页", "<a href='/Interview/List.aspx'>在线访谈</a>")
    site.replies["/Interview/List.aspx"] = _aspx(1)
    return site


def _aspx(number):
    pager = f"<a href=\"javascript:__doPostBack('AspNetPager1','{number + 1}')\">下一页</a>" if number < 3 else ""
    state = f"<input type='hidden' name='__VIEWSTATE' value='/wEPDwUK+{number}='><input name='q' value='搜索'>"
    return page("在线访谈", f"<form method='post' action='List.aspx'>{state}{rows(PARTS[number - 1])}{pager}</form>")


def post(path, body):
    """What the ASP.NET site answers: the page that is asked for, if the state of the one before is sent along."""
    fields = dict(parse_qsl(body.decode()))
    if path == "/ftzb/year.do":
        return page("嘉宾访谈", rows(PARTS[2])) if fields == {"nian": "2022"} else None
    number = int(fields.get("__EVENTARGUMENT", "0"))
    known = {"__VIEWSTATE": f"/wEPDwUK+{number - 1}=", "__EVENTTARGET": "AspNetPager1", "__EVENTARGUMENT": str(number)}
    return _aspx(number) if path.endswith("/List.aspx") and fields == known else None


def windows():
    """Entries open windows by script."""
    site = _site()
    site.replies["/"] = page("首页", "<a href='/zxft/'>在线访谈</a>")
    entries = "".join(
        f"<li><a href='javascript:void(0)' onclick=\"window.open('{address(n)}')\">青石访谈第{n}期</a> 2023-05-1{n}</li>"
        for n in range(7)
    )
    site.replies["/zxft/"] = page("在线访谈", f"<ul>{entries}</ul>")
    return site


def load_more():
    """A button asks for further entries as JSON."""
    site = _site()
    site.replies["/"] = page("首页", "<a href='/zxft/'>在线访谈</a>")
    script = (
        "<script>var pageNo=1;function more(){pageNo++;$.get('/api/list?c=9&pageNo='+pageNo+'&size=3',show)}</script>"
    )
    site.replies["/zxft/"] = page("在线访谈", f"{rows(PARTS[0])}<div onclick='more()'>加载更多</div>{script}")
    for number, part in enumerate(PARTS[1:], 2):
        entries = [{"title": f"青石访谈第{n}期", "url": address(n), "pubDate": f"2023-05-1{n}"} for n in part]
        body = json.dumps({"total": 7, "rows": entries}, ensure_ascii=False).encode()
        site.replies[f"/api/list?c=9&pageNo={number}&size=3"] = Reply(body, "application/json")
    return site


def silent():
    """A section that says nothing of itself: no dates, no title, an address without meaning, the site's menu on every page."""
    site = _site()
    menu = "<div class='m'><a href='/a7/'>互动交流</a></div>"
    site.replies["/"] = page("青石县", "<a href='/b3/c9.html'>在线访谈</a>")
    site.replies["/a7/"] = page(
        "青石县", f"{menu}<p><a href='/b3/c9.html'>在线访谈</a> <a href='/b4/'>县长信箱</a></p>"
    )
    entries = "".join(f"<p><a href='{address(n)}'>第{n}期 走进县水务局：守护一方清水</a></p>" for n in range(7))
    site.replies["/b3/c9.html"] = page("青石县", f"{menu}<div class='l'>{entries}</div>")
    return site


SITES = (
    function_pager,
    written_pager,
    years,
    years_by_form,
    pictures,
    forwarded,
    post_back,
    windows,
    load_more,
    silent,
)
