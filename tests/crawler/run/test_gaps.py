"""A nation of small sections whose lists lose pages, lie, or shrink: no run is ok while a page that was listed is missing."""

from itertools import product
from urllib.parse import urlsplit

import pytest
from support.running import SOAK, fangtan
from support.sites import family_sites
from support.sites.paged import KINDS, TALKS, address, paged

from archive.history.account_file import read_account
from crawler.demo.county import Reply
from crawler.demo.server import County

pytestmark = pytest.mark.long

FAULTS = [dict(zip(("removed", "lies", "shrunk"), values, strict=True)) for values in product((False, True), repeat=3)]
#: Every kind without a fault, and each set of faults under some kinds of pager; under all of them when there is time.
KIND_NAMES = list(KINDS)
CASES = [
    (kind, faults)
    for number, faults in enumerate(FAULTS)
    for at, kind in enumerate(KIND_NAMES)
    if SOAK or not any(faults.values()) or at in (number % 6, (number + 3) % 6)
]


def crawled(county, collection, *options):
    result = fangtan("crawl", "--delay", "0", "--json", *options, *county.urls, collection=collection.root, timeout=600)
    assert len(result.rows) == len(county.sites), result.err
    return result.rows


@pytest.mark.slow
def test_no_run_is_ok_while_a_listed_page_is_missing(collection):
    """A removed page, a pager that lies, a list that shrank, alone and together; the pages are asked for again and come back."""
    sites = [paged(kind) for kind, _ in CASES]
    with County(sites, family_sites.post) as county:
        for (kind, _), report in zip(CASES, crawled(county, collection), strict=True):
            assert (report["exit_code"], report["seen"]) == (0, TALKS), (kind, report["reason"])
        for (_, faults), site in zip(CASES, sites, strict=True):
            site.change(**faults)
            site.asked.clear()
        for (kind, faults), site, report in zip(CASES, sites, crawled(county, collection, "--sweep"), strict=True):
            account = read_account(collection, report["run"])
            assert (report["exit_code"] == 0) is not any(faults.values()), (kind, faults, report["account"])
            assert report["account"]["balanced"] is not any(faults.values()), (kind, faults)
            named = {urlsplit(page.url).path for page in account.pages}
            assert named <= {path.partition("?")[0] for path in site.asked}, "no list page that was not asked for"
            site.change()
        for (kind, faults), report in zip(CASES, crawled(county, collection), strict=True):
            assert (report["exit_code"], report["seen"]) == (0, TALKS), (kind, faults, report["reason"])


def test_a_fault_on_the_first_day_is_seen_without_any_history(collection):
    """What a page links, numbers or declares is enough: a page that is missing, and one that repeats another."""
    cases = [(kind, fault) for kind in KIND_NAMES for fault in ("removed", "lies")]
    cases = [
        (kind, fault) for kind, fault in cases if (kind, fault) != ("years", "lies")
    ]  # two years may show one list
    sites = [paged(kind) for kind, _ in cases]
    for (_, fault), site in zip(cases, sites, strict=True):
        site.change(**{fault: True})
    with County(sites, family_sites.post) as county:
        reports = crawled(county, collection)
    assert [(case, report["exit_code"]) for case, report in zip(cases, reports, strict=True)] == [(c, 3) for c in cases]
    assert all(report["fix"] for report in reports)


def test_an_unchanged_night_costs_one_list_page(collection):
    """Requests as the servers count them: robots.txt and the first list page, where it is dated and runs from new to old."""
    sites = [paged(kind) for kind in KIND_NAMES]
    with County(sites, family_sites.post) as county:
        first = crawled(county, collection)
        for site in sites:
            site.asked.clear()
        night = crawled(county, collection)
    assert [report["exit_code"] for report in (*first, *night)] == [0] * 2 * len(sites)
    asked = sum(len(site.asked) for site in sites)
    least = 3 * len(sites)  # robots.txt, the given page, the list's first page
    assert asked <= 1.1 * least, [site.asked for site in sites]
    assert not {address(n) for n in range(TALKS)} & {path for site in sites for path in site.asked}


def test_nights_with_new_talks_are_ok(collection):
    """They push others to pages that such a night does not read; then a page is there that was not."""
    sites = [paged(kind) for kind in KIND_NAMES if kind != "years"]
    assert len(sites) > 3
    with County(sites, family_sites.post) as county:
        for later in (2, 1, 0):
            for site in sites:
                site.change(later=later)
            for site, report in zip(sites, crawled(county, collection), strict=True):
                assert (report["exit_code"], report["seen"]) == (0, TALKS - later), (site.kind, later, report["reason"])


def test_a_stopped_run_goes_on_as_it_began(collection):
    """What was to be fetched again, and what was to be asked only for what was missing, is so when it is continued."""
    site, talks = paged("script"), {address(n) for n in range(TALKS)}
    whole, site.replies[address(3)] = site.replies[address(3)], Reply(b"", status=500)
    with County([site], family_sites.post) as county:
        (first,) = crawled(county, collection)
        assert first["exit_code"] == 3
        file = collection.sites / f"{first['site']}.toml"
        text = file.read_text("utf-8")

        def crawl(*options, pages=None):
            """What a run of at most so many pages says, and what it asked for."""
            file.write_text(f"budget = {{ pages = {pages} }}\n{text}" if pages else text, "utf-8")
            site.asked.clear()
            result = fangtan("crawl", "--delay", "0", "--json", *options, first["site"], collection=collection.root)
            return result.rows[0], set(site.asked)

        stopped, begun = crawl("--recheck", pages=2)
        rest, ended = crawl()
        assert (stopped["left"] > 0, rest["resumed"]) == (True, True)
        assert begun | ended >= talks, "each of them was fetched again"
        site.replies[address(3)] = whole
        kept = {address(n): site.replies[address(n)] for n in (4, 5)}
        site.replies.update(dict.fromkeys(kept, Reply(b"", status=500)))
        crawl("--recheck")
        site.replies.update(kept)
        stopped, begun = crawl("--patch", pages=1)
        assert (stopped["patch"], stopped["exit_code"]) == (True, 3)
        last, ended = crawl()
        assert last["patch"]
        assert (begun | ended) & talks == set(kept)
