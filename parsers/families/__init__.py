"""CMS families: one small file each, found by place (a module with ``FAMILY``), best
fingerprint first; and what pages all of them.

A family says how its pages are recognised, where the article's body stands and how its lists are paged. What is known
of each from which public source, and what nobody has verified on a live site, is in ``docs/families.md``.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module

from parsers.families.base import Family, Paging, Path, Traces, View

__all__ = ["Family", "Paging", "View", "by_name", "detect", "fallback", "families"]


@cache
def families() -> tuple[Family, ...]:
    """All families, in the order of their names; ``generic`` is the last resort and comes last."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = [module.FAMILY for module in modules if hasattr(module, "FAMILY")]
    return tuple(sorted(found, key=lambda f: (f.name == "generic", f.name)))


class Addresses:
    """The address patterns of some families, looked for together."""

    def __init__(self, families_: Iterable[Family]) -> None:
        paths = [mark for f in families_ for _, _, mark in f.marks if isinstance(mark, Path)]
        self.patterns = [path.pattern for path in paths]
        self.holds = {path.holds for path in paths} - {""}
        rests = [pattern.removeprefix("/") for pattern in self.patterns]
        cheap = [rest for rest, path in zip(rests, paths, strict=True) if not path.holds]
        # They begin with a slash, so does this: a source is read once, from slash to slash. Groups would keep the
        # engine from seeing how each begins, so they are only asked where something was found.
        # Half of the slashes are those of end tags, which begin no address.
        self.any = re.compile(f"/(?<!</)(?:{'|'.join(rests)})")
        self.cheap = re.compile(f"/(?<!</)(?:{'|'.join(cheap)})")
        self.which = re.compile(f"/(?:{'|'.join(f'({rest})' for rest in rests)})")

    def among(self, text: str) -> set[str]:
        """The patterns that match somewhere in a text."""
        first = self.any if any(word in text for word in self.holds) else self.cheap
        found = (self.which.match(text, match.start()) for match in first.finditer(text))
        return {self.patterns[match.lastindex - 1] for match in found if match and match.lastindex}


@cache
def addresses() -> Addresses:
    """Those of all families."""
    return Addresses(families())


def by_name(name: str) -> Family | None:
    """The family of that name, ``None`` when there is none."""
    return next((f for f in families() if f.name == name), None)


def fallback() -> Family:
    """The generic family, which reads any site."""
    generic = by_name("generic")
    assert generic is not None
    return generic


def detect(view: View, stated: str | None = None) -> tuple[Family, str]:
    """The family whose fingerprints weigh most on this page, and the rule that fired.

    :param stated: the site file's family: taken where the page has its mark, or nobody's
    """
    traces = Traces(view, addresses().among(view.url) | addresses().among(view.raw))
    best, best_weight, best_rule = fallback(), 0, "fallback"
    if stated and (family := by_name(stated)):
        if family.fingerprint(traces)[0]:
            return family, "site file"
        best, best_rule = family, "site file"
    for family in families():
        weight, rule = family.fingerprint(traces)
        if weight > best_weight:
            best, best_weight, best_rule = family, weight, rule
    return best, best_rule
