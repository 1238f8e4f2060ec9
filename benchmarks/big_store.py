"""A store of any size, written through the product's own functions from generated talks."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.store.names import words_of
from archive.store.store import index_version, insert, open_store, transaction

COMMON = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
TURNS_A_TALK = 16
SITES = 40


def texts(count: int, seed: int = 3) -> Iterator[str]:
    """Turns of 20 to 200 characters; common characters come often, as in prose."""
    chance = random.Random(seed)
    weights = [1 / (rank + 3) for rank in range(len(COMMON))]
    for _ in range(count):
        yield "".join(chance.choices(COMMON, weights, k=chance.randint(20, 200)))


def build(path: Path, count: int) -> None:
    """Write a store of ``count`` turns in talks of sixteen, of forty sites and sixteen years."""
    chance = random.Random(5)
    database = open_store(path)
    source = texts(count)
    with transaction(database) as db:
        for site in range(SITES):
            insert(
                db,
                "sites",
                {"id": f"s{site}", "name": f"第{site}县人民政府", "host": f"s{site}.example", "province": "甘肃省"},
            )
        for number in range(0, count, TURNS_A_TALK):
            uid, site = f"{number:016x}", f"s{chance.randrange(SITES)}"
            day = f"20{chance.randint(10, 26)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
            when, url = f"{day}T08:00:00Z", f"https://{site}.example/{uid}.html"
            insert(db, "captures", {
                "id": uid, "key": url, "url": url, "method": "GET", "fetched_at": when, "status": 200, "mime": "text/html", "sha256": "0" * 64, "bytes": 0,
                "type": "response", "warc_file": "x.warc.gz", "warc_offset": number, "warc_length": 1, "record_id": uid, "site": site,
            })  # fmt: skip
            db.execute(
                "INSERT INTO _interviews(uid, site, url, first_seen, last_seen) VALUES (?, ?, ?, ?, ?)",
                (uid, site, url, when, when),
            )
            version, said = (
                f"{uid}.1",
                [t for _, t in zip(range(min(TURNS_A_TALK, count - number)), source, strict=False)],
            )
            insert(db, "versions", {
                "id": version, "interview": uid, "version_no": 1, "capture": uid, "parser": "bench", "content_sha256": uid, "newest": 1, "kind": "transcript",
                "title": f"访谈{number}", "published_at": day, "time_start": f"{day}T15:00:00+08:00", "n_turns": len(said), "characters": sum(map(len, said)), "evidence": "{}",
            })  # fmt: skip
            rows = [(f"{uid}.{name}", version, n, "主持人" if n % 2 else "王建国", None if n % 2 else "王建国", "host" if n % 2 else "guest", text)
                    for n, (name, text) in enumerate(zip(words_of(said), said, strict=True), 1)]  # fmt: skip
            db.executemany(
                "INSERT INTO _turns(id, version, seq, speaker, person, role, text) VALUES (?, ?, ?, ?, ?, ?, ?)", rows
            )
            index_version(db, version)
    database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.conn.close()
