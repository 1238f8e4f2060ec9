"""What sort of question a turn is, by its words alone: whether it asks, opens or ends a talk, takes up an answer,
puts what a citizen wants to know.
"""

from __future__ import annotations

from parsers.page.text import fold
from parsers.words import pattern

#: What a question is.
KINDS = ("opening", "question", "follow-up", "closing")
_ASKS, _GREETS, _LEAVES = pattern("{ASKS}"), pattern("{GREETS}"), pattern("{LEAVES}")
_NAMES = pattern("{QUOTED_NAMES}")
_IN_PERSON = pattern("{PUT_IN_PERSON}")
_TAKES_UP = pattern(r"(?:{NODS}[,。!]?\s*)?{TAKES_UP}")
_RELAYED = pattern("{RELAYED}")


def asks(text: str) -> bool:
    """Whether words ask something."""
    return _ASKS.search(fold(text)) is not None


def is_put_in_person(text: str) -> bool:
    """Whether words ask somebody who is there."""
    return _IN_PERSON.search(fold(text)) is not None


def asks_beside_names(text: str) -> bool:
    """Whether words ask something, names of themes and books in quotes left out: a theme is often a question."""
    return _ASKS.search(_NAMES.sub("", fold(text))) is not None


def greets(text: str) -> bool:
    """Whether words open a talk."""
    return _GREETS.search(fold(text)) is not None


def takes_leave(text: str) -> bool:
    """Whether words end a talk or thank for it."""
    return _LEAVES.search(fold(text)) is not None


def takes_up(text: str) -> bool:
    """Whether a question begins with the answer before it."""
    return _TAKES_UP.match(fold(text).lstrip()) is not None


def is_relayed(text: str) -> bool:
    """Whether somebody puts the question of a citizen: 有网友问, 网友"清风"留言说."""
    return _RELAYED.search(fold(text)) is not None
