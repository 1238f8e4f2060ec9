"""What stands in a page's place is known by its form: a challenge, a refusal, a notice of maintenance, nothing at all. Ordinary pages are none."""

import pytest

import parsers

URL = "http://www.yunling.gov.cn.example/ft/2.html"
TALK = "<h1>县教育局局长谈招生</h1><p>主持人：欢迎。</p><p>钱慧：谢谢大家，今年的招生政策已经公布。</p>"


def read(source, url=URL, status=200, **more):
    payload = parsers.Payload(url, source.encode(), "text/html; charset=utf-8", status, **more)
    return parsers.links(payload), parsers.parse([payload]).kind


def scripted(code, words="", more=""):
    return f"<html><head><meta charset='utf-8'>{more}</head><body>{words}<script>{code}</script></body></html>"


DEMANDS = {
    "a cookie and a reload in functions": "var a='A1B2';function put(n,v){document.cookie=n+'='+v}function go(x){put('k',x);document.location.reload()}",
    "a cookie alone": "document.cookie='seen=1;path=/';",
    "the name in brackets": "document['cookie']='x=1';window['location']['reload'](true)",
    "escaped names": r"document['\x63\x6f\x6f\x6b\x69\x65']='x=1';location['\x72\x65\x6c\x6f\x61\x64']()",
    "names in pieces": "window['docu'+'ment']['coo'+'kie']='a=1';location['rel'+'oad']()",
    "its own path": "document.cookie='a=1';location.href=location.pathname+location.search",
    "its own address, to a variable": "var h=window.location.href;window.location.replace(window.location.href)",
    "its own address by name": "location.href='/ft/2.html?token=abc'",
    "its own address, relative": "setTimeout(function(){location.href='2.html'},500)",
    "history": "history.go(0)",
    "packed": "eval(function(p,a,c,k,e,d){return p}('0.1=2',3,3,'document|cookie|x'.split('|')))",
    "encoded": "eval(atob('x'));/*cookie*/",
    "in base64": "eval(atob('ZG9jdW1lbnQuY29va2llPSJhPTEiO2xvY2F0aW9uLnJlbG9hZCgp'))",
    "parameters": "location.search='?t='+new Date().getTime()",
    "on load": "function f(){document.cookie='a=b';location.reload()}window.onload=f",
}


@pytest.mark.parametrize("code", DEMANDS.values(), ids=DEMANDS)
def test_a_page_that_only_asks_the_browser_for_something_is_a_challenge(code):
    for words in ("", "<p>请稍候……</p>", "<noscript>请开启浏览器的脚本功能</noscript>", "<div id='box'></div>"):
        if words.startswith("<p>") and code == DEMANDS["a cookie alone"]:
            continue
        links, kind = read(scripted(code, words))
        assert (links.challenge is not None, kind) == (True, "challenge"), words


@pytest.mark.parametrize(
    "source",
    [
        f"<meta http-equiv=refresh content='1;url={URL}?s=1'>",
        "<body onload='document.forms[0].submit()'><form method=post><input type=hidden name=t value=1></form></body>",
        f"<form id=f method=post action='{URL}'><input type=hidden name=t></form><script>document.getElementById('f').submit()</script>",
        scripted("document.cookie='a=1';location.reload()", "<img src='/wait.gif'><p>正在进行安全检查，请稍候</p>"),
        scripted("document.cookie='a=1';location.reload()", "<p>如未跳转请<a href='/ft/2.html'>点击这里</a>，正在跳转</p>"),
        "<script src='/guard.js'></script><script>document.cookie='a=1';location.reload()</script>",
        "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser before accessing</h1><script>setTimeout(function(){location.reload()},3000)</script></body></html>",
    ],
)  # fmt: skip
def test_other_forms_of_asking(source):
    assert read(source)[1] == "challenge"
    assert read(source)[0].challenge


