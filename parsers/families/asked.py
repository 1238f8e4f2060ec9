"""Lists that a page's own scripts ask for as it is loaded, by their page's number: ``load(1)``, ``page: pageNo``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from parsers.families.base import Paging, View, unknown
from parsers.families.functions import asked_in, called, function
from parsers.page.expressions import arguments
from parsers.page.text import collapse
from parsers.patterns import compiled
from parsers.record import PageRequest

_FIRST = compiled(
    r"(?<![\w$.])(?<!function )(?P<name>[A-Za-z_$][\w$]{0,40})\(\s{0,4}['\"]?(?P<n>[01])['\"]?\s{0,4}[,)]"
)
_FIELD = r"(?<![\w$])(?:page\w{{0,8}}|cur(?:rent)?\w{{0,6}}|p|pn|i)[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"'`+\s${{]{{0,8}}{}\b"
_NAMED = compiled(_FIELD.format(r"(?:this\.|self\.|that\.|vm\.)?(?P<name>[A-Za-z_$][\w$]{0,40})"), re.IGNORECASE)
_ASKS = compiled(
    r"(?:\$|jQuery|axios)\.(?:get|post|getJSON|ajax)\s?\(|\bfetch\s?\(|XMLHttpRequest|\.load\s?\(", re.IGNORECASE
)
_CALLS = 32  # calls that are looked at
_CODE = 600  # characters of a request


def loaded(view: View) -> Paging | None:
    """A list that a script asks for by its page's number: its first page, or that nobody knows how it is asked for."""
    lost: Paging | None = None
    for words, page in (*_by_function(view), *_by_name(view)):
        if page is not None:
            return Paging((PageRequest(page.url, page.method, page.body, 1, guessed=True),), None, None, "asked")
        lost = lost or unknown(words, "")
    return lost


def _by_function(view: View) -> Iterator[tuple[str, PageRequest | None]]:
    """Functions that ask with a number and are called with the first one: the call, what it asks for."""
    for match in islice(_FIRST.finditer(view.scripts), _CALLS):
        found = function(match["name"], view.scripts)
        if found is None or not found[0] or not _ASKS.search(found[1]):
            continue
        if any(re.search(_FIELD.format(re.escape(name)), found[1], re.IGNORECASE) for name in found[0]):
            values = arguments(view.scripts, match.end("name") + 1, view.names)
            yield f"{match[0].rstrip(',)')})", called(match["name"], values, int(match["n"]), view)


def _by_name(view: View) -> Iterator[tuple[str, PageRequest | None]]:
    """Requests whose page number is a name that a script sets to the first one."""
    for match in islice(_ASKS.finditer(view.scripts), _CALLS):
        code = view.scripts[match.start() : match.start() + _CODE]
        for said in _NAMED.finditer(code):
            if view.names.value(said["name"]) in (0, 1):
                yield collapse(re.split(r"[,{}]", code)[0])[:80], asked_in(code, view.names, said["name"], view)
                break
