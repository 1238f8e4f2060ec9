"""A takedown reaches what lists say of a talk: the store at once; with ``--lists`` the captures of list pages, too."""

import gzip
import zipfile

import pytest
from support.running import fangtan, faults
from support.servers.oddserver import OddServer
from support.sites.takedown_site import pages
from support.takedowns import rows, uid_of

from archive.handover import withhold
from archive.store.rebuild import rebuild

pytestmark = pytest.mark.long
TITLE, OTHER = "第1期访谈：水渠", "第3期访谈：梯田"
SAID = "SELECT count(*) FROM _listed WHERE instr(title || text, ?)"


def lists_of(collection):
    return [row[0] for row in rows(collection, "SELECT DISTINCT capture FROM _listed ORDER BY capture")]


def said(collection):
    return {title: rows(collection, SAID, title)[0][0] for title in (TITLE, OTHER)}


def test_the_title_leaves_the_store_and_comes_back(archived):
    before, whole = said(archived), rows(archived, "SELECT * FROM _listed ORDER BY capture, position")
    assert before[TITLE] == len(lists_of(archived)) > 0
    done = withhold.withhold(archived, [uid_of(archived, "/1.html")], "law")
    assert done.listed == tuple(lists_of(archived))
    assert said(archived) == {TITLE: 0, OTHER: before[OTHER]}
    assert TITLE.encode() not in archived.store.read_bytes()
    rebuild(archived)
    assert said(archived) == {TITLE: 0, OTHER: before[OTHER]}
    assert faults(archived, reparse=True) == []
    withhold.release(archived, list(done.captures), "settled")
    assert rows(archived, "SELECT * FROM _listed ORDER BY capture, position") == whole


def test_a_talk_that_is_shown_by_another_capture_keeps_its_title(archived):
    uid, before = uid_of(archived, "/1.html"), said(archived)
    withhold.withhold(archived, [rows(archived, "SELECT capture FROM versions WHERE interview = ?", uid)[0][0]], "law")
    assert said(archived) == before


@pytest.mark.parametrize("later", [False, True])
def test_list_pages_go_with_the_talk_when_that_is_asked_for(archived, tmp_path, later):
    """In one takedown, or once the talk is withheld; packages, records and accounts have the title no more."""
    uid, lists = uid_of(archived, "/1.html"), lists_of(archived)
    if later:
        told = fangtan("withhold", uid, "--reason", "law", collection=archived.root)
        assert f"withhold {uid} --lists --reason" in told.err
        assert lists[0] in told.err
    done = fangtan("withhold", uid, "--lists", "--reason", "law", collection=archived.root)
    assert (done.code, "--lists" in done.err) == (0, False)
    assert all(capture in done.out for capture in lists)
    assert fangtan("record", lists[0], collection=archived.root).code != 0
    packed = tmp_path / "out.wacz"
    assert fangtan("package", "-o", packed, collection=archived.root).code == 0
    assert lists_of(archived) == []
    assert TITLE not in "".join(path.read_text("utf-8") for path in archived.reports.iterdir())
    assert faults(archived, reparse=True) == []
    assert rows(archived, "SELECT count(*) FROM interviews") == [(3,)]
    assert words_in_package(packed) == {TITLE: False, "孙麦秋": True}


def words_in_package(path):
    """Which titles the records of a package have."""
    found = b""
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            data = packed.read(name)
            found += gzip.decompress(data) if name.endswith(".gz") else data
    return {title: title.encode() in found for title in (TITLE, "孙麦秋")}


def crawl_words(collection):
    """Whether what crawls remember, in whatever state its file is, has the title of the first talk, and of another."""
    said = b"".join(path.read_bytes() for path in collection.root.glob("crawl.db*"))
    return {title: title.encode() in said for title in (TITLE, OTHER)}


def test_what_crawls_remember_loses_the_title_and_a_release_has_the_list_read_again(archived):
    """Unchanged or read anew, the list leads to no second request for the talk; an earlier version's database is cleared, too."""
    (site,), state, table = archived.sites.glob("*.toml"), {"unchanged": True}, pages(1500)
    dated = table["/zxft/"].replace(b"\r\n\r\n", b"\r\nLast-Modified: Mon, 01 Mar 2021 00:00:00 GMT\r\n\r\n", 1)
    not_modified = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    table["/zxft/"] = lambda asked: not_modified if state["unchanged"] and b"If-Modified-Since" in asked else dated
    with OddServer(table) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        site.write_text(f'name = "x"\nsection = ["{url}"]\n', "utf-8")

        def crawl():
            """Exit code, requests for the talk, first words of the answers to those for the list."""
            server.log.clear()
            report = fangtan("crawl", "--delay", "0", "--json", site.stem, collection=archived.root).rows[0]
            lists = [answer[9:12] for path, _, answer in server.log if path == "/zxft/"]
            return report["exit_code"], [path for path, *_ in server.log].count("/zxft/1.html"), lists

        assert crawl() == (0, 1, [b"200"])
        assert crawl_words(archived) == {TITLE: True, OTHER: True}
        uid = rows(archived, "SELECT interview FROM interview_urls WHERE url = ?", f"{url}1.html")[0][0]
        captures = withhold.withhold(archived, [uid], "law").captures
        assert crawl_words(archived) == {TITLE: False, OTHER: True}
        for state["unchanged"], answer in ((True, b"304"), (False, b"200")):
            assert crawl() == (0, 0, [answer])
            assert crawl_words(archived) == {TITLE: False, OTHER: True}
        state["unchanged"] = True
        withhold.release(archived, list(captures), "settled")
        assert crawl() == (0, 0, [b"200"])
        assert crawl_words(archived) == {TITLE: True, OTHER: True}
