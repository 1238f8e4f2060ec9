"""How lists go on, in every form that is known: what the page says, where its next page is, how many it declares."""

import pytest

import parsers
from parsers.families.calls import with_query
from parsers.page.addresses import Base, absolute

HOST = "http://www.qinghe.example"
HERE = "/hdjl/zxft/"
ROWS = "".join(
    f"<li><a href='/hdjl/zxft/20230{n}/t2023010{n}_1{n}.html'>在线访谈第{n}期：民生</a><span>2023-01-0{n}</span></li>"
    for n in range(1, 8)
)


def links(pager, path=HERE, charset="utf-8"):
    source = f"<html><head><meta charset={charset}><title>在线访谈</title></head><body><ul>{ROWS}</ul><div>{pager}</div></body></html>"
    return parsers.links(parsers.Payload(HOST + path, source.encode(charset), "text/html"))


FORMS = [
    ("<script>Pager({size:12,current:0,prefix:'index',suffix:'html'});</script>", "/hdjl/zxft/", "index_1.html", 12, None),
    ("<script>Pager({size:12,current:3,prefix:'index',suffix:'html'});</script>", "/hdjl/zxft/index_3.html", "index_4.html", 12, None),
    ('<script>new Pager({ pageCount : 12, currentPage : 0, fileName : "list", ext : ".shtml" })</script>', "/hdjl/zxft/", "list_1.shtml", 12, None),
    ('<ul class=\'ewb-page-items clearfix\'><li class=\'ewb-page-li current\'><a>1</a></li><li><a href="javascript:ShowAjaxNewPage(\'categorypagingcontent\',\'/hdjl/\',\'002002001\',2)">2</a></li><li class=\'ewb-page-li ewb-page-noborder ewb-page-num\'><span>1/20</span></li></ul>', "/hdjl/zxft/", "/hdjl/002002001/2.html", 20, None),
    ('<a onclick="ShowAjaxNewPage(\'x\',\'/zmhd/\',\'013001\',2)" href=\'javascript:void(0)\'>下一页</a> <span>1/3</span>', "/hdjl/zxft/", "/zmhd/013001/2.html", 3, None),
    ("<script>Ls.pagination({pageCount: 6, pageIndex: 1})</script>", "/content/column/679?pageIndex=1", "?pageIndex=2", 6, None),
    ("<script>Ls.pagination('#page', {pageCount: 6, pageIndex: 2, url: ''})</script>", "/content/column/679?pageIndex=2", "?pageIndex=3", 6, None),
    ("<script>kkpager.generPageHtml({pno:1,total:6,totalRecords:61,hrefFormer:'index',hrefLatter:'.html',getLink:function(n){return this.hrefFormer+'_'+n+this.hrefLatter}})</script>", "/hdjl/zxft/", "index_2.html", 6, 61),
    ("<script>$('#p').pagination({totalPage: 54, callBack: function(p){ var i=p-1; location.href='index_'+p+'.html' }})</script>", "/hdjl/zxft/", "index_2.html", 54, None),
    ("<script>$('#p').pagination(61,{items_per_page:10,current_page:0,link_to:'index_{n}.html',callback:function(i){return false}})</script>", "/hdjl/zxft/", "index_1.html", 7, 61),
    ("<script>$('#p').pagination(61,{items_per_page:10,callback:function(i){location.href='?page='+(i+1)}})</script>", "/hdjl/zxft/", "?page=2", 7, 61),
    ("<script>$.jqPaginator('#p',{totalPages:6,visiblePages:10,currentPage:1,onPageChange:function(num,type){if(type=='change'){window.location.href='list_'+num+'.html'}}})</script>", "/hdjl/zxft/", "list_2.html", 6, None),
    ("<script>$('#p').twbsPagination({totalPages:6,href:'?page={{number}}'})</script>", "/hdjl/zxft/", "?page=2", 6, None),
    ("<script>laypage({cont:'p',pages:18,curr:1,jump:function(e,first){if(!first){location.href='?page='+e.curr}}})</script>", "/hdjl/zxft/", "?page=2", 18, None),
    ("<script>layui.use('laypage',function(){var laypage=layui.laypage;laypage.render({elem:'p',count:61,limit:10,jump:(obj,first)=>{if(!first)location.href=`list.jsp?p=${obj.curr}`}})})</script>", "/hdjl/zxft/", "list.jsp?p=2", 7, 61),
    ("<script>var total=6;var cur=0;createPageHTML(total,cur,'index','html')</script>", "/hdjl/zxft/", "index_1.html", 6, None),
    ('<script>createPageHTML(6, 0, "list3_1", "html");</script>', "/hdjl/zxft/", "list3_1_1.html", 6, None),
    ("<script>showPages(6,0,'index','shtml')</script>", "/hdjl/zxft/", "index_1.shtml", 6, None),
    ("<a class='current' href='javascript:void(0)'>1</a><a href='index_1.html'>2</a><a href='index_2.html'>3</a> 共<b>61</b>条", "/hdjl/zxft/", "index_1.html", None, 61),
    ("共<b>61</b>条 <b>1</b> <a href='index_1.html'>2</a> <a href='index_2.html'>3</a>", "/hdjl/zxft/", "index_1.html", None, 61),
    ("<a href='index.html'>1</a> <a href='index_1.html'>2</a> <b>3</b> <a href='index_3.html'>4</a> <a href='index_60.html'>61</a> 共 <b>61</b> 页", "/hdjl/zxft/index_2.html", "index_3.html", 61, None),
    ("<a href='index.html'>1</a> <a href='index_1.html'>2</a> <b>3</b> <a href='index_3.html'>4</a> ... <a href='index_9.html'>10</a> 每页 <i>8</i> 条", "/hdjl/zxft/index_2.html?r=1", "index_3.html", None, None),
    ("<ul class='pagination'><li class='active'><span>1</span></li><li><a href='index_1.html'>2</a></li><li><a href='index_2.html'>3</a></li></ul>", "/hdjl/zxft/", "index_1.html", None, None),
    ("<a href='index.html'>1</a><a href='index_1.html'>2</a><a href='index_2.html'>3</a>", "/hdjl/zxft/", "index_1.html", None, None),
    ("<a href='index.html'>[1]</a> [2] <a href='index_2.html'>[3]</a>", "/hdjl/zxft/index_1.html", "index_2.html", None, None),
    ("<table><tr><td><a href='?p=1'>1</a></td><td><font color=red>2</font></td><td><a href='?p=3'>3</a></td><td>共<font color=red>9</font>页</td></tr></table>", "/hdjl/zxft/?p=2", "?p=3", 9, None),
    ('<select onchange="location.href=this.value"><option value=\'index.html\'>1</option><option value=\'index_1.html\'>2</option></select>', "/hdjl/zxft/", "index_1.html", 2, None),
    ('<select onchange="location.href=\'index_\'+this.value+\'.html\'"><option value=1 selected>第1页</option><option value=2>第2页</option><option value=3>第3页</option></select>', "/hdjl/zxft/", "index_2.html", 3, None),
    ("<select onchange='go(this.options[this.selectedIndex].value)'><option value=0>1</option><option value=1>2</option></select><script>function go(v){if(v==0){location='index.html'}else{location='index_'+v+'.html'}}</script>", "/hdjl/zxft/", "index_1.html", 2, None),
    ("<select id='pg'><option value='1'>1/3</option><option value='2'>2/3</option><option value='3'>3/3</option></select><script>$('#pg').change(function(){window.location.href='?page='+$(this).val();});</script>", "/hdjl/zxft/", "?page=2", 3, None),
    ('<select name=\'page\' onchange="goPage(this.value)"><option value=\'1\'>1</option><option value=\'2\'>2</option></select><script>var goPage=function(n){location.href=\'list.jsp?cid=5&page=\'+n;}</script>', "/hdjl/zxft/", "list.jsp?cid=5&page=2", 2, None),
    ("<a href='javascript:go(2)'>2</a> <a href='javascript:go(3)'>3</a><span class=cur>1</span><script>function go(n){window.location='list_'+n+'.html'}</script>", "/hdjl/zxft/", "list_2.html", None, None),
    ("<span class=cur>1</span><a onclick='go(2,9)'>2</a> <a onclick='go(3,9)'>3</a><script>function go(n,c){window.location='list_'+c+'_'+n+'.html'}</script>", "/hdjl/zxft/", "list_9_2.html", None, None),
    ('<a href="javascript:goPage(\'2\')">下一页</a><form name=\'f\' action=\'list.do\' method=\'post\'><input type=hidden name=cid value=7><input type=hidden name=pageNo id=pageNo value=1></form><script>function goPage(n){document.getElementById(\'pageNo\').value=n;document.f.submit();}</script>', "/hdjl/zxft/", "list.do", None, None),
    ("<a href='javascript:nextPage()'>下一页</a><script>var currentPage=1;function nextPage(){currentPage++;location.href='list_'+currentPage+'.html'}</script>", "/hdjl/zxft/", "list_2.html", None, None),
    ("<a href='javascript:nextPage()'>下一页</a><script>var pageNo=1;function nextPage(){location.href='?pageNo='+(pageNo+1)}</script>", "/hdjl/zxft/", "?pageNo=2", None, None),
    ("<a href='javascript:load(2)'>下一页</a><script>function load(n){$.post('/list.do',{pageNo:n,cid:5},function(d){$('#l').html(d)})}</script>", "/hdjl/zxft/", "/list.do", None, None),
    ("<div onclick='more()'>查看更多</div><script>var page=1;function more(){page++;$.getJSON('/api/list?page='+page,show)}</script>", "/hdjl/zxft/", "/api/list?page=2", None, None),
    ("<button id='more'>加载更多</button><script>var p={pageNo:1};$('#more').click(function(){p.pageNo++;$.get('/api/list?n='+p.pageNo,show)})</script>", "/hdjl/zxft/", "/api/list?n=2", None, None),
    ("<a href='list.jsp?startrecord=1&endrecord=7'>1</a><a href='list.jsp?startrecord=8&endrecord=14'>2</a><a href='list.jsp?startrecord=15&endrecord=21'>3</a>", "/hdjl/zxft/list.jsp?startrecord=1&endrecord=7", "list.jsp?startrecord=8&endrecord=14", None, None),
    ("<div class='page'><a class='pg'>首页</a><a class='pg'>上一页</a><a href='index_1.html' class='pg'>下一页</a><a href='index_5.html'>尾页</a> 1/6</div>", "/hdjl/zxft/", "index_1.html", 6, None),
    ("<input type=hidden id=pageCount value=6><input type=hidden id=currentPage value=1><a href=index_1.html>&gt;</a>", "/hdjl/zxft/", "index_1.html", 6, None),
    ('<script>var countPage = 6//共多少页\nvar currentPage = 0//所在页从0开始\nvar prevPage = currentPage-1\nvar nextPage = currentPage+1\nif(countPage>1&&currentPage!=0){document.write(\'<a href="index.html">首页</a>\')}\n document.write(\'<a href="index_\'+nextPage+\'.html">下一页</a>\')</script>', "/hdjl/zxft/", "index_1.html", 6, None),
    ("<a href='index_1.html'>下5页</a><b>1</b><a href='index_1.html'>2</a>", "/hdjl/zxft/", "index_1.html", None, None),
    ("<a rel='next' href='index_1.html'>後頁</a>", "/hdjl/zxft/", "index_1.html", None, None),
    ("<link rel='next' href='index_1.html'>", "/hdjl/zxft/", "index_1.html", None, None),
    ('<span class=\'b-free-read-leaf\'><a href=\'javascript:void(0);\' onclick="javascript:window.location.href=\'index_1.html\'">下一页</a></span>', "/hdjl/zxft/", "index_1.html", None, None),
    ("<div id='pg' data-total='6' data-current='1' data-url='list_{page}.html'></div>", "/hdjl/zxft/", "list_2.html", 6, None),
    ("<div class='pager' pagecount='6' currentpage='0' prefix='index' suffix='html'></div>", "/hdjl/zxft/", "index_1.html", 6, None),
]  # fmt: skip


