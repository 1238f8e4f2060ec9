"""What comes in, is shown or must go: replay, withhold, import, merge."""

from __future__ import annotations

from pathlib import Path

import click

from archive.collection.disk_faults import in_words
from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.handover import withhold as takedown
from archive.handover.imports import Intake, Taken, take
from archive.handover.merging import merge as fold
from archive.handover.recompress import recompress as make_valid
from archive.handover.recompress import valid_name
from archive.handover.replay import name_of, ready, serve
from archive.handover.replay_check import SAMPLE, Page, check
from archive.handover.sifting import Sifted
from archive.keeping.deposits import holding_withheld
from archive.keeping.replicas import known_replicas
from archive.ledger import chain as entries
from crawler.cli.console import FINGERPRINT, collection_of, print_json
from parsers.errors import FangtanError

#: A file, or a folder of saved pages.
_PATH = click.Path(path_type=Path)
_SHOWN = 3  # captures that a message names
_SALVAGE = click.option(
    "--salvage", is_flag=True, help="Of a damaged file, take the complete records; what is lost is named, exit 5."
)


@click.command()
@click.option("-p", "--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option("-b", "--bind", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--check",
    "checks",
    is_flag=True,
    help="Open a sample of pages in Chromium and list what the archive cannot answer.",
)
@click.option(
    "--sample", type=click.IntRange(1), default=SAMPLE, show_default=True, help="With --check: open so many pages."
)
@click.option("--json", "as_json", is_flag=True, help="With --check: print one JSON object per page.")
@click.argument("target", required=False, metavar="[SITE|RUN]")
@click.pass_context
def replay(
    ctx: click.Context, port: int, bind: str, checks: bool, sample: int, as_json: bool, target: str | None
) -> None:
    """Serve the captured pages with pywb, without a copy. `make replay` installs pywb once.

    \b
    Example:  fangtan replay -p 8080
    Example:  fangtan replay --check 620724
    """
    collection = collection_of(ctx).require()
    command = ready(collection)
    if checks:
        ctx.exit(_say_replayed(check(collection, command, target, sample), as_json=as_json))
    if target is not None:
        raise click.UsageError("a site or run is only named with --check")
    click.echo(f"http://{bind}:{port}/{name_of(collection)}/  (end with Ctrl-C)", err=True)
    ctx.exit(serve(collection, command, port, bind))


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="CAPTURE|TURN|INTERVIEW...")
@click.option("--reason", required=True, help="Why; recorded in the ledger.")
@click.option("--destroy", is_flag=True, help="Overwrite the records' bytes in WARC. This cannot be undone.")
@click.option("--lists", is_flag=True, help="Withhold the captures of list pages that print the title, too.")
@click.option("--release", "released", is_flag=True, help="Show withheld captures again, if their bytes were kept.")
@click.option("--yes", is_flag=True, help="Do not ask before destroying bytes.")
@click.pass_context
def withhold(
    ctx: click.Context, targets: tuple[str, ...], reason: str, destroy: bool, lists: bool, released: bool, yes: bool
) -> None:
    """Hide captures from store, web, replay and packages (a lawful takedown). The ledger keeps the proof.

    \b
    Example:  fangtan withhold 0f1e2d3c4b5a6978 --reason "court order 2026-17"
    """
    if (destroy or lists) and released:
        raise click.UsageError(f"{'--destroy' if destroy else '--lists'} and --release exclude each other")
    collection = collection_of(ctx, obey=False).require()
    if released:
        entry = takedown.release(collection, list(targets), reason)
        click.echo(f"shown again: {', '.join(targets)} (ledger entry {entry.number})")
        return
    if destroy and not yes:
        click.confirm(
            "The bytes of these records will be overwritten for good. 将永久销毁原始字节。Continue?",
            abort=True,
            err=True,
        )
    done = takedown.withhold(collection, list(targets), reason, destroy=destroy, lists=lists)
    waiting = "to be destroyed when the crawl that writes them has ended" if destroy else "kept"
    click.echo(
        f"withheld: {', '.join(done.captures)} (ledger entry {done.entry.number}), bytes "
        f"{'destroyed' if done.destroyed else waiting}"
    )
    _tell_copies(collection, done, targets, destroy=destroy)


