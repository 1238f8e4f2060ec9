"""A list's rows: their dates, their titles, what counts their readers, and titles of few characters."""

import pytest

import parsers
from crawler.state.known import digest_of, links_from_json, links_to_json

HOST = "http://www.qinghe.example"
OTHERS = "".join(
    f"<li><a href='/ft/9{n}.html'>县教育局局长做客访谈{n}</a><span>2020-03-0{n}</span></li>" for n in (1, 2, 3)
)


def links(rows, more=""):
    page = f"<html><head><title>在线访谈</title></head><body><ul class='list'>{rows}</ul>{more}</body></html>"
    return parsers.links(parsers.Payload(f"{HOST}/hdjl/zxft/", page.encode(), "text/html"))


DATES = [
    ("<a href='/ft/20210426/0.html'>云岭县2021年4月25日在线访谈</a><span class='time'>2021-04-26</span>", "2021-04-26"),
    ("<span class='time'>2021-04-26</span><a href='/ft/0.html'>云岭县2021年4月25日在线访谈</a>", "2021-04-26"),
    ("<a href='/ft/0.html'>云岭县2021年4月25日在线访谈<span class='time'>2021-04-26</span></a>", "2021-04-26"),
    ("<a href='/ft/0.html'><i>2021-04-26</i>云岭县2021年4月25日在线访谈</a>", "2021-04-26"),
    ("<a href='./202109/t20210925_900001.html'>做好冬季供暖</a><span>09-25</span>", "2021-09-25"),
    ("<a href='./201709/t20170925_395989.html'>做好冬季供暖</a><span>[09-25]</span>", "2017-09-25"),
    ("<a href='/art/2017/9/25/art_1_2.html'>做好冬季供暖</a><span>09/25</span>", "2017-09-25"),
    ("<a href='/2017/0925/1.html'>做好冬季供暖</a>9月25日", "2017-09-25"),
    ("<a href='/201709/1.html'>做好冬季供暖</a>(09-25)", "2017-09-25"),
    ("<a href='/201709/1.html'>做好冬季供暖</a>(08-25)", None),
    ("<a href='/ft/1.html'>做好冬季供暖</a>09-25", None),
    ("<a href='/ft/1.html'>做好冬季供暖</a> 访谈时间：2021-04-25 发布时间：2021-04-28", "2021-04-28"),
    ("<a href='/ft/1.html'>2021年4月25日在线访谈</a>", "2021-04-25"),
    ("<a href='/ft/1.html'>做好冬季供暖</a><b>25</b><i>2021-09</i>", "2021-09-25"),
    ("<a href='/ft/1.html'><div><b>25</b><i>2021-09</i></div><p>做好冬季供暖</p></a>", "2021-09-25"),
    ("<a href='/ft/1.html'>做好冬季供暖</a><i>2021.09</i><b>25</b>", "2021-09-25"),
    ("<a href='/ft/1.html'>做好冬季供暖</a><i>09-25</i><b>2021</b>", "2021-09-25"),
    ("<a href='/ft/1.html'>做好冬季供暖</a><span>20210925</span>", "2021-09-25"),
    ("<a href='/ft/1.html'>做好冬季供暖</a><span>2021．09．25</span>", "2021-09-25"),
    ("<a href='/Item/9151.aspx' title='标题：县住建局局长做客访谈&#xD;点击数：131&#xD;发表时间：19年03月04日'>县住建局局长做客访谈</a><span>03-04</span>", "2019-03-04"),
    ("<a href='/ft/1.html'>2019-2020年度供暖</a><span>2021-09-25</span>", "2021-09-25"),
    ("<a href='/ft/t20211224_1.html'>12月23日专访</a><span>12-24</span>", "2021-12-24"),
    ("<a href='/ft/1.html'>做好冬季供暖</a><span>2021-13-45</span>", None),
]  # fmt: skip


@pytest.mark.parametrize(("row", "date"), DATES)
def test_the_date_of_a_row(row, date):
    assert links(f"<li>{row}</li>{OTHERS}").items[0].date == date


