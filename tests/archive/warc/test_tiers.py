"""The index in several files: all lines in order, whatever was added when, and whenever it was killed."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.running import copy_of, fangtan, faults
from support.talks import talk, uid, written

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.ledger.vouched import Vouched
from archive.store.indexer import bring_up_to_date
from archive.store.rebuild import rebuild
from archive.verify.chain import strangers
from archive.warc import cdxj, tiers

LINES = st.lists(st.integers(0, 99_999).map(lambda n: f'cn,gov,a)/{n:05} 20240101000000 {{"offset": "{n}"}}'), max_size=12)  # fmt: skip


def fresh_index(folder):
    for path in folder.glob("index*"):
        path.unlink()
    return folder / "index.cdxj"


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(tiers, "ONE_FILE", 4)


@pytest.mark.usefixtures("small")
def test_together_the_files_are_what_one_file_would_be(tmp_path):
    @given(st.lists(LINES, max_size=12))
    @settings(max_examples=60, deadline=None)
    def holds(batches):
        index, told = fresh_index(tmp_path), set()
        for batch in batches:
            tiers.add(index, sorted(set(batch)))
            told |= set(batch)
            assert list(tiers.lines(index)) == sorted(told)
        assert len(tiers.files(index)) <= 2 + math.log2(len(told) + 1)
        for path in tiers.files(index):
            assert list(cdxj.lines_in(path)) == sorted(set(cdxj.lines_in(path)))

    holds()


@pytest.mark.usefixtures("small")
def test_a_line_is_written_again_as_often_as_the_index_has_doubled(tmp_path, monkeypatch):
    index, merge, written_lines = tmp_path / "index.cdxj", cdxj.merge, []

    def counting(path, lines):
        merge(path, lines)
        written_lines.append(sum(1 for _ in cdxj.lines_in(path)))

    monkeypatch.setattr(cdxj, "merge", counting)
    total = 512
    for number in range(total):
        tiers.add(index, [f"cn,gov,a)/{number:05} 20240101000000 {{}}"])
    assert len(list(tiers.lines(index))) == total
    assert sum(written_lines) < total * (math.log2(total) + 2)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("moment", [1, 2, 3])
def test_a_merge_that_is_killed_loses_and_doubles_no_line(tmp_path, monkeypatch, moment):
    index = tmp_path / "index.cdxj"
    told = [f"cn,gov,a)/{number:05} 20240101000000 {{}}" for number in range(40)]
    for number in range(0, 30, 3):
        tiers.add(index, told[number : number + 3])
    calls, unlink, merge = [], type(index).unlink, cdxj.merge

    def dying(work):
        def call(*arguments, **named):
            calls.append(work)
            if len(calls) == moment:
                raise KeyboardInterrupt
            return work(*arguments, **named)

        return call

    with monkeypatch.context() as killed:
        killed.setattr(cdxj, "merge", dying(merge))
        killed.setattr(type(index), "unlink", dying(unlink))
        with pytest.raises(KeyboardInterrupt):
            tiers.add(index, told[30:])
    assert list(tiers.lines(index)) in (told[:30], told)
    tiers.add(index, told[30:])
    assert list(tiers.lines(index)) == told


def test_a_collection_with_several_files_verifies_takes_down_and_rebuilds(monkeypatch, tmp_path):
    monkeypatch.setattr(tiers, "ONE_FILE", 1)
    collection = Collection(tmp_path / "c").create()
    ledger.ensure_key(collection)
    for number in range(1, 5):
        pages = [(f"/{number}{page}.html", "2024-03-01", talk(f"修了{number}{page}公里。", day=f"2024年3月{number}日")) for page in range(5 - number)]  # fmt: skip
        written(collection.archive / f"{number}.warc.gz", pages)
        bring_up_to_date(collection)
    apart = list(tiers.lines(collection.index))
    assert (len(apart), len(tiers.files(collection.index)) > 1) == (10, True)
    assert [fault for fault in faults(collection, reparse=True) if fault.check in ("index", "reparse")] == []
    assert list(strangers(collection, Vouched())) == []
    whole = copy_of(collection, tmp_path / "whole")
    rebuild(whole)
    assert [list(tiers.lines(whole.index)), tiers.files(whole.index)] == [apart, [whole.index]]
    for name in ("/10.html", "/40.html"):
        assert fangtan("withhold", uid(name), "--reason", "求撤", collection=collection.root).code == 0
    assert list(tiers.lines(collection.index)) == [line for line in apart if line.startswith(("cn,gov,example,a)/2", "cn,gov,example,a)/3"))]  # fmt: skip