@pytest.mark.parametrize(("pager", "path", "following", "pages", "entries"), FORMS)
def test_the_next_page_and_what_is_declared(pager, path, following, pages, entries):
    found = links(pager, path)
    here = HOST + path
    wanted = with_query(here, following) if following.startswith("?") else absolute(Base(here), following)
    assert [page.url for page in found.pages] == [wanted]
    assert len(found.items) == 7
    assert found.ways_on == ()
    assert pages is None or found.declared == pages
    assert found.declared_items == entries


def test_a_page_in_gbk_is_read_the_same():
    found = links("共<b>61</b>条 <b>1</b> <a href='?页=2'>2</a> <a href='?页=3'>3</a> 下一页", charset="gbk")
    assert [page.url for page in found.pages] == [f"{HOST}{HERE}?%D2%B3=2"]
    assert found.declared_items == 61


NOT_ON = [
    ("<div class='next'><span>下一篇：</span><a href='/Item/90002.aspx'>县教育局通报开学情况</a></div>", "/hdjl/zxft/"),
    ("<div class='next_one'><label>下一篇：</label><span><a href='/Item/90002.aspx'>县教育局通报</a></span></div>", "/hdjl/zxft/"),
    ("<li class='fr'><span>▪ 下一篇：</span><a href='/Item/90002.aspx'>县教育局</a></li>", "/hdjl/zxft/"),
    ("<a class='next' href='/Item/90002.aspx'>下一条</a>", "/hdjl/zxft/"),
    ("<a class='next' title='下一篇' href='/Item/90002.aspx'>&gt;</a>", "/hdjl/zxft/"),
    ("<p>下一篇：<a class='nextpage' href='/Item/90002.aspx'>&gt;</a></p>", "/hdjl/zxft/"),
    ("<div class='next-page'><a href='/Item/90002.aspx'>县教育局通报开学情况</a></div>", "/hdjl/zxft/"),
    ("<a href='2022/'>2022</a><b>2023</b><a href='2024/'>2024</a>", "/hdjl/zxft/"),
    ("<select onchange='y(this.value)'><option value='2022'>2022</option><option value='2023'>2023</option></select><script>function y(v){location.href='?year='+v}</script>", "/hdjl/zxft/"),
    ("<select name='month'><option value='1'>1</option><option value='2'>2</option></select>", "/hdjl/zxft/"),
    ("<a href='index.html'>1</a><a href='index_1.html'>2</a><b>3</b>", "/hdjl/zxft/index_2.html"),
    ("<table class=cal><tr><td>日</td><td>一</td></tr><tr><td>1</td><td><a href='?d=2'>2</a></td><td>3</td><td><a href='?d=4'>4</a></td></tr></table>", "/hdjl/zxft/"),
    ("<script>Pager({size:12,current:11,prefix:'index',suffix:'html'});</script>", "/hdjl/zxft/index_11.html"),
    ("<script>Pager({size:1,current:0,prefix:'index',suffix:'html'});</script>", "/hdjl/zxft/"),
    ("<script>setTimeout(3,0,'index','html');playPage(2)</script>", "/hdjl/zxft/"),
    ("<a href='#p1'>1</a><a href='#p2'>2</a><div id=p1></div><div id=p2></div>", "/hdjl/zxft/"),
    ("<div class='swiper-pagination'><span class='on'>1</span><span>2</span></div>", "/hdjl/zxft/"),
    ("<ul class='pager'><li>1</li><li class='on'>2</li></ul>", "/hdjl/zxft/"),
    ("<span>1/20</span><script>$('.slide').slide({page:1,total:20,effect:'left'})</script>", "/hdjl/zxft/"),
]  # fmt: skip


