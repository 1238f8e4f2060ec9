"""What all commands share: the collection they work on, and JSON on stdout."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

import click

from archive.collection.folder import Collection
from archive.collection.times import SHANGHAI
from archive.history.health import Health
from archive.ledger.withheld import takedowns
from parsers.errors import FangtanError


class _Seconds(click.FloatRange):
    """Seconds of a day; not a number is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not isfinite(found):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return found


SECONDS = _Seconds(0, 86_400)


def collection_of(ctx: click.Context, *, obey: bool = True) -> Collection:
    """The collection that a command works on, as its ledger says it is.

    :param obey: finish takedowns that were interrupted, first
    """
    collection: Collection = ctx.obj["collection"]
    if obey:
        _obey(collection)
    return collection


def _obey(collection: Collection) -> None:
    try:
        if not takedowns(collection).entries or not os.access(collection.root, os.W_OK):
            return
        # They load the whole store.
        from archive.handover.pending import bring_up_to_date  # noqa: PLC0415
        from archive.handover.withhold import finish  # noqa: PLC0415

        if not bring_up_to_date(collection):
            return
        for entry in finish(collection, wait=False):
            click.echo(f"takedown of ledger entry {entry.number}: carried out", err=True)
    except FangtanError as error:
        click.echo(f"a takedown is not finished: {error}", err=True)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def run_line(report: dict[str, Any]) -> str:
    """A run as a line of words."""
    counts = " · ".join(
        f"{report.get(k)} {k}" for k in ("interviews", "new", "changed", "gone", "back", "unchanged") if report.get(k)
    )
    declared = f" · list pages: declared {report['declared']}, got {report['got']}" if report.get("declared") else ""
    reason = f" — {report['reason']}" if report.get("reason") else ""
    return f"{report['run']}  {report['verdict']}{reason}\n  {counts or 'no interviews'}{declared} · {report.get('pages') or 0} pages, {report.get('errors') or 0} errors"


def status_lines(row: Health) -> Iterator[str]:
    """A site's health in words; what helps, when something is wrong."""
    following = row.next_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if row.next_at else row.state
    good = row.last_good[:10] if row.last_good else "never"
    interviews = (row.last or {}).get("interviews")
    yield f"{row.health:14}  {row.id}  {row.name}  last good {good}  next {following}  {interviews if interviews is not None else 0} interviews"
    if row.state == "running":
        yield f"    running {row.why}"
    if not row.good:
        since = f" (since {row.since[:10]})" if row.since else ""
        yield f"    {row.reason or row.health}{since}"
        if row.fix:
            yield f"    → {row.fix}"


def worst(words: Iterable[str]) -> int:
    """An exit code for the health of many sites: 4 blocked or tampered with, 3 anything else that needs a look."""
    found = set(words)
    if found & {"blocked", "tampered"}:
        return 4
    return 3 if found - {"ok", "new"} else 0