def _tell_copies(collection: Collection, done: takedown.Withheld, targets: tuple[str, ...], *, destroy: bool) -> None:
    """What went along, and where the words still are: packages, replicas, list pages."""
    if repeats := sorted(done.entry.data.get("repeats") or ()):
        words = "captures of other addresses whose bytes are theirs went along; --release of theirs shows them again"
        click.echo(f"{words}: {', '.join(repeats)}. 内容相同的其他网址的抓取已一并撤下。", err=True)
    if done.packages:
        click.echo(
            (
                f"packages made earlier that still hold them, in {collection.packages}: {', '.join(done.packages)}. "
                "Delete or replace them. 此前制作的下列数据包仍含该内容，请自行处理。"
            ),
            err=True,
        )
    if originals := done.entry.data.get("originals"):
        click.echo(
            f"originals that still hold them, in {collection.root / 'originals'}: {', '.join(originals)}. Delete them. "
            "下列原件仍含该内容，请删除。",
            err=True,
        )
    _tell_elsewhere(collection, done, destroy=destroy)
    if done.listed:
        named = ", ".join((*done.listed[:_SHOWN], *(["…"] if len(done.listed) > _SHOWN else [])))
        click.echo(
            f"{len(done.listed)} captures of list pages still print the title: {named}. "
            f"`fangtan withhold {' '.join(targets)} --lists --reason …` withholds them, too. "
            "列表页的存档仍印有标题，可加 --lists 一并撤下。",
            err=True,
        )


def _tell_elsewhere(collection: Collection, done: takedown.Withheld, *, destroy: bool) -> None:
    """Where the words still are beside the collection."""
    if elsewhere := holding_withheld(collection, done.captures):
        click.echo(
            f"packages and OCFL objects elsewhere that still hold them: {', '.join(map(str, elsewhere))}. "
            "Delete them, or remove and make them again. 别处的下列数据包和 OCFL 对象仍含该内容，请删除或重新制作。",
            err=True,
        )
    if replicas := [replica.dest for replica in known_replicas(collection)] if destroy else []:
        click.echo(
            f"replicas that still have the bytes: {', '.join(replicas)}. Run `fangtan replicate` for each. "
            "下列副本仍含原始字节，请逐一运行 fangtan replicate。",
            err=True,
        )


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=_PATH)
@click.option(
    "--despite-faults",
    is_flag=True,
    help="Import files with faulty records (never with a damaged structure). The ledger records it.",
)
@click.option("--keep-original", is_flag=True, help="Keep ARC and zstd files in originals/, too.")
@click.option(
    "--only-interviews",
    is_flag=True,
    help="The files are general archives of many hosts: take only what belongs to interviews.",
)
@_SALVAGE
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that read pages.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def import_(
    ctx: click.Context,
    files: tuple[Path, ...],
    despite_faults: bool,
    keep_original: bool,
    only_interviews: bool,
    salvage: bool,
    jobs: int,
    as_json: bool,
) -> None:
    """Import WARC and WACZ files of other tools: verify them, record their origin, keep their bytes, parse them.

    ARC files, and WARC files in zstd or in one gzip member, are made valid first, as by `fangtan recompress`. Saved
    pages become resource records: HAR, MHTML, or a folder with a manifest.csv of file, url, date. One that cannot be
    read leaves the others alone; exit 5 then.

    With --only-interviews these come in: pages of interviews, lists of interview sections and what they name, parts,
    and each record about them, unchanged. Style sheets, scripts and pictures stay behind. Faulty records do, too.

    A refused file does not affect the others. Exit 5 when a file has faults. Exit 3 when one of
    several is neither WARC nor WACZ, 2 when it is the only one.

    \b
    Example:  fangtan import gaotai-2019.warc.gz browsertrix.wacz
    Example:  fangtan import --salvage broken-off.warc.gz
    Example:  fangtan import --only-interviews --jobs 8 CC-MAIN-2024-10-*.warc.gz
    """
    collection = collection_of(ctx).create()
    entries.ensure_key(collection)
    options = {"despite_faults": despite_faults, "keep_original": keep_original, "only_interviews": only_interviews}
    came = take(collection, list(files), **options, salvage=salvage, jobs=jobs)
    ctx.exit(_say_intake(came, as_json=as_json))


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--key", type=FINGERPRINT, help="Fingerprint of a key of the other ledger, as for verify.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def merge(ctx: click.Context, directory: Path, key: str | None, as_json: bool) -> None:
    """Merge another collection into this one. Merging it again changes nothing.

    A damaged file is left out and named, everything else comes in; exit 5 then. A file whose name is taken here by
    another one gets another name.

    \b
    Example:  fangtan -C gansu merge ../zhangye
    """
    collection = collection_of(ctx).create()
    entries.ensure_key(collection)
    ctx.exit(_say_intake(fold(collection, Collection(directory), key=key), as_json=as_json))


