"""The field corpus: pages after the statistics of real interview pages and the mark-up of real government hosts.

Every page is a pure function of (split, seed, number). The splits share no sentence frame, family, name or office: rules may be
tuned to ``train``, ``held`` only measures, and confidence is counted on ``calib``. A tampered page has a clean twin: the same page, ``make(…, clean=True)``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from support.corpora.field import markup, other, talk, tampering
from support.corpora.field.fold import fold
from support.corpora.field.truth import Case, Said, Truth
from support.corpora.field.words import SPLITS, Words

__all__ = ["SPLITS", "make"]

_KINDS = {"transcript": 50, "ordinary": 14, "summary": 9, "notice": 7, "video": 4, "faq": 4, "letter": 3, "listing": 4, "plan": 1, "attachment": 2, "offsite": 2}  # fmt: skip
_MAKERS = {name: getattr(other, name) for name in _KINDS if name != "transcript"} | {"transcript": talk.transcript}
#: Where pages of a kind stand; talks and reports of talks stand in the section, or elsewhere.
_SECTIONS = {"ordinary": "工作动态", "faq": "政策解读", "letter": "领导信箱", "listing": "在线访谈", "plan": "在线访谈"}
#: Not tampered with: a reader could not tell.
_UNTOUCHED = ("listing", "plan", "offsite", "attachment")


def make(split: str, seed: int, number: int, *, clean: bool = False) -> Case:
    """The page of that number."""
    words = Words(split, seed, number)
    kind = words.pick(_KINDS)
    body, truth = _MAKERS[kind](words)
    paper = markup.sheet(words, truth, _SECTIONS.get(kind))
    html = markup.page(paper, body)
    traditional, tampered = words.chance(0.25), words.chance(0.22) and kind not in _UNTOUCHED
    gb2312 = not traditional and words.chance(0.04)
    done = "none"
    if tampered and not clean:
        done = words.pick(tampering.KINDS)
        html, truth.planted = tampering.tamper(words, html, done)
        if words.chance(0.4) and truth.planted:
            html, paper = _copied(html, paper)
    truth.tags |= {"kind": kind, "script": "traditional" if traditional else "simplified", "stamp": words.stamp}
    if truth.planted:
        truth.tags["tampering"] = done
    if traditional:
        html, truth = fold(html), _folded(truth)
    url = f"http://{paper.slots['host']}{paper.fill(paper.family['path'])}"
    data = html.replace("charset='utf-8'", "charset='gb2312'").encode("gb18030") if gb2312 else html.encode()
    return Case(url, data, truth)


def _copied(html: str, paper: markup.Sheet) -> tuple[str, markup.Sheet]:
    """The page on a host that is not its own; a remark on that host is no false alarm."""
    own, host = paper.slots["host"], f"www.{paper.slots['hex'][:7]}.example"
    paper.truth.marks_of_copy = (own, host, own.removeprefix("www."))
    return html, replace(paper, slots=paper.slots | {"host": host})


def _folded(truth: Truth) -> Truth:
    """What the same page says in traditional script."""

    def one(value: Any) -> Any:
        return fold(value) if isinstance(value, str) else value

    turns = [Said(fold(t.speaker), fold(t.person), t.role, tuple(map(fold, t.text))) for t in truth.turns]
    guests = [(fold(n), fold(o), fold(p)) for n, o, p in truth.guests]
    return replace(
        truth,
        title=one(truth.title),
        source=one(truth.source),
        theme=one(truth.theme),
        turns=turns,
        guests=guests,
        planted=[fold(p) for p in truth.planted],
    )
