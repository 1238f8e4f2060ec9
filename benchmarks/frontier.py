"""Memory and speed with a long queue: the frontier is on disk, so 100,000 waiting URLs must cost no more than 1,000.

    python benchmarks/frontier.py [URLS]

Queues requests as a spider does, through the scheduler class and its database, then takes a thousand of them out again.
"""

from __future__ import annotations

import logging
import resource
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent.parent))

from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from archive.collection.folder import Collection
from archive.collection.sites import ad_hoc
from crawler.run.begin import open_run
from crawler.run.options import Options
from crawler.run.site_run import SiteRun
from crawler.state.frontier import Frontier
from crawler.state.journal import Journal


class _Spider(Spider):
    name = "bench"

    def page(self, response: object) -> None:
        """What requests name."""

    failed = page


def resident() -> float:
    """Memory in MiB now, not its peak."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection(Path(folder) / "c").create()
        run = SiteRun(collection, ad_hoc("http://127.0.0.1:9/"), Journal(collection), Options())
        open_run(run)
        crawler = get_crawler(_Spider)
        crawler.fangtan_run = run
        crawler._apply_settings()  # noqa: SLF001 - as Scrapy does when it crawls
        spider = _Spider()
        frontier = Frontier(
            SimpleNamespace(fangtan_run=run, request_fingerprinter=crawler.request_fingerprinter, stats=crawler.stats)
        )
        frontier.open(spider)
        began, start = time.perf_counter(), resident()
        for n in range(1, total + 1):
            request = Request(
                f"http://127.0.0.1:9/zxft/202101/t20210101_{n}.html",
                callback=spider.page,
                errback=spider.failed,
                meta={"role": "detail"},
            )
            frontier.enqueue_request(request)
            if n % 100 == 0:
                run.journal.checkpoint()
            if n in (1_000, total // 10, total // 2, total):
                rate = n / (time.perf_counter() - began)
                print(
                    f"{n:>9,} waiting: {resident():6.1f} MiB ({resident() - start:+.1f}), {rate:,.0f} queued a second"
                )
        began = time.perf_counter()
        taken = sum(frontier.next_request() is not None for _ in range(1_000))
        run.journal.checkpoint()
        print(
            f"{taken:,} taken out of {total:,}: {taken / (time.perf_counter() - began):,.0f} a second, {resident():.1f} MiB"
        )
        run.close()
        run.release()
        run.journal.close()


if __name__ == "__main__":
    main()
