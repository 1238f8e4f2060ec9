"""A list of sites as spreadsheets save it: GBK or Unicode, commas, semicolons or tabs, Chinese headers, blank lines."""

from __future__ import annotations

from pathlib import Path

from archive.collection.config import MAX_FILE
from archive.collection.sites import FIELDS
from archive.collection.spreadsheet import head_of, readings
from archive.errors import ConfigError

#: Headers that people write, and the keys that they mean.
_HEADERS = {
    "url": ("url", "网址", "链接", "地址", "网站地址", "网站网址", "栏目网址", "栏目地址", "首页网址", "网站首页"),
    "id": ("id", "代码", "编号", "区划代码", "行政区划代码"),
    "name": ("name", "名称", "网站名称", "站点名称", "网站", "单位", "单位名称"),
    "province": ("省", "省份"), "prefecture": ("市", "地市", "市州"), "county": ("县", "区县", "县区", "县市区"),
    "schedule": ("计划", "抓取计划"), "window": ("时段", "抓取时段"), "delay": ("间隔", "间隔秒数"), "group": ("组", "分组"),
}  # fmt: skip
_KEYS = {word: key for key, words in _HEADERS.items() for word in words} | {s.name: s.name for s in FIELDS}
#: The header is one of so many first lines: lists have titles.
_HEAD_LINES = 10

Row = tuple[int, dict[str, str]]


def rows(file: Path) -> tuple[list[Row], list[str]]:
    """The lines below the header: number in the file, key → text, only what is not blank.

    :returns: the lines, and the headers that mean nothing here
    :raises ConfigError: it cannot be read, or has no column with addresses
    """
    for lines in readings(file, MAX_FILE):
        for at, (_, cells) in enumerate(lines[:_HEAD_LINES]):
            keys = [_key(cell) for cell in cells]
            if "url" in keys:
                _once(file, keys)
                unknown = [cell for cell, key in zip(cells, keys, strict=True) if cell and key is None]
                return [(number, row) for number, held in lines[at + 1 :] if (row := _row(keys, held))], unknown
    raise ConfigError(f"{file}: expected a header line with a column url (网址), found {head_of(lines)!r}")


def _key(header: str) -> str | None:
    return _KEYS.get("".join(header.split()).lower())


def _once(file: Path, keys: list[str | None]) -> None:
    twice = sorted({key for key in keys if key is not None and keys.count(key) > 1})
    if twice:
        raise ConfigError(f"{file}: two columns mean {twice[0]}; remove one")


def _row(keys: list[str | None], cells: list[str]) -> dict[str, str]:
    return {key: cell for key, cell in zip(keys, cells, strict=False) if key is not None and cell}
