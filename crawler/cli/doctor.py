"""``fangtan doctor``."""

from __future__ import annotations

import click

from archive.history.doctor import check_up
from crawler.cli.console import collection_of, print_json


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check the machine and the collection: what will fail, and what to do. Exit 2 when something will.

    \b
    Example:  fangtan -C gansu doctor
    """
    found = list(check_up(collection_of(ctx)))
    for finding in found:
        if as_json:
            print_json(finding)
        else:
            advice = f"  → {finding.advice}" if finding.advice else ""
            click.echo(f"{finding.state:4} {finding.what}: {finding.found}{advice}")
    ctx.exit(2 if any(f.state == "bad" for f in found) else 0)
