"""The process that crawls for the scheduler: orders come in as JSON lines, outcomes go out as JSON lines.

When its input ends (the scheduler was killed), it stops gracefully: what is in flight is kept, the queues wait.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from dataclasses import replace
from datetime import datetime
from typing import Any

from archive.collection.folder import Collection
from archive.errors import ConfigError, CrawlError
from crawler.leases.leasing import Leasing
from crawler.process import Crawling
from crawler.run.options import Options
from crawler.run.site_run import SiteRun
from crawler.schedule.progress import figures_of
from parsers.errors import FangtanError

log = logging.getLogger("fangtan")


def work(collection: Collection, options: Options, dask: str | None = None) -> None:
    """Take orders until there are no more.

    :param dask: a Dask scheduler whose workers crawl; without it this process does

    Orders: ``{"crawl": SITE, "until": TIME | null}``, ``{"stop": true}`` (gracefully), ``{"end": true}`` (when all is
    done). Answers: ``{"progress": {SITE: figures}}``, ``{"outcome": report}``, ``{"failed": SITE, "error": words}``.
    """
    crawling = Leasing(collection, dask, _progress) if dask else Crawling(collection, _progress)

    async def orders() -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        tasks: set[asyncio.Task[None]] = set()
        while True:
            line = await reader.readline()
            order = json.loads(line) if line else {"stop": True}
            if order.get("stop"):
                crawling.stop()
                break
            if order.get("end"):
                break
            tasks.add(asyncio.create_task(_crawl(crawling, order, options)))
        await asyncio.gather(*tasks)

    if death := crawling.start(orders):
        raise CrawlError(death)


async def _crawl(crawling: Crawling, order: dict[str, Any], options: Options) -> None:
    name = order["crawl"]
    try:
        site = crawling.collection.site(name)
        if site is None:
            raise ConfigError(f"{name}: its site file is gone")
        until = datetime.fromisoformat(order["until"]) if order.get("until") else None
        run = await crawling.open_beside(site, replace(options, until=until))
        outcome = await crawling.perform(run)
        _say({"outcome": outcome.report})
    except FangtanError as error:
        _say({"failed": name, "error": str(error)})
    except Exception as error:
        log.exception("%s: our bug", name)
        _say({"failed": name, "error": f"{type(error).__name__}: {error}"})


def _progress(runs: list[SiteRun]) -> None:
    if runs:
        _say({"progress": figures_of(runs)})


def _say(message: dict[str, Any]) -> None:
    """Report to the scheduler; when it is gone nobody listens, and the runs end in peace all the same."""
    try:
        sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except OSError as error:
        log.warning("nobody listens any longer: %s", error)
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - its descriptor is what is wanted
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
