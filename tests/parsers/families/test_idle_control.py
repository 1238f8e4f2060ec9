"""A pager's control without an address: what a script binds to it is followed, else it is told; one that is switched off is not."""

import pytest

import parsers

ROWS = "".join(
    f"<li><a href='/zxft/{n}.html'>访谈第{n}期：某局谈工作</a><span>2021-01-{n:02d}</span></li>" for n in range(1, 6)
)
PAGE = (
    "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul>{}</ul>{}</body></html>"
)
JS = "<script src='/js/list.js'></script>"
#: A script file that binds a handler nobody understands.
ELSEWHERE = "(function(e){e('.pager').on('click','.next',function(){Z.load(Z.p+1)})})(jQuery)"
TOLD = {
 "span-next-ext": ("<div class='pager'><span class='prev disabled'>上一页</span><span class='next'>下一页</span></div>" + JS, ELSEWHERE),
 "a-js": ("<div class=fy><a href='javascript:;'>下一页</a></div>" + JS,""),
 "a-void": ("<div class=fy><a href='javascript:void(0);' class='next'>下一页</a></div>" + JS,""),
 "a-hash": ("<a href='#' id=nextPage>下一页&gt;</a>" + JS,""),
 "button": ("<button>下一页</button>" + JS,""),
 "button-type": ("<button type='button' class='btn'>下一页</button>" + JS,""),
 "input": ("<input type=button value='下一页'>" + JS,""),
 "data": ("<span data-page='2'>下一页</span>" + JS,""),
 "vue": ("<span @click='next'>下一页</span>" + JS,""),
 "addEL": ("<div id=pg><span class=nx>下一页</span></div>" + JS, "document.querySelector('.nx').addEventListener('click', go)"),
 "byid": ("<div id=pg><span id=nx>下一页</span></div>" + JS, "var n=document.getElementById('nx'); n.onclick=function(){app.n()}"),
 "tail": ("<a href='javascript:;' class='last-page'>尾页</a>" + JS,""),
 "numbers-js": ("<div class='pagination'><a class='cur' href='javascript:;'>1</a><a href='javascript:;'>2</a><a href='javascript:;'>3</a></div>" + JS,""),
 "numbers-span": ("<div class='pagination'><span class='active'>1</span><span>2</span><span>3</span></div>" + JS,""),
 "more": ("<div class='more'>加载更多</div>" + JS,""),
 "more-a": ("<a href='javascript:;' class='loadmore'>点击加载更多</a>" + JS,""),
 "li": ("<ul class=pages><li class=off>上一页</li><li data-i=2>下一页</li></ul>" + JS,""),
 "cursor": ("<span style='cursor: pointer'>下一页</span>" + JS,""),
}  # fmt: skip
FOLLOWED = {
 "count": ("<span class='next'>下一页</span><script>var pageNo=1;$('.next').click(function(){pageNo++;$.get('/api/l?pageNo='+pageNo,show)})</script>",""),
 "count-ext": ("<div class=pager><span class='next'>下一页</span></div>" + JS,"var page=1;$('.pager').on('click','.next',function(){page++;location.href='index_'+page+'.html'})"),
 "data-ext": ("<div class=pager><span class='next' data-page='2'>下一页</span></div>" + JS,"$('.pager').on('click','.next',function(){location.href='index_'+$(this).data('page')+'.html'})"),
}  # fmt: skip
SILENT = {
 "plain": ("<span>首页</span><span>上一页</span><span>下一页</span><span>尾页</span>",""),
 "plain-a": ("<a>下一页</a>",""),
 "disabled": ("<span class='next disabled'>下一页</span>" + JS, ELSEWHERE),
 "dis-a": ("<a href='javascript:;' class='disabled'>下一页</a>" + JS, ELSEWHERE),
 "dis-li": ("<ul><li class='disabled'><a href='javascript:;'>下一页</a></li></ul>" + JS, ELSEWHERE),
 "cursor": ("<a href='javascript:;' style='cursor:default'>下一页</a>" + JS, ELSEWHERE),
 "btn-dis": ("<button disabled>下一页</button>" + JS, ELSEWHERE),
 "one": ("<a href='javascript:;'>下一页</a> 共1页" + JS, ELSEWHERE),
 "one-one": ("<a href='javascript:;'>下一页</a> 1/1" + JS, ELSEWHERE),
 "all": ("<a href='javascript:;'>下一页</a> 共5条" + JS, ELSEWHERE),
 "last": ("<a href='index_1.html'>上一页</a> <a href='javascript:;'>下一页</a>" + JS, ELSEWHERE),
 "last-span": ("<a href='index_1.html'>上一页</a> <span class=next>下一页</span>" + JS, ELSEWHERE),
 "gray": ("<span style='color:#999'>下一页</span>" + JS,""),
 "hidden": ("<div style='display:none'><a href='javascript:;'>下一页</a></div>" + JS,""),
 "superslide": ("<span class='next'>下一页</span>" + JS, "jQuery('.slide').slide({prevCell:'.prev',nextCell:'.next'});"),
 "cur1": ("<div class='pagination'><span class='cur'>1</span></div>" + JS,""),
 "numbers-last": ("<div class='pagination'><a href='javascript:;'>1</a><span class='cur'>2</span></div>" + JS,""),
}  # fmt: skip
TABLES = {"told": TOLD, "followed": FOLLOWED, "silent": SILENT}


def links(pager, files=""):
    payload = parsers.Payload(
        "http://a.example/zxft/", PAGE.format(ROWS, pager).encode(), "text/html; charset=utf-8", 200
    )
    return parsers.Opened(payload).links(files)


def ending(found):
    if found.pages:
        return "followed"
    return "told" if found.ways_on and found.pager == "script-unknown" else "silent"


@pytest.mark.parametrize(("want", "name"), [(want, name) for want, table in TABLES.items() for name in table])
def test_a_control_without_an_address_is_followed_or_told_unless_it_is_switched_off(want, name):
    found = links(*TABLES[want][name])
    assert ending(found) == want, found


def test_the_script_files_of_a_page_with_such_a_control_are_asked_for():
    pager, files = TOLD["span-next-ext"]
    assert links(pager).scripts == ("http://a.example/js/list.js",)
    assert links(pager, files).ways_on[0].words == "下一页"
    assert links(SILENT["disabled"][0]).scripts == ()
