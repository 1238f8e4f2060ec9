"""What leads to an interview section, in every form that is known; and what only looks like it."""

import pytest

import parsers

HOST = "http://www.qinghe.example/"
NEWS = "".join(
    f"<li><a href='/xw/t2023010{n}_1.html'>县里召开会议研究工作之{n}</a><span>2023-01-0{n}</span></li>"
    for n in range(1, 5)
)


def links(body, charset="utf-8", url=HOST, title="青河县人民政府"):
    page = f"<html><head><meta charset={charset}><title>{title}</title></head><body><div class=nav><a href='/'>首页</a><a href='/xxgk/'>信息公开</a></div><ul>{NEWS}</ul>{body}</body></html>"
    return parsers.links(parsers.Payload(url, page.encode(charset), "text/html"))


WAYS = [
    ("<ul class='TAB_CLICK'><li><a href='javascript:void(0);'>投诉选登</a></li><li><a href='javascript:void(0);'>在线访谈</a></li></ul><div class='tabshow'><ul></ul><a href='zmhd/zxts.htm'>更多+</a></div><div class='tabshow dn'><ul><li><a href='info/1068/9001.htm'>住建局问答实录</a></li></ul><a class='m-btn2' href='zmhd/zxft.htm'>更多+</a></div>", ["zmhd/zxft.htm"]),
    ('<div class=tabs><span onmouseover="setTab(\'one\',1,3)">调查</span><span onmouseover="setTab(\'one\',2,3)">在线访谈</span><span onmouseover="setTab(\'one\',3,3)">信箱</span></div><div><div id=con_one_1><a href=\'/a/\'>更多</a></div><div id=con_one_2 style=\'display:none\'><a href=\'/col/col9/\'>更多&gt;&gt;</a></div><div id=con_one_3><a href=\'/c/\'>更多</a></div></div>', ["col/col9/"]),
    ("<ul class='nav-tabs'><li><a href='#t1'>信箱</a></li><li><a href='#t2'>在线访谈</a></li></ul><div class='tab-content'><div id=t1><a href='/a/'>更多</a></div><div id=t2><a href='/b/list.html'>more&gt;</a></div></div>", ["b/list.html"]),
    ("<div class='hd'><ul><li>信箱</li><li>访谈</li></ul></div><div class='bd'><ul><li><a href='/a/1.html'>来信</a></li><li class=m><a href='/a/'>更多</a></li></ul><ul><li><a href='/b/1.html'>县长访谈实录一</a></li><li class=m><a href='/b/'>更多</a></li></ul></div>", ["b/"]),
    ("<div><h3>在线访谈</h3><a href='/col/col123/index.html' class='more'>更多&gt;&gt;</a></div>", ["col/col123/index.html"]),
    ("<div class=t><span>在线访谈</span><em><a href='/col/col123/index.html'><img src=m.gif alt='更多'></a></em></div>", ["col/col123/index.html"]),
    ("<table><tr><td><b>在线访谈</b></td><td align=right><a href='/col/col123/'>more...</a></td></tr></table>", ["col/col123/"]),
    ("<div class=bt><a>在线访谈</a><a class=more href='/f/'>+</a></div>", ["f/"]),
    ("<div class=x><div class=t>通知公告<a href='/tz/'>更多</a></div><div class=t>在线访谈<a href='/f2/'>更多</a></div></div>", ["f2/"]),
    ("<dl><dt>在线访谈</dt><dd><a href='/f3/' title='更多'></a></dd></dl>", ["f3/"]),
    ("<a href='/hdjl/zxft/'><img src='images/ft.jpg'></a>", ["hdjl/zxft/"]),
    ("<a href='/hdjl/zxft_29680/'><img src='images/1.jpg'></a>", ["hdjl/zxft_29680/"]),
    ("<a href='/col/col9/'><img src='/images/zxft.png'></a>", ["col/col9/"]),
    ("<a href='/talk/'>访谈</a>", ["talk/"]),
    ('<script>document.writeln("<a href=\\"/col/col9/index.html\\">在线访谈</a>")</script>', ["col/col9/index.html"]),
    ('<script>document.write(\'<li><a href="/col/col9/">\');document.write(\'在线访谈</a></li>\');</script>', ["col/col9/"]),
    ('<script>document.write(unescape(\'%3Ca href="/col/col9/"%3E%u5728%u7EBF%u8BBF%u8C08%3C/a%3E\'))</script>', ["col/col9/"]),
    ("<script>var menu=[{name:'县长信箱',url:'/xzxx/'},{name:'在线访谈',url:'/hdjl/ft/'}]</script>", ["hdjl/ft/"]),
    ("<script>menu.add('在线访谈','/hdjl/ft/list.html');</script>", ["hdjl/ft/list.html"]),
    ("<script>$('#n').html(`<a href='/ftt/'>在线访谈</a>`)</script>", ["ftt/"]),
    ("<select onchange='go(this.value)'><option value=''>互动</option><option value='/hdjl/zxft/'>在线访谈</option></select>", ["hdjl/zxft/"]),
    ("<map name=m><area shape=rect href='/hdjl/b/' alt='在线访谈'></map>", ["hdjl/b/"]),
    ("<map name=m><area shape=rect href='/hdjl/b/' title='在线访谈'></map>", ["hdjl/b/"]),
    ("<map name=m><area shape=rect href='/hdjl/zxft/'></map>", ["hdjl/zxft/"]),
    ('<a href=\'#\' onclick="location.href=\'/zx/\'">在线访谈</a>', ["zx/"]),
    ('<li onclick="window.open(\'/zx/\')">在线访谈</li>', ["zx/"]),
    ('<input type=button value=\'在线访谈\' onclick="window.location=\'/zx/\'">', ["zx/"]),
    ('<a href=\'javascript:window.open("/zx/")\'>在线访谈</a>', ["zx/"]),
    ("<a href='&#xD;&#xA;\t/hdjl/zx/index.aspx'>在线访谈</a>", ["hdjl/zx/index.aspx"]),
    ("<a href='/a/'>在线访谈</a><a href='/b/'>新闻发布会</a><a href='/c/'>民生热线</a><a href='/d/'>政风行风热线</a>", ["a/", "b/", "c/", "d/"]),
    ("<a href='/zx/'><i></i><p>在线</p><p>访谈</p></a>", ["zx/"]),
    ("<a title='在线访谈' href='/zx/'><img src=a.jpg></a>", ["zx/"]),
]  # fmt: skip


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
@pytest.mark.parametrize(("body", "sections"), WAYS)
def test_a_way_in(body, sections, charset):
    assert [section.url.removeprefix(HOST) for section in links(body, charset).sections] == sections


