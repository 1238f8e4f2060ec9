"""A page that is captured again costs the same after many captures as after few, and leaves what a rebuild would make."""

import shutil
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.dump import dump_public
from support.running import SOAK
from support.talks import talk, written

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.store.indexer import bring_up_to_date
from archive.store.interviews import Interviews
from archive.store.rebuild import rebuild

LIST = (
    "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul>{}</ul></body></html>"
)


def listing(*numbers):
    rows = "".join(
        f"<li><a href='/{n}.html'>老旧小区改造访谈第{n}期</a><span>2024-03-0{n}</span></li>" for n in numbers
    )
    return LIST.format(rows)


SAID = {
    "first": talk("今年一共修了十二公里。"),
    "more": talk("今年一共修了十二公里。", "明年再修二十公里。"),
    "other": talk(
        "水价不涨。",
        title="水价访谈",
        opening=(
            "水价今年涨不涨？请您介绍一下。",
            "今年居民用水的价格不涨，工业用水的价格由市里统一决定，下半年公布。",
            "谁来监督？",
        ),
    ),
    "gone": "",
    "moved": "/2.html",
    "list": listing(1, 2, 3),
    "short list": listing(1),
    "page": "<html><body><h1>通知</h1><p>停水通知，请市民提前储水。</p></body></html>",
}
PATHS = ("/1.html", "/2.html", "/3.html", "/list.html")
CAPTURE = st.tuples(st.sampled_from(PATHS), st.integers(1, 9), st.sampled_from([*SAID, "revisit"]))


def content(captures):
    """Captures as :func:`written` takes them; a revisit repeats the last whole capture of its address."""
    last = {}
    for path, day, said in captures:
        date = f"2024-04-0{day}"
        if said == "revisit":
            yield path, date, f"={last[path]}" if path in last else SAID["first"]
        else:
            last[path] = date
            yield path, date, SAID[said]


@pytest.mark.slow
@given(st.lists(st.lists(CAPTURE, min_size=1, max_size=3), min_size=2, max_size=4))
@settings(
    max_examples=100 if SOAK else 8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_a_store_kept_up_to_date_is_the_one_that_is_rebuilt(tmp_path, weeks):
    root = tmp_path / "kept"
    shutil.rmtree(root, ignore_errors=True)
    collection = Collection(root).create()
    ledger.ensure_key(collection)
    for number, captures in enumerate(weeks):
        written(collection.archive / f"{number}.warc.gz", list(content(captures)))
        bring_up_to_date(collection)
    kept = list(dump_public(collection.store))
    rebuild(collection)
    assert list(dump_public(collection.store)) == kept


@pytest.fixture
def weekly(kept):
    """A section that is fetched again and again; gives the statements that one more week takes."""

    def fetch(week):
        day = f"20{10 + week // 300:02d}-{week // 28 % 12 + 1:02d}-{week % 28 + 1:02d}"
        rows = [("/list.html", day, SAID["list"]), *((f"/{n}.html", day, SAID["first"]) for n in (1, 2))]
        written(kept.archive / f"{week:04d}.warc.gz", [*rows, ("/3.html", day, SAID["other"])])
        bring_up_to_date(kept)

    return fetch


@pytest.mark.long
def test_the_sixtieth_week_costs_what_the_tenth_does_and_forms_nothing_anew(weekly, monkeypatch):
    formed = []
    write = Interviews._write
    monkeypatch.setattr(
        Interviews, "_write", lambda self, db, keys, one: (formed.extend(keys), write(self, db, keys, one))[1]
    )
    spent = {}
    for week in range(60):
        formed.clear()
        began = time.thread_time()
        weekly(week)
        spent[week] = time.thread_time() - began
        assert bool(formed) is (week == 0)
    early, late = (sorted(spent[w] for w in range(start, start + 15))[:5] for start in (5, 45))
    assert sum(late) < 2 * sum(early)
