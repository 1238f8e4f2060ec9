"""The ``fangtan`` command: options in, exit code out, no logic.

Results go to standard output, talk to standard error. Exit codes: 0 done · 1 our bug · 2 usage or configuration · 3
finished but incomplete · 4 blocked, or tampering not seen before · 5 verification failed.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from archive import VERSION
from crawler.cli.lazy import LazyGroup
from parsers.errors import FangtanError

#: Where each command is, and the first paragraph of its help.
COMMANDS = {
    "agreement": (
        "crawler.cli.coding:agreement",
        "Print how far coders agree about each variable: Krippendorff's alpha, units, coders.",
    ),
    "changes": (
        "crawler.cli.history:changes",
        "List interviews that are gone, changed after publication, or were hijacked after their first capture.",
    ),
    "cite": (
        "crawler.cli.research:cite",
        "Print how to cite a turn or an interview, with archive, version, WARC record and day of capture.",
    ),
    "code": (
        "crawler.cli.coding:code",
        "Take the codes of a coder from a CSV file, or list all codes. Exit 3 when a row was not taken.",
    ),
    "correct": (
        "crawler.cli.store:correct",
        "Correct a value that was parsed wrongly, or list the corrections. Parsed values and the text stay unchanged.",
    ),
    "crawl": (
        "crawler.cli.crawl:crawl",
        "Crawl sites of the collection, or a URL: a section, a home page, one interview.",
    ),
    "demo": (
        "crawler.cli.demo:demo",
        "Crawl the bundled county end to end: real HTTP on loopback, real WARC, real SQLite.",
    ),
    "diff": (
        "crawler.cli.history:diff",
        (
            "Show what a site changed on a page: numbers and names first, then fields and turns with the changed "
            "characters."
        ),
    ),
    "doctor": (
        "crawler.cli.doctor:doctor",
        "Check the machine and the collection: what will fail, and what to do. Exit 2 when something will.",
    ),
    "export": (
        "crawler.cli.research:export",
        "Write interviews for other programs, each export with a data sheet and checksums.",
    ),
    "import": (
        "crawler.cli.handover:import_",
        "Import WARC and WACZ files of other tools: verify them, record their origin, keep their bytes, parse them.",
    ),
    "fold": (
        "crawler.cli.store:fold",
        (
            "Rebuild the store and the index with the parts in DIR. What no part holds is read here. Exit codes are "
            "rebuild's."
        ),
    ),
    "init": ("crawler.cli.collection:init", "Create a collection."),
    "keywords": (
        "crawler.cli.research:keywords",
        "Find the words that the chosen turns use more than all others (log-likelihood); with WORD, its collocates.",
    ),
    "ledger": (
        "crawler.cli.proof:ledger",
        "Print the ledger's current head. Publish it: anyone who holds an old head can detect later deletions.",
    ),
    "merge": (
        "crawler.cli.handover:merge",
        "Merge another collection into this one. Merging it again changes nothing.",
    ),
    "notify": (
        "crawler.cli.notify:notify",
        "Send a test message to every receiver of `[notify]` in fangtan.toml. Exit 3 when one does not accept it.",
    ),
    "package": (
        "crawler.cli.packages:package",
        "Write a signed WACZ package of the collection, each site, a site, a run, a page or an interview.",
    ),
    "parse": (
        "crawler.cli.parse:parse",
        "Print the record of saved pages, one JSON object per line. No collection is needed.",
    ),
    "part": (
        "crawler.cli.store:part",
        (
            "Read WARC files of the collection, without its store: one part for each site, for `fold`. Exit 3 when one "
            "fails."
        ),
    ),
    "past": (
        "crawler.cli.past:past",
        "Fetch what a web archive holds of a site, its vanished interviews first. Exit 3 when something is left.",
    ),
    "rebuild": (
        "crawler.cli.store:rebuild",
        (
            "Derive the store and the index again from WARC and the collection's plain files. Exit 3 when a "
            "correction is unreadable."
        ),
    ),
    "record": (
        "crawler.cli.proof:record",
        (
            "Show the WARC record of any row: headers, digests, request, certificate, evidence, commands that check "
            "it without fangtan."
        ),
    ),
    "recompress": (
        "crawler.cli.handover:recompress",
        "Make valid WARC files: each record in a gzip member of its own. No file is replaced.",
    ),
    "replay": (
        "crawler.cli.handover:replay",
        "Serve the captured pages with pywb, without a copy. `make replay` installs pywb once.",
    ),
    "replicate": (
        "crawler.cli.keeping:replicate_to",
        "Copy what the ledger vouches for to a folder or to S3, and read it back. Nothing there is overwritten.",
    ),
    "reparse": (
        "crawler.cli.store:reparse",
        (
            "Read again what other parsers read: after an update, or when a site file states another family. Exit 5 "
            "when records are lost."
        ),
    ),
    "restore": (
        "crawler.cli.keeping:restore_from",
        "Bring a damaged or lost file back from a replica, when its bytes are those that the signed ledger names.",
    ),
    "runs": (
        "crawler.cli.collection:runs",
        "List what each run did: pages, interviews new/changed/gone, errors, verdict, list pages declared and fetched.",
    ),
    "sample": (
        "crawler.cli.coding:sample",
        "Draw turns for coders into a CSV file: from each stratum its share, with an empty column for codes.",
    ),
    "search": ("crawler.cli.research:search", "Find turns. Matches are exact at any length."),
    "serve": (
        "crawler.cli.serve:serve",
        "Serve the reading room, read-only: home, search, interviews, and Datasette's tables, SQL and JSON.",
    ),
    "status": (
        "crawler.cli.status:status",
        (
            "Print one line per site, problems first: health, last good run, next run, what to do. Exit 4 or 3 on "
            "problems."
        ),
    ),
    "tamper": (
        "crawler.cli.history:tamper",
        (
            "List injected text that recurs in a site's interviews, also where no single page proves it. Exit 4 when "
            "there is any."
        ),
    ),
    "trends": (
        "crawler.cli.research:trends",
        "Print how often words are said in ten thousand characters, by year or another group.",
    ),
    "verify": (
        "crawler.cli.verify:verify",
        "Check WARC records, index, ledger, store and packages against each other. Exit 5 when anything is wrong.",
    ),
    "withhold": (
        "crawler.cli.handover:withhold",
        "Hide captures from store, web, replay and packages (a lawful takedown). The ledger keeps the proof.",
    ),
}
SCHEDULE = {
    "egg": (
        "crawler.cli.units:schedule_egg",
        "Write the project as an egg for scrapyd; `scrapyd-deploy --egg FILE` deploys it.",
    ),
    "install": (
        "crawler.cli.units:schedule_install",
        "Write systemd units (a permanent service, and a timer for ticks), or crontab lines.",
    ),
    "list": (
        "crawler.cli.dates:schedule_list",
        "List all sites: when each is crawled next and why, or why not. Times are Asia/Shanghai.",
    ),
    "next": ("crawler.cli.dates:schedule_next", "List the next dates in order, including back-off and windows."),
    "pause": ("crawler.cli.dates:schedule_pause", "Pause sites until `schedule resume`."),
    "resume": ("crawler.cli.dates:schedule_resume", "Resume paused sites, and sites whose runs crashed."),
    "run": (
        "crawler.cli.scheduler:schedule_run",
        "Crawl each site when it is due, until SIGTERM. Then finish requests in flight and keep the queues.",
    ),
    "tick": (
        "crawler.cli.scheduler:schedule_tick",
        "Crawl what is due now, then end: for systemd timers and cron. Do nothing while another scheduler runs.",
    ),
    "work": ("crawler.cli.worker:schedule_work", ""),
}
FAMILY = {
    "new": (
        "crawler.cli.family:family_new",
        "Write the file of a CMS family from saved pages: its home page, list pages and interviews.",
    ),
}
SITES = {
    "add": (
        "crawler.cli.onboarding:sites_add",
        "Find section, family and paging from any page of a site, try three interviews, write the site file.",
    ),
    "check": (
        "crawler.cli.onboarding:sites_check",
        "Compare the live site with its file and report differences. Write nothing. Exit 3 when something differs.",
    ),
    "import": (
        "crawler.cli.onboarding:sites_import",
        (
            "Add every site of a CSV file with a column url (网址), and any key of a site file. Exit 3 when one was not "
            "added."
        ),
    ),
    "list": (
        "crawler.cli.sites:sites_list",
        "List the sites. Report wrong files with their line. Exit 3 when a file is wrong, 2 when all are.",
    ),
}


class _Main(LazyGroup):
    """Turns our errors into one line and their exit code."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command; what a terminal of another encoding cannot show is written as an escape."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                with suppress(OSError):  # what was a file when Python opened it may be a pipe now
                    stream.reconfigure(errors="backslashreplace")
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        given = tuple(ctx.args)
        try:
            return super().invoke(ctx)
        except FangtanError as error:
            click.echo(f"fangtan: {error}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except (OSError, sqlite3.Error) as error:
            if not import_module("crawler.cli.ending").is_said(error, ctx.params["collection"], given):
                raise
            ctx.exit(2)


_CONTEXT = {"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "FANGTAN", "max_content_width": 120}


@click.group(cls=_Main, table=COMMANDS, context_settings=_CONTEXT)
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
    ctx.obj = {"collection": collection, "quiet": quiet, "verbose": verbose, "log_json": log_json}


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


@main.group(cls=LazyGroup, table=SCHEDULE)
def schedule() -> None:
    """Crawl sites when they are due. Site files say when (schedule, window, priority, budget)."""


@main.group(cls=LazyGroup, table=FAMILY)
def family() -> None:
    """Teach a CMS family. For a checkout of the project."""


@main.group(cls=LazyGroup, table=SITES)
def sites() -> None:
    """Add, check and list the sites of the collection."""
