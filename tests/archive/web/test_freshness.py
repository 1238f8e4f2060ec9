"""What readers hold and take away: a page that is held is told from a changed one; downloads have a limit and begin no formula."""

import asyncio
import csv
import io
import json
import re
import shutil
import sqlite3
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reading_room import ask, one, pages
from support.running import fangtan

from archive.collection.folder import Collection
from archive.errors import StoreError
from archive.export.cells import guarded
from archive.store.store import open_reader
from archive.web import lists
from archive.web.access import guarded as with_tokens
from archive.web.freshness import Freshness
from archive.web.serve import application
from archive.web.sheets import _Lines

TOKEN = "0123456789abcdef0123"
#: Datasette drops questions that it has prepared when a parameter turns out wrong.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


@pytest.fixture(scope="module")
def kept(crawled, tmp_path_factory):
    """A copy that these tests may change."""
    folder = tmp_path_factory.mktemp("door") / "c"
    shutil.copytree(crawled.collection.root, folder)
    return Collection(folder)


@pytest.fixture(scope="module")
def app(kept):
    return application(kept, hosts=["192.0.2.7", "Archive.Example.org"])


# ── one state of the store from another ─────────────────────────────────────────────────────────────────────────────


def test_a_page_that_is_held_is_the_same_until_the_store_changes(app, kept):
    paths = pages(kept)
    tags = {}
    for path in paths:
        first = ask(app, path)
        assert first.status_code == 200, path
        tags[path] = first.headers["etag"]
        assert first.headers["cache-control"] == "no-cache"
        assert "accept-language" in first.headers["vary"].lower()
        for held in (tags[path], f'"x", {tags[path]}', "*", tags[path].removeprefix("W/")):
            again = ask(app, path, headers={"if-none-match": held})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tags[path]), path
        assert ask(app, path, headers={"if-none-match": '"other"'}).status_code == 200
    assert len(set(tags.values())) == len(paths)
    uid = one(kept, "SELECT uid FROM interviews WHERE title IS NOT NULL ORDER BY uid")
    done = fangtan("correct", uid, "source", "县志办", "--author", "王", "--reason", "核对", collection=kept.root)
    assert done.code == 0, done.err
    for path in paths:
        changed = ask(app, path, headers={"if-none-match": tags[path]})
        assert (changed.status_code, changed.headers["etag"] != tags[path]) == (200, True), path
    assert "县志办" in ask(app, f"/interview/{uid}").text


def test_a_tag_waits_for_nothing(kept, monkeypatch):
    """It is made on the event loop: a takedown that is under way is waited for elsewhere."""
    monkeypatch.setattr("archive.store.store.shows_withheld", lambda *_: True)
    monkeypatch.setattr("archive.store.store.TAKEDOWN_S", 0.0)
    with pytest.raises(StoreError):
        open_reader(kept.store)
    assert Freshness(kept.store).tag("/")


def test_a_store_in_the_place_of_another_is_another(kept, tmp_path):
    shutil.copytree(kept.root, tmp_path / "c")
    collection = Collection(tmp_path / "c")
    app = application(collection)
    tag = ask(app, "/").headers["etag"]
    assert ask(app, "/", headers={"if-none-match": tag}).status_code == 304
    fresh = tmp_path / "fresh.db"
    db = sqlite3.connect(collection.store)
    db.execute("VACUUM INTO ?", (str(fresh),))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    for name in ("-wal", "-shm"):
        collection.store.with_name(collection.store.name + name).unlink(missing_ok=True)
    fresh.replace(collection.store)
    assert ask(app, "/", headers={"if-none-match": tag}).status_code == 200


def test_languages_and_addresses_have_tags_of_their_own(app):
    tags = {
        ask(app, path, headers=headers).headers["etag"]
        for path, headers in (("/?lang=zh", {}), ("/?lang=en", {}), ("/", {"accept-language": "en"}), ("/", {"accept-language": "zh-CN"}), ("/review", {}))
    }  # fmt: skip
    assert len(tags) == 5


def test_what_changes_with_other_things_has_no_tag(app, monkeypatch):
    for path in (
        "/status",
        "/export",
        "/search?q=a&since=soon",
        "/interview/0123456789abcdef",
        "/fangtan.json?sql=select+random()",
    ):
        answer = ask(app, path)
        assert "etag" not in answer.headers, path
        assert answer.headers["cache-control"] in ("no-cache", "no-store"), path
    assert ask(app, "/fangtan/turns.json?_ttl=86400").headers["cache-control"] == "no-cache", "a takedown may come"

    def slow(connection, *_):
        connection.execute("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c").fetchone()  # fmt: skip

    monkeypatch.setattr("archive.web.views.TIME_LIMIT_MS", 100)
    monkeypatch.setitem(lists._WAITING, "twins", (slow, "twins"))
    answer = ask(app, "/review")
    assert answer.status_code == 200
    assert "etag" not in answer.headers, "a part was left out: another try may have it"


