"""A small archive of talks made in this process: several days, speakers and words, for pages, downloads and charts."""

from pathlib import Path

from support.talks import talk, written

from archive.collection.folder import Collection
from archive.handover.imports import take
from archive.ledger import chain as ledger

#: Path, day of capture, page.
FIRST = tuple(
    (
        f"/zxft/{n}.html",
        f"2024-0{1 + n % 6}-1{n % 9}",
        talk(
            f"第{n}期：群众关心的供水问题，已经为群众办好；供水管网改造{n}公里，群众满意。",
            f"供水价格由听证决定，群众{'代表' if n % 2 else '可以旁听'}参加，第{n}次听证。",
            title=f"供水访谈（{n}）",
            day=f"2023年{1 + n % 12}月{1 + n}日",
        ),
    )
    for n in range(9)
)
#: One older and one newer than all of them.
LATER = tuple(
    (f"/zxft/{n}.html", "2024-09-01", talk(f"群众说好，{n}。", f"群众再说，{n}。", title=f"后来的访谈（{n}）", day=day))
    for n, day in ((100, "2025年5月6日"), (101, "2020年5月6日"))
)


def add(collection, captures, name, folder: Path):
    """Import captures as a WARC file of a stranger."""
    path = folder / name
    written(path, captures)
    take(collection, [path])
    return collection


def held(folder: Path):
    """A signed collection that holds the first of them."""
    collection = Collection(folder / "c").create()
    ledger.ensure_key(collection)
    return add(collection, FIRST, "first.warc.gz", folder)