ORDINARY = {
    "a talk with a counter": scripted("document.cookie='n=1'", TALK),
    "a talk that reloads": scripted("setInterval(function(){location.reload()},60000)", TALK),
    "a frame breaker": scripted("if(top!=self){top.location=self.location}", "<div id='app'></div>", "<script src='/a.js'></script>"),
    "a page of scripts": scripted("window.lang='zh'", "<div id='app'></div>", "<script src='/app.js'></script>"),
    "a page of scripts with a language": scripted("document.cookie='lang=zh'", "<div id='app'></div>", "<script src='/app.js'></script>"),
    "a video with a counter": scripted("document.cookie='n=1';", "<video src='/v/1.mp4'></video>"),
    "a picture with a counter": scripted("document.cookie='n=1';", "<img src='/p/talk.jpg'>"),
    "a frame": scripted("document.cookie='n=1'", "<iframe src='/ft/2_body.html'></iframe>"),
    "a shell": scripted("location.href='/ft/3.html'"),
    "a shell with a cookie": scripted("document.cookie='n=1';location.href='/ft/3.html'"),
    "another entry": scripted("location.href='/ft/show.html?id=3'"),
    "the secure form": scripted("if(location.protocol!='https:')location.href='https:'+location.href.substring(5)"),
    "words in a script": scripted("document.cookie='n=1';document.write('" + "今年的招生政策已经公布，请大家按照时间报名。" * 3 + "')"),
    "a live room that is not open": scripted("setTimeout(function(){location.reload()},30000)", "<h1>在线访谈</h1><p>直播尚未开始</p>"),
    "a talk that is fetched": scripted("$.ajax({url:'/api/talk',error:function(){location.reload()}})", "<p>正在加载</p>"),
    "links": scripted("document.cookie='n=1';location.reload", "<a href='/ft/1.html'>上一期</a>"),
    "a safe title": "<h1>县网信办主任谈网络安全</h1><p>访谈嘉宾：县网信办主任钱慧</p><p>上半年拦截恶意访问请求三万次，您的上网安全更有保障。</p>",
    "refused requests": "<h1>县信访局：您的请求不会被拒绝</h1><p>发布时间：2021-12-03</p><p>群众来信件件有答复。</p>",
    "a shield in the foot": f"{TALK}<p>本站由创宇盾提供防护</p>",
    "an upgrade": "<h1>访谈：县供水管网升级改造</h1><p>访谈嘉宾：钱慧</p><p>供水系统升级期间暂停服务三天。</p>",
}  # fmt: skip


@pytest.mark.parametrize("source", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_page_is_none(source):
    links, kind = read(source)
    assert links.challenge is None
    assert kind != "challenge"
    assert not (links.obstacle or "").startswith("maintenance")


REFUSALS = [
    "<h1>您的请求存在安全风险，已被拦截</h1><p>事件ID：20211203 您的IP：192.0.2.4</p>",
    "<h3>访问被拒绝</h3>",
    "<p>抱歉，您的IP地址访问频率过高，已被系统限制访问，请联系管理员。</p>",
    "<p>您的请求带有不合法参数，已被网站管理员设置拦截！</p><p>可能原因：您提交的内容包含危险的攻击请求</p>",
    "<h1>Access Denied</h1><p>You don't have permission to access this page. Reference #18.2</p>",
    "<p>Sorry, you have been blocked</p>",
    "<p>当前访问疑似黑客攻击，已被网站管理员设置为拦截。客户端IP：192.0.2.9</p>",
    "<p>您访问过于频繁，请稍后再试</p>",
]


@pytest.mark.parametrize("body", REFUSALS)
def test_a_firewall_that_refuses_with_200_is_a_ban(body):
    links, kind = read(f"<html><head><title>提示</title></head><body>{body}</body></html>")
    assert links.challenge
    assert links.challenge.startswith("ban:")
    assert kind == "challenge"


NOTICES = [
    ("<h1>系统维护中</h1><p>请稍后访问。</p>", 200),
    ("<p>网站正在升级改版，敬请期待</p>", 200),
    ("<p>因服务器检修，暂停访问，给您带来不便敬请谅解。</p>", 200),
    ("<h1>503 Service Unavailable</h1>", 503),
    ("<h1>系统维护，10月8日恢复</h1>", 503),
    ("<p>服务器繁忙，请稍后再试</p>", 200),
]


@pytest.mark.parametrize(("body", "status"), NOTICES)
def test_a_notice_of_maintenance_is_told_from_the_page(body, status):
    links, kind = read(f"<html><body>{body}</body></html>", status=status)
    assert links.challenge is None
    assert links.obstacle.startswith("maintenance: ")
    assert kind == "other"


@pytest.mark.parametrize(
    "source", ["<html></html>", "<html><body> &nbsp; </body></html>", "<p></p><script>var a=1</script>"]
)
def test_a_page_without_anything_is_empty(source):
    assert read(source)[0].obstacle.startswith("empty: ")
    assert parsers.links(parsers.Payload(URL, b"")).obstacle.startswith("empty: ")


def test_what_shows_something_is_not_empty():
    for body in ("<img src=1.jpg>", "<video src=1.mp4></video>", "<iframe src=/a.html></iframe>", "<p>钱慧</p>"):
        assert read(f"<html><body>{body}</body></html>")[0].obstacle is None
