"""Atom feeds: what RFC 4287 asks for, the talks that the conditions choose, nothing withheld."""

import html
import re
from datetime import datetime
from urllib.parse import quote
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from support.county_talks import add
from support.reading_room import ask
from support.running import fangtan
from support.takedowns import rows
from support.talks import talk

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.research import newest, saved
from archive.research.filters import Filter
from archive.store.store import open_reader
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


def read(app, query, base="http://localhost", path="/interviews.atom"):
    """A feed as a stranger's parser has it: its root and its entries."""
    answer = ask(app, f"{path}?{query}", base=base)
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


def titles(app, query, path="/interviews.atom"):
    return [entry.findtext(f"{ATOM}title") for entry in read(app, query, path=path)[1]]


def test_feeds_of_a_person_and_of_a_speaker_have_their_talks_alone(archived, tmp_path):
    other = talk("另一位的回答。", title="教育访谈", day="2023年9月9日").replace("周立民", "李秀英")
    add(archived, [("/zxft/9.html", "2024-02-01", other)], "second.warc.gz", tmp_path)
    app = application(archived)
    others, mine = (row[0] for row in rows(archived, "SELECT id FROM persons ORDER BY name DESC"))
    assert titles(app, f"person={quote(others)}") == ["教育访谈"]
    assert len(titles(app, f"person={quote(mine)}")) == 3
    assert titles(app, f"speaker={quote('李秀英')}") == ["教育访谈"], (
        "a label asks for a turn of it, also without words"
    )
    assert titles(app, "person=nobody") == []
    page = ask(app, f"/person?id={quote(others)}&lang=en").text
    assert (
        html.unescape(re.search(r'rel="alternate" [^>]*href="([^"]*)"', page)[1])
        == f"/interviews.atom?person={quote(others)}"
    )


def test_changes_after_publication_are_a_feed(archived, tmp_path):
    """Of all and, as each site's own; what changed twice is two entries, each with an id of its own for good."""
    app = application(archived)
    assert titles(app, "", "/changes.atom") == []
    path, _, page = PAGES[0]
    for day, said in (("2024-03-01", "已经停办"), ("2024-04-01", "<script>又办")):
        add(archived, [(path, day, page.replace("已经办好", said))], f"{day}.warc.gz", tmp_path)
    root, entries = read(app, "", path="/changes.atom")
    assert [e.findtext(f"{ATOM}updated") for e in entries] == ["2024-04-01T00:00:00Z", "2024-03-01T00:00:00Z"]
    assert len({e.findtext(f"{ATOM}id") for e in (*entries, root)}) == 3
    assert root.findtext(f"{ATOM}updated") == "2024-04-01T00:00:00Z"
    before = [e.findtext(f"{ATOM}id") for e in entries]
    assert fangtan("rebuild", collection=archived.root).code == 0
    assert [e.findtext(f"{ATOM}id") for e in read(app, "", path="/changes.atom")[1]] == before
    assert ask(app, "/changes.atom?site=nowhere").status_code == 400
    uid = entries[0].find(f"{ATOM}link").get("href").split("/")[-2]
    assert fangtan("withhold", uid, "--reason", "asked for", collection=archived.root).code == 0
    assert titles(app, "", "/changes.atom") == []


def test_updated_moves_with_the_words_alone(archived, tmp_path):
    app = application(archived)
    path, _, page = PAGES[0]
    add(archived, [(path, "2024-05-01", page)], "again.warc.gz", tmp_path)
    before = [e.findtext(f"{ATOM}updated") for e in read(app, "")[1]]
    assert before == ["2024-01-12T00:00:00Z", "2024-01-11T00:00:00Z", "2024-01-10T00:00:00Z"]
    add(archived, [(path, "2024-06-01", page.replace("已经办好", "已经停办"))], "other.warc.gz", tmp_path)
    root, entries = read(app, "")
    assert [e.findtext(f"{ATOM}updated")[:10] for e in entries] == ["2024-06-01", "2024-01-12", "2024-01-11"]
    assert root.findtext(f"{ATOM}updated") == "2024-06-01T00:00:00Z"


def test_a_saved_query_has_a_feed_and_is_listed(archived):
    saved.save(archived, "供水", {"query": "供水 OR 供电", "title": "水<电>", "role": "guest"})
    (saved.folder(archived) / "bad.toml").write_text("query = 1\n")
    app = application(archived)
    for lang, said, wrong in (
        ("en", "Saved queries", "file(s) cannot be used"),
        ("zh", "已保存的检索", "个文件无法使用"),
    ):
        page = ask(app, f"/queries?lang={lang}").text
        assert (said in page, wrong in page, "水&lt;电&gt;" in page) == (True, True, True)
    address = html.unescape(re.search(r'href="(/queries/[^"]*)"', page)[1])
    root, entries = read(app, "", path=address)
    assert [e.findtext(f"{ATOM}title") for e in entries] == ["供电&访谈", "供水访谈"]
    assert root.findtext(f"{ATOM}title").endswith("水<电>")
    assert root.findall(f"{ATOM}link")[0].get("href") == f"http://localhost{address}"
    for name in ("none", "bad", "..%2Fx"):
        answer = ask(app, f"/queries/{name}.atom")
        assert answer.status_code in (400, 404)
        assert str(archived.root) not in answer.text


def test_a_common_word_is_walked_to_the_same_talks(archived, monkeypatch):
    def found(**only):
        db = open_reader(archived.store)
        try:
            return [row["uid"] for row in newest.newest(db, Filter(**only), 2)]
        finally:
            db.close()

    asked = (
        {"query": "群众"},
        {"query": "群众", "role": "guest"},
        {"query": "供水", "until": "2023-06"},
        {"query": "满意", "role": "narrator"},
    )
    before = [found(**only) for only in asked]
    assert [len(uids) for uids in before] == [2, 2, 1, 0]
    monkeypatch.setattr(newest, "_MANY", 0)
    assert [found(**only) for only in asked] == before
