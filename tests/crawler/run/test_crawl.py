"""The demo county, crawled from its home pages alone: everything planted is found, twice the same, rebuilt the same."""

import json
import shutil
import sqlite3

import pytest
from support.dump import dump_public
from support.running import ROOT, fangtan, faults

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.store.rebuild import rebuild
from archive.store.store import open_reader
from archive.warc.records import iterate
from crawler.demo.command import check


def query(crawled, sql, *values):
    db = open_reader(crawled.collection.store)
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def copy(crawled, tmp_path):
    shutil.copytree(crawled.collection.root, tmp_path / "copy")
    return Collection(tmp_path / "copy")


def test_everything_planted_is_found_exactly(crawled):
    assert check(crawled.collection, crawled.county) == []


def test_exit_code_and_verdicts(crawled):
    assert crawled.first.code == 4, "a challenge page was met"
    verdicts = [r["verdict"] for r in crawled.first.rows]
    assert verdicts == ["blocked", "ok", "ok"]
    for report in crawled.first.rows:
        assert report["declared"] == report["got"]
        assert report["errors"] == 0


def test_families_are_detected(crawled):
    assert [r["family"] for r in crawled.first.rows] == ["trs", "hanweb", "generic"]
    names = [file.site.name for file in crawled.collection.site_files()]
    assert "云岭县人民政府" in names


def test_second_crawl_is_incremental(crawled):
    counts = {
        k: sum(r[k] for r in crawled.second.rows) for k in ("new", "changed", "gone", "unchanged", "not_modified")
    }
    assert counts["new"] == 0
    assert counts["changed"] == 1
    assert counts["gone"] == 1
    assert counts["unchanged"] == 36
    assert counts["not_modified"] > 40
    requisites = query(crawled, "SELECT count(*) FROM captures WHERE mime LIKE 'image/%' OR mime = 'text/css'")[0][0]
    assert requisites == len(
        set(query(crawled, "SELECT url FROM captures WHERE mime LIKE 'image/%' OR mime = 'text/css'"))
    ), "requisites once"


def test_versions_keep_both_readings(crawled):
    rows = query(
        crawled,
        "SELECT interview, version_no, newest FROM versions WHERE interview IN (SELECT interview FROM versions WHERE version_no = 2) ORDER BY 2",
    )
    assert [r[1:] for r in rows] == [(1, 0), (2, 1)]
    old = query(crawled, "SELECT count(*) FROM _turns WHERE text LIKE '%四百元%'")[0][0]
    assert old >= 1
    assert query(crawled, "SELECT count(*) FROM find WHERE q MATCH zh('三百八十元')")[0][0] == 1
    changed = rows[0][0]
    assert (
        query(crawled, "SELECT count(*) FROM find WHERE q MATCH zh('四百元') AND interview = ?", changed)[0][0] == 0
    ), "only the newest is indexed"


def test_challenge_page_is_a_capture_and_no_interview(crawled):
    rows = query(crawled, "SELECT url FROM captures WHERE status = 521")
    assert rows
    assert not query(crawled, "SELECT 1 FROM interview_urls WHERE url = ?", rows[0][0])


def test_parts_join_one_interview(crawled):
    rows = query(
        crawled,
        "SELECT interview, count(*) FROM interview_urls WHERE reason IN ('page','part') GROUP BY 1 HAVING count(*) > 1",
    )
    assert len(rows) == 1
    parts = query(crawled, "SELECT part, count(*) FROM provenance WHERE interview = ? GROUP BY 1", rows[0][0])
    assert dict(parts)["part"] >= 1


def test_every_row_leads_to_its_record(crawled):
    for turn, capture in query(crawled, "SELECT id, capture FROM turns ORDER BY id LIMIT 5"):
        shown = fangtan("record", turn, "--json", collection=crawled.collection.root).rows[0]
        assert shown["capture"]["id"] == capture
    raw = fangtan("record", turn, "--raw", collection=crawled.collection.root).out
    assert raw.startswith("WARC/1.1")
    assert "HTTP/1.1 200" in raw


