"""Readers that are open while a talk is withheld, a store is rebuilt or brought back: each shows what the ledger allows, at once."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from urllib.parse import quote

import pytest
from click import Context
from support.running import fangtan, start
from support.sites.takedown_site import NEEDLE
from support.takedowns import rows, uid_of

from archive.errors import ConfigError
from archive.handover import withhold
from archive.handover.replay import name_of, wayback
from archive.ledger import chain as ledger
from archive.store.rebuild import rebuild
from archive.web.serve import application
from crawler.cli.console import collection_of
from crawler.cli.group import main

pytestmark = pytest.mark.long


def pages(collection):
    """Every page and table that may show the first talk."""
    uid = uid_of(collection, "/1.html")
    site = rows(collection, "SELECT site FROM interviews WHERE uid = ?", uid)[0][0]
    captures = [row[0] for row in rows(collection, "SELECT id FROM captures WHERE url LIKE '%/zxft/1.html'")]
    word, person = quote(NEEDLE), quote(f"{site}/李青葙")
    sql = quote(
        "SELECT text FROM _turns UNION ALL SELECT record FROM _readings UNION ALL SELECT evidence FROM versions"
    )
    find = quote(f"SELECT text FROM find WHERE q MATCH zh('{NEEDLE}')")
    pairs = quote(
        f"SELECT count(*) AS 龘靐 FROM _pairs_fts WHERE _pairs_fts MATCH '\"{NEEDLE[:2]}\"' HAVING count(*) > 0"
    )
    return [
        f"/interview/{uid}", f"/interview/{uid}?version=1", f"/interview/{uid}/changes", *(f"/capture/{c}" for c in captures),
        f"/search?q={word}", f"/person?id={person}", f"/keywords?near={quote('灌溉')}&size=4", f"/organization?name={quote('县水务局')}", "/review", "/",
        "/fangtan/turns.json?_size=200", "/fangtan/_turns.json?_size=200", "/fangtan/qa.json?_size=200", "/fangtan/guests.json?_size=200",
        "/fangtan/_readings.json?_size=200", "/fangtan/versions.json?_size=200", "/fangtan/turns.csv?_size=max", "/fangtan/persons.json",
        f"/fangtan/turns?text__contains={word}", f"/fangtan.json?sql={sql}", f"/fangtan.json?sql={find}", f"/fangtan.json?sql={pairs}",
    ]  # fmt: skip


def shows(text):
    return any(word in text for word in (NEEDLE, "李青葙", "龘靐")) or any(
        word.encode("unicode_escape").decode() in text for word in (NEEDLE, "李青葙", "龘靐")
    )


class Served:
    """A real `fangtan serve` or `fangtan replay`."""

    def __init__(self, collection, command="serve"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        nothing = subprocess.DEVNULL
        self.process = start(command, "-p", self.port, collection=collection.root, stdout=nothing, stderr=nothing)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")

    def __enter__(self):
        end = time.monotonic() + 90
        while time.monotonic() < end:
            with suppress(urllib.error.URLError):
                self.get("/")
                return self
            assert self.process.poll() is None
            time.sleep(0.1)
        raise AssertionError("serve did not begin")

    def __exit__(self, *_):
        self.process.terminate()  # replay ends its pywb, too
        self.process.wait()


def test_a_running_server_stops_showing_a_withheld_talk_at_once(archived):
    everything = pages(archived)
    uid = uid_of(archived, "/1.html")
    with Served(archived) as server:
        before = [path for path in everything if shows(server.get(path)[1])]
        assert len(before) >= 16, sorted(set(everything) - set(before))
        assert fangtan("withhold", uid, "--reason", "law", collection=archived.root).code == 0
        for path in before:
            status, text = server.get(path)
            if path.startswith(("/interview/", "/capture/", "/person")):
                assert (status, shows(text)) == (404, False), path
            elif path.startswith("/search"):
                assert f"/interview/{uid}" not in text
            elif path.startswith("/fangtan.json?sql="):
                assert not shows(text.partition('"rows"')[2].partition("]")[0]), path
            elif "text__contains" in path:
                assert text.count(NEEDLE) < server.get("/fangtan/turns?text__contains=x")[1].count("x")
            elif path == "/":
                assert f"/interview/{uid}" not in text
            else:
                assert status == 200
                assert not shows(text), path
        other = uid_of(archived, "/2.html")
        assert server.get(f"/interview/{other}")[0] == 200


def get(app, path):
    return asyncio.run(app.client.get(path))


def test_pages_obey_a_takedown_that_was_killed_after_the_ledger(archived):
    app, uid = application(archived), uid_of(archived, "/1.html")
    assert get(app, f"/interview/{uid}").status_code == 200
    ids = [row[0] for row in rows(archived, "SELECT id FROM captures WHERE url LIKE '%/zxft/1.html'")]
    entry = {"type": "withhold", "captures": ids, "interviews": [uid], "reason": "law", "destroyed": False}
    ledger.append(archived, {**entry, "records": [], "files": []})
    assert get(app, f"/interview/{uid}").status_code == 404
    assert NEEDLE not in get(app, "/fangtan/turns.json?_size=200").text
    assert "/1.html" not in archived.index.read_text("utf-8")


def made_earlier(archived):
    """The store of an earlier version; the ledger's takedown of its first talk is not carried out."""
    uid = uid_of(archived, "/1.html")
    ids = [row[0] for row in rows(archived, "SELECT id FROM captures WHERE url LIKE '%/zxft/1.html'")]
    db = sqlite3.connect(archived.store)
    db.execute("INSERT INTO store_meta VALUES ('regroup', 'all')")
    db.commit()
    db.close()
    entry = {"type": "withhold", "captures": ids, "interviews": [uid], "reason": "law", "destroyed": False}
    ledger.append(archived, {**entry, "records": [], "files": []})