@pytest.mark.parametrize(("pager", "path"), NOT_ON)
def test_what_leads_to_no_further_page(pager, path):
    found = links(pager, path)
    assert (found.pages, found.ways_on) == ((), ())


@pytest.mark.parametrize(
    ("pager", "ways"),
    [
        ("<b>1</b> <a href='javascript:route(2)'>2</a> <a href='javascript:route(3)'>3</a>", ["route(2)", "route(3)"]),
        ("<b>1</b> <a onclick='vm.to(2)'>2</a> <a onclick='vm.to(3)'>3</a> <a onclick='vm.to(2)'>下一页</a>", ["vm.to(2)", "vm.to(3)"]),
        ("<select name='page' onchange='vm.to(this.value)'><option>1</option><option>2</option><option>3</option></select>", ["vm.to(this.value)"] * 2),
        ("<b>1</b><a data-page='2' href='javascript:;'>2</a>", ["data-page=2"]),
        ("<div class='pagination' data-total='61' data-size='7' data-current='1'></div>", ["<div pagination 61 7 1>"]),
        ("<a href='#/page/1'>1</a><a href='#/page/2'>2</a><a href='#/page/3'>3</a>", ["#/page/2", "#/page/3"]),
        ("<a href='#!/list/2'>下一页</a>", ["#!/list/2"]),
        ("<ul class='pager'><li class='on'>1</li><li>2</li><li>3</li></ul>", [""]),
    ],
)  # fmt: skip
def test_each_number_that_nobody_can_follow_is_said(pager, ways):
    found = links(pager)
    assert [way.target for way in found.ways_on] == ways
    assert found.pages == ()


