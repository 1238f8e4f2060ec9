"""`sites import` of what spreadsheets save, groups of sites, and whose name of a site counts."""

import pytest
from click.testing import CliRunner
from support.running import fangtan
from support.sites.nation import Nation, Town

from archive.collection import clock
from archive.collection.folder import Collection
from archive.collection.sites import load
from archive.errors import ConfigError
from archive.history.health import health
from crawler.cli.group import main
from crawler.onboarding.spreadsheet import rows

DOWN = "http://127.0.0.1:9/ft/"
SHEET = "2026年县级网站清单;;;\r\n;;;\r\n名称;网址;抓取计划;备注\r\n云岭县人民政府;{url};0 3 * * 1;张三\r\n;;;\r\n\r\n"


@pytest.mark.parametrize("codec", ["gbk", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("header", ["网址", "URL", " Url ", "网站地址", "url"])
def test_a_sheet_is_read_however_it_was_saved(tmp_path, codec, delimiter, header):
    text = SHEET.replace("网址", header).replace(";", delimiter).format(url="http://www.yunling.gov.cn/")
    (tmp_path / "a.csv").write_bytes(text.encode(codec))
    found, unknown = rows(tmp_path / "a.csv")
    assert [row for _, row in found] == [
        {"name": "云岭县人民政府", "url": "http://www.yunling.gov.cn/", "schedule": "0 3 * * 1"}
    ]
    assert found[0][0] == 4, "the line in the file"
    assert unknown == ["备注"]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"name,schedule\nx,y\n", "url"),
        (b"", "url"),
        (b"PK\x03\x04\x14\x00\x06\x00\xff\x80\xff", "CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "CSV"),
        ("网址,URL\na,b\n".encode(), "two columns"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_in_words(tmp_path, data, word):
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(ConfigError, match=word):
        rows(tmp_path / "a.csv")


@pytest.mark.long
def test_a_list_with_a_site_that_is_down_and_lines_that_cannot_be(collection, tmp_path):
    """The good one is surveyed, the one that is down is written and crawled when it is up again."""
    with Nation({"a": Town("甲县", talks=2)}) as nation:
        config = collection.root / "fangtan.toml"
        config.write_text(f"{config.read_text('utf-8')}\n[group.slow]\ndelay = 0.01\nschedule = '0 4 * * *'\n", "utf-8")
        lines = [
            "名称;网址;组;代码",
            f"操作员起的名字;{nation.urls['a']};slow;a",
            f"停机县;{DOWN};slow;down",
            f"重复县;{DOWN};slow;twice",
            "坏组县;http://127.0.0.1:9/x/;none;bad",
            '"换行\n县";http://127.0.0.1:9/y/;;newline',
            "无址县;;;x",
            "越界县;http://127.0.0.1:9/z/;;../z",
        ]
        (tmp_path / "a.csv").write_bytes("\r\n".join(lines).encode("gbk"))
        result = fangtan("sites", "import", tmp_path / "a.csv", collection=collection.root)
        assert result.code == 3, result.err
        assert sorted(path.stem for path in collection.sites.glob("*.toml")) == ["a", "down"], result.err
        for path in collection.sites.glob("*.toml"):
            assert load(path).group == "slow"
        assert "does not answer today" in result.err
        assert "no [group.none]" in result.err
        assert "the section of down.toml, too" in result.err
        assert collection.site("a").delay == 0.01
        assert "delay" not in (collection.sites / "a.toml").read_text("utf-8").replace("# ", "")
        crawled = fangtan("crawl", "a", "--json", collection=collection.root)
    assert crawled.code == 0, crawled.err
    assert crawled.rows[0]["name"] == "操作员起的名字"
    assert [row.name for row in health(collection, clock.now()) if row.id == "a"] == ["操作员起的名字"]


# ── groups ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def group(collection, settings, site='group = "trs"\n'):
    config = collection.root / "fangtan.toml"
    config.write_text(f"{config.read_text('utf-8')}\n{settings}\n", "utf-8")
    text = f'name = "甲县"\nsection = ["http://127.0.0.1/a/"]\n{site}'
    (collection.sites / "a.toml").write_text(text, "utf-8")
    return Collection(collection.root)


def test_a_group_says_what_the_site_file_does_not(collection):
    there = group(
        collection, '[group.trs]\ndelay = 8\nbrowser = true\nfamily = "trs"', 'group = "trs"\nbrowser = false\n'
    )
    site = there.site("a")
    assert (site.delay, site.browser, site.family) == (8, False, "trs")


def test_a_group_that_is_not_there_is_named_with_its_line(collection):
    there = group(collection, "[group.jpaas]\ndelay = 8")
    result = CliRunner().invoke(main, ["-C", str(there.root), "sites", "list"])
    assert result.exit_code == 2
    assert "a.toml:3: fangtan.toml has no [group.trs]; it has jpaas" in result.stderr


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ("[group.trs]\ndelay = -1", "group.trs.delay"),
        ('[group.trs]\nname = "x"', "unknown key 'name'"),
        ("[group]\ntrs = 8", "must be a table"),
        ("group = 8", "group"),
    ],
)
def test_a_wrong_group_is_named_with_its_line(collection, settings, word):
    there = group(collection, "" if settings == "group = 8" else settings)
    if settings == "group = 8":
        config = there.root / "fangtan.toml"
        config.write_text(f"group = 8\n{config.read_text('utf-8')}", "utf-8")
    result = CliRunner().invoke(main, ["-C", str(there.root), "crawl"])
    assert result.exit_code == 2
    assert word in result.output
    assert "fangtan.toml:" in result.output
