"""How a run begins beside others that go on."""

import asyncio
import shutil
from datetime import UTC, datetime
from threading import current_thread, main_thread

import pytest
from support.takedowns import holding
from support.talks import talk

from archive.collection.sites import Site
from archive.errors import ConfigError
from crawler.process import Crawling
from crawler.run import begin
from crawler.run.options import Options

SITE = Site("a", "甲县", ("http://a.example.gov.cn/zxft/",))


def test_what_a_killed_run_left_is_read_in_a_thread(tmp_path, monkeypatch):
    """A gigabyte is read and hashed while other runs answer their servers."""
    collection = holding(tmp_path, ("/1.html", "2024-03-05", talk("年底以前全部完成。")))
    left = collection.archive / "a-20240305000000000-00000-abcdef.warc.gz.open"
    shutil.copy(collection.archive / "a.warc.gz", left)
    salvage, where = begin.salvage, []

    def told(*asked):
        where.append(current_thread())
        return salvage(*asked)

    monkeypatch.setattr(begin, "salvage", told)
    crawling = Crawling(collection)
    run = asyncio.run(crawling.open_beside(SITE, Options()))
    assert len(where) == 1
    assert where[0] is not main_thread()
    assert [kept["file"] for kept in run.tally.salvaged] == [left.name.removesuffix(".open")]
    assert not left.exists()
    assert crawling.runs == [run]
    with pytest.raises(ConfigError, match="in use"):
        asyncio.run(crawling.open_beside(SITE, Options()))
    assert crawling.runs == [run]
    run.forget()
    run.recorder.close()
    crawling.journal.close()


def test_ids_of_runs_sort_as_they_began():
    """Two runs of one second, too."""
    moments = [datetime(2026, 3, 1, 16, 0, 0, n * 1000, UTC) for n in (1, 9, 10, 500, 999)]
    names = [begin._suffix(moment) for moment in moments]
    assert names == sorted(names)
    assert {len(name) for name in names} == {4}
    assert len(begin._suffix(datetime(2026, 3, 1, tzinfo=UTC))) == 4