@pytest.mark.parametrize("size", range(1, 9))
def test_search_is_exact_at_every_length(crawled, size):
    """Against plain substring search, with needles cut from the texts themselves; quotes keep their signs."""
    texts = query(crawled, "SELECT id, text FROM turns ORDER BY id")
    needles = {text[i : i + size] for _, text in texts[:60:7] for i in range(0, max(1, len(text) - size), 11)}
    wanted = [n for n in sorted(needles)[:25] if n.strip() and not any(c in ' \n"＂' for c in n)]
    assert len(wanted) > 5
    for needle in wanted:
        expected = {i for i, text in texts if needle in text}
        found = {r[0] for r in query(crawled, "SELECT id FROM find WHERE q MATCH zh(?)", f'"{needle}"')}
        assert found == expected, needle


@pytest.mark.parametrize(
    "nasty", ['"', "'", "(", "*", "a AND", "NEAR(", "-", "^", "", "   ", "\x00", "依法\n行政", "😀"]
)
def test_search_survives_any_input(crawled, nasty):
    if "\x00" in nasty:
        db = open_reader(crawled.collection.store)
        assert db.execute("SELECT count(*) FROM find WHERE q MATCH zh(?)", (nasty,)).fetchone() is not None
        return
    assert fangtan("search", "--json", "--", nasty, collection=crawled.collection.root).code == 0


def test_plain_sqlite_reads_the_store(crawled):
    db = sqlite3.connect(crawled.collection.store)
    assert db.execute("""SELECT count(*) FROM find WHERE q MATCH '"营 商 环 境"'""").fetchone()[0] == 5
    assert db.execute("SELECT hit FROM find_ranked WHERE q MATCH '\"营 商\"' LIMIT 1").fetchone()[0]
    db.execute("INSERT INTO _turns_fts(_turns_fts, rank) VALUES ('integrity-check', 1)")


def test_rebuild_gives_the_same_public_views(crawled, tmp_path):
    collection = copy(crawled, tmp_path)
    before = list(dump_public(collection.store))
    index = collection.index.read_bytes()
    collection.store.unlink()
    collection.index.unlink()
    assert fangtan("rebuild", collection=collection.root).code == 0
    assert list(dump_public(collection.store)) == before
    assert collection.index.read_bytes() == index
    assert len(before) > 1000


def test_verify_is_clean(crawled):
    result = fangtan("verify", "--json", collection=crawled.collection.root)
    assert result.rows[0]["faults"] == []
    assert result.code == 0


