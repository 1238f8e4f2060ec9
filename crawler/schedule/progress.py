"""What a person sees while crawls run: a live table on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

import click

if TYPE_CHECKING:  # loaded where there is a terminal
    from rich.live import Live
    from rich.table import Table

_PLAIN_S = 10.0
Figures = dict[str, dict[str, Any]]


def figures_of(runs: Iterable[Any]) -> Figures:
    """The figures of each site under way.

    :param runs: :class:`crawler.run.site_run.SiteRun` objects
    """
    return {run.site.id: run.figures for run in runs}


class Progress:
    """Reported twice a second what the runs under way have done."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.said = time.monotonic()
        self.live: Live | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not self.quiet:
            console = import_module("rich.console").Console(stderr=True)
            live: Live = import_module("rich.live").Live(console=console, auto_refresh=False, transient=True)
            self.live = live
            live.start()
        return self

    def __exit__(self, *details: object) -> None:
        if self.live is not None:
            self.live.stop()

    def _is_time(self) -> bool:
        """Whether plain lines are due."""
        return not self.quiet and time.monotonic() - self.said >= _PLAIN_S

    def runs(self, runs: Iterable[Any]) -> None:
        """Show where runs of this process are; what nobody sees is not counted."""
        if self.live is not None or self._is_time():
            self(figures_of(runs))

    def __call__(self, figures: Figures) -> None:
        """Show where runs are."""
        if self.live is not None:
            self.live.update(_table(figures), refresh=True)
        elif self._is_time():
            self.said = time.monotonic()
            for site, row in figures.items():
                rate, left = _rate(row)
                known = row["pages"] + row["waiting"]
                how = row.get("standing") or f"{rate:.1f}/s, about {left} left"
                click.echo(f"{site}: {row['pages']}/{known} pages, {how}, {row['errors']} errors", err=True)


def _rate(row: dict[str, Any]) -> tuple[float, str]:
    rate = row["pages"] / max(row["seconds"], 0.001)
    seconds = int(row["waiting"] / rate) if rate else 0
    return rate, f"{seconds // 60}:{seconds % 60:02d}"


def _table(figures: Figures) -> Table:
    made = import_module("rich.table").Table
    table: Table = made("site", "pages", "known", "per second", "left", "listed", "errors", box=None)
    for site, row in figures.items():
        rate, left = _rate(row)
        cells = (row["pages"], row["pages"] + row["waiting"], f"{rate:.1f}", left, row["listed"], row["errors"])
        table.add_row(site, *map(str, cells))
        if row.get("standing"):
            table.add_row(f"  {row['standing']}")
    return table
