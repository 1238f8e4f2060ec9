"""What leaves: packages of anything, of each site, for archives."""

from __future__ import annotations

from pathlib import Path

import click

from archive.collection.folder import Collection
from archive.handover.by_site import OfSite, packages
from archive.handover.ocfl import Version
from archive.handover.transfer import deposit, transfer
from archive.handover.wacz import Package
from archive.handover.wacz import package as write
from archive.keeping.deposits import forget, holding_withheld
from crawler.cli.console import collection_of, print_json


@click.command()
@click.argument("target", required=False, metavar="[SITE|RUN|URL|INTERVIEW]")
@click.option("--all", "every", is_flag=True, help="One package for each site. What has not changed is not made again.")
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
@click.option(
    "--ocfl",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="ROOT",
    help="Add a version to an object in a storage root of OCFL 1.1 instead; the root is made if it is missing.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write; default packages/NAME.wacz.")
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="With --all: processes that make packages."
)
@click.option("--dask", metavar="ADDRESS", help="With --all: a Dask scheduler whose workers make them.")
@click.option(
    "--gone",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write nothing: a package or object elsewhere was deleted, and is named no more.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def package(
    ctx: click.Context,
    target: str | None,
    every: bool,
    since: str | None,
    personal: bool,
    bag: bool,
    root: Path | None,
    output: Path | None,
    jobs: int,
    dask: str | None,
    gone: Path | None,
    as_json: bool,
) -> None:
    """Write a signed WACZ package of the collection, each site, a site, a run, a page or an interview.

    Damaged records are left out and listed, here and in the package; the exit code is then 5. With --all a site that
    fails is named, the others are packed, and the exit code is 5.

    \b
    Example:  fangtan package 620724 --since 2026-01-01
    Example:  fangtan package --all --jobs 4
    Example:  fangtan package 620724 --ocfl preservation
    """
    collection: Collection = collection_of(ctx).require()
    if gone is not None:
        _refuse("--gone goes alone", target, every, output, bag, root, since, jobs > 1, dask)
        forget(collection, gone)
        click.echo(f"{gone}: is named no more")
        return
    if every:
        _refuse("--all excludes a name, --output, --transfer and --ocfl", target, output, bag, root)
        made = packages(collection, since=since, personal=personal, jobs=jobs, dask=dask)
        codes = [_say_site(one, as_json=as_json) for one in made]
        ctx.exit(max(codes))
    _refuse("--jobs and --dask go with --all", jobs > 1, dask)
    if root is not None:
        _refuse("--ocfl excludes --transfer and --output", bag, output)
        version, packed = deposit(collection, target, since=since, root=root, personal=personal)
        if version.path in holding_withheld(collection):
            words = "versions made before a takedown hold what it withheld: remove the object, and make it again"
            click.echo(f"{version.path}: {words}. 撤下之前的版本仍含撤下的内容，请删除该对象后重新制作。", err=True)
        ctx.exit(_say_version(version, packed, as_json=as_json))
    if bag:
        where, packed = transfer(collection, target, since=since, output=output, personal=personal)
    else:
        packed = write(collection, target, since=since, output=output, personal=personal)
        where = packed.path
    ctx.exit(_say(where, packed, as_json=as_json))


def _refuse(words: str, *others: object) -> None:
    if any(others):
        raise click.UsageError(words)


def _say(where: Path, made: Package, *, as_json: bool) -> int:
    """What was packed; the exit code."""
    if as_json:
        print_json({**made.as_dict(), "path": str(where)})
        return 5 if made.losses else 0
    click.echo(
        (
            f"{where}: {made.captures} captures, {made.pages} pages, "
            f"{'signed' if made.signed else 'not signed: the key is not here'}"
        )
        + (
            f", {made.left_out} API response(s) with personal data left out (--with-personal-data includes them)"
            if made.left_out
            else ""
        )
        + f"\nsha256 {made.sha256}"
    )
    for loss in made.losses:
        click.echo(str(loss))
    return 5 if made.losses else 0


def _say_site(one: OfSite, *, as_json: bool) -> int:
    """What became of a site; the exit code."""
    if one.package is not None:
        return _say(one.package.path, one.package, as_json=as_json)
    if as_json:
        print_json({"of": one.site, "path": one.there and str(one.there), "error": one.wrong})
    elif one.there:
        click.echo(f"{one.there}: nothing has changed since")
    if one.wrong:
        click.echo(f"{one.site}: not packed: {one.wrong}. 此网站未打包，其余照常。", err=True)
    return 5 if one.wrong else 0


def _say_version(version: Version, made: Package, *, as_json: bool) -> int:
    """What became of an object of OCFL; the exit code."""
    code = 5 if made.losses else 0
    if as_json:
        said = {"path": str(version.path), "version": version.number, "made": version.made, "new_files": version.new}
        print_json({**made.as_dict(), **said, "files": version.files})
        return code
    news = f"{version.new} of {version.files} files are new" if version.made else "nothing has changed since"
    click.echo(f"{version.path} v{version.number}: {made.captures} captures, {made.pages} pages; {news}")
    for loss in made.losses:
        click.echo(str(loss))
    return code
