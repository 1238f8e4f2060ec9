"""VRT, the vertical text of CWB and NoSketch Engine: a token a line, with talks, turns and sentences as elements.

The file is well-formed XML, too. ``fangtan.conf`` is its configuration for NoSketch Engine; ``encode.sh`` encodes it
with CWB.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from archive.export.apart import made
from archive.export.rows import Interview
from archive.export.tokens import sentences
from archive.export.xml_text import clean
from archive.research.filters import Filter
from archive.research.strings import Cutter

TEXT = ("id", "url", "title", "kind", "genre", "date", "year", "site", "site_name", "province", "county", "record_id")
TURN = ("id", "seq", "role", "speaker", "person", "organization", "post", "time", "reply_to")
_QUOTE = {'"': "&quot;"}
_ENCODE = """#!/bin/sh
# Encodes the corpus with CWB into ./data and registers it in ./registry: sh encode.sh
set -e
mkdir -p data registry
cwb-encode -d data -f fangtan.vrt -R registry/fangtan -xsB -c utf8 -0 corpus -S text:0+{text} -S turn:0+{turn} -S s
cwb-make -r registry -V FANGTAN
"""


def write(db: sqlite3.Connection, only: Filter, folder: Path, cut: Cutter, jobs: int = 1) -> list[Path]:
    """``fangtan.vrt``, ``fangtan.conf``, ``encode.sh``."""
    with (folder / "fangtan.vrt").open("w", encoding="utf-8", newline="\n") as stream:
        stream.write('<corpus name="fangtan">\n')
        stream.writelines(made(db, only, partial(_text, cut=cut), jobs))
        stream.write("</corpus>\n")
    (folder / "fangtan.conf").write_text(_configuration(), "utf-8")
    (folder / "encode.sh").write_text(_ENCODE.format(text="+".join(TEXT), turn="+".join(TURN)), "utf-8")
    return sorted(folder.iterdir())


def _text(interview: Interview, cut: Cutter) -> str:
    return "".join(f"{line}\n" for line in _lines(interview, cut))


def _lines(interview: Interview, cut: Cutter) -> Iterator[str]:
    facts = interview.facts
    yield _open("text", TEXT, {**facts, "id": facts["uid"], "year": (facts["date"] or "")[:4]})
    answered = interview.answered()
    for turn in interview.turns:
        who = interview.who(turn)
        said_by = {"person": who["person"], "organization": who["organization"], "post": who["title"]}
        yield _open("turn", TURN, {**turn, **said_by, "reply_to": answered.get(turn["id"])})
        for sentence in sentences(clean(turn["text"]), cut):
            yield from ("<s>", *(escape(token.form) for token in sentence), "</s>")
        yield "</turn>"
    yield "</text>"


def _open(name: str, attributes: tuple[str, ...], values: Mapping[str, Any]) -> str:
    """A start tag on one line; a value that is not known is empty."""
    shown = {each: " ".join(clean("" if values[each] is None else str(values[each])).split()) for each in attributes}
    quoted = (f'{each}="{escape(value, _QUOTE)}"' for each, value in shown.items())
    return f"<{name} {' '.join(quoted)}>"


def _configuration() -> str:
    """What NoSketch Engine's ``compilecorp`` reads."""
    lines = ['NAME "fangtan"', 'PATH "data"', 'VERTICAL "fangtan.vrt"', 'ENCODING "UTF-8"', 'LANGUAGE "Chinese"']
    lines += ['INFO "政务访谈 Interviews of county governments"', "ATTRIBUTE word"]
    for name, attributes in (("corpus", ("name",)), ("text", TEXT), ("turn", TURN), ("s", ())):
        lines += [f"STRUCTURE {name} {{", *(f"  ATTRIBUTE {each}" for each in attributes), "}"]
    return "\n".join(lines) + "\n"
