"""How to cite a talk or a turn: every style names the same archive, version, record and day, also of an older version."""

import html
import json
import re

import pytest
from support.reading_room import ask
from support.running import fangtan
from support.talks import talk, written

from archive.collection.folder import Collection
from archive.handover.imports import take
from archive.ledger import chain as ledger
from archive.store.store import open_reader
from archive.web.serve import application

BEFORE, AFTER = (
    "先从城东片区的六个小区开始，分三批进行，今年全部完工。",
    "先从城西片区的九个小区开始，分三批进行，明年全部完工。",
)


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """A page that was captured twice; the first answer was changed in between."""
    folder = tmp_path_factory.mktemp("cited")
    collection = Collection(folder / "c").create()
    settings = collection.root / "fangtan.toml"
    settings.write_text(settings.read_text("utf-8").replace('operator = ""', 'operator = "高台县档案馆"'), "utf-8")
    ledger.ensure_key(collection)
    path = folder / "a.warc.gz"
    written(path, [("/zxft/1.html", "2024-03-06", talk(BEFORE)), ("/zxft/1.html", "2025-07-08", talk(AFTER))])
    take(collection, [path])
    return Collection(collection.root)


@pytest.fixture(scope="module")
def facts(archived):
    """Of each version: the turn that changed, its number, day and record."""
    db = open_reader(archived.store)
    rows = db.execute(
        """SELECT t.id, t.text, v.version_no, c.fetched_at, c.record_id FROM _turns t JOIN versions v ON v.id = t.version
           JOIN captures c ON c.id = v.capture WHERE t.text IN (?, ?)""",
        (BEFORE, AFTER),
    ).fetchall()
    db.close()
    return {
        text: {"id": name, "version": number, "day": day[:10], "record": record}
        for name, text, number, day, record in rows
    }


@pytest.mark.parametrize(("text", "day"), [(BEFORE, "2024-03-06"), (AFTER, "2025-07-08")])
def test_a_turn_is_cited_with_its_own_version_record_and_day(archived, facts, text, day):
    fact = facts[text]
    assert fact["day"] == day
    said = {
        style: fangtan("cite", fact["id"], "--style", style, collection=archived.root).out
        for style in ("gbt7714", "bibtex", "csl")
    }
    item = json.loads(said["csl"])
    assert f"[{day}]" in said["gbt7714"]
    assert f"urldate = {{{day}}}" in said["bibtex"]
    assert item["accessed"]["date-parts"] == [[int(part) for part in day.split("-")]]
    assert (item["archive"], item["archive_location"], item["version"]) == (
        "高台县档案馆",
        fact["record"],
        str(fact["version"]),
    )
    for style in ("gbt7714", "bibtex"):
        assert "高台县档案馆" in said[style]
        assert fact["id"] in said[style]
        assert f"第{fact['version']}版" in said[style]
        assert fact["record"].strip("<>") in said[style]
    assert text[:10] in said["gbt7714"]
    assert said["gbt7714"].strip().count("\n") == 0


def test_the_page_says_what_the_command_says(archived, facts):
    app = application(archived)
    for text in (BEFORE, AFTER):
        name = facts[text]["id"]
        page = html.unescape(ask(app, f"/cite/{name}?lang=zh").text)
        assert fangtan("cite", name, collection=archived.root).out.strip() in page
        assert text in page
        assert f"/turn/{name}" in page


def test_a_talk_is_cited_as_its_shown_version(archived, facts):
    uid = facts[AFTER]["id"].partition(".")[0]
    app = application(archived)
    for path, text in (
        (f"/interview/{uid}", AFTER),
        (f"/interview/{uid}?version={facts[BEFORE]['version']}", BEFORE),
        (f"/cite/{uid}", AFTER),
    ):
        page = html.unescape(ask(app, path).text)
        entry = re.search(r"<h3>GB/T 7714</h3><pre[^>]*>([^<]*(?:<urn[^<]*)?)</pre>", page)[1]
        assert f"[{facts[text]['day']}]" in entry
        assert facts[text]["record"] in entry
    view = open_reader(archived.store)
    (of_sql,) = view.execute("SELECT gbt7714 FROM citation").fetchone()
    view.close()
    assert fangtan("cite", uid, collection=archived.root).out.startswith(of_sql)


def test_what_is_not_there_cannot_be_cited(archived, facts):
    uid = facts[AFTER]["id"].partition(".")[0]
    app = application(archived)
    for name in ("0" * 16, f"{uid}.t{'0' * 16}", f"{'0' * 16}.t{'0' * 16}"):
        assert fangtan("cite", name, collection=archived.root).code == 2
        assert ask(app, f"/cite/{name}").status_code == 404
