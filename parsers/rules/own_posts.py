"""Posts that lines among the turns, or below them, give to those who speak there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.claims.claim import Place
from parsers.page.lines import Line
from parsers.page.text import fold
from parsers.people.biographies import described
from parsers.people.mentions import mentions
from parsers.people.visits import visitors
from parsers.record import Guest
from parsers.words import words


def spokesperson(lines: Iterable[Line]) -> Iterator[tuple[Guest, Place]]:
    """Who speaks for a house, by a line anywhere among questions and answers: 外交部发言人耿亮举行例行记者会."""
    for line in lines:
        for guest in visitors(line.text):
            if guest.organization and fold(guest.title or "").endswith(words("SPOKESPERSON")):
                yield guest, Place(line.text, line, 0, min(len(line.text), 80))
                return


def with_own_post(guest: Guest, lines: Iterable[Line]) -> Guest:
    """A speaker with the post of a biography, or of a sentence, that names him in full."""
    name = guest.name or "\0"
    texts = [line.text for line in lines if name in line.text]
    return next((person for text in texts for person in _named(text, name) if person.title), guest)


def _named(text: str, name: str) -> Iterator[Guest]:
    """The person of a name, as a biography and the sentences of a text give him."""
    person = described(text) if text.startswith(name) else None
    told = [person] if person else []
    told += [mention.guest for mention in mentions(text, [name])]
    yield from (guest for guest in told if guest.name == name)
