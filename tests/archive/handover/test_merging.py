"""Another collection comes in: each of its files stands for itself, damaged, lost, of a name that is taken, or whole."""

import shutil

import pytest
from support.dump import dump_public
from support.running import copy_of, fangtan, faults
from support.takedowns import archived, holding, rows
from support.talks import OPENING, talk

from archive.collection.files import sha256_file
from archive.collection.folder import Collection
from archive.handover.merging import merge
from archive.handover.withhold import release, withhold
from archive.ledger import chain as ledger
from archive.ledger import run_reports

pytestmark = pytest.mark.long

ONE = ("/1.html", "2024-03-05", talk("年底以前全部完成。"))
TWO = (
    "/2.html",
    "2024-05-05",
    talk("明年春天再开工。", title="乡村道路访谈", opening=tuple(f"{o}道路呢？" for o in OPENING)),
)
AGAIN = ("/2.html", "2024-06-05", "=2024-05-05")


def merged(source, target):
    return fangtan("merge", source.root, collection=target.root)


def flip(path, at=-40):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.fixture
def source(tmp_path):
    """Two files; the second one has a revisit of what stands in the first."""
    collection = holding(tmp_path, TWO, name="source")
    other = tmp_path / "b.warc.gz"
    archived(other, [ONE, AGAIN])
    assert fangtan("import", other, collection=collection.root).code == 0
    return collection


@pytest.fixture
def target(tmp_path):
    collection = Collection(tmp_path / "target").create()
    ledger.ensure_key(collection)
    return collection


@pytest.mark.parametrize("how", ["damaged", "lost", "exchanged"])
def test_a_bad_file_is_left_out_and_the_others_come_in(source, target, tmp_path, how):
    bad = source.archive / "a.warc.gz"
    if how == "damaged":
        flip(bad)
    elif how == "lost":
        bad.unlink()
    else:
        archived(bad, [TWO])
    result = merged(source, target)
    assert result.code == 5
    assert str(bad) in result.err
    assert [p.name for p in target.warcs()] == ["b.warc.gz"]
    assert rows(target, "SELECT url FROM interviews") == [("http://a.example.gov.cn/1.html",)]
    again = merged(source, target)
    assert again.code == 5
    assert "b.warc.gz: already here" in again.out
    if how == "lost":
        return
    # A whole copy comes later, by whatever way, and all is as if it had been there before.
    archived(tmp_path / "whole.warc.gz", [TWO])
    assert fangtan("import", tmp_path / "whole.warc.gz", collection=target.root).code == 0
    assert rows(target, "SELECT count(*) FROM interviews") == [(2,)]


def test_a_file_of_another_ones_name_gets_a_name_of_its_own(tmp_path):
    mine, theirs = holding(tmp_path, ONE, name="mine"), holding(tmp_path, TWO, name="theirs")
    for _ in range(2):
        result = merged(theirs, mine)
        assert result.code == 0, result.err
    names = sorted(p.name for p in mine.warcs())
    assert len(names) == 2
    assert "a.warc.gz" in names
    assert {sha256_file(p) for p in mine.warcs()} == {sha256_file(c.archive / "a.warc.gz") for c in (mine, theirs)}
    assert rows(mine, "SELECT count(*) FROM interviews") == [(2,)]
    assert faults(mine, reparse=True) == []
    entries = len(ledger.read(mine.ledger))
    assert merged(theirs, mine).code == 0
    assert len(ledger.read(mine.ledger)) == entries, "again changes nothing"


@pytest.mark.parametrize("where", ["here", "there"])
def test_a_takedown_of_a_file_makes_no_other_file_of_it(tmp_path, target, where):
    """The same file, its records overwritten on one side: it is here, and nothing comes back."""
    source = holding(tmp_path, ONE, TWO, name="source")
    assert merged(source, target).code == 0
    one = target if where == "here" else source
    uid = rows(one, "SELECT uid FROM interviews WHERE url LIKE '%/1.html'")[0][0]
    assert withhold(one, [uid], "law", destroy=True).destroyed
    assert merged(source, target).code == 0
    assert [p.name for p in target.warcs()] == ["a.warc.gz"]
    assert rows(target, "SELECT url FROM interviews") == [("http://a.example.gov.cn/2.html",)]
    assert faults(target, reparse=True) == []


def test_a_file_that_was_lost_here_takes_its_place_again(source, target):
    assert merged(source, target).code == 0
    before, entries = list(dump_public(target.store)), len(ledger.read(target.ledger))
    (target.archive / "b.warc.gz").unlink()
    result = merged(source, target)
    assert result.code == 0
    assert "b.warc.gz: archive/b.warc.gz" in result.out
    assert len(ledger.read(target.ledger)) == entries
    assert list(dump_public(target.store)) == before
    assert faults(target, reparse=True) == []


def test_reports_and_site_files_that_say_otherwise_are_named(source, target):
    for collection, words in ((source, "甲县"), (target, "乙县")):
        (collection.sites / "a.toml").write_text(
            f'name = "{words}"\nsection = ["http://a.example.gov.cn/zxft/"]\n', "utf-8"
        )
        report = collection.reports / "20240101T000000Z-a.json"
        report.write_text(f'{{"run": "20240101T000000Z-a", "site": "a", "reason": "{words}"}}', "utf-8")
        run_reports.add_run(collection, report, {"run": report.stem, "verdict": "ok"})
    result = merged(source, target)
    assert result.code == 0
    for name in ("sites/a.toml", "20240101T000000Z-a.json"):
        assert f"{name}: the " in result.err
    assert "乙县" in (target.sites / "a.toml").read_text("utf-8")
    (source.reports / "20240101T000000Z-a.json").write_text("{}", "utf-8")
    shutil.rmtree(target.reports)
    result = merged(source, target)
    assert result.code == 5
    assert "20240101T000000Z-a.json" in result.err


