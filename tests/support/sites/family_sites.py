"""One small site a CMS family: seven talks over three list pages, a dead entry, an entry on another site, and the family's own pager."""

import json
from urllib.parse import parse_qsl, urlencode

from crawler.demo.county import DemoSite, Reply

NAMES = ["丁一", "石磊", "韩春晖", "高原", "马良", "罗兰", "方圆"]
HEX = "0123456789abcdef0123456789abcde"
LIST = {
    "jpaas": "/col/col77/index.html",
    "jpaas_empty": "/col/col78/index.html",
    "gkmlpt": "/gkmlpt/zxft/index.html",
    "dede": "/plus/list.php?tid=4",
    "phpcms": "/index.php?m=content&c=index&a=lists&catid=6",
    "siteserver": "/channels/78.html",
    "jeecms": "/zxft/index.jhtml",
    "epoint": "/zmhd/013001/moreinfo.html",
    "epoint_post": "/zmhd/013002/subpage.html",
    "drop_down": "/hdjl/zxft/index.html",
    "powereasy": "/Category_863/Index.aspx",
    "lonsun": "/content/column/6791573",
    "trs": "/hdjl/zxft/",
    "trs_stuck": "/hdjl/zxft/index.html",
    "ucap": "/zmhd/zxft/common_list.shtml",
    "set_page": "/hdjl/zxft/index.html",
    "data_list": "/hdjl/zxft/list.html",
    "iframe": "/hdjl/zxft/index.html",
    "json_script": "/hdjl/zxft/index.html",
}


def article(family, n):
    """The address of the n-th talk."""
    return {
        "jpaas": f"/art/2023/art_{HEX}{n}.html",
        "jpaas_empty": f"/art/2023/art_{HEX}{n}.html",
        "gkmlpt": f"/zxft/content/post_122655{n}.html",
        "dede": f"/a/zxft/12{n}.html",
        "phpcms": f"/index.php?m=content&c=index&a=show&catid=6&id=12{n}",
        "siteserver": f"/contents/78/12{n}.html",
        "jeecms": f"/zxft/12{n}.jhtml",
        "epoint": f"/zmhd/013001/20230510/0a1b2c3d-1111-2222-3333-44445555666{n}.html",
        "epoint_post": f"/zmhd/013002/20230510/0a1b2c3d-1111-2222-3333-44445555667{n}.html",
        "powereasy": f"/Item/1822{n}.aspx",
        "lonsun": f"/content/article/2736196{n}",
        "ucap": f"/zmhd/zxft/202305/{HEX}{n}.shtml",
    }.get(family, f"/hdjl/zxft/202305/t20230510_90000{n}.html")


def page(title, body):
    """A page of the site."""
    return Reply(
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}-青石县人民政府</title></head><body>"
        f"<div class='nav'><a href='/'>首页</a><a href='/xxgk/'>信息公开</a></div>{body}</body></html>".encode()
    )


def talk(family, n):
    """The page of the n-th talk."""
    name = NAMES[n]
    body = f"<p>访谈嘉宾：县水务局局长{name}</p><p>主持人：请介绍第{n}期的情况。</p><p>{name}：一切顺利，目标：全年完成。</p><p>主持人：谢谢。</p>"
    holder = {
        "ucap": f"<div id='UCAP-CONTENT'>{body}</div>",
        "powereasy": f"<div id='fontzoom'>{body}</div>",
        "lonsun": f"<div class='j-fontContent'>{body}</div>",
        "epoint": f"<div class='ewb-article-info'>{body}</div>",
        "epoint_post": f"<div class='ewb-article-info'>{body}</div>",
        "gkmlpt": f"<div class='article-content'>{body}</div>",
    }.get(family, f"<div class='content'>{body}</div>")
    return page(
        f"青石访谈第{n}期", f"<h1>青石访谈第{n}期</h1><div>来源：青石县融媒体中心 发布时间：2023-05-1{n}</div>{holder}"
    )


def rows(family, numbers):
    """List entries; the first page also holds a dead entry and one of another site."""
    entries = [(article(family, n), f"青石访谈第{n}期", f"2023-05-1{n}") for n in numbers]
    if 0 in numbers:
        entries.append((article(family, 9).replace("2023", "2022", 1), "已经删除的一期访谈", "2022-01-01"))
        entries.append(("http://media.example/fangtan/1.html", "电视台的一期访谈", "2022-01-02"))
    return (
        "<ul class='list'>"
        + "".join(f"<li><a href='{u}'>{t}</a><span>{d}</span></li>" for u, t, d in entries)
        + "</ul>"
    )


