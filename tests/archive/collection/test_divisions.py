"""Code, province, prefecture, county of a site, from its code, its name or its host; what is doubtful is left open."""

import re

import pytest
from support.county_talks import held

from archive.collection.divisions import division_of, table
from archive.store.rebuild import rebuild
from archive.store.store import open_reader

GAOTAI = ("620724", "甘肃省", "张掖市", "高台县")


def told(*site):
    found = division_of(*site)
    return found and (found.code, found.province, found.prefecture, found.county)


@pytest.mark.parametrize(
    "site",
    [
        ("620724",),
        ("620724-zwft",),
        ("a", "高台县人民政府"),
        ("a", "甘肃省张掖市高台县人民政府网站"),
        ("a", "中国·高台县", ""),
        ("a", "政务访谈", "www.gaotai.gov.cn"),
        ("a", "", "gaotaixian.gov.cn"),
        ("a", "", "gaotai.zhangye.gov.cn"),
        ("620724", "别的名字", "www.beijing.gov.cn", ("甘肃", None, "高台县")),
    ],
)
def test_a_county_is_told(site):
    assert told(*site) == GAOTAI


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        (("a", "兰州市城关区人民政府"), ("620102", "甘肃省", "兰州市", "城关区")),
        (("a", "城关区人民政府", "", ("甘肃省", None, None)), ("620102", "甘肃省", "兰州市", "城关区")),
        (("a", "北京市朝阳区人民政府"), ("110105", "北京市", "", "朝阳区")),
        (("a", "朝阳市人民政府"), ("211300", "辽宁省", "朝阳市", "")),
        (("a", "吉林省吉林市人民政府"), ("220200", "吉林省", "吉林市", "")),
        (("a", "甘肃省人民政府"), ("620000", "甘肃省", "", "")),
        (("a", "", "www.zhangye.gov.cn"), ("620700", "甘肃省", "张掖市", "")),
        (("532522",), ("532522", "云南省", "红河哈尼族彝族自治州", "蒙自县")),
    ],
)
def test_other_levels_and_codes_of_before(site, expected):
    assert told(*site) == expected


@pytest.mark.parametrize(
    "site",
    [
        ("a", "城关区人民政府"),
        ("a", "阜新县人民政府"),
        ("a", "青禾县人民政府", "www.qinghe.gov.cn"),
        ("a", "", "chaoyang.gov.cn"),
        ("a", "", "www.gaotai.com"),
        ("a", "高台县人民政府", "", ("云南省", None, None)),
        ("620724", "", "", ("云南省", None, None)),
        ("620799",),
        ("6207240",),
        ("a", "", ""),
    ],
)
def test_what_is_doubtful_is_left_open(site):
    assert told(*site) is None


def test_the_table_is_whole_and_says_whose_it_is():
    rows = table()
    assert len([d for d in rows.values() if d.county and not d.until]) == 2846
    assert {code for code in rows if not re.fullmatch(r"\d{6}", code)} == set()
    assert [d for d in rows.values() if d.code[:2] + "0000" not in rows] == []
    assert {len(d.code) for d in rows.values() if d.until and d.pinyin} == set(), "hosts name divisions of today"


def test_the_store_has_them_and_the_site_file_comes_first(tmp_path):
    collection = held(tmp_path)
    files = {
        "620724": 'name = "高台县人民政府"\nprovince = "甘肃"\n',
        "a": 'name = "兰州市城关区人民政府"\n',
        "b": 'name = "青禾县人民政府"\ncounty = "青禾县"\n',
    }
    for name, text in files.items():
        (collection.sites / f"{name}.toml").write_text(
            f'{text}section = ["http://{name}.example.org/zxft/"]\n', "utf-8"
        )
    rebuild(collection)
    db = open_reader(collection.store)
    rows = db.execute("SELECT id, code, province, prefecture, county FROM sites WHERE id IN ('620724', 'a', 'b')")
    assert {row[0]: row[1:] for row in rows} == {
        "620724": ("620724", "甘肃", "张掖市", "高台县"),
        "a": ("620102", "甘肃省", "兰州市", "城关区"),
        "b": (None, None, None, "青禾县"),
    }
    db.close()
