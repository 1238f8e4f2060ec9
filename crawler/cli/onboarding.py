"""New sites, and those that have changed: ``sites add``, ``check``, ``import``."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from archive.collection import sites as site_files
from archive.collection.sites import FIELDS, attributes
from archive.errors import ConfigError
from crawler.chosen import select_sites
from crawler.cli.console import SECONDS, collection_of, print_json
from crawler.onboarding import contributing, importing, onboard, spreadsheet
from parsers.errors import FangtanError


@click.command("add")
@click.argument("url")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--delay", type=SECONDS, help="Seconds between requests.")
@click.option("--schedule", help='When to crawl, as cron in Asia/Shanghai: "0 3 * * 1".')
@click.option(
    "--contribute",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Also write sites/<id>.toml and three page fixtures with draft records into this checkout.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def sites_add(
    ctx: click.Context,
    url: str,
    yes: bool,
    delay: float | None,
    schedule: str | None,
    contribute: Path | None,
    as_json: bool,
) -> None:
    """Find section, family and paging from any page of a site, try three interviews, write the site file.

    \b
    Example:  fangtan sites add https://www.gaotai.gov.cn/
    """
    collection = collection_of(ctx).create()
    given = _given({"schedule": schedule} if schedule else {})
    found = onboard.survey(collection, site_files.ad_hoc(url), delay)
    if as_json:
        print_json(found.as_dict())
    else:
        click.echo("\n".join(contributing.shown(found, given)))
    if not onboard.usable(found):
        click.echo(f"nothing was written: {_why_unusable(found)}".rstrip(), err=True)
        ctx.exit(found.exit_code or 3)
    if yes or click.confirm("Write the site file? 写入站点文件？", default=True, err=True):
        for line in contributing.write(collection, found, given, contribute):
            click.echo(line, err=True)


def _why_unusable(found: onboard.Survey) -> str:
    if not found.sections:
        return found.trouble
    return f"no interview could be read. {found.report['reason'] or ''}"


@click.command("check")
@click.argument("names", nargs=-1, metavar="[SITE]...")
@click.option("--delay", type=SECONDS)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def sites_check(ctx: click.Context, names: tuple[str, ...], delay: float | None, as_json: bool) -> None:
    """Compare the live site with its file and report differences. Write nothing. Exit 3 when something differs.

    \b
    Example:  fangtan sites check 620724
    """
    collection = collection_of(ctx).require()
    chosen = select_sites(collection, names)
    for line in chosen.left_out:
        click.echo(line, err=True)
    worst = 3 if chosen.left_out else 0
    for site in chosen.sites:
        found = onboard.survey(collection, site, delay)
        wrong = onboard.differences(site, found)
        worst = max(worst, 3 if wrong else 0)
        if as_json:
            print_json({**found.as_dict(), "id": site.id, "differences": wrong})
        else:
            click.echo("\n".join([*onboard.describe(found), *(f"  differs  {line}" for line in wrong)]))
    ctx.exit(worst)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--delay", type=SECONDS)
@click.pass_context
def sites_import(ctx: click.Context, file: Path, delay: float | None) -> None:
    """Add every site of a CSV file with a column url (网址), and any key of a site file. Exit 3 when one was not added.

    \b
    Example:  fangtan sites import counties.csv
    """
    collection = collection_of(ctx).create()
    rows, unknown = spreadsheet.rows(file)
    if unknown:
        click.echo(f"{file}: columns that mean nothing here: {', '.join(unknown)}", err=True)
    failed = 0
    for number, row in rows:
        try:
            path, remark = importing.add(collection, _address(row), _given(row), row.get("id"), delay)
            click.echo(f"{path}: written")
            if remark:
                click.echo(f"{file}:{number}: {remark}", err=True)
        except FangtanError as error:
            failed += 1
            click.echo(f"{file}:{number}: {error}", err=True)
    ctx.exit(3 if failed else 0)


def _address(row: dict[str, str]) -> str:
    url = row.get("url", "")
    return url if "://" in url or not url else f"http://{url}"


def _given(row: dict[str, str]) -> dict[str, Any]:
    """Keys of a site file from texts, checked before anything is fetched.

    :raises ConfigError: a value that a site file may not hold
    """
    given: dict[str, Any] = {}
    for setting in (s for s in FIELDS if s.name in row):
        text = row[setting.name]
        value, wrong = setting.kind.check(text, (setting.name,))
        if wrong:
            with suppress(tomllib.TOMLDecodeError, ValueError):  # a number, a list: as TOML writes it
                value, wrong = setting.kind.check(tomllib.loads(f"value = {text}")["value"], (setting.name,))
        if wrong:
            raise ConfigError(wrong[0].reason)
        given[setting.name] = value
    return attributes(given)
