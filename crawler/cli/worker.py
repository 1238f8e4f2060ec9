"""The process that crawls for the scheduler: ``schedule work``."""

from __future__ import annotations

import click

from crawler.cli.console import DELAY, collection_of
from crawler.leases.leased import crawl
from crawler.run.options import Options
from crawler.schedule.worker import work


@click.command("work", hidden=True)
@DELAY
@click.option("--dask", metavar="ADDRESS", help="A Dask scheduler whose workers crawl.")
@click.option("--leased", type=float, metavar="TIME", help="Crawl the site of this collection's lease until then.")
@click.pass_context
def schedule_work(ctx: click.Context, delay: float | None, dask: str | None, leased: float | None) -> None:
    """Run as the scheduler's crawling process: orders as JSON lines on stdin, outcomes on stdout.

    \b
    Example:  fangtan schedule work
    """
    collection = collection_of(ctx).require()
    if leased is not None:
        crawl(collection, leased)
        return
    work(collection, Options(delay=delay), dask)
