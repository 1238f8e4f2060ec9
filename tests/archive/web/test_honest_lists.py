"""What lists and charts leave out they do not hide: undated talks, sites known from captures alone, long lists."""

import html
import json
import re
from urllib.parse import quote

import pytest
from support.county_talks import add
from support.reading_room import ask
from support.running import fangtan
from support.talks import talk

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.web import lists
from archive.web.serve import application

DATED = tuple(
    (
        f"/zxft/{n}.html",
        f"2024-01-1{n}",
        talk(
            f"第{n}期：群众关心的供水问题，第{n}处已经办好。", title=f"供水访谈（{n}）", day=f"202{n % 2}年{n + 1}月1日"
        ),
    )
    for n in range(5)
)
UNDATED = ("/zxft/9.html", "2024-01-19", talk("第9期：群众满意，另有九处在办。", title="供水访谈（9）").replace("<p>访谈时间：2024年3月5日</p>", ""))  # fmt: skip
TWO_GUESTS = (
    "/zxft/8.html",
    "2024-01-18",
    talk("第8期：群众问起物业，八处已办。", title="物业访谈", day="2022年3月1日").replace(
        "<p>访谈嘉宾：县住建局局长周立民</p>", "<p>访谈嘉宾：县住建局局长周立民、县住建局副局长吴桂芳</p>"
    ),
)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """An archive of captures alone: no site file, no run."""
    folder = tmp_path_factory.mktemp("imported")
    collection = Collection(folder / "c").create()
    ledger.ensure_key(collection)
    return add(collection, (*DATED, UNDATED, TWO_GUESTS), "first.warc.gz", folder)


@pytest.fixture(scope="module")
def app(imported):
    return application(imported)


def bars(page):
    """Where each bar leads, and what it says."""
    page = page[page.index("<figure") :]
    found = re.findall(r"(?:<a href=\"([^\"]*)\"[^>]*>)?<g><title>([^<]*)</title>", page)
    return {html.unescape(said): html.unescape(href) for href, said in found}


@pytest.mark.parametrize(("lang", "undated"), [("en", "undated"), ("zh", "日期不详")])
def test_undated_talks_are_a_bar_of_their_own_that_leads_nowhere_else(app, lang, undated):
    found = bars(ask(app, f"/search?q={quote('群众')}&lang={lang}").text)
    assert {said: bool(href) for said, href in found.items()} == {"2020: 3": True, "2021: 2": True, "2022: 1": True, f"{undated}: 1": False}  # fmt: skip
    assert "year=2020" in found["2020: 3"]
    assert list(bars(ask(app, f"/?lang={lang}").text)) == ["2020: 3", "2021: 2", "2022: 1", f"{undated}: 1"]
    site = ask(app, f"/site/a-example-gov-cn?lang={lang}").text
    assert re.findall(r"<tr><td>([^<]*)</td><td>(\d+)</td>", site)[-1] == (undated, "1")


def test_counts_name_the_undated(imported):
    said = fangtan("search", "群众", "--by", "year", collection=imported.root).out.splitlines()
    assert [line.split("\t")[0] for line in said] == ["undated", "2020", "2021", "2022"]
    rows = fangtan("search", "群众", "--by", "year", "--json", collection=imported.root).rows
    assert [row["group"] for row in rows] == ["", "2020", "2021", "2022"]


def test_a_site_that_captures_alone_make_known_is_a_site(app, imported):
    home = ask(app, "/?lang=en").text
    assert "<dt>Sites</dt><dd>1</dd>" in home
    for named in ("a-example-gov-cn", "a.example.gov.cn"):
        assert len(fangtan("search", "群众", "--site", named, "--json", collection=imported.root).rows) == 7, named
    refused = fangtan("search", "群众", "--site", "nowhere", collection=imported.root)
    assert refused.code == 2
    assert "expected one of a-example-gov-cn" in refused.err


def test_an_organisation_counts_talks_and_has_pages(app, monkeypatch):
    name = quote("县住建局")
    monkeypatch.setattr(lists, "SHOWN", 3)
    address, seen, said = f"/organization?name={name}&lang=en", [], set()
    while address:
        page = ask(app, address).text
        said |= set(re.findall(r"Interviews: (\d+)", page))
        seen.append(re.findall(r"/interview/([0-9a-f]{16})\?", page))
        following = re.search(r'rel="next" href="([^"]*)"', page)
        address = html.unescape(following[1]) if following else ""
    assert said == {"7"}
    assert [len(set(some)) for some in seen] == [3, 3, 1]
    assert len({uid for some in seen for uid in some}) == 7


def test_a_person_has_pages_for_people_and_programs(app, monkeypatch):
    monkeypatch.setattr(lists, "SHOWN", 3)
    address, seen = f"/person.json?id={quote('a-example-gov-cn/周立民')}", []
    while address:
        found = json.loads(ask(app, address).text)
        seen.append([row["uid"] for row in found["talks"]])
        address = found["next"]
    assert [len(some) for some in seen] == [3, 3, 1]
    assert found["who"]["interviews"] == 7 == len({uid for some in seen for uid in some})
    assert 'rel="next"' in ask(app, f"/person?id={quote('a-example-gov-cn/周立民')}").text


def test_a_list_names_the_conditions_that_it_follows_and_no_others(app):
    chosen = ask(app, "/interviews?year=2020&lang=en").text
    assert '<a href="/interviews.atom?year=2020' in chosen
    assert "2020" in re.search(r"<h1>(.*?)</h1>", chosen)[1]
    people = ask(app, "/people?year=2020&lang=en").text
    assert "2020" not in re.search(r"<h1>(.*?)</h1>", people)[1]
