"""What pages say of runs and files as they are now: a killed run runs no longer, and no page tells where the collection lies."""

import json
import os
import shutil

import pytest
from support.reading_room import ask
from support.takedowns import holding, rows
from support.talks import talk

from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.store.indexer import bring_up_to_date
from archive.web.serve import application

RUN = "20240305T000000Z-a-0001"


@pytest.fixture
def collection(tmp_path):
    kept = holding(tmp_path, ("/1.html", "2024-03-05", talk("年底以前全部完成。")))
    (kept.sites / "a.toml").write_text('name = "甲县"\nsection = ["http://a.example.gov.cn/zxft/"]\n', "utf-8")
    report = {"run": RUN, "site": "a", "started_at": "2024-03-05T00:00:00+08:00", "verdict": "running"}
    (kept.reports / f"{RUN}.json").write_text(json.dumps(report), "utf-8")
    db = connect(kept.crawl_db)  # the run's own process is this one
    row = (RUN, "a", "running", os.getpid(), "2024-03-04T16:00:00Z", "2024-03-04T16:00:00Z")
    db.execute("INSERT INTO runs(run, site, state, pid, started_at, heartbeat) VALUES (?, ?, ?, ?, ?, ?)", row)
    db.close()
    return kept


def verdicts(app):
    return ["interrupted" in ask(app, "/site/a?lang=en").text, ">running<" in ask(app, "/site/a?lang=en").text]


def test_a_killed_run_is_no_running_one(collection):
    with collection.lock("site-a"):
        bring_up_to_date(collection)  # as the indexer does beside the crawl
        app = application(collection)
        assert verdicts(app) == [False, True]
        assert "etag" not in ask(app, "/site/a").headers, "its end changes no store"
    assert verdicts(app) == [True, False]
    assert rows(collection, "SELECT verdict FROM runs") == [("running",)]
    bring_up_to_date(collection)
    assert rows(collection, "SELECT verdict FROM runs") == [("interrupted",)]
    assert verdicts(app) == [True, False]
    with collection.lock("site-a"):  # it goes on
        assert verdicts(app) == [False, True]


def test_pages_name_files_as_they_are_inside_the_collection(collection):
    bring_up_to_date(collection)
    (collection.sites / "b.toml").write_text("name = \n", "utf-8")
    (capture,) = rows(collection, "SELECT id FROM captures")[0]
    app = application(collection)
    shutil.move(collection.archive / "a.warc.gz", collection.root / "elsewhere")
    told = {path: ask(app, path).text for path in ("/status?lang=en", f"/capture/{capture}?lang=en")}
    assert "sites/b.toml" in told["/status?lang=en"]
    assert "archive/a.warc.gz" in told[f"/capture/{capture}?lang=en"]
    for path, text in told.items():
        assert str(collection.root) not in text, path
        assert str(Collection(collection.root.resolve()).root) not in text, path
