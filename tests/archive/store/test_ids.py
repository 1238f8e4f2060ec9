"""Ids that were shown once lead to the same talk and the same words for ever, whatever comes in, joins, parts, moves or goes."""

import asyncio
import json
import os
import shutil
import sqlite3

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.dump import dump_public
from support.running import Result, faults
from support.talks import HOST, OPENING, rows, talk, uid, written

from archive.collection.folder import Collection
from archive.collection.urls import uid_of
from archive.handover.withhold import withhold
from archive.store.corrections import CORRECTIONS
from archive.store.former import by_names
from archive.store.indexer import bring_up_to_date
from archive.store.names import interview_of, turn_of, words_of
from archive.store.packing import SAID, unpacked
from archive.store.rebuild import rebuild
from archive.store.store import open_reader
from archive.web.serve import application
from crawler.cli.group import main
from parsers.page.text import squeeze

pytestmark = pytest.mark.long

WHO = ("--author", "张三", "--reason", "听录像核对")
THANKS = "谢谢。"


def taken(collection, *captures, name="a"):
    """Bring a WARC file with these captures in."""
    written(collection.archive / f"{name}.warc.gz", captures)
    bring_up_to_date(collection)


def fangtan(*arguments, collection):
    """Run a command in this process."""
    done = CliRunner().invoke(main, ["-C", str(collection), *map(str, arguments)])
    assert not isinstance(done.exception, Exception), done.exception
    return Result(done.exit_code, done.stdout, done.stderr)


def shown(collection):
    """Every id that the store shows, with the words it stands for."""
    turns = rows(collection, "SELECT t.id, t.text FROM _turns t")
    return dict(turns), {row[0] for row in rows(collection, "SELECT uid FROM interviews")}


def led(collection, name):
    """The words that a turn's id leads to."""
    db = open_reader(collection.store)
    try:
        turn = turn_of(db, name)
        row = (
            turn
            and db.execute("SELECT text FROM _turns WHERE version = ? AND seq = ?", (turn.version, turn.seq)).fetchone()
        )
        return row and row[0]
    finally:
        db.close()


ANSWERS = (
    "改造内容由居民投票决定先后，困难家庭由财政全额补助，不收任何费用。",
    THANKS,
    "不客气，欢迎大家监督。",
    THANKS,
)
NEW, OLD = uid("/old/a.html"), uid("/zxft/b.html")


@pytest.fixture
def twins(kept):
    """A talk that was known by one address until an older capture of its twin came in; the turns' ids from before."""
    taken(kept, ("/zxft/b.html", "2025-05-01", talk(*ANSWERS)), name="b")
    turns, talks = shown(kept)
    assert talks == {OLD}
    taken(kept, ("/old/a.html", "2024-04-01", talk(*ANSWERS)), name="a")
    assert len(turns) == 7
    return kept, turns


def test_an_older_capture_of_a_twin_address_leaves_the_old_ids_leading(twins):
    kept, turns = twins
    assert rows(kept, "SELECT uid FROM interviews") == [(NEW,)]
    assert rows(kept, "SELECT interview FROM interview_ids WHERE id = ?", OLD) == [(NEW,)]
    assert {name: led(kept, name) for name in turns} == turns
    assert {f"{OLD}.1.{n}": led(kept, f"{OLD}.1.{n}") for n in range(1, 8)} == {
        f"{OLD}.1.{n}": text for n, text in enumerate((*OPENING, *ANSWERS), 1)
    }
    equal = [name for name, text in turns.items() if text == THANKS]
    assert len(equal) == 2
    assert equal[1] == f"{equal[0]}-2"
    dump = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == dump