def left(collection):
    """Whether the upgrade is due, and how many captures are withheld and still there."""
    db = sqlite3.connect(collection.store)
    (due,) = db.execute("SELECT count(*) FROM store_meta WHERE key = 'regroup'").fetchone()
    (there,) = db.execute("SELECT count(*) FROM captures WHERE url LIKE '%/zxft/1.html'").fetchone()
    db.close()
    return due, there > 0


def test_a_page_upgrades_no_store_and_shows_nothing_that_is_withheld(archived, monkeypatch):
    monkeypatch.setattr("archive.store.store.TAKEDOWN_S", 0.1)
    app = application(archived)
    made_earlier(archived)
    answer = get(app, "/fangtan/turns.json?_size=200")
    assert answer.status_code == 503
    assert NEEDLE not in answer.text
    assert left(archived) == (1, True)


def test_a_command_upgrades_a_store_under_the_indexers_lock_and_for_a_takedown_only(archived):
    made_earlier(archived)
    with archived.lock("indexer"):
        collection_of(Context(main, obj={"collection": archived.root}))
    assert left(archived) == (1, True), "who has the lock does it"
    collection_of(Context(main, obj={"collection": archived.root}))
    assert left(archived) == (0, False)
    db = sqlite3.connect(archived.store)
    db.execute("INSERT INTO store_meta VALUES ('regroup', 'all')")
    db.commit()
    db.close()
    collection_of(Context(main, obj={"collection": archived.root}))
    assert left(archived) == (1, False), "the takedown is carried out: nothing to write"


def test_open_connections_see_a_rebuild_and_the_file_stays_the_same_one(archived):
    app, uid = application(archived), uid_of(archived, "/1.html")
    inode = archived.store.stat().st_ino
    assert get(app, f"/interview/{uid}").status_code == 200
    (archived.sites / "x.toml").write_text('name = "新县人民政府"\nsection = ["https://x.example/zxft/"]\n', "utf-8")
    assert "新县人民政府" not in get(app, "/fangtan/sites.json").text
    rebuild(archived)
    assert archived.store.stat().st_ino == inode
    assert "\\u65b0\\u53bf" in get(app, "/fangtan/sites.json").text
    assert get(app, f"/interview/{uid}").status_code == 200


def test_a_store_that_is_brought_back_under_a_server_obeys_the_ledger(archived, tmp_path):
    """Another file under the same name: connections to the old one are let go, and the new one is made to obey."""
    app, uid, other = application(archived), uid_of(archived, "/1.html"), uid_of(archived, "/2.html")
    assert get(app, f"/interview/{uid}").status_code == 200
    shutil.copy(archived.store, tmp_path / "backup.db")
    withhold.withhold(archived, [uid], "law")
    assert get(app, f"/interview/{uid}").status_code == 404
    for name in ("fangtan.db-wal", "fangtan.db-shm"):
        (archived.root / name).unlink(missing_ok=True)
    (tmp_path / "backup.db").replace(archived.store)
    assert get(app, f"/interview/{uid}").status_code == 404
    withhold.withhold(archived, [other], "law")
    assert get(app, f"/interview/{other}").status_code == 404, "the server reads the file that lies there now"


def test_commands_show_nothing_of_a_withheld_talk(archived, tmp_path):
    uid = uid_of(archived, "/1.html")
    turn = f"{uid}.2.2"
    url = rows(archived, "SELECT url FROM interviews WHERE uid = ?", uid)[0][0]
    withhold.withhold(archived, [uid], "law")
    for command in (
        ("search", NEEDLE),
        ("record", turn),
        ("record", uid),
        ("diff", uid),
        ("diff", url),
        ("changes",),
        ("correct",),
    ):
        result = fangtan(*command, "--json", collection=archived.root)
        assert not shows(result.out), command
    for form in ("jsonl", "citations"):
        assert fangtan("export", form, "-o", tmp_path / form, collection=archived.root).code == 0
        assert not shows("".join(p.read_text("utf-8") for p in (tmp_path / form).iterdir() if p.is_file()))


def test_a_running_replay_loses_the_page_and_finishes_what_was_killed(archived):
    """pywb itself; the ledger's entry alone is there, as after a kill."""
    try:
        wayback()
    except ConfigError:
        if os.environ.get("CI"):
            raise
        pytest.skip("no pywb; see `make replay`")
    captured = rows(
        archived, "SELECT id, url, fetched_at FROM captures WHERE url LIKE '%/zxft/1.html' ORDER BY fetched_at"
    )
    stamp = "".join(c for c in captured[0][2] if c.isdigit())[:14]
    with Served(archived, "replay") as server:
        path = f"/{name_of(archived)}/{stamp}mp_/{captured[0][1]}"
        assert NEEDLE in server.get(path)[1]
        entry = {"type": "withhold", "captures": [row[0] for row in captured], "reason": "law", "destroyed": False}
        ledger.append(archived, {**entry, "records": [], "files": []})
        end = time.monotonic() + 60
        while "/zxft/1.html" in archived.index.read_text("utf-8") and time.monotonic() < end:
            time.sleep(0.1)
        status, text = server.get(path)
        assert (status, NEEDLE in text) == (404, False)
