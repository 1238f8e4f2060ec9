"""The map of tiles: counted again site by site; every division of today has one tile, in both languages, and leads on."""

import asyncio
import re

import pytest
from support.recount import add_talk

from archive.collection.divisions import table
from archive.collection.folder import Collection
from archive.store.store import insert, open_store, transaction
from archive.web.maps import children, tiles
from archive.web.serve import application
from parsers.record import Record

#: Sites: id, code, number of talks.
SITES = (
    ("a", "620000", 1),
    ("b", "620600", 2),
    ("c", "620621", 3),
    ("d", "620621", 1),
    ("e", "110108", 2),
    ("f", "429004", 4),
    ("g", None, 5),
    ("h", "110103", 1),
)


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    (folder / "fangtan.toml").touch()
    database = open_store(folder / "fangtan.db")
    with transaction(database) as db:
        number = 0
        for site, code, talks in SITES:
            insert(db, "sites", {"id": site, "name": f"网站{site}", "host": f"{site}.example", "code": code})
            for _ in range(talks):
                add_talk(
                    db, f"{number:016x}", Record(url="", kind="transcript", parser="x"), site=site, day="2020-01-01"
                )
                number += 1
    database.conn.close()
    return Collection(folder)


@pytest.fixture(scope="module")
def db(collection):
    database = open_store(collection.store)
    yield database.conn
    database.conn.close()


@pytest.mark.parametrize("prefix", ["", "62", "6206", "11", "42", "4290", "53"])
def test_tiles_have_the_interviews_of_their_sites(db, prefix):
    found = {tile.code: tile.interviews for tile in tiles(db, prefix)}
    wanted = {code: sum(n for _, of, n in SITES if of and of.startswith(code)) for code, _ in children(prefix)}
    length = len(next(iter(wanted)))
    own = {of[:length]: 0 for _, of, _ in SITES if of and of.startswith(prefix)}
    for code in own:
        own[code] = sum(n for _, of, n in SITES if of and of.startswith(code))
    assert found == wanted | own
    assert sum(found.values()) == sum(n for _, of, n in SITES if of and of.startswith(prefix))
    places = [(tile.x, tile.y) for tile in tiles(db, prefix)]
    assert len(places) == len(set(places)), "no tile lies on another"


def test_every_county_of_today_is_reached_from_the_country():
    below = {code for province, _ in children("") for code, _ in children(province)}
    below |= {code for prefix in below if len(prefix) == 4 for code, _ in children(prefix)}
    counties = {code for code, division in table().items() if division.county and not division.until}
    assert counties == {code for code in below if len(code) == 6}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_leads_down_and_to_the_lists(collection, lang):
    client = application(collection).client

    def ask(path):
        return asyncio.run(client.get(f"{path}lang={lang}"))

    country = ask("/map?").text
    assert f"/map?code=62&amp;lang={lang}" in country
    assert (lang == "zh") == ("甘肃" in country)
    assert ('aria-label="甘肃省: 7"' if lang == "zh" else 'aria-label="Gansu: 7"') in country
    assert ("无区划代码的网站的访谈：5" if lang == "zh" else "sites without a division code: 5") in country
    assert "http" not in country.split("<main")[1].replace("http://www.w3.org/2000/svg", "")
    prefecture = ask("/map?code=6206&").text
    assert re.search(r'aria-label="民勤县: 4"', prefecture)
    assert f"/interviews?site=c&amp;lang={lang}" in prefecture
    for wrong in ("7", "99", "6299", "620621", "x"):
        assert ask(f"/map?code={wrong}&").status_code == 404, wrong
