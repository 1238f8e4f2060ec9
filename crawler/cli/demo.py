"""``fangtan demo``."""

from __future__ import annotations

import click

from crawler.cli.console import collection_of
from crawler.demo.command import run_demo


@click.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Crawl the bundled county end to end: real HTTP on loopback, real WARC, real SQLite.

    \b
    Example:  fangtan -C demo demo
    """
    ctx.exit(run_demo(collection_of(ctx), quiet=ctx.obj["quiet"]))
