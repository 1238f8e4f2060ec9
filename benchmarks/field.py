"""Figures of the field corpus: turns, guests and single values for each tag, alarms on clean pages, tampering seen, confidences.

A tampered page is judged by its flags alone; its clean twin is judged as every other page.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.corpora.field.truth import ANY, Case, Truth, fits, guest_fits, matched, overlaps, same, turn_fits

import parsers

VALUES = ("kind", "title", "published_at", "source", "theme", "time", "genre")
LISTS = ("turns", "guests")
#: Pages that only have a kind.
_BARE = ("listing",)
FLOORS = Path(__file__).parent / "field-floors.json"
#: Tags with fewer pages say nothing. A floor stands below the figure reached: by so much, and by what one page does.
ENOUGH, MARGIN = 12, 0.02
#: What has a floor for every tag; all pages together have one for everything.
_PINNED = ("turns", "guests", "kind")


@dataclass
class Share:
    """Right ones of found ones and of expected ones; for a single value the last two are equal."""

    right: int = 0
    found: int = 0
    expected: int = 0

    def add(self, right: int, found: int, expected: int) -> None:
        self.right, self.found, self.expected = self.right + right, self.found + found, self.expected + expected

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.expected if self.expected else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.expected) if self.found + self.expected else 1.0


@dataclass
class Figures:
    """What a run over a corpus counted."""

    tags: dict[str, dict[str, Share]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Share)))
    pages: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sure: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    reached: Share = field(default_factory=Share)
    alarms: list[str] = field(default_factory=list)
    clean: int = 0
    planted: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    false_turns: list[str] = field(default_factory=list)
    false_interviews: Share = field(default_factory=Share)
    wrong: list[tuple[Case, str, Any, Any]] = field(default_factory=list)


def measure(cases: Iterable[Case]) -> Figures:
    """Read every page and count."""
    figures = Figures()
    for case in cases:
        record = parsers.parse([parsers.Payload(case.url, case.data, case.content_type)])
        _flags(figures, case, record)
        if not case.truth.planted:
            _values(figures, case, record)
    return figures


def _flags(figures: Figures, case: Case, record: Any) -> None:
    truth = case.truth
    raised = [f for f in record.flags if f.severity in ("warning", "alert")]
    false = [f for f in raised if not any(overlaps(f.text, p) for p in (*truth.planted, *truth.marks_of_copy))]
    figures.alarms += [f"{case.url} {f.rule}: {f.text[:40]}" for f in false]
    if not truth.planted:
        figures.clean += 1
        return
    caught = any(overlaps(f.text, p) for f in raised for p in truth.planted)
    figures.planted[truth.tags["tampering"]].add(caught, 1, 1)
    figures.planted["all"].add(caught, 1, 1)
    if not caught:
        figures.wrong.append((case, "flags", [f.text for f in raised], truth.planted))


def _values(figures: Figures, case: Case, record: Any) -> None:
    truth = case.truth
    counts: dict[str, tuple[int, int, int]] = {}
    for name in ("kind",) if truth.kind in _BARE else VALUES:
        right, found = getattr(truth, name), _found(record, name)
        if right is not ANY and found is not ANY:
            counts[name] = (ok := int(same(found, right)), 1, 1)
            if found is not None:
                _confidence(figures, record, name, right=bool(ok))
            _remember(figures, case, name, found, right, right_one=bool(ok))
    if truth.kind not in _BARE:
        counts |= {"turns": _turns(figures, case, record), "guests": _guests(figures, case, record)}
    if truth.kind == "other":
        figures.false_interviews.add(int(record.kind in parsers.record.INTERVIEW_KINDS), 1, 1)
    for tag in ("all", *(f"{k}={v}" for k, v in truth.tags.items())):
        figures.pages[tag] += 1
        for name, triple in counts.items():
            figures.tags[tag][name].add(*triple)


def verdicts(record: Any, truth: Truth) -> dict[str, bool]:
    """Field → right or wrong, of what is judged on a page."""
    out = {
        n: same(_found(record, n), getattr(truth, n))
        for n in VALUES
        if ANY not in (getattr(truth, n), _found(record, n))
    }
    if truth.kind in _BARE:
        return {"kind": out["kind"]}
    turns = len(matched(list(record.turns), truth.turns, turn_fits))
    guests = len(matched(list(record.guests), truth.guests, guest_fits))
    whole = guests == len(record.guests) == len(truth.guests)
    return out | {
        "turns": turns == len(record.turns) == len(truth.turns),
        "guests": whole or (truth.guests_optional and not record.guests),
    }


def _found(record: Any, name: str) -> Any:
    if name == "time":
        return (record.time.start, record.time.end, record.time.precision) if record.time else None
    if name == "genre":
        return getattr(record, "genre", ANY) if record.kind in parsers.record.INTERVIEW_KINDS else ANY
    return getattr(record, name)


def _turns(figures: Figures, case: Case, record: Any) -> tuple[int, int, int]:
    expected = case.truth.turns
    pairs = matched(list(record.turns), expected, turn_fits)
    persons = sum(fits(turn.person, said.person) for turn, said in pairs)
    figures.tags["all"]["persons"].add(persons, len(pairs), len(pairs))
    right = len(pairs) == len(expected) == len(record.turns)
    if record.turns:
        _confidence(figures, record, "turns", right=right)
        if case.truth.kind != "transcript":
            figures.false_turns.append(case.url)
    _remember(figures, case, "turns", record.turns, expected, right_one=right)
    return len(pairs), len(record.turns), len(expected)


def _guests(figures: Figures, case: Case, record: Any) -> tuple[int, int, int]:
    truth = case.truth
    if truth.guests_optional and not record.guests:
        return 0, 0, 0
    right = len(matched(list(record.guests), truth.guests, guest_fits))
    whole = right == len(record.guests) == len(truth.guests)
    if record.guests:
        _confidence(figures, record, "guests", right=whole)
    _remember(figures, case, "guests", record.guests, truth.guests, right_one=whole)
    return right, len(record.guests), len(truth.guests)


def _confidence(figures: Figures, record: Any, name: str, *, right: bool) -> None:
    sure = record.confidence.get(name, 0) >= 0.9
    if right:
        figures.reached.add(int(sure), 1, 1)
    if sure:
        for key in (name, "all"):
            figures.sure[key].add(int(right), 1, 1)


def _remember(figures: Figures, case: Case, name: str, found: Any, right: Any, *, right_one: bool) -> None:
    if not right_one:
        figures.wrong.append((case, name, found, right))


def table(figures: Figures) -> str:
    """The figures as text: one line a tag, then alarms, tampering and confidences."""
    lines = [f"{'':28}{'pages':>6}{'turns P':>9}{'R':>6}{'F1':>6}{'guests P':>10}{'R':>6}{'F1':>6}{'kind':>7}{'title':>7}{'date':>6}{'source':>8}{'theme':>7}{'time':>6}"]  # fmt: skip
    for tag in sorted(figures.tags, key=lambda t: (t != "all", t)):
        if figures.pages[tag] >= ENOUGH or tag == "all":
            f = figures.tags[tag]
            t, g = f["turns"], f["guests"]
            single = "".join(f"{_share(f, n):>{w}}" for n, w in (("kind", 7), ("title", 7), ("published_at", 6), ("source", 8), ("theme", 7), ("time", 6)))  # fmt: skip
            lines.append(f"{tag:28}{figures.pages[tag]:>6}{t.precision:>9.2f}{t.recall:>6.2f}{t.f1:>6.2f}{g.precision:>10.2f}{g.recall:>6.2f}{g.f1:>6.2f}{single}")  # fmt: skip
    genre = figures.tags["all"].get("genre")
    lines += [
        f"persons of right turns {figures.tags['all']['persons'].precision:.3f}"
        + (f"; genre {genre.precision:.3f}" if genre else "; the record has no genre"),
        f"clean pages {figures.clean}: {len(figures.alarms)} false alarms",
        f"pages without a talk: turns on {len(figures.false_turns)}",
        f"of {figures.false_interviews.found} pages about something else {figures.false_interviews.right} taken for interviews",
        "tampering seen: " + _listed(figures.planted),
        "right where confidence is 0.9 or more: " + _listed(figures.sure),
        f"of {figures.reached.found} right values {figures.reached.precision:.3f} have a confidence of 0.9 or more",
    ]
    return "\n".join(lines)


def _share(shares: Mapping[str, Share], name: str) -> str:
    return f"{shares[name].precision:.2f}" if name in shares else "–"


def _listed(shares: Mapping[str, Share]) -> str:
    keys = sorted(shares, key=lambda k: (k != "all", k))
    return ", ".join(f"{k} {shares[k].precision:.3f} of {shares[k].found}" for k in keys)


def flat(figures: Figures) -> dict[str, tuple[float, int]]:
    """Every figure that may have a floor, by name, with the pages behind it."""
    out = {
        f"{tag} {name}": (share.f1, figures.pages[tag])
        for tag, shares in figures.tags.items()
        if figures.pages[tag] >= ENOUGH
        for name, share in shares.items()
        if share.found + share.expected and (tag == "all" or name in _PINNED)
    }
    out |= {f"tampering {kind}": (s.recall, s.expected) for kind, s in figures.planted.items() if s.expected >= ENOUGH}
    out["sure"] = (figures.sure["all"].precision, figures.sure["all"].found)
    return out


def below(figures: Figures, which: str) -> list[str]:
    """What fell below the floor that is pinned for this corpus; more alarms or false turns than pinned count, too."""
    pinned = json.loads(FLOORS.read_text("utf-8"))[which]
    now = {name: value for name, (value, _) in flat(figures).items()}
    low = [f"{k}: {now.get(k, 0):.3f} < {v}" for k, v in pinned["floors"].items() if now.get(k, 0) < v]
    low += [f"{k}: {n} > {pinned['most'][k]}" for k, n in most(figures).items() if n > pinned["most"][k]]
    return low


def most(figures: Figures) -> dict[str, int]:
    """Counts that must not rise."""
    return {
        "false alarms": len(figures.alarms),
        "pages with false turns": len(figures.false_turns),
        "false interviews": figures.false_interviews.right,
    }


def pin(figures: Figures, which: str) -> None:
    """Write today's figures as floors; a floor that is higher already stays."""
    pinned = json.loads(FLOORS.read_text("utf-8")) if FLOORS.exists() else {}
    old = pinned.get(which, {"floors": {}, "most": {}})
    now = {k: max(0.0, round(v - MARGIN - 1 / pages, 2)) for k, (v, pages) in flat(figures).items()}
    floors = {k: max(v, old["floors"].get(k, 0.0)) for k, v in sorted(now.items())}
    counts = {k: min(n, old["most"].get(k, n)) for k, n in most(figures).items()}
    pinned[which] = {"floors": floors, "most": counts}
    FLOORS.write_text(json.dumps(pinned, ensure_ascii=False, indent=1) + "\n", "utf-8")