def test_every_command_takes_an_id_of_before(twins, tmp_path):
    kept, turns = twins
    first = next(iter(turns))
    for name in (OLD, first, f"{OLD}.1", f"{OLD}.1.1"):
        assert fangtan("record", name, collection=kept.root).code == 0, name
    assert fangtan("record", "0" * 16, collection=kept.root).code == 2
    assert fangtan("diff", OLD, collection=kept.root).code == 0
    assert len(fangtan("search", "改造", "--id", OLD, "--json", collection=kept.root).rows) == 4
    assert not fangtan("search", "改造", "--id", "0" * 16, "--json", collection=kept.root).rows
    for form in ("jsonl", "citations", "csv"):
        assert fangtan("export", form, "--id", first, "-o", tmp_path / form, collection=kept.root).code == 0
    row = json.loads((tmp_path / "jsonl" / "interviews.jsonl").read_text("utf-8"))
    assert (row["uid"], row["ids"]) == (NEW, sorted([NEW, OLD]))
    assert f"ids = {{{OLD}}}" in (tmp_path / "citations" / "references.bib").read_text("utf-8")
    assert OLD in (tmp_path / "csv" / "ids.csv").read_text("utf-8-sig")
    assert fangtan("package", OLD, "-o", tmp_path / "x.wacz", collection=kept.root).code == 0


def test_the_web_sends_on_who_asks_by_an_id_of_before(twins):
    kept, turns = twins
    client = application(kept).client
    first = next(iter(turns))
    words = first.partition(".")[2]

    def asked(path):
        answer = asyncio.run(client.get(path, follow_redirects=False))
        return answer.status_code, answer.headers.get("location")

    assert asked(f"/interview/{OLD}") == (301, f"/interview/{NEW}")
    assert asked(f"/interview/{OLD}?version=1&lang=en") == (301, f"/interview/{NEW}?version=1&lang=en")
    assert asked(f"/interview/{OLD}/changes?lang=zh") == (301, f"/interview/{NEW}/changes?lang=zh")
    assert asked(f"/turn/{first}") == (301, f"/turn/{NEW}.{words}")
    assert asked(f"/turn/{OLD}.1.1?lang=en") == (301, f"/turn/{NEW}.{words}?lang=en")
    assert asked(f"/turn/{NEW}.{words}?lang=en") == (302, f"/interview/{NEW}?lang=en#{words}")
    assert f'id="{words}"' in asyncio.run(client.get(f"/interview/{NEW}")).text
    for path in ("/fangtan/citation.json?interview=", "/fangtan/history.csv?_size=5&interview__exact=", "/fangtan/interviews?uid=", "/fangtan/_interviews/"):  # fmt: skip
        assert asked(path + OLD) == (301, path + NEW)
    assert asked(f"/fangtan/turns.json?id={first}") == (301, f"/fangtan/turns.json?id={NEW}.{words}")
    assert asked(f"/fangtan/versions/{OLD}~2E1.json") == (301, f"/fangtan/versions/{NEW}~2E1.json")
    for path in (f"/interview/{'0' * 16}", f"/turn/{'0' * 16}.1.1", f"/interview/{NEW}?version=9", f"/turn/{OLD}.9.9", f"/interview/{'0' * 16}/changes"):  # fmt: skip
        assert asked(path)[0] == 404, path
    assert asked(f"/fangtan/citation.json?interview={NEW}")[0] == 200
    assert asyncio.run(client.get(f"/search?q=改造&uid={OLD}&lang=en")).text.count("<b>改造</b>") == 4


