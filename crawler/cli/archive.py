"""Commands of the archive: verify, ledger, record, rebuild, packages, replay, differences, archives of others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.collection.folder import Collection
from archive.errors import ConfigError
from crawler.cli.console import collection_of, print_json

if TYPE_CHECKING:  # it loads the whole store
    from archive.handover.imports import Intake, Taken

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--reparse", is_flag=True, help="Derive every record again from WARC and compare with the store.")
@click.option("--key", help="Fingerprint that the ledger's key must have (16 digits or more).")
@click.option("--head", "heads", multiple=True, help="A ledger head from earlier; the ledger must still contain it.")
@click.option("--jobs", type=click.IntRange(min=1), help="Number of processes; default one per core.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON report instead of lines.")
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
    """Check WARC records, index, ledger, store and packages against each other. Exit 5 when anything is wrong.

    With FILES, check these WARC or WACZ files instead, of any origin.

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
    from archive.ledger import chain as entries  # noqa: PLC0415
    from archive.ledger import timestamp  # noqa: PLC0415
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
@click.argument("capture", metavar="CAPTURE|TURN|INTERVIEW")
@click.option("--raw", is_flag=True, help="Write only the WARC record, byte for byte.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def record(ctx: click.Context, capture: str, raw: bool, as_json: bool) -> None:
    """Show the WARC record of any row: headers, digests, request, certificate, evidence, commands that check it without fangtan.

    \b
    Example:  fangtan record 6d11b386b6adbe89.t3f9a0c5d1e2b4a68
    """
    from dataclasses import asdict  # noqa: PLC0415

    from archive.store.store import open_reader  # noqa: PLC0415
    from archive.verify.provenance import as_text, find, provenance  # noqa: PLC0415
    from archive.warc.records import Position, read_at  # noqa: PLC0415

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


@click.command()
@click.argument("target", metavar="URL|INTERVIEW")
@click.argument("before", required=False, metavar="[A")
@click.argument("after", required=False, metavar="B]")
@click.option("--json", "as_json", is_flag=True)
@click.option("--html", "page", type=_FILE, help="Write one self-contained page.")
@click.pass_context
def diff(
    ctx: click.Context, target: str, before: str | None, after: str | None, as_json: bool, page: Path | None
) -> None:
    """Show what a site changed on a page: numbers and names first, then fields and turns with the changed characters.

    A and B are version numbers, capture ids or prefixes of a capture time. Without them each version is compared with the next.

    \b
    Example:  fangtan diff https://www.gaotai.gov.cn/zwft/t20211223_771589.html 1 2
    """
    from archive.collection.folder import write_atomically  # noqa: PLC0415
    from archive.research.diff import as_html, as_text, differences  # noqa: PLC0415
    from archive.store.store import open_reader  # noqa: PLC0415

    found = differences(open_reader(collection_of(ctx).require().store), target, before, after)
    if page is not None:
        write_atomically(page, as_html(found, target).encode())
        click.echo(f"{page}: {sum(len(d.changes) for d in found)} change(s)", err=True)
        return
    for difference in found:
        if as_json:
            print_json(difference.as_dict())
        else:
            click.echo(as_text(difference))
    if not found and not as_json:
        click.echo(f"{target}: captured, and the same ever since", err=True)


@click.command()
@click.option("--site", help="Only this site.")
@click.option("--since", help="Only changes seen since this day.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def changes(ctx: click.Context, site: str | None, since: str | None, as_json: bool) -> None:
    """List interviews that are gone, changed after publication, or were hijacked after their first capture.

    \b
    Example:  fangtan changes --since 2026-11-01
    """
    from archive.research.changes import happened  # noqa: PLC0415
    from archive.store.store import open_reader  # noqa: PLC0415

    found = happened(open_reader(collection_of(ctx).require().store), site, since)
    for row in found:
        if as_json:
            print_json(row.as_dict())
        else:
            click.echo(
                f"{row.at[:10]} {row.what:8} {row.title or '(no title)'}  {row.uid}\n  {row.url}\n  {row.detail}"
            )
    if not found and not as_json:
        click.echo("nothing gone, changed or hijacked", err=True)


@click.command()
@click.option("-p", "--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option("-b", "--bind", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.pass_context
def replay(ctx: click.Context, port: int, bind: str) -> None:
    """Serve the captured pages with pywb, without a copy. `make replay` installs pywb once.

    \b
    Example:  fangtan replay -p 8080
    """
    from archive.handover.replay import name_of, ready, serve  # noqa: PLC0415

    collection = collection_of(ctx).require()
    command = ready(collection)
    click.echo(f"http://{bind}:{port}/{name_of(collection)}/  (end with Ctrl-C)", err=True)
    ctx.exit(serve(collection, command, port, bind))


@click.command()
@click.pass_context
def rebuild(ctx: click.Context) -> None:
    """Derive the store and the index again from WARC and the collection's plain files. Exit 3 when a correction is unreadable.

    Damage is skipped and everything else is read. Each loss is listed with file, offset and record; the exit code is then 5.

    \b
    Example:  fangtan rebuild
    """
    from archive.store.corrections import look  # noqa: PLC0415
    from archive.store.rebuild import rebuild as run_rebuild  # noqa: PLC0415

    collection = collection_of(ctx).require()
    rebuilt, problems = run_rebuild(collection), look(collection).problems
    click.echo(f"{collection.store}: rebuilt from {rebuilt.records} records")
    for loss in rebuilt.losses:
        click.echo(str(loss))
    for line in problems:
        click.echo(line, err=True)
    if rebuilt.losses:
        click.echo(
            f"{len(rebuilt.losses)} loss(es): bring the files back from a copy, then rebuild again. 请从备份恢复受损文件后重新运行 rebuild。",
            err=True,
        )
    ctx.exit(5 if rebuilt.losses else 3 if problems else 0)


@click.command()
@click.argument("target", required=False, metavar="[SITE|RUN|URL|INTERVIEW]")
@click.option("--since", help="Only captures since this day.")
@click.option(
    "--with-personal-data",
    "personal",
    is_flag=True,
    help="Include API responses with personal data (ip, memberId, phone …).",
)
@click.option(
    "--transfer",
    "bag",
    is_flag=True,
    help="Write a transfer package for an archive instead: a BagIt bag with the WACZ inside.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write; default packages/NAME.wacz.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def package(
    ctx: click.Context,
    target: str | None,
    since: str | None,
    personal: bool,
    bag: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Write a signed WACZ package of the collection, a site, a run, a page or an interview.

    Damaged records are left out and listed, here and in the package; the exit code is then 5.

    \b
    Example:  fangtan package 620724 --since 2026-01-01
    """
    from archive.handover.wacz import package as write  # noqa: PLC0415

    collection: Collection = collection_of(ctx).require()
    if bag:
        from archive.handover.transfer import transfer  # noqa: PLC0415

        where, made = transfer(collection, target, since=since, output=output, personal=personal)
    else:
        made = write(collection, target, since=since, output=output, personal=personal)
        where = made.path
    if as_json:
        print_json({**made.as_dict(), "path": str(where)})
        ctx.exit(5 if made.losses else 0)
    click.echo(
        f"{where}: {made.captures} captures, {made.pages} pages, {'signed' if made.signed else 'not signed: the key is not here'}"
        + (
            f", {made.left_out} API response(s) with personal data left out (--with-personal-data includes them)"
            if made.left_out
            else ""
        )
        + f"\nsha256 {made.sha256}"
    )
    for loss in made.losses:
        click.echo(str(loss))
    ctx.exit(5 if made.losses else 0)


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="CAPTURE|TURN|INTERVIEW...")
@click.option("--reason", required=True, help="Why; recorded in the ledger.")
@click.option("--destroy", is_flag=True, help="Overwrite the records' bytes in WARC. This cannot be undone.")
@click.option("--release", "released", is_flag=True, help="Show withheld captures again, if their bytes were kept.")
@click.option("--yes", is_flag=True, help="Do not ask before destroying bytes.")
@click.pass_context
def withhold(
    ctx: click.Context, targets: tuple[str, ...], reason: str, destroy: bool, released: bool, yes: bool
) -> None:
    """Hide captures from store, web, replay and packages (a lawful takedown). The ledger keeps the proof.

    \b
    Example:  fangtan withhold 0f1e2d3c4b5a6978 --reason "court order 2026-17"
    """
    from archive.handover import withhold as takedown  # noqa: PLC0415

    if destroy and released:
        raise click.UsageError("--destroy and --release exclude each other")
    collection = collection_of(ctx, obey=False).require()
    if released:
        entry = takedown.release(collection, list(targets), reason)
        click.echo(f"shown again: {', '.join(targets)} (ledger entry {entry.number})")
        return
    if destroy and not yes:
        click.confirm(
            "The bytes of these records will be overwritten for good. 将永久销毁原始字节。Go on?", abort=True, err=True
        )
    done = takedown.withhold(collection, list(targets), reason, destroy=destroy)
    waiting = "to be destroyed when the crawl that writes them has ended" if destroy else "kept"
    click.echo(
        f"withheld: {', '.join(done.captures)} (ledger entry {done.entry.number}), bytes {'destroyed' if done.destroyed else waiting}"
    )
    if done.packages:
        click.echo(
            f"packages made earlier that still hold them, in {collection.packages}: {', '.join(done.packages)}. Delete or replace them. 此前制作的下列数据包仍含该内容，请自行处理。",
            err=True,
        )
    if done.listed:
        click.echo(
            f"list pages that still print the title, each a capture of its own: {', '.join(done.listed)}", err=True
        )


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option(
    "--despite-faults",
    is_flag=True,
    help="Import files with faulty records (never with a damaged structure). The ledger records it.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def import_(ctx: click.Context, files: tuple[Path, ...], despite_faults: bool, as_json: bool) -> None:
    """Import WARC and WACZ files of other tools: verify them, record their origin, keep their bytes, parse them.

    A refused file does not affect the others. Exit 5 when a file has faults, 3 when one is neither WARC nor WACZ.

    \b
    Example:  fangtan import gaotai-2019.warc.gz browsertrix.wacz
    """
    from archive.handover.imports import take  # noqa: PLC0415
    from archive.ledger import chain as entries  # noqa: PLC0415

    collection = collection_of(ctx).create()
    entries.ensure_key(collection)
    came = take(collection, list(files), despite_faults=despite_faults)
    ctx.exit(_say_intake(came, as_json=as_json))


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def merge(ctx: click.Context, directory: Path, as_json: bool) -> None:
    """Merge another collection into this one. Merging it again changes nothing.

    A damaged file is left out and named, everything else comes in; exit 5 then. A file whose name is taken here by another one gets another name.

    \b
    Example:  fangtan -C gansu merge ../zhangye
    """
    from archive.handover.merging import merge as fold  # noqa: PLC0415
    from archive.ledger import chain as entries  # noqa: PLC0415

    collection = collection_of(ctx).create()
    entries.ensure_key(collection)
    ctx.exit(_say_intake(fold(collection, Collection(directory)), as_json=as_json))


def _say_intake(came: Intake, *, as_json: bool) -> int:
    """Tell what came in and what did not; the exit code."""
    for note in came.notes:
        click.echo(f"note: {note}", err=True)
    for error in came.refused:
        click.echo(f"fangtan: {error}", err=True)
    _say_taken(came.taken, as_json=as_json)
    codes = {error.exit_code for error in came.refused}
    return 5 if 5 in codes else 3 if codes else 0


def _say_taken(taken: list[Taken], *, as_json: bool) -> None:
    for file in taken:
        if as_json:
            known = {name: getattr(file, name) for name in ("source", "name", "sha256", "new")}
            print_json({**known, **(file.held.as_dict() if file.held else {})})
        else:
            click.echo(f"{file.source}: {f'archive/{file.name}' if file.new else f'already here as {file.name}'}")
            if file.held is not None:
                click.echo(f"  {file.held.as_text()}")


commands: tuple[click.Command, ...] = (
    verify,
    ledger,
    record,
    diff,
    changes,
    rebuild,
    package,
    replay,
    withhold,
    import_,
    merge,
)
