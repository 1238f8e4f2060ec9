"""Exactly what a search found can be taken home: lines, turns, talks; from the command line and the web, with its data sheet."""

import csv
import html
import io
import json
import re
import zipfile
from urllib.parse import quote, urlencode

import pytest
from support.county_talks import FIRST, add
from support.reading_room import ask
from support.running import copy_of, fangtan
from support.talks import talk

from archive.collection.folder import Collection
from archive.export import export
from archive.export.cells import bare
from archive.handover.withhold import withhold
from archive.ledger import chain as ledger
from archive.research.filters import Filter
from archive.research.pages import Wanted
from archive.store.store import open_reader
from archive.web.serve import application

QUERY = "群众 OR 供水"
FORMULA = (
    "/zxft/50.html",
    "2024-05-05",
    talk("=SUM(群众)，群众说。", "+86是区号，群众。", title="@供水访谈", day="2022年8月8日"),
)


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    folder = tmp_path_factory.mktemp("found")
    collection = Collection(folder / "c").create()
    ledger.ensure_key(collection)
    return add(collection, (*FIRST, FORMULA), "first.warc.gz", folder)


@pytest.fixture(scope="module")
def app(archived):
    return application(archived)


@pytest.fixture(scope="module")
def places(archived):
    """Every place of a word of the query, found without the index: (turn, offset, word)."""
    db = open_reader(archived.store)
    turns = db.execute("SELECT id, text FROM turns").fetchall()
    db.close()
    return {(name, m.start(), m[0]) for name, text in turns for m in re.finditer("群众|供水", text)}


def read_rows(path):
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return [{k: bare(v) for k, v in row.items()} for row in csv.DictReader(stream)]
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    from pyarrow import parquet

    return parquet.read_table(path).to_pylist()


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("order", ["newest", "left", "random"])
def test_lines_and_turns_are_those_of_the_search(archived, places, tmp_path, form, order):
    only, found = Filter(query=QUERY), {}
    for unit in ("lines", "turns"):
        export(archived, form, tmp_path / unit, only, unit, Wanted(order, "5"))
        found[unit] = read_rows(tmp_path / unit / f"{unit}.{form}")
        sheet = json.loads((tmp_path / unit / "datasheet.json").read_text("utf-8"))
        assert sheet["filter"] == {"query": QUERY}
        assert (sheet["unit"], sheet["rows"], sheet["understood"]) == (unit, len(found[unit]), QUERY)
        assert sheet["order"] == ("random, seed 5" if order == "random" else order)
        assert f"{len(found[unit])} {unit}" in (tmp_path / unit / "datasheet.md").read_text("utf-8")
    lines = [(row["turn"], int(row["start"]), row["hit"]) for row in found["lines"]]
    assert len(lines) == len(set(lines)) == len(places)
    assert set(lines) == places
    assert [row["turn"] for row in found["turns"]] == list(dict.fromkeys(name for name, *_ in lines))


def test_talks_of_a_search_are_whole_in_every_format(archived, places, tmp_path):
    with_words = {name.partition(".")[0] for name, *_ in places}
    run = fangtan("export", "csv", "--query", QUERY, "-o", tmp_path / "out", collection=archived.root)
    assert run.code == 0, run.err
    assert {row["uid"] for row in read_rows(tmp_path / "out" / "interviews.csv")} == with_words
    db = open_reader(archived.store)
    everything = {row[0] for row in db.execute("SELECT id FROM turns")}
    db.close()
    assert {row["id"] for row in read_rows(tmp_path / "out" / "turns.csv")} == everything, (
        "not only the turns that match"
    )
    export(archived, "citations", tmp_path / "cited", Filter(query="第3次听证", role="host"))
    assert len((tmp_path / "cited" / "gbt7714.txt").read_text("utf-8").splitlines()) == 1


def test_no_cell_of_a_search_is_a_formula(app):
    page = ask(app, f"/search.csv?unit=lines&year=2022&q={quote('群众')}")
    rows = list(csv.reader(io.StringIO(page.text.removeprefix("\ufeff"))))
    assert any(cell.startswith("'@") for row in rows for cell in row)
    assert any(cell.startswith("'=") for row in rows for cell in row)
    assert not any(re.match(r"\s*[=+@-]", cell) for row in rows[1:] for cell in row)


@pytest.mark.parametrize(
    "options",
    [["tei", "--query", "群众", "--unit", "lines"], ["csv", "--unit", "turns"], ["csv", "--query", "查无此词"]],
)
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(archived, tmp_path, options):
    run = fangtan("export", *options, "-o", tmp_path / "out", collection=archived.root)
    assert run.code == 2
    assert list(tmp_path.iterdir()) == []


