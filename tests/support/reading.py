"""A page read from its body alone."""

import parsers

HEAD = "<html><head><meta charset='utf-8'></head><body><h1>关于民生的访谈</h1><div id='zoom'>"


GUEST = "<p>访谈嘉宾：县林草局副局长孙立</p>"


def read(body, head=HEAD + GUEST):
    return parsers.parse(
        [parsers.Payload("http://a.example/zxft/1.html", f"{head}{body}</div></body></html>".encode())]
    )
