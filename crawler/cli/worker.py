"""The process that crawls for the scheduler: ``schedule work``."""

from __future__ import annotations

import click

from crawler.cli.console import DELAY, collection_of
from crawler.run.options import Options
from crawler.schedule.worker import work


@click.command("work", hidden=True)
@DELAY
@click.pass_context
def schedule_work(ctx: click.Context, delay: float | None) -> None:
    """Run as the scheduler's crawling process: orders as JSON lines on stdin, outcomes on stdout.

    \b
    Example:  fangtan schedule work
    """
    work(collection_of(ctx).require(), Options(delay=delay))