def test_corrections_follow_the_talk_and_its_turns(twins):
    kept, turns = twins
    last = next(name for name in turns if name.endswith("-2"))
    day = "2025-05-02"
    lines = [
        (OLD, "title", "老旧小区改造访谈", "旧改访谈"),
        (OLD, "turns[4].role", "guest", "reporter"),
        (OLD, "guests[1].title", "局长", "副局长"),
        (OLD, f"turns[{last.partition('.')[2]}].role", "host", "narrator"),
        ("0" * 16, "title", "x", "y"),
        (OLD, f"turns[t{'0' * 16}].role", "host", "guest"),
    ]
    line = dict.fromkeys(("author", "reason"), "张三") | {"date": day}
    kept.corrections.write_text(
        "".join(
            json.dumps({"uid": u, "field": f, "old": o, "new": n, **line}, ensure_ascii=False) + "\n"
            for u, f, o, n in lines
        ),
        "utf-8",
    )
    bring_up_to_date(kept)
    assert rows(kept, "SELECT interview, applied, trouble FROM corrections ORDER BY number") == [
        *[(NEW, 1, None)] * 4,
        ("0" * 16, 0, "no talk of that id is here"),
        (NEW, 0, "the version that is shown has no such turn or guest"),
    ]
    roles = dict(rows(kept, "SELECT seq, role FROM turns"))
    assert (roles[4], roles[7]) == ("reporter", "narrator")
    assert rows(kept, "SELECT title FROM interviews UNION ALL SELECT title FROM guests") == [("旧改访谈",), ("副局长",)]
    assert {name: led(kept, name) for name in turns} == turns, "what is said of a turn is no part of its id"
    dump = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == dump
    assert fangtan("correct", last, "role", "guest", *WHO, collection=kept.root).code == 0
    assert fangtan("correct", OLD, "turns[1].role", "reporter", *WHO, collection=kept.root).code == 0
    assert [(c.uid, c.field) for c in CORRECTIONS.read(kept)[-2:]] == [
        (NEW, f"turns[{last.partition('.')[2]}].role"),
        (NEW, f"turns[{words_of([OPENING[0]])[0]}].role"),
    ]
    assert dict(rows(kept, "SELECT seq, role FROM turns"))[7] == "guest"
    for uid_, field in ((last, "title"), (f"{OLD}.1.99", "role"), ("0" * 16, "title"), (OLD, "role")):
        assert fangtan("correct", uid_, field, "guest", *WHO, collection=kept.root).code == 2


def test_a_number_in_a_correction_counts_in_what_was_shown_that_day(kept):
    """A turn that is put in before does not move the correction to another turn."""
    taken(kept, ("/zxft/b.html", "2025-05-01", talk(*ANSWERS)), name="a")
    line = {"uid": OLD, "field": "turns[2].role", "old": "guest", "new": "reporter", "author": "a", "reason": "b", "date": "2025-05-03"}  # fmt: skip
    kept.corrections.write_text(json.dumps(line) + "\n", "utf-8")
    more = ("大家好，欢迎收看本期在线访谈。", "主持人好，各位网友好。", *OPENING)
    taken(kept, ("/zxft/b.html", "2025-06-01", talk(*ANSWERS, opening=more)), name="b")
    assert rows(kept, "SELECT seq, role FROM turns WHERE role = 'reporter'") == [(4, "reporter")]
    assert rows(kept, "SELECT applied FROM corrections") == [(1,)]


def test_a_turn_keeps_its_id_through_edits_and_a_changed_one_leads_to_the_version_that_has_it(kept):
    taken(kept, ("/zxft/b.html", "2025-05-01", talk(*ANSWERS)), name="a")
    before, _ = shown(kept)
    edited = (ANSWERS[0].replace("不收任何费用", "只收工本费"), *ANSWERS[1:])
    taken(kept, ("/zxft/b.html", "2025-06-01", talk(*edited)), name="b")
    newest = {row[0] for row in rows(kept, "SELECT id FROM turns")}
    gone = set(before) - newest
    assert [before[name] for name in gone] == [ANSWERS[0]]
    assert {name: led(kept, name) for name in before} == before
    (name,) = gone
    story = fangtan("record", name, collection=kept.root).out
    assert "is only in version 1" in story
    assert "不收任何费用" in story
    answer = asyncio.run(application(kept).client.get(f"/turn/{name}?lang=en", follow_redirects=False))
    assert answer.headers["location"] == f"/interview/{OLD}?lang=en&version=1#{name.partition('.')[2]}"
    assert "An older version: 1 / 2" in asyncio.run(application(kept).client.get(answer.headers["location"])).text


# ── joining and parting ─────────────────────────────────────────────────────────────────────────────────────────────

OTHER = (
    "大家好，我来回答网友关于老旧小区改造的提问，感谢关注。",
    "请问具体怎么安排？",
    "分三批进行，今年先改造城东片区的六个小区。",
)
EXTRA = "另外，加装充电桩的小区今年新增八个，名单在政府网站公示。"


def all_words(collection):
    return {row[0] for row in rows(collection, "SELECT text FROM _turns")}


