"""The map of tiles: counted again site by site; every division of today has one tile, in both languages, and leads on."""

import asyncio
import re
from urllib.parse import quote

import pytest
from support.recount import add_talk

from archive.collection.divisions import table
from archive.collection.folder import Collection
from archive.store.store import insert, open_store, transaction
from archive.web.latin import latin, province
from archive.web.maps import children, tiles
from archive.web.serve import application
from parsers.record import Record, Turn

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
            insert(
                db,
                "sites",
                {
                    "id": site, "name": f"网站{site}", "host": f"{site}.example", "code": code, "province": {"62": "甘肃省", "11": "北京市"}.get((code or "")[:2]),
                },
            )  # fmt: skip
            for _ in range(talks):
                said = (Turn(1, "主持人", None, "host", f"群众问第{number}件事"),)
                record = Record(url="", kind="transcript", turns=said, parser="x")
                add_talk(db, f"{number:016x}", record, site=site, day="2020-01-01")
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


def test_every_prefecture_of_today_has_a_name_for_english_readers():
    codes = {code[:4] for code, d in table().items() if d.prefecture and not d.county and not d.until}
    assert len(codes) > 300
    names = {code: latin(code) for code in codes}
    assert [
        code for code, name in names.items() if name is None or not re.fullmatch("[A-ZÜ][a-zêü'A-Z]+", name[1])
    ] == []
    pinyin = {code: set(table()[f"{code}00"].pinyin.split()) for code in codes}
    plain = {code: name[1].lower().replace("'", "").replace("ü", "v") for code, name in names.items()}
    others = {name[1] for code, name in names.items() if plain[code] not in pinyin[code]}
    assert others == {
        "Hohhot", "Ordos", "Hulunbuir", "Bayannur", "Ulanqab", "Hinggan", "Xilingol", "Alxa", "Harbin", "Qiqihar", "Garzê", "Lhasa", "Xigazê", "Qamdo", "Nyingchi", "Nagqu",
        "Ngari", "Golog", "Ürümqi", "Karamay", "Turpan", "Bortala", "Bayingolin", "Aksu", "Kizilsu", "Kashgar", "Hotan", "Ili", "Altay", "Luohe",
    }  # fmt: skip
    assert (latin("6207"), latin("620724"), latin("9999"), latin("62")) == (("Zhangye", "Zhangye"), None, None, ("GS", "Gansu"))  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "name", "said"),
    [
        ("en", "甘肃省", "Gansu"),
        ("en", "甘肃", "Gansu"),
        ("zh", "甘肃", "甘肃"),
        ("en", "内蒙古", "Inner Mongolia"),
        ("en", "江", "江"),
        ("en", "某省", "某省"),
        ("en", "", ""),
    ],
)
def test_a_province_for_a_reader(lang, name, said):
    assert province(lang, name) == said


def test_names_in_latin_letters_fit_their_tiles(collection):
    page = asyncio.run(application(collection).client.get("/map?code=62&lang=en")).text
    assert re.search('<text class="less"[^>]*>Lanzhou</text>', page)
    assert "class=" not in re.search("<text[^>]*>GS</text>", asyncio.run(application(collection).client.get("/map?lang=en")).text)[0]  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_charts_and_facets_name_provinces(collection, lang):
    client = application(collection).client
    page = asyncio.run(client.get(f"/trends?words={quote('群众')}&by=province&lang={lang}")).text
    found = asyncio.run(client.get(f"/search?q={quote('群众')}&lang={lang}")).text
    for text in (page, found):
        assert ("Gansu" in text) == (lang == "en")
        assert quote("甘肃省") in text, "the condition is the archive's own word"


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
    province = ask("/map?code=62&").text
    assert ('aria-label="武威市: 6"' if lang == "zh" else 'aria-label="Wuwei: 6"') in province
    assert (lang == "zh") == ("武威" in province)
    prefecture = ask("/map?code=6206&").text
    assert re.search(r'aria-label="民勤县: 4"', prefecture)
    assert f"/interviews?site=c&amp;lang={lang}" in prefecture
    for wrong in ("7", "99", "6299", "620621", "x"):
        assert ask(f"/map?code={wrong}&").status_code == 404, wrong
