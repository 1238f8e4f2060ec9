"""Words of strangers in CSV files: nothing that a spreadsheet program runs, nothing that cannot be taken back."""

import csv
import io
import json
import shutil
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.running import fangtan
from support.servers.oddserver import OddServer, plain
from support.tables import table

from archive.collection.folder import Collection
from archive.collection.urls import host_of
from archive.export import export
from archive.export.cells import Sheet, bare, guarded
from archive.handover.transfer import transfer
from archive.handover.wacz import package
from archive.research.filters import Filter
from archive.store.store import open_reader
from archive.warc.exchange import certificate, metadata
from archive.warc.records import iterate
from archive.warc.write import new_id, serialise

pytestmark = pytest.mark.long

SIGNS = "=+-@＝＋－＠"
FORMULAS = [f"{sign}HYPERLINK(1)" for sign in SIGNS] + [
    "\t=1+1", "\r=1", "\n@x", "  =1+1", "\u3000＝1", "\ufeff=1", "\u200b+1+1", "\x00=1", "-2+3", "+cmd|' /C calc'!A0", "-", "=", "--1", "-1x", "'=1", "''@a",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_a_formula_has_an_apostrophe_before_it(text):
    assert guarded(text) == f"'{text}"
    assert bare(guarded(text)) == text


@pytest.mark.parametrize(
    "value", ["-5", "+3.5", "-1e9", "-0.5%", "-.5", -5, -2.5, None, b"=1", "答：=5", "“=”", "——好", "'90", "a=b", ""]
)
def test_numbers_and_other_texts_stay_as_they_are(value):
    assert guarded(value) == value
    if isinstance(value, str):
        assert bare(value) == value


@given(st.text(alphabet=st.one_of(st.sampled_from("'=+-@＝ \t\r\n5\u3000"), st.characters(codec="utf-8")), max_size=12))
def test_what_was_guarded_can_be_taken_back(text):
    stream = io.StringIO()
    Sheet(stream, ["x"]).write_row({"x": text})
    stream.seek(0)
    _, (cell,) = csv.reader(stream)
    assert bare(cell) == text
    assert not cell.startswith(tuple(SIGNS + "\t\r\n")) or guarded(text) == text == cell


def test_a_row_of_other_columns_is_refused():
    with pytest.raises(KeyError, match="no such column: b"):
        Sheet(io.StringIO(), ["a"]).write_row({"a": 1, "b": 2})


WORDS = '=HYPERLINK("http://x.example","点我")'


@pytest.fixture(scope="module")
def formulas(tmp_path_factory):
    """A talk whose title and words begin formulas."""
    collection = Collection(tmp_path_factory.mktemp("formulas") / "c").create()
    pages = table()
    body = pages["/zxft/1.html"].partition(b"\r\n\r\n")[2].decode()
    body = body.replace("<h1>第", "<h1>＝第").replace("<p>主持人：", f"<p>网友：{WORDS}</p><p>主持人：", 1)
    pages["/zxft/1.html"] = plain(body.encode())
    with OddServer(pages) as server:
        done = fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    assert done.code == 0, done.err
    return collection


def cells_of(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [cell for row in csv.reader(stream) for cell in row]


def test_every_csv_writer_guards_its_cells(formulas, tmp_path):
    export(formulas, "csv", tmp_path / "csv", Filter())
    bag, _ = transfer(formulas, output=tmp_path / "bag")
    files = [*(tmp_path / "csv").glob("*.csv"), *(bag / "data").glob("*.csv")]
    assert {f.name for f in files} >= {"turns.csv", "interviews.csv", "qa.csv", "metadata.csv", "four-properties.csv"}
    cells = {f.name: cells_of(f) for f in files}
    for name, found in cells.items():
        assert found, name
        assert [c for c in found if guarded(c) != c and bare(c) == c] == [], name
    assert f"'{WORDS}" in cells["turns.csv"]
    assert WORDS in [bare(c) for c in cells["turns.csv"]]
    for name in ("interviews.csv", "metadata.csv"):
        assert any(c.startswith("'＝第") for c in cells[name]), name
    assert "Cells." in (tmp_path / "csv" / "datasheet.md").read_text("utf-8")


def test_json_lines_hold_the_words_as_they_are(formulas, tmp_path):
    export(formulas, "jsonl", tmp_path / "jsonl", Filter())
    talks = [
        json.loads(line) for line in (tmp_path / "jsonl" / "interviews.jsonl").read_text("utf-8").split("\n") if line
    ]
    assert WORDS in [turn["text"] for talk in talks for turn in talk["turns"]]
    assert "Cells." not in (tmp_path / "jsonl" / "datasheet.md").read_text("utf-8")


# ── reports count what was asked for ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def mixed(crawled, tmp_path):
    """A copy of the county's collection: three sites, one of them blocked, one with injected words."""
    shutil.copytree(crawled.collection.root, tmp_path / "mixed")
    return Collection(tmp_path / "mixed")


def sites_of(collection):
    """Each site with its runs that were not ok and its talks with suspicious words, and all its talks."""
    db = open_reader(collection.store)
    try:
        return {
            site: (
                db.execute("SELECT count(*) FROM runs WHERE site = ? AND verdict NOT IN ('ok', 'running')", (site,)).fetchone()[0],
                db.execute("SELECT count(DISTINCT f.interview) FROM flags f JOIN _interviews i ON i.uid = f.interview WHERE i.site = ? AND severity IN ('warning', 'alert')", (site,)).fetchone()[0],
                db.execute("SELECT count(*) FROM _interviews WHERE site = ?", (site,)).fetchone()[0],
            )
            for (site,) in db.execute("SELECT DISTINCT site FROM captures ORDER BY 1")
        }  # fmt: skip
    finally:
        db.close()


def test_a_report_on_one_site_counts_that_site(mixed, tmp_path):
    sites = sites_of(mixed)
    assert len(sites) >= 2
    assert len({bad for bad, _, _ in sites.values()}) > 1, "sites differ in how their runs went"
    assert len({flagged for _, flagged, _ in sites.values()}) > 1, "sites differ in what was tampered with"
    for number, (site, (bad, flagged, talks)) in enumerate(sites.items()):
        bag, _ = transfer(mixed, site, output=tmp_path / f"bag-{number}")
        checks = {
            c["item"]: c["detail"] for c in json.loads((bag / "data" / "four-properties.json").read_text("utf-8"))
        }
        assert checks["采集运行结论 verdicts of the crawls"].startswith(f"{bad} run"), site
        assert checks["疑似篡改 words that do not belong there"].startswith(f"{flagged} interview"), site
        if not talks:
            continue
        export(mixed, "jsonl", tmp_path / f"export-{number}", Filter(site=site))
        sheet = json.loads((tmp_path / f"export-{number}" / "datasheet.json").read_text("utf-8"))
        assert sheet["runs_not_ok"] == bad, site


def test_a_report_on_one_run_or_one_talk_counts_its_runs(mixed, tmp_path):
    db = open_reader(mixed.store)
    good = db.execute("SELECT id FROM runs WHERE verdict = 'ok' ORDER BY id LIMIT 1").fetchone()[0]
    talk = db.execute(
        """SELECT i.uid FROM _interviews i WHERE i.uid NOT IN (SELECT interview FROM flags) AND NOT EXISTS (
           SELECT 1 FROM versions v JOIN version_captures x ON x.version = v.id JOIN captures c ON c.id = x.capture
           JOIN runs r ON r.id = c.run WHERE v.interview = i.uid AND r.verdict <> 'ok') ORDER BY 1 LIMIT 1"""
    ).fetchone()[0]
    db.close()
    for name, target in (("run", good), ("talk", talk)):
        bag, _ = transfer(mixed, target, output=tmp_path / name)
        checks = {c["item"]: c for c in json.loads((bag / "data" / "four-properties.json").read_text("utf-8"))}
        assert checks["采集运行结论 verdicts of the crawls"]["detail"].startswith("0 run"), name
        if name == "talk":
            assert checks["疑似篡改 words that do not belong there"]["detail"].startswith("0 interview")


def test_a_package_of_one_site_holds_nothing_of_another_in_its_file(tmp_path):
    """A file from elsewhere with two counties: of the other neither captures nor failures nor certificates come along."""
    date, parts, fetched = "2024-05-01T00:00:00Z", [], table()["/zxft/1.html"]
    for site in ("a.example.gov.cn", "b.example.gov.cn"):
        head = ("WARC-Type", "response"), ("WARC-Record-ID", new_id()), ("WARC-Date", date), ("WARC-Target-URI", f"http://{site}/zxft/1.html"), ("Content-Type", "application/http; msgtype=response")  # fmt: skip
        parts += [
            serialise([*head], fetched),
            serialise(*metadata(f"http://{site}/gone", date, {"error": "refused"})),
            serialise(*certificate(f"https://{site}/", date, {"chain": "AAAA"}, "urn:uuid:1")),
        ]
    (tmp_path / "two.warc.gz").write_bytes(b"".join(parts))
    collection = Collection(tmp_path / "c").create()
    done = fangtan("import", tmp_path / "two.warc.gz", collection=collection.root)
    assert done.code == 0, done.err
    package(collection, "http://a.example.gov.cn/zxft/1.html", output=tmp_path / "page.wacz")
    db = open_reader(collection.store)
    sites = [row[0] for row in db.execute("SELECT DISTINCT site FROM captures ORDER BY 1")]
    db.close()
    assert len(sites) == 2, "a site each"
    package(collection, sites[0], output=tmp_path / "site.wacz")
    for name, failures in (("page", 0), ("site", 1)):
        with zipfile.ZipFile(tmp_path / f"{name}.wacz") as source:
            source.extractall(tmp_path / name)
        records = [r for path in (tmp_path / name / "archive").iterdir() for r in iterate(path)]
        assert records
        assert {host_of(r.target) for r in records if r.target} == {"a.example.gov.cn"}, name
        assert sum(r.target.endswith("/gone") for r in records) == failures, name
