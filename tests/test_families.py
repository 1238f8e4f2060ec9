"""Every CMS family from its home page alone: all list pages are found, every talk is read."""

import json

from conftest import fangtan
from family_sites import LIST, NAMES, build

from archive.collection import Collection
from archive.sites import load
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


def test_a_site_is_added_from_its_home_page_and_checked(tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County([build("epoint")], lambda *_: None) as county:
        added = fangtan(
            "sites", "add", county.urls[0], "--delay", "0", "--yes", "--json", "--schedule", "0 3 * * 1",
            "--fixtures", str(tmp_path / "pages"), collection=collection.root,
        )  # fmt: skip
        assert added.code == 0, added
        row = added.rows[0]
        assert (row["family"], row["name"], len(row["samples"])) == ("epoint", "青石县人民政府", 3)
        assert row["section"] == [county.urls[0].rstrip("/") + LIST["epoint"]]
        (path,) = collection.sites.glob("*.toml")
        assert load(path).schedule == "0 3 * * 1"
        again = fangtan("sites", "add", county.urls[0], "--delay", "0", "--yes", collection=collection.root)
        assert (again.code, "there is a site of that id" in again.err) == (2, True)
        checked = fangtan("sites", "check", "--delay", "0", "--json", collection=collection.root)
        assert (checked.code, checked.rows[0]["differences"]) == (0, [])
        crawled = fangtan("crawl", "--delay", "0", "--json", collection=collection.root)
        assert (crawled.code, crawled.rows[0]["interviews"]) == (0, 7)
    drafts = sorted((tmp_path / "pages").glob("*/expected.json"))
    assert len(drafts) == 3
    assert json.loads(drafts[0].read_text("utf-8"))["interview"]["kind"] == "transcript"


def test_a_changed_site_differs_from_its_file(tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County([build("trs")], lambda *_: None) as county:
        ports = [int(county.urls[0].split(":")[2].strip("/"))]
        assert fangtan("sites", "add", county.urls[0], "--delay", "0", "--yes", collection=collection.root).code == 0
    with County([build("gkmlpt")], lambda *_: None, ports) as county:
        checked = fangtan("sites", "check", "--delay", "0", "--json", collection=collection.root)
        assert checked.code == 3
        assert checked.rows[0]["differences"]


def test_sites_are_imported_from_a_table_and_failures_named(tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County([build("dede"), build("ucap")], lambda *_: None) as county:
        table = tmp_path / "counties.csv"
        table.write_text("url,schedule\n" + f"{county.urls[0]},0 3 * * 1\n{county.urls[1]},\nftp://x,\n", "utf-8")
        result = fangtan("sites", "import", str(table), "--delay", "0", collection=collection.root)
    assert result.code == 3
    assert f"{table}:4" in result.err
    assert len(list(collection.sites.glob("*.toml"))) == 2
