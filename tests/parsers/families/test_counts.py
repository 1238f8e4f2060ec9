"""What a page declares of its list, in whatever words, attributes and scripts; and what counts something else."""

import pytest

import parsers
from parsers.document import Page
from parsers.families.counts import counts_of

ROWS = "".join(
    f"<li><a href='/ft/20230{n}/t2023010{n}_1{n}.html'>在线访谈第{n}期：民生</a><span>0{n}/2{n}</span></li>"
    for n in range(1, 8)
)


def counts(words, charset="utf-8"):
    source = f"<html><head><meta charset='{charset}'><title>在线访谈</title></head><body><div class='main'><ul>{ROWS}</ul><div>{words}</div></div></body></html>"
    payload = parsers.Payload("http://www.qinghe.example/ft/", source.encode(charset), "text/html")
    found = counts_of(Page.open(payload).view)
    return found.pages, found.entries


@pytest.mark.parametrize(
    ("words", "pages", "entries"),
    [
        ("共 <b>61</b> 条", None, 61),
        ("总数：61", None, 61),
        ("总记录数：61", None, 61),
        ("61条记录", None, 61),
        ("共61期", None, 61),
        ("共61场", None, 61),
        ("共61篇", None, 61),
        ("共6页", 6, None),
        ("1-8/61", None, 61),
        ("total: 61", None, 61),
        ("<span>1</span>/<span>6</span> <a href='x'>下一页</a>", 6, None),
        ("<ul class='pages'><li><a>1</a></li><li><a href='2'>2</a></li><li><span>1/6</span></li></ul>", 6, None),
        ("<script>var totalCount = 61;</script>", None, 61),
        ("<script>var pageCount = 6</script>", 6, None),
        ("<script>var countPage = 6//共多少页\n</script>", 6, None),
        ("<input type='hidden' id='totalCount' value='61'>", None, 61),
        ("<input type=hidden name=pageCount value=6>", 6, None),
        ("共<em>61</em>条记录 第<em>1</em>/<em>6</em>页", 6, 61),
        ("共有 61 条信息，共 6 页，每页 10 条", 6, 61),
        ("当前第1页，共6页，共61条", 6, 61),
        ("<table><tr><td>共61条</td><td>每页10条</td><td>页次：1/6</td></tr></table>", 6, 61),
        ("<ul><li>共</li><li>61</li><li>条</li></ul>", None, 61),
        ("共計61條 第1頁/共6頁", 6, 61),
        ("总共61条记录", None, 61),
        ("合计：61条", None, 61),
        ("显示第1-10条，共61条", None, 61),
        ("Showing 1-10 of 61", None, 61),
        ("Total 61 items", None, 61),
        ("Page 1 of 6", 6, None),
        ("记录总数：61　页数：1/6", 6, 61),
        ("信息总数:<font color=red>61</font>", None, 61),
        ("共６１条", None, 61),
        ("共61个视频", None, 61),
        ("共61集", None, 61),
        ("共61条数据，1/6页", 6, 61),
        ("<div class='pagination' data-total='61' data-pages='6'></div>", 6, 61),
        ("<div id='pager' totalpage='6' total='61'></div>", 6, 61),
        ("<el-pagination :total='61' :page-size='10'></el-pagination>", None, 61),
        ("<script>window.totalPages='6'; totalRecords = parseInt('61');</script>", 6, 61),
        ("<script>var recordCount=61,pageSize=10;</script>", None, 61),
        ("首页 上一页 <b>1</b> <a href=2>2</a> <a href=3>3</a> 下一页 尾页 共<b>6</b>页/<b>61</b>条", 6, 61),
        ("<h2>在线访谈<small>（共61期）</small></h2>", None, 61),
        ("累计61期", None, 61),
        ("全部 61 条", None, 61),
        ("<p>共<strong>61</strong>条&nbsp;&nbsp;<strong>1</strong>/<strong>6</strong></p>", 6, 61),
        ("61条 1/6页", 6, 61),
        ("每页15条 共61条", None, 61),
        ("共6页61条", 6, 61),
        ("<span>总计</span><span>61</span>", None, 61),
        ("共 61 项", None, 61),
        ("第1页 (共6页)", 6, None),
        ("<font>共</font><font color='#f00'>61</font><font>篇文章</font>", None, 61),
        ("共有61篇文章", None, 61),
        ("总条数：61", None, 61),
        ("总页数：6", 6, None),
        ("总页：6", 6, None),
        ("总数：61 总页数：6 当前页：1", 6, 61),
        ("数据总量：61", None, 61),
        ("访谈总数：61期", None, 61),
        ("共61个访谈", None, 61),
        ("共九条", None, 9),
        ("共十二期", None, 12),
        ("共二十一条记录", None, 21),
        ("共 <b>一百零三</b> 条", None, 103),
        ("<ul><li>共</li><li>廿一</li><li>篇</li></ul>", None, 21),
        ("总数：十二", None, 12),
        ("一共有十期", None, 10),
        ("首页 上一页 <a href=2>下一页</a> 尾页 共三页 共二十一条", 3, 21),
        ("第一页 共两页", 2, None),
        ("累计壹拾贰场", None, 12),
        ("<p>共6条</p><div>县情概况</div><p>共2页 12条</p>", 2, 12),
        ("共1,206条", None, 1206),
        ("共 <b>12，345</b> 条记录 第1页/共1,235页", 1235, 12345),
        ("共 6 筆資料", None, 6),
        ("Showing 1 to 10 of 61 entries", None, 61),
        ("累计举办访谈 <em>61</em> 期", None, 61),
        ("本栏目共收录二十三期访谈", None, 23),
        ("已发布61期", None, 61),
        ("<a href='?s=0'>全部(61)</a><a href='?s=1'>预告(2)</a>", None, 61),
        ("<script type='application/ld+json'>{\"@type\":\"ItemList\",\"numberOfItems\":61}</script>", None, 61),
        ('<script>window.STATE={"list":{"total":61,"pageSize":10,"rows":[]}}</script>', None, 61),
        ("<script>new Vue({data:{query:{pageNo:1,pageSize:10},totalCount: 61,list:[]}})</script>", None, 61),
        ("<script>$.jqPaginator('#p',{totalCounts:61,pageSize:10,currentPage:1})</script>", None, 61),
        ("<form>第<input name=page value=1>/6页 <input type=submit value=跳转></form>", 6, None),
    ],
)  # fmt: skip
def test_what_is_declared(words, pages, entries):
    assert counts(words) == (pages, entries)


