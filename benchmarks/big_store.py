"""A store of any size, as rich as a crawled one, written through the product's own functions from generated talks.

Talks have guests with organisations and posts, questions of hosts, netizens and reporters, remarks and suspicions, a second version
here and there, runs of each site; texts have line feeds, Latin letters and digits. A few talks have no date. Offices of a county
have one head for four years, who then may have another post; the prefecture's site talks with heads of counties, too. Some values are
contested or abstained from, and some talks are printed twice.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from array import array
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.store import packing
from archive.store.derived import derive
from archive.store.store import add_version, index_versions, insert, open_store, transaction
from parsers.record import Flag, Guest, Record, Turn

COMMON = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "建国志强秀英丽华明军玉兰文斌海燕永红"
BUREAUS = (
    "水务局",
    "教育局",
    "卫生健康局",
    "民政局",
    "自然资源局",
    "交通运输局",
    "农业农村局",
    "人力资源和社会保障局",
    "市场监督管理局",
    "住房和城乡建设局",
)
LATIN = ("GDP", "PM2.5", "12345", "2021年", "5G", "3.6万", "www.gov.cn", "A级")
PROVINCES = ("甘肃省", "四川省", "河南省", "云南省", "湖南省", "陕西省")
TURNS_A_TALK = 16
SITES = 3000
#: A smaller store has fewer sites: so many talks each.
TALKS_A_SITE = 20
#: A prefecture with its counties has so many sites.
COUNTIES = 10
#: So many talks are written in one transaction.
TOGETHER = 2000
#: A value that is less sure than this is contested.
SURE = 0.9


def texts(count: int, seed: int = 3) -> Iterator[str]:
    """Turns of 20 to 200 characters; common characters come often, as in prose. One in four has Latin or digits, one in eight a line feed."""
    chance = random.Random(seed)
    shares = list(accumulate(1 / (rank + 3) for rank in range(len(COMMON))))
    # One of 65,536 places for two random bytes: a hundred times as fast as a weighted choice of each character.
    places = [COMMON[bisect(shares, (n + 0.5) / 65536 * shares[-1])] for n in range(65536)]
    for _ in range(count):
        drawn = array("H", chance.randbytes(2 * chance.randint(20, 200)))
        text = "".join([places[n] for n in drawn])
        for share, piece in ((0.25, chance.choice(LATIN)), (0.125, "\n")):
            if chance.random() < share:
                at = chance.randrange(1, len(text))
                text = text[:at] + piece + text[at:]
        yield text


def place_of(site: int) -> str:
    """A county, or the prefecture of the nine behind it."""
    return f"第{site}县" if site % COUNTIES else f"第{site // COUNTIES}市"


def evidence_of(record: Record) -> dict[str, Any]:
    """Quotes for what is read, as the parsers give them; some values are contested, some abstained from."""
    found: dict[str, Any] = {
        name: {"method": "label", "quote": str(value), "before": "发布时间：", "after": "来源：本网", "rejected": []}
        for name, value in (("title", record.title), ("theme", record.theme), ("published_at", record.published_at))
        if value
    }
    if record.published_at and record.confidence["published_at"] < SURE:
        found["published_at"]["rejected"] = ["2011-01-01"]
    dates = {"reason": "contradiction", "candidates": ["2011-01-01", "2012-01-01"]}
    abstained = {} if record.published_at else {"published_at": dates}
    return {"evidence": found, "confidence": record.confidence, "abstained": abstained, "skipped": []}


@dataclass(slots=True)
class _Maker:
    """Makes talks, each a function of the seed and of those before."""

    db: sqlite3.Connection
    chance: random.Random
    source: Iterator[str]
    sites: int
    last: Record | None = None

    def site(self, number: int) -> None:
        """A site and ten runs of it, the last of which may have been cut off."""
        name = f"s{number}"
        insert(self.db, "sites", {
            "id": name, "name": f"{place_of(number)}人民政府", "host": f"{name}.example", "family": "bench",
            "province": PROVINCES[number % len(PROVINCES)], "prefecture": f"第{number // COUNTIES}市", "county": place_of(number) if number % COUNTIES else None,
        })  # fmt: skip
        for month in range(1, 11):
            verdict = "incomplete" if month == 10 and number % 20 == 0 else "ok"
            insert(self.db, "runs", {
                "id": f"2026{month:02d}01T000000Z-{name}", "site": name, "started_at": f"2026-{month:02d}-01T00:00:00Z", "ended_at": f"2026-{month:02d}-01T01:00:00Z",
                "verdict": verdict, "reason": None if verdict == "ok" else "timed out", "pages": 40, "interviews": 20, "new": 2, "changed": 0, "gone": 0,
                "unchanged": 18, "errors": 0, "declared": 2, "got": 2, "bytes": 1_000_000, "exit_code": 0, "code_version": "bench", "report": '{"left": 0}',
            })  # fmt: skip

    def talk(self, number: int, size: int) -> None:
        """A talk of so many turns; one in twenty has an earlier version, one in fifty no date."""
        at = self.chance.randrange(self.sites)
        uid, site = f"{number:016x}", f"s{at}"
        day = f"20{self.chance.randint(10, 26)}-{self.chance.randint(1, 12):02d}-{self.chance.randint(1, 28):02d}"
        url = f"https://{site}.example/{uid}.html"
        first, last = f"{day}T08:00:00Z", "2026-10-01T00:30:00Z"
        self.db.execute(
            "INSERT INTO _interviews(uid, site, url, first_seen, last_seen, gone_at) VALUES (?, ?, ?, ?, ?, ?)",
            (uid, site, url, first, last, last if number % 40 == 0 else None),
        )
        self.db.execute(
            "INSERT INTO _ids(id, interview, key, url, reason, place, since) VALUES (?, ?, ?, ?, 'page', 0, ?)",
            (uid, uid, url, url, first),
        )
        record = self._record(number, size, at, day)
        for version in range(1, 3 if number % 20 == 0 else 2):
            newest = version == (2 if number % 20 == 0 else 1)
            self._version(uid, version, newest, record, f"2026-{version:02d}-01T00:30:00Z", site, url)
        index_versions(self.db, [f"{uid}.{version}"])
        derive(self.db, uid)

    def _record(self, number: int, size: int, site: int, day: str) -> Record:
        """One in a hundred is the talk before, with another date."""
        printed = None if number % 50 == 0 else day
        if number % 100 == 7 and self.last is not None and len(self.last.turns) == size:
            return replace(self.last, published_at=printed, title=f"{self.last.title}（转载）")
        guests = tuple(self._guest(site, int(day[:4])) for _ in range(1 + number % 3 // 2))
        turns = tuple(self._turn(seq, said, guests) for seq, said in zip(range(1, size + 1), self.source, strict=False))
        flags = [Flag("date-differs", "info", "2020", "published_at")] if number % 5 == 0 else []
        if number % 100 == 0:
            flags.append(Flag("gambling", "alert", turns[-1].text[:4], f"turns[{size}]", 0, 4))
        self.last = Record(
            kind="transcript", genre="interview", title=f"访谈{number}", theme=f"主题{number % 500}", published_at=printed, source="本网",
            parser="bench", guests=guests, turns=turns, flags=tuple(flags), url="",
            confidence={"title": 0.6 if number % 100 == 1 else 0.95, "theme": 0.95, "published_at": 0.8 if number % 60 == 2 else 0.97},
        )  # fmt: skip
        return self.last

    def _guest(self, site: int, year: int) -> Guest:
        """The head of an office in a year; on a prefecture's site, of one of its counties now and then."""
        office, term = self.chance.randrange(len(BUREAUS)), year // 4
        if site % COUNTIES == 0 and self.chance.random() < 0.2:
            site = min(site + self.chance.randrange(1, COUNTIES), self.sites - 1)
        moved = random.Random(f"{site} {office} {term}")
        if moved.random() < 0.2:  # came from the next office
            moved = random.Random(f"{site} {(office + 1) % len(BUREAUS)} {term - 1}")
            moved.random()
        name = moved.choice(SURNAMES) + moved.choice(GIVEN) + moved.choice(GIVEN)
        place = place_of(site) if self.chance.random() < 0.7 else ""
        return Guest(name, place + BUREAUS[office], self.chance.choice(("局长", "局长", "党组书记、局长")))

    @staticmethod
    def _turn(seq: int, said: str, guests: tuple[Guest, ...]) -> Turn:
        """A guest's answer, or a question of a netizen, a reporter or the host, who greets first."""
        guest = guests[seq // 2 % len(guests)].name or ""
        speaker, person, role = (
            (guest, guest, "guest") if seq % 2 == 0
            else (f"网友{seq}", None, "netizen") if seq % 8 == 3
            else ("记者", None, "reporter") if seq % 8 == 5
            else ("主持人", None, "host")
        )  # fmt: skip
        greeting = "各位网友大家好，欢迎收看本期访谈。" if seq == 1 else ""
        return Turn(seq, speaker, person, role, f"{greeting}{said}{'' if role == 'guest' else '？'}")

    def _version(self, uid: str, number: int, newest: bool, record: Record, when: str, site: str, url: str) -> None:
        capture = f"{uid}-{number}"
        insert(self.db, "captures", {
            "id": capture, "key": url, "url": url, "method": "GET", "fetched_at": when, "status": 200, "mime": "text/html", "sha256": f"{capture:0>64}", "bytes": 30_000,
            "type": "response", "warc_file": f"{site}.warc.gz", "warc_offset": int(uid, 16) * 4 + number, "warc_length": 9000, "record_id": f"<urn:uuid:{capture}>",
            "site": site, "run": f"20260101T000000Z-{site}",
        })  # fmt: skip
        row: dict[str, Any] = {
            "id": f"{uid}.{number}", "interview": uid, "version_no": number, "capture": capture, "parser": "bench", "content_sha256": capture, "newest": int(newest),
            "kind": record.kind, "genre": record.genre, "title": record.title, "theme": record.theme, "published_at": record.published_at,
            "time_start": f"{record.published_at}T15:00" if record.published_at else None, "time_precision": "minute", "n_turns": len(record.turns),
            "characters": sum(len(t.text) for t in record.turns), "confidence": min(record.confidence.values()), "source": record.source,
            "contested": record.confidence["published_at"] if record.published_at and record.confidence["published_at"] < SURE else None,
            "evidence": packing.evidence_of(evidence_of(record)),
        }  # fmt: skip
        add_version(self.db, row, record)
        insert(self.db, "version_captures", {"version": row["id"], "capture": capture, "part": "page"})


def build(path: Path, count: int, sites: int | None = None) -> None:
    """Write a store of ``count`` turns in talks of sixteen and seventeen years.

    :param sites: of so many sites; else one for twenty talks, three thousand at most
    """
    database = open_store(path)
    sites = sites or max(2, min(SITES, count // TURNS_A_TALK // TALKS_A_SITE))
    starts = list(enumerate(range(0, count, TURNS_A_TALK)))
    maker = _Maker(database.conn, random.Random(5), texts(count), sites)
    with transaction(database):
        for number in range(sites):
            maker.site(number)
    for first in range(0, len(starts), TOGETHER):
        with transaction(database):
            for number, start in starts[first : first + TOGETHER]:
                maker.talk(number, min(TURNS_A_TALK, count - start))
    database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.conn.close()


if __name__ == "__main__":
    build(Path(sys.argv[1]), int(sys.argv[2]))
