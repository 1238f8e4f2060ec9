"""Lists that are served as data, or stand in a script: their entries, what they declare, how they go on."""

import json

import pytest

import parsers

HOST = "http://www.qinghe.example"
ROWS = [{"title": f"政务访谈第{n}期", "url": f"/ft/100{n}.html", "date": f"2023-01-0{n}"} for n in range(1, 4)]
RECORDS = "".join(
    f'<record><![CDATA[<li><a href="/art/2021/12/2{n}/art_7_900{n}.html" title="访谈之{n}期">访谈之{n}期</a><b>2021-12-2{n}</b></li>]]></record>'
    for n in range(1, 4)
)
ODD = [
    {"aT": f"政务访谈第{n}期", "aPd": f"2021-12-2{n} 17:00", "aU": json.dumps({"common": f"/ft/100{n}.html"})}
    for n in (1, 2, 3)
]
MARKED = "<ul>" + "".join(f"<li><a href='/ft/{n}.html'>政务访谈第{n}期</a><span>2023-01-0{n}</span></li>" for n in (1, 2, 3)) + "</ul>"  # fmt: skip
PROXY = "/module/web/jpage/dataproxy.jsp"
TRUECMS = "/m/getMessage.do?columnId=5&callback=raw&"


def store(totals):
    return f"<datastore>{totals}<recordset>{RECORDS}</recordset></datastore>"


def jsonp(totals):
    return "raw(" + json.dumps({"result": store(totals)}) + ")"


@pytest.mark.parametrize(
    ("path", "answer", "following", "pages", "entries"),
    [
        (TRUECMS + "startrecord=1&endrecord=3", jsonp("<totalrecord>41</totalrecord>"), TRUECMS + "startrecord=4&endrecord=6", None, 41),
        (TRUECMS + "startrecord=40&endrecord=42", jsonp("<totalrecord>41</totalrecord>"), None, None, 41),
        (f"{PROXY}?page=1&appid=1", store("<totalrecord>58</totalrecord><totalpage>20</totalpage>"), f"{PROXY}?page=2&appid=1", 20, 58),
        (f"{PROXY}?page=20&appid=1", store("<totalrecord>58</totalrecord><totalpage>20</totalpage>"), None, 20, 58),
        (f"{PROXY}?startrecord=1&endrecord=3", store("<totalrecord>7</totalrecord>"), f"{PROXY}?startrecord=4&endrecord=6", None, 7),
        ("/api?page=1", {"total": 9, "rows": ROWS}, "/api?page=2", None, 9),
        ("/api?page=3", {"total": 9, "totalPage": 3, "rows": ROWS}, None, 3, 9),
        ("/api?offset=0&limit=3", {"total": 9, "rows": ROWS}, "/api?offset=3&limit=3", None, 9),
        ("/api?offset=6&limit=3", {"total": 9, "rows": ROWS}, None, None, 9),
        ("/api?size=3", {"list": ROWS, "nextCursor": "abc"}, "/api?size=3&cursor=abc", None, None),
        ("/api?cursor=abc&n=3", {"data": {"list": ROWS, "next_cursor": "def", "has_more": True}}, "/api?n=3&cursor=def", None, None),
        ("/api?cursor=abc", {"data": {"list": ROWS, "next_cursor": "", "has_more": False}}, None, None, None),
        ("/api?x=1", {"items": ROWS, "next": "/api?x=1&after=77"}, "/api?x=1&after=77", None, None),
        ("/api?page=1", {"items": ROWS, "next": None}, None, None, None),
        ("/api?x=1", {"items": ROWS, "links": {"next": "?x=2"}}, "/api?x=2", None, None),
        ("/api?pageNo=1", {"items": ROWS, "nextPage": 2}, "/api?pageNo=2", None, None),
        ("/api?lastId=0", {"data": ROWS, "lastId": 998, "hasMore": True}, "/api?lastId=998", None, None),
        ("/api?lastId=9", {"data": [{**row, "id": 700 + n} for n, row in enumerate(ROWS)]}, "/api?lastId=702", None, None),
        ("/api?lastId=702", {"data": [{**row, "id": 700 + n} for n, row in enumerate(ROWS)]}, None, None, None),
        ("/api?lastId=9&size=10", {"data": [{**row, "id": 700 + n} for n, row in enumerate(ROWS)]}, None, None, None),
        ("/api?p=1", {"data": ROWS, "hasNext": True}, "/api?p=2", None, None),
        ("/data/list_1.json", {"pageCount": 4, "data": ROWS}, "/data/list_2.json", 4, None),
        ("/api?page=1", {"total": 9, "rs": ODD}, "/api?page=2", None, 9),
        ("/api?page=1", {"title": "在线访谈", "url": "/zxft/", "list": ROWS}, "/api?page=2", None, None),
        ("/api?page=1", {"data": MARKED, "pageCount": 3}, "/api?page=2", 3, None),
    ],
)  # fmt: skip
def test_a_served_list(path, answer, following, pages, entries):
    body = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    found = parsers.links(parsers.Payload(HOST + path, body.encode()))
    assert [page.url for page in found.pages] == ([HOST + following] if following else [])
    assert (found.declared, found.declared_items, len(found.items)) == (pages, entries, 3)
    assert found.ways_on == ()


