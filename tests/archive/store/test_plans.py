"""No statement of crawl, indexer, verdict and rebuild reads a whole table that grows with the archive."""

import json
import re
import sqlite3

import pytest
from support.running import ROOT, fangtan

from archive.collection.folder import Collection
from archive.store.indexer import Indexer
from crawler.demo import build, hanweb_site
from crawler.demo.server import County

pytestmark = pytest.mark.long

#: Tables with a row for each capture, page, turn, or more.
GROWING = {
    "captures", "versions", "version_captures", "flags", "qa", "interviews", "turns", "guests", "interview_urls", "interview_ids",
    "_readings", "_items", "_lists", "_parts", "_redirects", "_interviews", "_turns", "_guests", "_ids", "_metadata", "_named_originals",
}  # fmt: skip
#: Partial indexes that hold a row for each correction, of which there are few.
FEW = ("_versions_corrected", "_guests_corrected", "_turns_corrected")
VIEWS = (ROOT / "archive" / "store" / "migrations" / "views.sql").read_text("utf-8")
#: Whether there is any row at all.
ANY = "SELECT ? FROM interviews LIMIT ?"
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+\b")


def form(statement):
    return _LITERAL.sub("?", statement)


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """A store, and each form of statement that was asked of it: a crawl of two sites, a second one, a rebuild."""
    folder, home = tmp_path_factory.mktemp("sql"), tmp_path_factory.mktemp("county")
    collection = Collection(home / "collection").create()
    with County(build(), hanweb_site.answer_post) as county, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FANGTAN_TEST_SQL", str(folder))
        fangtan("crawl", "--delay", "0", *county.urls[:2], collection=collection.root)
        county.generation = 1
        fangtan("crawl", "--delay", "0", "--recheck", *county.urls[:2], collection=collection.root)
        assert fangtan("rebuild", collection=collection.root).code == 0
    lines = [line for file in folder.iterdir() for line in file.read_text("utf-8").splitlines()]
    return collection, {form(statement): statement for statement in map(json.loads, lines)}


@pytest.fixture(scope="module")
def of_migrations(tmp_path_factory):
    """The forms by which a new store is made, once."""
    found = set()
    connect = sqlite3.connect

    class Heard(sqlite3.Connection):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.set_trace_callback(lambda statement: found.add(form(statement)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *args, **kwargs: connect(*args, **{"factory": Heard, **kwargs}))
        Indexer(Collection(tmp_path_factory.mktemp("new") / "collection").create()).close()
    return found


def scans(db, statement):
    """The tables that a statement reads from end to end; views are looked through."""
    for _, _, _, step in db.execute("EXPLAIN QUERY PLAN " + statement):
        read = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
        if read and read[2] not in FEW:
            named = rf"\b(\w+)\s+(?:AS\s+)?{read[1]}\b"
            for table in {read[1], *re.findall(named, statement), *re.findall(named, VIEWS)} & GROWING:
                yield f"{table} ({step}): {statement[:300]}"


def readable(db, statement):
    """Whether a statement is one of the store; others are of the crawl's own database."""
    try:
        db.execute("EXPLAIN QUERY PLAN " + statement)
    except sqlite3.Error:
        return False
    return statement.lstrip().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"))


def test_no_statement_reads_a_growing_table_whole(heard, of_migrations):
    collection, statements = heard
    db = sqlite3.connect(collection.store)
    asked = [text for shape, text in statements.items() if shape not in {*of_migrations, ANY} and readable(db, text)]
    # Of every part that asks the store: indexer, grouping, counts of a run, its account, what runs have in common.
    for words in ("INTO captures", "INTO _ids", "count(DISTINCT f.interview)", "AS held", "instr(u.url"):
        assert any(words in text for text in asked), words
    assert [found for text in asked for found in scans(db, text)] == []
    db.close()


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM captures c WHERE c.bytes = 1", "SELECT count(*) FROM interviews i WHERE i.kind = 'x'"]
)
def test_a_scan_is_seen_behind_an_alias_and_in_a_view(heard, statement):
    db = sqlite3.connect(heard[0].store)
    assert list(scans(db, statement))
    db.close()
