"""Search: conditions that an address carries, the concordance, counts, facets to narrow it by."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.collection.sql import rows_of
from archive.errors import ConfigError
from archive.export.found import UNITS
from archive.research.counting import Count, counts, facets, numbers, total
from archive.research.filters import CHOICES, Filter
from archive.research.pages import ORDERS, Page, Wanted
from archive.research.pages import page as page_of
from archive.store.query_language import Query, parse
from archive.web.apart import Counting, ask
from archive.web.charts import Chart, columns
from archive.web.freshness import left_out
from archive.web.latin import province
from archive.web.views import TooSlow, in_time, page, read, refused
from archive.web.words import language, words

SHOWN = 50
#: Characters on each side of a match.
WIDTH = 28
#: Characters of a query, and of a condition.
LONGEST = 200
#: A download of one search gives so many rows at most; the form of ``/export`` and ``fangtan export`` give more.
MOST = 2000
#: A search that more turns match is counted in a process of its own, after its lines.
COUNTED_AT_ONCE = 20_000
CONDITIONS = ("role", "site", "since", "until", "speaker", "year", "kind", "genre", "organization", "province", "uid")


#: What an address may say besides conditions. A word that is none of them would be left out silently.
_PARAMETERS = frozenset(
    {"q", "sort", "seed", "case", "after", "lang", "words", "by", "near", "size", "level", "unit", "person", "format", "token"}
)  # fmt: skip


def _check_parameters(request: Request) -> None:
    """:raises ConfigError: a parameter that no page has, or one that is given twice"""
    for name in request.args if request.method != "POST" else ():  # a form that is sent has a token that vouches for it
        if name not in _PARAMETERS and name.removeprefix("other_") not in CONDITIONS:
            raise ConfigError(f"no parameter is called {name[:40]}; the form has the conditions that there are")
        if (times := len(request.args.getlist(name))) > 1:
            raise ConfigError(f"{name}: is given {times} times; give it once")


def filtered(request: Request) -> Filter:
    """The conditions of an address.

    :raises ConfigError: a date that is not one, an unknown choice or parameter, or more characters than are understood
    """
    _check_parameters(request)
    text = words_of(request)
    if len(text) > LONGEST:
        raise ConfigError(
            f"the query has {len(text)} characters; at most {LONGEST} are understood. "
            "Make it shorter, or use `fangtan search`."
        )
    for name, value in {
        **conditions(request),
        **{name: request.args.get(name) or "" for name in ("near", "words")},
    }.items():
        if len(value) > LONGEST:
            raise ConfigError(f"{name}: {len(value)} characters are given; at most {LONGEST} are understood")
    return Filter(**{name: value or None for name, value in conditions(request).items()})


def words_of(request: Request) -> str:
    """The query of an address, as given."""
    return (request.args.get("q") or "").strip()


def query_of(request: Request) -> Query:
    """The query of an address, understood."""
    return parse(words_of(request), case=bool(ordered(request)["case"]))


def with_query(request: Request) -> Filter:
    """The conditions of an address and its query: talks in which something is found.

    :raises ConfigError: a date that is not one
    """
    text = words_of(request)
    return replace(filtered(request), query=text, case=text if ordered(request)["case"] else None)


def conditions(request: Request) -> dict[str, str]:
    """The conditions of an address as given; empty ones too, for the form."""
    return {name: (request.args.get(name) or "").strip() for name in CONDITIONS}


def ordered(request: Request) -> dict[str, str]:
    """How an address asks for its matches: their order as given, and ``case`` (``1``, else empty)."""
    given = {name: (request.args.get(name) or "").strip()[:40] for name in ("sort", "seed")}
    return {**given, "case": "1" if request.args.get("case") == "1" else ""}


def wanted(request: Request) -> Wanted:
    """The page that an address asks for.

    :raises ConfigError: an unknown order
    """
    order = ordered(request)
    return Wanted(order["sort"] or "newest", order["seed"] or "0", request.args.get("after") or None, SHOWN)


#: Sites that a form offers; the others are asked for by id, name or host.
SITES_OFFERED = 100


async def choices(datasette: Datasette, request: Request) -> dict[str, Any]:
    """What a form of conditions offers, and what was asked."""
    offered = "SELECT id, name FROM sites ORDER BY id LIMIT ?"
    sites = await read(datasette, lambda db: list(rows_of(db, offered, (SITES_OFFERED,))))
    return {
        "asked": conditions(request),
        "sites": sites,
        "roles": CHOICES["role"],
        "kinds": CHOICES["kind"],
        "genres": [genre for genre in CHOICES["genre"] if genre != "other"],
    }


async def search(datasette: Datasette, request: Request) -> Response:
    """A form, the concordance, the counts by year, facets to narrow it by."""
    text = words_of(request)
    asked = {"q": text, **conditions(request), **ordered(request)}
    found, error, status = _Found(), None, 200
    try:
        only = await read(datasette, filtered(request).check)
        if text:
            found = await _found(datasette, text, query_of(request), only, wanted(request))
    except ConfigError as problem:
        error, status = str(problem), refused(problem)
    facts = {
        "q": text,
        "understood": found.query.shown,
        "total": found.total,
        "counting": found.counting,
        "page": found.page,
        "orders": ORDERS,
        "following": urlencode(
            {k: v for k, v in {**asked, "lang": language(request), "after": found.page.next}.items() if v}
        ),
        "years": _of_years(found.years, asked | {"lang": language(request)}),
        **ordered(request),
        "facets": {
            name: _links(name, values, asked | {"lang": language(request)}) for name, values in found.facets.items()
        },
        "error": error,
        "last": found.page.first - 1 + len(found.page.hits),
        "most_downloaded": MOST,
        "units": UNITS,
        "again": urlencode({k: v for k, v in asked.items() if v}),
        **await choices(datasette, request),
    }
    return await page(datasette, request, "fangtan_search.html", facts, status)


@dataclass(slots=True)
class _Found:
    """What a search gives: a page of lines, how many turns there are, counts by year, facets."""

    query: Query = field(default_factory=lambda: parse(""))
    page: Page = field(default_factory=Page)
    total: int = 0
    years: list[Count] = field(default_factory=list)
    facets: dict[str, Any] = field(default_factory=dict)
    counting: int | None = None


async def _found(datasette: Datasette, text: str, query: Query, only: Filter, wanted: Wanted) -> _Found:
    found = await read(datasette, lambda db: page_of(db, query, wanted, only, WIDTH))
    if await read(datasette, lambda db: total(db, replace(query, exact=""))) > COUNTED_AT_ONCE:
        return await _counted_apart(datasette, text, query, only, found)
    turns = await in_time(datasette, lambda db: numbers(db, query, only), None, "count")
    if turns is not None and not turns:
        return _Found(query)
    years = await in_time(datasette, lambda db: counts(db, query, "year", only, turns), list[Count](), "by_year")
    narrower = await in_time(
        datasette, lambda db: dict[str, Any](facets(db, query, only, turns)), dict[str, Any](), "more"
    )
    return _Found(query, found, len(found.hits if turns is None else turns), years, narrower)


async def _counted_apart(datasette: Datasette, text: str, query: Query, only: Filter, found: Page) -> _Found:
    """The lines of a search at once; its counts when the process that counts them is done."""
    if not found.hits:
        return _Found(query)
    facts = {"query": text, "case": bool(query.exact), "only": asdict(only)}
    try:
        said = await ask(datasette, "counts", facts, large=True)
    except (Counting, TooSlow) as going:
        left_out("count")
        percent = going.percent if isinstance(going, Counting) else None
        return _Found(query, found, len(found.hits), counting=percent)
    years = [Count(**count) for count in said["years"]]
    return _Found(query, found, said["total"], years, said["facets"])


def _of_years(years: list[Count], asked: dict[str, str]) -> Chart | None:
    """Turns by year; a click narrows the search to it. Undated ones come last; no search has them alone."""

    def narrowed(year: str) -> str | None:
        return f"/search?{urlencode({k: v for k, v in {**asked, 'year': year}.items() if v})}" if year else None

    said = words(asked["lang"])
    ordered = sorted(years, key=lambda year: (not year.group, year.group))
    return columns(
        said["by_year"],
        [(year.group or said["undated"], year.turns, narrowed(year.group)) for year in ordered],
    )


def _links(name: str, values: list[tuple[str, str, int]], asked: dict[str, str]) -> list[dict[str, Any]]:
    """The values of a facet as links to the same search narrowed by each; twenty at most."""
    said = words(asked["lang"])
    return [
        {
            "label": said.get(label) or (province(asked["lang"], label) if name == "province" else label),
            "turns": n,
            "query": urlencode({k: v for k, v in {**asked, name: value}.items() if v}),
        }
        for value, label, n in values[:20]
    ]
