"""What a page says of the site that made it: codes and numbers that a copy on another host carries along.

A local site's 网站标识码 has ten digits, six of them the division code (GB/T 2260), a ministry's ``bm`` and eight; a 公安备案
number has fourteen, the first six of the place that filed it. Seen on 船山区, 金湖县 and 万载县 sites of 2025.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers.page.addresses import parts
from parsers.record import Flag

_CODE = re.compile(
    r"(?:网站标识码|SiteIDCode|sitecode)[\"'\s:：=]{0,8}(?:content\s*=\s*)?[\"']?\s*(?P<code>bm\d{8}|\d{10})(?!\d)",
    re.IGNORECASE,
)
#: How the names of the code end, and how many characters stand before that.
_ENDS = (("网站标识码", (0,)), ("ode", (5, 7)), ("ODE", (5, 7)))
_POLICE = re.compile(r"公网安备\s?(?P<number>\d{14})(?!\d)")
PROVINCES = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省", "22": "吉林省", "23": "黑龙江省",
    "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省",
    "43": "湖南省", "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省",
    "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区", "65": "新疆维吾尔自治区",
}  # fmt: skip
#: Hosts that prove nothing: reserved names, addresses.
_NEUTRAL = re.compile(r"(?:\.(?:example|test|invalid|localhost|local)|^localhost|^[\d.]+|^\[.*\])$")


@dataclass(frozen=True, slots=True)
class Marks:
    """Identity marks found on a page; ``None`` for each that it does not carry."""

    site_code: str | None = None
    police: str | None = None

    @property
    def division(self) -> str | None:
        """The 6-digit division code, of local sites only."""
        return self.site_code[:6] if self.site_code and self.site_code.isdecimal() else None


def marks_of(source: str) -> Marks:
    """The marks in a page's decoded source (they stand in attributes and footers alike)."""
    police = _POLICE.search(source)
    return Marks(_code(source), police["number"] if police else None)


def _code(source: str) -> str | None:
    """The first 网站标识码. The ends of its names are looked for as literals: the pattern would try every character of the page."""
    places = sorted(
        match.start() - before for end, befores in _ENDS for match in re.finditer(end, source) for before in befores
    )
    return next((m["code"] for at in places if at >= 0 and (m := _CODE.match(source, at))), None)


def mark_flags(marks: Marks, url: str) -> list[Flag]:
    """Marks that contradict each other or the host: an official code on a host that is no government's."""
    host = parts(url).name
    flags: list[Flag] = []
    if marks.site_code and host and not _NEUTRAL.search(host) and not host.endswith(".gov.cn"):
        flags.append(Flag("identity_mismatch", "warning", marks.site_code, "html"))
    if marks.division and marks.police and marks.police[:2] != marks.division[:2]:
        flags.append(Flag("identity_mismatch", "warning", marks.police, "html"))
    return flags
