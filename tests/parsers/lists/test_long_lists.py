"""A list of thousands of entries costs what its entries cost, one by one."""

import pytest
from support.growth import exponent

import parsers

URL = "http://www.qinghe.example/zxft/index.html"


def dated(count):
    """Rows of a link and a date."""
    return "<ul>" + "".join(
        f'<li><a href="/zxft/t20210{1 + n % 9}25_{n}.html" title="县水务局局长谈供水第{n}期">县水务局局长谈供水第{n}期</a><span>2021-0{1 + n % 9}-25</span></li>'
        for n in range(count)
    ) + "</ul>"  # fmt: skip


def short(count):
    """Rows of few words, numbers in a table beside them."""
    rows = "".join(f'<tr><td>{n}</td><td><a href="/ft/{n}.html">访谈第{n}期</a></td></tr>' for n in range(count))
    return f"<table>{rows}</table>"


def headed(count):
    """A heading that names the section, an entry and a "more" for each box."""
    return "".join(
        f'<div><h3>在线访谈{n}</h3><ul><li><a href="/a/{n}.html">做好冬季供暖第{n}场</a></li></ul><a class="more" href="/l/{n}/">更多</a></div>'
        for n in range(count)
    )


def headings(count):
    """Headings side by side, and one "more" behind them all."""
    return f"<div>{''.join(f'<h3>在线访谈{n}</h3>' for n in range(count))}<a href='/l/'>更多</a></div>"


def buttons(count):
    """One "load more" for each box, and a script that grows with them."""
    scripts = "".join(f"var shown{n} = 1; function box{n}(p) {{ show(p, {n}); }} " for n in range(count))
    return "".join('<a onclick="more(1)">加载更多</a>' for _ in range(count)) + f"<script>{scripts}</script>"


def own_buttons(count):
    """The same, each with a function, an id and classes of its own."""
    rows = "".join(f'<p id="b{n}" class="c{n} d{n}" onclick="box{n}(1)"><b>点击加载更多</b></p>' for n in range(count))
    scripts = "".join(f"var shown{n} = 1; function box{n}(p) {{ show(p, {n}); }} " for n in range(count))
    return f"{rows}<script>{scripts}</script>"


def one_button(count):
    """One that names many functions and classes."""
    calls, words = ";".join(f"box{n}(1)" for n in range(count)), " ".join(f"c{n}" for n in range(count))
    scripts = "".join(f"var shown{n} = 1; function box{n}(p) {{ show(p, {n}); }} " for n in range(count))
    return f'<a class="{words}" onclick="{calls}">加载更多</a><script>{scripts}</script>'


def tabs(count):
    """Tabs without panels, box by box."""
    return "".join("<div><ul><li>在线访谈</li><li>新闻发布会</li></ul></div>" for _ in range(count))


def tabs_side_by_side(count):
    """The same in one box, and what follows is of many kinds."""
    return "".join("<ul><li>在线访谈</li><li>新闻发布会</li></ul><p>县政府</p><div>互动</div>" for _ in range(count))


def wide_tabs(count):
    """Few tabs that hold all headings of the page."""
    heads = "".join("<p><span>在线访谈</span></p>" for _ in range(count))
    return f"<div>{''.join(f'<section>{heads}</section>' for _ in range(3))}</div>"


@pytest.mark.parametrize("make", [dated, short, headed, headings, buttons, own_buttons, one_button, tabs, tabs_side_by_side, wide_tabs])  # fmt: skip
def test_cost_grows_with_the_entries_alone(make):
    pages = {
        count: parsers.Payload(URL, f"<html><head><title>在线访谈</title></head><body>{make(count)}</body></html>".encode())
        for count in (250, 500, 1000)
    }  # fmt: skip
    assert exponent(parsers.links, pages) < 1.5


def test_every_entry_is_read():
    found = parsers.links(parsers.Payload(URL, f"<html><body>{dated(3000)}</body></html>".encode()))
    assert len(found.items) == 3000
    assert all(item.date for item in found.items)
