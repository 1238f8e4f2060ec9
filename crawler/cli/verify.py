"""What the archive proves: verify, ledger, record."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from archive.errors import ConfigError
from archive.ledger import chain as entries
from archive.ledger import timestamp
from archive.store.store import open_reader
from archive.verify import Fault, Options, Summary, head_of, verify_collection, verify_files
from archive.verify.provenance import as_text, find, provenance
from archive.warc.records import Position, read_at
from crawler.cli.console import FINGERPRINT, HEAD, collection_of, print_json

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--reparse", is_flag=True, help="Derive every record again from WARC and compare with the store.")
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
    key: str | None,
    heads: tuple[str, ...],
    more: Path | None,
    ca: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Check WARC records, index, ledger, store and packages against each other. Exit 5 when anything is wrong.

    With FILES, check these WARC or WACZ files instead, of any origin. A package of fangtan proves itself to
    anyone who holds a key or a head.

    \b
    Example:  fangtan verify --reparse --head 3f9a…
    """
    summary, options = Summary(), Options(reparse, key, heads, jobs or 0, more, ca)
    if files and reparse:
        raise click.UsageError("--reparse is about a collection, not about FILES")
    if (more or ca) and not files:
        raise click.UsageError("--ledger and --ca are about packages; a collection has its own ledger")
    if files:
        faults = verify_files(files, summary, options)
    else:
        faults = verify_collection(collection_of(ctx).require(), summary, options)
    if as_json:
        by_level = _by_level(faults)
        print_json({"ok": not summary.faults, **summary.as_dict(), **by_level})
    else:
        for fault in faults:
            click.echo(str(fault))
        click.echo(_summed(summary), err=True)
    ctx.exit(5 if summary.faults else 0)


def _by_level(faults: Iterable[Fault]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"faults": [], "notes": []}
    for fault in faults:
        found[f"{fault.level}s"].append(fault.as_dict())
    return found


def _summed(summary: Summary) -> str:
    return (
        f"{summary.files} files, {summary.records} records, {summary.captures} captures, {summary.quotes} quotes, "
        f"{summary.packages} packages checked: {summary.faults or 'no'} fault(s), {summary.notes} note(s)"
        + (f"\nledger head {summary.head}" if summary.head else "")
    )


@click.command()
@click.option("--new-key", is_flag=True, help="Begin a new signing key, endorsed by the old one if it is available.")
@click.option("--reason", help="Why the key is new; recorded in the ledger.")
@click.option("--stamp", is_flag=True, help="Time-stamp the head at the RFC 3161 authority of fangtan.toml.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def ledger(ctx: click.Context, new_key: bool, reason: str | None, stamp: bool, as_json: bool) -> None:
    """Print the ledger's current head. Publish it: anyone who holds an old head can detect later deletions.

    \b
    Example:  fangtan ledger --json > head-2026-11-25.json
    """
    collection = collection_of(ctx).require()
    if new_key:
        entries.ensure_key(collection, new=True, reason=reason or "a new key")
    head = head_of(collection)
    if head is None:
        raise ConfigError(f"{collection.ledger}: no entry yet; crawl something")
    if stamp:
        head["timestamp"] = str(timestamp.stamp(collection, entries.read(collection.ledger)[-1]))
    if as_json:
        print_json(head)
        return
    for name, value in head.items():
        click.echo(f"{name}: {value}" if name != "public_key" else str(value or "no key"))


@click.command()
@click.argument("capture", metavar="CAPTURE|TURN|INTERVIEW")
@click.option("--raw", is_flag=True, help="Write only the WARC record, byte for byte.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def record(ctx: click.Context, capture: str, raw: bool, as_json: bool) -> None:
    """Show the WARC record of any row: headers, digests, request, certificate, evidence, commands that check it without
    fangtan.

    \b
    Example:  fangtan record 6d11b386b6adbe89.t3f9a0c5d1e2b4a68
    """
    collection = collection_of(ctx).require()
    db = open_reader(collection.store)
    if raw:
        row = find(collection, db, capture)
        found = read_at(collection.archive, Position(row["warc_file"], row["warc_offset"], row["warc_length"]))
        head = "\r\n".join([found.version, *(f"{n}: {v}" for n, v in found.headers)]) + "\r\n\r\n"
        sys.stdout.buffer.write(head.encode() + found.block + b"\r\n\r\n")
        return
    story = provenance(collection, db, capture)
    if as_json:
        print_json(asdict(story))
    else:
        click.echo(as_text(story))