# ── from the web ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_downloads_of_a_page_hold_what_the_search_finds_in_its_order(app, places):
    rows = ask(app, f"/search.jsonl?unit=lines&sort=right&q={quote(QUERY)}").text.splitlines()
    lines = [json.loads(row) for row in rows]
    assert {(r["turn"], r["start"], r["hit"]) for r in lines} == places
    assert [r["right"] for r in lines] == sorted(r["right"] for r in lines)
    turns = ask(app, f"/search.csv?q={quote(QUERY)}").text.splitlines()
    talks = ask(app, f"/search.jsonl?unit=talks&q={quote(QUERY)}").text.splitlines()
    assert len(turns) - 1 == len({name for name, *_ in places})
    assert {json.loads(row)["uid"] for row in talks} == {name.partition(".")[0] for name, *_ in places}
    assert ask(app, f"/search.csv?unit=words&q={quote(QUERY)}").status_code == 400
    assert ask(app, f"/search.csv?sort=up&q={quote(QUERY)}").status_code == 400


def test_json_leads_from_page_to_page(app, places, monkeypatch):
    monkeypatch.setattr("archive.web.finding.SHOWN", 5)
    seen, path = [], f"/search.json?sort=left&q={quote(QUERY)}"
    while path:
        page = ask(app, path).json()
        assert page["total"] == len({name for name, *_ in places})
        seen += [(line["turn"], line["start"], line["hit"]) for line in page["lines"]]
        path = page["next"]
    assert len(seen) == len(places)
    assert set(seen) == places
    assert ask(app, "/search.json?q=a&since=yesterday").json()["error"]


def test_the_page_offers_exactly_this_with_a_data_sheet(app):
    page = ask(app, f"/search?lang=en&sort=right&role=guest&q={quote('供水')}").text
    form = ask(app, html.unescape(re.search(r'href="(/export\?unit=lines[^"]+)"', page)[1])).text
    fields = re.findall(r'<input(?! type="checkbox")[^>]*name="(\w+)" value="([^"]*)"', form)
    chosen = dict(re.findall(r'<select name="(\w+)">.*?<option value="([^"]*)" selected', form))
    sent = ask(
        app,
        "/export",
        "POST",
        content=urlencode({**dict(fields), **chosen, "format": "csv"}),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert sent.status_code == 200, sent.text[-300:]
    with zipfile.ZipFile(io.BytesIO(sent.content)) as packed:
        sheet = json.loads(packed.read("csv/datasheet.json"))
        rows = list(csv.DictReader(io.StringIO(packed.read("csv/lines.csv").decode("utf-8-sig"))))
    assert sheet["filter"] == {"query": "供水", "role": "guest"}
    assert (sheet["unit"], sheet["order"], sheet["rows"]) == ("lines", "right", len(rows))
    assert {row["role"] for row in rows} == {"guest"}


def test_interviews_and_persons_as_json(app, archived):
    db = open_reader(archived.store)
    uid, person = (
        db.execute("SELECT uid FROM interviews WHERE title = '供水访谈（3）'").fetchone()[0],
        db.execute("SELECT id FROM persons").fetchone()[0],
    )
    turns = [row[0] for row in db.execute("SELECT text FROM turns WHERE interview = ? ORDER BY seq", (uid,))]
    talks = {row[0] for row in db.execute("SELECT interview FROM guests WHERE name = '周立民'")}
    db.close()
    one = ask(app, f"/interview/{uid}.json").json()
    assert [turn["text"] for turn in one["turns"]] == turns
    assert (one["uid"], one["version"], one["newest"]) == (uid, 1, True)
    who = ask(app, f"/person.json?id={quote(person)}").json()
    assert {talk["uid"] for talk in who["talks"]} == talks
    assert ask(app, "/person.json?id=nobody").status_code == 404
    assert ask(app, f"/interview/{'0' * 16}.json").status_code == 404
    assert ask(app, f"/interview/{uid}.json?version=9").status_code == 404


def test_a_withheld_talk_is_in_no_download(archived, tmp_path):
    collection = copy_of(archived, tmp_path / "withheld")
    app = application(collection)
    uid = ask(app, f"/search.json?q={quote('第3次听证')}").json()["turns"][0]["interview"]
    withhold(collection, [uid], "asked for by the county")
    for path in (
        f"/interview/{uid}.json",
        f"/search.json?q={quote('第3次听证')}",
        f"/search.csv?unit=lines&q={quote('第3次听证')}",
        f"/search.jsonl?unit=talks&q={quote('第3次听证')}",
    ):
        answer = ask(app, path)
        assert "第3次听证，" not in answer.text, path
        assert "供水管网" not in answer.text, path
        assert uid not in answer.text.partition("?")[0], path
