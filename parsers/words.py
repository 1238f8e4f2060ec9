"""The words of the parsers: the classes of ``vocabulary.toml`` by name, and patterns that are composed from names.

A class holds ``words`` (taken literally) and ``forms`` (regular expressions, which may name other classes). Words are
written in simplified script, in half-width forms. Lines are matched on their fold (:func:`parsers.page.text.fold`),
which unifies traditional characters and widths one to one: so each class knows its traditional forms, and they are made
once. Text that is no line is folded before it is matched.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from parsers.patterns import composed, home_of_caller

_NAMES = r"[A-Z][A-Z_]*(?:\.[a-z_]+)?"
_NAME = re.compile(rf"\{{(?P<names>{_NAMES}(?:\|{_NAMES})*)(?P<spaced>:spaced)?\}}")


@cache
def classes() -> Mapping[str, Mapping[str, Any]]:
    """Every class by its name: ``TALK``, ``FIELD.theme``; each with ``note``, ``words`` and ``forms``."""
    tables = tomllib.loads(files("parsers").joinpath("vocabulary.toml").read_text("utf-8"))
    return dict(_named(tables, ""))


def _named(tables: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, table in tables.items():
        if "note" in table:
            yield prefix + name, table
        else:
            yield from _named(table, f"{prefix}{name}.")


def _members(name: str) -> list[Mapping[str, Any]]:
    """The class of a name, or all classes below it: ``FIELD`` is every ``FIELD.…``."""
    found = [table for known, table in classes().items() if known == name or known.startswith(f"{name}.")]
    if not found:
        raise KeyError(f"vocabulary.toml has no class {name}")
    return found


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of a class, each once, in the order of the file. Forms are left out.

    :raises KeyError: the vocabulary has no such class
    """
    return tuple(dict.fromkeys(word for table in _members(name) for word in _listed(table)))


def _listed(table: Mapping[str, Any]) -> list[str]:
    if "file" not in table:
        return list(table.get("words", ()))
    text = files("parsers").joinpath("data", table["file"]).read_text("utf-8")
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]


@cache
def word_set(name: str) -> frozenset[str]:
    """The words of a class as a set, for text that is nothing but such a word."""
    return frozenset(words(name))


@cache
def source(template: str) -> str:
    r"""A template with each ``{NAME}`` replaced by a group of what the class holds: forms as listed, then words,
    longest first.

    ``{NAME:spaced}`` allows up to four blanks between the characters of its words, as in a padded label.
    ``{NAME|NAME}`` is one group of two classes: it is found faster than one of two groups.
    """
    return _NAME.sub(lambda match: _group(match["names"].split("|"), spaced=match["spaced"] is not None), template)


def _group(names: list[str], *, spaced: bool) -> str:
    forms = [source(form) for name in names for table in _members(name) for form in table.get("forms", ())]
    between = r"\s{0,4}" if spaced else ""
    found = dict.fromkeys(word for name in names for word in words(name))
    return f"(?:{'|'.join([*forms, *_alternatives(found, between)])})"


def one_of(found: Iterable[str]) -> str:
    """The source that matches one of some words, the longest that stands there first."""
    return f"(?:{'|'.join(_alternatives(found))})"


def _alternatives(found: Iterable[str], between: str = "") -> list[str]:
    """Words, longest first. Those that begin alike share their beginning: most places are passed with one look."""
    rests: dict[str, list[str]] = {}
    for word in sorted(found, key=len, reverse=True):
        rests.setdefault(word[0], []).append(word[1:])
    return [
        re.escape(first) + _behind([r for r in rest if r], between, ends="" in rest) for first, rest in rests.items()
    ]


def _behind(rests: list[str], between: str, *, ends: bool) -> str:
    """What may stand behind the character that words share; ``ends``: one of them is that character alone."""
    shared = _alternatives(rests, between)
    if len(shared) < 2 and not ends:
        return "".join(between + rest for rest in shared)
    group = "|".join(shared)
    return f"(?:{f'{between}(?:{group})' if between else group}{'|' * ends})" if shared else ""


@cache
def pattern(template: str, flags: int = 0) -> re.Pattern[str]:
    r"""The pattern of a template: ``pattern(r"{ROLE.host}\s?:")``, compiled when it is first used, and once.

    With that use it raises a :class:`KeyError` where the vocabulary has no class of a name in it.
    """
    return composed(lambda: source(template), flags, home_of_caller())
