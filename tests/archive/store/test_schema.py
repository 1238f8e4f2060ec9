"""The store's schema: described in two languages, brought up to date from every earlier one, people and organisations in views."""

import gzip
import hashlib
import json
import re
import shutil
import sqlite3

import pytest
from sqlite_utils import Database
from support.running import HERE, ROOT

from archive.collection.folder import Collection
from archive.errors import StoreError
from archive.research.counting import total
from archive.store import migrations, originals
from archive.store.descriptions import PUBLIC, TABLES, described
from archive.store.indexer import Indexer
from archive.store.migrations import NAMES, begin, migrate
from archive.store.reference import as_markdown
from archive.store.store import APPLICATION_ID, definitions, definitions_in, open_reader, open_store
from archive.warc.records import Record, iterate

DOCS = {"en": ROOT / "docs" / "schema.md", "zh": ROOT / "docs" / "zh" / "schema.md"}


def fresh(stop_before=None):
    connection = sqlite3.connect(":memory:")
    migrate(Database(connection), stop_before=stop_before)
    return connection


def test_a_new_store_is_what_the_migrations_make(tmp_path):
    """It is a copy of one that was migrated in memory; the times of the migrations differ."""
    path = tmp_path / "fangtan.db"
    made = open_store(path).conn
    assert made.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert made.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    dumps = [[line for line in db.iterdump() if "_sqlite_migrations" not in line] for db in (made, fresh())]
    assert dumps[0] == dumps[1]
    done = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'fangtan' ORDER BY name"
    assert [name for (name,) in made.execute(done)] == NAMES
    made.close()


def test_a_store_whose_making_was_killed_is_made_by_the_next_command(tmp_path, monkeypatch):
    path = tmp_path / "fangtan.db"

    def killed(connection):
        begin(connection)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("archive.store.store.begin", killed)
        with pytest.raises(KeyboardInterrupt):
            open_store(path)
    open_store(path).conn.close()
    open_reader(path).close()