def test_the_other_pages_are_known_beside_the_next_one():
    found = links("<b>1</b> <a href='index_1.html'>2</a> <a href='index_2.html'>3</a> … <a href='index_5.html'>6</a>")
    assert [(page.number, page.url.rsplit("/", 1)[1], page.guessed) for page in found.further] == [
        (3, "index_2.html", False),
        (6, "index_5.html", False),
        (4, "index_3.html", True),
        (5, "index_4.html", True),
    ]
    called = links("<script>createPageHTML(4, 1, 'index', 'html')</script>", f"{HERE}index_1.html")
    assert [(page.number, page.url.rsplit("/", 1)[1]) for page in called.pages] == [(3, "index_2.html")]
    assert [(page.number, page.url.rsplit("/", 1)[1]) for page in called.further] == [(4, "index_3.html")]


def test_a_call_says_what_it_declares_in_its_own_words():
    found = links("<script>createPageHTML('page_div',3,1,'list','shtml',41);</script>")
    assert [(d.what, d.number, d.words) for d in found.declarations] == [
        ("pages", 3, "createPageHTML('page_div',3,1,'list','shtml',41)"),
        ("entries", 41, "createPageHTML('page_div',3,1,'list','shtml',41)"),
    ]


def test_forms_and_posts_are_sent_with_their_fields():
    form = "<form name='f' action='list.do' method='post'><input type=hidden name=cid value=7><input type=hidden name=pageNo id=pageNo value=1></form>"
    script = "<script>function goPage(n){document.getElementById('pageNo').value=n;document.f.submit();}</script>"
    (page,) = links(f"<a href=\"javascript:goPage('2')\">下一页</a>{form}{script}").pages
    assert (page.method, page.body, page.number) == ("POST", b"cid=7&pageNo=2", 2)
    load = "<script>function load(n){$.post('/l',{no:n,cid:5},show)}</script>"
    (asked,) = links(f"<a href='javascript:load(2)'>下一页</a>{load}").pages
    assert (asked.method, asked.body) == ("POST", b"no=2&cid=5")


