"""CMS families: one small file each, found by pkgutil, best fingerprint first.

A family says how its pages are recognised, where the article's body stands and how its lists are paged. What is known of
each from which public source, and what nobody has verified on a live site, is in ``docs/families.md``.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from parsers.families.base import Family, Paging, View

__all__ = ["Family", "Paging", "View", "by_name", "detect", "fallback", "families"]


@cache
def families() -> tuple[Family, ...]:
    """All families, in the order of their names; ``generic`` is the last resort and comes last."""
    found = [
        import_module(f"parsers.families.{module.name}").FAMILY
        for module in pkgutil.iter_modules(__path__)
        if module.name != "base"
    ]
    return tuple(sorted(found, key=lambda f: (f.name == "generic", f.name)))


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

    :param stated: the site file's family: taken where the page bears its mark, or nobody's
    """
    best, best_weight, best_rule = fallback(), 0, "fallback"
    if stated and (family := by_name(stated)):
        if family.fingerprint(view)[0]:
            return family, "site file"
        best, best_rule = family, "site file"
    for family in families():
        weight, rule = family.fingerprint(view)
        if weight > best_weight:
            best, best_weight, best_rule = family, weight, rule
    return best, best_rule
