"""Words in ten thousand characters: counted again without the index; each value leads to the lines that it counts."""

import html
import json
import re
from collections import Counter
from urllib.parse import quote

import pytest
from support.county_talks import held
from support.reading_room import ask
from support.running import fangtan

from archive.errors import ConfigError
from archive.research.filters import Filter
from archive.research.trends import trends
from archive.store.store import open_reader
from archive.web.serve import application

WORDS = ["群众", "供水", "查无此词"]


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trends")
    return held(folder)


@pytest.fixture
def db(archived):
    connection = open_reader(archived.store)
    yield connection
    connection.close()


GROUPS = {
    "year": lambda row: row["date"][:4],
    "month": lambda row: row["date"][:7],
    "role": lambda row: row["role"],
    "site": lambda row: row["site"],
}


@pytest.mark.parametrize("by", sorted(GROUPS))
@pytest.mark.parametrize("only", [Filter(), Filter(role="guest"), Filter(since="2023-06")])
def test_the_rate_is_that_of_a_plain_count(db, by, only):
    rows = [
        dict(zip(("date", "role", "site", "text"), row, strict=True))
        for row in db.execute(
            "SELECT i.date, t.role, i.site, t.text FROM turns t JOIN interviews i ON i.uid = t.interview"
        )
    ]
    chosen = [r for r in rows if only.role in (None, r["role"]) and r["date"] >= (only.since or "")]
    characters, said = Counter(), Counter()
    for row in chosen:
        characters[GROUPS[by](row)] += len(row["text"])
        for word in WORDS:
            said[word, GROUPS[by](row)] += row["text"].count(word)
    expected = [
        (word, group, said[word, group], characters[group], round(said[word, group] * 10000 / characters[group], 3))
        for word in WORDS
        for group in sorted(characters)
    ]
    found = trends(db, WORDS, by, only)
    assert [(p.word, p.group, p.count, p.characters, p.per_10000) for p in found] == expected
    assert sum(p.count for p in found) > 0


def test_words_and_groups_that_cannot_be_are_refused(db):
    for words, by in (([], "year"), (list("一二三四五六"), "year"), (["群众"], "weekday")):
        with pytest.raises(ConfigError):
            trends(db, words, by)


def test_each_value_leads_to_the_lines_that_it_counts(archived):
    app = application(archived)
    for by in ("month", "role"):
        page = ask(app, f"/trends?lang=en&by={by}&words={quote('群众，供水')}").text
        table = page[page.index("<tbody>") :]
        rows = re.findall(
            r'<td>([^<]+)</td><td><a href="/search([^"]+)">[^<]+</a></td><td>[\d.]+</td><td>(\d+)</td>', table
        )
        assert len(rows) >= 2
        for word, query, count in rows:
            lines = ask(app, f"/search.json{html.unescape(query)}").json()["lines"]
            assert [line["hit"] for line in lines] == [word] * int(count)
        bars = re.findall(r'<a href="/search([^"]+)" aria-label', page)
        assert {html.unescape(query) for _, query, _ in rows} == {html.unescape(query) for query in bars}


def test_charts_of_several_words_have_one_scale(archived):
    page = ask(application(archived), f"/trends?lang=zh&words={quote('群众 供水')}").text
    assert len(set(re.findall(r'class="scale"[^>]*>([\d.]+)<', page))) == 1
    assert page.count("<svg") == 2
    assert ask(application(archived), "/trends?by=weekday&words=a").status_code == 400


def test_the_command_prints_them(archived, db):
    run = fangtan("trends", "群众", "供水", "--by", "role", "--json", collection=archived.root)
    assert run.rows == [
        json.loads(json.dumps(p, default=lambda o: {n: getattr(o, n) for n in o.__slots__}))
        for p in trends(db, ["群众", "供水"], "role")
    ]
    assert fangtan("trends", "群众", "--by", "weekday", collection=archived.root).code == 2
