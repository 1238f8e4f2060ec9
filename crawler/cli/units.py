"""The scheduler under systemd, cron and scrapyd: ``schedule install``, ``schedule egg``."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.cli.console import collection_of, known_words, with_known
from crawler.schedule.units import crontab, egg, units


@click.command("install")
@click.option("--cron", is_flag=True, help="Print crontab lines instead of systemd units.")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help=("Write the units into this folder "
        "instead of printing them.")
)  # fmt: skip
@with_known
@click.pass_context
def schedule_install(
    ctx: click.Context, cron: bool, into: Path | None, key: str | None, heads: tuple[str, ...]
) -> None:
    """Write systemd units (a permanent service, and a timer for ticks), or crontab lines.

    \b
    Example:  fangtan -C /srv/gansu schedule install --into ~/.config/systemd/user
    """
    root = collection_of(ctx).require().root.resolve()
    known = known_words(key, heads)
    if cron:
        click.echo(crontab(root, known))
        return
    for name, text in units(root, known).items():
        if into is None:
            click.echo(f"# {name}\n{text}")
        else:
            into.mkdir(parents=True, exist_ok=True)
            (into / name).write_text(text, "utf-8")
            click.echo(into / name)
    if into is not None:
        click.echo("now: systemctl --user daemon-reload && systemctl --user enable --now fangtan.service", err=True)


@click.command("egg")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def schedule_egg(file: Path) -> None:
    """Write the project as an egg for scrapyd; `scrapyd-deploy --egg FILE` deploys it.

    \b
    Example:  fangtan schedule egg fangtan.egg
    """
    egg(file)
    click.echo(file)
