"""The reading room: every page in both languages, for people and in a browser; hostile text stays text; no route breaks."""

import asyncio
import base64
import contextlib
import html
import io
import json
import re
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.reading_room import captured, more_pages, uids
from support.running import fangtan
from support.servers.oddserver import OddServer, plain
from support.tables import table

from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.handover.replay import name_of as replay_name
from archive.research.counting import facets, total
from archive.research.filters import Filter
from archive.store.store import open_reader
from archive.web.access import guarded, read_tokens
from archive.web.mementos import mementos
from archive.web.serve import application

pytestmark = pytest.mark.long

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@pytest.fixture(scope="module")
def app(crawled):
    return application(crawled.collection)


def get(app, path, **headers):
    return asyncio.run(app.client.get(path, headers=headers))


def test_the_home_page_says_what_there_is_and_what_broke(app):
    page = get(app, "/?lang=en").text
    assert re.search(r"<dt>Interviews</dt><dd>38</dd>", page)
    assert page.count('class="bar"') >= 4
    assert "blocked: " not in page
    trouble = get(app, "/trouble?lang=en").text
    assert "blocked" in trouble
    assert "anti-bot page" in trouble
    assert "Betway必威体育官网" in trouble


def test_lists_go_on_to_their_end_and_hold_everything_once(app, crawled, monkeypatch):
    monkeypatch.setattr("archive.web.catalogue.SHOWN", 7)
    db = open_reader(crawled.collection.store)
    held = {
        "interviews": ([row[0] for row in db.execute("SELECT uid FROM interviews ORDER BY coalesce(date, '') DESC, uid DESC")], "/interview/"),
        "people": ([row[0] for row in db.execute("SELECT DISTINCT coalesce(i.site, '') || '/' || g.person FROM guests g JOIN interviews i ON i.uid = g.interview WHERE g.person IS NOT NULL ORDER BY 1")], "/person?id="),
        "organizations": ([row[0] for row in db.execute("SELECT DISTINCT organization FROM guests WHERE organization IS NOT NULL ORDER BY 1")], "/organization?name="),
    }  # fmt: skip
    db.close()
    for name, (expected, address) in held.items():
        seen, path = [], f"/{name}?lang=en"
        while path:
            page = get(app, path).text
            links = re.findall(rf'<a href="{re.escape(address)}([^"&?]+)', page)
            assert len(links) <= 7
            seen += [unquote(link) for link in links]
            following = re.search(r'rel="next" href="([^"]+)"', page)
            path = html.unescape(following[1]) if following else None
        assert seen == expected, name
    years = re.findall(
        r'href="(/interviews\?year=(\d{4}))&amp;lang=en" aria-label="\d{4}: (\d+)"', get(app, "/?lang=en").text
    )
    assert len(years) >= 3
    monkeypatch.setattr("archive.web.catalogue.SHOWN", 50)
    for path, year, count in years:
        assert len(re.findall(rf">{year}-", get(app, path).text)) == int(count)
    assert get(app, "/interviews?year=soon").status_code == 400


def test_the_examples_of_the_help_run(app):
    page = get(app, "/help?lang=en").text
    links = [html.unescape(link) for link in re.findall(r'<a href="(/(?:search|trends|keywords)\?[^"]{8,})"', page)]
    searches = [link for link in links if "q=" in link]
    assert len(searches) == 6
    assert [link for link in links if get(app, link).status_code != 200] == []
    assert all("turns match" in get(app, link).text for link in searches)


def test_the_status_page_names_the_trouble_and_what_helps(app):
    english, chinese = get(app, "/status?lang=en").text, get(app, "/status?lang=zh").text
    assert "anti-bot page" in english
    assert "nothing is evaded" in english
    assert "被拦截" in chinese
    assert chinese.index("被拦截") < chinese.index("正常</td>"), "what needs a look comes first"