def test_one_flipped_byte_is_named(crawled, tmp_path):
    collection = copy(crawled, tmp_path)
    path = max(collection.archive.glob("*.warc.gz"), key=lambda p: p.stat().st_size)
    record = next(r for n, r in enumerate(iterate(path)) if n > 4 and r.type == "response")
    data = bytearray(path.read_bytes())
    data[record.position.offset + record.position.length // 2] ^= 0x10
    path.write_bytes(data)
    result = fangtan("verify", "--json", collection=collection.root)
    assert result.code == 5
    faults = result.rows[0]["faults"]
    assert any(f["record"] == record.id for f in faults), faults
    assert any(f["check"] == "ledger" and path.name in f["file"] for f in faults)


@pytest.mark.parametrize(
    "damage", ["row", "row_gone", "index", "index_line", "ledger", "ledger_line", "warc_gone", "alien_warc", "digest"]
)
def test_verify_finds_damage(crawled, tmp_path, damage):
    collection = copy(crawled, tmp_path)
    assert faults(collection) == []
    db = sqlite3.connect(collection.store)
    if damage == "row":
        db.execute("UPDATE captures SET status = 201 WHERE id = (SELECT min(id) FROM captures)")
    elif damage == "row_gone":
        db.execute("DELETE FROM captures WHERE id = (SELECT min(id) FROM captures WHERE mime = 'image/png')")
    elif damage == "digest":
        db.execute("UPDATE captures SET sha256 = ? WHERE id = (SELECT max(id) FROM captures)", ("0" * 64,))
    db.commit()
    db.close()
    lines = collection.index.read_text("utf-8").splitlines(keepends=True)
    if damage == "index":
        collection.index.write_text("".join([lines[1].replace('"200"', '"299"'), *lines[2:]]), "utf-8")
    elif damage == "index_line":
        collection.index.write_text("".join(lines[1:]), "utf-8")
    entries = collection.ledger.read_text("utf-8").splitlines(keepends=True)
    if damage == "ledger":
        collection.ledger.write_text("".join(entries).replace('"size": ', '"size": 1', 1), "utf-8")
    elif damage == "ledger_line":
        collection.ledger.write_text("".join(entries[1:]), "utf-8")
    warc = min(collection.archive.glob("*.warc.gz"))
    if damage == "warc_gone":
        warc.unlink()
    elif damage == "alien_warc":
        shutil.copy(warc, warc.with_name("alien-00000000000000000-00000-abcdef.warc.gz"))
    found = faults(collection)
    expected = {"row": "store", "row_gone": "store", "digest": "store", "index": "index", "index_line": "index"}.get(
        damage, "ledger"
    )
    assert expected in {f.check for f in found}, found


def test_ledger_names_every_closed_file(crawled):
    entries = ledger.read(crawled.collection.ledger)
    named = {e.data["name"] for e in entries if e.type == "warc"}
    assert named == {p.name for p in crawled.collection.archive.glob("*.warc.gz")}


def test_runs_lists_what_happened(crawled):
    rows = fangtan("runs", "--json", collection=crawled.collection.root).rows
    assert len(rows) == 6
    assert {r["verdict"] for r in rows} == {"ok", "blocked"}
    text = fangtan("runs", collection=crawled.collection.root).out
    assert "declared 3, got 3" in text
    one = fangtan("runs", next(r["run"] for r in rows if r["challenges"]), collection=crawled.collection.root)
    assert "challenge: http" in one.out
    assert fangtan("runs", "nonsense", collection=crawled.collection.root).code == 2


def test_indexing_in_any_grouping_of_records_gives_the_same_store(crawled, tmp_path, monkeypatch):
    """No public value depends on batch boundaries."""
    collection = copy(crawled, tmp_path)
    before = list(dump_public(collection.store))
    for size in (1, 1000):
        monkeypatch.setattr("archive.store.batches._BATCH", size)
        rebuild(collection)
        assert list(dump_public(collection.store)) == before


def test_reports_are_json_with_code_version(crawled):
    reports = list(crawled.collection.reports.glob("*.json"))
    assert reports
    for path in reports:
        report = json.loads(path.read_text("utf-8"))
        assert report["code_version"].startswith("fangtan/")
        assert report["ended_at"]


def test_a_fourth_site_is_read_without_being_known(tmp_path):
    """Another family, other templates and texts, written after the parsers were frozen; one planted guest is read otherwise."""
    from support.sites.fourth_site import build as build_fourth

    from crawler.demo import hanweb_site
    from crawler.demo.server import County

    collection = Collection(tmp_path / "c").create()
    with County([build_fourth()], hanweb_site.answer_post) as county:
        result = fangtan("crawl", "--delay", "0", "--json", *county.urls, collection=collection.root)
        wrong = [w for w in check(collection, county) if w.startswith("http")]
    assert result.code == 0
    report = result.rows[0]
    assert (report["interviews"], report["got"], report["family"]) == (8, 2, "vsb")
    assert [w.split(": ")[1] for w in wrong] == ["guests"], wrong


def test_shipped_site_files_are_valid():

    from archive.collection.sites import dump, load
    from crawler.chosen import shipped_site

    shipped = list((ROOT / "sites").glob("*.toml"))
    assert shipped
    for path in shipped:
        assert shipped_site(path.stem) == load(path)
        assert dump(load(path)).startswith("name = ")
