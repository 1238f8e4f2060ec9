"""When sites are crawled: ``schedule list``, ``next``, ``pause``, ``resume``."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from archive.collection import clock
from archive.collection.times import SHANGHAI
from archive.history.timetable import pause, timetable, unpause
from crawler.cli.console import collection_of, print_json


def _local(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else "–"


@click.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def schedule_list(ctx: click.Context, as_json: bool) -> None:
    """List all sites: when each is crawled next and why, or why not. Times are Asia/Shanghai.

    \b
    Example:  fangtan schedule list
    """
    for entry in timetable(collection_of(ctx).require(), clock.now()):
        last = entry.last or {}
        if as_json:
            print_json(
                {
                    "id": entry.id, "state": entry.state, "next_at": entry.next_at and entry.next_at.astimezone(UTC).isoformat(), "why": entry.why,
                    "last_run": last.get("run"), "last_verdict": last.get("verdict"),
                }
            )  # fmt: skip
        else:
            click.echo(f"{_local(entry.next_at):16}  {entry.state:9}  {entry.id}  {entry.why}")


@click.command("next")
@click.option("-n", "--number", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def schedule_next(ctx: click.Context, number: int, as_json: bool) -> None:
    """List the next dates in order, including back-off and windows.

    \b
    Example:  fangtan schedule next
    """
    entries = timetable(collection_of(ctx).require(), clock.now())
    for line in (e.why for e in entries if e.state == "broken"):
        click.echo(line, err=True)
    planned = [e for e in entries if e.next_at is not None]
    for entry in sorted(planned, key=lambda e: (e.next_at, *e.rank))[:number]:
        assert entry.next_at is not None
        if as_json:
            print_json({"id": entry.id, "next_at": entry.next_at.astimezone(UTC).isoformat(), "why": entry.why})
        else:
            click.echo(f"{_local(entry.next_at):16}  {entry.id}  {entry.why}")


@click.command("pause")
@click.argument("names", nargs=-1, required=True, metavar="SITE...")
@click.option("--note", help="Why.")
@click.pass_context
def schedule_pause(ctx: click.Context, names: tuple[str, ...], note: str | None) -> None:
    """Pause sites until `schedule resume`.

    \b
    Example:  fangtan schedule pause 620724 --note "the webmaster asked us to wait"
    """
    pause(collection_of(ctx).require(), names, clock.now(), note)


@click.command("resume")
@click.argument("names", nargs=-1, required=True, metavar="SITE...")
@click.pass_context
def schedule_resume(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Resume paused sites, and sites whose runs crashed.

    \b
    Example:  fangtan schedule resume 620724
    """
    unpause(collection_of(ctx).require(), names, clock.now())
