"""What a page says of the site that made it: codes and numbers that a copy on another host carries along.

A local site's 网站标识码 has ten digits, six of them the division code (GB/T 2260), a ministry's ``bm`` and eight; a 公安备案
number has fourteen, the first six of the place that filed it. Seen on 船山区, 金湖县 and 万载县 sites of 2025.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from parsers.page.addresses import parts
from parsers.patterns import compiled
from parsers.record import Flag

_CODE = compiled(
    r"(?:网站标识码|SiteIDCode|sitecode)[\"'\s:：=]{0,8}(?:content\s*=\s*)?[\"']?\s*(?P<code>bm\d{8}|\d{10})(?!\d)",
    re.IGNORECASE,
)
#: How the names of the code end, and how many characters are before that.
_ENDS = (("网站标识码", (0,)), ("ode", (5, 7)), ("ODE", (5, 7)))
_POLICE = compiled(r"公网安备\s?号?\s?[:：]?\s?(?P<number>\d{14})(?!\d)")
_BETWEEN = compiled(r"[,，;；、|\s]+")
_PUBLIC = compiled(r"\.(?:gov|org|edu|ac|mil)\.cn$|\.(?:xn--zfr164b|xn--55qw42g)(?:\.cn)?$")
#: Endings below which owners register, and hosts that are addresses.
_SECOND_LEVEL = compiled(r"\.(?:com|net|org|gov|edu|ac|mil|[a-z]{2})\.(?:cn|hk|mo|tw)$")
_ADDRESS = compiled(r"^localhost|^[\d.]+$|^\[.*\]$")
#: Hosts that prove nothing: reserved names, addresses.
_NEUTRAL = compiled(r"(?:\.(?:example|test|invalid|localhost|local)|^localhost|^[\d.]+|^\[.*\])$")


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
    """The marks in a page's decoded source (they are in attributes and footers alike)."""
    police = _POLICE.search(source)
    return Marks(_code(source), police["number"] if police else None)


def _code(source: str) -> str | None:
    """The first 网站标识码. The ends of its names are looked for as literals: the pattern would try
    every character of the page.
    """
    places = sorted(at - before for end, befores in _ENDS for at in _all(end, source) for before in befores)
    return next((m["code"] for at in places if at >= 0 and (m := _CODE.match(source, at))), None)


def _all(word: str, text: str) -> Iterator[int]:
    """Where a word stands in a text."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def hosts_named(text: str) -> list[str]:
    """The hosts that a tag names: one or several, bare or as addresses."""
    names = (parts("http://" + word.rpartition("//")[2]).name for word in _BETWEEN.split(text) if "." in word)
    return [name for name in names if name]


def is_public(host: str) -> bool:
    """Whether only public bodies, schools and the like have such a host."""
    return _PUBLIC.search(_official(host)) is not None


def same_owner(one: str, other: str) -> bool:
    """Whether two hosts belong to one owner: ``swj.yunling.gov.cn`` and ``www.yunling.gov.cn``."""
    return bool(one) and domain_of(one) == domain_of(other)


def _official(host: str) -> str:
    """A host without the ending that keeps examples apart from the web: ``www.yunling.gov.cn.example``."""
    return host.removesuffix(".example") if ".cn." in host else host


def domain_of(host: str) -> str:
    """The part of a host that its owner registered."""
    host = _official(host.lower())
    if _ADDRESS.search(host):
        return host
    return ".".join(host.split(".")[-3 if _SECOND_LEVEL.search(host) else -2 :])


def _domains(tags: dict[str, str]) -> tuple[str, list[str]]:
    """The hosts that ``SiteDomain`` names, else the government's host of ``Url``, with what the tag says."""
    said = tags.get("sitedomain", "")
    if domains := hosts_named(said):
        return said, domains
    said = tags.get("url", "")
    return said, [name for name in hosts_named(said) if "//" in said and name.endswith(".gov.cn")]


def identity_flags(tags: dict[str, str], marks: Marks, url: str) -> list[Flag]:
    """What the page says of its site against the host that served it.

    A host that neither ``SiteDomain`` nor, where that is missing, ``Url`` names: suspected; a remark where the host is
    a government's, as sites are renamed and moved. An official code on a host that is no public body's: suspected.
    Codes of two provinces: a remark.
    """
    host = parts(url).name
    flags: list[Flag] = []
    if marks.division and marks.police and marks.police[:2] != marks.division[:2]:
        flags.append(Flag("identity_mismatch", "info", marks.police, "html"))
    if not host or _ADDRESS.search(host):
        return flags
    said, domains = _domains(tags)
    if any(same_owner(name, host) for name in domains):
        return flags
    if domains:
        severity = "info" if _official(host).endswith(".gov.cn") else "warning"
        return [Flag("identity_mismatch", severity, said, "html"), *flags]
    if marks.site_code and not _NEUTRAL.search(host) and not is_public(host):
        flags.insert(0, Flag("identity_mismatch", "warning", marks.site_code, "html"))
    return flags