@pytest.mark.parametrize("body", [
    "<p>电话<a href='/x/'>12345政务服务热线</a></p>",
    "<li><a href='/xw/1.html'>县长做客直播间谈供水</a><span>2023-01-01</span></li>",
    "<h3>通知公告</h3><a href='/tz/'>更多</a>",
    "<script>var t='在线访谈';var img='/i/zxft.png';</script>",
    "<a href='/soft/'><img src='a.jpg'></a>",
    "<div><h3>县长信箱</h3><a href='/xx/'>更多</a></div>",
    "<a href='/xw/'>新闻发布人名单</a>",
    "<div class=tabs><a href='javascript:;'>信箱</a><a href='javascript:;'>访谈</a></div><p>x</p>",
    "<a href='/lxwm/'>投诉举报热线</a>",
    "<span>在线访谈</span>",
    "<a href='/left/'>左边</a><a href='/gift/'><img src=x></a>",
])  # fmt: skip
def test_what_leads_to_no_section(body):
    assert links(body).sections == ()


def test_a_section_leads_to_its_years_and_to_its_full_list():
    years = "<div class='yr'><a href='2021/'>2021年</a><a href='?year=2022'>2022</a><span>2023年</span></div>"
    rows = "".join(f"<li><a href='./t2023010{n}_9.html'>在线访谈第{n}期</a>2023-01-0{n}</li>" for n in range(1, 4))
    other = "<div><h4>通知公告</h4><p><a href='/tz/1.html'>关于放假的通知一</a></p><a href='/tz/'>更多</a></div>"
    page = f"<html><head><title>在线访谈</title></head><body><div><ul>{rows}</ul><a href='more.html'>更多&gt;&gt;</a></div>{years}{other}</body></html>"
    found = parsers.links(parsers.Payload(f"{HOST}hdjl/zxft/", page.encode(), "text/html"))
    assert [(item.url.removeprefix(HOST), item.title) for item in found.lists] == [
        ("hdjl/zxft/2021/", "2021年"),
        ("hdjl/zxft/?year=2022", "2022"),
        ("hdjl/zxft/more.html", "更多"),
    ]
    assert len(found.items) == 3


CHOICES = "".join(f"<option value='{y}'>{y}年</option>" for y in (2024, 2023))
SECTION = "http://www.a.gov.cn/hdjl/zxft/"


