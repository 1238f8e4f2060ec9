"""Everybody whom a page names, before it is known who speaks."""

from __future__ import annotations

from collections import Counter

from parsers.page.lines import within
from parsers.page.text import fold
from parsers.patterns import compiled
from parsers.people.names import GIVEN, is_word_and_name
from parsers.people.sentences import context_fields, unique
from parsers.people.values import parse_guests
from parsers.people.visits import visitors
from parsers.reading import Reading
from parsers.record import Guest
from parsers.rules.particulars import particulars

_LINE_LABEL = compiled(rf"\s{{0,4}}(?P<name>{GIVEN}{{2,3}}):")
_MANY = 20  # guests in sentences: so many come to no talk


def roster(reading: Reading) -> list[Guest]:
    """Everybody the page names, before it is known which header belongs to the talk."""
    fields = [f for f in reading.page.fields if f.key == "guests"]
    inside = [f for f in fields if within(reading.page.body.element, f.label_line.block)]
    named = [g for f in inside or fields for g in parse_guests(f.value)]
    named += _apart(reading)
    if not any(g.name for g in named):
        named += _invited(reading)
    if not named and reading.context:
        named = [g for f in context_fields(reading.context) if f[0] == "guests" for g in parse_guests(f[1])]
    return unique(named)


def _apart(reading: Reading) -> list[Guest]:
    """Whom a label of his own names, with a post beside it."""
    return [guest for f, guest in particulars(reading.page.fields) if f.key == "person"]


def _invited(reading: Reading) -> list[Guest]:
    """Whom the page's sentences say to have been invited, or to have come."""
    named: list[Guest] = []
    lines = list(reading.marks.lines("invitation"))
    words = _words_as_names(reading) if lines else []
    for line in lines:
        if len(line.text) < 3000:
            named += [g for g in visitors(line.text[:2000], words) if g not in named]
        if len(named) > _MANY:
            break
    return named


def _words_as_names(reading: Reading) -> list[str]:
    """Ordinary words that are names as well (江河, 高山), where two lines at least begin with them and a colon."""
    labels = Counter(m["name"] for line in reading.body if (m := _LINE_LABEL.match(line.fold)))
    fields = {fold(f.label) for f in reading.page.all_fields}
    return [name for name, count in labels.items() if count > 1 and name not in fields and is_word_and_name(name)]
