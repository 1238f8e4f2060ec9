"""Talks that a page's scripts fetch: what they ask for is found in every usual form; what only asks for patience is no summary."""

import json

import pytest
from support.running import fangtan
from support.servers.oddserver import OddServer, plain

import parsers
from archive.store.store import open_reader

URL = "http://www.yunling.gov.cn.example/ft/show.html?id=9"
GET = ("GET", "http://www.yunling.gov.cn.example/api/talk?id=9", b"")
POST = ("POST", "http://www.yunling.gov.cn.example/api/talk", b"id=9")
HIDDEN = "<input type=hidden id=talkid name=tid value=9>"
FORMS = {
    "apart": ("$.ajax({url:'/api/talk',data:{id:9},success:function(d){show(d)}})", GET),
    "apart, the other way round": ("$.ajax({ data : { 'id' : '9' }, dataType:'json', url : \"/api/talk\" })", GET),
    "posted": ("$.ajax({type:'post',url:'/api/talk',data:{id:9},success:function(d){for(var i=0;i<d.length;i++){add(d[i])}}})", POST),
    "post": ("$.post('/api/talk',{id:'9'},function(d){show(d)},'json')", POST),
    "post of an object": ("var p={id:9};$.post('/api/talk',p,show)", POST),
    "get": ("$.get('/api/talk?id=9',function(d){})", GET),
    "get with data": ("jQuery.getJSON('/api/talk',{id:9},show)", GET),
    "fetch": ("fetch('/api/talk?id=9').then(r=>r.json()).then(show)", GET),
    "fetch with a body": ("fetch('/api/talk',{method:'POST',body:'id=9'})", POST),
    "template": ("const tid=9;fetch(`/api/talk?id=${tid}`).then(show)", GET),
    "sums": ("var base='/api/';var tid='9';var u=base+'talk?id='+tid;$.getJSON(u,show)", GET),
    "set later": ("$(function(){$.getJSON('/api/talk?id='+tid,show)});var tid=9;", GET),
    "hidden field": ("$.getJSON('/api/talk?id='+$('#talkid').val(),show)", GET),
    "hidden field by name": ("var i=$(\"input[name='tid']\").val();$.post('/api/talk',{id:i},show)", POST),
    "hidden field of the document": ("$.getJSON('/api/talk?id='+document.getElementById('talkid').value,show)", GET),
    "attribute": ("$.getJSON('/api/talk?id='+$('#box').attr('data-id'),show)", GET),
    "own parameter": ("$.getJSON('/api/talk?id='+getQueryString('id'),show)", GET),
    "parameters of the address": ("var id=new URLSearchParams(location.search).get('id');fetch('/api/talk?id='+id)", GET),
    "function": ("function load(id){$.getJSON('/api/talk?id='+id,show)}load(9);", GET),
    "request": ("var x=new XMLHttpRequest();x.open('GET','/api/talk?id=9',true);x.send(null)", GET),
    "posted request": ("var x=new XMLHttpRequest();x.open('POST','/api/talk');x.send('id=9')", POST),
    "a part of an answer": ("$('#box').load('/api/talk?id=9 #words')", GET),
    "axios": ("axios.get('/api/talk',{params:{id:9}}).then(show)", GET),
    "axios with options": ("axios({method:'post',url:'/api/talk',data:{id:9}}).then(show)", POST),
}  # fmt: skip


def page(code, body="<div id='box' data-id='9'>正在加载，请稍候……</div>"):
    return f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h1>县教育局局长谈招生</h1>{HIDDEN}{body}<script>{code}</script></body></html>"


def links(source):
    return parsers.links(parsers.Payload(URL, source.encode(), "text/html; charset=utf-8"))


def parse(source, *more):
    return parsers.parse([parsers.Payload(URL, source.encode(), "text/html; charset=utf-8"), *more])


@pytest.mark.parametrize(("code", "wanted"), FORMS.values(), ids=FORMS)
def test_what_a_script_asks_for_is_found(code, wanted):
    found = links(page(code))
    assert found.fragments == found.parts
    asked = [("GET", url, b"") for url in found.fragments] + [(p.method, p.url, p.body) for p in found.posts]
    assert asked == [wanted]
    assert found.obstacle is None, "it can be had without a browser"


@pytest.mark.parametrize(
    "code",
    ["$.ajax({url:'/hits?id=9'})", "$.getJSON('http://other.example/api/talk?id=9',show)", "$.getJSON(unknown+'/talk?id=9',show)",
     "$.post('/api/talk',{id:unknown()},show)", "fetch('/api/talk',{method:'POST',body:JSON.stringify({id:9})})", "$.get()", "fetch(", "$.ajax({url:"],
)  # fmt: skip
def test_what_is_not_known_or_no_talk_is_not_asked_for(code):
    found = links(page(code))
    assert (found.parts, found.posts) == ((), ())
    assert found.obstacle.startswith("behind_script: ")


