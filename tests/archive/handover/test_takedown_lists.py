"""A takedown reaches what lists say of a talk: the store at once; with ``--lists`` the captures of list pages, too."""

import gzip
import zipfile

import pytest
from support.running import fangtan, faults
from support.takedowns import rows, uid_of

from archive.handover import withhold
from archive.store.rebuild import rebuild

pytestmark = pytest.mark.long
TITLE, OTHER = "第1期访谈：水渠", "第3期访谈：梯田"
SAID = "SELECT count(*) FROM _items WHERE instr(title || text, ?)"


def lists_of(collection):
    return [row[0] for row in rows(collection, "SELECT DISTINCT capture FROM _items ORDER BY capture")]


def said(collection):
    return {title: rows(collection, SAID, title)[0][0] for title in (TITLE, OTHER)}


def test_the_title_leaves_the_store_and_comes_back(archived):
    before, whole = said(archived), rows(archived, "SELECT * FROM _items ORDER BY capture, position")
    assert before[TITLE] == len(lists_of(archived)) > 0
    done = withhold.withhold(archived, [uid_of(archived, "/1.html")], "law")
    assert done.listed == tuple(lists_of(archived))
    assert said(archived) == {TITLE: 0, OTHER: before[OTHER]}
    assert TITLE.encode() not in archived.store.read_bytes()
    rebuild(archived)
    assert said(archived) == {TITLE: 0, OTHER: before[OTHER]}
    assert faults(archived, reparse=True) == []
    withhold.release(archived, list(done.captures), "settled")
    assert rows(archived, "SELECT * FROM _items ORDER BY capture, position") == whole


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
