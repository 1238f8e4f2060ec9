"""Every folder of tests/families is a family: its pages, and what is read of them, in expected.json as reviewed."""

import json
import tomllib

import pytest
from support.running import HERE, ROOT

import parsers
from crawler.onboarding.family import proposed, reading
from parsers.families import by_name, families, table

FOLDERS = sorted(p for p in (HERE / "families").iterdir() if p.is_dir())


def read(folder):
    """The reading of each page, under the address that expected.json gives it."""
    known = json.loads((folder / "expected.json").read_text("utf-8"))
    pages = {p.name: p.read_bytes() for p in sorted(folder.glob("*.html"))}
    assert list(known) == list(pages)
    return known, {
        n: reading(parsers.Payload(known[n]["url"], data, known[n]["content_type"])) for n, data in pages.items()
    }


def test_there_are_families():
    assert len(FOLDERS) > 10


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_family(folder, request):
    known, found = read(folder)
    found = json.loads(json.dumps(found))
    if request.config.getoption("--accept"):
        (folder / "expected.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert found == known
    assert by_name(folder.name)
    assert folder.name in {page["family"] for page in known.values()}
    assert any("interview" in page for page in known.values())


@pytest.mark.parametrize(("language", "page"), [("en", "families.md"), ("zh", "zh/families.md")])
def test_the_table_of_families_is_generated(language, page):
    text = (ROOT / "docs" / page).read_text("utf-8")
    assert text == table.page(language), f"python -m parsers.families.table {language} > docs/{page}"
    assert [f.name for f in families() if f"| `{f.name}`" not in text] == []


def test_what_was_confirmed_belongs_to_a_family():
    confirmed = tomllib.loads(table._CONFIRMED.read_text("utf-8"))
    assert len(confirmed) > 10
    assert set(confirmed) - {f.name for f in families()} == set()
    assert {frozenset(pair) for pair in confirmed.values()} == {frozenset(("en", "zh"))}


def test_a_home_page_of_vsb_is_known_by_its_marks():
    page = reading(
        parsers.Payload("http://a.example/", b"<!--Announced by Visual SiteBuilder 9--><p>x</p>", "text/html")
    )
    assert page["family"] == "vsb"


def test_marks_are_what_all_pages_share_and_no_other_has():
    head = "<script src='/{0}/js/{0}Portal.js'></script><link href='/{0}/css/style.css'>"
    ours = [head.format("vcms") + f"<div class='vcms-box page{n}'><div class='list'>" for n in (1, 2)]
    assert proposed(ours, []) == ["/vcms/", "vcmsPortal.js", "vcms-box"]
    assert proposed(ours, ["<b class='my-vcms-box'>"]) == ["/vcms/", "vcmsPortal.js"]
    assert proposed([*ours, "<p>x</p>"], []) == []
