"""A map of tiles: provinces where they lie, then the prefectures of one and the counties of one, in order of their
codes (GB/T 2260). It is drawn here as SVG from the table that is shipped, so no geometry and no other host is needed.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.collection.divisions import PROVINCES, Division, table
from archive.web.latin import latin
from archive.web.views import page, read, refusal
from archive.web.words import language

#: A tile, in units of the drawing; tiles in a row below the provinces.
WIDTH, HEIGHT, COLUMNS = 100, 66, 4
#: The darkest tile leaves its words readable.
_DARKEST = 0.35
#: Where provinces lie: rows from the north, columns from the west.
_ROWS = (
    ("", "", "", "", "", "", "", "23"),
    ("", "", "", "", "15", "", "21", "22"),
    ("65", "", "62", "64", "14", "13", "11", "12"),
    ("", "63", "", "61", "41", "37", "", ""),
    ("54", "", "51", "50", "42", "34", "32", "31"),
    ("", "", "53", "52", "43", "36", "33", ""),
    ("", "", "", "45", "44", "35", "", "71"),
    ("", "", "", "46", "82", "81", "", ""),
)
#: Of the standard, but with no divisions in the table.
_OTHERS = {"71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区"}
_TAIL = re.compile(r"(?<=..)(?:省|市|地区|盟|特别行政区|(?:维吾尔|壮族|回族)?自治区)$")
_HELD = """SELECT s.code, s.id, s.name, coalesce((SELECT sum(t.interviews) FROM _tally t WHERE t.site = s.id), 0)
    FROM sites s WHERE s.code IS NOT NULL ORDER BY s.id"""
_ALL = "SELECT coalesce(sum(interviews), 0) FROM _tally WHERE site = '*'"


@dataclass(slots=True)
class Tile:
    """A division: the digits that its codes begin with, its place in the drawing, what is held of it.

    :param deeper: whether it has divisions of its own to show
    :param sites: (id, name, interviews)
    """

    code: str
    name: str
    deeper: bool
    x: int = 0
    y: int = 0
    interviews: int = 0
    sites: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def short(self) -> str:
        """A name that fits its tile."""
        plain = _TAIL.sub("", self.name)
        return plain if len(plain) <= COLUMNS else f"{plain[: COLUMNS - 1]}…"


@cache
def children(prefix: str) -> tuple[tuple[str, str], ...]:
    """The divisions that are next below: (digits, name), in order of the codes; those in use today. A division whose
    parts belong to no prefecture has an empty name.

    :param prefix: no digits for the country, two of a province, four of a prefecture
    """
    if not prefix:
        return tuple(sorted((PROVINCES | _OTHERS).items()))
    below = [d for d in table().values() if d.code.startswith(prefix) and not d.until]
    counties = tuple((d.code, d.name) for d in below if d.county)
    named = {d.code[:4]: d.name for d in below if _is_prefecture(d)}
    if len(prefix) == len("62") and any(named.values()):
        return tuple(sorted(({code[:4]: "" for code, _ in counties} | named).items()))
    return counties


def _is_prefecture(division: Division) -> bool:
    return bool(division.prefecture and not division.county)


def _name(code: str) -> str:
    found = table().get(code)
    return found.name if found else ""


def tiles(db: sqlite3.Connection, prefix: str) -> list[Tile]:
    """The map of a division: its parts, and itself where sites are its own, with the interviews of their sites."""
    found = {code: Tile(code, name, len(code) < len("620702")) for code, name in children(prefix)}
    length = len(next(iter(found), ""))
    held: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for code, site, name, interviews in db.execute(_HELD):
        if code.startswith(prefix):
            held[code[:length]].append((site, name, interviews))
    for code, sites in sorted(held.items()):
        tile = found.setdefault(code, Tile(code, _name(code.ljust(6, "0")), deeper=False))
        tile.sites, tile.interviews = sites, sum(n for *_, n in sites)
    return _placed(sorted(found.values(), key=lambda tile: tile.code), at_home=not prefix)


def _placed(found: list[Tile], *, at_home: bool) -> list[Tile]:
    places = {code: (x, y) for y, row in enumerate(_ROWS) for x, code in enumerate(row)}
    for number, tile in enumerate(found):
        column, row = places[tile.code] if at_home else (number % COLUMNS, number // COLUMNS)
        tile.x, tile.y = column * WIDTH, row * HEIGHT
    return found


async def tile_map(datasette: Datasette, request: Request) -> Response:
    """The tiles of the country, a province or a prefecture; the numbers beside them; lists behind them."""
    prefix, lang = request.args.get("code") or "", language(request)
    if prefix and (not re.fullmatch(r"\d\d(\d\d)?", prefix, re.ASCII) or not children(prefix)):
        return await refusal(datasette, request)
    found = await read(datasette, lambda db: tiles(db, prefix))
    everything = await read(datasette, lambda db: int(db.execute(_ALL).fetchone()[0]))
    held = sum(tile.interviews for tile in found)
    facts: dict[str, Any] = {
        "above": [(code, code and name_of(code, lang)) for code in dict.fromkeys(("", prefix[:2], prefix))],
        "interviews": held,
        "elsewhere": 0 if prefix else everything - held,
        "address": {tile.code: _address(tile, lang) for tile in found},
    }
    return await page(datasette, request, "fangtan_map.html", facts | _drawn(found, lang))


def _drawn(found: list[Tile], lang: str) -> dict[str, Any]:
    """The tiles with their names, how dark each is, the size of each and of the drawing."""
    most = max(1, *(tile.interviews for tile in found))
    names = {tile.code: (lang == "en" and latin(tile.code)) or (tile.short, tile.name) for tile in found}
    return {
        "tiles": found,
        "names": names,
        "sizes": {code: _size(short) for code, (short, _) in names.items()},
        "shade": {tile.code: round(_DARKEST * tile.interviews / most, 3) for tile in found},
        "size": (WIDTH, HEIGHT),
        "box": (max(tile.x for tile in found) + WIDTH, max(tile.y for tile in found) + HEIGHT),
    }


def _size(name: str) -> str:
    """How small a name in Latin letters must be to fit its tile, by a class of the style sheet."""
    if len(name) <= len("GS") or max(name) >= "\u3400":
        return ""
    return "small" if len(name) > len("Pingdingsh") else "less"


def name_of(prefix: str, lang: str) -> str:
    """The name of a province or a prefecture by its digits."""
    if lang == "en" and (found := latin(prefix)):
        return found[1]
    return (PROVINCES | _OTHERS).get(prefix) or _name(prefix.ljust(6, "0")) or prefix


def _address(tile: Tile, lang: str) -> str | None:
    """Where a tile leads: to its parts, to its site, or nowhere."""
    if tile.deeper and children(tile.code):
        return f"/map?{urlencode({'code': tile.code, 'lang': lang})}"
    return f"/site/{tile.sites[0][0]}?{urlencode({'lang': lang})}" if tile.sites else None
