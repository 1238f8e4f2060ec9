"""Which division of China a site is of: by its code (GB/T 2260), its name, or its host.

The table ``divisions.tsv`` says where it comes from; its licence is beside it. What does not lead to one division alone
is left open: two counties of one name, a name that contradicts the site file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

_TABLE = Path(__file__).with_name("divisions.tsv")
#: Provinces by the first two digits of a code.
PROVINCES = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省", "22": "吉林省", "23": "黑龙江省",
    "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省",
    "43": "湖南省", "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省",
    "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区", "65": "新疆维吾尔自治区",
}  # fmt: skip
_BEFORE = re.compile(r"^(?:中国|中共|[\s·・•|_-])+")
#: Labels of hosts that name no place.
_COMMON = frozenset({"www", "gov", "cn", "com", "org", "net", "zwgk", "old"})
_TAILS = ("xian", "shi", "qu", "qi")


class Division(NamedTuple):
    """A province, prefecture or county; what is above it, by its name of today.

    :param until: the last year of a code that is no longer in use; empty for one that is
    :param pinyin: its short name in every reading that its characters have, blanks between
    """

    code: str
    until: str
    province: str
    prefecture: str
    county: str
    pinyin: str

    @property
    def name(self) -> str:
        """Its own name."""
        return self.county or self.prefecture or self.province

    def agrees(self, province: str | None, prefecture: str | None, county: str | None) -> bool:
        """Whether it is not another one than what is said of it; short names agree, too."""
        said = ((province, self.province), (prefecture, self.prefecture), (county, self.county))
        return all(not given or name.startswith(given) or given.startswith(name or "\0") for given, name in said)


@cache
def table() -> dict[str, Division]:
    """Every division by code."""
    rows = (line.split("\t") for line in _TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {row[0]: Division(*row) for row in rows}


@cache
def _by_name() -> dict[str, list[Division]]:
    found: dict[str, list[Division]] = {}
    for division in table().values():
        if not division.until:
            found.setdefault(division.name, []).append(division)
    return found


@cache
def _by_pinyin() -> dict[str, list[Division]]:
    found: dict[str, list[Division]] = {}
    for division in table().values():
        for reading in division.pinyin.split():
            found.setdefault(reading, []).append(division)
    return found


def division_of(
    identifier: str,
    name: str = "",
    host: str = "",
    said: tuple[str | None, str | None, str | None] = (None, None, None),
) -> Division | None:
    """The division of a site; ``None`` where nothing tells it, or where what tells it contradicts the site file.

    :param identifier: the site's id; six digits, perhaps with more behind a hyphen, are a code
    :param said: province, prefecture and county as the site file has them
    """
    code = re.match(r"(\d{6})(?!\d)", identifier)
    if code and code[1] in table():
        return _only([table()[code[1]]], said)
    return _only(_named(name), said) or _only(_hosted(host), said)


def _only(found: Iterable[Division], said: tuple[str | None, str | None, str | None]) -> Division | None:
    left = [division for division in found if division.agrees(*said)]
    return left[0] if len(left) == 1 else None


def _named(name: str) -> list[Division]:
    """The divisions with which a name begins, from the top down: 甘肃省张掖市高台县人民政府."""
    found: list[Division] = []
    rest = _BEFORE.sub("", name)
    while step := next((rest[:n] for n in range(min(15, len(rest)), 1, -1) if rest[:n] in _by_name()), ""):
        inside = [d for d in _by_name()[step] if not found or any(_is_in(d, above) for above in found)]
        if not inside:
            break
        found, rest = inside, rest[len(step) :]
    return found


def _is_in(division: Division, above: Division) -> bool:
    """Whether a division is inside another one."""
    return division.code != above.code and division.code.startswith(
        above.code[: 2 if above.code.endswith("0000") else 4]
    )


def _hosted(host: str) -> list[Division]:
    """The divisions that the labels of a host under ``gov.cn`` may name, the lowest label first."""
    if not host.endswith(".gov.cn"):
        return []
    found: list[Division] = []
    for label in reversed([part for part in host.split(".") if part not in _COMMON]):
        named = _by_pinyin().get(label) or _by_pinyin().get(_shortened(label)) or []
        inside = [d for d in named if any(_is_in(d, above) for above in found)]
        found = inside or (found or named)
    return found


def _shortened(label: str) -> str:
    """``gaotaixian`` as ``gaotai``."""
    return next((label.removesuffix(tail) for tail in _TAILS if label.endswith(tail)), label)
