"""Pagers of all makes: where the next page is, how many there are, and that one that is not understood is not passed over."""

import pytest

import parsers

BASE = "http://www.qinghe.example/hdjl/zxft/"
ROWS = "".join(
    f"<li><a href='/hdjl/zxft/20230{n}/t2023010{n}_1{n}.html'>在线访谈第{n}期：民生</a><span>2023-01-0{n}</span></li>"
    for n in range(1, 8)
)


def links(pager, url=BASE):
    source = f"<html><head><title>在线访谈</title></head><body><ul>{ROWS}</ul><div>{pager}</div></body></html>"
    return parsers.links(parsers.Payload(url, source.encode(), "text/html"))


@pytest.mark.parametrize(
    ("header", "following"),
    [
        ('<index_1.html>; rel="next"', "index_1.html"),
        ("<index_1.html>;rel=next", "index_1.html"),
        ('</i.css>; rel=preload; as=style, <index_1.html>; title="a, <b>"; rel="last next"', "index_1.html"),
        ('<index_1.html>; rel="nextish"', None),
        ('<index_1.html>; title="rel=next"', None),
        ('<index_1.html>; rel="prev", <index_2.html>', None),
        ("<in\x00dex_1.html>; rel=next", None),
        ('<index.html>; rel="next', None),
        ("<>; rel=next", None),
    ],
)
def test_a_header_names_the_next_page(header, following):
    source = f"<html><head><title>在线访谈</title></head><body><ul>{ROWS}</ul></body></html>"
    found = parsers.links(parsers.Payload(BASE, source.encode(), "text/html", link=header))
    assert [page.url for page in found.pages] == ([BASE + following] if following else [])


def bare(script):
    """A section whose list has no rows of its own."""
    words = "<p>县人民政府在线访谈栏目邀请各部门负责人与网民交流。</p>" * 3
    source = f"<html><head><title>在线访谈</title></head><body><h2>在线访谈</h2>{words}<ul></ul><script>{script}</script></body></html>"
    return parsers.links(parsers.Payload(BASE, source.encode(), "text/html"))


@pytest.mark.parametrize(
    ("pager", "following"),
    [
        ("<a href='index_1.html'>后页</a>", "index_1.html"),
        ("<a href='index_1.html'>下一頁</a>", "index_1.html"),
        ("<a href='index_1.html'>下一页 ▶</a>", "index_1.html"),
        ("<a href='index_1.html'><img src='n.gif' alt='下一页'></a>", "index_1.html"),
        ("<a href='index_1.html' title='下一页'><i class='r'></i></a>", "index_1.html"),
        ("<a href='index_1.html' aria-label='Next'>&raquo;</a>", "index_1.html"),
        ("<li class='next'><a href='index_1.html'>→</a></li>", "index_1.html"),
        ("<a href='index_9.html'>&gt;&gt;</a><a href='index_1.html'>&gt;</a>", "index_1.html"),
        ("<input type='button' value='下一页' onclick=\"location.href='index_1.html'\">", "index_1.html"),
        ("<span onclick='go(2)'>下一页</span><script>function go(p){location='index_'+(p-1)+'.html'}</script>", "index_1.html"),
        ("<strong>1</strong> <a href='index_1.html'>2</a> <a href='index_2.html'>3</a>", "index_1.html"),
        ("<script>createPage(5,1,'list','html');</script>", "list_2.html"),
        (
            "<script>laypage.render({elem:'p',count:123,limit:15,curr:1,jump:function(o,f){location.href='?page='+o.curr}})</script>",
            "?page=2",
        ),
        ("<div class='page'><a href='index.html'><img src='/i/left.gif'></a><a href='index_1.html'><img src='/i/right.gif'></a></div>", "index_1.html"),
        ("<div class='page'><a href='index.html'><img src='/i/p3.gif'></a><a href='index_1.html'><img src='/i/p4.gif'></a></div>", "index_1.html"),
        ("<div class='pagination'><a href='index_9.html'><i class='fa fa-angle-double-right'></i></a><a href='index_1.html'><i class='fa fa-angle-right'></i></a></div>", "index_1.html"),
        ("<a href='index_1.html'>Older posts</a>", "index_1.html"),
        ("<map name=pg><area alt='下一页' href='index_1.html'></map>", "index_1.html"),
        ("<form><button formaction='index_1.html'>下一页</button></form>", "index_1.html"),
        ("<form><input type=hidden name=page value=2><input type=submit value='下一页'></form>", "?page=2"),
        ("<form>第<input name=page value=1>页<input type=submit name=to value='下一页'></form>", "?page=1&to=%E4%B8%8B%E4%B8%80%E9%A1%B5"),
        ("<select onchange='go(this.value)'><option value='index.html'>1</option><option value='i2.html'>2</option></select>", "i2.html"),
    ],
)  # fmt: skip
def test_the_next_page(pager, following):
    found = links(pager)
    assert [page.url for page in found.pages] == [BASE + following]
    assert found.ways_on == ()
    assert found.pages[0].number == 2
    assert len(found.items) == 7


