"""How right the parsers are, per field and per tag, on generated pages whose gold is known by construction.

    python benchmarks/accuracy.py [dev|held|fresh|field-train|field-held|hand|second|second-held|third|third-held|fourth|fourth-held|fifth|fifth-held|sixth|sixth-held] [PAGES] [SEED] [--show FIELD] [--pin]
    python benchmarks/accuracy.py calibrate [PAGES]

Half of the pages of ``dev`` and ``held`` are of ``tests/support/corpora/corpus.py``, half of ``tests/support/corpora/wild.py``
(``fresh`` is of the latter alone). Floors are pinned in FLOORS; a figure below its floor makes the command exit 1. ``sure`` is the
share of right values among those whose confidence is 0.9 or more.

``field-…`` is the corpus after real pages (``tests/support/corpora/field/``); ``benchmarks/field.py`` prints its table. Its floors
stand in ``field-floors.json`` for the pages of the tests (FIELD); ``--pin`` raises them to what these pages reach now. ``hand`` are the
pages that were written by hand, unseen by those who wrote the rules (``tests/support/corpora/hand/``), with floors of their own.
``second`` to ``sixth`` are later batches to which rules may be tuned, ``second-held`` … the parts to which none is.
The floors of ``fourth-held``, ``fifth-held`` and ``sixth-held`` are those of their first sight.

``calibrate`` counts how often each rule is right and writes ``parsers/claims/calibration.toml``, from which the parsers take
their confidence. It counts on ``calib``, a split of the field corpus to which no rule is tuned, and on ``dev`` what occurs seldom on that split. The other sets are never counted, so that ``sure`` on them is a measurement.
"""

from __future__ import annotations

import collections
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent / "tests"), str(Path(__file__).parent.parent)]

from support.corpora import corpus, hand, wild
from support.corpora import field as field_corpus
from support.corpora.field import served

import parsers
from benchmarks import field

FLOORS = {
    "kind": 0.98,
    "title": 0.98,
    "published_at": 0.98,
    "source": 0.98,
    "theme": 0.98,
    "time": 0.98,
    "guests": 0.98,
    "turn_f1": 0.97,
    "tamper_recall": 0.9,
    "sure": 0.99,
}
#: Pages and seed of the field corpus that the floors are pinned for.
FIELD = (400, 1)
#: Batches of pages written by hand, and whether their held part is meant.
HAND: dict[str, tuple[str, bool | None]] = {
    "hand": ("", None),
    "second": ("second", False),
    "second-held": ("second", True),
    "third": ("third", False),
    "third-held": ("third", True),
    "fourth": ("fourth", False),
    "fourth-held": ("fourth", True),
    "fifth": ("fifth", False),
    "fifth-held": ("fifth", True),
    "sixth": ("sixth", False),
    "sixth-held": ("sixth", True),
}
FIELDS = ("kind", "title", "published_at", "source", "theme", "time", "guests", "turns")


def cases(which: str, pages: int, seed: int) -> Iterator[Any]:
    """Pages of both generators in turn."""
    for number in range(pages):
        maker = wild if which == "fresh" or number % 2 else corpus
        yield maker.make(which, seed, number)


def turn_counts(record: parsers.Record, gold: list[tuple[str, str | None, str, str]]) -> tuple[int, int, int]:
    """Strict: a turn is right when speaker, person, role and text are; (right, found, expected)."""
    found = collections.Counter((t.speaker, t.person, t.role, t.text) for t in record.turns)
    expected = collections.Counter(gold)
    return sum((found & expected).values()), sum(found.values()), sum(expected.values())


def measure(which: str, pages: int, seed: int, show: str | None = None) -> dict[str, float]:
    """All figures of a set."""
    right: collections.Counter[str] = collections.Counter()
    tags: dict[str, list[bool]] = collections.defaultdict(list)
    turns, false_turns, alarms, planted, caught, shown = [0, 0, 0], 0, 0, 0, 0, 0
    sure: collections.Counter[bool] = collections.Counter()
    for number, case in enumerate(cases(which, pages, seed)):
        record = parsers.parse([parsers.Payload(case.url, case.data, case.content_type)])
        verdict = corpus.compare(record, case.gold)
        right.update(name for name, ok in verdict.items() if ok)
        sure.update(verdict[name] for name in FIELDS if record.confidence.get(name, 0) >= 0.9)
        for tag in case.gold.tags:
            tags[tag].append(all(verdict.values()))
        turns = [a + b for a, b in zip(turns, turn_counts(record, case.gold.turns), strict=True)]
        false_turns += len(record.turns) if case.gold.kind != "transcript" else 0
        found = {(f.text, f.where) for f in record.flags if f.severity != "info"}
        planted += len(case.gold.flags)
        caught += len(found & set(case.gold.flags))
        alarms += len({text for text, _ in found} - {text for text, _ in case.gold.flags})
        if show and shown < 14 and not verdict.get(show, show != "flags" or found == set(case.gold.flags)):
            shown += 1
            print(number, sorted(case.gold.tags))
            print("  expected", getattr(case.gold, show))
            print("  found   ", getattr(record, show))
    precision, recall = turns[0] / max(turns[1], 1), turns[0] / max(turns[2], 1)
    figures = {name: right[name] / pages for name in FIELDS}
    figures |= {
        "turn_f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "false_turns": false_turns,
        "tamper_recall": caught / max(planted, 1),
        "false_alarms": alarms,
        "sure": sure[True] / max(sure.total(), 1),
    }
    worst = sorted(((sum(v) / len(v), len(v), t) for t, v in tags.items() if len(v) >= 5))[:12]
    print(
        f"{which} {pages} pages, seed {seed}: "
        + "  ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items())
    )
    print("  worst tags: " + ", ".join(f"{t} {share:.2f} of {n}" for share, n, t in worst))
    return figures