def build(family):
    """The site."""
    site = DemoSite(f"青石县（{family}）")
    base = LIST[family]
    parts = [rows(family, (0, 1, 2)), rows(family, (3, 4, 5)), rows(family, (6,))]
    for n in range(7):
        site.replies[article(family, n)] = talk(family, n)
    site.replies["/"] = page("首页", f"<ul><li><a href='{base.replace('&', '&amp;')}'>在线访谈</a></li></ul>")
    globals()[f"_{family}"](site, base, parts)
    return site


def _jpaas(site, base, parts, *, empty=False):
    query = {
        "webId": "a1",
        "pageId": "b2",
        "parseType": "bulidstatic",
        "pageType": "column",
        "tagId": "分页列表",
        "tplSetId": "c3",
    }
    unit = "/api-gateway/jpaas-publish-server/front/page/build/unit"
    data = str(query).replace('"', "'")
    script = f'<script src="/u/unitbuild.js" url="{unit}" queryData="{data}"></script><div class="pagination" rows="3" count="9"></div>'
    site.replies[base] = page("在线访谈", ("" if empty else parts[0]) + script)
    for number, part in enumerate([*parts, ""], 1):
        target = f"{unit}?{urlencode({**query, 'paramJson': json.dumps({'pageNo': number, 'pageSize': 3}, separators=(',', ':'))})}"
        body = json.dumps({"success": True, "data": {"html": part}}, ensure_ascii=False)
        site.replies[target] = Reply(body.encode(), "application/json;charset=UTF-8")


def _jpaas_empty(site, base, parts):
    _jpaas(site, base, parts, empty=True)


def _gkmlpt(site, base, parts):
    del parts
    site.replies[base] = page(
        "在线访谈",
        "<div id='list'></div><script>window._CONFIG={SID:'755041',CATE_ID:'5233'};</script><script src='/gkmlpt/js/app.js'></script>",
    )
    for number, members in ((1, range(3)), (2, range(3, 6)), (3, range(6, 7))):
        entries = [
            {
                "id": 1226550 + n,
                "title": f"青石访谈第{n}期",
                "url": "http://host.example/x",
                "post_url": article("gkmlpt", n),
                "created_at": f"2023-05-1{n}",
            }
            for n in members
        ]
        value = {"articles": entries, "classify": {"id": 5233, "post_count": 7}}
        site.replies[f"/gkmlpt/api/all/5233?page={number}&sid=755041"] = Reply(
            json.dumps(value).encode(), "application/json"
        )


def _linked(site, parts, addresses, pager):
    for number, (address, part) in enumerate(zip(addresses, parts, strict=True), 1):
        site.replies[address] = page("在线访谈", f"{part}<div class='pages'>{pager(number, addresses)}</div>")


def _numbers(number, addresses):
    return "".join(
        f"<b>{n}</b>" if n == number else f"<a href='{a.replace('&', '&amp;')}'>{n}</a>"
        for n, a in enumerate(addresses, 1)
    )


def _next(number, addresses):
    more = (
        f"<a href='{addresses[number].replace('&', '&amp;')}'>下一页</a>"
        if number < len(addresses)
        else "<span>下一页</span>"
    )
    return f"共{len(addresses)}页 第{number}页 {more}"


def _dede(site, base, parts):
    _linked(site, parts, [base, f"{base}&PageNo=2", f"{base}&PageNo=3"], _numbers)


def _phpcms(site, base, parts):
    _linked(site, parts, [base, f"{base}&page=2", f"{base}&page=3"], _next)


def _siteserver(site, base, parts):
    _linked(site, parts, [base, "/channels/78_2.html", "/channels/78_3.html"], _next)


def _jeecms(site, base, parts):
    _linked(site, parts, [base, "/zxft/index_2.jhtml", "/zxft/index_3.jhtml"], _next)


def _epoint(site, base, parts):
    _linked(site, parts, [base, "/zmhd/013001/2.html", "/zmhd/013001/3.html"], _numbers)


_GET_INFO = "/EpointWebBuilder/rest/frontAppCustomAction/getPageInfoListNew"