def test_a_report_is_a_page_of_its_own_in_which_text_stays_text(crawled):
    from archive.history.report_page import html_of

    pages = sorted(crawled.collection.reports.glob("*.html"))
    assert len(pages) == len(list(crawled.collection.reports.glob("*.json")))
    assert "anti-bot page" in "".join(p.read_text("utf-8") for p in pages)
    hostile = {"name": NASTY, "run": NASTY, "verdict": "ok", "reason": NASTY, "evidence": [NASTY], "error_list": [{"url": NASTY, "reason": NASTY}]}  # fmt: skip
    assert "<script" not in html_of(hostile)
    assert "<img" not in html_of(hostile)


def test_language_by_choice_else_by_the_browser(app):
    assert 'lang="zh-CN"' in get(app, "/?lang=zh").text
    assert 'lang="en"' in get(app, "/", **{"accept-language": "en-US,en;q=0.9,zh;q=0.5"}).text
    assert 'lang="zh-CN"' in get(app, "/", **{"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}).text


def test_search_shows_the_concordance_and_the_years(app, crawled):
    page = get(app, f"/search?lang=zh&q={quote('群众')}").text
    db = open_reader(crawled.collection.store)
    total = db.execute("SELECT count(*) FROM turns WHERE text LIKE '%群众%'").fetchone()[0]
    db.close()
    assert f"{total} 段发言符合" in page
    assert "<b>群众</b>" in page
    assert get(app, f"/search?q={quote('群众')}&since=yesterday").status_code == 400
    assert "没有符合" in get(app, "/search?lang=zh&q=zzzzzz").text
    assert "没有符合" in get(app, f"/search?lang=zh&q={quote('群众')}&genre=press_conference").text
    assert "没有符合" not in get(app, f"/search?lang=zh&q={quote('群众')}&genre=interview").text


def test_facets_narrow_the_search_that_is_shown(app, crawled):
    page = get(app, f"/search?q={quote('群众')}&lang=en").text
    found = re.findall(r'<a href="(/search\?[^"]+)">([^<]+)</a> <span class="note">(\d+)</span>', page)
    assert {"guest", "host"} <= {name for _, name, _ in found}
    for address, _, count in found:
        narrowed = get(app, html.unescape(address)).text
        assert f"{count} turns match" in narrowed, address
    db = open_reader(crawled.collection.store)
    for only in (Filter(), Filter(role="guest"), Filter(speaker="殷学文"), Filter(since="2021")):
        for values in facets(db, "群众", only).values():
            assert sum(n for _, _, n in values) in (0, total(db, "群众", only))
    db.close()


@pytest.mark.parametrize(
    "path", [f"/search?q={quote('的')}", "/keywords?role=guest", f"/keywords?near={quote('群众')}"]
)
def test_what_takes_too_long_is_said(app, monkeypatch, path):
    def slow(connection, *_args, **_more):
        connection.execute(
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"
        ).fetchone()

    monkeypatch.setattr("archive.web.views.TIME_LIMIT_MS", 100)
    for name in ("web.finding.page_of", "research.apart.keywords", "research.apart.collocations"):
        monkeypatch.setattr(f"archive.{name}", slow)
    answer = get(app, path)
    assert (answer.status_code, "查询超时" in answer.text) == (503, True)
    assert 'name="role"' in answer.text, "the form stays"


def test_a_site_page_names_its_gaps(app, crawled):
    page = get(app, more_pages(crawled.collection)["site"] + "lang=en").text
    for words in ("Gaps", "longest silence", "held without text", "runs that did not get everything"):
        assert words in page, words


def test_an_interview_reads_as_it_was_with_suspicions_in_their_place(app, crawled):
    flagged, changed, video = uids(crawled.collection)
    page = get(app, f"/interview/{flagged}?lang=zh").text
    assert page.count('<section class="turn') == 12
    assert "<mark" in page
    assert 'title="标签 访谈主题：' in page, "evidence on hover"
    assert "[EB/OL]" in page
    assert "@online{" in page
    assert "fangtan record" in page
    assert "三百八十" in get(app, f"/interview/{changed}/changes").text
    assert "没有对话实录" in get(app, f"/interview/{video}?lang=zh").text
    assert get(app, "/interview/0123456789abcdef").status_code == 404
    assert get(app, "/interview/0123456789abcdef/changes").status_code == 404


def test_persons_organisations_sites_and_what_waits_for_review(app, crawled):
    pages = {name: get(app, f"{path}lang=en") for name, path in more_pages(crawled.collection).items()}
    assert {p.status_code for p in pages.values()} == {200}
    assert pages["person"].text.count("/interview/") == 2
    assert pages["organization"].text.count("/interview/") >= 3
    assert "blocked" in pages["site"].text
    assert "3/3" in pages["site"].text
    assert "Betway必威体育官网" in pages["review"].text
    for path in ("/person?id=x/y", "/person", "/organization?name=x", "/site/nowhere"):
        assert get(app, path).status_code == 404
    assert all(p.headers["content-security-policy"].startswith("default-src 'none'") for p in pages.values())


def test_no_word_of_a_program_is_left_untranslated(app, crawled):
    flagged, changed, _ = uids(crawled.collection)
    paths = [
        "/",
        "/review",
        "/status",
        f"/interview/{flagged}",
        f"/interview/{changed}/changes",
        more_pages(crawled.collection)["site"].rstrip("?&"),
    ]
    for path in paths:
        page = get(app, f"{path}?lang=zh").text
        body = re.sub(r"<code>.*?</code>|<pre.*?</pre>", "", page[page.index("<main") :], flags=re.DOTALL)
        left = re.findall(
            r"\b(?:blocked|alert|warning|word_substitution|incomplete|replaced|published_at|same name)\b",
            re.sub(r"<[^>]+>", " ", body),
        )
        assert left == [], path
    assert "警报" in get(app, f"/interview/{flagged}?lang=zh").text
    assert "word substitution" in get(app, f"/interview/{flagged}?lang=en").text


def test_a_contested_value_waits_for_review_until_it_is_sure(crawled, tmp_path):
    folder = tmp_path / "c"
    shutil.copytree(crawled.collection.root, folder)
    kept = Collection(folder)
    for sure, shown in ((0.5, True), (0.95, False)):
        with contextlib.closing(sqlite3.connect(kept.store)) as db, db:
            (version, text) = db.execute(
                "SELECT id, evidence FROM versions WHERE newest ORDER BY id LIMIT 1"
            ).fetchone()
            told = json.loads(text)
            told["evidence"]["title"]["rejected"] = ["Another heading"]
            told["confidence"]["title"] = sure
            text = json.dumps(told, ensure_ascii=False)
            db.execute("UPDATE versions SET evidence = ?, contested = ? WHERE id = ?", (text, sure, version))
        page = get(application(kept), "/review?lang=en").text
        assert ("Another heading" in page, "Close calls" in page) == (shown, shown)


def test_our_pages_may_load_nothing_from_elsewhere_and_run_nothing(app, crawled):
    for path in ("/", "/search?q=a", f"/interview/{uids(crawled.collection)[0]}"):
        response = get(app, path)
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "<script" not in response.text
        assert not re.findall(r"(?:src|href)=['\"]?(?:https?:)?//", response.text)
    assert "default-src 'self'" in get(app, "/fangtan").headers["content-security-policy"]


def test_without_a_token_nobody_reads(crawled, tmp_path):
    """Our pages, Datasette's JSON and static files alike; by browsers' passwords and by programs' headers."""
    path = tmp_path / "tokens"
    path.write_text("0123456789abcdef0123  # 王\n\nzzzzzzzzzzzzzzzzzzzzzz\n", "utf-8")
    path.chmod(0o600)
    tokens = read_tokens(path)
    assert tokens == ["0123456789abcdef0123", "z" * 22]
    client = httpx.AsyncClient(transport=httpx.ASGITransport(guarded(application(crawled.collection).app(), tokens)), base_url="http://localhost")  # fmt: skip

    def status(path, **headers):
        return asyncio.run(client.get(path, headers=headers)).status_code

    for path_ in ("/", "/fangtan.json", "/search", "/-/static-plugins/archive.web/fangtan.css", "/export?format=csv"):
        assert status(path_) == 401
        assert status(path_, authorization="Bearer 0123456789abcdef0124") == 401
        assert status(path_, authorization="Bearer") == 401
        assert status(path_, authorization="Basic !!") == 401
        assert status(path_, authorization="Bearer 0123456789abcdef0123") == 200
        assert status(path_, authorization="Basic " + base64.b64encode(b"who:" + b"z" * 22).decode()) == 200


def test_a_file_of_tokens_is_kept_private_and_long_enough(tmp_path):
    path = tmp_path / "tokens"
    for content, mode, said in (("x" * 30, 0o644, "chmod 600"), ("short\n", 0o600, "fewer than"), ("# none\n", 0o600, "no token")):  # fmt: skip
        path.write_text(content, "utf-8")
        path.chmod(mode)
        with pytest.raises(ConfigError, match=said):
            read_tokens(path)
    with pytest.raises(ConfigError):
        read_tokens(tmp_path / "nothing")


def test_an_older_version_reads_as_it_was(app, crawled):
    _, changed, _ = uids(crawled.collection)
    newest = get(app, f"/interview/{changed}?lang=en").text
    older = get(app, f"/interview/{changed}?version=1&lang=en").text
    assert "An older version: 1 / 2" in older
    assert "An older version" not in newest
    assert (
        get(app, f"/interview/{changed}?version=2&lang=en").text.replace("version=2&amp;lang=zh", "lang=zh") == newest
    )
    assert "三百八十" in newest + older
    assert ("三百八十" in newest) != ("三百八十" in older)
    for wrong in ("3", "0", "x", "-1", "1;"):
        assert get(app, f"/interview/{changed}?version={quote(wrong)}").status_code == 404


def links_of(answer):
    """The header ``Link``: relation → target and what else is said of it."""
    found = re.findall(r'<([^<>]*)>; rel="(\w+)"((?:; \w+="[^"]*")*)', answer.headers.get("link", ""))
    return {relation: (target, more) for target, relation, more in found}


def test_interviews_and_captures_name_their_timegate_and_timemap(crawled):
    base = "http://127.0.0.1:8080/" + replay_name(crawled.collection)
    with_replay = application(crawled.collection, "http://127.0.0.1:8080/")
    identifier, url = captured(crawled.collection)
    answer = get(with_replay, f"/capture/{identifier}?lang=en")
    links = links_of(answer)
    assert links["original"] == (url, "")
    assert links["timegate"] == (f"{base}/{url}", "")
    assert links["timemap"] == (f"{base}/timemap/link/{url}", '; type="application/link-format"')
    memento, moment = links["memento"]
    assert re.fullmatch(rf"{re.escape(base)}/\d{{14}}/{re.escape(url)}", memento)
    assert re.fullmatch(r'; datetime="\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"', moment)
    for target in (memento, links["timegate"][0], links["timemap"][0]):
        assert f'href="{html.escape(target)}"' in answer.text
    changed = uids(crawled.collection)[1]
    seen = [links_of(get(with_replay, f"/interview/{changed}?version={n}")) for n in (1, 2)]
    assert seen[0]["timemap"] == seen[1]["timemap"]
    assert seen[0]["memento"] != seen[1]["memento"], "each version has its own capture"


def test_what_replay_cannot_show_has_no_memento(crawled):
    with_replay = application(crawled.collection, "http://127.0.0.1:8080/")
    posted, _ = captured(crawled.collection, "method = 'POST'")
    assert "link" not in get(with_replay, f"/capture/{posted}").headers
    confirmed = {"method": "GET", "url": "http://x.cn/", "status": 304, "fetched_at": "2021-01-02T03:04:05Z"}
    assert "memento" not in mementos(with_replay, confirmed).header()
    without = get(application(crawled.collection), f"/interview/{uids(crawled.collection)[0]}")
    assert without.status_code == 200
    assert "link" not in without.headers
    assert "TimeMap" not in without.text


@pytest.mark.parametrize(
    "url", ['http://x.cn/a"b>,<http://evil.cn/>;rel="timegate"', "http://x.cn/访谈 1.html", "http://x.cn/?q={1}|'"]
)
def test_an_address_cannot_add_links_of_its_own(crawled, url):
    capture = {"method": "GET", "url": url, "status": 200, "fetched_at": "2021-01-02T11:04:05.678+08:00"}
    links = mementos(application(crawled.collection, "http://127.0.0.1:8080"), capture)
    header = links.header()
    assert header.isascii()
    assert re.findall(r'rel="(\w+)"', header) == ["original", "timegate", "timemap", "memento"]
    assert header.count("<") == header.count(">") == 4
    assert "/20210102030405/" in links.memento
    assert header.endswith('datetime="Sat, 02 Jan 2021 03:04:05 GMT"')


def test_a_capture_shows_where_it_lies_and_what_it_says(crawled):
    identifier, url = captured(crawled.collection)
    with_replay = application(crawled.collection, "http://127.0.0.1:8080/")
    page = get(with_replay, f"/capture/{identifier}?lang=en").text
    for words in ("HTTP/1.1 200", "warc.gz", "SHA-256", "http://127.0.0.1:8080/", url):
        assert words in page, words
    assert "&lt;html" in page.lower()
    assert "8080" not in get(application(crawled.collection), f"/capture/{identifier}").text
    picture, _ = captured(crawled.collection, "mime LIKE 'image/%'")
    assert "image/png: no text" in get(with_replay, f"/capture/{picture}?lang=en").text
    assert get(with_replay, "/capture/nothing").status_code == 404
    linked = get(with_replay, f"/interview/{uids(crawled.collection)[0]}").text
    assert re.search(r'href="/capture/[^"]+"', linked)


def test_what_a_part_says_more_and_what_stands_near(app, crawled):
    page = get(app, "/keywords?role=guest&lang=en").text
    expected = fangtan("keywords", "--role", "guest", "--json", collection=crawled.collection.root).rows[0]
    assert expected["unit"] in page
    assert f'<td data-name="Here">{expected["count"]}</td>' in page
    near = fangtan("keywords", "群众", "--json", collection=crawled.collection.root).rows[0]
    assert near["unit"] in get(app, f"/keywords?near={quote('群众')}").text
    assert get(app, f"/keywords?near={quote('没有这个词')}").status_code == 400
    assert get(app, "/keywords?since=soon").status_code == 400
    assert get(app, "/keywords?lang=en").status_code == 200, "nothing chosen yet"


def send(app, **fields):
    """Fill in the form of an export and send it."""
    (token,) = re.findall(r'name="token" value="([^"]+)"', get(app, "/export").text)
    return asyncio.run(app.client.post("/export", data={"token": token, **fields}))


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "tei", "vrt", "convokit", "citations"])
def test_an_export_from_the_web_is_the_export(app, crawled, tmp_path, form):
    response = send(app, format=form, since="2021", lang="en")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        archive.extractall(tmp_path / "web")
    assert (
        fangtan("export", form, "--since", "2021", "-o", str(tmp_path / form), collection=crawled.collection.root).code
        == 0
    )
    sums = [(folder / "SHA256SUMS").read_text("utf-8") for folder in (tmp_path / "web" / form, tmp_path / form)]
    assert sums[0] == sums[1]
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path / "web" / form, check=True)
    assert not list(Path(tempfile.gettempdir()).glob("fangtan-*.zip")), "sent once, then deleted"