def test_more_that_nobody_can_ask_for_is_said():
    found = parsers.links(parsers.Payload(f"{HOST}/api", json.dumps({"data": ROWS, "hasMore": True}).encode()))
    assert (found.pages, found.ways_on) == ((), (parsers.WayOn("", "hasMore"),))
    found = parsers.links(parsers.Payload(f"{HOST}/api?lastId=9", json.dumps({"data": ROWS}).encode()))
    assert (found.pages, found.ways_on) == ((), (parsers.WayOn("", "lastId"),))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"code": 500, "msg": "系统繁忙"}, "系统繁忙"),
        ({"code": 500}, "code: 500"),
        ({"status": "error", "data": None}, "status: error"),
        ({"errcode": -1, "errmsg": "bad"}, "bad"),
        ({"ok": False, "message": "x"}, "x"),
        ({"code": 0, "data": []}, None),
        ({"code": 200, "msg": "success", "rows": []}, None),
        ({"code": 404, "msg": "暂无数据"}, None),
        ({"code": "1", "state": 1, "rows": []}, None),
    ],
)  # fmt: skip
def test_an_answer_of_data_that_is_a_failure(answer, words):
    found = parsers.links(parsers.Payload(f"{HOST}/api", json.dumps(answer, ensure_ascii=False).encode()))
    assert found.obstacle == (f"failed: {words}" if words else None)


@pytest.mark.parametrize(
    ("script", "titles"),
    [
        (f"var itemObj = {json.dumps(ODD, ensure_ascii=False)};", ["政务访谈第1期", "政务访谈第2期", "政务访谈第3期"]),
        ("var itemObj=[{aT:'做好供暖',aPd:'2021-12-23',aU:'/ft/1001.html'},{aT:'做好供水',aPd:'2021-12-24',aU:'/ft/1002.html'}];", ["做好供暖", "做好供水"]),
        ("var zx = {total:2, arr:[{bt:'做好供暖',sj:'2021-12-23',dz:'1001.shtml'},{bt:'做好供水',sj:'2021-12-24',dz:'1002.shtml'}]};", ["做好供暖", "做好供水"]),
        ("window.pageData={list:[{title:'做好供暖',url:'/ft/1.html'},{title:'做好供水',url:'/ft/2.html'}]}", ["做好供暖", "做好供水"]),
        ("var menu=[{name:'首页',url:'/'},{name:'信息公开',url:'/xxgk/'},{name:'在线访谈',url:'/zxft/'}]", []),
        ("var imgs=[{title:'县长调研',url:'/xw/1.html',img:'/a.jpg'},{title:'书记讲话',url:'/xw/2.html',img:'/b.jpg'}]", []),
    ],
)  # fmt: skip
def test_a_list_in_a_script(script, titles):
    page = f"<html><head><title>在线访谈</title></head><body><div id=l></div><script>{script}</script></body></html>"
    found = parsers.links(parsers.Payload(f"{HOST}/ft/", page.encode(), "text/html"))
    assert [item.title for item in found.items] == titles