def others(extra):
    """What a section of three talks leads to besides its entries: addresses, what is posted, what nobody can follow."""
    rows = "".join(f"<li><a href='./t2023010{n}_9.html'>在线访谈第{n}期</a>2023-01-0{n}</li>" for n in range(1, 4))
    page = f"<html><head><title>在线访谈</title></head><body><div><ul>{rows}</ul>{extra}</div></body></html>"
    found = parsers.links(parsers.Payload(SECTION, page.encode(), "text/html"))
    assert (len(found.items), found.pages) == (3, ())
    urls = [item.url.removeprefix(SECTION) for item in found.lists]
    posts = [f"{post.url.removeprefix(SECTION)} {post.body.decode()}" for post in found.posted_lists]
    return urls, posts, [way.words for way in found.ways_on]


@pytest.mark.parametrize(
    ("extra", "urls", "posts"),
    [
        (f"<select onchange=\"location.href='?nian='+this.value\">{CHOICES}</select>", ["?nian=2024", "?nian=2023"], []),
        (f"<select onchange='nian(this.value)'>{CHOICES}</select><script>function nian(v){{location.href='l_'+v+'.html'}}</script>", ["l_2024.html", "l_2023.html"], []),
        (f"<select id=n onchange='go()'>{CHOICES}</select><script>function go(){{var v=document.getElementById('n').value;window.open('l_'+v+'.html')}}</script>", ["l_2024.html", "l_2023.html"], []),
        (f"<select id=n>{CHOICES}</select><script>$('#n').change(function(){{$.get('d.do',{{nian:$(this).val()}},f)}})</script>", ["d.do?nian=2024", "d.do?nian=2023"], []),
        (f"<select id=n>{CHOICES}</select><script>$('#n').on('change',function(){{$.post('d.do',{{nian:$('#n').val()}},f)}})</script>", [], ["d.do nian=2024", "d.do nian=2023"]),
        (f"<form action=l.do><input type=hidden name=c value=7><select name=nian onchange='this.form.submit()'>{CHOICES}</select></form>", ["l.do?c=7&nian=2024", "l.do?c=7&nian=2023"], []),
        (f"<form action=l.do method=post><select name=nian>{CHOICES}</select><input type=submit></form>", [], ["l.do nian=2024", "l.do nian=2023"]),
        ("<form action=l.do><select name=nian onchange='submit()'><option>2024</option><option selected>2023</option></select></form>", ["l.do?nian=2024"], []),
        ("<ul><li class=on onclick='nian(2024)'>2024年</li><li onclick='nian(2023)'>2023年</li></ul><script>function nian(y){$('#l').load('y.jsp?n='+y)}</script>", ["y.jsp?n=2024", "y.jsp?n=2023"], []),
        ("<a href=\"javascript:nian('2024')\">2024</a><a href=\"javascript:nian('2023')\">2023</a><script>function nian(y){location=y+'/'}</script>", ["2024/", "2023/"], []),
        ("<ul class=nf><li data-y='2024'>2024</li><li data-y='2023'>2023</li></ul><script>$('.nf li').click(function(){location.href='?y='+$(this).attr('data-y')})</script>", ["?y=2024", "?y=2023"], []),
        ("<a href='javascript:;' onclick=\"location.href='m.html'\">更多</a>", ["m.html"], []),
        ("<a href='javascript:void(0)' onclick='gd()'>更多&gt;&gt;</a><script>function gd(){window.location.href='m.html'}</script>", ["m.html"], []),
        ("<a href='#' class='m'>更多</a><script>$('.m').click(function(){window.location='m.html'})</script>", ["m.html"], []),
        ("<a href=\"javascript:gd('m.html')\">查看更多</a>", ["m.html"], []),
        ("<a href='javascript:;' onclick=\"gd('zxft')\">更多</a><script>function gd(id){window.open('l.jsp?c='+id)}</script>", ["l.jsp?c=zxft"], []),
        ("<a class=more data-href='m.html'>MORE+</a>", ["m.html"], []),
        ("<div><a href='?m=1'>1月</a><a href='?m=2'>2月份</a></div>", ["?m=1", "?m=2"], []),
        ("<div><a href='?q=1'>第一季度</a><a href='?q=2'>第二季度</a></div>", ["?q=1", "?q=2"], []),
        ("<ul><li onclick=\"s(1)\">第1季</li><li onclick=\"s(2)\">第2季</li></ul><script>function s(n){location.href='s'+n+'.html'}</script>", ["s1.html", "s2.html"], []),
        ("<p><a href='?st=1'>正在进行</a><a href='?st=2'>已结束</a><a href='?st=0'>即将开始</a></p>", ["?st=1", "?st=2", "?st=0"], []),
        ("</div><div><a href='old.html'>2019年以前的访谈</a>", ["old.html"], []),
        ("</div><div class=tab><a href='all.html'>查看全部访谈</a>", ["all.html"], []),
        ("<iframe src='page.html' height=40></iframe>", ["page.html"], []),
    ],
)  # fmt: skip
def test_a_choice_or_a_click_leads_to_other_lists(extra, urls, posts):
    assert others(extra) == (urls, posts, [])


