"""How right the parsers are, per field and per tag, on generated pages whose gold is known by construction.

    python benchmarks/accuracy.py [dev|held] [PAGES] [SEED] [--show FIELD]

Floors are pinned in FLOORS; a figure below its floor makes the command exit 1.
"""

from __future__ import annotations

import collections
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from corpus import compare, make

import parsers

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
}


def turn_counts(record: parsers.Record, gold: list[tuple[str, str | None, str, str]]) -> tuple[int, int, int]:
    """Strict: a turn is right when speaker, person, role and text are; (right, found, expected)."""
    found = collections.Counter((t.speaker, t.person, t.role, t.text) for t in record.turns)
    expected = collections.Counter(gold)
    return sum((found & expected).values()), sum(found.values()), sum(expected.values())


def measure(which: str, pages: int, seed: int, show: str | None = None) -> dict[str, float]:
    """All figures of a set."""
    right: collections.Counter[str] = collections.Counter()
    tags: dict[str, list[bool]] = collections.defaultdict(list)
    turns, false_turns, alarms, planted, caught = [0, 0, 0], 0, 0, 0, 0
    shown = 0
    for number in range(pages):
        case = make(which, seed, number)
        record = parsers.parse([parsers.Payload(case.url, case.data, case.content_type)])
        verdict = compare(record, case.gold)
        right.update(name for name, ok in verdict.items() if ok)
        for tag in case.gold.tags:
            tags[tag].append(all(verdict.values()))
        turns = [a + b for a, b in zip(turns, turn_counts(record, case.gold.turns), strict=True)]
        false_turns += len(record.turns) if case.gold.kind != "transcript" else 0
        found = {(f.text, f.where) for f in record.flags if f.severity != "info"}
        planted += len(case.gold.flags)
        caught += len(found & set(case.gold.flags))
        alarms += len(found - set(case.gold.flags))
        if show and shown < 14 and not verdict.get(show, show != "flags" or found == set(case.gold.flags)):
            shown += 1
            print(number, sorted(case.gold.tags))
            print("  expected", getattr(case.gold, show))
            print("  found   ", getattr(record, show))
    precision, recall = turns[0] / max(turns[1], 1), turns[0] / max(turns[2], 1)
    figures = {
        name: right[name] / pages
        for name in ("kind", "title", "published_at", "source", "theme", "time", "guests", "turns")
    }
    figures |= {
        "turn_f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "false_turns": false_turns,
        "tamper_recall": caught / max(planted, 1),
        "false_alarms": alarms,
    }
    worst = sorted(((sum(v) / len(v), len(v), t) for t, v in tags.items() if len(v) >= 5))[:12]
    print(
        f"{which} {pages} pages, seed {seed}: "
        + "  ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items())
    )
    print("  worst tags: " + ", ".join(f"{t} {share:.2f} of {n}" for share, n, t in worst))
    return figures


def main() -> int:
    """Measure and hold the floors."""
    words = [a for a in sys.argv[1:] if not a.startswith("--")]
    show = sys.argv[sys.argv.index("--show") + 1] if "--show" in sys.argv else None
    words = [w for w in words if w != show]
    which, pages, seed = (
        words[0] if words else "held",
        int(words[1]) if len(words) > 1 else 400,
        int(words[2]) if len(words) > 2 else 2,
    )
    figures = measure(which, pages, seed, show)
    low = [name for name, floor in FLOORS.items() if figures[name] < floor]
    bad = figures["false_turns"] or figures["false_alarms"]
    print(
        "below the floor: " + ", ".join(low)
        if low
        else "all floors held" + (", but false turns or alarms" if bad else "")
    )
    return 1 if low or bad else 0


if __name__ == "__main__":
    sys.exit(main())
