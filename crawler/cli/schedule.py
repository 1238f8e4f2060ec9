"""``fangtan schedule``: options in, exit code out, no logic."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive.collection import clock
from archive.collection.processes import module
from archive.collection.times import SHANGHAI
from archive.errors import ConfigError
from crawler.cli.console import SECONDS, collection_of, print_json, run_line

_DELAY = click.option("--delay", type=SECONDS, help="Seconds between requests, for all sites.")


@click.group()
def schedule() -> None:
    """Crawl sites when they are due. Site files say when (schedule, window, priority, budget)."""


def _local(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else "–"


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{text}: expected a time such as 2026-12-01T06:00") from error
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


@schedule.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def schedule_list(ctx: click.Context, as_json: bool) -> None:
    """List all sites: when each is crawled next and why, or why not. Times are Asia/Shanghai.

    \b
    Example:  fangtan schedule list
    """
    from archive.history.timetable import timetable  # noqa: PLC0415

    for entry in timetable(collection_of(ctx).require(), clock.now()):
        last = entry.last or {}
        if as_json:
            print_json(
                {
                    "id": entry.id, "state": entry.state, "next_at": entry.next_at and entry.next_at.astimezone(UTC).isoformat(), "why": entry.why,
                    "last_run": last.get("run"), "last_verdict": last.get("verdict"),
                }
            )  # fmt: skip
        else:
            click.echo(f"{_local(entry.next_at):16}  {entry.state:9}  {entry.id}  {entry.why}")


@schedule.command("next")
@click.option("-n", "--number", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def schedule_next(ctx: click.Context, number: int, as_json: bool) -> None:
    """List the next dates in order, including back-off and windows.

    \b
    Example:  fangtan schedule next
    """
    from archive.history.timetable import timetable  # noqa: PLC0415

    entries = timetable(collection_of(ctx).require(), clock.now())
    for line in (e.why for e in entries if e.state == "broken"):
        click.echo(line, err=True)
    planned = [e for e in entries if e.next_at is not None]
    for entry in sorted(planned, key=lambda e: (e.next_at, *e.rank))[:number]:
        assert entry.next_at is not None
        if as_json:
            print_json({"id": entry.id, "next_at": entry.next_at.astimezone(UTC).isoformat(), "why": entry.why})
        else:
            click.echo(f"{_local(entry.next_at):16}  {entry.id}  {entry.why}")


@schedule.command("pause")
@click.argument("names", nargs=-1, required=True, metavar="SITE...")
@click.option("--note", help="Why.")
@click.pass_context
def schedule_pause(ctx: click.Context, names: tuple[str, ...], note: str | None) -> None:
    """Pause sites until `schedule resume`.

    \b
    Example:  fangtan schedule pause 620724 --note "the webmaster asked us to wait"
    """
    from archive.history.timetable import pause  # noqa: PLC0415

    pause(collection_of(ctx).require(), names, clock.now(), note)


@schedule.command("resume")
@click.argument("names", nargs=-1, required=True, metavar="SITE...")
@click.pass_context
def schedule_resume(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Resume paused sites, and sites whose runs crashed.

    \b
    Example:  fangtan schedule resume 620724
    """
    from archive.history.timetable import unpause  # noqa: PLC0415

    unpause(collection_of(ctx).require(), names, clock.now())


@schedule.command("tick")
@_DELAY
@click.option("--json", "as_json", is_flag=True, help="Print one JSON report per run.")
@click.pass_context
def schedule_tick(ctx: click.Context, delay: float | None, as_json: bool) -> None:
    """Crawl what is due now, then end: for systemd timers and cron. Do nothing while another scheduler runs.

    \b
    Example:  fangtan schedule tick
    """
    collection = collection_of(ctx).require()
    if collection.locked("scheduler"):
        click.echo("another scheduler is at work on this collection; nothing to do. 已有调度进程在运行。", err=True)
        ctx.exit(0)
    ctx.exit(_run(ctx, delay=delay, as_json=as_json, until_idle=True))


@schedule.command("run")
@_DELAY
@click.option("--until", metavar="TIME", help="End at this time (ISO 8601; Asia/Shanghai unless it has an offset).")
@click.option("--metrics", metavar="[HOST:]PORT", help="Serve metrics on this port as OpenMetrics text.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON report per run.")
@click.pass_context
def schedule_run(
    ctx: click.Context, delay: float | None, until: str | None, metrics: str | None, as_json: bool
) -> None:
    """Crawl each site when it is due, until SIGTERM. Then finish requests in flight and keep the queues.

    \b
    Example:  fangtan schedule run --metrics 9464
    """
    ctx.exit(_run(ctx, delay=delay, as_json=as_json, until=_moment(until), metrics=metrics))


