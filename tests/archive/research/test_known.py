"""Conditions that nothing can meet: an error names the choices, or what is like them."""

import sqlite3

import pytest

from archive.errors import ConfigError
from archive.research import known
from archive.research.filters import Filter
from archive.store.store import open_reader


@pytest.fixture(scope="module")
def db(crawled):
    """The county's store, with provinces."""
    disk, memory = open_reader(crawled.collection.store), sqlite3.connect(":memory:")
    disk.backup(memory)
    disk.close()
    ids = [row[0] for row in memory.execute("SELECT id FROM sites ORDER BY id")]
    for site, province in zip(ids, ("甘肃省", "陕西省", None), strict=True):
        memory.execute("UPDATE sites SET province = ? WHERE id = ?", (province, site))
    yield memory
    memory.close()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"role": "mayor"}, "host, guest, netizen"),
        ({"kind": "listing"}, "transcript, summary"),
        ({"genre": "talk"}, "interview, press_conference"),
        ({"year": "2021-13"}, "2021-12"),
        ({"since": "2021-02-30"}, "2021-12-23"),
        ({"until": "yesterday"}, "2021-12-23"),
    ],
)
def test_conditions_that_nothing_can_meet_name_the_choices(wrong, named):
    with pytest.raises(ConfigError, match=named):
        Filter(**wrong)


def test_an_unknown_site_names_the_known_ones(db):
    (site,) = db.execute("SELECT min(id) FROM sites").fetchone()
    assert Filter(site=site).check(db) == Filter(site=site)
    with pytest.raises(ConfigError, match=site):
        Filter(site="nowhere").check(db)


@pytest.mark.parametrize(("given", "meant"), [("甘肃", "甘肃"), ("甘肃省", "甘肃省"), ("陕西省宝鸡", "陕西省")])
def test_a_province_is_known_by_its_beginning_or_with_more_behind_it(db, given, meant):
    assert Filter(province=given).check(db).province == meant


@pytest.mark.parametrize("given", ["四川", "%", "_肃省", "肃"])
def test_an_unknown_province_names_the_known_ones(db, given):
    with pytest.raises(ConfigError, match=rf"^--province {given}: expected one of 甘肃省, 陕西省$"):
        Filter(province=given).check(db)


def test_without_provinces_that_is_said(crawled):
    db = open_reader(crawled.collection.store)
    with pytest.raises(ConfigError, match="no site has a province"):
        Filter(province="甘肃").check(db)
    db.close()


def test_a_sign_of_patterns_is_no_pattern(db):
    condition, values = Filter(province="%").interviews()
    (n,) = db.execute(
        f"SELECT count(*) FROM interviews i LEFT JOIN sites s ON s.id = i.site WHERE {condition}", values
    ).fetchone()
    assert n == 0


def test_a_speaker_is_known_by_name_and_by_label(db):
    names = {row[0] for row in db.execute("SELECT name FROM participants WHERE name <> ''")}
    labels = {row[0] for row in db.execute("SELECT speaker FROM turns WHERE speaker <> ''")}
    assert labels - names, "some labels are nobody's name"
    for given in names | labels:
        assert Filter(speaker=given).check(db).speaker == given


def test_an_unknown_speaker_is_no_silent_nothing(db):
    with pytest.raises(ConfigError, match=r"^--speaker 周芸儿: nobody of that name speaks$"):
        Filter(speaker="周芸儿").check(db)
    with pytest.raises(ConfigError, match=r"nobody of that name speaks; names like it: 欧阳明$"):
        Filter(speaker="欧阳名").check(db)
    with pytest.raises(ConfigError, match=r"names like it: .*何秀英"):
        Filter(speaker="何秀英局长").check(db)


def test_an_unknown_organization_is_no_silent_nothing(db):
    assert Filter(organization="公安").check(db)
    with pytest.raises(ConfigError, match=r"^--org 县水务局: no guest is of it; names like it: "):
        Filter(organization="县水务局").check(db)
    with pytest.raises(ConfigError, match=r"^--org ZZZ: no guest is of it$"):
        Filter(organization="ZZZ").check(db)


def test_a_watch_may_wait_for_somebody(db):
    only = Filter(speaker="欧阳名", organization="水产局")
    assert only.check(db, later=True) == only


@pytest.mark.parametrize(
    ("given", "names", "like"),
    [
        ("王芳", ["王方", "王芳芳", "李大", "张三"], ["王芳芳", "王方"]),
        ("县水务局", ["水务局", "县水利局", "县教育局", "市人民政府"], ["水务局", "县水利局", "县教育局"]),
        ("𠮷野家", ["𠮷野", "吉野家"], ["𠮷野", "吉野家"]),
        ("", ["甲"], []),
    ],
)
def test_names_that_are_like_one(given, names, like):
    assert known.like(given, names) == like