@pytest.mark.parametrize(
    "pager",
    [
        "<div class='page'><a href='/'><img src='/i/home.gif'></a><a href='/zxft/app_2.html'><img src='/i/app.png'></a></div>",
        "<div class='logo'><a href='index_1.html'><img src='/i/right.gif'></a></div>",
        "<div class='slide-page'><a href='index_1.html'><img src='/i/right.gif'></a></div>",
        "<template><a href='index_1.html'>下一页</a></template>",
        "<form action='/search'><input name=q><input type=submit value='搜索'></form>",
    ],
)
def test_what_turns_no_page(pager):
    assert links(pager).pages == ()


def test_forms_that_are_posted_turn_pages_by_button_picture_and_number():
    state = "<form method=post action='l.aspx'><input type=hidden name=__VIEWSTATE value=v1>"
    by_picture = links(f"{state}<input type=image name=to src='n.gif' alt='下一页'></form>").pages
    assert [(p.url, p.method, p.body) for p in by_picture] == [
        (f"{BASE}l.aspx", "POST", b"__VIEWSTATE=v1&to.x=1&to.y=1")
    ]
    numbers = "".join(f"<a href=\"javascript:__doPostBack('gv','Page${n}')\">{n}</a>" for n in (2, 3))
    found = links(f"{state}<span>1</span>{numbers}</form>")
    asked = [(p.number, p.body.partition(b"ARGUMENT=")[2]) for p in (*found.pages, *found.further)]
    assert asked == [(2, b"Page%242"), (3, b"Page%243")]


@pytest.mark.parametrize(
    "pager",
    [
        "<a href='#' data-page='2'>下一页</a>",
        "<a onclick='route(2)'>下一页</a>",
        "<a href=\"javascript:__doPostBack('p','2')\">下一页</a>",
        "<script>$('#p').pagination({total:46,pageSize:7,callback:function(i){load(i)}})</script>",
        "<div onclick='more()'>加载更多</div>",
        "<div>还有 <b>59</b> 条未显示</div>",
        "<p class='t'>尚有59篇访谈</p>",
        "<button>展開剩餘５９條訪談</button>",
        "<span>其余59条记录没有列出……</span>",
    ],
)
def test_a_further_page_that_nobody_can_ask_for_is_said(pager):
    found = links(pager)
    assert (found.pager, found.pages, len(found.ways_on)) == ("script-unknown", (), 1)


