"""Short pages that name their guests in labels, sentences, headings, captions: written by hand, with their gold.

A case is ``@tag``, ``# heading``, the paragraphs, and ``= name|organization|title ; …`` (``= -`` for nobody).
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import parsers

FOLDER = Path(__file__).parent.parent.parent / "parsers/people/guests"
Person = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Told:
    """One page.

    :param tag: the kind of naming
    :param page: the whole HTML document
    :param gold: the guests, as (name, organization, title)
    """

    tag: str
    title: str
    page: str
    gold: frozenset[Person]


def cases(name: str) -> Iterator[Told]:
    """The cases of one file, in written order."""
    for block in (FOLDER / f"{name}.txt").read_text("utf-8").split("\n@"):
        tag, title, *lines, gold = block.removeprefix("@").strip("\n").split("\n")
        title = title.removeprefix("# ")
        body = "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)
        page = (
            f"<html><head><title>{title}</title></head><body><h1>{title}</h1>"
            f'<div class="article-content" id="zoom">{body}</div></body></html>'
        )
        yield Told(tag, title, page, frozenset(_people(gold)))


def sentences() -> list[tuple[str, frozenset[Person]]]:
    """Single sentences with the guests whom they name: ``sentence => name|organization|title ; …``."""
    rows = (FOLDER / "sentences.txt").read_text("utf-8").splitlines()
    return [(text, frozenset(_people(gold or "-"))) for text, _, gold in (row.partition(" => ") for row in rows)]


def _people(gold: str) -> Iterator[Person]:
    for item in gold.removeprefix("= ").split(" ; ") if gold.removeprefix("= ") != "-" else []:
        name, organization, title = item.split("|")
        yield name or None, organization or None, title or None


def read(case: Told) -> frozenset[Person]:
    """The guests that the parser finds."""
    url = "https://www.qinghe.example/hdjl/zxft/1001.html"
    record = parsers.parse([parsers.Payload(url, case.page.encode(), "text/html; charset=utf-8")])
    return frozenset((g.name, g.organization, g.title) for g in record.guests)


def score(name: str) -> tuple[float, float, float, list[tuple[Told, frozenset[Person]]]]:
    """Precision, recall and F1 over the persons of a file, and the cases that differ."""
    right = found = expected = 0
    wrong = []
    for case in cases(name):
        people = read(case)
        right += len(people & case.gold)
        found += len(people)
        expected += len(case.gold)
        if people != case.gold:
            wrong.append((case, people))
    precision, recall = right / max(found, 1), right / max(expected, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9), wrong
