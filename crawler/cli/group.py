"""The ``fangtan`` command: options in, exit code out, no logic.

Results go to standard output, talk to standard error. Exit codes: 0 done · 1 our bug · 2 usage or configuration · 3 finished but
incomplete · 4 blocked, or tampering not seen before · 5 verification failed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

import parsers
from archive.collection.folder import VERSION, Collection
from archive.errors import ConfigError
from archive.ledger import chain as ledger
from crawler.cli.archive import commands as archive_commands
from crawler.cli.console import collection_of, print_json, run_line, status_lines, worst
from crawler.cli.research import commands as research_commands
from crawler.cli.schedule import schedule
from crawler.cli.sites import sites
from parsers.errors import FangtanError, PageError


class _Main(click.Group):
    """Turns our errors into one line and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FangtanError as error:
            click.echo(f"fangtan: {error}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)


_CONTEXT = {"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "FANGTAN", "max_content_width": 120}


@click.group(cls=_Main, context_settings=_CONTEXT)
@click.version_option(VERSION, "-V", "--version", prog_name="fangtan")
@click.option(
    "-C",
    "--collection",
    type=click.Path(path_type=Path, file_okay=False),
    default="collection",
    show_default=True,
    show_envvar=True,
    help="The archive's folder.",
)
@click.option("-v", "--verbose", count=True, help="Log one line per page (-v), and Scrapy's own log (-vv).")
@click.option("-q", "--quiet", is_flag=True, help="Print only results and errors.")
@click.option("--log-json", is_flag=True, help="Write the log on stderr as JSON lines.")
@click.pass_context
def main(ctx: click.Context, collection: Path, verbose: int, quiet: bool, log_json: bool) -> None:
    """Crawl, archive, parse and prove the officials' interviews (政务访谈) of China's county governments."""
    _set_up_logging(verbose, quiet=quiet, as_json=log_json)
    ctx.obj = {"collection": Collection(collection), "quiet": quiet, "verbose": verbose, "log_json": log_json}


class _JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, words, and the trace of an error."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _set_up_logging(verbose: int, *, quiet: bool, as_json: bool) -> None:
    """Our lines by -v; Scrapy's and Twisted's, which open their loggers wide, only with -vv."""
    level = logging.ERROR if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if as_json else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    if verbose < 2:
        handler.addFilter(lambda record: record.name.split(".")[0] in ("fangtan", "archive", "crawler"))
    logging.basicConfig(level=level, handlers=[handler], force=True)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.pass_context
def init(ctx: click.Context, directory: Path | None) -> None:
    """Create a collection.

    \b
    Example:  fangtan init gansu
    """
    collection = Collection(directory) if directory else collection_of(ctx)
    collection.create()
    key = ledger.ensure_key(collection)
    click.echo(
        f"{collection.root}: a collection; its key is {key.data['fingerprint'][:16]}…; write operator and contact into {collection.root / 'fangtan.toml'}, then: fangtan -C {collection.root} crawl URL"
    )


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check the machine and the collection: what will fail, and what to do. Exit 2 when something will.

    \b
    Example:  fangtan -C gansu doctor
    """
    from archive.history.doctor import check_up  # noqa: PLC0415

    found = list(check_up(collection_of(ctx)))
    for finding in found:
        if as_json:
            print_json({name: getattr(finding, name) for name in finding.__slots__})
        else:
            advice = f"  → {finding.advice}" if finding.advice else ""
            click.echo(f"{finding.state:4} {finding.what}: {finding.found}{advice}")
    ctx.exit(2 if any(f.state == "bad" for f in found) else 0)


@main.command()
@click.argument("targets", nargs=-1, metavar="[SITE|URL]...")
@click.option(
    "--delay",
    type=click.FloatRange(min=0),
    help="Seconds between requests to one host, never less than robots.txt's Crawl-delay. 0 also turns off the extra delay for slow servers.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Fetch at most this many interview pages.")
@click.option(
    "--recheck",
    is_flag=True,
    help="Fetch every known interview again, conditionally. Without this option only due ones are fetched.",
)
@click.option("--sweep", is_flag=True, help="Read every list page. Without this option a crawl stops at known entries.")
@click.option("--resume", is_flag=True, help="Only continue an interrupted run.")
@click.option("--fresh", is_flag=True, help="Drop the queue of an interrupted run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON report per run.")
@click.pass_context
def crawl(
    ctx: click.Context,
    targets: tuple[str, ...],
    delay: float | None,
    limit: int | None,
    recheck: bool,
    sweep: bool,
    resume: bool,
    fresh: bool,
    as_json: bool,
) -> None:
    """Crawl sites of the collection, or a URL: a section, a home page, one interview.

    \b
    Example:  fangtan crawl https://www.gaotai.gov.cn/hdjl/zwft/
    """
    from crawler.process import crawl as run_crawl  # noqa: PLC0415
    from crawler.process import exit_code, interrupted_sites, select_sites  # noqa: PLC0415
    from crawler.run.options import Options  # noqa: PLC0415
    from crawler.schedule.progress import Progress  # noqa: PLC0415 - Scrapy loads slowly, other commands do without

    if resume and fresh:
        raise click.UsageError("--resume and --fresh exclude each other")
    collection = collection_of(ctx).create()
    chosen = interrupted_sites(collection) if resume and not targets else select_sites(collection, targets)
    for line in chosen.left_out:
        click.echo(line, err=True)
    with Progress(quiet=ctx.obj["quiet"]) as progress:
        options = Options(delay, limit, recheck, resume, fresh, sweep)
        crawled = run_crawl(collection, chosen.sites, options, progress.runs)
    if not crawled.outcomes and not crawled.failed:
        click.echo("nothing to resume", err=True)
    for outcome in crawled.outcomes:
        if as_json:
            print_json(outcome.report)
        else:
            click.echo(run_line(outcome.report))
    for line in crawled.failed:
        click.echo(line, err=True)
    ctx.exit(exit_code(crawled.outcomes, [*chosen.left_out, *crawled.failed]))


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Print one line per site, problems first: health, last good run, next run, what to do. Exit 4 or 3 on problems.

    \b
    Example:  fangtan status
    """
    from archive.collection import clock  # noqa: PLC0415
    from archive.history.health import health  # noqa: PLC0415

    rows = health(collection_of(ctx).require(), clock.now())
    for row in rows:
        if as_json:
            print_json(row.as_dict())
        else:
            click.echo("\n".join(status_lines(row)))
    if not rows and not as_json:
        click.echo("no site yet; fangtan sites add URL", err=True)
    ctx.exit(worst(row.health for row in rows))


@main.command()
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def runs(ctx: click.Context, run: str | None, as_json: bool) -> None:
    """List what each run did: pages, interviews new/changed/gone, errors, verdict, list pages declared and fetched.

    \b
    Example:  fangtan runs
    """
    from archive.collection.crawldb import under_way  # noqa: PLC0415
    from archive.collection.reports import as_it_stands  # noqa: PLC0415
    from archive.store.store import open_reader  # noqa: PLC0415

    collection = collection_of(ctx).require()
    db = open_reader(collection.store)
    reports = db.execute("SELECT report FROM runs WHERE ? IS NULL OR id = ? ORDER BY id", (run, run))
    live = {
        row["run"]: row
        for row in under_way(collection.crawl_db)
        if run in (None, row["run"]) and collection.locked(f"site-{row['site']}")
    }
    stored = (as_it_stands(collection, json.loads(r[0])) for r in reports)
    rows = [report for report in stored if report.get("run") not in live] + list(live.values())
    if run and not rows:
        raise ConfigError(f"{run}: no such run; see `fangtan runs`")
    for report in rows:
        if as_json:
            print_json(report)
        else:
            click.echo(run_line(report) if "run" in report else f"unreadable report: {report}")
            if run:
                for kind in ("error_list", "refusals", "challenges"):
                    for row in report.get(kind, []):
                        click.echo(
                            f"  {kind.removesuffix('_list').removesuffix('s')}: {row['url']} {row.get('reason') or row.get('rule')}"
                        )


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--url", help="The address that served the page.")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    help='A file of lines {"path", "url", "content_type"}; paths are relative to it.',
)
@click.pass_context
def parse(ctx: click.Context, files: tuple[Path, ...], url: str | None, manifest: Path | None) -> None:
    """Print the record of saved pages, one JSON object per line. No collection is needed.

    \b
    Example:  fangtan parse page.html --url http://www.gaotai.gov.cn/zwft/202112/t20211223_771589.html
    """
    if not files and not manifest:
        raise click.UsageError("name files, or a --manifest")
    failed = False
    for path, address, content_type in _inputs(files, url, manifest):
        try:
            try:
                data = path.read_bytes()
            except OSError as error:
                raise PageError(address, f"{path}: {error.strerror}") from error
            print_json(parsers.parse([parsers.Payload(address, data, content_type)]).as_dict())
        except PageError as error:
            failed = True
            print_json({"kind": "other", "url": address, "error": error.reason})
    ctx.exit(3 if failed else 0)


def _inputs(files: tuple[Path, ...], url: str | None, manifest: Path | None) -> Iterable[tuple[Path, str, str | None]]:
    for path in files:
        yield path, url or path.resolve().as_uri(), None
    if manifest is None:
        return
    try:
        lines = manifest.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{manifest}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield manifest.parent / row["path"], str(row["url"]), row.get("content_type")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f'{manifest}:{number}: expected {{"path", "url", "content_type"}}, found {line[:80]!r}'
            ) from error


