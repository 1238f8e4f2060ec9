"""Pages per second and peak memory: two spiders of plain Scrapy against `fangtan crawl`, same pages, one run.

    python benchmarks/crawl.py [PAGES] [ROUNDS]

The first spider, the one of the aim, keeps nothing and reads links with a regular expression. It does less than anybody who crawls
to have the pages. So there is a second one, as Scrapy's tutorial writes it: it reads links with a selector and writes each
interview's title and paragraphs into a file.
All fetch one page at a time from the same loopback server, without delay. Prints one JSON object of medians. On a busy machine
only the processor time counts: of plain Scrapy, and of the busier of our two processes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from crawler.demo import hanweb_site
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

PLAIN = """
import asyncio, re, scrapy, sys
from scrapy.crawler import CrawlerProcess
class Spider(scrapy.Spider):
    name = "plain"
    async def start(self):
        yield scrapy.Request(sys.argv[1])
    def parse(self, response):
        for href in re.findall(r"href='([^']+)'", response.text):
            yield response.follow(href, self.parse)
        m = re.search(r"createPageHTML\\((\\d+), (\\d+)", response.text)
        if m and int(m[2]) + 1 < int(m[1]):
            yield response.follow(f"/zxft/index_{int(m[2]) + 1}.html", self.parse)