@pytest.mark.parametrize("longer_first", [False, True])
def test_a_column_that_prints_more_of_the_talk_speaks_for_it(kept, longer_first):
    days = ("2025-05-02", "2025-05-01") if longer_first else ("2025-05-01", "2025-05-02")
    taken(kept, ("/zxft/b.html", days[0], talk(*ANSWERS)), ("/news/c.html", days[1], talk(*ANSWERS, EXTRA)))
    assert rows(kept, "SELECT n_turns, url FROM interviews") == [(8, f"{HOST}/news/c.html")]
    assert EXTRA in {row[0] for row in rows(kept, "SELECT text FROM turns")}
    assert rows(kept, "SELECT count(*) FROM find WHERE q MATCH '\"充 电 桩\"'") == [(1,)]


def test_pages_that_each_have_words_of_their_own_are_versions_of_one_talk(kept):
    taken(
        kept, ("/zxft/b.html", "2025-05-01", talk(*ANSWERS)), ("/news/c.html", "2025-05-02", talk(EXTRA, *ANSWERS[1:]))
    )
    assert {EXTRA, ANSWERS[0]} <= all_words(kept)
    assert rows(kept, "SELECT uid, url FROM interviews") == [(OLD, f"{HOST}/zxft/b.html")]
    assert {row[0] for row in rows(kept, "SELECT text FROM turns")} == {*OPENING, *ANSWERS}, "the first address speaks"
    assert not fangtan("changes", "--json", collection=kept.root).rows, "nobody changed a page"


def test_a_change_is_seen_though_another_address_keeps_the_words(kept):
    taken(
        kept,
        ("/zxft/b.html", "2025-05-01", talk(*ANSWERS)),
        ("/news/c.html", "2025-05-02", talk(*ANSWERS)),
        ("/zxft/b.html", "2025-06-01", talk(*ANSWERS[1:])),
    )
    assert {row[0] for row in rows(kept, "SELECT text FROM turns")} == {*OPENING, *ANSWERS[1:]}
    assert [row["what"] for row in fangtan("changes", "--json", collection=kept.root).rows] == ["changed"]
    assert ANSWERS[0] in all_words(kept)


def test_an_address_that_is_gone_leaves_its_words(kept):
    taken(
        kept,
        ("/zxft/b.html", "2025-05-01", talk(*ANSWERS, EXTRA)),
        ("/new/d.html", "2025-06-01", talk(*ANSWERS)),
        ("/zxft/b.html", "2025-07-01", ""),
    )
    assert rows(kept, "SELECT uid, url, gone_at FROM interviews") == [(OLD, f"{HOST}/new/d.html", None)]
    assert EXTRA in all_words(kept)


def test_two_talks_that_turn_out_to_be_one_and_part_again_keep_every_id(kept):
    """Joined by one reading, parted when that reading is withheld: each id leads to its own address's talk, at last again."""
    taken(kept, ("/zxft/b.html", "2025-05-01", talk(*ANSWERS)), ("/news/c.html", "2025-05-02", talk(*ANSWERS, opening=OTHER)))  # fmt: skip
    third = uid("/news/c.html")
    assert {row[0] for row in rows(kept, "SELECT uid FROM interviews")} == {OLD, third}
    before, _ = shown(kept)
    taken(kept, ("/news/c.html", "2025-06-01", talk(*ANSWERS)), name="b")
    assert rows(kept, "SELECT uid FROM interviews") == [(OLD,)]
    assert rows(kept, "SELECT interview FROM interview_ids WHERE id = ?", third) == [(OLD,)]
    assert {name: led(kept, name) for name in before} == before
    (joining,) = rows(kept, "SELECT id FROM captures WHERE fetched_at LIKE '2025-06%'")
    withhold(kept, [joining[0]], "test")
    assert {row[0] for row in rows(kept, "SELECT uid FROM interviews")} == {OLD, third}
    assert {name: led(kept, name) for name in before} == before
    assert rows(kept, "SELECT id, interview FROM interview_ids ORDER BY id") == sorted([(OLD, OLD), (third, third)])


