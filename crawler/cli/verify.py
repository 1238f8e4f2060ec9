"""``fangtan verify``: its options. What a check needs is loaded when it is asked for."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import click

from archive.collection.folder import Collection
from crawler.cli.console import FINGERPRINT, HEAD, collection_of

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--reparse", is_flag=True, help="Derive every record again from WARC and compare with the store.")
@click.option("--fixity", is_flag=True, help="Only compare the files with the ledger, and enter what was found.")
@click.option("--replica", metavar="DEST", help="Only compare a replica (a folder or a URL) with the ledger.")
@click.option(
    "--key", type=FINGERPRINT, help="Fingerprint of a key you know (16 digits or more); later keys must be endorsed."
)
@click.option(
    "--head",
    "heads",
    multiple=True,
    type=HEAD,
    help="A ledger head from earlier; what it vouches for must be unchanged.",
)
@click.option("--ledger", "more", type=_FILE, help="With FILES: a ledger, when the head is later than the package.")
@click.option(
    "--ca", type=_FILE, help="With FILES: more root certificates (PEM) for signatures by domain and time stamps."
)
@click.option("--jobs", type=click.IntRange(min=1), help="Number of processes; default one per core.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON report instead of lines.")
@click.pass_context
def verify(
    ctx: click.Context,
    files: tuple[Path, ...],
    reparse: bool,
    fixity: bool,
    replica: str | None,
    key: str | None,
    heads: tuple[str, ...],
    more: Path | None,
    ca: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Check WARC records, index, ledger, store and packages against each other. Exit 5 when anything is wrong.

    With FILES, check these WARC or WACZ files instead, of any origin. A package of fangtan proves itself to
    anyone who holds a key or a head. With --fixity, only read the files' bytes: the check for every day.

    \b
    Example:  fangtan verify --reparse --head 3f9a…
    """
    _agree(files, whole=bool(reparse or fixity or replica), packages=bool(more or ca))
    if reparse + fixity + bool(replica) > 1:
        raise click.UsageError("--reparse, --fixity and --replica are three checks: name one of them")
    if replica:
        ctx.exit(
            import_module("crawler.cli.keeping").against(_kept(ctx), replica, key=key, heads=heads, as_json=as_json)
        )
    if fixity:
        collection = _kept(ctx)
        check = import_module("crawler.cli.keeping").fixity
        ctx.exit(check(collection, key=key, heads=heads, jobs=jobs or 0, as_json=as_json))
    checking = import_module("crawler.cli.checking")
    options = checking.Options(reparse, key, heads, jobs or 0, more, ca)
    found = checking.files(files, options) if files else checking.whole(_kept(ctx), options)
    ctx.exit(import_module("crawler.cli.faults").tell(found, as_json=as_json))


def _kept(ctx: click.Context) -> Collection:
    """The collection; one that has lost its ``fangtan.toml`` is checked, too."""
    collection = collection_of(ctx)
    return collection if os.path.lexists(collection.ledger) else collection.require()


def _agree(files: tuple[Path, ...], *, whole: bool, packages: bool) -> None:
    if files and whole:
        raise click.UsageError("--reparse, --fixity and --replica are about a collection, not about FILES")
    if packages and not files:
        raise click.UsageError("--ledger and --ca are about packages; a collection has its own ledger")