ENTRIES = "".join(
    f"<li><a href='/ft/{n}.html'>第{n}期：县水务局局长谈供水</a><span>2021-02-0{n}</span></li>" for n in (1, 2, 3)
)


def read(more):
    page = f"<html><head><title>在线访谈</title></head><body><ul>{ENTRIES}</ul>{more}</body></html>"
    return parsers.links(parsers.Payload("http://www.a.example/ft/", page.encode()))


def numbers(form, count=3):
    return "".join(form.format(n=n) for n in range(1, count + 1))


@pytest.mark.parametrize(
    ("more", "pages", "ways"),
    [
        (numbers("<span class=pg data-page={n} onclick='go({n})'>{n}</span>"), [], ["2", "3"]),
        (numbers("<a href='javascript:toPage({n})'>{n}</a>"), [], ["2", "3"]),
        (numbers("<a href='javascript:go({n})'>{n}</a>") + "<script>function go(n){location.href='/ft/list-'+n+'.html'}</script>", ["list-2.html", "list-3.html"], []),
        (numbers("<a href='/ft/list-{n}.html'>{n}</a>"), ["list-2.html", "list-3.html"], []),
        (numbers("<li onclick='slide({n})'>{n}</li>"), [], []),
        (numbers("<a href='/day/{n}.html'>{n}</a>", 31), [], []),
        ("<script>var p=1;$(window).scroll(function(){p++;$.get(api+'?p='+p,function(d){})})</script>", [], ["scroll"]),
        ("<script>var p=1;function more(){p+=1;fetch(api+p)} window.addEventListener('scroll',()=>{ if(end()) more() })</script>", [], ["scroll"]),
        ("<script>$(window).scroll(function(){if($(this).scrollTop()>99)$('#top').show()})</script>", [], []),
    ],
)  # fmt: skip
def test_numbers_of_which_none_is_the_readers_and_lists_that_grow_are_no_end(more, pages, ways):
    """Pictures that change and the days of a month are no pager."""
    found = read(more)
    asked = [page.url.rpartition("/")[2] for page in (*found.pages, *found.further)]
    assert (asked, [way.words for way in found.ways_on]) == (pages, ways)


LAST = [
    ("<a href='index_4.html'>尾页</a>", "/hdjl/zxft/", ["index_2.html", "index_1.html"], 4),
    ("<a href='?page=4'>末页</a>", "/hdjl/zxft/", ["?page=2", "?page=1"], 4),
    ("<a href='?page=4&size=7'>最后一页</a>", "/hdjl/zxft/?page=2&size=7", ["?page=3&size=7"], 4),
    ("<a href='?page=3'>Last</a>", "/hdjl/zxft/?page=0", ["?page=1"], 4),
    ("<a href='index_3.html'>尾页</a> 共4页", "/hdjl/zxft/", ["index_1.html"], 4),
    ("<a href='list_4.html'>尾页</a> 第1页/共4页", "/hdjl/zxft/", ["list_2.html"], 4),
    ("<a href='list/4'>»»</a>", "/hdjl/zxft/", ["list/2", "list/1"], 4),
    ("<a href='index_4.html'><img src='l.gif' alt='尾页'></a>", "/hdjl/zxft/index_3.html", ["index_4.html"], 4),
    ("<a href='javascript:go(4)'>尾页</a><script>function go(n){location.href='list_'+n+'.html'}</script>", "/hdjl/zxft/", ["list_2.html"], 4),
]  # fmt: skip


