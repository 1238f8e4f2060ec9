"""``fangtan sites list``."""

from __future__ import annotations

import click

from archive.collection.sites import SiteFile, overlapping
from crawler.cli.console import collection_of, print_json


@click.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def sites_list(ctx: click.Context, as_json: bool) -> None:
    """List the sites. Report wrong files with their line. Exit 3 when a file is wrong, 2 when all are.

    \b
    Example:  fangtan sites list
    """
    files = collection_of(ctx).require().site_files()
    wrong = [problem for file in files for problem in file.problems]
    for file in files:
        _show(file, as_json=as_json)
    for line in (*wrong, *(said for _, said in overlapping(files))):
        click.echo(line, err=True)
    if wrong:
        ctx.exit(2 if all(file.problems for file in files) else 3)


def _show(file: SiteFile, *, as_json: bool) -> None:
    """Print a site; of a file that is wrong, nothing."""
    site = file.site
    if site is None or file.problems:
        return
    if as_json:
        print_json({"id": site.id, "name": site.name, "section": list(site.section), "family": site.family})
    else:
        click.echo(f"{site.id}  {site.name}  {site.family or 'family detected'}  {' '.join(site.section)}")
