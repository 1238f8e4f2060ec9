"""One reading of a page: what its rules look at, and what has been settled so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from parsers.claims.claim import Place
from parsers.claims.settle import Settled
from parsers.document import Page
from parsers.header.labels import Field
from parsers.page.lines import Line, ancestors, within
from parsers.page.marks import Marks
from parsers.record import ListItem
from parsers.talk.dialogue import Dialogue

_LEAD = 120  # characters


@dataclass
class Reading:
    """A page with its talk.

    :param context: what the list page said of it
    :param dialogue: the talk as far as it is known; empty until it is
    :param kind: what the page is; ``other`` until that is known
    :param settled: by field, in the order in which the fields are settled: a rule may build on those before its own
    """

    page: Page
    context: ListItem | None = None
    dialogue: Dialogue = field(default_factory=Dialogue)
    kind: str = "other"
    settled: dict[str, Settled] = field(default_factory=dict)

    @property
    def lines(self) -> list[Line]:
        """All lines, hidden ones included."""
        return self.page.lines

    @property
    def visible(self) -> list[Line]:
        """The lines that a reader sees."""
        return self.page.visible

    @cached_property
    def marks(self) -> Marks:
        """Where words of a class stand in the lines, hidden ones included."""
        return Marks(self.lines)

    @property
    def head(self) -> str:
        """The text of ``<title>``."""
        return self.page.head

    @cached_property
    def body(self) -> list[Line]:
        """The visible lines of the article's body."""
        survey = self.page.survey
        places, first = survey.places, survey.places[self.page.body.element]
        end = survey.ends[first]
        return [line for line in self.visible if first <= places[line.block] < end]

    @cached_property
    def heads(self) -> list[str]:
        """What the page says of itself above its body: ``<title>``, headings, tags, the lead if it is one sentence."""
        headings = {*self.page.survey.tagged("h1", "h2", "h3")}
        headed = [line.text for line in self.visible if line.block in headings][:4] if headings else []
        tags = [self.page.tags.get(name, "") for name in ("articletitle", "columnname", "columntype")]
        lead = [line.text for line in self.body[:3] if len(line.text) < _LEAD]
        return [self.head, *headed, *tags, *lead]

    @cached_property
    def start(self) -> int:
        """Index of the line with which the text begins: the talk's first, else the body's; the number of lines without
        either.
        """
        first = self.dialogue.first_line
        if first < 0:
            marked = self.page.body.rule != "density" and self.body
            first = self.body[0].index if marked else len(self.lines)
        return first

    @cached_property
    def _heading(self) -> int | None:
        claims = self.settled["title"].claims if "title" in self.settled else ()
        return next((c.found.place.line.index for c in claims if c.found.place.line is not None), None)

    @property
    def has_heading(self) -> bool:
        """Whether the title is printed above the text."""
        return self._heading is not None

    @property
    def heading(self) -> int:
        """Index of the title's line; of the first line of the text where the title is not printed."""
        return self.start if self._heading is None else self._heading

    def value(self, name: str) -> Any:
        """What was settled for a field, or ``None``."""
        return self.settled[name].value if name in self.settled else None

    def fields(self, key: str) -> list[tuple[Field, int]]:
        """The printed labels of a kind with their rank, nearest to the talk first: 0 for the nearest, equal for equally
        near ones.

        Labels of other talks in the margin are left out; those that are before the talk are nearer than those behind
        it.
        """
        fields = [f for f in self.page.fields if f.key == key and not self._of_others(f)]
        container = self.dialogue.container
        chain = ancestors(container if container is not None else self.page.body.element)
        first = self.dialogue.first_line if self.dialogue.first_line >= 0 else 10**9
        distances = [(_steps_up(chain, f), f.label_line.index > first) for f in fields]
        ranks = {distance: rank for rank, distance in enumerate(sorted(set(distances)))}
        ranked = [(f, ranks[d]) for f, d in zip(fields, distances, strict=True)]
        return sorted(ranked, key=lambda pair: pair[1])

    def _of_others(self, f: Field) -> bool:
        return any(within(box, f.label_line.block) for box in self.dialogue.others)

    def beside(self, line: Line, size: int = 1) -> list[Line]:
        """A line with those before and behind it."""
        return self.lines[max(0, line.index - size) : line.index + size + 1]


def _steps_up(chain: Sequence[object], f: Field) -> int:
    """How many ancestors of the talk do not hold a label."""
    own = set(ancestors(f.label_line.block))
    shared = len(chain)
    while shared and chain[shared - 1] not in own:
        shared -= 1
    return len(chain) - shared


def place_of(f: Field) -> Place:
    """Where a label's value stands."""
    return Place(f.value, f.line, f.start, f.end)
