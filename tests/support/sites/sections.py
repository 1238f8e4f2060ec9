"""A section and its articles, each under an address of its own making."""

from support.servers.oddserver import plain
from support.tables import TALK

NAMES = ("李青", "王禾", "赵田", "钱江", "孙原", "周立")


def article(n):
    return TALK.format(f"第{n}期访谈：渠道衬砌之{n}", f"{n}700", NAMES[n - 1]).encode()


def section(hrefs, charset="utf-8"):
    rows = "".join(
        f"<li><a href='{h}'>第{n}期访谈：渠道衬砌之{n}</a><span>2021-01-0{n}</span></li>"
        for n, h in enumerate(hrefs, 1)
    )
    page = f"<html><head><meta charset='{charset}'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul>{rows}</ul></body></html>"
    return plain(page.encode("gbk" if charset == "gb2312" else charset)).replace(b"; charset=utf-8", b"")
