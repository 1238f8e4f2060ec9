"""Every CMS family from its home page alone: all list pages are found, every talk is read."""

from conftest import fangtan
from family_sites import LIST, NAMES, build

from archive.collection import Collection
from archive.store import open_reader
from crawler.demo.server import County


def test_each_family_is_crawled_to_its_last_page(tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County([build(family) for family in LIST], lambda *_: None) as county:
        result = fangtan("crawl", "--delay", "0", "--json", *county.urls, collection=collection.root, timeout=300)
        urls = dict(zip(LIST, county.urls, strict=True))
    found = {}
    db = open_reader(collection.store)
    for family, url in urls.items():
        host = url.split("/")[2]
        talks = db.execute("SELECT uid, n_turns FROM interviews WHERE url LIKE ?", [f"http://{host}/%"]).fetchall()
        guests = [db.execute("SELECT name FROM guests WHERE interview = ?", [uid]).fetchall() for uid, _ in talks]
        found[family] = (len(talks), {n for _, n in talks}, sorted(name for rows in guests for (name,) in rows))
    db.close()
    assert found == dict.fromkeys(LIST, (7, {3}, sorted(NAMES))), result