TALK = (
    "<p>主持人：欢迎。今年的招生政策是什么？</p><p>钱慧：今年的招生政策已经公布，请大家按时报名，我们会做好服务。</p>"
)


def test_a_page_that_shows_its_talk_asks_for_nothing_beside_it():
    found = links(
        page("$.ajax({url:'/api/visitors?id=9'});$.getJSON('/api/weather',show);$.getJSON('/side/list?n=5',show)", TALK)
    )
    assert (found.parts, found.posts, found.obstacle) == ((), (), None)


WAITING = [
    "<div>正在加载...</div>",
    "<p>访谈嘉宾：县教育局局长 钱慧</p><p>访谈时间：2021年12月3日</p><div id='content'>数据加载中</div>",
    "<p>访谈主题：招生政策</p><p>本期访谈邀请县教育局局长钱慧介绍今年义务教育阶段的招生政策，并回答网友的提问，欢迎大家关注。</p><ul id='qa'><li>请稍候</li></ul>",
    "<p>访谈嘉宾：钱慧</p><p>状态：已结束</p><div class='talk-list'></div>",
    "<p>访谈嘉宾：县教育局局长 钱慧</p><span>访谈已结束</span><ul id='record'> </ul>",
    "<p>Loading...</p>",
]  # fmt: skip


@pytest.mark.parametrize("body", WAITING)
def test_what_asks_for_patience_is_no_summary(body):
    source = page("", body)
    record = parse(source)
    assert (record.kind, [f.rule for f in record.flags]) == ("other", ["behind-script"])
    assert links(source).obstacle.startswith("behind_script: ")


PROSE = (
    "<p>12月3日，县教育局局长钱慧做客在线访谈，介绍了今年义务教育阶段的招生政策，并就网友关心的学区划分、报名时间和所需材料等问题一一作了解答。</p>"
    * 3
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (f"{PROSE * 2}<div id='comments'>评论加载中</div>", "summary"),
        (f"{PROSE * 2}<div>正在加载……</div>", "summary"),
        ("<p>访谈嘉宾：钱慧</p><video src='/1.mp4'></video><p>视频加载中，请稍候</p>", "video"),
        (f"{TALK}<div class='list'></div><span>已结束</span>", "transcript"),
        ("<p>访谈嘉宾：钱慧</p><p>访谈时间：2021年12月3日</p><p>访谈主题：招生</p>", "summary"),
    ],
)
def test_what_says_something_itself_is_what_it_is(body, kind):
    source = page("", body)
    assert parse(source).kind == kind
    assert links(source).obstacle is None


ANSWER = json.dumps({"rows": [{"name": "主持人", "content": "今年的招生政策是什么？"}, {"name": "钱慧", "content": "已经公布，请按时报名。"}]})  # fmt: skip


def test_the_answer_makes_a_talk_of_it():
    record = parse(page("$.post('/api/talk',{id:9})"), parsers.Payload(URL, ANSWER.encode(), "application/json"))
    assert (record.kind, len(record.turns), record.flags) == ("transcript", 2, ())


def test_a_talk_that_is_posted_for_is_one_interview_before_and_after_a_rebuild(tmp_path):
    asked = []

    def answer(data):
        asked.append(data.partition(b"\r\n\r\n")[2])
        return plain(ANSWER.encode(), "HTTP/1.1 200 OK") if asked[-1] in (b"id=1", b"id=2") else plain(b"[]")

    rows = "".join(f"<li><a href='/ft/{n}.html'>访谈第{n}期</a><span>2021-12-0{n}</span></li>" for n in (1, 2, 3))
    table = {
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        "/ft/": plain(f"<meta charset='utf-8'><title>在线访谈</title><ul>{rows}</ul>".encode()),
        "/api/talk": answer,
        **{f"/ft/{n}.html": plain(page(f"var i={n};$.post('/api/talk',{{id:i}},show)").encode()) for n in (1, 2)},
        "/ft/3.html": plain(page("show(window.talks[3])").encode()),
    }
    with OddServer(table, close=()) as server:
        result = fangtan(
            "crawl", "--delay", "0", "--json", f"http://127.0.0.1:{server.port}/ft/", collection=tmp_path / "c"
        )
    report = result.rows[0]
    assert sorted(asked) == [b"id=1", b"id=2"]
    assert (result.code, [e["url"].rpartition("/")[2] for e in report["error_list"]]) == (3, ["3.html"])
    assert "browser = true" in report["fix"]

    def stored():
        db = open_reader(tmp_path / "c" / "fangtan.db")
        found = [tuple(row) for row in db.execute("SELECT url, kind, n_turns FROM interviews ORDER BY url")]
        db.close()
        return [(url[-6:], *more) for url, *more in found]

    assert stored() == [("1.html", "transcript", 2), ("2.html", "transcript", 2)]
    assert fangtan("rebuild", collection=tmp_path / "c").code == 0
    assert stored() == [("1.html", "transcript", 2), ("2.html", "transcript", 2)]
