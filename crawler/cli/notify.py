"""``fangtan notify``."""

from __future__ import annotations

from datetime import datetime

import click

from archive.collection import clock, muted
from archive.collection.folder import Collection
from archive.collection.receivers import receivers
from archive.collection.times import SHANGHAI
from archive.errors import ConfigError
from crawler.cli.console import collection_of
from crawler.schedule import notices
from crawler.schedule.notify import deliver


def _day(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"--until {text}: expected a day such as 2026-12-01") from error
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _tell_muted(collection: Collection) -> int:
    for site, until in muted.muted(collection).items():
        end = f"until {datetime.fromisoformat(until).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if until else "for good"
        click.echo(f"{site}: muted {end}")
    return 0


@click.command()
@click.option("--digest", is_flag=True, help="Send the daily summary instead of a short test.")
@click.option("--mute", multiple=True, metavar="SITE", help="Send nothing. From now on, send no notice of this site.")
@click.option("--until", metavar="DAY", help="With --mute: only until this day begins (2026-12-01; Asia/Shanghai).")
@click.option("--unmute", multiple=True, metavar="SITE", help="Send nothing. Notices of this site come again.")
@click.pass_context
def notify(ctx: click.Context, digest: bool, mute: tuple[str, ...], until: str | None, unmute: tuple[str, ...]) -> None:
    """Send a test message to every receiver of `[notify]` in fangtan.toml. Exit 3 when one does not accept it.

    \b
    Example:  fangtan notify
    """
    collection = collection_of(ctx).require()
    if until and not mute:
        raise click.UsageError("--until needs --mute SITE")
    if mute or unmute:
        muted.mute(collection, mute, _day(until) if until else None)
        muted.unmute(collection, unmute)
        ctx.exit(_tell_muted(collection))
    ctx.exit(_deliver(collection, digest=digest))


def _deliver(collection: Collection, *, digest: bool) -> int:
    """Send a test message, or the digest, to everybody; the exit code."""
    wrong = collection.settings.problems["notify"]
    if not receivers(collection.settings.values["notify"]):
        nobody = f"{collection.root / 'fangtan.toml'}: [notify] names no receiver; see docs/operations.md"
        raise ConfigError("\n".join(wrong) or nobody)
    text = [f"A test message of the collection {collection.root.name}."]
    test = notices.notice("test", f"{notices.MARK} test 测试", text)
    answers = deliver(collection, notices.digest(collection, clock.now()) if digest else test)
    for name, answer in answers.items():
        click.echo(f"{name}: {answer}")
    for line in wrong:
        click.echo(line, err=True)
    failed = [name for name, answer in answers.items() if not answer.startswith("delivered")]
    return 3 if failed or wrong else 0
