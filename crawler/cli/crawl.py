"""``fangtan crawl``."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from crawler.chosen import interrupted_sites, select_sites
from crawler.cli.console import collection_of, print_json, run_line
from crawler.run.indexing import Indexer
from crawler.schedule.progress import Progress

if TYPE_CHECKING:
    from crawler.process import Crawled


@click.command()
@click.argument("targets", nargs=-1, metavar="[SITE|URL]...")
@click.option(
    "--delay",
    type=click.FloatRange(min=0),
    help=(
        "Seconds between requests to one host, never less than robots.txt's Crawl-delay. 0 also turns off the extra "
        "delay for slow servers."
    ),
)
@click.option("--limit", type=click.IntRange(min=1), help="Fetch at most this many interview pages.")
@click.option(
    "--recheck",
    is_flag=True,
    help="Fetch every known interview again, conditionally. Without this option only due ones are fetched.",
)
@click.option("--sweep", is_flag=True, help="Read every list page. Without this option a crawl stops at known entries.")
@click.option("--patch", is_flag=True, help="Ask only for what the last account of the site misses.")
@click.option("--resume", is_flag=True, help="Only continue an interrupted run.")
@click.option("--fresh", is_flag=True, help="Drop the queue of an interrupted run.")
@click.option("--clock-is-right", is_flag=True, help="Begin although the ledger's last entry says a later time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON report per run.")
@click.option(
    "--notify/--no-notify",
    "tell",
    default=None,
    help="Send notices as the scheduler does. The default is to send them when there is no terminal, as from cron.",
)
@click.pass_context
def crawl(
    ctx: click.Context,
    targets: tuple[str, ...],
    delay: float | None,
    limit: int | None,
    recheck: bool,
    sweep: bool,
    patch: bool,
    resume: bool,
    fresh: bool,
    clock_is_right: bool,
    as_json: bool,
    tell: bool | None,
) -> None:
    """Crawl sites of the collection, or a URL: a section, a home page, one interview.

    \b
    Example:  fangtan crawl https://www.gaotai.gov.cn/hdjl/zwft/
    """
    _refuse_contradictions(resume=resume, fresh=fresh, patch=patch, more=sweep or recheck or resume)
    collection = collection_of(ctx).create()
    indexer = Indexer(collection)
    indexer.load()
    process = import_module("crawler.process")  # Scrapy; the indexer loads beside it
    try:
        chosen = interrupted_sites(collection) if resume and not targets else select_sites(collection, targets)
        for line in chosen.left_out:
            click.echo(line, err=True)
        more = {"sweep": sweep, "patch": patch, "clock_is_right": clock_is_right}
        options = process.Options(delay, limit, recheck, resume, fresh or patch, **more)
        with Progress(quiet=ctx.obj["quiet"]) as progress:
            crawled = process.crawl(collection, chosen.sites, options, progress.runs, indexer)
    finally:
        indexer.finish()
    if not crawled.outcomes and not crawled.failed:
        click.echo("nothing to resume", err=True)
    _show(crawled, as_json=as_json)
    wanted = tell if tell is not None else not sys.stderr.isatty()
    if wanted:
        notify = import_module("crawler.schedule.notify")
        notify.tell_all(collection, [outcome.report for outcome in crawled.outcomes], crawled.failed)
    ctx.exit(process.exit_code(crawled.outcomes, [*chosen.left_out, *crawled.failed]))


def _refuse_contradictions(*, resume: bool, fresh: bool, patch: bool, more: bool) -> None:
    """Options that exclude each other are an error of use; ``more``: a patch is asked for more than its own pages."""
    if resume and fresh:
        raise click.UsageError("--resume and --fresh exclude each other")
    if patch and more:
        raise click.UsageError("--patch asks for nothing else: leave out --sweep, --recheck, --resume")


def _show(crawled: Crawled, *, as_json: bool) -> None:
    for outcome in crawled.outcomes:
        if as_json:
            print_json(outcome.report)
        else:
            click.echo(run_line(outcome.report))
    for line in crawled.failed:
        click.echo(line, err=True)
