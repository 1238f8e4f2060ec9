"""What one reader asks keeps no other waiting: counts of every turn are made in a process of their own."""

import asyncio
import json
import re
import resource
import subprocess
import sys
from urllib.parse import quote

import httpx
import pytest
from support.generated import generated
from support.reading_room import ask

from archive.research.apart import answer
from archive.store.store import open_reader
from archive.web import apart
from archive.web.serve import application


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("apart"), 320)


@pytest.fixture
def large(folder, monkeypatch):
    """The same store as a large one: nothing is counted at once, and pages wait for as long as it takes."""
    monkeypatch.setattr(apart, "AT_ONCE", 0)
    monkeypatch.setattr(apart, "PATIENCE_S", 120)
    return application(folder)


def test_a_process_of_its_own_answers_as_this_one_does(folder, large):
    path = f"/keywords?role=guest&near={quote('的')}&lang=en"
    apart_page = ask(large, path).text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "AT_ONCE", 10**9)
        here = ask(application(folder), path).text
    assert apart_page == here
    assert here.count("<meter") > 10


def test_the_program_tells_how_far_it_is_then_the_answer(folder):
    facts = {"only": {"role": "guest"}, "against": None, "size": 2, "level": 0.05, "near": ""}
    asked = {"question": "keywords", "facts": facts}
    run = subprocess.run([sys.executable, "-m", "archive.research.apart", str(folder.store)], input=json.dumps(asked), capture_output=True, text=True, check=True)  # fmt: skip
    first, last = (json.loads(line) for line in run.stdout.splitlines())
    assert first == {"done": 0}
    db = open_reader(folder.store)
    assert last == {"answer": json.loads(json.dumps(answer(db, "keywords", facts)))}
    db.close()
    wrong = {**asked, "facts": {**facts, "only": {}}}
    run = subprocess.run([sys.executable, "-m", "archive.research.apart", str(folder.store)], input=json.dumps(wrong), capture_output=True, text=True, check=True)  # fmt: skip
    assert "two parts are compared" in json.loads(run.stdout.splitlines()[-1])["error"]


def test_a_page_says_how_far_the_counting_is_and_asks_again(folder, monkeypatch):
    monkeypatch.setattr(apart, "AT_ONCE", 0)
    monkeypatch.setattr(apart, "PATIENCE_S", 0)
    for lang, said in (("en", "Counting: 0 %"), ("zh", "正在统计：已读 0%")):
        page = ask(application(folder), f"/keywords?role=guest&lang={lang}")
        assert page.status_code == 200
        assert said in page.text
        assert '<meta http-equiv="refresh" content="3">' in page.text
        assert "etag" not in page.headers
        assert 'name="role"' in page.text
    review = ask(application(folder), "/review?lang=en")
    assert "Not shown: Perhaps one talk printed twice" in review.text


@pytest.mark.parametrize("more", ["", "&role=guest&case=1", "&sort=random", "&year=2015"])
def test_a_search_that_is_counted_apart_is_the_same_page(folder, large, monkeypatch, more):
    """Counts, years and facets, the lines and all else: as they are when this process counts."""
    path = f"/search?q={quote('的 OR GDP NOT 5G')}&lang=en{more}"
    here = ask(large, path).text
    monkeypatch.setattr("archive.web.finding.COUNTED_AT_ONCE", 0)
    assert ask(large, path).text == here
    assert "turns match" in here
    monkeypatch.setattr(apart, "PATIENCE_S", 0)
    waiting = ask(application(folder), path)
    assert "The matches are being counted" in waiting.text
    assert re.findall(r'<p class="line">', waiting.text) == re.findall(r'<p class="line">', here) != []
    assert '<meta http-equiv="refresh"' in waiting.text
    assert "etag" not in waiting.headers


def test_trends_that_are_counted_apart_are_the_same_page(folder, large, monkeypatch):
    path = f"/trends?words={quote('的 一')}&lang=en"
    there = ask(large, path).text
    monkeypatch.setattr(apart, "AT_ONCE", 10**9)
    assert ask(application(folder), path).text == there
    assert there.count('class="bar"') > 10


def test_a_question_is_asked_once_and_its_answer_kept(large, monkeypatch):
    begun = []
    real = asyncio.create_subprocess_exec

    async def noted(*arguments, **options):
        begun.append(arguments)
        return await real(*arguments, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)

    async def go():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(large.app()), base_url="http://localhost") as client:
            return [(await client.get("/keywords?role=guest&lang=en")).text for _ in range(3)]

    pages = asyncio.run(go())
    assert len(set(pages)) == 1
    assert "<meter" in pages[0]
    assert len(begun) == 1


def test_what_takes_more_than_its_budget_is_said(large, monkeypatch):
    """The program dies as it does when its processor time is up."""
    real = asyncio.create_subprocess_exec

    async def dying(*_, **options):
        return await real(sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", dying)
    page = ask(large, "/keywords?role=guest&lang=en")
    assert page.status_code == 503
    assert "processor time" in page.text
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] != 300, "the bounds are the program's, not the server's"