@main.command()
@click.option("--site", help="Only this site.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def tamper(ctx: click.Context, site: str | None, as_json: bool) -> None:
    """List injected text that recurs in a site's interviews, also where no single page proves it. Exit 4 when there is any.

    \b
    Example:  fangtan tamper
    """
    from archive.research.recurring import recurrences  # noqa: PLC0415
    from archive.store.store import open_reader  # noqa: PLC0415

    db = open_reader(collection_of(ctx).require().store)
    if site and db.execute("SELECT 1 FROM sites WHERE id = ?", (site,)).fetchone() is None:
        raise ConfigError(f"{site}: no such site in the store; see `fangtan sites list`")
    found = recurrences(db, site)
    for row in found:
        if as_json:
            print_json(row.as_dict())
        else:
            click.echo(
                f"{row.site}  {row.text}  {row.rule}: {row.occurrences} times in {row.interviews} interview(s)  {' '.join(row.examples)}"
            )
    if not found and not as_json:
        click.echo("nothing recurs that does not belong there", err=True)
    ctx.exit(4 if found else 0)


@main.command()
@click.option("--digest", is_flag=True, help="Send the daily summary instead of a short test.")
@click.pass_context
def notify(ctx: click.Context, digest: bool) -> None:
    """Send a test message to every receiver of `[notify]` in fangtan.toml. Exit 3 when one does not accept it.

    \b
    Example:  fangtan notify
    """
    from archive.collection import clock  # noqa: PLC0415
    from archive.collection.receivers import receivers  # noqa: PLC0415
    from crawler.schedule import notices  # noqa: PLC0415
    from crawler.schedule.notify import deliver  # noqa: PLC0415

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


@main.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Crawl the bundled county end to end: real HTTP on loopback, real WARC, real SQLite.

    \b
    Example:  fangtan -C demo demo
    """
    from crawler.demo.command import run_demo  # noqa: PLC0415

    ctx.exit(run_demo(collection_of(ctx), quiet=ctx.obj["quiet"]))


for command in (sites, schedule, *archive_commands, *research_commands):
    main.add_command(command)
