"""A takedown reaches what runs said of a talk: reports, accounts, pages of runs, messages that wait, the store, later runs, merges."""

import json

import pytest
from support.reading_room import ask
from support.running import copy_of, fangtan, faults
from support.servers.oddserver import OddServer, plain
from support.sites.takedown_site import pages
from support.takedowns import rows, uid_of

from archive.collection import clock
from archive.collection.folder import Collection
from archive.handover import accounts, withhold
from archive.handover.accounts import WITHHELD, Hidden, rows_without, words_of
from archive.handover.merging import merge
from archive.ledger import chain as ledger
from archive.ledger.withheld import withheld_ids
from archive.web.serve import application
from crawler.schedule.memory import Memory, Open
from crawler.schedule.notices import Notice, digest

pytestmark = pytest.mark.long
TITLE, OTHER = "第1期访谈：水渠", "第3期访谈：梯田"


@pytest.fixture(scope="module")
def misled(tmp_path_factory):
    """A section in which one address shows another talk: the reason of its run has that talk's title."""
    collection = Collection(tmp_path_factory.mktemp("misled") / "c").create()
    table = pages()
    table["/zxft/2.html"] = table["/zxft/1.html"]
    with OddServer(table) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        assert fangtan("crawl", "--delay", "0", url, collection=collection.root).code == 3
        yield collection, server, url


@pytest.fixture
def told(misled, tmp_path):
    return copy_of(misled[0], tmp_path / "c")


def run_of(collection):
    return max(path.stem for path in collection.reports.glob("*.json"))


def shown(collection):
    """What commands, pages and messages say of the runs, and the files themselves."""
    run, site = run_of(collection), rows(collection, "SELECT max(site) FROM runs")[0][0]
    said = {
        " ".join(words): fangtan(*words, collection=collection.root).out
        for words in (("runs", run), ("runs", run, "--json"), ("runs", run, "--account"), ("runs", run, "--account", "--json"), ("status",), ("status", "--json"))
    }  # fmt: skip
    said |= {path.name: path.read_text("utf-8") for path in collection.reports.iterdir()}
    said["digest"] = digest(collection, clock.now()).text
    app = application(collection)
    said |= {path: ask(app, path).text for path in ("/", f"/site/{site}", "/status")}
    said["/fangtan/runs.json"] = json.dumps(ask(app, "/fangtan/runs.json").json(), ensure_ascii=False)
    memory = Memory(collection)
    said["messages"] = str((memory.rest("desk"), memory.db.execute("SELECT * FROM told").fetchall()))
    memory.close()
    return said


@pytest.mark.parametrize("destroy", [False, True])
def test_the_title_of_a_withheld_talk_is_in_nothing_that_runs_said(told, destroy):
    memory = Memory(told)
    memory.begun("desk", [Open("site", f"incomplete: {TITLE}")], [Notice("health", "x", f"it shows '{TITLE}'")])
    memory.close()
    before = shown(told)
    assert {name for name, text in before.items() if TITLE not in text} <= {"/", "/status"}
    options = ["--destroy", "--yes"] if destroy else []
    assert fangtan("withhold", uid_of(told, "/1.html"), "--reason", "law", *options, collection=told.root).code == 0
    after = shown(told)
    assert {name for name, text in after.items() if TITLE in text} == set()
    assert all(OTHER in after[name] for name in after if OTHER in before[name])
    assert WITHHELD in after[f"{run_of(told)}.account.jsonl"]
    assert faults(told) == []
    last = [e for e in ledger.read(told.ledger) if e.type == "run"][-1]
    assert last.data["withheld"], "the ledger says why the files are others now"
    if not destroy:
        withhold.release(told, sorted(withheld_ids(told)), "an error")
        assert faults(told) == []


class Cut(Exception):
    """The process is killed here."""


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_takedown_killed_among_the_reports_is_finished_by_the_next_command(told, monkeypatch, left):
    """The ledger says first what the files will be; what is left to do is found again."""
    written = []

    def killed(path, data):
        written.append(path)
        if len(written) > left:
            raise Cut
        path.write_bytes(data)

    with monkeypatch.context() as patch:
        patch.setattr(accounts, "write_atomically", killed)
        with pytest.raises(Cut):
            withhold.withhold(told, [uid_of(told, "/1.html")], "law")
    assert TITLE in (told.reports / f"{run_of(told)}.account.jsonl").read_text("utf-8")
    withhold.finish(told)
    assert not any(TITLE in path.read_text("utf-8") for path in told.reports.iterdir())
    assert TITLE not in str(rows(told, "SELECT reason, report FROM runs"))
    assert [e.type for e in ledger.read(told.ledger)].count("run") == 2, "it is said once"
    assert faults(told) == []
    withhold.finish(told)
    assert [e.type for e in ledger.read(told.ledger)].count("run") == 2


