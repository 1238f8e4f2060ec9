"""Citations of interviews and of turns: GB/T 7714, BibTeX, CSL-JSON.

Each names the archive, the WARC record, the version and the day of its capture; that day is the date of access in all.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from archive.export.rows import Interview, interviews, version_of
from archive.research.filters import Filter
from archive.store.names import interview_of, turn_of

#: What the archive is called where nobody gave it a name.
ARCHIVE = "政务访谈档案（fangtan）"
_SPECIAL = re.compile(r"([&%$#_{}~^\\])")
_QUOTED = 30
Facts = Mapping[str, Any]


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
            text.write(f"{gbt7714(facts)}\n")
            bib.write(bibtex(facts, [row["id"] for row in interview.ids]))
            csl.write((",\n" if n else "\n") + json.dumps(csl_json(facts), ensure_ascii=False))
        csl.write("\n]\n")
    return sorted(folder.iterdir())


def subject(db: sqlite3.Connection, name: str) -> tuple[Interview, dict[str, Any] | None] | None:
    """What an id names, in the version that has it: a talk, and the turn of it where the id is a turn's.

    :param name: any id that it ever had; ``None`` when it names nothing
    """
    if "." not in name:
        talk = version_of(db, interview_of(db, name) or "")
        return (talk.interview, None) if talk else None
    turn = turn_of(db, name)
    shown = version_of(db, turn.interview, str(turn.version_no)) if turn else None
    if turn is None or shown is None:
        return None
    said = next((each for each in shown.interview.turns if each["id"] == turn.id), None)
    return (shown.interview, said) if said else None


def gbt7714(facts: Facts, turn: Facts | None = None, archive: str = "") -> str:
    """An entry for a list of references, on one line.

    :param facts: an interview as the exports have it, of the version that is cited
    :param turn: a turn of it, when that alone is cited
    :param archive: the archive's name
    """
    published = f"({str(facts['published_at'])[:10]})" if facts["published_at"] else ""
    entry = (
        f"{_publisher(facts)}. {_title(facts, turn)}[EB/OL]. {published}[{_accessed(facts)}]. "
        f"{facts['url']}. {_kept(facts, turn, archive)}."
    )
    return " ".join(entry.split())


def bibtex(facts: Facts, ids: Iterable[str] = (), turn: Facts | None = None, archive: str = "") -> str:
    """An ``@online`` entry (biblatex); it is found by earlier ids, too."""
    fields = {
        "author": "{" + _tex(_publisher(facts)) + "}",
        "title": "{" + _tex(_title(facts, turn)) + "}",
        "date": _day(facts),
        "url": facts["url"],
        "urldate": _accessed(facts),
        "langid": "chinese",
        "version": facts["version"],
        "eprint": turn["id"] if turn else facts["uid"],
        "eprinttype": "fangtan",
        "ids": "" if turn else ",".join(name for name in ids if name != facts["uid"]),
        "note": _tex(_kept(facts, turn, archive)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return f"@online{{{turn['id'] if turn else facts['uid']},\n" + "\n".join(lines) + "\n}\n\n"


def csl_json(facts: Facts, turn: Facts | None = None, archive: str = "") -> dict[str, Any]:
    """A CSL-JSON item of type ``interview``."""
    item: dict[str, Any] = {
        "id": turn["id"] if turn else facts["uid"],
        "type": "interview",
        "title": _title(facts, turn),
        "author": [{"literal": _publisher(facts)}],
        "URL": facts["url"],
        "accessed": {"date-parts": [_parts(_accessed(facts))]},
        "language": "zh-CN",
        "archive": archive or ARCHIVE,
        "archive_location": facts["record_id"],
        "version": str(facts["version"]),
    }
    if _day(facts):
        item["issued"] = {"date-parts": [_parts(_day(facts))]}
    return item


def _publisher(facts: Facts) -> str:
    return str(facts["site_name"] or facts["site"] or "")


def _title(facts: Facts, turn: Facts | None) -> str:
    title = str(facts["title"] or facts["url"])
    if turn is None:
        return title
    words = " ".join(str(turn["text"]).split())
    return f"{turn['speaker']}：“{words[:_QUOTED]}{'……' if len(words) > _QUOTED else ''}”，载《{title}》"


def _kept(facts: Facts, turn: Facts | None, archive: str) -> str:
    """Where it is kept: archive, id, version, record."""
    name = turn["id"] if turn else facts["uid"]
    return f"{archive or ARCHIVE}，{name}，第{facts['version']}版，WARC {facts['record_id']}"


def _accessed(facts: Facts) -> str:
    """The day of the capture: what was read is what was captured then."""
    return str(facts["captured_at"])[:10]


def _day(facts: Facts) -> str:
    return str(facts["published_at"] or facts["time_start"] or "")[:10]


def _tex(text: str) -> str:
    return _SPECIAL.sub(
        lambda m: {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}.get(
            m[1], "\\" + m[1]
        ),
        text,
    )


def _parts(day: str) -> list[int]:
    return [int(part) for part in day.split("-")]
