"""What pages count is kept: always what counting gives, after every change; and no page's work grows with the archive."""

import asyncio
import contextlib
import sqlite3
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.dump import dump_public
from support.generated import generated
from support.recount import add_talk, wrong
from support.running import fangtan
from support.takedowns import holding, rows, uid_of
from support.talks import talk, written

from archive.collection.folder import Collection
from archive.store.derived import derive_all
from archive.store.indexer import bring_up_to_date
from archive.store.store import open_reader, open_store, transaction
from archive.web import views
from archive.web.serve import application
from parsers.record import Guest, Record, Turn

NAMES = ("王建国", "李秀英", None)


def seen(collection):
    db = open_reader(collection.store)
    try:
        return wrong(db)
    finally:
        db.close()


def test_summaries_follow_corrections_takedowns_and_what_comes_in(tmp_path):
    """Each step leaves the store as counting and as a rebuild would have it."""
    kept = holding(
        tmp_path,
        ("/1.html", "2024-03-05", talk("今年一共修了十二公里。", day="2024年3月5日")),
        ("/2.html", "2024-03-06", talk("去年修了八公里。", title="另一次访谈", opening=("请问修路的情况？",), day="2023年4月6日")),
    )  # fmt: skip
    assert not seen(kept)
    first, second = uid_of(kept, "/1.html"), uid_of(kept, "/2.html")
    who = ("--author", "甲", "--reason", "核对")
    for arguments in (
        (first, "time_start", "2019-02-02"),
        (first, "kind", "summary"),
        (second, "guests[1].name", "周立明"),
        (second, "guests[1].person", "周立明（乙）"),
        (first, "turns[2].role", "reporter"),
        (first, "turns[2].person", "赵六"),
        (second, "time_start", "--nothing"),
    ):
        assert fangtan("correct", *arguments, *who, collection=kept.root).code == 0, arguments
        assert not seen(kept), arguments
    people = [row[0] for row in rows(kept, "SELECT id FROM persons ORDER BY id")]
    assert len(people) == 2
    assert fangtan("correct", people[0], "same_as", people[1], *who, collection=kept.root).code == 0
    assert not seen(kept)
    written(
        kept.archive / "b.warc.gz",
        [("/1.html", "2025-01-01", ""), ("/3.html", "2025-01-01", talk("今年修了三公里。", day=""))],
    )
    bring_up_to_date(kept)
    assert not seen(kept)
    before = list(dump_public(kept.store))
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert list(dump_public(kept.store)) == before
    assert not seen(kept)
    assert fangtan("withhold", second, "--reason", "撤下", collection=kept.root).code == 0
    assert not seen(kept)
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert not seen(kept)


def _record(number, people, said):
    guests = tuple(Guest(name, "水务局", "局长") for name in people)
    turns = tuple(Turn(n, "甲", people[0] if people else None, "guest", text) for n, text in enumerate(said, 1))
    return Record(url="", kind="transcript", title=str(number), guests=guests, turns=turns, parser="x")


class _Store:
    """A store to change at random."""

    def __init__(self, path):
        self.database = open_store(path)
        self.db = self.database.conn

    def change(self, step):
        uid, what, number, site, names, day = step
        with transaction(self.database) as db:
            there = db.execute("SELECT max(version_no) FROM versions WHERE interview = ?", (uid,)).fetchone()[0]
            if what == "read":
                version = (there or 0) + 1
                record = _record(version, names, ["字" * n for n in range(number)])
                add_talk(db, uid, record, site=site, day=day, version=version)
            elif what == "gone":
                db.execute("UPDATE _interviews SET gone_at = ? WHERE uid = ?", (day, uid))
            elif what == "kind" and there:
                laid = None if number % 2 else '{"new": "video"}'
                db.execute("UPDATE versions SET corrected_kind = ? WHERE interview = ? AND newest", (laid, uid))
            elif what == "delete":
                db.execute("DELETE FROM _interviews WHERE uid = ?", (uid,))


STEP = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["read", "read", "gone", "kind", "delete"]),
    st.integers(0, 3),
    st.sampled_from(["s1", "s2", None]),
    st.lists(st.sampled_from(NAMES), max_size=2),
    st.sampled_from(["2020-01-02", "2021-05", None]),
)


@pytest.mark.long
@settings(max_examples=60)
@given(st.lists(STEP, max_size=12))
def test_summaries_are_what_counting_gives_after_every_change(tmp_path_factory, steps):
    store = _Store(tmp_path_factory.mktemp("s") / "fangtan.db")
    for step in steps:
        store.change(step)
        assert wrong(store.db) == {}, step
    before = list(store.db.iterdump())
    derive_all(store.db)
    assert list(store.db.iterdump()) == before, "deriving everything again changes nothing"
    store.db.close()


class _Steps:
    """Counts the steps of SQLite's machine that a page takes; the same on every machine."""

    def __init__(self):
        self.n = 0

    @contextlib.contextmanager
    def limit(self, connection, _ms):
        def step():
            self.n += 1
            return 0

        connection.set_progress_handler(step, 20)
        try:
            yield
        finally:
            connection.set_progress_handler(None, 20)


PAGES = ("/", "/person?id={person}", "/organization?name={organization}&site={site}", "/site/{site}", "/interview/{uid}", "/keywords", "/search", "/export")  # fmt: skip


def _taken(folder, turns, patch):
    """Steps of each page of a store of so many turns; each site has as many talks in all of them."""
    folder.mkdir()
    generated(folder, turns, turns // 320)
    db = sqlite3.connect(folder / "fangtan.db")
    site, uid = db.execute("SELECT site, uid FROM _interviews WHERE date IS NOT NULL ORDER BY uid LIMIT 1").fetchone()
    organization, person = db.execute(
        "SELECT organization, person FROM _participants WHERE interview = ? AND listed", (uid,)
    ).fetchone()
    db.close()
    names = {"site": site, "uid": uid, "organization": quote(organization), "person": quote(person)}
    app, taken = application(Collection(folder)), {}
    for page in PAGES:
        steps = _Steps()
        patch.setattr(views, "sqlite_timelimit", steps.limit)
        assert asyncio.run(app.client.get(page.format(**names))).status_code == 200, page
        taken[page] = steps.n
    return taken


@pytest.mark.long
def test_no_page_grows_with_the_archive(tmp_path, monkeypatch):
    few, many = (_taken(tmp_path / str(n), n, monkeypatch) for n in (1600, 9600))
    assert len(few) == len(many) == len(PAGES)
    few["/"], many["/"] = (
        few["/"] / 5,
        many["/"] / 30,
    )  # the home page lists sites, of which there are three thousand at most
    slopes = {page: many[page] / max(few[page], 50) for page in PAGES}
    assert {page: slope for page, slope in slopes.items() if slope > 2} == {}, (few, many)