def test_a_new_file_that_another_program_locks_is_no_endless_wait(tmp_path):
    path = tmp_path / "fangtan.db"
    holder, other = sqlite3.connect(path, isolation_level=None), sqlite3.connect(path, timeout=0, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        begin(other)
    holder.execute("ROLLBACK")
    begin(other)
    assert other.execute("SELECT count(*) FROM interviews").fetchone() == (0,)
    holder.close()
    other.close()


#: The newest migration, and the digest of the views that it brings. A changed view needs a migration: only then stores
#: that are there get it; verify would call their views altered.
VIEWS = ("m032_speakers", "6ca277dc7e5f2bbccdf9be702e56e064643bbf351bf8ca57c9530326eadfaaa2")


def test_no_view_changes_without_a_migration():
    assert (NAMES[-1], hashlib.sha256((ROOT / "archive/store/migrations/views.sql").read_bytes()).hexdigest()) == VIEWS


def test_every_public_table_and_column_is_described_in_both_languages():
    connection = fresh()
    assert set(PUBLIC) <= set(TABLES)
    for table, column, (english, chinese) in described(connection):
        assert english, (table, column)
        assert any("\u4e00" <= c <= "\u9fff" for c in chinese), (table, column)
    meta = dict(connection.execute("SELECT key, value FROM store_meta"))
    assert json.loads(meta["turns.text"])["en"].startswith("The words")
    connection.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_reference_is_what_the_schema_says(language):
    connection = fresh()
    page = DOCS[language]
    command = f"python -m archive.store.reference {language} > {page.relative_to(ROOT)}"
    assert page.read_text("utf-8") == as_markdown(connection, language), command
    connection.close()


@pytest.mark.parametrize("stop", NAMES[1:])
def test_a_store_of_an_earlier_schema_is_brought_up_to_date(tmp_path, stop):
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    migrate(Database(connection), stop_before=stop)
    connection.execute("INSERT INTO sites(id, name, host, province) VALUES ('620724', '高台县', 'a.example', '甘肃')")
    connection.commit()
    connection.close()
    open_store(path).conn.close()
    db = open_reader(path)
    assert db.execute("SELECT name FROM sites").fetchall() == [("高台县",)]
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    expected = {row[0] for row in fresh().execute("SELECT name FROM sqlite_master")}
    assert names == expected
    db.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path, monkeypatch):
    """The last step of many: the tables of the earlier ones, the views and the list of migrations stay what they were."""
    path = tmp_path / "old.db"
    path.write_bytes(gzip.decompress((HERE / "stores" / "m004.db.gz").read_bytes()))
    connection = sqlite3.connect(path, isolation_level=None)
    before = list(connection.iterdump())
    with monkeypatch.context() as patched:
        patched.setitem(migrations._STEPS, NAMES[-1], lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(Database(connection))
    assert list(connection.iterdump()) == before
    migrate(Database(connection))
    summed = "SELECT interviews, year FROM _tally WHERE site = '*'"
    assert connection.execute(summed).fetchall() == [(3, "")], "the pages print no date"
    connection.close()


@pytest.mark.parametrize("kept", sorted((HERE / "stores").glob("*.db.gz")), ids=lambda p: p.stem)
def test_a_store_that_an_earlier_version_wrote_is_brought_up_to_date(tmp_path, kept):
    """Stored when that schema was the newest: three talks and a correction; what later migrations derive is derived."""
    path = tmp_path / "fangtan.db"
    path.write_bytes(gzip.decompress(kept.read_bytes()))
    with pytest.raises(StoreError, match="older fangtan"):
        open_reader(path)
    before = sqlite3.connect(path)
    addresses = before.execute("SELECT interview, key, url, reason, since FROM interview_urls ORDER BY key").fetchall()
    before.close()
    open_store(path).conn.close()
    db = open_reader(path)
    for name in PUBLIC:
        db.execute(f"SELECT * FROM {name}").fetchall()
    assert len(addresses) >= 3
    assert db.execute("SELECT * FROM interview_urls ORDER BY key").fetchall() == addresses
    assert (
        db.execute("SELECT count(*), min(date), sum(characters) FROM interviews").fetchone()
        == db.execute(
            "SELECT count(DISTINCT i.uid), min(coalesce(i.time_start, i.published_at)), sum(length(t.text)) FROM interviews i JOIN turns t ON t.interview = i.uid"
        ).fetchone()
    )
    assert db.execute("SELECT count(*) FROM turns WHERE role = 'narrator'").fetchone() == (1,)
    texts = [text for (text,) in db.execute("SELECT text FROM turns")]
    for word in {text[at : at + size] for text in texts for size in (1, 2, 4) for at in (0, 5)}:
        assert total(db, f'"{word}"') == sum(word in text for text in texts), word
    assert db.execute("SELECT DISTINCT method FROM persons").fetchall() == [("same name, same site",)]
    db.close()


def test_persons_gather_what_guests_say_of_themselves(crawled):
    db = open_reader(crawled.collection.store)
    (name, interviews, first, last, posts) = db.execute(
        "SELECT name, interviews, first, last, posts FROM persons ORDER BY interviews DESC, id LIMIT 1"
    ).fetchone()
    plain = db.execute(
        "SELECT count(DISTINCT g.interview), min(coalesce(i.time_start, i.published_at)), max(coalesce(i.time_start, i.published_at)) FROM guests g JOIN interviews i ON i.uid = g.interview WHERE g.name = ?",
        (name,),
    ).fetchone()
    assert (interviews, first, last) == plain
    assert interviews == 2
    assert len(posts.split("；")) == 2
    # Two sites may each have somebody of that name: they are two.
    assert (
        db.execute("SELECT count(*) FROM persons").fetchone()[0]
        == db.execute(
            "SELECT count(*) FROM (SELECT DISTINCT i.site, g.name FROM guests g JOIN interviews i ON i.uid = g.interview WHERE g.name IS NOT NULL)"
        ).fetchone()[0]
    )
    db.close()


def test_participants_speak_all_turns(crawled):
    db = open_reader(crawled.collection.store)
    for interview, turns, characters in db.execute(
        "SELECT interview, sum(turns), sum(characters) FROM participants GROUP BY 1"
    ):
        assert (turns, characters) == db.execute(
            "SELECT count(*), coalesce(sum(length(text)), 0) FROM turns WHERE interview = ?", (interview,)
        ).fetchone()
    assert db.execute("SELECT count(*) FROM participants WHERE role = 'guest' AND turns > 0").fetchone()[0] > 30
    db.close()


@pytest.mark.usefixtures("clock")
def test_a_notice_leads_to_the_talk_that_it_announced(tmp_path):
    """On two pages; a notice of another day, or with other guests, leads nowhere."""
    from support.running import fangtan
    from support.sites.nation import Nation, Town, page

    def change(town, path):
        announced = {4: ("2025年1月3日", "韩春晖"), 5: ("2025年1月3日", "高原"), 6: ("2025年2月9日", "韩春晖")}
        for n, (when, who) in announced.items():
            if path == town.path(n):
                text = f"<h1>访谈预告：县水务局做客访谈第{n}号</h1><p>我县政府网站将于{when}上午10:00邀请县水务局局长{who}做客在线访谈，欢迎网友提前留言提问。</p>"
                return page(town.name, "访谈预告", text)
        return None

    with Nation({"a": Town("预告县", change)}) as nation:
        result = fangtan("crawl", "--delay", "0", "--json", nation.urls["a"], collection=tmp_path / "c")
        town = nation.sites["a"]
    assert result.rows[0]["quality"]["kinds"] == {"notice": 3, "transcript": 4}, result.rows
    db = open_reader(tmp_path / "c" / "fangtan.db")
    found = db.execute(
        "SELECT n.url, i.url, a.day, a.method FROM announcements a JOIN interviews n ON n.uid = a.notice JOIN interviews i ON i.uid = a.interview"
    ).fetchall()
    db.close()
    assert [(n.endswith(town.path(4)), i.endswith(town.path(2)), day, how) for n, i, day, how in found] == [(True, True, "2025-01-03", "same day, same guest")]  # fmt: skip


_SCANNED = re.compile(r"SCAN (\w+)")  # by way of an index, too: it is as long as the table


def _scans(db, statement):
    """The tables that a statement reads from their first row to their last."""
    names = dict(
        re.findall(
            r"\b(?:FROM|JOIN|,)\s+(\w+)(?:\s+AS)?\s+(?!WHERE|JOIN|ORDER|ON|GROUP|LIMIT|SET|USING|UNION)(\w+)", statement
        )
    )
    aliases = {alias: table for table, alias in names.items()}
    steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    found = [match[1] for step in steps if (match := _SCANNED.search(step))]
    return {aliases.get(name, name) for name in found}


def test_no_statement_of_the_indexer_scans_the_captures(crawled, tmp_path):
    """A nation has millions of captures: each page that is read finds its revisits, originals, parts and lists by index."""
    copy = Collection(shutil.copytree(crawled.collection.root, tmp_path / "copy"))
    for leftover in copy.root.glob("fangtan.db*"):
        leftover.unlink()
    said = []
    indexer = Indexer(copy)
    indexer.db.set_trace_callback(said.append)
    indexer.read_all()
    indexer.db.set_trace_callback(None)
    record = next(r for path in copy.warcs() for r in iterate(path) if r.type == "revisit")
    # As archives of others have it: a revisit that names its original by address and date only.
    fields = {name: value for name, value in record.fields.items() if name != "WARC-Refers-To"}
    mute = Record((record.version, fields, None, None), record.raw, record.position)
    indexer.db.set_trace_callback(said.append)
    originals.settle(indexer.db, originals.note(indexer.db, mute))
    indexer.db.set_trace_callback(None)
    asked = {s for s in said if s.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")) and "captures" in s}
    shapes = {re.sub(r"'(?:[^']|'')*'|\b\d+\b", "?", s): s for s in asked}
    assert len(shapes) > 10
    assert any("refers_to = " in shape for shape in shapes)
    scanning = {shape for shape, statement in shapes.items() if "captures" in _scans(indexer.db, statement)}
    indexer.close()
    assert not scanning


def test_a_store_of_an_earlier_version_gets_the_definitions_of_a_new_one(tmp_path):
    """Otherwise verify would name what nobody altered."""
    path = tmp_path / "fangtan.db"
    path.write_bytes(gzip.decompress((HERE / "stores" / "m004.db.gz").read_bytes()))
    database = open_store(path)
    try:
        assert definitions_in(database.conn) == definitions()
    finally:
        database.conn.close()