def _epoint_post(site, base, parts):
    script = (
        "<script>var siteInfo = {'siteGuid': '7eb5f7f1-9041'}; var size = 3;"
        f"$('#page').pagination({{pageIndex: 0, pageSize: 3, total: 7}});"
        f"function load(index) {{ Util.ajax({{url: '{_GET_INFO}', type: 'post', data: {{params: JSON.stringify("
        "{siteGuid: siteInfo.siteGuid, categoryNum: '013002', content: \"\", pageIndex: index, pageSize: size})}}); }</script>"
    )
    site.replies[base] = page("在线访谈", f"<div class='ewb-list'>{parts[0]}</div>{script}")


def post(path, body):
    """What the Epoint site answers; nothing to a request that lacks a field."""
    params = json.loads(dict(parse_qsl(body.decode())).get("params", "{}"))
    wanted = {"siteGuid": "7eb5f7f1-9041", "categoryNum": "013002", "content": "", "pageSize": 3}
    if not path.endswith(_GET_INFO) or {k: v for k, v in params.items() if k != "pageIndex"} != wanted:
        return None
    rows_ = [
        {"title": f"青石访谈第{n}期", "infourl": article("epoint_post", n), "infodate": f"2023-05-1{n}"}
        for n in range(7)[params["pageIndex"] * 3 :][:3]
    ]
    value = {"custom": {"infodata": rows_, "count": 7}, "status": {"code": "200"}}
    return Reply(json.dumps(value, ensure_ascii=False).encode(), "application/json;charset=UTF-8")


def _drop_down(site, base, parts):
    addresses = [base, "/hdjl/zxft/index_2.html", "/hdjl/zxft/index_3.html"]
    options = "".join(f"<option value='{a.split('/')[-1]}'>{n}</option>" for n, a in enumerate(addresses, 1))
    for address, part in zip(addresses, parts, strict=True):
        site.replies[address] = page("在线访谈", f"{part}<select onchange='go(this.value)'>{options}</select>")


def _powereasy(site, base, parts):
    _linked(site, parts, [base, "/Category_863/Index_2.aspx", "/Category_863/Index_3.aspx"], _next)


def _lonsun(site, base, parts):
    for number, part in enumerate(parts, 1):
        script = f"<script>Ls.pagination({{pageCount: 3, pageIndex: {number}}})</script>"
        site.replies[base if number == 1 else f"{base}?pageIndex={number}"] = page("在线访谈", part + script)


def _trs(site, base, parts):
    for number, part in enumerate(parts):
        address = base if number == 0 else f"{base}index_{number}.html"
        site.replies[address] = page(
            "在线访谈", f'{part}<script>createPageHTML(5, {number}, "index", "html");</script>'
        )


def _trs_stuck(site, base, parts):
    for number, part in enumerate(parts):
        address = base if number == 0 else base.replace("index", f"index_{number}")
        site.replies[address] = page("在线访谈", f'{part}<script>createPageHTML(3, 0, "index", "html");</script>')


def _ucap(site, base, parts):
    for number, part in enumerate(parts, 1):
        address = base if number == 1 else base.replace("list", f"list_{number}")
        call = f"createPageHTML('page_div',3,{number},'common_list','shtml',7);"
        site.replies[address] = page("在线访谈", f"{part}<div id='page_div'></div><script>{call}</script>")


def _set_page(site, base, parts):
    for number, part in enumerate(parts, 1):
        address = base if number == 1 else base.replace("index", f"index_{number}")
        site.replies[address] = page("在线访谈", f"{part}<script>$('#p').pagination(\"setPage\",{number},3)</script>")


def _data_list(site, base, parts):
    del parts
    entries = [{"title": f"青石访谈第{n}期", "url": article("data_list", n), "date": f"2023-05-1{n}"} for n in range(7)]
    site.replies[base] = page(
        "在线访谈", f"<ul id='l'><li>{{{{el.title}}}}</li></ul><script>var dataList = {json.dumps(entries)};</script>"
    )


def _iframe(site, base, parts):
    site.replies[base] = page("在线访谈", "<iframe src='./inner.html' width='100%'></iframe>")
    site.replies["/hdjl/zxft/inner.html"] = page("列表", "".join(parts))


def _json_script(site, base, parts):
    """All entries in the page, paged client-side."""
    site.replies[base] = page(
        "在线访谈", "".join(parts) + "<script>var totalCount=7,perSize=3,logicTotalPage=3;</script>"
    )