def test_an_id_of_a_talk_that_was_taken_down_answers_so(twins):
    kept, turns = twins
    withhold(kept, [OLD], "court order")
    first = next(iter(turns))
    client = application(kept).client
    for path in (f"/interview/{OLD}", f"/interview/{NEW}", f"/turn/{first}", f"/turn/{OLD}.1.1", f"/interview/{OLD}/changes"):  # fmt: skip
        answer = asyncio.run(client.get(f"{path}?lang=en", follow_redirects=False))
        assert answer.status_code == 404, path
        assert "withheld" in answer.text
        assert "court order" not in answer.text
    for name in (OLD, NEW, first, f"{OLD}.1.1"):
        told = fangtan("record", name, collection=kept.root)
        assert told.code == 2
        assert "withheld since" in told.err
    line = {"uid": OLD, "field": "title", "old": "x", "new": "y", "author": "a", "reason": "b", "date": "2026-01-01"}
    kept.corrections.write_text(json.dumps(line) + "\n", "utf-8")
    bring_up_to_date(kept)
    assert rows(kept, "SELECT trouble FROM corrections") == [("the talk is withheld",)]


def test_ids_of_an_address_whose_captures_are_withheld_lead_to_what_is_left(twins):
    """The first capture is withheld; the same talk stands elsewhere and is shown."""
    kept, turns = twins
    (first,) = rows(kept, "SELECT id FROM captures WHERE url LIKE '%/old/a.html'")
    withhold(kept, [first[0]], "test")
    assert rows(kept, "SELECT uid FROM interviews") == [(OLD,)]
    assert rows(kept, "SELECT interview FROM interview_ids WHERE id = ?", NEW) == [(OLD,)]
    assert {name.replace(OLD, NEW): led(kept, name.replace(OLD, NEW)) for name in turns} == {
        name.replace(OLD, NEW): text for name, text in turns.items()
    }
    dump = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == dump


def test_redirects_and_pages_of_parts_keep_the_ids_they_had(kept):
    part = "<html><head><meta charset='utf-8'><title>老旧小区改造访谈</title></head><body><h1>老旧小区改造访谈</h1>{}</body></html>"
    taken(
        kept,
        ("/zxft/88_2.html", "2025-05-02", talk(*ANSWERS)),
        (
            "/was/e.html",
            "2025-05-02",
            talk(*ANSWERS, opening=(*OPENING[:2], "别的问题，请问电梯加装什么时候开始报名？")),
        ),
    )
    before, talks = shown(kept)
    assert talks == {uid("/zxft/88_2.html"), uid("/was/e.html")}
    paged = part.format("<p>主持人：各位网友大家好，欢迎收看在线访谈，今天谈谈改造。</p><p>周立民：大家好。</p><div class='page'><a href='88_2.html'>[2]</a></div>")  # fmt: skip
    taken(kept, ("/zxft/88.html", "2025-05-03", paged), ("/was/e.html", "2025-05-03", "/zxft/88.html"), name="b")
    db = open_reader(kept.store)
    try:
        assert interview_of(db, uid("/zxft/88_2.html")) == uid("/zxft/88.html")
        assert interview_of(db, uid("/was/e.html")) == uid("/was/e.html"), "a talk that is there keeps its own id"
    finally:
        db.close()
    assert {name: led(kept, name) for name in before} == before
    dump = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == dump


def test_an_address_goes_to_the_next_interview_that_claims_it_when_its_own_is_taken_down(kept):
    """It was a page of its own, then it redirects to a talk: withheld, only the redirect is left, as after a rebuild."""
    taken(
        kept,
        ("/zxft/b.html", "2025-05-01", talk(*ANSWERS)),
        ("/was/e.html", "2025-05-02", talk(EXTRA, opening=OTHER)),
        ("/was/e.html", "2025-05-03", "/zxft/b.html"),
    )
    of = "SELECT interview, reason FROM interview_urls WHERE url LIKE '%/was/e.html'"
    assert rows(kept, of) == [(uid("/was/e.html"), "page")]
    ((capture,),) = rows(kept, "SELECT id FROM captures WHERE fetched_at LIKE '2025-05-02%'")
    withhold(kept, [capture], "law")
    assert rows(kept, of) == [(OLD, "redirect")]
    dump = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == dump


def sheet(*spoken):
    """A page of a talk that goes on over pages."""
    body = "".join(f"<p>{('主持人', '周立民')[n % 2]}：{text}</p>" for n, text in enumerate(spoken))
    return f"<html><head><meta charset='utf-8'><title>老旧小区改造访谈</title></head><body><h1>老旧小区改造访谈</h1>{body}</body></html>"


