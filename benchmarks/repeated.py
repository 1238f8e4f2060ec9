"""Bytes of `archive/` with revisits over addresses and without: of a collection, or of a crawled section on loopback.

    python benchmarks/repeated.py [COLLECTION]

Without revisits each of these records would be as long as the one that it refers to. The section is made as the pages
of county CMSs are: each article has its own photograph, and a folder with copies of the same few pictures and icons.
Prints one JSON object.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.warc.records import Record, bare_id, scan
from benchmarks.crawl import site
from crawler.demo import hanweb_site
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

#: Pictures that every article folder has a copy of, in bytes: banner, guest's portrait frame, icon of a file type.
_COPIES = (24_000, 6_000, 900)
_PHOTO = 60_000


def section(count: int) -> DemoSite:
    """Articles of some 12 KB, each with a photograph of its own and copies of the same pictures."""
    made, drawn = site(count), random.Random(3)
    copies = [drawn.randbytes(size) for size in _COPIES]
    for n in range(count):
        page = f"/zxft/202101/t20210101_{n}.html"
        names = [f"/zxft/202101/W{n}_{k}.jpg" for k in range(len(copies) + 1)]
        shown = "".join(f"<img src='{name}'>" for name in names).encode()
        reply = made.replies[page]
        made.replies[page] = replace(reply, body=reply.body.replace(b"</body>", shown + b"</body>"))
        for name, data in zip(names, [*copies, drawn.randbytes(_PHOTO)], strict=True):
            made.replies[name] = Reply(b"\xff\xd8\xff\xe0" + data, "image/jpeg")
    return made


def measured(root: Path) -> dict[str, int | float]:
    """What revisits over addresses save in a collection."""
    lengths: dict[str, tuple[str, int]] = {}
    repeats: list[tuple[str, str, int]] = []
    kinds: Counter[str] = Counter()
    paths = sorted((root / "archive").glob("*.warc.gz"))
    for record in (found for path in paths for found in scan(path) if isinstance(found, Record)):
        if record.type == "response":
            lengths[record.id] = (record.target, record.position.length)
        elif record.type == "revisit":
            repeats.append((bare_id(record.get("WARC-Refers-To")), record.target, record.position.length))
        kinds[record.type] += 1
    saved = sum(
        lengths[original][1] - length
        for original, url, length in repeats
        if original in lengths and lengths[original][0] != url
    )
    after = sum(path.stat().st_size for path in paths)
    over = sum(original in lengths and lengths[original][0] != url for original, url, _ in repeats)
    return {
        "responses": kinds["response"], "revisits": kinds["revisit"], "over_addresses": over,
        "bytes_before": after + saved, "bytes_after": after, "saved": round(saved / (after + saved), 3),
    }  # fmt: skip


def main() -> None:
    """Measure a collection, or crawl one and measure it."""
    if len(sys.argv) > 1:
        print(json.dumps(measured(Path(sys.argv[1]))))
        return
    with County([section(200)], hanweb_site.answer_post) as county, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "crawler", "-q", "-C", folder, "crawl", "--delay", "0", county.urls[0]]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        print(json.dumps(measured(Path(folder))))


if __name__ == "__main__":
    main()
