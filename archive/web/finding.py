"""Search: conditions that an address carries, the concordance, counts, facets to narrow it by."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.errors import ConfigError
from archive.research.filters import Filter
from archive.research.search import Hit, concordance, counts, facets
from archive.research.search import search as find
from archive.store.query import parse
from archive.web.views import dicts, in_time, page, read
from archive.web.words import language, words
from parsers.record import INTERVIEW_KINDS, KINDS, ROLES

SHOWN = 50
#: A download of one search gives so many turns at most; the form of ``/export`` and ``fangtan export`` give more.
MOST = 2000
CONDITIONS = ("role", "site", "since", "until", "speaker", "year", "kind", "organization", "province", "uid")


def filtered(request: Request) -> Filter:
    """The conditions of an address.

    :raises ConfigError: a date that is none
    """
    return Filter(**{name: value or None for name, value in conditions(request).items()})


def conditions(request: Request) -> dict[str, str]:
    """The conditions of an address as given; empty ones too, for the form."""
    return {name: (request.args.get(name) or "").strip()[:200] for name in CONDITIONS}


async def choices(datasette: Datasette, request: Request) -> dict[str, Any]:
    """What a form of conditions offers, and what was asked."""
    sites = await read(datasette, lambda db: dicts(db, "SELECT id, name FROM sites ORDER BY id"))
    return {
        "asked": conditions(request),
        "sites": sites,
        "roles": ROLES,
        "kinds": [kind for kind in KINDS if kind in INTERVIEW_KINDS],
    }


async def search(datasette: Datasette, request: Request) -> Response:
    """A form, the concordance, the counts by year, facets to narrow it by."""
    text = (request.args.get("q") or "").strip()[:200]
    asked = conditions(request)
    error, hits, total, lines, years, narrower = None, list[Hit](), 0, list[Any](), list[Any](), dict[str, Any]()
    query = parse(text)
    try:
        only = filtered(request)
        if text:
            hits, total = await read(datasette, lambda db: find(db, query, SHOWN, only=only))
            lines = list(concordance(hits, query, 28))
            if total:
                years = await in_time(datasette, lambda db: counts(db, query, "year", only), [])
                narrower = await in_time(datasette, lambda db: facets(db, query, only), {})
    except ConfigError as problem:
        error = str(problem)
    of = {h.turn: h for h in hits}
    lang = language(request)
    facts = {
        "q": text,
        "total": total,
        "rows": [
            {"line": n, "interview": of[n.turn].interview, "words": n.turn.partition(".")[2], "title": of[n.turn].title}
            for n in lines
        ],
        "years": years,
        "most": max((y.turns for y in years), default=1),
        "facets": {name: _links(name, values, {"q": text, **asked, "lang": lang}) for name, values in narrower.items()},
        "error": error,
        "shown": len(hits),
        "most_downloaded": MOST,
        "again": urlencode({k: v for k, v in {"q": text, **asked}.items() if v}),
        **await choices(datasette, request),
    }
    return await page(datasette, request, "fangtan_search.html", facts, 400 if error else 200)


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