def test_a_report_that_was_altered_before_is_not_vouched_for(told):
    page = told.reports / f"{run_of(told)}.html"
    page.write_text(page.read_text("utf-8") + "<p>forged</p>", "utf-8")
    assert [fault.check for fault in faults(told)] == ["report"]
    withhold.withhold(told, [uid_of(told, "/1.html")], "law")
    assert TITLE not in page.read_text("utf-8")
    assert [(fault.check, fault.file) for fault in faults(told)] == [("report", str(page))]


def test_a_later_run_that_meets_the_title_in_a_list_does_not_write_it_down(misled, told):
    _, server, url = misled
    withhold.withhold(told, [uid_of(told, "/1.html")], "law")
    table = server.table.copy()
    server.table |= dict.fromkeys(("/zxft/1.html", "/zxft/2.html"), plain(b"", "HTTP/1.1 500 x"))
    result = fangtan("crawl", "--delay", "0", "--recheck", url, collection=told.root)
    server.table.update(table)
    assert result.code == 3
    text = (told.reports / f"{run_of(told)}.account.jsonl").read_text("utf-8")
    assert "/zxft/1.html" in text
    assert (TITLE in text, OTHER in text) == (False, True)
    assert not any(TITLE in path.read_text("utf-8") for path in told.reports.iterdir())
    assert faults(told) == []


@pytest.mark.parametrize("destroy", [False, True])
def test_a_later_run_that_gets_what_is_withheld_balances(tmp_path, destroy):
    collection = Collection(tmp_path / "c").create()
    with OddServer(pages()) as server:
        crawl = ("crawl", "--delay", "0", "--recheck", f"http://127.0.0.1:{server.port}/zxft/")
        assert fangtan(*crawl, collection=collection.root).code == 0
        withhold.withhold(collection, [uid_of(collection, "/1.html")], "law", destroy=destroy)
        again = fangtan(*crawl, collection=collection.root)
    assert again.code == 0, again.out
    account = (collection.reports / f"{run_of(collection)}.account.jsonl").read_text("utf-8")
    assert '"outcome": "withheld"' in account
    assert TITLE not in account
    assert rows(collection, "SELECT count(*) FROM interviews WHERE title = ?", TITLE) == [(0,)]
    assert faults(collection) == []


def test_a_merge_brings_no_title_of_what_is_withheld_here_and_takes_no_other_report_for_a_second_one(
    told, misled, tmp_path
):
    withhold.withhold(told, [uid_of(told, "/1.html")], "law")
    fresh = Collection(tmp_path / "fresh").create()
    ledger.ensure_key(fresh)
    for into, other in ((told, misled[0]), (fresh, told)):
        came = merge(into, other)
        assert (came.refused, came.notes) == ([], [])
        assert not any(TITLE in path.read_text("utf-8") for path in into.reports.iterdir())
        assert TITLE not in str(rows(into, "SELECT reason, report FROM runs"))
        assert faults(into) == []


def test_of_a_talk_that_is_shown_by_another_capture_only_the_withheld_line_loses_its_title(archived):
    query = "SELECT v.capture, c.run FROM versions v JOIN captures c ON c.id = v.capture WHERE c.url LIKE '%/1.html' AND v.version_no = 1"
    ((first, run),) = rows(archived, query)
    withhold.withhold(archived, [first], "a figure")
    texts = {path.name.partition(".")[0]: path.read_text("utf-8") for path in archived.reports.glob("*.account.jsonl")}
    (other,) = texts.keys() - {run}  # runs of one second have no order
    assert {name: (TITLE in text, WITHHELD in text) for name, text in texts.items()} == {
        run: (False, True),
        other: (True, False),
    }
    assert faults(archived) == []


def entry(title, capture, detail="transcript"):
    line = {"key": f"//a.example/{capture}", "title": title, "detail": detail, "capture": capture, "uid": None}
    return json.dumps({"entry": line}, ensure_ascii=False)


def test_words_that_entries_which_are_shown_say_too_stay_there():
    said = Hidden(frozenset(("gone", "bad")))
    lines = [
        entry("水库的访谈", "gone"),
        entry("访谈", "bad", "it shows '秘密的标题'"),
        entry("水库的访谈（续）", "a", "the same bytes as x"),
        entry("另一期访谈", "b", "it shows '秘密的标题'"),
        "no JSON",
    ]
    words = words_of(lines, said)
    assert (words.alone, words.anywhere) == (
        {"水库的访谈", "访谈", "it shows '秘密的标题'"},
        ("it shows '秘密的标题'",),
    )
    new = list(rows_without(lines, said, words))
    assert "秘密" not in "".join(new)
    assert new[2] == lines[2]
    assert new[4] == lines[4]
    assert "另一期访谈" in new[3]
    page = "<td>访谈</td><td>水库的访谈（续）</td><p>3 访谈 another page (it shows &#x27;秘密的标题&#x27;)</p>"
    shut = words.out_of_page(page)
    assert "秘密" not in shut
    assert "<td>访谈</td>" not in shut
    assert "3 访谈" in shut
    assert "水库的访谈（续）" in shut