@pytest.mark.parametrize(("pager", "path", "following", "pages"), LAST)
def test_the_last_page_alone_counts_the_pages(pager, path, following, pages):
    found = links(f"<a href='{path}'>首页</a> {pager}", path)
    assert [page.url for page in found.pages] == [absolute(Base(HOST + path), address) for address in following]
    assert (found.declared, found.ways_on) == (pages, ())
    assert len({page.number for page in (*found.pages, *found.further)}) == len(found.pages) + len(found.further)


@pytest.mark.parametrize("words", ["尾 頁", "末　页", "最後一頁", "Last", "»»", "&gt;|", "尾页(4)", "终　頁"])
@pytest.mark.parametrize(
    "form",
    [
        "<a href='index_4.html'>{}</a>",
        "<a href='index_4.html' title='{}'><i></i></a>",
        "<a href='index_4.html'><b><img alt='{}'></b><img alt='{}'></a>",
    ],
)
def test_the_last_page_is_said_in_any_form(words, form):
    assert links(form.replace("{}", words)).declared == 4


def test_a_last_page_that_nobody_can_ask_for_is_said():
    assert [way.target for way in links("<a onclick='vm.to(4)'>尾页</a>").ways_on] == ["vm.to(4)"]
    assert links("<a data-page='4' href='javascript:;'>尾页</a>").declared == 4
    assert links("<a href='end.html'>尾页</a>").ways_on


@pytest.mark.parametrize(
    ("pager", "path"),
    [
        ("<a href='index_4.html'>尾页</a>", "/hdjl/zxft/index_4.html"),
        ("<a href='index.html'>尾页</a>", "/hdjl/zxft/"),
        ("<a href='/zwgk/'>>></a>", "/hdjl/zxft/"),
        ("<a href='javascript:;'>尾页</a>", "/hdjl/zxft/"),
    ],
)
def test_the_last_page_leads_on_no_more(pager, path):
    found = links(pager, path)
    assert (found.pages, found.ways_on) == ((), ())


EARLIER = [
    ("<a onclick='showOld()'>往期</a> 共7条", [("showOld()", "往期")], []),
    ("<ul><li class='cur'>最新访谈</li><li onclick='vm.tab(2)'>往期回顾</li></ul>", [("vm.tab(2)", "往期回顾")], []),
    ("<a href='javascript:tab(2)'>历史访谈</a>", [("tab(2)", "历史访谈")], []),
    ("<span @click='x(2)'>更多往期</span>", [("", "更多往期")], []),
    ("<a href='javascript:;' class='old'>以前</a><script>$('.old').click(function(){api.old(2)})</script>", [("", "以前")], []),
    ("<a href='/hdjl/wqft/'>往期回顾</a>", [], ["/hdjl/wqft/"]),
    ("<a onclick=\"location.href='/hdjl/wqft/'\">往期节目</a>", [], ["/hdjl/wqft/"]),
    ("<a onclick='tab(2)'>往期</a><script>function tab(n){$('.t').hide();$('#t'+n).show()}</script>", [], []),
    ("<a onclick='tab(2)'>往期</a><script>function tab(n){$('#t').show();$.get(api(n),put)}</script>", [("tab(2)", "往期")], []),
    ("<ul><li onclick='vm.tab(1)'>最新</li><li class='cur' onclick='vm.tab(2)'>往期</li></ul>", [], []),
    ("<h2>往期回顾</h2><a href='/lishi/'>历史</a>", [], []),
]  # fmt: skip


@pytest.mark.parametrize(("more", "ways", "lists"), EARLIER)
def test_earlier_talks_are_followed_or_said(more, ways, lists):
    """Numbers that the page meets speak of what it shows: they do not answer for the earlier talks."""
    found = links(more)
    assert [(way.target, way.words) for way in found.ways_on] == ways
    assert [item.url for item in found.lists] == [HOST + path for path in lists]