@pytest.mark.parametrize(
    "pager",
    [
        "<span class='disabled'>下一页</span><a href='index_2.html'>上一页</a>",
        "<a>下一页</a><a href='javascript:;'>尾页</a>",
        "<a href='javascript:void(0)'>下一页</a>",
        f"<a href='{BASE}'>下一页</a>",
        "<a class='next' href='javascript:;'>&gt;</a><a class='next' onclick='slide.next(1)'>next</a>",
        "<script>$('#p').pagination({total:7,pageSize:3,callback:function(i){show(i)}})</script>",
        "<a href='/xw/'>加载更多新闻</a>",
        "<p>还有3条评论</p>",
        "<p>还有3个问题没有回答</p>",
        "<p>这一类访谈还有3条未显示的线索。</p>",
    ],
)
def test_no_further_page(pager):
    found = links(pager)
    assert (found.pages, found.pager) == ((), "")


ASKED = [
    ("function load(n){$.ajax({url:'/api/l.do',type:'post',data:{page:n,size:7},success:show})} load(1);", "/api/l.do page=1&size=7"),
    ("$(function(){load(1)});function load(n){$.post('/api/l.do',{pageNo:n},show)}", "/api/l.do pageNo=1"),
    ("function load(p){fetch('/api/l?page='+p).then(show)}\nload(1)", "/api/l?page=1 "),
    ("const load = (p) => { axios.get(`/api/l?pageNum=${p}`).then(show) }; load(1)", "/api/l?pageNum=1 "),
    ("var pageNo=1;function list(){$.getJSON('/api/l',{pageNo:pageNo},show)}list()", "/api/l?pageNo=1 "),
    ("let cur = 0; $.get('/api/l?current=' + cur, show)", "/api/l?current=0 "),
]  # fmt: skip


@pytest.mark.parametrize(("script", "asked"), ASKED)
def test_a_list_that_a_script_asks_for_by_number_is_asked_for(script, asked):
    for found in (bare(script), links(f"<script>{script}</script>")):
        assert [
            f"{page.url.removeprefix('http://www.qinghe.example')} {page.body.decode()}" for page in found.pages
        ] == [asked]
        assert (found.pages[0].number, found.pager, found.ways_on) == (1, "asked", ())


@pytest.mark.parametrize(
    ("script", "way"),
    [
        ("function load(n){$.ajax({url:base+'/list',data:{pageIndex:n}})} load(0)", "load(0)"),
        ("function load(n){$.ajax({url:api[n],data:{page:n,sign:sign(n)}})} load(1)", "load(1)"),
        ("var page=1;function list(){$.post(api.list,{page:page,token:tk()},show)}list()", "$.post(api.list"),
        ("const vm={pageNum:1,list(){axios.post(api,{pageNum:this.pageNum})}}", "axios.post(api"),
        ("let p=1;new IntersectionObserver(e=>{p++;fetch(api(p)).then(show)}).observe(end)", "scroll"),
    ],
)
def test_a_list_that_nobody_can_ask_for_by_number_is_said(script, way):
    for found in (bare(script), links(f"<script>{script}</script>")):
        assert (found.pages, [said.target or said.words for said in found.ways_on]) == ((), [way])


@pytest.mark.parametrize(
    "script",
    [
        "function hit(n){$.get('/hits?id='+n)} hit(1)",
        "function load(n){$('#page'+n).show()} load(1)",
        "load(1)",
        "function load(n){$.get('/l?page='+n,show)}",
        "$.get('/hot?page=1&size=5',show)",
    ],
)
def test_what_a_script_asks_for_without_a_page_is_no_further_page(script):
    found = links(f"<script>{script}</script>")
    assert (found.pages, found.ways_on) == ((), ())


def test_all_that_is_declared_is_here_whatever_a_script_asks_for():
    found = links(f"共7条<script>{ASKED[0][0]}</script>")
    assert (found.pages, found.ways_on) == ((), ())


def test_a_list_without_rows_stands_in_what_its_page_asks_for():
    found = bare("$.getJSON('/api/talks.json', show); $.get('/visit/count', show)")
    assert [(page.url, page.number) for page in found.pages] == [("http://www.qinghe.example/api/talks.json", 1)]
