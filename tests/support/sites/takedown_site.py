"""A small section for takedowns: a talk that changes, a talk in two pages, a talk printed twice, an address that moved; two crawls of it."""

from support.running import fangtan
from support.servers.oddserver import OddServer, plain

from archive.collection.folder import Collection

LIST = (
    "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h1>在线访谈</h1><ul>{}</ul></body></html>"
)
ITEM = "<li><a href='{}'>{}</a><span>2021-03-0{}</span></li>"
PAGE = "<html><head><meta charset='utf-8'><title>{0}</title></head><body><h1>{0}</h1><div id='zoom'>{1}</div>{2}</body></html>"
#: Words that stand in one talk only.
NEEDLE = "龘靐村水渠"


def talk(guest, place, figure, more=""):
    return (
        f"<p>访谈时间：2021年3月{figure % 27 + 1}日</p><p>访谈嘉宾：县水务局局长{guest}</p><p>主持人：各位网友大家好，今天我们请来了{guest}局长，请问{place}今年的目标是多少？</p>"
        f"<p>{guest}：主持人好，各位网友好。今年计划为{place}新增灌溉面积{figure}亩，投资三千万元，惠及群众两万人，工程已经在上月开工。</p>"
        f"<p>主持人：那么资金从哪里来，工程什么时候能够完成？</p><p>{guest}：资金由省级财政和{place}自筹两部分组成，预计年底全部完成。{more}</p>"
        f"<p>主持人：谢谢{guest}局长。</p>"
    )


def pages(figure=1200):
    twin = talk("赵田禾", "北山乡", 300)
    entries = [
        ("1.html", "第1期访谈：水渠"),
        ("2.html", "第2期访谈：水库"),
        ("3.html", "第3期访谈：梯田"),
        ("/zwgk/3c.html", "第3期访谈：梯田（转）"),
        ("4.html", "第4期访谈：水井"),
    ]
    rows = "".join(ITEM.format(url, title, n) for n, (url, title) in enumerate(entries, 1))
    second = (
        "<p>主持人：第二个问题，水库的坝体是否安全？</p><p>王禾苗：坝体每月检查，去年加固了两处，群众可以放心。</p>"
    )
    return {
        "/zxft/": plain(LIST.format(rows).encode()),
        "/zxft/1.html": plain(PAGE.format("第1期访谈：水渠", talk("李青葙", NEEDLE, figure), "").encode()),
        "/zxft/2.html": plain(PAGE.format("第2期访谈：水库", talk("王禾苗", "西岭水库", 900), "<a href='2_2.html'>下一页</a>").encode()),
        "/zxft/2_2.html": plain(PAGE.format("第2期访谈：水库", second, "<a href='2.html'>上一页</a>").encode()),
        "/zxft/3.html": plain(PAGE.format("第3期访谈：梯田", twin, "").encode()),
        "/zwgk/3c.html": plain(PAGE.format("第3期访谈：梯田（转）", twin, "<p>转自县水务局</p>").encode()),
        "/zxft/4.html": plain(b"", "HTTP/1.1 302 Found", "Location: /zxft/4b.html"),
        "/zxft/4b.html": plain(PAGE.format("第4期访谈：水井", talk("孙麦秋", "南塬", 77), "").encode()),
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
    }  # fmt: skip


def crawled_twice(root):
    """The section crawled before and after a figure in the first talk changed."""
    collection = Collection(root).create()
    table = pages()
    with OddServer(table) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        first = fangtan("crawl", "--delay", "0", url, collection=root)
        table |= pages(1500)
        second = fangtan("crawl", "--delay", "0", "--recheck", "--sweep", url, collection=root)
    assert (first.code, second.code) == (0, 0), (first.out, first.err, second.out, second.err)
    return collection
