"""Keeping for decades: fixity, replicas."""

from __future__ import annotations

from pathlib import Path

import click

from archive.collection.folder import Collection
from archive.collection.shelf import shelf_of
from archive.keeping.fixity import DERIVED, Outcome, check_fixity, enter
from archive.keeping.replicas import Copying, compare, replicate
from archive.keeping.restore import cure, restore
from crawler.cli.console import collection_of, print_json, with_known
from crawler.cli.faults import Found, tell


def fixity(collection: Collection, *, key: str | None, heads: tuple[str, ...], jobs: int, as_json: bool) -> int:
    """Compare all files with the ledger, and enter what was found.

    :returns: the exit code
    """
    outcome = Outcome()
    faults = check_fixity(collection, outcome, key=key, heads=heads, jobs=jobs, cure=lambda h: cure(collection, h))
    report = outcome.as_entry
    code = tell(Found(faults, report, lambda: _summed(outcome), lambda: outcome.ok), as_json=as_json)
    why = enter(collection, outcome)
    if why is not None:
        click.echo(f"what was found is not entered into the ledger: {why}", err=True)
    return code


def _summed(outcome: Outcome) -> str:
    return (
        f"{outcome.checked} files, {outcome.bytes} bytes compared with the ledger: {outcome.faults or 'no'} fault(s); "
        f"not checked: {len(outcome.unchecked)} file(s), and {DERIVED}"
    )


def against(collection: Collection, dest: str, *, key: str | None, heads: tuple[str, ...], as_json: bool) -> int:
    """Compare a replica with the ledger.

    :returns: the exit code
    """
    done = Copying()
    faults = compare(collection, shelf_of(dest, collection.root), done, key, heads)

    def summed() -> str:
        return f"{dest}: {done.same} files as the ledger says: {done.faults or 'no'} fault(s), {done.notes} note(s)"

    return tell(Found(faults, lambda: _report(dest, done), summed, lambda: not done.faults), as_json=as_json)


def _report(dest: str, done: Copying) -> dict[str, object]:
    return {"replica": dest, "copied": done.copied, "replaced": done.replaced, "same": done.same, "bytes": done.bytes}


@click.command("replicate")
@click.argument("dest")
@with_known
@click.option("--json", "as_json", is_flag=True, help="Print one JSON report instead of lines.")
@click.pass_context
def replicate_to(ctx: click.Context, dest: str, key: str | None, heads: tuple[str, ...], as_json: bool) -> None:
    """Copy what the ledger vouches for to a folder or to S3, and read it back. Nothing there is overwritten.

    DEST is a folder or a URL (s3://bucket/folder). What is there already is compared. A file is only replaced where the
    ledger names the bytes there as an earlier state, as after a takedown. Exit 5 when something is not as it must be.

    \b
    Example:  fangtan replicate /mnt/second/gansu
    """
    collection, done = collection_of(ctx).require(), Copying()
    where = str(Path(dest).expanduser().absolute()) if "://" not in dest else dest
    faults = replicate(collection, shelf_of(where, collection.root), done, key, heads)

    def summed() -> str:
        counts = f"{done.copied} files copied, {done.replaced} replaced, {done.same} there already"
        return f"{where}: {counts}: {done.faults or 'no'} fault(s), {done.notes} note(s)"

    found = Found(faults, lambda: _report(where, done), summed, lambda: not done.faults)
    ctx.exit(tell(found, as_json=as_json))


@click.command("restore")
@click.argument("file")
@click.option("--from", "dest", required=True, help="The replica: a folder, or a URL.")
@with_known
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def restore_from(
    ctx: click.Context, file: str, dest: str, key: str | None, heads: tuple[str, ...], as_json: bool
) -> None:
    """Bring a damaged or lost file back from a replica, when its bytes are those that the signed ledger names.

    \b
    Example:  fangtan restore archive/620724-20261125.warc.gz --from /mnt/second/gansu
    """
    collection = collection_of(ctx).require()
    done = restore(collection, file, shelf_of(dest, collection.root), key, heads)
    if as_json:
        print_json(done)
    elif done.was is None:
        click.echo(f"{done.name}: as the ledger says; nothing to restore")
    else:
        click.echo(f"{done.name}: {done.size} bytes restored; run `fangtan rebuild` if captures were lost")
