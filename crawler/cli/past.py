"""``fangtan past``: what a web archive holds of a site comes in."""

from __future__ import annotations

import click

from archive.collection.urls import is_web
from archive.errors import ConfigError
from crawler.cli.console import SECONDS, collection_of, print_json
from crawler.past.asking import WebArchive
from crawler.past.fetching import fetch_past

_SHOWN = 20


@click.command()
@click.argument("site")
@click.option(
    "--archive", "base", required=True, help="Where the archive replays, such as https://web.archive.org/web/."
)
@click.option("--cdx", "server", help="Address of its CDX server, when it is elsewhere.")
@click.option("--limit", type=click.IntRange(min=1), default=500, show_default=True, help="Captures of this call.")
@click.option("--delay", type=SECONDS, default=5.0, show_default=True, help="Seconds between two requests.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def past(ctx: click.Context, site: str, base: str, server: str | None, limit: int, delay: float, as_json: bool) -> None:
    """Fetch what a web archive holds of a site, its vanished interviews first. Exit 3 when something is left.

    Each capture keeps its time and its source. Run it again for the rest: what is here is not asked for.

    \b
    Example:  fangtan past 620724 --archive https://web.archive.org/web/
    """
    collection = collection_of(ctx).require()
    found = collection.site(site)
    if found is None:
        raise ConfigError(f"{site}: no such site; `fangtan sites list` names them")
    for url in filter(None, (base, server)):
        if not is_web(url):
            raise ConfigError(f"{url}: expected an http(s) address")
    archive = WebArchive(
        base.rstrip("/") + "/", collection.user_agent, delay, collection.setting("defaults", "max_bytes")
    )

    def told(line: str) -> None:
        if not ctx.obj["quiet"]:
            click.echo(line, err=True)

    done = fetch_past(collection, found, archive, server=server, limit=limit, told=told)
    if as_json:
        print_json(done)
    else:
        for fault in done.faults[:_SHOWN]:
            click.echo(f"not fetched: {fault}", err=True)
        click.echo(f"{done.fetched} captures fetched of {done.held} that were not here; {done.left} left")
    ctx.exit(3 if done.faults or done.left else 0)