def _run(
    ctx: click.Context,
    *,
    delay: float | None,
    as_json: bool,
    until_idle: bool = False,
    until: datetime | None = None,
    metrics: str | None = None,
) -> int:
    from archive.history.timetable import timetable  # noqa: PLC0415
    from crawler.schedule.notify import Notifier  # noqa: PLC0415
    from crawler.schedule.progress import Progress  # noqa: PLC0415
    from crawler.schedule.scheduler import Scheduler  # noqa: PLC0415

    collection = collection_of(ctx).require()
    codes: set[int] = set()

    def hear(message: dict[str, Any]) -> None:
        if "failed" in message:
            codes.add(3)
            click.echo(f"{message['failed'] or 'scheduler'}: {message['error']}", err=True)
        else:
            codes.add(message["exit_code"])
            print_json(message) if as_json else click.echo(run_line(message))

    notifier = Notifier(collection)
    for line in notifier.wrong:  # the others are told, and every site is crawled
        codes.add(3)
        click.echo(line, err=True)
    with collection.lock("scheduler"), Progress(quiet=ctx.obj["quiet"]) as progress:
        entries = timetable(collection, clock.now())
        scheduler = Scheduler(
            collection,
            _worker(ctx, delay),
            until_idle=until_idle,
            until=until,
            hear=[hear],
            show=progress,
            notifier=notifier,
        )
        if not any(entry.next_at or entry.state == "running" for entry in entries):
            click.echo(
                'no site has a schedule: write schedule = "0 3 * * 1" into a site file, or under [defaults] in fangtan.toml. 尚无任何网站设置抓取时间。',
                err=True,
            )
        if metrics:
            from crawler.schedule.metrics import serve  # noqa: PLC0415

            click.echo(f"metrics: {serve(collection, *_address(metrics))}", err=True)
        scheduler.run()
    if until_idle and entries and all(entry.state == "broken" for entry in entries):
        return ConfigError.exit_code
    return next((c for c in (1, 4, 3) if c in codes), 0)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) < 65536:
        raise ConfigError(f"--metrics {text}: expected PORT or HOST:PORT")
    return host or "127.0.0.1", int(port)


def _worker(ctx: click.Context, delay: float | None) -> list[str]:
    """The command of the process that crawls."""
    verbose = ["-" + "v" * ctx.obj["verbose"]] if ctx.obj["verbose"] else []
    quiet = [*(["-q"] if ctx.obj["quiet"] else []), *(["--log-json"] if ctx.obj["log_json"] else [])]
    given = ["--delay", str(delay)] if delay is not None else []
    root = str(collection_of(ctx).root)
    return module("crawler", "-C", root, *verbose, *quiet, "schedule", "work", *given)


@schedule.command("work", hidden=True)
@_DELAY
@click.pass_context
def schedule_work(ctx: click.Context, delay: float | None) -> None:
    """Run as the scheduler's crawling process: orders as JSON lines on stdin, outcomes on stdout.

    \b
    Example:  fangtan schedule work
    """
    from crawler.run.options import Options  # noqa: PLC0415
    from crawler.schedule.worker import work  # noqa: PLC0415

    work(collection_of(ctx).require(), Options(delay=delay))


@schedule.command("install")
@click.option("--cron", is_flag=True, help="Print crontab lines instead of systemd units.")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help="Write the units into this folder instead of printing them."
)  # fmt: skip
@click.pass_context
def schedule_install(ctx: click.Context, cron: bool, into: Path | None) -> None:
    """Write systemd units (a permanent service, and a timer for ticks), or crontab lines.

    \b
    Example:  fangtan -C /srv/gansu schedule install --into ~/.config/systemd/user
    """
    from crawler.schedule.units import crontab, units  # noqa: PLC0415

    root = collection_of(ctx).require().root.resolve()
    if cron:
        click.echo(crontab(root))
        return
    for name, text in units(root).items():
        if into is None:
            click.echo(f"# {name}\n{text}")
        else:
            into.mkdir(parents=True, exist_ok=True)
            (into / name).write_text(text, "utf-8")
            click.echo(into / name)
    if into is not None:
        click.echo("now: systemctl --user daemon-reload && systemctl --user enable --now fangtan.service", err=True)


@schedule.command("egg")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def schedule_egg(file: Path) -> None:
    """Write the project as an egg for scrapyd; `scrapyd-deploy --egg FILE` deploys it.

    \b
    Example:  fangtan schedule egg fangtan.egg
    """
    from crawler.schedule.units import egg  # noqa: PLC0415

    egg(file)
    click.echo(file)
