"""``fangtan status``: a line a site on 80 columns, those that need a look first, with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import click
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from archive.collection import clock
from archive.collection.muted import muted
from archive.collection.times import SHANGHAI
from archive.history.health import Health, health
from archive.history.sentences import both
from archive.history.stale import stale
from archive.keeping.last import LastCheck, last_check
from crawler.cli.console import collection_of, print_json
from crawler.cli.files import as_dict, copies_lines, files_lines, needs_a_look
from crawler.schedule.notices import plain

_COLOURS = {
    "ok": "green", "new": "cyan", "late": "yellow", "incomplete": "yellow", "layout changed": "yellow",
    "blocked": "red", "tampered": "bold red", "broken": "red",
}  # fmt: skip
_HEALTH, _COUNT, _DAY, _NEXT = 14, 10, 10, 16
_NAME_LEAST = 6
#: Days without a run after which a site without a schedule is stale: a week and a day.
_STALE_DAYS = 8


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.option(
    "--stale",
    "days",
    type=click.FloatRange(min=0, min_open=True),
    is_flag=False,
    flag_value=_STALE_DAYS,
    metavar="[DAYS]",
    help=(
        "Print only sites that nobody crawls, nothing when all is well. Exit 3 when there is one. Stale is a date that "
        "passed a day ago, or a run that hangs. Without a schedule, it is a site without a run for DAYS days "
        f"({_STALE_DAYS})."
    ),
)
@click.option(
    "--fixity",
    "only_files",
    is_flag=True,
    help="Print only when all files were last compared with the ledger. Exit 3 when that found something or is late.",
)
@click.pass_context
def status(ctx: click.Context, as_json: bool, days: float | None, only_files: bool) -> None:
    """Print one line per site, problems first: health, last good run, next run, what to do. Exit 4 or 3 on problems.

    \b
    Example:  fangtan status
    """
    collection, now = collection_of(ctx).require(), clock.now()
    if days is not None:
        ctx.exit(_tell_stale(stale(collection, now, days), as_json=as_json))
    if only_files:
        ctx.exit(_tell_files(last_check(collection), now, as_json=as_json))
    files = last_check(collection)
    rows, silent = health(collection, now), muted(collection)
    if as_json:
        for row in rows:
            print_json(row.as_dict())
    elif rows:
        console = Console(highlight=False)
        below: list[Text | str] = [*files_lines(files, now), *copies_lines(collection), _looks(rows)]
        _print(console, [*_lines(rows, silent, console), *below])
    else:
        click.echo("no site yet; fangtan sites add URL", err=True)
        click.echo("\n".join((*files_lines(files, now), *copies_lines(collection))))
    ctx.exit(worst(row.health for row in rows) or (3 if needs_a_look(files, now) else 0))


def _print(console: Console, lines: Iterable[Text | str]) -> None:
    """Lines with colours; where nobody reads on rich would end the process with 1."""
    with console.capture() as shown:
        for line in lines:
            console.print(line, soft_wrap=True)
    click.echo(shown.get(), nl=False, color=console.is_terminal or None)


def _tell_files(files: LastCheck, now: datetime, *, as_json: bool) -> int:
    print_json(as_dict(files, now)) if as_json else click.echo("\n".join(files_lines(files, now)))
    return 3 if needs_a_look(files, now) else 0


def _tell_stale(found: dict[str, str], *, as_json: bool) -> int:
    for site, why in found.items():
        print_json({"id": site, "stale": why}) if as_json else click.echo(f"{site}: {why}")
    return 3 if found else 0


def worst(words: Iterable[str]) -> int:
    """An exit code for the health of many sites: 4 blocked or tampered with, 3 anything else that needs a look."""
    found = set(words)
    if found & {"blocked", "tampered"}:
        return 4
    return 3 if found - {"ok", "new"} else 0


def _lines(rows: list[Health], silent: dict[str, str | None], console: Console) -> Iterator[Text]:
    """The table: header, a line a site with what is wrong below it."""
    ids, name = _widths(rows, console)
    yield Text(_row("health", "site" if ids else "", "name", "interviews", "last good", "next", ids, name), "bold")
    for row in rows:
        if not ids:
            yield from _wrapped(row.id, "", console)
        yield _site(row, ids, name)
        yield from _below(row, console)
        if row.id in silent:
            until = f" until {_moment(silent[row.id])}" if silent[row.id] else ""
            yield from _wrapped(f"notices are muted{until}", "    ", console)


def _looks(rows: list[Health]) -> Text:
    bad = sum(not row.good for row in rows)
    return Text(f"{bad} of {len(rows)} sites need a look", "bold yellow" if bad else "bold green")


def _widths(rows: list[Health], console: Console) -> tuple[int, int]:
    """Cells for identifiers and for names; identifiers that leave no room (0) are on lines of their own."""
    ids = max(cell_len(row.id) for row in rows)
    fixed = _HEALTH + _COUNT + _DAY + _NEXT + 5 * 2
    if fixed + ids + _NAME_LEAST > console.width:
        return 0, max(console.width - fixed + 2, _NAME_LEAST)
    return ids, max(console.width - fixed - ids, _NAME_LEAST)


def _site(row: Health, ids: int, name: int) -> Text:
    good = _moment(row.last_good)[:10] or "never"
    following = f"{row.next_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if row.next_at else row.state
    count = str((row.last or {}).get("interviews") or 0)
    line = Text(_row(row.health, row.id, plain(row.name), count, good, following, ids, name))
    line.stylize(_COLOURS[row.health], 0, len(row.health))
    return line


def _row(word: str, site: str, title: str, count: str, good: str, following: str, ids: int, name: int) -> str:
    shown = title if cell_len(title) <= name else set_cell_size(title, name - 1) + "…"
    first = [set_cell_size(word, _HEALTH), *([set_cell_size(site, ids)] if ids else []), set_cell_size(shown, name)]
    return "  ".join([*first, count.rjust(_COUNT), good.ljust(_DAY), following]).rstrip()


def _below(row: Health, console: Console) -> Iterator[Text]:
    """What it is at, what is wrong with it, and what helps."""
    if row.state == "running":
        yield from _wrapped(f"running {row.why}", "    ", console)
    if not row.good:
        since = f" (since {_moment(row.since)[:10]})" if row.since else ""
        reason, *chinese = both(row.reason) or [row.health]
        helps = (f"→ {line}" for line in both(row.fix))
        for line in (f"{reason}{since}", *chinese, *helps):
            yield from _wrapped(line, "    ", console)


def _wrapped(words: str, indent: str, console: Console) -> Iterator[Text]:
    for line in Text(" ".join(plain(words).split())).wrap(console, max(console.width - len(indent), 20)):
        line.rstrip()
        yield Text(indent) + line


def _moment(text: str | None) -> str:
    """A time of a report as it is on the clocks of those who read it."""
    return f"{datetime.fromisoformat(text).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if text else ""