def test_a_part_that_changes_while_its_page_does_not_is_a_version(kept):
    """On the second night the page is a revisit, its second sheet says something else."""
    first = talk(*ANSWERS).replace("</body>", "<div class='page'><a href='88_2.html'>[2]</a></div></body>")
    more = ("还有一个问题，电梯什么时候装？", "电梯加装从五月开始报名，符合条件的单元都可以申请。")
    taken(kept, ("/zxft/88.html", "2025-05-01", first), ("/zxft/88_2.html", "2025-05-01", sheet(*more)))
    assert set(more) <= {row[0] for row in rows(kept, "SELECT text FROM turns")}
    edited = (more[0], "电梯加装从九月开始报名，符合条件的单元都可以申请。")
    taken(
        kept,
        ("/zxft/88.html", "2025-06-01", "=2025-05-01"),
        ("/zxft/88_2.html", "2025-06-01", sheet(*edited)),
        name="b",
    )
    assert edited[1] in {row[0] for row in rows(kept, "SELECT text FROM turns")}
    assert rows(kept, "SELECT version_no, newest FROM versions ORDER BY 1") == [(1, 0), (2, 1)]
    assert set(more) <= all_words(kept)
    taken(
        kept, ("/zxft/88.html", "2025-07-01", "=2025-05-01"), ("/zxft/88_2.html", "2025-07-01", "=2025-06-01"), name="c"
    )
    assert rows(kept, "SELECT count(*) FROM versions") == [(2,)], "a quiet night makes no version"
    assert not [f for f in faults(kept) if f.check == "quote"]
    dump = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == dump


def test_a_part_that_came_without_its_page_is_a_version_of_its_own(kept):
    first = talk(*ANSWERS).replace("</body>", "<div class='page'><a href='88_2.html'>[2]</a></div></body>")
    more = ("还有一个问题，电梯什么时候装？", "电梯加装从五月开始报名，符合条件的单元都可以申请。", "谢谢周局长。")
    edited = (more[0], "电梯加装从九月开始报名，符合条件的单元都可以申请。", more[2])
    taken(
        kept,
        ("/zxft/88.html", "2025-05-01", first),
        ("/zxft/88_2.html", "2025-05-01", sheet(*more)),
        ("/zxft/88_2.html", "2025-06-01", sheet(*edited)),
        ("/zxft/88_2.html", "2025-07-01", sheet(*more)),
    )
    assert edited[1] in all_words(kept)
    assert rows(kept, "SELECT version_no, newest, n_turns FROM versions ORDER BY 1") == [(1, 1, 10), (2, 0, 3)]
    assert not [f for f in faults(kept) if f.check == "quote"]


def linked(page, path, words):
    return page.replace("</h1>", f"</h1><p><a href='{path}'>{words}</a></p>")


IN_A_LIST = "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{}</ul></body></html>".format(
    "".join(f"<li><a href='/{n}'>老旧小区改造访谈之{n[-7:-5]}</a><span>2025-05-0{i}</span></li>" for i, n in enumerate(
        ("wz/1234.html", "ft/2345.html", "ft/3456.html", "ft/4567.html", "ft/5678.html"), 1))
)  # fmt: skip
FIRST = ("/ft/1234.html", "2025-05-02", linked(talk(*ANSWERS), "/wz/1234.html", "文字实录"))
SECOND = ("/wz/1234.html", "2025-05-03", linked(talk(EXTRA, opening=OTHER), "/ft/1234.html", "访谈实录"))
LIST = ("/zxft/", "2025-05-01", IN_A_LIST)
LATER = ("/zxft/", "2025-06-01", IN_A_LIST)
#: A third page of which one of the two is a part; the whole then is that page.
ABOVE = ("/sp/1234.html", "2025-05-04", linked(sheet("视频访谈的开场白，欢迎收看。"), "/wz/1234.html", "文字实录"))