def test_pages_behind_a_token_are_the_readers_own(app, kept):
    def wrap(inner):
        return with_tokens(inner, [TOKEN])

    shown = {"authorization": f"Bearer {TOKEN}"}
    assert ask(app, "/", wrap=wrap).status_code == 401
    for path in [*pages(kept), "/status", "/fangtan/turns.json", "/search.csv?q=a", "/-/static/app.css"]:
        answer = ask(app, path, wrap=wrap, headers=shown)
        assert answer.status_code == 200, path
        assert "private" in answer.headers["cache-control"], path
        assert "authorization" in answer.headers["vary"].lower(), path
        if "etag" in answer.headers:
            held = {**shown, "if-none-match": answer.headers["etag"]}
            assert ask(app, path, wrap=wrap, headers=held).status_code == 304
            assert ask(app, path, wrap=wrap, headers={"if-none-match": answer.headers["etag"]}).status_code == 401
    assert ask(app, "/", wrap=wrap, headers={**shown, "host": "evil.example"}).status_code == 421
    assert ask(app, "/", "DELETE", wrap=wrap, headers=shown).status_code == 405
    (token,) = re.findall(r'name="token" value="([^"]+)"', ask(app, "/export", wrap=wrap, headers=shown).text)
    fields = {"format": "citations", "token": token}
    assert ask(app, "/export", "POST", wrap=wrap, headers=shown, data=fields).status_code == 200
    assert ask(app, "/export", "POST", wrap=wrap, data=fields).status_code == 401


# ── downloads ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_search_is_downloaded_as_it_is_shown(app, kept, monkeypatch):
    page = ask(app, f"/search?q={quote('群众')}&role=guest").text
    assert "/search.csv?unit=turns&amp;q=" in page
    rows = list(
        csv.DictReader(io.StringIO(ask(app, f"/search.csv?q={quote('群众')}&role=guest").text.lstrip("\ufeff")))
    )
    lines = [json.loads(line) for line in ask(app, f"/search.jsonl?q={quote('群众')}&role=guest").text.splitlines()]
    expected = one(kept, "SELECT count(*) FROM turns WHERE role = 'guest' AND text LIKE '%群众%'")
    assert len(rows) == len(lines) == expected > 0
    assert [row["turn"] for row in rows] == [line["turn"] for line in lines]
    assert {line["role"] for line in lines} == {"guest"}
    monkeypatch.setattr("archive.web.sheets.MOST", 2)
    assert len(ask(app, f"/search.jsonl?q={quote('群众')}").text.splitlines()) == 2
    assert ask(app, "/search.csv?q=a&since=soon").status_code == 400
    assert ask(app, "/search.csv").text.count("\n") == 1
    assert ask(app, "/search.exe?q=a").status_code == 404


def test_who_leaves_ends_the_download(app):
    """A reader takes the head of a table and goes: nothing more is made for him."""
    made = []

    async def go():
        gone = asyncio.Event()

        async def receive():
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            made.append(message)
            if len(made) > 3:
                gone.set()
            await asyncio.sleep(0)

        scope = {"type": "http", "method": "GET", "path": "/fangtan/turns.csv", "raw_path": b"/fangtan/turns.csv", "query_string": b"_stream=on&_size=10", "headers": [(b"host", b"localhost")], "server": ("127.0.0.1", 8001)}  # fmt: skip
        await app.app()(scope, receive, send)

    asyncio.run(go())
    whole = ask(app, "/fangtan/turns.csv?_stream=on").text
    assert made[0]["status"] == 200
    assert sum(len(m.get("body", b"")) for m in made) < len(whole.encode()) / 2


def test_datasettes_csv_begins_no_formula(app):
    cells = ["=1+1", "＝1", "@x", "-5", "a,=b", '"=1"', "line\r\n=2", "\t=3", "plain"]
    sql = " union all ".join(f"select {n} as n, '{cell}' as \"=cell\"" for n, cell in enumerate(cells))
    for more in ("", "&_dl=1", "&_header=off"):
        answer = ask(app, f"/fangtan.csv?sql={quote(sql)}{more}")
        rows = list(csv.reader(io.StringIO(answer.text, newline="")))
        body = rows if "off" in more else rows[1:]
        assert [row[1] for row in body] == [guarded(cell) for cell in cells]
        assert "off" in more or rows[0] == ["n", "'=cell"]
    assert ask(app, f"/fangtan.json?_shape=arrays&sql={quote(sql)}").json()["rows"] == [
        [n, c] for n, c in enumerate(cells)
    ]


@given(
    st.lists(st.lists(st.text(alphabet="=+-@,\"'\r\n a访", max_size=6), min_size=1, max_size=3), max_size=5), st.data()
)
def test_csv_is_guarded_however_it_is_cut_on_the_way(rows, data):
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    whole = stream.getvalue().encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    lines, out = _Lines(), b""
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        out += lines.guard(whole[start:end], last=False)
    out += lines.guard(b"", last=True)
    read = list(csv.reader(io.StringIO(out.decode(), newline="")))
    assert read == [[guarded(cell) for cell in row] for row in csv.reader(io.StringIO(whole.decode(), newline=""))]
