"""Atom feeds: what RFC 4287 asks for, the talks that the conditions choose, nothing withheld."""

import html
import re
from datetime import datetime
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from support.county_talks import add
from support.reading_room import ask
from support.running import fangtan
from support.talks import talk

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.web.serve import application

ATOM = "{http://www.w3.org/2005/Atom}"
PAGES = tuple(
    (
        f"/zxft/{n}.html",
        f"2024-01-1{n}",
        talk(
            f"第{n}期：群众关心的{said}问题，已经办好；{said}改造{n}公里，群众满意。",
            f"{said}由听证决定，群众可以旁听，第{n}次听证。",
            title=f"{said}访谈",
            day=f"2023年{n + 1}月{n + 1}日",
        ),
    )
    for n, said in enumerate(("供水", "供电<b>&", "道路"))
)


@pytest.fixture
def archived(tmp_path):
    collection = Collection(tmp_path / "c").create()
    ledger.ensure_key(collection)
    return add(collection, PAGES, "first.warc.gz", tmp_path)


def read(app, query, base="http://localhost"):
    """A feed as a stranger's parser has it: its root and its entries."""
    answer = ask(app, f"/interviews.atom?{query}", base=base)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    root = ET.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    return root, root.findall(f"{ATOM}entry")


def test_a_feed_has_what_the_standard_asks_for_and_the_last_captured_first(archived):
    root, entries = read(application(archived), "")
    for part in (root, *entries):
        assert [len(part.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
        assert UUID(part.findtext(f"{ATOM}id").removeprefix("urn:uuid:"))
        assert datetime.fromisoformat(part.findtext(f"{ATOM}updated")).tzinfo
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    assert [entry.findtext(f"{ATOM}updated")[:10] for entry in entries] == ["2024-01-12", "2024-01-11", "2024-01-10"]
    assert root.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 3


def test_ids_are_the_same_from_another_server(archived):
    def ids(app, base):
        root, entries = read(app, "q=%E7%BE%A4%E4%BC%97", base)
        return [part.findtext(f"{ATOM}id") for part in (root, *entries)]

    assert ids(application(archived), "http://localhost") == ids(application(archived), "http://127.0.0.1:8001")


def test_the_page_of_a_search_leads_to_its_feed(archived):
    app = application(archived)
    page = ask(app, "/search?q=%E4%BE%9B%E6%B0%B4&lang=en").text
    (address,) = re.findall(
        r'<link rel="alternate" type="application/atom\+xml" href="/interviews.atom\?([^"]*)"', page
    )
    _, entries = read(app, html.unescape(address))
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["供水访谈"]
    assert ask(app, "/interviews.atom?site=nowhere").status_code == 400


def test_what_is_withheld_is_in_no_feed(archived):
    app = application(archived)
    _, before = read(app, "")
    assert len(before) == 3
    address = before[0].find(f"{ATOM}link").get("href")
    uid = address.rpartition("/")[2]
    taken = fangtan("withhold", uid, "--reason", "asked for", collection=archived.root)
    assert taken.code == 0, taken.err
    after = read(app, "")[1]
    assert [entry.findtext(f"{ATOM}id") for entry in after] == [entry.findtext(f"{ATOM}id") for entry in before[1:]]
