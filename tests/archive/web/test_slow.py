"""A page that takes too long keeps its frame, its language and what it has, and says what is missing."""

import asyncio
import json
from urllib.parse import quote

import pytest
from support.generated import generated

from archive.web import lists, views
from archive.web.serve import application

pytestmark = pytest.mark.long

#: Never ends by itself.
ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) AS n FROM c WHERE n < 0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("slow"), 320)


def get(folder, path, **headers):
    return asyncio.run(application(folder).client.get(path, headers=headers))


def endless(db, *_, **__):
    return db.execute(ENDLESS).fetchall()


@pytest.mark.parametrize(("lang", "missing", "there"), [("en", "Not shown: Sites", "Latest"), ("zh", "以下部分未显示：网站", "最近")])  # fmt: skip
def test_a_part_that_takes_too_long_is_named_and_the_others_are_shown(folder, monkeypatch, lang, missing, there):
    monkeypatch.setattr(views, "_SITES", ENDLESS)
    page = get(folder, f"/?lang={lang}")
    assert page.status_code == 200
    assert missing in page.text
    assert there in page.text
    assert page.text.count("/interview/") >= 15
    assert "etag" not in page.headers, "another try may have it all"


def test_the_review_queue_says_which_of_its_lists_is_missing(folder, monkeypatch):
    monkeypatch.setattr("archive.research.apart.near_matches", endless)
    monkeypatch.setattr(views, "TIME_LIMIT_MS", 1000)
    page = get(folder, "/review?lang=en")
    assert "Perhaps one talk printed twice" in page.text
    assert "took too long" in page.text
    assert page.status_code == 200


def test_a_page_of_which_nothing_comes_in_time_keeps_its_frame_and_language(folder, monkeypatch):
    monkeypatch.setattr(lists, "person_of", endless)
    monkeypatch.setattr(views, "TIME_LIMIT_MS", 200)
    for lang, word in (("en", "Search"), ("zh", "检索")):
        page = get(folder, f"/person?id={quote('s0/x')}&lang={lang}")
        assert page.status_code == 503
        assert f'href="/search?lang={lang}">{word}</a>' in page.text
        assert "fangtan.css" in page.text


def test_a_search_that_takes_too_long_is_no_wrong_question(folder, monkeypatch):
    from archive.web import finding

    monkeypatch.setattr(finding, "page_of", endless)
    monkeypatch.setattr(views, "TIME_LIMIT_MS", 200)
    page = get(folder, f"/search?q={quote('发展')}&lang=en")
    assert page.status_code == 503
    assert 'name="q" value="发展"' in page.text, "the form keeps what was asked"


def test_counts_that_take_too_long_leave_the_lines(folder, monkeypatch):
    from archive.web import finding

    monkeypatch.setattr(finding, "counts", endless)
    page = get(folder, f"/search?q={quote('的')}&lang=en")
    assert page.status_code == 200
    assert "Not shown: By year" in page.text
    assert "/interview/" in page.text


def test_programs_hear_it_as_json(folder, monkeypatch):
    from archive.web import answers

    monkeypatch.setattr(answers, "person_of", endless)
    monkeypatch.setattr(views, "TIME_LIMIT_MS", 200)
    answer = get(folder, f"/person.json?id={quote('s0/x')}")
    assert answer.status_code == 503
    assert json.loads(answer.text)["error"]
