"""What sites did to their pages: diff, changes, tamper."""

from __future__ import annotations

from pathlib import Path

import click

from archive.collection.folder import write_atomically
from archive.errors import ConfigError
from archive.research.changes import happened
from archive.research.diff import as_html, as_text, differences
from archive.research.recurring import recurrences
from archive.store.store import open_reader
from crawler.cli.console import collection_of, print_json

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("target", metavar="URL|INTERVIEW")
@click.argument("before", required=False, metavar="[A")
@click.argument("after", required=False, metavar="B]")
@click.option("--json", "as_json", is_flag=True)
@click.option("--html", "page", type=_FILE, help="Write one self-contained page.")
@click.pass_context
def diff(
    ctx: click.Context, target: str, before: str | None, after: str | None, as_json: bool, page: Path | None
) -> None:
    """Show what a site changed on a page: numbers and names first, then fields and turns with the changed characters.

    A and B are version numbers, capture ids or prefixes of a capture time. Without them each version is compared with
    the next.

    \b
    Example:  fangtan diff https://www.gaotai.gov.cn/zwft/t20211223_771589.html 1 2
    """
    found = differences(open_reader(collection_of(ctx).require().store), target, before, after)
    if page is not None:
        write_atomically(page, as_html(found, target).encode())
        click.echo(f"{page}: {sum(len(d.changes) for d in found)} change(s)", err=True)
        return
    for difference in found:
        if as_json:
            print_json(difference.as_dict())
        else:
            click.echo(as_text(difference))
    if not found and not as_json:
        click.echo(f"{target}: captured, and the same ever since", err=True)


@click.command()
@click.option("--site", help="Only this site.")
@click.option("--since", help="Only changes seen since this day.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def changes(ctx: click.Context, site: str | None, since: str | None, as_json: bool) -> None:
    """List interviews that are gone, changed after publication, or were hijacked after their first capture.

    \b
    Example:  fangtan changes --since 2026-11-01
    """
    found = happened(open_reader(collection_of(ctx).require().store), site, since)
    for row in found:
        if as_json:
            print_json(row.as_dict())
        else:
            click.echo(
                f"{row.at[:10]} {row.what:8} {row.title or '(no title)'}  {row.uid}\n  {row.url}\n  {row.detail}"
            )
    if not found and not as_json:
        click.echo("nothing gone, changed or hijacked", err=True)


@click.command()
@click.option("--site", help="Only this site.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def tamper(ctx: click.Context, site: str | None, as_json: bool) -> None:
    """List injected text that recurs in a site's interviews, also where no single page proves it. Exit 4 when there is
    any.

    \b
    Example:  fangtan tamper
    """
    db = open_reader(collection_of(ctx).require().store)
    if site and db.execute("SELECT 1 FROM sites WHERE id = ?", (site,)).fetchone() is None:
        raise ConfigError(f"{site}: no such site in the store; see `fangtan sites list`")
    found = recurrences(db, site)
    for row in found:
        if as_json:
            print_json(row.as_dict())
        else:
            click.echo(
                f"{row.site}  {row.text}  {row.rule}: {row.occurrences} times in {row.interviews} interview(s)  "
                f"{' '.join(row.examples)}"
            )
    if not found and not as_json:
        click.echo("nothing recurs that does not belong there", err=True)
    ctx.exit(4 if found else 0)
