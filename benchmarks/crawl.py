"""Pages per second and peak memory: plain Scrapy without capture or parsing against `fangtan crawl`, same pages, one run.

    python benchmarks/crawl.py [PAGES]

Both fetch one page at a time from the same loopback server, without delay. Prints one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

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


def peak_of(process: subprocess.Popen[bytes]) -> int:
    """Largest resident set of a process and its children, in KiB, sampled from /proc while it runs."""
    best = 0
    while process.poll() is None:
        total = 0
        for pid in [process.pid, *_children(process.pid)]:
            try:
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmRSS:"):
                        total += int(line.split()[1])
            except OSError:
                continue
        best = max(best, total)
        time.sleep(0.02)
    return best


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


def measure(command: list[str], served: Clocked) -> tuple[float, float, int]:
    """Seconds between the first and the last request, wall seconds of the command, peak KiB."""
    served.times = []
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak: list[int] = []
    watcher = threading.Thread(target=lambda: peak.append(peak_of(process)))
    watcher.start()
    process.wait()
    seconds = time.monotonic() - began
    watcher.join()
    return served.times[-1] - served.times[0], seconds, peak[0]


def main() -> None:
    """Alternate the two, three rounds, and keep the best of each."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    pages = count + -(-count // 50)
    base = site(count)
    served = Clocked(base.name, base.home, base.replies)
    plain, ours = [], []
    with County([served], hanweb_site.answer_post) as county, tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "plain.py"
        script.write_text(PLAIN)
        for turn in range(3):
            plain.append(measure([sys.executable, str(script), county.urls[0]], served))
            options = ["-q", "-C", str(Path(folder) / f"c{turn}"), "crawl", "--delay", "0", county.urls[0]]
            ours.append(measure([sys.executable, "-m", "crawler", *options], served))
    best_plain, best_ours = min(plain), min(ours)
    result = {
        "pages": pages,
        "plain_scrapy_pages_per_s": round(pages / best_plain[0], 1),
        "fangtan_pages_per_s": round(pages / best_ours[0], 1),
        "fetch_ratio": round(best_plain[0] / best_ours[0], 2),
        "command_ratio_with_parsing": round(best_plain[1] / best_ours[1], 2),
        "plain_peak_mib": round(best_plain[2] / 1024),
        "fangtan_peak_mib_with_indexer": round(best_ours[2] / 1024),
        "rounds_s": {"plain": [round(x[0], 1) for x in plain], "fangtan": [round(x[0], 1) for x in ours]},
    }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
