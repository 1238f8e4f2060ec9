"""Every bound has a reader, and says its name when it is met."""

import re
from types import SimpleNamespace

import pytest
from support.running import HERE, ROOT

import parsers
from archive.collection.folder import Collection
from archive.collection.sites import Site
from crawler.process import settings_for
from crawler.run.guard import Guard
from crawler.run.options import Options
from parsers import limits
from parsers.errors import PageTooLarge
from parsers.families import by_name
from parsers.lists import served as listed
from parsers.page import lines
from parsers.page.addresses import Base
from parsers.talk import assembly, fragments

NAMES = [name for name in vars(limits) if name.isupper()]
TALK = "<p>主持人：请介绍情况。</p><p>孙立：我们细化措施。</p>" * 4


def page(body):
    html = f"<html><head><meta charset=utf-8><title>访谈</title></head><body><h1>访谈</h1>{body}</body></html>"
    return parsers.Payload("http://a.example/1.html", html.encode(), "text/html")


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_has_a_reader_and_a_test(name):
    code = [p.read_text("utf-8") for folder in ("parsers", "archive") for p in (ROOT / folder).rglob("*.py")]
    assert any(re.search(rf"from parsers\.limits import .*\b{name}\b", text) for text in code)
    tests = [p.read_text("utf-8") for p in HERE.rglob("test_*.py")]
    assert any(f"import {name}" in text or f'"{name}"' in text for text in tests)


@pytest.mark.parametrize(("module", "name"), [(lines, "MAX_LINES"), (assembly, "MAX_TURNS")])
def test_a_page_beyond_a_limit_is_refused_by_its_name(monkeypatch, module, name):
    assert len(parsers.parse([page(TALK)]).turns) == 8
    monkeypatch.setattr(module, name, 5)
    with pytest.raises(PageTooLarge, match=name):
        parsers.parse([page(TALK)])


def test_a_served_talk_of_too_many_parts_ends(monkeypatch):
    served = {"pageIndex": 2, "pageSize": 10, "total": 100, "pageCount": 10}
    assert fragments.following_part(served, "http://a.example/api?pageIndex=2") != ()
    monkeypatch.setattr(fragments, "MAX_PARTS", 2)
    assert fragments.following_part(served, "http://a.example/api?pageIndex=2") == ()


def test_scripts_beyond_a_size_are_not_searched(monkeypatch):
    script = 'var list = [{"title": "县长谈春耕生产安排", "url": "/ft/202101/t20210101_1.html", "date": "2021-01-01"}];'
    family = by_name("generic")
    assert len(listed.embedded(script, Base("http://a.example/ft/"), family)) == 1
    monkeypatch.setattr(listed, "MAX_SCRIPT", 10)
    assert listed.embedded(script, Base("http://a.example/ft/"), family) == []


def test_the_defaults_of_the_collection_hold_where_a_site_says_nothing(tmp_path):
    (tmp_path / "fangtan.toml").write_text("[defaults]\nmax_pages = 7\nmax_bytes = 5000\ndelay = 2\n", "utf-8")
    collection = Collection(tmp_path)
    plain = Site("x", "x", ("http://a.example/",))
    own = Site("x", "x", ("http://a.example/",), max_pages=9, max_bytes=9000, delay=3.0)
    for site, expected in ((plain, (7, 5000, 2.0)), (own, (9, 9000, 3.0))):
        guard = SimpleNamespace(site=site, collection=collection, options=Options())
        values = settings_for(collection, site)
        assert (Guard.max_pages.fget(guard), Guard.max_bytes.fget(guard), Guard.delay.fget(guard)) == expected
        assert values.getint("DOWNLOAD_MAXSIZE") == expected[1]
