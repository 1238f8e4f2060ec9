"""Part and fold: whoever reads what, in whatever order and number, the store and the index are those of one process."""

import os
import shutil
import signal
import sqlite3
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.dump import dump_public
from support.running import SOAK, copy_of, fangtan, faults
from support.servers.s3 import s3  # noqa: F401 - a fixture
from support.talks import talk, uid, written

from archive.collection.folder import Collection
from archive.collection.processes import pool
from archive.ledger import chain as ledger
from archive.store import parts as making
from archive.store.part_places import Near
from archive.store.parts import Parts, make_part
from archive.store.readings import Folded
from archive.store.rebuild import rebuild

pytestmark = pytest.mark.long

LIST = "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul><li><a href='/1.html'>老旧小区改造访谈</a><span>2024-03-01</span></li></ul></body></html>"
FILES = {
    "a-20240301000000000-00000-0000aa.warc.gz": [("/list.html", "2024-03-01", LIST), ("/1.html", "2024-03-01", talk("修了十二公里。"))],
    "a-20240401000000000-00000-0000ab.warc.gz": [("/1.html", "2024-04-01", talk("修了十二公里。", "再修二十公里。")), ("/2.html", "2024-04-01", talk("修了十二公里。"))],
    "b-20240201000000000-00000-0000ba.warc.gz": [("/1.html", "2024-02-01", talk("今年开工。")), ("/3.html", "2024-02-01", "")],
    "other.warc.gz": [("/2.html", "2024-05-01", "=2024-04-01"), ("/4.html", "2024-05-01", "/1.html")],
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Four files whose readings hang on each other, and what one process makes of them."""
    collection = Collection(tmp_path_factory.mktemp("whole") / "kept").create()
    ledger.ensure_key(collection)
    for name, captures in FILES.items():
        written(collection.archive / name, captures)
    rebuild(collection)
    return collection, shown(collection)


def shown(collection):
    return list(dump_public(collection.store)), collection.index.read_bytes()


class Later:
    """An executor that carries tasks out when they are asked for, one at a time."""

    def submit(self, work, *arguments):
        later = Future()
        later.result = lambda: work(*arguments)
        return later


def folded(collection, folder, executor=None, at_least=1):
    parts = Parts(collection, Near(folder), executor, at_least)
    parts.begin()
    rebuild(collection, parts)
    return parts


@pytest.mark.slow
def test_parts_of_any_number_and_order_give_the_store_of_one_process(whole, tmp_path):
    """Some are made before, in any order; some while it is folded; some never."""
    collection, expected = copy_of(whole[0], tmp_path / "here"), whole[1]

    @given(st.permutations(sorted(FILES)), st.integers(0, len(FILES)), st.sampled_from([1, 9]), st.booleans())
    @settings(max_examples=40 if SOAK else 6, suppress_health_check=[HealthCheck.too_slow])
    def holds(order, count, at_least, rest):
        folder = tmp_path / "parts"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for task, files in making.tasks(order[:count], at_least=at_least).items():
            make_part(str(collection.root), str(folder), task, files)
        folded(collection, folder, Later() if rest else None, at_least)
        assert shown(collection) == expected

    holds()


def test_a_fold_asks_the_parsers_only_for_what_lies_in_several_files(whole, tmp_path, monkeypatch):
    collection, made = copy_of(whole[0], tmp_path / "here"), []
    provide = Folded.__init__
    monkeypatch.setattr(Folded, "__init__", lambda self, *a: (made.append(self), provide(self, *a))[1])
    folded(collection, tmp_path / "parts", Later())
    assert shown(collection) == whole[1]
    assert 0 < made[0].asked <= 3  # the second site prints a talk that the first one's list names


def test_processes_make_the_parts_and_one_that_is_killed_costs_nothing(whole, tmp_path, monkeypatch):
    collection = copy_of(whole[0], tmp_path / "here")
    result = fangtan("rebuild", "--jobs", "2", "--parts", tmp_path / "parts", collection=collection.root)
    assert result.code == 0, result.err
    assert shown(collection) == whole[1]
    assert len(list((tmp_path / "parts").iterdir())) == 3
    monkeypatch.setattr(making, "make_part", _die)
    with pool(2) as executor:
        parts = folded(collection, tmp_path / "none", executor)
    assert len(parts.failed) == 3
    assert shown(collection) == whole[1]


def _die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_part_is_made_once_and_again_when_what_it_hangs_on_changes(whole, tmp_path):
    collection, folder = copy_of(whole[0], tmp_path / "here"), tmp_path / "parts"
    first = fangtan("part", "-o", folder, *[collection.archive / name for name in FILES if name.startswith("a")], collection=collection.root)  # fmt: skip
    (name,) = first.out.split()
    state = Path(name).stat()
    again = fangtan("part", "-o", folder, collection=collection.root)
    assert (first.code, again.code) == (0, 0)
    assert name in again.out.split()
    assert Path(name).stat().st_ino == state.st_ino
    (collection.sites / "a.toml").write_text('name = "甲县"\nsection = ["http://a.example.gov.cn/"]\nfamily = "trs"\n')
    third = fangtan("part", "-o", folder, collection=collection.root)
    assert name not in third.out.split()
    assert not Path(name).exists()
    assert fangtan("fold", folder, collection=collection.root).code == 0


@pytest.mark.parametrize("command", ["rebuild --parts", "fold"])
def test_a_takedown_takes_the_words_out_of_the_parts(whole, tmp_path, command):
    collection, folder = copy_of(whole[0], tmp_path / "here"), tmp_path / "parts"
    assert fangtan("part", "-o", folder, collection=collection.root).code == 0
    taken = fangtan("withhold", uid("/1.html"), "--reason", "求撤", collection=collection.root)  # fmt: skip
    assert taken.code == 0, taken.err
    assert fangtan(*command.split(), folder, collection=collection.root).code == 0
    assert not [path for path in folder.iterdir() if "再修二十公里" in path.read_bytes().decode("utf-8", "replace")]
    before = shown(collection)
    rebuild(collection)
    assert shown(collection) == before


def test_a_file_that_cannot_be_read_is_reported_and_the_others_go_on(whole, tmp_path):
    collection = copy_of(whole[0], tmp_path / "here")
    (collection.archive / "broken.warc.gz").symlink_to(tmp_path / "nowhere")
    result = fangtan("part", "-o", tmp_path / "parts", collection=collection.root)
    assert result.code == 3
    assert "broken.warc.gz: its part was not made" in result.err
    assert len(result.out.split()) == 3
    assert fangtan("part", "-o", tmp_path / "parts", "missing.warc.gz", collection=collection.root).code == 2


def test_a_scheduler_that_does_not_answer_is_said(whole, tmp_path):
    result = fangtan("rebuild", "--dask", "nonsense://x", collection=copy_of(whole[0], tmp_path / "here").root)
    assert result.code == 2
    assert "Dask" in result.err
    assert "Traceback" not in result.err


def test_import_and_reparsing_verify_divide_with_equal_results(whole, tmp_path):
    files = [whole[0].archive / name for name in sorted(FILES)]
    shop = [Collection(tmp_path / name).create() for name in ("one", "two")]
    codes = [fangtan("import", "--despite-faults", "--jobs", jobs, *files, collection=c.root).code for c, jobs in zip(shop, "12", strict=True)]  # fmt: skip
    assert codes[0] == codes[1]
    assert shown(shop[0]) == shown(shop[1])
    with sqlite3.connect(shop[1].store) as db:
        db.execute("UPDATE _turns SET role = 'guest' WHERE role = 'host'")
    db.close()
    found = [[str(f) for f in faults(shop[1], reparse=True, jobs=jobs) if f.check == "reparse"] for jobs in (1, 2)]
    assert found[0] == found[1] != []
    assert not [path for path in shop[1].root.iterdir() if path.name.startswith(".parts")]


def test_parts_on_s3_are_made_once_folded_and_lose_what_is_withheld(whole, tmp_path, s3):  # noqa: F811
    collection, url = copy_of(whole[0], tmp_path / "here"), "s3://vault/parts"

    def kept():
        s3.invalidate_cache()
        return {path: s3.info(path)["LastModified"] for path in s3.glob("vault/parts/*")}

    made = fangtan("part", "-o", url, "--jobs", "2", collection=collection.root)
    assert made.code == 0, made.err
    assert sorted(made.out.split()) == sorted(f"s3://{path}" for path in kept())
    before = kept()
    assert len(before) == 3
    assert fangtan("part", "-o", url, collection=collection.root).out == made.out
    assert kept() == before
    folded = fangtan("fold", url, collection=collection.root)
    assert folded.code == 0, folded.err
    assert shown(collection) == whole[1]
    assert not list(collection.root.glob(".parts-*"))
    assert fangtan("withhold", uid("/1.html"), "--reason", "求撤", collection=collection.root).code == 0
    again = fangtan("fold", url, collection=collection.root)
    assert again.code == 0, again.err
    assert not [path for path in kept() if "再修二十公里" in s3.cat_file(path).decode("utf-8", "replace")]
    refused = fangtan("fold", "s3://no-such-bucket/parts", collection=collection.root)
    assert (refused.code, "does not exist" in refused.err) == (5, True), refused.err
