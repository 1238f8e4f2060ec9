"""Commands of the archive: verify, ledger, record, rebuild, packages, replay, differences, archives of others."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.collection import Collection
from crawler.console import collection_of, print_json
from parsers.errors import ConfigError

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--reparse", is_flag=True, help="Derive every record again from WARC and compare with the store.")
@click.option("--key", help="Fingerprint that the ledger's key must have (16 digits or more).")
@click.option("--head", "heads", multiple=True, help="A ledger head you hold from earlier; it must still be there.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; by default one a core.")
@click.option("--json", "as_json", is_flag=True, help="One JSON report instead of lines.")
@click.pass_context
def verify(
    ctx: click.Context,
    files: tuple[Path, ...],
    reparse: bool,
    key: str | None,
    heads: tuple[str, ...],
    jobs: int | None,
    as_json: bool,
) -> None:
    """Check WARC records, index, ledger, store and packages against each other; exit 5 when anything is wrong.

    With FILES, check these WARC or WACZ files instead, whoever made them.

    \b
    Example:  fangtan verify --reparse --head 3f9a…
    """
    from archive.verify import Options, Summary, verify_collection, verify_files  # noqa: PLC0415

    summary, options, kept = Summary(), Options(reparse, key, heads, jobs or 0), []
    if files and (reparse or key or heads):
        raise click.UsageError("--reparse, --key and --head are about a collection, not about FILES")
    faults = (
        verify_files(files, summary, options)
        if files
        else verify_collection(collection_of(ctx).require(), summary, options)
    )
    for fault in faults:
        if as_json:
            kept.append(fault.as_dict())
        else:
            click.echo(str(fault))
    if as_json:
        by_level = {f"{level}s": [f for f in kept if f["level"] == level] for level in ("fault", "note")}
        print_json({"ok": not summary.faults, **summary.as_dict(), **by_level})
    else:
        click.echo(
            f"{summary.files} files, {summary.records} records, {summary.captures} captures, {summary.quotes} quotes, "
            f"{summary.packages} packages checked: {summary.faults or 'no'} fault(s), {summary.notes} note(s)"
            + (f"\nledger head {summary.head}" if summary.head else ""),
            err=True,
        )
    ctx.exit(5 if summary.faults else 0)


@click.command()
@click.option("--new-key", is_flag=True, help="Begin a new signing key, endorsed by the old one when that is at hand.")
@click.option("--reason", help="Why the key is new; goes into the ledger.")
@click.option("--stamp", is_flag=True, help="Have the head time-stamped by the RFC 3161 authority of fangtan.toml.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def ledger(ctx: click.Context, new_key: bool, reason: str | None, stamp: bool, as_json: bool) -> None:
    """Print the ledger's head, for publication: whoever holds it can tell later whether entries were removed.

    \b
    Example:  fangtan ledger --json > head-2026-11-25.json
    """
    from archive import ledger as entries  # noqa: PLC0415
    from archive import timestamp  # noqa: PLC0415
    from archive.verify import head_of  # noqa: PLC0415

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
@click.argument("capture")
@click.option("--json", "as_json", is_flag=True, help="Where the record stands, instead of its bytes.")
@click.pass_context
def record(ctx: click.Context, capture: str, as_json: bool) -> None:
    """Print the WARC record behind a capture or a turn, byte for byte.

    \b
    Example:  fangtan record 6d11b386b6adbe89.1.4 | less
    """
    from archive.records import Position, read_at  # noqa: PLC0415
    from archive.store import open_reader  # noqa: PLC0415

    collection = collection_of(ctx).require()
    db = open_reader(collection.store)
    row = db.execute(
        """SELECT id, url, fetched_at, status, sha256, warc_file, warc_offset, warc_length, record_id FROM captures
           WHERE id = :id OR record_id = :id OR id IN (SELECT v.capture FROM _turns t JOIN versions v ON v.id = t.version WHERE t.id = :id)
              OR id IN (SELECT capture FROM interviews WHERE uid = :id)""",
        {"id": capture},
    ).fetchone()
    if row is None:
        raise ConfigError(f"{capture}: no such capture, turn or interview in {collection.store}")
    found = read_at(collection.archive, Position(row[5], row[6], row[7]))
    if as_json:
        names = (
            "capture",
            "url",
            "fetched_at",
            "status",
            "sha256",
            "warc_file",
            "warc_offset",
            "warc_length",
            "record_id",
        )
        print_json({**dict(zip(names, row, strict=True)), "warc_headers": [list(h) for h in found.headers]})
        return
    head = "\r\n".join([found.version, *(f"{n}: {v}" for n, v in found.headers)]) + "\r\n\r\n"
    out = sys.stdout.buffer
    out.write(head.encode() + found.block + b"\r\n\r\n")


@click.command()
@click.pass_context
def rebuild(ctx: click.Context) -> None:
    """Make the store and the index again from WARC and the collection's plain files.

    \b
    Example:  fangtan rebuild
    """
    from archive.rebuild import rebuild as run_rebuild  # noqa: PLC0415

    collection = collection_of(ctx).require()
    click.echo(f"{collection.store}: rebuilt from {run_rebuild(collection)} records")


@click.command()
@click.argument("target", required=False, metavar="[SITE|RUN|URL|INTERVIEW]")
@click.option("--since", help="Only captures since this day.")
@click.option(
    "--with-personal-data",
    "personal",
    is_flag=True,
    help="Include API responses that carry personal data (ip, memberId, phone …).",
)
@click.option("-o", "--output", type=_FILE, help="Where to write; default packages/NAME.wacz.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def package(
    ctx: click.Context, target: str | None, since: str | None, personal: bool, output: Path | None, as_json: bool
) -> None:
    """Write a signed WACZ package of the collection, a site, a run, a page or an interview.

    \b
    Example:  fangtan package 620724 --since 2026-01-01
    """
    from archive.wacz import package as write  # noqa: PLC0415

    collection: Collection = collection_of(ctx).require()
    made = write(collection, target, since=since, output=output, personal=personal)
    if as_json:
        print_json(
            {
                name: str(value) if isinstance(value, Path) else value
                for name, value in ((n, getattr(made, n)) for n in made.__slots__)
            }
        )
        return
    click.echo(
        f"{made.path}: {made.captures} captures, {made.pages} pages, {'signed' if made.signed else 'not signed: the key is not here'}"
        + (
            f", {made.left_out} API response(s) with personal data left out (--with-personal-data includes them)"
            if made.left_out
            else ""
        )
        + f"\nsha256 {made.sha256}"
    )


commands: tuple[click.Command, ...] = (verify, ledger, record, rebuild, package)
