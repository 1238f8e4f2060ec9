"""Words over time: a chart for each word on one scale, the values beside it, each leading to its lines."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.errors import ConfigError
from archive.research.trends import Point
from archive.web.apart import Counting, ask
from archive.web.charts import columns
from archive.web.finding import choices, conditions, filtered
from archive.web.latin import province
from archive.web.views import page, read, refused
from archive.web.words import language, words

#: What a trend goes by; each is a condition of the search, too. A month is a narrower year.
BY = ("year", "month", "province", "role")


async def trends(datasette: Datasette, request: Request) -> Response:
    """The form, the charts, the table."""
    text = (request.args.get("words") or "").strip()
    by, error, status, points = request.args.get("by") or "year", None, 200, list[Point]()
    counting = None
    try:
        points = await _points(datasette, request, [word for word in re.split(r"[\s,，、]+", text) if word], by)
    except Counting as going:
        counting = going.percent
    except ConfigError as problem:
        error, status = str(problem), refused(problem)
    facts = {
        **await choices(datasette, request),
        **_drawn(points, by, {**conditions(request), "lang": language(request)}),
        "text": text,
        "by": by,
        "groups": BY,
        "error": error,
        "counting": counting,
    }
    return await page(datasette, request, "fangtan_trends.html", facts, status)


async def _points(datasette: Datasette, request: Request, asked: list[str], by: str) -> list[Point]:
    """:raises ConfigError: an unknown group or condition, too many words"""
    if by not in BY:
        raise ConfigError(f"by {by[:20]}: expected one of {', '.join(BY)}")
    only = await read(datasette, filtered(request).check)
    if not asked:
        return []
    said = await ask(datasette, "trends", {"words": asked, "by": by, "only": asdict(only)})
    return [Point(**point) for point in said]


def _drawn(points: list[Point], by: str, given: dict[str, str]) -> dict[str, Any]:
    """A row for each value, with the search behind it and its name; a chart for each word, all on one scale."""
    rows = [(point, _lines(point, by, given), _label(point, given["lang"])) for point in points]
    most = max((point.per_10000 for point in points), default=0.0)
    by_word: dict[str, list[tuple[str, float, str | None]]] = {}
    for point, href, label in rows:
        by_word.setdefault(point.word, []).append((label, point.per_10000, href))
    return {"rows": rows, "charts": [columns(word, values, most) for word, values in by_word.items()]}


def _label(point: Point, lang: str) -> str:
    said = words(lang)
    return said.get(point.group) or province(lang, point.group) or said["unknown"]


def _lines(point: Point, by: str, given: dict[str, str]) -> str | None:
    """The search that shows what was counted; ``None`` where no search has that condition."""
    if not point.group or not point.count:
        return None
    asked = {"q": f'"{point.word}"', **given, "year" if by == "month" else by: point.group}
    return f"/search?{urlencode({k: v for k, v in asked.items() if v})}"
