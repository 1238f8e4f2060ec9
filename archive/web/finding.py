"""Search: conditions that an address carries, the concordance, counts, facets to narrow it by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.collection.sql import rows_of
from archive.errors import ConfigError
from archive.research.filters import CHOICES, Filter
from archive.research.search import Hit, concordance, counts, facets
from archive.research.search import search as find
from archive.store.query_language import Query, parse
from archive.web.views import in_time, page, read
from archive.web.words import language, words

SHOWN = 50
#: A download of one search gives so many turns at most; the form of ``/export`` and ``fangtan export`` give more.
MOST = 2000
CONDITIONS = ("role", "site", "since", "until", "speaker", "year", "kind", "genre", "organization", "province", "uid")


def filtered(request: Request) -> Filter:
    """The conditions of an address.

    :raises ConfigError: a date that is not one
    """
    return Filter(**{name: value or None for name, value in conditions(request).items()})


def conditions(request: Request) -> dict[str, str]:
    """The conditions of an address as given; empty ones too, for the form."""
    return {name: (request.args.get(name) or "").strip()[:200] for name in CONDITIONS}


async def choices(datasette: Datasette, request: Request) -> dict[str, Any]:
    """What a form of conditions offers, and what was asked."""
    sites = await read(datasette, lambda db: list(rows_of(db, "SELECT id, name FROM sites ORDER BY id")))
    return {
        "asked": conditions(request),
        "sites": sites,
        "roles": CHOICES["role"],
        "kinds": CHOICES["kind"],
        "genres": [genre for genre in CHOICES["genre"] if genre != "other"],
    }


async def search(datasette: Datasette, request: Request) -> Response:
    """A form, the concordance, the counts by year, facets to narrow it by."""
    text = (request.args.get("q") or "").strip()[:200]
    asked = {"q": text, **conditions(request)}
    found, error = _Found(), None
    try:
        only = await read(datasette, filtered(request).check)
        if text:
            found = await _found(datasette, parse(text), only)
    except ConfigError as problem:
        error = str(problem)
    facts = {
        "q": text,
        "understood": found.query.shown,
        "total": found.total,
        "rows": found.rows(),
        "years": found.years,
        "most": max((y.turns for y in found.years), default=1),
        "facets": {
            name: _links(name, values, asked | {"lang": language(request)}) for name, values in found.facets.items()
        },
        "error": error,
        "shown": len(found.hits),
        "most_downloaded": MOST,
        "again": urlencode({k: v for k, v in asked.items() if v}),
        **await choices(datasette, request),
    }
    return await page(datasette, request, "fangtan_search.html", facts, 400 if error else 200)


@dataclass(slots=True)
class _Found:
    """What a search gives: the first hits, how many there are, counts by year, facets."""

    query: Query = field(default_factory=lambda: parse(""))
    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    years: list[Any] = field(default_factory=list)
    facets: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> list[dict[str, Any]]:
        """The concordance's lines with their talks."""
        of = {hit.turn: hit for hit in self.hits}
        return [
            {"line": n, "interview": of[n.turn].interview, "words": n.turn.partition(".")[2], "title": of[n.turn].title}
            for n in concordance(self.hits, self.query, 28)
        ]


async def _found(datasette: Datasette, query: Query, only: Filter) -> _Found:
    hits, total = await read(datasette, lambda db: find(db, query, SHOWN, only=only))
    if not total:
        return _Found(query, hits)
    years = await in_time(datasette, lambda db: counts(db, query, "year", only), list[Any]())
    narrower = await in_time(datasette, lambda db: dict[str, Any](facets(db, query, only)), dict[str, Any]())
    return _Found(query, hits, total, years, narrower)


def _links(name: str, values: list[tuple[str, str, int]], asked: dict[str, str]) -> list[dict[str, Any]]:
    """The values of a facet as links to the same search narrowed by each; twenty at most."""
    said = words(asked["lang"])
    return [
        {
            "label": said.get(label, label),
            "turns": n,
            "query": urlencode({k: v for k, v in {**asked, name: value}.items() if v}),
        }
        for value, label, n in values[:20]
    ]