TITLES = [
    ("<a title='标题：县住建局局长做客访谈第1期&#xD;点击数：131&#xD;发表时间：19年03月04日' href='/Item/1.aspx'>县住建局局长做客访谈第1期</a>", "县住建局局长做客访谈第1期"),
    ("<a title='标题：县住建局局长做客访谈第1期&#xA;作者：佚名&#xA;点击数：131' href='/Item/1.aspx'>县住建局局长做…</a>", "县住建局局长做客访谈第1期"),
    ("<a title='文章标题：县住建局局长做客访谈第1期 点击数：131' href='/Item/1.aspx'>县住建局局长做...</a>", "县住建局局长做客访谈第1期"),
    ("<a title='点击数：131&#xA;发表时间：19年03月04日 10时20分30秒' href='/Item/1.aspx'>县住建局局长做客</a>", "县住建局局长做客"),
    ("<a title='县住建局局长做客访谈第1期' href='/Item/1.aspx'>县住建局局长…</a>", "县住建局局长做客访谈第1期"),
    ("<a title='县住建局局长做客访谈第1期' href='/Item/1.aspx'>·县住建局局长</a>", "县住建局局长做客访谈第1期"),
    ("<a title='县住建局局长做客访谈第1期' href='/Item/1.aspx'>[文字实录]</a>", "县住建局局长做客访谈第1期"),
    ("<a title='点击打开新窗口查看这条信息的内容' href='/Item/1.aspx'>县住建局局长做客</a>", "县住建局局长做客"),
    ("<a title='县住建局局长做客访谈' href='/Item/1.aspx'>县住建局局长做客访谈 2021-03-04</a>", "县住建局局长做客访谈"),
    ("<a title='浏览次数：61' href='/Item/1.aspx'><img alt='县住建局局长做客访谈' src='a.jpg'></a>", "县住建局局长做客访谈"),
]  # fmt: skip


@pytest.mark.parametrize(("anchor", "title"), TITLES)
def test_the_title_of_an_entry(anchor, title):
    assert links(f"<li>{anchor}<span>2019-03-04</span></li>{OTHERS.replace('/ft/', '/Item/')}").items[0].title == title


def digest(words):
    row = f"<li><a href='/ft/1.html'>县住建局局长做客访谈</a><span>2019-03-04</span>{words}</li>"
    return digest_of(links(row + OTHERS).items[0])


@pytest.mark.parametrize(
    ("words", "later"),
    [
        ("点击：131", "点击：132"),
        ("(浏览 61 次)", "(浏览 62 次)"),
        ("阅读量 1,204", "阅读量 1,205"),
        ("<em>131</em>", "<em>140</em>"),
        ("61人浏览", "70人浏览"),
        ("点击数[61]", "点击数[70]"),
        ("人气：1.2万", "人气：1.3万"),
        ("<i>浏览次数</i><b>61</b>", "<i>浏览次数</i><b>71</b>"),
        ("views: 61", "views: 62"),
    ],
)
def test_counters_never_make_an_entry_another(words, later):
    assert digest(words) == digest(later)


@pytest.mark.parametrize(
    ("words", "later"),
    [
        ("状态：预告", "状态：已结束"),
        ("访谈时间：2021年3月4日", "访谈时间：2021年3月5日"),
        ("嘉宾：钱慧", "嘉宾：孙立"),
    ],
)
def test_what_an_entry_says_makes_it_another(words, later):
    assert digest(words) != digest(later)


@pytest.mark.parametrize(
    "titles",
    [
        [f"第{n}期" for n in range(12, 7, -1)],
        ["医保缴费怎么办", "谈供暖", "招生", "防火"],
    ],
)
def test_entries_of_one_list_belong_together_however_short(titles):
    rows = "".join(
        f"<li><a href='/ft/{n}.html'>{title}</a><span>2021-12-0{9 - n}</span></li>" for n, title in enumerate(titles, 1)
    )
    menu = "<div class='m'><a href='/a/'>首页</a><a href='/b/'>新闻</a><a href='/c/'>公开</a></div>"
    assert [item.title for item in links(rows, menu).items] == titles


TOP = "<li class='top'><a href='/ft/91.html'>[置顶]县教育局局长做客访谈1</a><span>2020-03-01</span></li>"


def test_a_row_that_stands_twice_is_one_entry_and_named_again():
    """A picture and a title in one row are one row; an entry kept on top and in its place are two."""
    found = links(TOP + OTHERS, "<div class='page'>共4条</div>")
    assert len(found.items) == 3
    assert found.repeated == (f"{HOST}/ft/91.html",)
    assert not links(OTHERS.replace("<li>", "<li><a href='/ft/91.html'><img src='1.jpg'></a>", 1)).repeated
    assert links_from_json(links_to_json(found)).repeated == found.repeated