def test_what_is_declared_in_gbk():
    assert counts("共<b>61</b>条记录，第1页/共6页", "gbk") == (6, 61)


@pytest.mark.parametrize(
    "words",
    [
        "每页10条",
        "10条/页",
        "<p>全年共办理61条建议。</p>",
        "12/23",
        "2021/12/23",
        "<span class='date'>12/23</span>",
        "<p>共61条意见建议被采纳</p>",
        "<a href='/x'>共61期：县长谈</a>",
        "电话：1234567",
        "<span>浏览次数：61</span>",
        "<script>var swiper = new Swiper('.s', {count: 5, size: 3, current: 0})</script>",
        "<script>new Vue({data:{total: 0, pageSize: 10}})</script>",
        "<script>var chart = {total: 61, unit: 'km'}</script>",
        "<p>我县已举办61期培训班</p>",
        "<a href='/x'>今天(61)</a>",
        "阅读：61次",
        "点击量 61",
        "61次",
        "<script>var count=61;var total=3;</script>",
        "第61期",
        "第61场",
        "61期",
        "共61位嘉宾",
        "共九位嘉宾",
        "<p>全年共办理九条建议。</p>",
        "第十二期",
        "首页 上一页 下一页 最后一页",
        "<a>第一页</a><a>前一页</a>",
        "上一条 下一条",
    ],
)  # fmt: skip
def test_what_counts_something_else(words):
    assert counts(words) == (None, None)