def test_a_site_file_that_cannot_be_used_here_is_named(source, target):
    text = 'group = "trs"\nname = "甲县"\nsection = ["http://a.example.gov.cn/zxft/"]\n'
    (source.sites / "a.toml").write_text(text, "utf-8")
    result = merged(source, target)
    assert result.code == 0
    assert "note: " in result.err
    assert "[group.trs]" in result.err
    assert (target.sites / "a.toml").read_text("utf-8") == text


RUN = "20240102T000000Z-a"


def test_what_stands_beside_a_report_comes_with_it(source, target):
    """A run's page and account are vouched for there and here: altered there they stay out, altered here they are named."""
    report = source.reports / f"{RUN}.json"
    report.write_text(
        f'{{"run": "{RUN}", "site": "a", "started_at": "2024-01-02T00:00:00Z", "verdict": "ok"}}', "utf-8"
    )
    beside = [report.with_suffix(end) for end in run_reports.BESIDE]
    for path in beside:
        path.write_text(f"of {RUN}\n", "utf-8")
    run_reports.add_run(source, report, {"run": RUN, "verdict": "ok"})
    assert faults(source) == []
    beside[1].write_text("no account\n", "utf-8")
    result = merged(source, target)
    assert result.code == 5
    assert beside[1].name in result.err
    assert not (target.reports / beside[1].name).exists()
    assert [f.file for f in faults(source) if f.check == "report"] == [str(beside[1])]
    beside[1].write_text(f"of {RUN}\n", "utf-8")
    assert merged(source, target).code == 0
    came = [target.reports / path.name for path in beside]
    assert [path.read_text("utf-8") for path in came] == [f"of {RUN}\n"] * 2
    assert faults(target) == []
    entries = len(ledger.read(target.ledger))
    assert merged(source, target).code == 0
    assert len(ledger.read(target.ledger)) == entries
    for path in came:
        path.unlink()
        assert [f.expected for f in faults(target) if path.name in f.expected]


def test_a_broken_ledger_is_not_merged(source, target):
    """It may have lost the line that withholds what would come in."""
    lines = source.ledger.read_bytes().splitlines(keepends=True)
    source.ledger.write_bytes(b"".join([lines[0], *lines[2:]]))
    result = merged(source, target)
    assert result.code == 5
    assert not list(target.warcs())


def corrected(collection, uid):
    done = fangtan("correct", uid, "title", "张三访谈", "--author", "a", "--reason", "r", collection=collection.root)
    assert done.code == 0, done.err


@pytest.mark.parametrize("destroy", [False, True])
@pytest.mark.parametrize("both", [False, True])
def test_corrections_of_what_is_withheld_here_do_not_come_in(tmp_path, destroy, both):
    """Whether their takedown names them, or they withhold nothing."""
    source = holding(tmp_path, ONE, TWO, name="source")
    target = copy_of(source, tmp_path / "target")
    uid = rows(source, "SELECT uid FROM interviews WHERE url LIKE '%/1.html'")[0][0]
    corrected(source, uid)
    if both:
        withhold(source, [uid], "law")
    taken = withhold(target, [uid], "law", destroy=destroy)
    for _ in range(2):
        merge(target, source)
        assert rows(target, "SELECT * FROM corrections") == []
        assert not target.corrections.exists()
    if not destroy and not both:
        release(target, list(taken.captures), "again")
        merge(target, source)
        assert rows(target, "SELECT title FROM interviews WHERE uid = ?", uid) == [("张三访谈",)]


def test_corrections_here_go_with_a_takedown_that_comes_in(tmp_path):
    source = holding(tmp_path, ONE, TWO, name="source")
    target = copy_of(source, tmp_path / "target")
    uid = rows(source, "SELECT uid FROM interviews WHERE url LIKE '%/1.html'")[0][0]
    withhold(source, [uid], "law")
    corrected(target, uid)
    merge(target, source)
    assert rows(target, "SELECT * FROM corrections") == []


def test_a_takedown_that_was_taken_back_here_does_not_come_again(source, target):
    """The other collection still withholds it; only a new takedown there is news."""
    assert merged(source, target).code == 0
    uid = rows(source, "SELECT uid FROM interviews WHERE url LIKE '%/1.html'")[0][0]
    withhold(source, [uid], "asked")
    assert merged(source, target).code == 0
    assert rows(target, "SELECT count(*) FROM interviews") == [(1,)]
    release(target, [uid], "settled")
    entries = len(ledger.read(target.ledger))
    assert merged(source, target).code == 0
    assert rows(target, "SELECT count(*) FROM interviews") == [(2,)]
    assert len(ledger.read(target.ledger)) == entries
    assert merged(target, source).code == 0
    assert rows(source, "SELECT count(*) FROM interviews") == [(1,)], "who withholds it shows it again, nobody else"
    release(source, [uid], "settled")
    withhold(source, [uid], "asked again")
    assert merged(source, target).code == 0
    assert rows(target, "SELECT count(*) FROM interviews") == [(1,)]