@pytest.mark.parametrize(
    ("order", "page"),
    [
        ((FIRST, SECOND), FIRST),
        ((SECOND, FIRST), FIRST),
        ((LIST, FIRST, SECOND), SECOND),
        ((FIRST, SECOND, LIST), SECOND),
        ((FIRST, SECOND, LATER), SECOND),
        ((SECOND, LIST, FIRST), SECOND),
        ((FIRST, SECOND, ABOVE), ABOVE),
        ((ABOVE, SECOND, FIRST), ABOVE),
    ],
)
def test_of_two_pages_that_name_each_other_as_parts_one_is_the_page(kept, order, page):
    for name, capture in zip("abc", order, strict=False):
        taken(kept, capture, name=name)
    assert rows(kept, "SELECT uid FROM interviews") == [(uid(page[0]),)]
    words = "".join(all_words(kept))
    assert all(said in words for said in (EXTRA, *ANSWERS))
    led_to = dict(rows(kept, "SELECT id, interview FROM interview_ids"))
    assert led_to[uid(FIRST[0])] == led_to[uid(SECOND[0])] == uid(page[0])
    dump = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == dump


def test_what_is_left_of_two_pages_that_name_each_other_is_a_page(kept):
    taken(kept, FIRST, SECOND)
    (capture,) = rows(kept, "SELECT id FROM captures WHERE url LIKE '%/ft/%'")
    withhold(kept, [capture[0]], "law")
    assert rows(kept, "SELECT uid FROM interviews") == [(uid(SECOND[0]),)]
    dump = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == dump


def test_ids_by_an_earlier_rule_for_addresses_lead_to_the_talk(kept):
    """Parameters were left out for their names; two pages that were one then: the first keeps the id of both."""
    before = uid_of(by_names(f"{HOST}/t.jsp?id=1&v=7"))
    assert before == uid_of(by_names(f"{HOST}/t.jsp?id=1&v=8"))
    taken(kept, ("/t.jsp?id=1&v=8", "2025-05-03", talk(EXTRA, opening=OTHER)))
    taken(kept, ("/t.jsp?id=1&v=7", "2025-05-02", talk(*ANSWERS)), name="b")
    assert shown(kept)[1] == {uid("/t.jsp?id=1&v=7"), uid("/t.jsp?id=1&v=8")}
    led_to = rows(kept, "SELECT interview, reason FROM interview_ids WHERE id = ?", before)
    assert led_to == [(uid("/t.jsp?id=1&v=7"), "earlier rule")]


