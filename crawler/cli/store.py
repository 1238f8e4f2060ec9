"""Commands of the store: rebuild, reparse, part, fold, correct."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.store import corrections, overlay
from archive.store.layers import FILES
from archive.store.parts import Parts, parts_in, workers
from archive.store.rebuild import rebuild as run_rebuild
from archive.store.reparse import due
from archive.store.reparse import reparse as run_reparse
from archive.store.store import open_reader
from crawler.cli.console import collection_of, print_json
from crawler.cli.watching import watched

_JOBS = click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that read.")
_DASK = click.option("--dask", metavar="ADDRESS", help="A Dask scheduler whose workers read. They need the folder.")


@click.command()
@_JOBS
@_DASK
@click.option(
    "--parts", "place", metavar="DIR|URL", help="Keep readings here. What is there already is not read again."
)
@click.pass_context
def rebuild(ctx: click.Context, jobs: int, dask: str | None, place: str | None) -> None:
    """Derive the store and the index again from WARC and the collection's plain files. Exit 3 when a correction is
    unreadable.

    Damage is skipped and everything else is read. Each loss is listed with file, offset and record; the exit code is
    then 5.

    \b
    Example:  fangtan rebuild --jobs 4
    """
    collection = collection_of(ctx).require()
    if jobs == 1 and dask is None and place is None:
        _rebuild(ctx, collection, None)
    with workers(jobs, dask) as executor, parts_in(collection, place, executor, at_least=jobs) as parts:
        parts.begin()
        _rebuild(ctx, collection, parts)


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", "place", metavar="DIR|URL", required=True, help="Where parts are kept.")
@_JOBS
@_DASK
@click.pass_context
def part(ctx: click.Context, files: tuple[Path, ...], place: str, jobs: int, dask: str | None) -> None:
    """Read WARC files of the collection, without its store: one part for each site, for `fold`. Exit 3 when one fails.

    A part that is there already is not made again. Without FILE all files are read. A URL (s3://…) needs 'fangtan[s3]'.

    \b
    Example:  fangtan part -o parts archive/620724-*.warc.gz
    Example:  fangtan part -o s3://bucket/parts
    """
    collection = collection_of(ctx).require()
    with workers(jobs, dask) as executor, parts_in(collection, place, executor) as parts:
        parts.begin([path.name for path in files] or None)
        for made in parts.all():
            click.echo(made)
    ctx.exit(3 if parts.failed else 0)


@click.command()
@click.argument("place", metavar="DIR|URL")
@click.pass_context
def fold(ctx: click.Context, place: str) -> None:
    """Rebuild the store and the index with the parts in DIR. What no part holds is read here. Exit codes are rebuild's.

    \b
    Example:  fangtan fold parts
    Example:  fangtan fold s3://bucket/parts
    """
    if "://" not in place and not Path(place).is_dir():
        raise ConfigError(f"{place}: no such folder")
    collection = collection_of(ctx).require()
    with parts_in(collection, place, None) as parts:
        parts.begin()
        _rebuild(ctx, collection, parts)


@click.command()
@_JOBS
@_DASK
@click.pass_context
def reparse(ctx: click.Context, jobs: int, dask: str | None) -> None:
    """Read again what other parsers read: after an update, or when a site file states another family. Exit 5 when
    records are lost.

    What today's parsers read is left alone. Searches are not disturbed; a run that was interrupted continues.

    \b
    Example:  fangtan reparse --jobs 4
    """
    collection = collection_of(ctx).require()
    if jobs == 1 and dask is None:
        _reparse(ctx, collection, None)
    with workers(jobs, dask) as executor, parts_in(collection, None, executor, at_least=jobs) as parts:
        parts.begin(due(collection))
        _reparse(ctx, collection, parts)


def _reparse(ctx: click.Context, collection: Collection, parts: Parts | None) -> None:
    found = run_reparse(collection, parts)
    click.echo(f"{collection.store}: {found.captures} captures of {found.files} files read again")
    for url in found.lost:
        click.echo(f"{url}: its record cannot be read; what was read of it before stays", err=True)
    ctx.exit(5 if found.lost else 0)


def _rebuild(ctx: click.Context, collection: Collection, parts: Parts | None) -> None:
    with watched(collection, quiet=ctx.obj["quiet"]):
        rebuilt = run_rebuild(collection, parts)
    problems = [p for file in FILES for p in file.look(collection).problems]
    click.echo(f"{collection.store}: rebuilt from {rebuilt.records} records")
    for loss in rebuilt.losses:
        click.echo(str(loss))
    for line in problems:
        click.echo(line, err=True)
    if rebuilt.losses:
        click.echo(
            (
                f"{len(rebuilt.losses)} loss(es): bring the files back from a copy, then rebuild again. "
                "请从备份恢复受损文件后重新运行 rebuild。"
            ),
            err=True,
        )
    ctx.exit(5 if rebuilt.losses else 3 if problems else 0)


@click.command()
@click.argument("uid", metavar="INTERVIEW|TURN", required=False)
@click.argument("field", required=False)
@click.argument("value", required=False)
@click.option("--nothing", is_flag=True, help="Correct to no value: the page does not print one.")
@click.option("--author", help="Who makes the correction (required for one).")
@click.option("--reason", help="Why (required for a correction).")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def correct(
    ctx: click.Context,
    uid: str | None,
    field: str | None,
    value: str | None,
    nothing: bool,
    author: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Correct a value that was parsed wrongly, or list the corrections. Parsed values and the text stay unchanged.

    Fields: kind, title, theme, published_at, time_start, time_end, source, guests[N].name|organization|title|person,
    turns[N].speaker|person|role; Of a turn (by its id): speaker, person, role. Of a person (site/name) instead of an
    interview: same_as and not_same_as, another person; same_as itself says that all posts are one person's.

    \b
    Example:  fangtan correct 72a251621b2f8059 'turns[4].role' guest --author 张三 --reason '听录像核对'
    """
    collection = collection_of(ctx).require()
    db = open_reader(collection.store)
    if uid is None:
        _say_corrections(db, as_json=as_json)
        return
    if not field or (value is None) is not nothing or not author or not reason:
        raise click.UsageError(
            "a correction needs INTERVIEW (or TURN) FIELD VALUE (or --nothing), --author and --reason"
        )
    if overlay.lags(db, collection):  # a correction was written down, and then its command was killed
        db.close()
        overlay.lay(collection)
        db = open_reader(collection.store)
    made = corrections.correct(collection, db, uid, field, value, author, reason)
    db.close()
    overlay.lay(collection)
    click.echo(f"{made.uid} {made.field}: {made.old!r} → {made.new!r} ({collection.corrections})")


def _say_corrections(db: sqlite3.Connection, *, as_json: bool) -> None:
    names = ("interview", "field", "old", "new", "author", "reason", "date", "parsed", "applied", "uid", "trouble")
    for row in db.execute(f"SELECT {', '.join(names)} FROM corrections ORDER BY number"):
        data = dict(zip(names, row, strict=True))
        if as_json:
            print_json(data)
        else:
            state = "" if data["applied"] else f"  STALE: {data['trouble']} ({data['parsed']!r})"
            click.echo(
                f"{data['interview']} {data['field']}: {data['old']!r} → {data['new']!r}  {data['author']} "
                f"{data['date']}: {data['reason']}{state}"
            )
