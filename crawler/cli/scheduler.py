"""The scheduler: ``schedule tick``, ``schedule run``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import click

from archive.collection import clock
from archive.collection.processes import module
from archive.collection.times import SHANGHAI
from archive.errors import ConfigError
from archive.history.timetable import timetable
from archive.store.parts import workers
from crawler.cli.console import DELAY, collection_of, known_words, print_json, run_line, with_known
from crawler.schedule.metrics import serve
from crawler.schedule.notify import Notifier
from crawler.schedule.progress import Progress
from crawler.schedule.scheduler import Scheduler


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{text}: expected a time such as 2026-12-01T06:00") from error
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


_DASK = click.option("--dask", metavar="ADDRESS", help="A Dask scheduler whose workers crawl, each site by a lease.")


@click.command("tick")
@DELAY
@_DASK
@with_known
@click.option("--json", "as_json", is_flag=True, help="Print one JSON report per run.")
@click.pass_context
def schedule_tick(
    ctx: click.Context, delay: float | None, dask: str | None, key: str | None, heads: tuple[str, ...], as_json: bool
) -> None:
    """Crawl what is due now, then end: for systemd timers and cron. Do nothing while another scheduler runs.

    \b
    Example:  fangtan schedule tick
    """
    collection = collection_of(ctx).require()
    if collection.locked("scheduler"):
        click.echo("another scheduler is at work on this collection; nothing to do. 已有调度进程在运行。", err=True)
        ctx.exit(0)
    ctx.exit(_run(ctx, _worker(ctx, delay, dask), as_json=as_json, known=known_words(key, heads), until_idle=True))


@click.command("run")
@DELAY
@_DASK
@with_known
@click.option("--until", metavar="TIME", help="End at this time (ISO 8601; Asia/Shanghai unless it has an offset).")
@click.option("--metrics", metavar="[HOST:]PORT", help="Serve metrics on this port as OpenMetrics text.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON report per run.")
@click.pass_context
def schedule_run(
    ctx: click.Context,
    delay: float | None,
    dask: str | None,
    key: str | None,
    heads: tuple[str, ...],
    until: str | None,
    metrics: str | None,
    as_json: bool,
) -> None:
    """Crawl each site when it is due, until SIGTERM. Then finish requests in flight and keep the queues.

    \b
    Example:  fangtan schedule run --dask tcp://10.0.0.5:8786
    """
    known = known_words(key, heads)
    worker, end = _worker(ctx, delay, dask), _moment(until)
    ctx.exit(_run(ctx, worker, as_json=as_json, known=known, until=end, metrics=metrics))


def _run(
    ctx: click.Context,
    worker: list[str],
    *,
    as_json: bool,
    known: list[str],
    until_idle: bool = False,
    until: datetime | None = None,
    metrics: str | None = None,
) -> int:
    collection = collection_of(ctx).require()
    heard = _Heard(as_json=as_json)
    notifier = Notifier(collection)
    for line in notifier.wrong:  # the others get notices, and every site is crawled
        heard.codes.add(3)
        click.echo(line, err=True)
    with collection.lock("scheduler"), Progress(quiet=ctx.obj["quiet"]) as progress:
        entries = timetable(collection, clock.now())
        scheduler = Scheduler(
            collection,
            worker,
            known=known,
            until_idle=until_idle,
            until=until,
            hear=[heard],
            show=progress,
            notifier=notifier,
        )
        if not any(entry.next_at or entry.state == "running" for entry in entries):
            click.echo(_NO_SCHEDULE, err=True)
        if metrics:
            click.echo(f"metrics: {serve(collection, *_address(metrics))}", err=True)
        scheduler.run()
    if until_idle and entries and all(entry.state == "broken" for entry in entries):
        return ConfigError.exit_code
    return heard.exit_code()


@dataclass(slots=True)
class _Heard:
    """What the scheduler says of runs: it is printed, and their exit codes are kept."""

    as_json: bool
    codes: set[int] = field(default_factory=set)

    def __call__(self, message: dict[str, Any]) -> None:
        """Print an outcome or a failure."""
        if "files" in message:
            self.files(message["files"])
            return
        self.codes.add(3 if "failed" in message else message["exit_code"])
        if "failed" in message:
            click.echo(f"{message['failed'] or 'scheduler'}: {message['error']}", err=True)
        elif self.as_json:
            print_json(message)
        else:
            click.echo(run_line(message))

    def files(self, faults: list[str]) -> None:
        """Print what a check of all files found."""
        if faults:
            self.codes.add(5)
        for fault in faults or ["all files are as the ledger says"]:
            click.echo(f"fixity: {fault}", err=True)

    def exit_code(self) -> int:
        """The gravest of the codes."""
        return next((code for code in (1, 5, 4, 3) if code in self.codes), 0)


_NO_SCHEDULE = (
    'no site has a schedule: write schedule = "0 3 * * 1" into a site file, or under [defaults] in fangtan.toml. '
    "尚无任何网站设置抓取时间。"
)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) < 65536:
        raise ConfigError(f"--metrics {text}: expected PORT or HOST:PORT")
    return host or "127.0.0.1", int(port)


def _worker(ctx: click.Context, delay: float | None, dask: str | None) -> list[str]:
    """The command of the process that crawls.

    :raises ConfigError: no Dask scheduler answers
    """
    if dask is not None:
        with workers(1, dask):
            pass
    verbose = ["-" + "v" * ctx.obj["verbose"]] if ctx.obj["verbose"] else []
    quiet = [*(["-q"] if ctx.obj["quiet"] else []), *(["--log-json"] if ctx.obj["log_json"] else [])]
    given = ["--delay", str(delay)] if delay is not None else []
    given += ["--dask", dask] if dask is not None else []
    root = str(collection_of(ctx).root)
    return module("crawler", "-C", root, *verbose, *quiet, "schedule", "work", *given)
