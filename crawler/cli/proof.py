"""What the archive proves: ledger, record."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from archive.errors import ConfigError
from archive.ledger import chain as entries
from archive.ledger import timestamp
from archive.store.store import open_reader
from archive.verify import head_of
from archive.verify.provenance import as_text, find, provenance
from archive.warc.records import Position, read_at
from crawler.cli.console import collection_of, print_json


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
