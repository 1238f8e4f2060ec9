"""Commands of the collection as such: init, runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from archive.collection.folder import Collection
from archive.collection.reports import as_it_stands, under_way
from archive.errors import ConfigError
from archive.history.account_file import read_account, tables, write_tables
from archive.ledger import chain as ledger
from archive.store.store import open_reader
from crawler.cli.console import collection_of, print_json, run_line


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.pass_context
def init(ctx: click.Context, directory: Path | None) -> None:
    """Create a collection.

    \b
    Example:  fangtan init gansu
    """
    collection = Collection(directory) if directory else collection_of(ctx)
    collection.create()
    key = ledger.ensure_key(collection)
    click.echo(
        f"{collection.root}: a collection; its key is {key.data['fingerprint'][:16]}…; write operator and "
        f"contact into {collection.root / 'fangtan.toml'}, then: fangtan -C {collection.root} crawl URL"
    )


@click.command()
@click.argument("run", required=False)
@click.option("--account", is_flag=True, help="Print the run's account: each list page, each entry and how it ended.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --account: write the tables as files into this folder.",
)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="So many of the last runs.")
@click.option("--all", "every", is_flag=True, help="All runs.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def runs(
    ctx: click.Context, run: str | None, account: bool, into: Path | None, limit: int, every: bool, as_json: bool
) -> None:
    """List what each run did: pages, interviews new/changed/gone, errors, verdict, list pages declared and fetched.

    \b
    Example:  fangtan runs
    """
    if (account and not run) or (into and not account):
        raise click.UsageError("name the RUN whose --account is wanted")
    collection = collection_of(ctx).require()
    rows = _reports(collection, run, None if every else limit)
    if run and not rows:
        raise ConfigError(f"{run}: no such run; see `fangtan runs`")
    if account:
        _account(collection, str(run), rows[0], into, as_json=as_json)
        return
    for report in rows:
        if as_json:
            print_json(report)
        else:
            _show(report, troubles=bool(run))


def _show(report: dict[str, Any], *, troubles: bool) -> None:
    """Print a run as a line, with ``troubles`` what it could not fetch below it."""
    click.echo(run_line(report) if "run" in report else f"unreadable report: {report}")
    for line in _troubles(report) if troubles else ():
        click.echo(line)


def _account(collection: Collection, run: str, report: dict[str, Any], into: Path | None, *, as_json: bool) -> None:
    """Print a run's account, or write it into a folder."""
    made = read_account(collection, run)
    if made is None:
        raise ConfigError(f"{run}: no account of this run; it is made when a run ends")
    if into is not None:
        for path in write_tables(made, into, run):
            click.echo(path)
    elif as_json:
        print_json(
            {
                "run": run,
                **(report.get("account") or {}),
                "lists": made.pages_as_dicts(),
                "lines": made.lines_as_dicts(),
            }
        )
    else:
        for line in (report.get("account") or {}).get("differences", ()):
            click.echo(f"  {line}")
        for name, rows in tables(made).items():
            click.echo(f"{name}\n" + "\n".join("  " + "  ".join(row) for row in rows))


def _reports(collection: Collection, run: str | None, limit: int | None) -> list[dict[str, Any]]:
    """What is known of the last runs, those that are under way last."""
    db = open_reader(collection.store)
    query = "SELECT id, report FROM runs WHERE ?1 IS NULL OR id = ?1 ORDER BY id DESC LIMIT coalesce(?2, -1)"
    reports = [(report,) for _, report in sorted(db.execute(query, (run, limit)))]
    live = {name: row for name, row in under_way(collection).items() if run in (None, name)}
    stored = [found for row in reports if (found := json.loads(row[0])).get("run") not in live]
    return [as_it_stands(collection, report) for report in stored] + list(live.values())


def _troubles(report: dict[str, Any]) -> Iterator[str]:
    """What a run could not fetch, or was refused, address by address."""
    for kind in ("error_list", "refusals", "challenges"):
        name = kind.removesuffix("_list").removesuffix("s")
        for row in report.get(kind, []):
            yield f"  {name}: {row['url']} {row.get('reason') or row.get('rule')}"