def _say_replayed(pages: list[Page], *, as_json: bool) -> int:
    """What each page lacked; the exit code."""
    bad = [page for page in pages if not page.good]
    for page in pages if as_json else bad:
        if as_json:
            print_json(page.as_dict())
            continue
        click.echo(page.url)
        lines = [
            ("not in the archive", page.missing),
            ("not shown", page.words),
            ("picture without size", page.pictures),
        ]
        for what, found in (*lines, ("failed", [page.error] if page.error else [])):
            for one in found:
                click.echo(f"  {what}: {one}")
    click.echo(f"{len(pages)} pages opened, {len(bad)} lack something", err=True)
    return 3 if bad else 0


@click.command()
@click.argument("files", nargs=-1, required=True, type=_PATH)
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The folder to write to."
)
@_SALVAGE
@click.pass_context
def recompress(ctx: click.Context, files: tuple[Path, ...], into: Path, salvage: bool) -> None:
    """Make valid WARC files: each record in a gzip member of its own. No file is replaced.

    Takes ARC files, and WARC files that are plain, in zstd, or in one gzip member. Takes saved pages, too: HAR, MHTML,
    or a folder with a manifest.csv of file, url, date. Exit 5 when a file is damaged or a saved page cannot be read.

    \b
    Example:  fangtan recompress old.arc.gz crawl.warc.zst --into valid/
    """
    into.mkdir(parents=True, exist_ok=True)
    failed = 0
    for path in files:
        target = into / valid_name(path)
        try:
            if target.exists():
                raise ConfigError(f"{target}: is there already; name another folder with --into")
            made = make_valid(path, target, salvage=salvage)
            click.echo(f"{path}: {made.form}, {made.records} records in {target}")
            for reason in made.left_out:
                click.echo(f"fangtan: {reason} (left out)", err=True)
                failed = 5
        except OSError as error:
            click.echo(f"fangtan: {in_words(error, path)}", err=True)
            failed = max(failed, 2)
        except FangtanError as error:
            click.echo(f"fangtan: {error}", err=True)
            failed = max(failed, error.exit_code)
    ctx.exit(failed)


def _say_intake(came: Intake, *, as_json: bool) -> int:
    """Report what came in and what did not; the exit code."""
    for note in came.notes:
        click.echo(f"note: {note}", err=True)
    for error in came.refused:
        click.echo(f"fangtan: {error}", err=True)
    for held in came.sifted:
        _say_sifted(held, as_json=as_json)
    _say_taken(came.taken, as_json=as_json)
    codes = {error.exit_code for error in came.refused}
    return 5 if 5 in codes else 3 if codes else 0


def _say_sifted(held: Sifted, *, as_json: bool) -> None:
    """What a general file held: its hosts with interviews, and what could not be read."""
    if as_json:
        print_json({"source": held.source, "sifted": held.as_dict()})
        return
    click.echo(
        f"{held.source}: {held.pages} pages of {len(held.hosts)} hosts, {held.interviews} interviews of "
        f"{len(held.yields)} hosts; {held.kept} of {held.records} records come in"
    )
    for name, host in held.yields.items():
        click.echo(f"  {name}: {host.interviews} interviews, {host.lists} lists, {host.pages} pages, {host.kept} kept")
    for reason, count in held.damaged.most_common():
        click.echo(f"  {count} left out: {reason}", err=True)


def _say_taken(taken: list[Taken], *, as_json: bool) -> None:
    for file in taken:
        if as_json:
            known = {name: getattr(file, name) for name in ("source", "name", "sha256", "new")}
            print_json({**known, **(file.held.as_dict() if file.held else {})})
        else:
            click.echo(f"{file.source}: {f'archive/{file.name}' if file.new else f'already here as {file.name}'}")
            if file.held is not None:
                click.echo(f"  {file.held.as_text()}")
