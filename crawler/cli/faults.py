"""Faults as commands print them: a line each, or one JSON report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import click

from archive.fault import Fault
from crawler.cli.console import print_json


@dataclass(frozen=True, slots=True)
class Found:
    """What a check finds, as it finds it, and what it came to once all faults are read.

    :param report: for machines
    :param summed: for people
    :param ok: whether nothing is wrong
    """

    faults: Iterator[Fault]
    report: Callable[[], dict[str, Any]]
    summed: Callable[[], str]
    ok: Callable[[], bool]


def tell(found: Found, *, as_json: bool) -> int:
    """Print what was found.

    :returns: the exit code
    """
    if as_json:
        by_level = _by_level(found.faults)
        print_json({"ok": found.ok(), **found.report(), **by_level})
    else:
        for fault in found.faults:
            click.echo(str(fault))
        click.echo(found.summed(), err=True)
    return 0 if found.ok() else 5


def _by_level(faults: Iterable[Fault]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"faults": [], "notes": []}
    for fault in faults:
        found[f"{fault.level}s"].append(fault.as_dict())
    return found