p = CrawlerProcess({"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "CONCURRENT_REQUESTS": 1, "DOWNLOAD_DELAY": 0, "REMOTE_CONTROL_ENABLED": False, "TELNETCONSOLE_ENABLED": False})
p.crawl(Spider)
p.start()
"""

ITEMS = """
import re, scrapy, sys
from scrapy.crawler import CrawlerProcess
class Spider(scrapy.Spider):
    name = "items"
    async def start(self):
        yield scrapy.Request(sys.argv[1])
    def parse(self, response):
        yield from response.follow_all(css="li a", callback=self.parse)
        m = re.search(r"createPageHTML\\((\\d+), (\\d+)", response.text)
        if m and int(m[2]) + 1 < int(m[1]):
            yield response.follow(f"/zxft/index_{int(m[2]) + 1}.html", self.parse)
        if title := response.css("h1::text").get():
            yield {"url": response.url, "title": title, "paragraphs": response.css("p::text").getall()}
p = CrawlerProcess({"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "CONCURRENT_REQUESTS": 1, "DOWNLOAD_DELAY": 0, "REMOTE_CONTROL_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "FEEDS": {sys.argv[2]: {"format": "jsonlines", "overwrite": True}}})
p.crawl(Spider)
p.start()
"""


def site(count: int) -> DemoSite:
    """Interviews of some 12 KB, fifty to a list page."""
    made = DemoSite("基准县")
    made.home = "/zxft/"
    head = "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body>"
    speech = "按照县委县政府的统一部署，我们坚持问题导向，细化工作措施，压实工作责任，推动各项任务落地见效。" * 12
    pages = -(-count // 50)
    for page in range(pages):
        numbers = range(page * 50, min(count, page * 50 + 50))
        rows = "".join(
            f"<li><a href='/zxft/202101/t20210101_{n}.html'>第{n}期访谈：话题之{n}</a><span>2021-01-01</span></li>"
            for n in numbers
        )
        script = f"<script>createPageHTML({pages}, {page}, 'index', 'html');</script>"
        made.replies["/zxft/" + (f"index_{page}.html" if page else "")] = Reply(
            f"{head}<ul>{rows}</ul>{script}</body></html>".encode()
        )
    for n in range(count):
        turns = "".join(
            f"<p>主持人：请介绍第{n}项工作的第{k}个方面。</p><p>李青：第{k}个方面，{speech}</p>" for k in range(3)
        )
        body = f"{head}<h1>第{n}期访谈：话题之{n}</h1><div class='TRS_Editor'><p>访谈嘉宾：县水务局局长李青</p>{turns}</div></body></html>"
        made.replies[f"/zxft/202101/t20210101_{n}.html"] = Reply(body.encode())
    return made


@dataclass
class Seen:
    """What a process and its children were seen to take.

    :ivar peak: largest resident set of all together, in KiB
    :ivar busy: processor seconds of each process
    """

    peak: int = 0
    busy: dict[int, float] = field(default_factory=dict)


def watch(process: subprocess.Popen[bytes]) -> Seen:
    """Look at /proc every 20 ms while a process runs."""
    seen = Seen()
    while process.poll() is None:
        total = 0
        for pid in [process.pid, *_children(process.pid)]:
            try:
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmRSS:"):
                        total += int(line.split()[1])
                ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
                seen.busy[pid] = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            except OSError:
                continue
        seen.peak = max(seen.peak, total)
        time.sleep(0.02)
    return seen


def _children(pid: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class Clocked(DemoSite):
    """A site that notes when it was first and last asked for a page."""

    def reply(self, path: str, generation: int) -> Reply | None:
        """As the base class, with the clock."""
        if path != "/robots.txt":
            self.times.append(time.monotonic())
        return super().reply(path, generation)


class Run(NamedTuple):
    """One crawl: seconds between the first and the last request, of the command, of its busiest process; peak in KiB."""

    fetching: float
    wall: float
    busiest: float
    peak: int


def measure(command: list[str], served: Clocked) -> Run:
    """Run a crawl."""
    served.times = []
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen: list[Seen] = []
    watcher = threading.Thread(target=lambda: seen.append(watch(process)))
    watcher.start()
    if process.wait():
        raise RuntimeError(f"exit {process.returncode}: {command}")
    wall = time.monotonic() - began
    watcher.join()
    return Run(served.times[-1] - served.times[0], wall, max(seen[0].busy.values()), seen[0].peak)


def rounds(count: int, times: int) -> dict[str, list[Run]]:
    """The spiders and fangtan in turn."""
    base = site(count)
    served = Clocked(base.name, base.home, base.replies)
    found: dict[str, list[Run]] = {"plain": [], "items": [], "fangtan": []}
    with County([served], hanweb_site.answer_post) as county, tempfile.TemporaryDirectory() as folder:
        plain, items, feed = (Path(folder) / name for name in ("plain.py", "items.py", "items.jsonl"))
        plain.write_text(PLAIN)
        items.write_text(ITEMS)
        for turn in range(times):
            options = ["-q", "-C", str(Path(folder) / f"c{turn}"), "crawl", "--delay", "0", county.urls[0]]
            commands = {
                "plain": [str(plain), county.urls[0]],
                "items": [str(items), county.urls[0], str(feed)],
                "fangtan": ["-m", "crawler", *options],
            }
            for name, command in commands.items():
                found[name].append(measure([sys.executable, *command], served))
            written = len(feed.read_bytes().splitlines())
            if written != count:
                raise RuntimeError(f"the spider with items wrote {written} of {count}")
    return found


def main() -> None:
    """Alternate the two and print medians; ratios are plain Scrapy's time divided by ours."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    pages = count + -(-count // 50)
    found = rounds(count, int(sys.argv[2]) if len(sys.argv) > 2 else 5)
    a, items, b = (Run(*map(statistics.median, zip(*runs, strict=True))) for runs in found.values())
    result = {
        "pages": pages,
        "plain_scrapy_pages_per_s": round(pages / a.fetching, 1),
        "scrapy_with_items_pages_per_s": round(pages / items.fetching, 1),
        "fangtan_pages_per_s": round(pages / b.fetching, 1),
        "fetch_ratio": round(a.fetching / b.fetching, 2),
        "command_ratio_with_parsing": round(a.wall / b.wall, 2),
        "processor_ratio_of_busiest_process": round(a.busiest / b.busiest, 2),
        "to_scrapy_with_items": {
            "fetch_ratio": round(items.fetching / b.fetching, 2),
            "command_ratio_with_parsing": round(items.wall / b.wall, 2),
            "processor_ratio_of_busiest_process": round(items.busiest / b.busiest, 2),
        },
        "plain_peak_mib": round(a.peak / 1024),
        "fangtan_peak_mib_with_indexer": round(b.peak / 1024),
        "rounds_s": {name: [round(x.wall, 1) for x in runs] for name, runs in found.items()},
    }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