def test_a_store_with_keys_by_an_earlier_rule_goes_on_under_todays(kept, monkeypatch):
    """Pages, parts, redirects and entries of lists: what was captured before the upgrade and what comes after it meet."""
    listed = "".join(
        f"<li><a href='/t.jsp?id=1&amp;v={n}'>老旧小区改造访谈之{n}</a><span>2025-05-0{n}</span></li>"
        for n in range(1, 9)
    )
    paged = talk(*ANSWERS).replace("</body>", "<div class='page'><a href='88_2.html?from=x'>[2]</a></div></body>")
    with monkeypatch.context() as earlier:
        earlier.setattr("archive.store.indexer.canonical", by_names)
        taken(
            kept,
            ("/zxft/", "2025-05-01", f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{listed}</ul></body></html>"),
            ("/t.jsp?id=1&v=7", "2025-05-02", talk(*ANSWERS, EXTRA)),
            ("/t.jsp?id=1&v=8", "2025-05-03", talk(EXTRA, opening=OTHER)),
            ("/zxft/88.html?from=a", "2025-05-04", paged),
            ("/zxft/88_2.html?from=x", "2025-05-04", sheet(EXTRA)),
            ("/went.html", "2025-05-05", "/t.jsp?id=1&v=8"),
        )  # fmt: skip
    before = {row[0] for row in rows(kept, "SELECT id FROM interview_ids")}
    assert {uid_of(by_names(f"{HOST}/t.jsp?id=1&v=7")), uid_of(by_names(f"{HOST}/zxft/88.html?from=a"))} <= before
    db = sqlite3.connect(kept.store)
    db.execute("INSERT INTO store_meta VALUES ('regroup', 'all')")  # as the migration leaves it
    db.commit()
    db.close()
    taken(
        kept,
        ("/t.jsp?id=1&v=7", "2025-06-02", talk(*ANSWERS)),
        ("/zxft/88.html?from=a", "2025-06-04", paged.replace("2024年3月5日", "2024年3月6日")),
        name="b",
    )
    known = {uid("/t.jsp?id=1&v=7"), uid("/t.jsp?id=1&v=8"), uid("/zxft/88.html?from=a")}
    assert {row[0] for row in rows(kept, "SELECT uid FROM interviews")} <= known
    assert rows(kept, "SELECT interview FROM interview_ids WHERE id = ?", uid("/went.html")) == [
        (uid("/t.jsp?id=1&v=8"),)
    ]
    assert len(rows(kept, "SELECT DISTINCT key FROM _items")) == 8
    assert before <= {row[0] for row in rows(kept, "SELECT id FROM interview_ids")}
    dump = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == dump


# ── any order ───────────────────────────────────────────────────────────────────────────────────────────────────────

PAGES = (
    talk(*ANSWERS),
    talk(*ANSWERS, EXTRA),
    talk(EXTRA, *ANSWERS[1:]),
    talk(*ANSWERS, opening=OTHER),
    talk(EXTRA, opening=OTHER),
    "",
    "/zxft/b.html",
    talk(*ANSWERS).replace("</body>", "<div class='page'><a href='88_2.html'>[2]</a></div></body>"),
)
PATHS = ("/zxft/88.html", "/zxft/88_2.html", "/zxft/b.html", "/old/a.html")
events = st.lists(
    st.tuples(st.sampled_from(PATHS), st.sampled_from(PAGES), st.integers(0, 2)), min_size=2, max_size=7
).map(lambda found: [(path, f"2025-05-{n:02d}", page, file) for n, (path, page, file) in enumerate(found, 1)])


@settings(max_examples=int(os.environ.get("IDS_EXAMPLES", "6")), deadline=None, suppress_health_check=list(HealthCheck))
@given(events, st.permutations(range(3)), st.integers(0, 2))
@example([("/zxft/88.html", "2025-05-01", PAGES[-1], 0), ("/zxft/88_2.html", "2025-05-02", PAGES[0], 1)], [1, 0, 2], 0)
@example(
    [
        ("/zxft/88_2.html", "2025-05-01", talk(*ANSWERS), 0),
        ("/zxft/88_2.html", "2025-05-02", talk(EXTRA, *ANSWERS[1:]), 1),
        ("/zxft/88.html", "2025-05-03", PAGES[-1], 0),
    ],
    [0, 1, 2],
    0,
)
def test_in_any_order_every_id_ever_shown_leads_to_the_same_words(tmp_path_factory, found, order, rebuilt_after):
    folder = tmp_path_factory.mktemp("order")
    one, other = Collection(folder / "one").create(), Collection(folder / "other").create()
    files = [[e[:3] for e in found if e[3] == n] for n in range(3)]
    for n, captures in enumerate(files):
        written(folder / f"{n}.warc.gz", captures)
    ever, talks = {}, set()
    for step, n in enumerate(order):
        shutil.copy(folder / f"{n}.warc.gz", one.archive / f"{n}.warc.gz")
        bring_up_to_date(one)
        if step == rebuilt_after:
            rebuild(one)
        turns, now = shown(one)
        ever |= turns
        talks |= now
        now_led = {name: led(one, name) or "" for name in ever}
        assert {n: t for n, t in ever.items() if squeeze(t) not in squeeze(now_led[n])} == {}, (
            "a turn may go on, never be another"
        )
        db = open_reader(one.store)
        try:
            assert all(interview_of(db, name) in now for name in talks)
        finally:
            db.close()
    for n in range(3):
        shutil.copy(folder / f"{n}.warc.gz", other.archive / f"{n}.warc.gz")
    bring_up_to_date(other)
    assert list(dump_public(one.store)) == list(dump_public(other.store))
    said = {squeeze(t["text"]) for (r,) in rows(one, f"SELECT {SAID} FROM _readings r WHERE record <> x''") for t in unpacked(r)["turns"]}  # fmt: skip
    assert said == {squeeze(text) for text in all_words(one)}, "no word is lost by joining"
    shutil.rmtree(folder)
