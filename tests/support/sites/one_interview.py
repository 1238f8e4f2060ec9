"""A site with one interview."""

from support.servers.oddserver import PAGE, plain

ITEM = "<li><a href='/zxft/t20210101_{0}.html'>第{0}期访谈：民生话题</a><span>2021-01-01</span></li>"


def section(*numbers):
    items = "".join(ITEM.format(n) for n in numbers)
    return plain(
        f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{items}</ul></body></html>".encode()
    )


def article(number):
    return plain(PAGE.format(f"第{number}期访谈").encode())


def table(**more):
    base = {
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        "/zxft/": section(1, 2),
        "/zxft/t20210101_1.html": article(1),
        "/zxft/t20210101_2.html": article(2),
    }
    return {**base, **{k: v for k, v in more.items() if v is not None}}
