"""A crawl over a disk that fills or breaks, short writes, a kill, a request to end, a clock that jumps: what came is kept, and
the next crawl has all of it, once.

Moments are numbers of changes on the disk, so a run can be repeated.
"""

import random
import signal
import zlib

import pytest
from support.faults import HELP, LIMITED, SHIMMED
from support.running import SOAK, fangtan, faults

from archive.collection.folder import Collection
from archive.store.store import open_reader
from archive.warc.records import iterate
from crawler.demo import hanweb_site
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

pytestmark = [pytest.mark.long, pytest.mark.slow]

TALKS = 5
KILL = {"kill": lambda n: {"FANGTAN_FAULT_KILL": str(n)}}
CASES = {**KILL, **SHIMMED, "small": None}


def section():
    site, head = DemoSite("小县"), "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body>"
    rows = "".join(
        f"<li><a href='/zxft/{n}.html'>第{n}期访谈：话题之{n}</a><span>2021-01-0{n + 1}</span></li>"
        for n in range(TALKS)
    )
    site.replies["/zxft/"] = Reply(f"{head}<ul>{rows}</ul></body></html>".encode())
    for n in range(TALKS):
        said = f"<p>主持人：请介绍第{n}项工作。</p><p>李青：第{n}项工作已经完成，下一步继续巩固提升。</p>"
        site.replies[f"/zxft/{n}.html"] = Reply(
            f"{head}<h1>第{n}期访谈：话题之{n}</h1><div><p>访谈嘉宾：县水务局局长李青</p>{said}</div></body></html>".encode()
        )
    site.home = "/zxft/"
    return site


def crawl(collection, county, *words, **more):
    return fangtan("crawl", "--delay", "0", *words, *county.urls, collection=collection.root, **more)


def over(shim, collection, county, **faulty):
    more = {"LD_PRELOAD": shim.environment["LD_PRELOAD"], "FANGTAN_FAULT_IN": f"{collection.root}/", **faulty}
    return crawl(collection, county, more=more, starter=shim)


@pytest.fixture(scope="module")
def changes(shim, tmp_path_factory):
    """How many changes a crawl makes."""
    folder = tmp_path_factory.mktemp("count")
    with County([section()], hanweb_site.answer_post) as county:
        done = over(shim, Collection(folder / "c").create(), county, FANGTAN_FAULT_COUNT=str(folder / "count"))
    assert done.code == 0, done.err
    return (folder / "count").stat().st_size


@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", CASES)
def test_a_crawl_that_meets_a_fault_is_completed_by_the_next(shim, tmp_path, changes, fault):
    chance = random.Random(zlib.crc32(fault.encode()))
    numbers = sorted({chance.randint(1, changes // 2) for _ in range(30 if SOAK else 1)})
    assert numbers[0] > 0
    for number in numbers:
        collection = Collection(tmp_path / f"{number}").create()
        with County([section()], hanweb_site.answer_post) as county:
            if fault == "small":
                met = crawl(collection, county, script=LIMITED.format(number * 64))
            else:
                met = over(shim, collection, county, **CASES[fault](number))
            assert "Traceback" not in met.err, (number, met.err)
            assert met.code in (0, 2, 3, 5, 143, -signal.SIGKILL), (number, met.code, met.err)
            if met.code == 2 and fault in HELP:
                assert any(words in met.err for words in HELP[fault]), (number, met.err)
            kept = {record.id for path in collection.archive.glob("*.warc.gz") for record in iterate(path)}
            # An entry of the ledger is dated in the future: who knows better says so.
            again = crawl(collection, county, *(["--clock-is-right"] if fault == "ahead" else []))
            assert again.code == 0, (number, again.err)
        ids = [record.id for path in collection.archive.glob("*.warc.gz") for record in iterate(path)]
        assert len(ids) == len(set(ids)), number
        assert kept <= set(ids), number
        db = open_reader(collection.store)
        assert db.execute("SELECT count(*) FROM interviews").fetchone() == (TALKS,), number
        assert db.execute("SELECT count(*), count(DISTINCT id) FROM turns").fetchone() == (2 * TALKS, 2 * TALKS), number
        db.close()
        assert faults(collection, reparse=True) == [], number
