"""Commands of the collection as such: init, status, runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from archive.collection import clock
from archive.collection.crawldb import under_way
from archive.collection.folder import Collection
from archive.collection.reports import as_it_stands
from archive.collection.times import SHANGHAI
from archive.errors import ConfigError
from archive.history.health import Health, health
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
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Print one line per site, problems first: health, last good run, next run, what to do. Exit 4 or 3 on problems.

    \b
    Example:  fangtan status
    """
    rows = health(collection_of(ctx).require(), clock.now())
    for row in rows:
        if as_json:
            print_json(row.as_dict())
        else:
            click.echo("\n".join(status_lines(row)))
    if not rows and not as_json:
        click.echo("no site yet; fangtan sites add URL", err=True)
    ctx.exit(worst(row.health for row in rows))


def status_lines(row: Health) -> Iterator[str]:
    """A site's health in words; what helps, when something is wrong."""
    following = row.next_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if row.next_at else row.state
    good = row.last_good[:10] if row.last_good else "never"
    interviews = (row.last or {}).get("interviews")
    yield (
        f"{row.health:14}  {row.id}  {row.name}  last good {good}  next {following}  "
        f"{interviews if interviews is not None else 0} interviews"
    )
    if row.state == "running":
        yield f"    running {row.why}"
    if not row.good:
        since = f" (since {row.since[:10]})" if row.since else ""
        yield f"    {row.reason or row.health}{since}"
        if row.fix:
            yield f"    → {row.fix}"


def worst(words: Iterable[str]) -> int:
    """An exit code for the health of many sites: 4 blocked or tampered with, 3 anything else that needs a look."""
    found = set(words)
    if found & {"blocked", "tampered"}:
        return 4
    return 3 if found - {"ok", "new"} else 0


@click.command()
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def runs(ctx: click.Context, run: str | None, as_json: bool) -> None:
    """List what each run did: pages, interviews new/changed/gone, errors, verdict, list pages declared and fetched.

    \b
    Example:  fangtan runs
    """
    rows = _reports(collection_of(ctx).require(), run)
    if run and not rows:
        raise ConfigError(f"{run}: no such run; see `fangtan runs`")
    for report in rows:
        if as_json:
            print_json(report)
        else:
            click.echo(run_line(report) if "run" in report else f"unreadable report: {report}")
            for line in _troubles(report) if run else ():
                click.echo(line)


def _reports(collection: Collection, run: str | None) -> list[dict[str, Any]]:
    """What is known of the runs, those that are under way last."""
    db = open_reader(collection.store)
    reports = db.execute("SELECT report FROM runs WHERE ? IS NULL OR id = ? ORDER BY id", (run, run))
    live = {
        row["run"]: row
        for row in under_way(collection.crawl_db)
        if run in (None, row["run"]) and collection.locked(f"site-{row['site']}")
    }
    stored = (as_it_stands(collection, json.loads(r[0])) for r in reports)
    return [report for report in stored if report.get("run") not in live] + list(live.values())


def _troubles(report: dict[str, Any]) -> Iterator[str]:
    """What a run could not fetch, or was refused, address by address."""
    for kind in ("error_list", "refusals", "challenges"):
        name = kind.removesuffix("_list").removesuffix("s")
        for row in report.get(kind, []):
            yield f"  {name}: {row['url']} {row.get('reason') or row.get('rule')}"