def below(figures: dict[str, float]) -> list[str]:
    """What does not reach its floor: names with figures."""
    low = [f"{name} {figures[name]:.3f} < {floor}" for name, floor in FLOORS.items() if figures[name] < floor]
    return low + [f"{figures[name]} {name}" for name in ("false_turns", "false_alarms") if figures[name]]


#: A standing that occurs on fewer pages of ``calib`` is counted on ``dev``, too.
_OFTEN = 40
#: Standings that no page of the calibration may show; nothing contests their values. They are counted on `field-train`.
_UNCONTESTED = (".alone", ".supported")
CALIBRATION = Path(__file__).parent.parent / "parsers" / "claims" / "calibration.toml"
_HEAD = """\
# How often values of a field were right, by rule and standing: [right, of].
# Written by: python benchmarks/accuracy.py calibrate {pages}
"""


def calibrate(pages: int, seed: int = 1) -> str:
    """The counts of each field, rule and standing on pages whose truth is known, as TOML."""
    counts = _counted((c, lambda r, c=c: corpus.compare(r, c.gold)) for c in cases("dev", pages, seed))
    for name, count in _counted(_fields("calib", pages, seed)).items():
        counts[name] = count if count.total() >= _OFTEN else count + counts[name]
    counts |= _served(pages, seed)
    for name, count in _counted(_fields("train", pages, seed)).items():
        if name not in counts and name.endswith(_UNCONTESTED):
            counts[name] = count
    rows = (f"{name} = [{count[True]}, {count.total()}]" for name, count in sorted(counts.items()))
    return "\n".join([_HEAD.format(pages=pages), *rows, ""])


def _fields(split: str, pages: int, seed: int) -> Iterable[tuple[Any, Callable[[Any], dict[str, bool]]]]:
    """The pages of a split of the field corpus that nobody tampered with, each with what judges its record."""
    cases_of = (c for c in field_cases(split, pages, seed) if not c.truth.planted)
    return ((c, lambda r, c=c: field.verdicts(r, c.truth)) for c in cases_of)


def _counted(pages: Iterable[tuple[Any, Callable[[Any], dict[str, bool]]]]) -> dict[str, collections.Counter[bool]]:
    """How often the best claim was right, by field, rule and standing."""
    counts: dict[str, collections.Counter[bool]] = collections.defaultdict(collections.Counter)
    for case, judged in pages:
        record, settled = parsers.explain([parsers.Payload(case.url, case.data, case.content_type)])
        verdict = judged(record)
        for found in settled:
            if found.best and found.field in verdict:
                counts[f"{found.field}.{found.best.rule}.{found.standing}"][verdict[found.field]] += 1
    return counts


def _served(pages: int, seed: int) -> dict[str, collections.Counter[bool]]:
    """How often the values of answers to scripts were right."""
    counts: dict[str, collections.Counter[bool]] = collections.defaultdict(collections.Counter)
    for case in served.cases("calib", pages, seed):
        record = parsers.parse([parsers.Payload(case.url, case.data, "application/json")])
        verdict = field.verdicts(record, case.truth)
        for name in record.confidence.keys() & verdict.keys():
            counts[f"{name}.served.alone"][verdict[name]] += 1
    return counts


def field_cases(split: str, pages: int, seed: int) -> Iterator[Any]:
    """Pages of the field corpus; a tampered one is followed by its clean twin."""
    for number in range(pages):
        case = field_corpus.make(split, seed, number)
        yield case
        if case.truth.planted:
            yield field_corpus.make(split, seed, number, clean=True)


def main() -> int:
    """Measure and hold the floors, or write the calibration."""
    if sys.argv[1:2] == ["calibrate"]:
        CALIBRATION.write_text(calibrate(int(sys.argv[2]) if len(sys.argv) > 2 else 2400), "utf-8")
        return 0
    words = [a for a in sys.argv[1:] if not a.startswith("--")]
    show = sys.argv[sys.argv.index("--show") + 1] if "--show" in sys.argv else None
    words = [w for w in words if w != show]
    which = words[0] if words else "held"
    numbers = [int(w) for w in words[1:3]]
    if which in HAND or which.startswith("field-"):
        return main_of_field(which, (*numbers, *FIELD[len(numbers) :]), show)
    low = below(measure(which, *(*numbers, *(400, 2)[len(numbers) :]), show))
    print("below the floor: " + ", ".join(low) if low else "all floors held")
    return 1 if low else 0


def main_of_field(which: str, numbers: tuple[int, ...], show: str | None) -> int:
    """The table of the field corpus; floors hold for the pages that they are pinned for."""
    split = which.removeprefix("field-")
    figures = field.measure(hand.cases(*HAND[which]) if which in HAND else field_cases(split, *numbers))
    print(f"{which}\n{field.table(figures)}")
    for case, _, found, right in [w for w in figures.wrong if w[1] == show][:14]:
        print(f"{case.url} {case.truth.tags}\n  expected {right}\n  found    {found}")
    if show == "alarms":
        print("\n".join(figures.alarms))
    if numbers != FIELD or which in ("second-held", "third-held"):
        return 0
    if "--pin" in sys.argv:
        field.pin(figures, split)
    low = field.below(figures, split)
    print("below the floor: " + ", ".join(low) if low else "all floors held")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