def test_an_export_that_cannot_be_is_refused_in_words(app, monkeypatch):
    assert "expected one of csv" in send(app, format="exe", lang="en").text
    assert send(app, format="csv", site="nowhere").status_code == 400
    monkeypatch.setattr("archive.web.research.MAX_INTERVIEWS", 3)
    refused = send(app, format="csv")
    assert (refused.status_code, "fangtan export" in refused.text) == (400, True)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A page whose title, guest, labels and words are markup."""
    collection = Collection(tmp_path_factory.mktemp("hostile") / "c").create()
    escaped = NASTY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    pages = table()
    pages["/zxft/1.html"] = plain(
        pages["/zxft/1.html"]
        .partition(b"\r\n\r\n")[2]
        .replace("今年的目标".encode(), escaped.encode())
        .replace("<h1>第".encode(), f"<h1>{escaped}第".encode())
    )
    with OddServer(pages) as server:
        fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    return collection


def test_hostile_words_appear_literally(hostile):
    app = application(hostile)
    db = open_reader(hostile.store)
    uid = db.execute("SELECT uid FROM interviews WHERE title LIKE '%script%'").fetchone()[0]
    db.close()
    for path in ("/", f"/interview/{uid}", "/search?q=alert", f"/search?q={quote(NASTY)}"):
        page = get(app, path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in page.partition("alert(2)")[2][:20]
    assert "&lt;script&gt;alert(1)" in get(app, f"/interview/{uid}").text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "q",
                "role",
                "site",
                "since",
                "until",
                "speaker",
                "lang",
                "x",
                "id",
                "name",
                "near",
                "size",
                "format",
                "version",
            ]
        ),
        st.text(max_size=40),
        max_size=5,
    ),
    st.sampled_from(
        [
            "/",
            "/search",
            "/interview/0123456789abcdef",
            "/interview/x",
            "/search/more",
            "/person",
            "/organization",
            "/site/a",
            "/review",
            "/status",
            "/keywords",
            "/export",
            "/capture/x",
        ]
    ),
)
def test_no_route_of_ours_breaks(app, arguments, path):
    query = "&".join(f"{k}={quote(v.encode('utf-8', 'surrogatepass'))}" for k, v in arguments.items())
    assert get(app, f"{path}?{query}").status_code in (200, 400, 404)


@pytest.mark.parametrize(
    "sql",
    [
        "select randomblob(999000000)",
        "attach 'x' as y",
        "pragma journal_mode=delete",
        "delete from captures",
        "select load_extension('x')",
        "with recursive c(n) as (select 1 union all select n+1 from c) select max(n) from c",
        "drop view turns",
        "select writefile('/tmp/x', 'y')",
    ],
)
def test_sql_can_neither_write_nor_reach_out_nor_take_the_machine(app, crawled, sql):
    before = crawled.collection.store.stat().st_size
    response = get(app, f"/fangtan.json?sql={quote(sql)}")
    assert response.status_code in (400, 403, 500) or response.json().get("ok") is False
    assert response.status_code != 500
    assert crawled.collection.store.stat().st_size == before


def test_sql_and_json_answer_and_the_file_is_not_for_download(app):
    sql = "select count(*) as n from find where q match zh('执法')"
    rows = get(app, f"/fangtan.json?_shape=array&sql={quote(sql)}").json()
    assert rows[0]["n"] > 0
    assert get(app, "/fangtan.db").status_code == 403
    assert "一段发言" in get(app, "/fangtan/turns").text, "tables are described in both languages"
    hidden = {t["name"]: t["hidden"] for t in get(app, "/fangtan.json").json()["tables"]}
    assert hidden["_readings"]
    assert not hidden["captures"]