@pytest.mark.parametrize(
    ("extra", "ways"),
    [
        (f"<select onchange='vm.nian(this.value)'>{CHOICES}</select>", ["2023年"]),
        (f"<select v-model='nian' @change='load'>{CHOICES}</select>", ["2023年"]),
        (f"<select id=n>{CHOICES}</select><script src=list.js></script>", ["2023年"]),
        ("<a class=on href=\"javascript:vm.n('2024')\">2024</a><a href=\"javascript:vm.n('2023')\">2023</a>", ["2023"]),
        ("<a href='javascript:;' onclick='vm.gd()'>更多</a>", ["更多"]),
        ("<a href='#' class=m>更多</a><script src=list.js></script>", ["更多"]),
        ("<a onclick='vm.m(1)' class=on>1月</a><a onclick='vm.m(2)'>2月</a>", ["2月"]),
        ("<a onclick='api.st(1)' class=on>正在进行</a><a onclick='api.st(2)'>已结束</a>", ["已结束"]),
    ],
)
def test_a_choice_or_a_click_that_nobody_understands_is_said(extra, ways):
    assert others(extra) == ([], [], ways)


@pytest.mark.parametrize(
    "extra",
    [
        f"<form action=l.do><select name=n onchange='submit()'><option value=''>全部</option>{CHOICES}</select></form>",
        f"<form action=/s><input name=q><select name=n>{CHOICES}</select><button>搜索</button></form>",
        "<select onchange='go(this.value)'><option value=2024>2024</option></select>",
        "<a href='#' class=m>更多</a>",
        "<a class=cur href='?'>全部</a><a onclick='vm.m(1)'>1月</a><a onclick='vm.m(2)'>2月</a>",
        "<i onclick='t(1)'>已结束</i><i onclick='t(2)'>已结束</i><i onclick='t(3)'>正在进行</i>",
        "</div><div><p><a href='/tz/1.html'>关于放假的通知</a></p><a href='javascript:;' onclick='gd(3)'>更多</a>",
    ],
)
def test_what_shows_no_other_list_leads_to_none(extra):
    """All years are shown, a search, a single year, a link that does nothing, the "more" of another column."""
    assert others(extra) == ([], [], [])


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        ("<iframe src='inner.html' width='100%' height='900'></iframe>", ["hdjl/zxft/inner.html"]),
        ("<iframe src='/sub/list.html'></iframe>", ["sub/list.html"]),
        ("<iframe src='/col/col701/index.html' width=460 height=120></iframe>", []),
        ("<iframe src='/module/visitcount/visit.jsp?type=3' style='width:0;height:0;display:none'></iframe>", []),
        ("<iframe src='/header.html' width='100%' height='80'></iframe><iframe src='list.jsp?id=5' height=700></iframe>", ["hdjl/zxft/list.jsp?id=5"]),
        ("<iframe src='http://weather.example/x'></iframe>", []),
    ],
)  # fmt: skip
def test_a_list_may_stand_in_a_frame(frame, found):
    page = f"<html><head><title>在线访谈</title></head><body><h2>在线访谈</h2>{frame}</body></html>"
    links_ = parsers.links(parsers.Payload(f"{HOST}hdjl/zxft/index.html", page.encode(), "text/html"))
    assert [s.url.removeprefix(HOST) for s in links_.sections if s.title == "iframe"] == found


def test_talks_below_a_heading_that_leads_nowhere_are_a_list():
    block = """<div class="z-zxft"><h3> 在线访谈</h3><li class="pic"><a href="&#xD;&#xA;\t/Government/Interview/Interview.aspx?InterviewId=13"><img src="/u/1.jpg"></a></li>
    <li class="ft_li">访谈主题：冬季供暖</li><li class="ft_li">访谈时间： 2017年07月27日 16时(星期四)</li></div>"""
    found = links(block)
    assert [(item.url.removeprefix(HOST), item.title, item.date) for item in found.items] == [
        ("Government/Interview/Interview.aspx?InterviewId=13", "冬季供暖", "2017-07-27")
    ]
    assert "访谈时间" in found.items[0].text
    assert found.is_list
    assert links("<div><h3>县长信箱</h3><a href='/xx/1.html'>关于供暖的来信</a></div>").is_list is links("").is_list
