"""An archive like real ones, of any size: sites with list pages, talks of some 33 kB, pictures, notices, re-captures and changed versions.

The records are written by the product's own writer. Equal arguments give equal pages; record ids differ.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent.parent))

from support.corpora import corpus

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.warc.exchange import Earlier, Exchange, records_of
from archive.warc.write import WarcWriter
from benchmarks.big_store import COMMON

#: Interviews of one site, entries of one list page, menu entries that make a page 33 kB.
A_SITE, A_LIST, MENU = 350, 20, 520
#: Turns of a talk as the nation has them, and characters of each as real pages have them: the host's, the guest's.
TURNS, SAID = 17, (131, 105)
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
_PICTURE = bytes(range(256)) * 40


@cache
def _lexicon() -> tuple[str, ...]:
    """Words that talks are made of: common ones come first."""
    chance = random.Random(8)
    return tuple("".join(chance.choices(COMMON, k=chance.choice((1, 2, 2, 2, 3)))) for _ in range(6000))


def _sentence(chance: random.Random, characters: int) -> str:
    """So many characters of running text; words come as often as their rank says."""
    words, length = _lexicon(), max(12, int(chance.gauss(characters, characters / 3)))
    found = ""
    while len(found) < length:
        found += words[int(len(words) ** chance.random()) - 1]
        found += "，" if chance.random() < 0.1 else ""
    return f"{found[:length]}。"


def long_talk(seed: str) -> bytes:
    """The talk of a page as real ones have it, between host and guest: some 5.5 kB of words."""
    chance = random.Random(seed)
    name = chance.choice(("赵一鸣", "钱慧", "孙立", "李青", "周云"))
    title = f"县水务局局长{name}谈{_sentence(chance, 8)[:-1]}"
    turns = "".join(f"<p>{('主持人', name)[n % 2]}：{_sentence(chance, SAID[n % 2])}</p>" for n in range(TURNS))
    head = f"<h1>{title}</h1><p>发布时间：2021-05-06 10:05 来源：县融媒体中心</p><p>访谈嘉宾：县水务局局长{name}</p>"
    place = f"<p>访谈主题：{title}</p><p>访谈时间：2021年5月6日上午10:00-11:00</p>"
    head, begin = f"{head}{place}", f"<html><head><meta charset='utf-8'><title>{title}</title></head>"
    return f"{begin}<body><div class='TRS_Editor'>{head}{turns}</div></body></html>".encode()


def _menu(host: str) -> str:
    chance = random.Random(host)
    rows = (f"<li class='n{n}'><a href='/c{n}/'>栏目{chance.randrange(10**6)}</a></li>" for n in range(MENU))
    return f"<ul class='menu'>{''.join(rows)}</ul></body>"


class Site:
    """One site, written week by week into one file a run.

    :param number: which; ``interviews`` how many talks it has
    :param long: whether talks are as long as real ones; else they are those of the corpus, of half a kilobyte
    """

    def __init__(self, collection: Collection, number: int, interviews: int, *, long: bool = False) -> None:
        self.long = long
        self.collection, self.id, self.count = collection, f"site{number}", interviews
        self.number, self.host = number, f"http://www.county{number}.example.gov.cn"
        self.menu = _menu(self.host).encode()
        self.earlier: dict[str, Earlier] = {}

    def address(self, n: int) -> str:
        """The page of a talk."""
        return f"{self.host}/hdjl/zwft/t2021_{n}.html"

    def talk(self, n: int, edition: int = 0) -> bytes:
        """A talk; each edition is a version of its own."""
        number = self.number * 7919 + n
        body: bytes = long_talk(str(number)) if self.long else corpus.make("dev", 1, number % 20000).data
        more = f"<p>补充说明第{edition}次修订。</p>".encode() if edition else b""
        own = f"<p>本期编号{self.number}之{n}。</p>".encode()
        return body.replace(b"</body>", own + more + self.menu)

    def lists(self, upto: int) -> Iterator[tuple[str, bytes]]:
        """The list pages with the newest talk first."""
        order = list(range(upto))[::-1]
        pages = max(1, -(-upto // A_LIST))
        for page in range(pages):
            rows = "".join(
                f"<li><a href='{self.address(n)}'>访谈第{n}期：县水务局谈第{n}号工作</a><span>2021-{n % 12 + 1:02d}-{n % 28 + 1:02d}</span></li>"
                for n in order[page * A_LIST : (page + 1) * A_LIST]
            )
            script = f"<script>createPageHTML({pages}, {page}, 'index', 'html');</script>"
            html = f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul class='list'>{rows}</ul>{script}"
            name = "index.html" if not page else f"index_{page}.html"
            yield f"{self.host}/hdjl/zwft/{name}", html.encode() + self.menu

    def run(self, week: int, *, upto: int, talks: dict[int, int], lists: bool = True) -> None:
        """One run: list pages and talks, equal payloads as revisits.

        :param talks: which are fetched, each with its edition
        """
        began = BEGIN + timedelta(weeks=week, minutes=self.number)
        run = f"{began:%Y%m%dT%H%M%S}Z-{self.id}-{week:04x}"
        info = {"software": "fangtan/bench", "fangtan-run": run, "fangtan-site": self.id}

        def on_close(warc: Path, sha256: str) -> None:
            ledger.add_warc(self.collection, warc, sha256, {"run": run, "site": self.id})

        writer = WarcWriter(self.collection.archive, self.id, info, on_close)
        pages = [(url, html, f"list {n}") for n, (url, html) in enumerate(self.lists(upto), 1)] if lists else []
        pages += [(self.address(n), self.talk(n, edition), "detail") for n, edition in sorted(talks.items())]
        for second, (url, html, role) in enumerate(pages):
            self._write(writer, url, html, "text/html; charset=utf-8", role, began + timedelta(seconds=second))
        if not week:
            for n in range(0, upto, 4):
                self._write(
                    writer, f"{self.host}/pic/{n}.jpg", _PICTURE + bytes([n % 256]), "image/jpeg", "requisite", began
                )
        writer.close()

    def _write(self, writer: WarcWriter, url: str, body: bytes, mime: str, role: str, when: datetime) -> None:
        request = f"GET {url.removeprefix(self.host)} HTTP/1.1\r\nHost: {self.host[7:]}\r\n\r\n".encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        exchange = Exchange(
            url, "GET", request, head + body, "192.0.2.1", when, role=role, earlier=self.earlier.get(url)
        )
        members, captured = records_of(exchange)
        writer.write(members)
        if captured.type == "response":
            self.earlier[url] = Earlier(captured.record_id, captured.date, url, 200, captured.sha256, captured.form)


def archive(collection: Collection, interviews: int, *, weeks: int = 3, long: bool = False) -> Collection:
    """An archive of so many interviews: the first run of each site, then weekly runs that look at a tenth of them again;
    a fiftieth has changed.
    """
    collection.create()
    ledger.ensure_key(collection)
    for number in range(-(-interviews // A_SITE)):
        site = Site(collection, number, min(A_SITE, interviews - number * A_SITE), long=long)
        site.run(0, upto=site.count, talks=dict.fromkeys(range(site.count), 0))
        for week in range(1, weeks):
            again = {n: week if n % 50 == week else 0 for n in range(site.count) if n % 10 == week % 10}
            site.run(week, upto=site.count, talks=again)
    return collection
