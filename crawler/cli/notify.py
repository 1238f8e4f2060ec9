"""``fangtan notify``."""

from __future__ import annotations

import click

from archive.collection import clock
from archive.collection.receivers import receivers
from archive.errors import ConfigError
from crawler.cli.console import collection_of
from crawler.schedule import notices
from crawler.schedule.notify import deliver


@click.command()
@click.option("--digest", is_flag=True, help="Send the daily summary instead of a short test.")
@click.pass_context
def notify(ctx: click.Context, digest: bool) -> None:
    """Send a test message to every receiver of `[notify]` in fangtan.toml. Exit 3 when one does not accept it.

    \b
    Example:  fangtan notify
    """
    collection = collection_of(ctx).require()
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
    ctx.exit(3 if failed or wrong else 0)
