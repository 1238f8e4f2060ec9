"""Rows of a public table, and one talk on one page."""

from support.servers.oddserver import plain

from archive.store.store import open_reader

ITEMS = "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{}</ul></body></html>"


ITEM = "<li><a href='{0}'>{1}</a><span>2021-01-0{2}</span></li>"


TALK = (
    "<html><head><meta charset='utf-8'><title>{0}</title></head><body><h1>{0}</h1><p>访谈嘉宾：县水务局局长{2}</p><p>主持人：今年的目标是多少？</p>"
    "<p>{2}：今年计划新增灌溉面积{1}亩，投资三千万元，惠及群众两万人。</p><p>主持人：谢谢{2}局长。</p></body></html>"
)


def table(area="1200", guest="李青", extra=""):
    return {
        "/zxft/": plain(
            ITEMS.format(
                "".join(ITEM.format(f"/zxft/{n}.html", f"第{n}期访谈：灌溉之{n}", n) for n in (1, 2, 3))
            ).encode()
        ),
        "/zxft/1.html": plain(TALK.format("第1期访谈：灌溉之1", area, guest).encode()),
        "/zxft/2.html": plain(TALK.format("第2期访谈：灌溉之2", "900", "王禾").encode()),
        "/zxft/3.html": plain((TALK.format("第3期访谈：灌溉之3", "300", "赵田") + extra).encode()),
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
    }


def uid_of(collection, path):
    db = open_reader(collection.store)
    try:
        return db.execute("SELECT uid, url, capture FROM interviews WHERE url LIKE ?", (f"%{path}",)).fetchone()
    finally:
        db.close()
