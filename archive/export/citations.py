"""Citations of interviews: GB/T 7714, BibTeX, CSL-JSON."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from archive.export.rows import interviews
from archive.research.filters import Filter

_SPECIAL = re.compile(r"([&%$#_{}~^\\])")


def write(db: sqlite3.Connection, only: Filter, folder: Path) -> list[Path]:
    """``gbt7714.txt`` (a line each), ``references.bib``, ``references.json``."""
    with (
        (folder / "gbt7714.txt").open("w", encoding="utf-8") as text,
        (folder / "references.bib").open("w", encoding="utf-8") as bib,
        (folder / "references.json").open("w", encoding="utf-8") as csl,
    ):
        csl.write("[")
        for n, interview in enumerate(interviews(db, only)):
            facts = interview.facts
            text.write(f"{interview.citation or facts['url']}\n")
            bib.write(bibtex(facts, [row["id"] for row in interview.ids]))
            csl.write((",\n" if n else "\n") + json.dumps(csl_json(facts), ensure_ascii=False))
        csl.write("\n]\n")
    return sorted(folder.iterdir())


def _day(facts: dict[str, Any]) -> str:
    return str(facts["published_at"] or facts["time_start"] or "")[:10]


def bibtex(facts: dict[str, Any], ids: Iterable[str] = ()) -> str:
    """An ``@online`` entry (biblatex); it is found by earlier ids, too."""
    fields = {
        "author": "{" + _tex(facts["site_name"] or facts["site"] or "") + "}",
        "title": "{" + _tex(facts["title"] or facts["url"]) + "}",
        "date": _day(facts),
        "url": facts["url"],
        "urldate": facts["last_seen"][:10],
        "langid": "chinese",
        "ids": ",".join(name for name in ids if name != facts["uid"]),
        "note": f"WARC record {facts['record_id']}",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return f"@online{{{facts['uid']},\n" + "\n".join(lines) + "\n}\n\n"


def _tex(text: str) -> str:
    return _SPECIAL.sub(
        lambda m: {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}.get(
            m[1], "\\" + m[1]
        ),
        text,
    )


def csl_json(facts: dict[str, Any]) -> dict[str, Any]:
    """A CSL-JSON item of type ``interview``."""
    item: dict[str, Any] = {
        "id": facts["uid"],
        "type": "interview",
        "title": facts["title"] or facts["url"],
        "author": [{"literal": facts["site_name"] or facts["site"] or ""}],
        "URL": facts["url"],
        "accessed": {"date-parts": [_parts(facts["last_seen"][:10])]},
        "language": "zh-CN",
        "archive_location": facts["record_id"],
    }
    if _day(facts):
        item["issued"] = {"date-parts": [_parts(_day(facts))]}
    return item


def _parts(day: str) -> list[int]:
    return [int(part) for part in day.split("-")]
