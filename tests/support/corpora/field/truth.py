"""What a page of the field corpus says, as its author knows it, and how a record is held against it.

A value may leave a choice: ``a|b`` is right when ``a`` or ``b`` is found, an empty part stands for null. ``ANY`` is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ANY: Any = ...


@dataclass(frozen=True)
class Said:
    """A turn: every field but the text may leave a choice; ``text`` alternatives are a tuple."""

    speaker: str
    person: str
    role: str
    text: tuple[str, ...]


@dataclass
class Truth:
    """What a right record holds.

    :param guests: (name, organization, title), each with choices
    :param guests_optional: nobody but the labels names the guests, so an empty list is right, too
    :param planted: injected words; a page without them is clean
    :param marks_of_copy: words that a flag on a copied page may name without being a false alarm
    """

    kind: str
    title: str
    published_at: Any = None
    source: Any = None
    theme: Any = ANY
    time: Any = ANY
    genre: str = ""
    guests: list[tuple[str, str, str]] = field(default_factory=list)
    guests_optional: bool = False
    turns: list[Said] = field(default_factory=list)
    planted: list[str] = field(default_factory=list)
    marks_of_copy: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A page as served, with what it says."""

    url: str
    data: bytes
    truth: Truth
    content_type: str = "text/html"


def fits(found: str | None, choices: str) -> bool:
    """Whether a value is one of the choices."""
    return (found or "") in choices.split("|")


def same(found: Any, right: Any) -> bool:
    """Whether a single value is right, ``ANY`` always is."""
    if right is ANY:
        return True
    return found == right or (isinstance(right, str) and fits(found, right))


def matched(found: list[Any], expected: list[Any], alike: Any) -> list[tuple[Any, Any]]:
    """Pairs of found and expected things that are alike, each used once."""
    left, pairs = list(expected), []
    for one in found:
        other = next((e for e in left if alike(one, e)), None)
        if other is not None:
            left.remove(other)
            pairs.append((one, other))
    return pairs


def turn_fits(turn: Any, said: Said) -> bool:
    """Speaker, role and words; the person is counted apart."""
    return fits(turn.speaker, said.speaker) and fits(turn.role, said.role) and turn.text in said.text


def guest_fits(guest: Any, right: tuple[str, str, str]) -> bool:
    """Name, organisation and post."""
    return all(map(fits, (guest.name, guest.organization, guest.title), right))


def overlaps(flag: str, planted: str) -> bool:
    """Whether a flag names planted words: one holds the other, or six characters in a row are the same."""
    if flag in planted or planted in flag:
        return len(flag) > 1
    return any(planted[i : i + 6] in flag for i in range(len(planted) - 5))
