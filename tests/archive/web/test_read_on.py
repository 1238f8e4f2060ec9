"""What a reader follows from page to page: changes side by side, quotes in the source, lists, Datasette's half, two parts compared."""

import html
import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.county_talks import add
from support.reading_room import ask
from support.recount import add_talk
from support.running import fangtan
from support.takedowns import holding, rows, uid_of
from support.talks import talk

from archive.collection.folder import Collection
from archive.research.changes import END, latest
from archive.store.store import open_store, transaction
from archive.web.marks import Quote, pieces, places
from archive.web.serve import application
from parsers.page.text import squeeze
from parsers.record import Flag, Record, Turn

FIRST = talk("今年一共修了十二公里。", "谢谢。")
SECOND = talk("今年一共修了八公里。", "谢谢。", "再见。")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A talk that changed, one that went away, and one on which words were planted."""
    planted = talk("今年修了三公里。", title="第三次访谈", day="2023年1月5日")
    return holding(
        tmp_path_factory.mktemp("read"),
        ("/1.html", "2024-03-05", FIRST),
        ("/1.html", "2024-04-05", SECOND),
        ("/2.html", "2024-03-05", talk("去年修了八公里。", title="另一次访谈", day="2023年4月6日")),
        ("/2.html", "2024-05-05", ""),
        ("/3.html", "2024-03-06", planted),
    )


@pytest.fixture(scope="module")
def app(kept):
    return application(kept)


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page))


# ── versions side by side ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_versions_stand_side_by_side_and_each_side_leads_to_its_turn(app, kept, lang):
    uid = uid_of(kept, "/1.html")
    page = ask(app, f"/interview/{uid}/changes?lang={lang}").text
    sides = re.findall(r'<section class="sides".*?</section>', page, re.DOTALL)
    (changed,) = [side for side in sides if "公里" in side]
    left, right = re.findall(r"<div>(.*?)</div>", changed, re.DOTALL)
    assert "十二公里" in text_of(left)
    assert "八公里" not in text_of(left)
    assert "八公里" in text_of(right)
    assert "<del>" in left
    assert "<ins>" not in left
    assert "<ins>" in right
    for side, said in ((left, "今年一共修了十二公里。"), (right, "今年一共修了八公里。")):
        address, anchor = html.unescape(re.search(r'href="([^"]+)"', side)[1]).split("#")
        turn = re.search(rf'<section class="turn[^>]* id="{anchor}".*?</section>', ask(app, address).text, re.DOTALL)
        assert said in text_of(turn[0])
    (added,) = [side for side in sides if "再见" in side]
    assert text_of(re.findall(r"<div>(.*?)</div>", added, re.DOTALL)[0]).strip() == ""


# ── evidence in the source ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_value_was_read_from_is_marked_in_the_source(app, kept):
    uid = uid_of(kept, "/1.html")
    page = ask(app, f"/interview/{uid}?lang=en").text
    links = [html.unescape(link) for link in re.findall(r'href="(/capture/[^"]+#q-[^"]+)"', page)]
    names = [link.partition("#q-")[2] for link in links]
    assert {"time", "guests"} <= set(names)
    for link, name in zip(links, names, strict=True):
        address, anchor = link.split("#")
        source = ask(app, address).text
        marked = re.search(rf'<mark id="{re.escape(anchor)}"[^>]*>(.*?)</mark>', source, re.DOTALL)
        assert marked, name
        if name == "time":
            assert "2024年3月5日" in html.unescape(marked[1])
    body = re.search(r'<pre tabindex="0">(?:(?!<pre).)*</pre>\s*</main>', source, re.DOTALL)[0]
    assert html.unescape(re.sub(r"</?(?:mark|pre)[^>]*>|</main>", "", body)).strip() == SECOND.strip(), (
        "nothing is lost"
    )


@pytest.mark.parametrize(
    ("source", "words", "marked"),
    [
        ("<p>访谈时间：<b>2024年</b>3月5日</p>", "2024年3月5日", "2024年</b>3月5日"),
        ("<p>嘉宾：王&nbsp;&nbsp;建国</p>", "王 建国", "王&nbsp;&nbsp;建国"),
        ("<p>嘉宾：\n 王建\n国</p>", "王建国", "王建\n国"),
        ("<meta content='2024-03-05'>", "2024-03-05", "2024-03-05"),
        ("<p>A&amp;B 局</p>", "A&B局", "A&amp;B 局"),
        ("<p>一 <i>a < b</i></p>", "a < b", "a < b"),
        ("<p>无</p>", "有", None),
    ],
)
def test_quotes_are_found_through_markup(source, words, marked):
    found = places(source, [Quote("time", words)])
    assert [source[start:end] for start, end, _ in found] == ([marked] if marked else [])


def test_surroundings_decide_which_of_equal_words_is_marked():
    source = "<p>发布：2024</p><p>时间：2024</p>"
    ((start, _, _),) = places(source, [Quote("time", "2024", "时间：")])
    assert start == source.rindex("2024")


@given(st.text("<>&;a王 \n国", max_size=40), st.lists(st.text("a王国 ", max_size=4), max_size=4))
def test_marks_lose_nothing_and_mark_what_is_quoted(source, words):
    marks = places(source, [Quote(str(n), word) for n, word in enumerate(words)])
    cut = pieces(source, marks)
    assert "".join(text for text, _ in cut) == source
    for text, name in cut:
        shown = squeeze(html.unescape(re.sub(r"<[^<>]*>", "", text)))
        assert not name or squeeze(words[int(name)]) in (shown, squeeze(text))


def test_a_source_of_a_hundred_thousand_brackets_is_read_in_one_pass():
    source = "<" * 100_000 + "王建国"
    assert [source[a:b] for a, b, _ in places(source, [Quote("guests", "王建国")])] == ["王建国"]


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_changes_are_listed_the_newest_first_page_by_page(app, kept, monkeypatch):
    monkeypatch.setattr("archive.web.catalogue.SHOWN", 1)
    told = fangtan("changes", "--json", collection=kept.root).rows
    assert sorted(row["what"] for row in told) == ["changed", "gone"]
    seen, path = [], "/changes?lang=en"
    while path:
        page = ask(app, path).text
        seen += re.findall(r'<a href="/interview/([0-9a-f]{16})[/?]', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(following[1]) if following else None
    assert seen == [row["uid"] for row in sorted(told, key=lambda row: row["at"], reverse=True)]
    assert ask(app, "/changes?after=x").status_code == 400


def test_sites_are_listed_with_what_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr("archive.web.catalogue.SHOWN", 2)
    collection = Collection(tmp_path / "c").create()
    collection = add(collection, [("/1.html", "2024-01-01", FIRST)], "a.warc.gz", tmp_path)
    database = open_store(collection.store)
    with transaction(database) as db:
        for name in ("b", "a", "c"):
            db.execute("INSERT INTO sites(id, name, host) VALUES (?, ?, ?)", (name, f"{name}县", f"{name}.example"))
    database.conn.close()
    held = dict(rows(collection, "SELECT site, count(*) FROM _interviews WHERE site IS NOT NULL GROUP BY 1"))
    seen, path, room = {}, "/sites?lang=zh", application(collection)
    while path:
        page = ask(room, path).text
        found = re.findall(r'<a href="/site/([^"?]+)\?.*?data-name="访谈">(\d+)<', page)
        assert len(found) <= 2
        seen |= {unquote(site): int(n) for site, n in found}
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(following[1]) if following else None
    assert seen == {**dict.fromkeys("abc", 0), **held}
    assert list(seen) == sorted(seen)


STEP = st.tuples(st.sampled_from("abc"), st.sampled_from(["read", "gone", "back"]), st.sampled_from(["赌", "球", ""]))


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("s") / "fangtan.db")
    yield opened
    opened.conn.close()


@settings(max_examples=30)
@given(st.lists(STEP, max_size=8), st.integers(1, 3))
def test_what_happened_is_what_the_versions_say_in_pages_of_any_size(database, steps, size):
    """The oracle follows the steps; each reading of a talk is later than the one before."""
    database.conn.execute("DELETE FROM _interviews")
    planted, expected, gone = {}, [], {}
    for n, (uid, what, word) in enumerate(steps):
        at = f"2024-01-{n + 1:02d}"
        with transaction(database) as db:
            if what == "read":
                flags = (Flag("gambling", "alert", word, "title"),) if word else ()
                turn = Turn(1, "甲", None, "guest", str(n))
                version = len(planted.setdefault(uid, [])) + 1
                record = Record(url="", kind="transcript", title="题", turns=(turn,), flags=flags, parser="x")
                add_talk(db, uid, record, version=version, at=at)
                if version > 1:
                    expected.append((at, uid, "changed"))
                    if word and planted[uid][-1] != word:
                        expected.append((at, uid, "hijacked"))
                planted[uid].append(word)
            elif uid in planted:
                gone[uid] = at if what == "gone" else None
                db.execute("UPDATE _interviews SET gone_at = ? WHERE uid = ?", (gone[uid], uid))
    expected += [(at, uid, "gone") for uid, at in gone.items() if at]
    seen, place = [], END
    while page := list(latest(database.conn, size, place)):
        seen += [(what.at, what.uid, what.what) for what, _ in page]
        place = page[-1][1]
    assert seen == sorted(expected, reverse=True)


# ── Datasette's half ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/fangtan", "/fangtan/turns", "/fangtan?sql=select+1", "/fangtan?sql=selec"])
@pytest.mark.parametrize(("browser", "word"), [("en", "Search"), ("zh-CN", "检索")])
def test_datasettes_pages_have_our_header_in_the_readers_language(app, path, browser, word):
    page = ask(app, path, headers={"accept-language": browser})
    header = page.text[page.text.index("<header") : page.text.index("</header>")]
    assert re.search(rf'<a href="/search\?lang=..">{word}</a>', header)
    for link in re.findall(r'href="(/[^"]*)"', header):
        assert ask(app, html.unescape(link)).status_code == 200, link
    assert 'href="/-/static-plugins/archive.web/header.css"' in page.text
    assert ask(app, "/-/static-plugins/archive.web/header.css").status_code == 200


LINKED = {
    "turns": ("/turn/", "/interview/", "/capture/"), "interviews": ("/interview/", "/capture/"), "persons": ("/person?id=",),
    "participants": ("/interview/", "/person?id="), "qa": ("/interview/",), "versions": ("/interview/", "/capture/"),
}  # fmt: skip


@pytest.mark.parametrize(("table", "addresses"), LINKED.items())
def test_ids_in_datasettes_cells_lead_to_our_pages(app, table, addresses):
    page = ask(app, f"/fangtan/{table}").text
    first = [re.findall(rf'<td[^>]*><a href="({re.escape(address)}[^"]+)"', page)[0] for address in addresses]
    answers = [ask(app, html.unescape(link)).status_code for link in first]
    assert set(answers) <= {200, 302, 303}
    assert len(answers) == len(addresses)


def test_a_cell_that_only_looks_like_an_id_stays_text(app):
    sql = quote("select '<b>x' as uid, 'a/\"><script>' as person, '0123456789abcdef' as uid2")
    page = ask(app, f"/fangtan?sql={sql}").text
    assert "<b>x" not in page
    assert "<script>'" not in page
    assert 'href="/interview/' not in page
    assert '/person?id=a/%22%3E%3Cscript%3E"' in page


# ── two parts ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", ["", "0.05"])
def test_two_parts_are_compared_as_the_command_does(app, kept, level):
    page = ask(app, f"/keywords?role=guest&other_role=host&size=2&level={level}&lang=en").text
    asked = ("keywords", "--role", "guest", "--against", "role=host", "--limit", "100", "--json")
    told = fangtan(*asked, *(("--level", level) if level else ()), collection=kept.root).rows
    shown = re.findall(r'<td><a href="/search\?q=[^"]*">([^<]+)</a>(?: <span class="note">[^<]*</span>)?</td><td data-name="Here">(\d+)</td><td data-name="Elsewhere">(\d+)', page)  # fmt: skip
    assert [(unit, int(n), int(m)) for unit, n, m in shown] == [(r["unit"], r["count"], r["rest"]) for r in told]
    assert told or level
    assert '<option value="host" selected' in page, "the form keeps what was asked"


def test_a_second_part_goes_without_a_word_and_is_checked(app):
    assert ask(app, f"/keywords?near={quote('改造')}&other_role=host").status_code == 400
    assert ask(app, "/keywords?role=guest&other_role=nobody").status_code == 400
    assert ask(app, "/keywords?role=guest&other_site=nowhere").status_code == 400
