"""What a person sees while a crawl runs: a live table on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
import time
from typing import Self

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from crawler.site_run import SiteRun

_PLAIN_S = 10.0


class Progress:
    """Called with the runs twice a second while Scrapy works."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.began = self.said = time.monotonic()
        self.live: Live | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not self.quiet:
            self.live = Live(console=Console(stderr=True), auto_refresh=False, transient=True)
            self.live.start()
        return self

    def __exit__(self, *details: object) -> None:
        if self.live is not None:
            self.live.stop()

    def __call__(self, runs: list[SiteRun]) -> None:
        """Show where the runs are."""
        if self.live is not None:
            self.live.update(self._table(runs), refresh=True)
        elif not self.quiet and time.monotonic() - self.said >= _PLAIN_S:
            self.said = time.monotonic()
            for run in runs:
                done, known, rate, eta = self._figures(run)
                click.echo(
                    f"{run.site.id}: {done}/{known} pages, {rate:.1f}/s, about {eta} left, {len(run.errors)} errors",
                    err=True,
                )

    def _figures(self, run: SiteRun) -> tuple[int, int, float, str]:
        waiting = run.waiting()
        rate = run.pages / max(time.monotonic() - self.began, 0.001)
        seconds = int(waiting / rate) if rate else 0
        return run.pages, run.pages + waiting, rate, f"{seconds // 60}:{seconds % 60:02d}"

    def _table(self, runs: list[SiteRun]) -> Table:
        table = Table("site", "pages", "known", "per second", "left", "listed", "errors", box=None)
        for run in runs:
            done, known, rate, eta = self._figures(run)
            table.add_row(
                run.site.id, str(done), str(known), f"{rate:.1f}", eta, str(len(run.listed)), str(len(run.errors))
            )
        return table
