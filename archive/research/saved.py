"""Saved queries: plain files ``queries/NAME.toml`` of a collection, in the words of ``fangtan search``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.collection import config, kinds
from archive.collection.config import Problem, Setting
from archive.collection.folder import Collection, write_atomically
from archive.errors import ConfigError
from archive.research.filters import CHOICES, Filter
from archive.store.query_language import NOTHING, Query, parse

_NAME = re.compile(r"\w[\w-]{0,79}")
#: Options of the command, and what :class:`Filter` calls them where that is another word.
_OTHER = {"org": "organization", "id": "uid"}
_TEXT = kinds.text()
#: Every key of a file.
FIELDS = (
    Setting("query", _TEXT, "Words, as `fangtan search` takes them.", required=True, example='"营商环境 NOT 招商"'),
    Setting("title", _TEXT, "What the query is called in lists, feeds and notices; default: its words."),
    Setting("case", kinds.flag(), "Find words only in the case that they are asked in.", default=False),
    Setting("site", _TEXT, "Site id, name, host or county."),
    Setting("province", _TEXT, "Province."),
    *(Setting(name, _TEXT, f"{meaning} of the talk.", example='"2021-12"') for name, meaning in (("year", "Year, month or day"), ("since", "Earliest date"), ("until", "Latest date"))),
    *(Setting(name, kinds.one_of(CHOICES[name]), f"The {name}.") for name in ("kind", "genre", "role")),
    Setting("speaker", _TEXT, "Label as printed, the person it names, or a person's id."),
    Setting("org", _TEXT, "Part of a guest's organisation."),
    Setting("id", _TEXT, "One interview, by any of its ids."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved query.

    :param asked: the words of its file
    """

    name: str
    asked: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self.asked.get("title") or self.asked["query"])

    @property
    def query(self) -> Query:
        """Its words, understood."""
        return parse(str(self.asked["query"]), case=bool(self.asked.get("case")))

    @property
    def only(self) -> Filter:
        """Its conditions, the words left out."""
        words = {_OTHER.get(k, k): v for k, v in self.asked.items() if k not in ("query", "title", "case")}
        return Filter(**words)

    @property
    def talks(self) -> Filter:
        """Talks in which something is found."""
        text = str(self.asked["query"])
        more = {name: getattr(self.only, name) for name in Filter.__slots__}
        return Filter(**{**more, "query": text, "case": text if self.asked.get("case") else None})

    @property
    def address(self) -> dict[str, str]:
        """Its words as the address of a search has them."""
        words = {_OTHER.get(k, k): str(v) for k, v in self.asked.items() if k not in ("query", "title", "case")}
        return {"q": str(self.asked["query"]), **words, **({"case": "1"} if self.asked.get("case") else {})}


def folder(collection: Collection) -> Path:
    """Where the files are."""
    return collection.root / "queries"


def look(collection: Collection) -> tuple[list[Saved], list[str]]:
    """Every saved query, by name, and what is wrong with files that cannot be used."""
    found, wrong = [], []
    for path in sorted(folder(collection).glob("*.toml")):
        if path.name.startswith("."):
            continue
        try:
            found.append(read(collection, path.stem))
        except ConfigError as error:
            wrong.append(str(error))
    return found, wrong


def read(collection: Collection, name: str) -> Saved:
    """A saved query.

    :raises ConfigError: there is none, or its file cannot be used; names file and line
    """
    path = _path(collection, name)
    if not path.exists():
        known = ", ".join(p.stem for p in sorted(folder(collection).glob("*.toml"))) or "none yet"
        raise ConfigError(f"{name}: no such saved query ({path}); there are: {known}")
    text = config.read_text(path)
    values, problems = config.check(config.parse_toml(path, text), FIELDS)
    saved = Saved(name, values)
    problems = problems or _whole(saved)
    if problems:
        raise ConfigError("\n".join(problem.said(path, text) for problem in problems))
    return saved


def save(collection: Collection, name: str, asked: Mapping[str, Any]) -> Path:
    """Write a query's file.

    :param asked: its words; those that are ``None`` or false are left out
    :raises ConfigError: no name for a file, one of that name is there, or words that cannot be
    """
    path, words = _path(collection, name), {k: v for k, v in asked.items() if v not in (None, False)}
    problems = config.check(words, FIELDS)[1] or _whole(Saved(name, words))
    if problems:
        raise ConfigError("; ".join(problem.reason for problem in problems))
    if path.exists():
        raise ConfigError(f"{path}: is there already; change it with an editor, or take another name")
    path.parent.mkdir(exist_ok=True)
    text = "".join(f"{field.name} = {config.toml_of(words[field.name])}\n" for field in FIELDS if field.name in words)
    write_atomically(path, text.encode())
    return path


def _path(collection: Collection, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name[:80]!r}: expected a name of letters, digits, - and _")
    return folder(collection) / f"{name}.toml"


def _whole(saved: Saved) -> list[Problem]:
    """What is wrong although each value may be: a date that the calendar lacks, words that ask for nothing."""
    try:
        _ = saved.only
        if saved.query.match == NOTHING:
            return [Problem(("query",), "query must name a word that is not behind NOT")]
    except ConfigError as error:
        name = str(error).removeprefix("--").split(" ")[0]
        return [Problem((name if name in saved.asked else "query",), str(error).removeprefix("--"))]
    return []
