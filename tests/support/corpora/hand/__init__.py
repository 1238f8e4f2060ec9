"""Pages written by hand, each in another manner, with what they say. Those who wrote the rules did not see them.

A page is a block of the files beside this one: lines ``key: value``, a line of dashes, the mark-up. Values may leave a choice:
``a/b`` is right when one of the two is found, an empty part stands for null, ``*`` is not judged; ``~~`` parts texts that are both
right; ``optional`` guests are named by labels alone. ``[[planted||clean]]`` marks what was planted: such a page is read twice, as
tampered with and as its clean twin.

``second`` is a batch of longer pages. Two fifths of it, chosen by a hash of the name, are held: no rule is tuned to them.
``third`` is another, with half of it held. Of ``fourth``, ``fifth`` and ``sixth`` every other page is held, in the order of
their names; ``sixth`` leans to everyday mark-up, guests told in passing and pages that are no talk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.corpora.field.truth import ANY, Case, Said, Truth

_PLANT = re.compile(r"\[\[(.*?)\|\|(.*?)\]\]", re.DOTALL)


def cases(batch: str = "", held: bool | None = None) -> Iterator[Case]:
    """Every page of a batch, or its held part, or its other part; a tampered page is followed by its clean twin."""
    blocks = list(_blocks(batch))
    chosen = _held([name for name, _ in blocks], batch)
    for name, rest in blocks:
        head, _, html = rest.partition("-----\n")
        if held is None or (name in chosen) == held:
            yield from _pages(name, [line.partition(": ")[::2] for line in head.splitlines()], html)


def _blocks(batch: str) -> Iterator[tuple[str, str]]:
    for file in sorted((Path(__file__).parent / batch).glob("*.txt")):
        for block in re.split(r"^===== ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            name, _, rest = block.partition("\n")
            yield name, rest


def _held(names: list[str], batch: str) -> set[str]:
    """Two pages of five, of ``third`` and the later batches one of two."""
    if batch in ("fourth", "fifth", "sixth"):
        return set(sorted(names)[::2])
    chosen = {name: hashlib.sha256(name.encode()).digest()[0] for name in names}
    return {name for name, byte in chosen.items() if (byte % 2 == 0 if batch == "third" else byte % 5 < 2)}


def _pages(name: str, rows: list[tuple[str, str]], html: str) -> Iterator[Case]:
    values = dict(rows)
    truth = _truth(name, values, rows)
    encoding = values.get("encoding", "utf-8")
    if truth.planted:
        yield Case(values["url"], _PLANT.sub(r"\1", html).encode(encoding), truth)
    clean = replace(truth, planted=[], tags={k: v for k, v in truth.tags.items() if k != "tampering"})
    yield Case(values["url"], _PLANT.sub(r"\2", html).encode(encoding), clean)


def _truth(name: str, values: dict[str, str], rows: list[tuple[str, str]]) -> Truth:
    kind = values["kind"]
    planted = [v for k, v in rows if k == "plant"]
    script = "traditional" if "traditional" in values.get("tags", "") else "simplified"
    tags = {"page": name, "kind": kind, "script": script} | ({"tampering": "planted"} if planted else {})
    host = values["url"].split("/")[2]
    return Truth(
        kind,
        values.get("title", ""),
        published_at=_choice(values.get("published")),
        source=_value(values.get("source")),
        theme=_value(values.get("theme")) if kind in ("transcript", "notice", "video") else ANY,
        time=_time(values.get("time")),
        genre=values.get("genre", "interview").replace("/", "|"),
        guests=[_guest(v) for k, v in rows if k == "guest"],
        guests_optional="optional" in values,
        turns=[_turn(v) for k, v in rows if k == "turn"],
        planted=planted,
        marks_of_copy=(host, "www.lanjiang.gov.cn") if planted else (),
        tags=tags,
    )


def _value(text: str | None) -> Any:
    return ANY if text == "*" else text


def _choice(text: str | None) -> Any:
    """A day, with or without its hour; no such value has a stroke of its own."""
    return _value(text.replace("/", "|") if text else text)


def _time(text: str | None) -> Any:
    if text is None:
        return ANY
    start, end, precision = (part.strip() for part in text.split("|"))
    return start, None if end == "-" else end, precision


def _guest(text: str) -> tuple[str, str, str]:
    name, organization, title = (part.strip().replace("/", "|") for part in text.split("|"))
    return name.replace(" ", ""), organization, title


def _turn(text: str) -> Said:
    speaker, role, person, words = (part.strip() for part in text.split("|", 3))
    texts = tuple(one.replace("\\n", "\n") for one in words.split(" ~~ "))
    return Said(*(part.replace("/", "|") for part in (speaker, person, role)), texts)
