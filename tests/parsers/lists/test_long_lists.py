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


@pytest.mark.parametrize("make", [dated, short, headed, headings])
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
