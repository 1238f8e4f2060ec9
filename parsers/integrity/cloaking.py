"""Scripts that show search engines, or those who come from them, something else than the page's other readers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.integrity.identity import is_public, same_owner
from parsers.page.addresses import Base, absolute, parts
from parsers.page.dom import Element
from parsers.page.escapes import characters, codes, joined, percent
from parsers.page.forwards import sent_on
from parsers.page.lines import Line
from parsers.patterns import compiled
from parsers.record import Flag
from parsers.words import pattern

_ENGINES = r"baidu|sogou|soso\b|haosou|\bso\.com|\b360|\bsm\.cn|shenma|yisou|toutiao|\bbing|google|yahoo"
_ENGINE = compiled(_ENGINES, re.IGNORECASE)
_CRAWLER = compiled(r"spider|googlebot|bingbot|slurp|\bbot\b|baidu(?!box)|sogou", re.IGNORECASE)
_LEAVES = compiled(
    r"location[\"']?\s*\]?\s*(?:\.href|\[\s*[\"']href[\"']\s*\])?\s*=(?!=)|location\.(?:replace|assign)\s*\("
    r"|window\.(?:open|navigate)\s*\(|document\.write(?:ln)?\s*\(\s*[\"']<(?:iframe|script|meta)",
    re.IGNORECASE,
)
_TITLED = compiled(r"document\.title\s*=(?!=)\s*[\"'](?P<title>[^\"']{1,120})[\"']")
#: An address in quotes; one that a call compares with, as ``indexOf("//www.baidu.com")``, is none.
_ADDRESS = compiled(r"(?<!\()(?<=[\"'=])(?:https?:)?//[a-z0-9][^\"'\s<>\\]{3,200}", re.IGNORECASE)
_CALLED = compiled(
    r"(?:replace|assign|open|navigate)\s*\(\s*[\"'](?P<url>(?:https?:)?//[^\"'\s<>\\]{4,200})", re.IGNORECASE
)
#: Hosts that count visitors or belong to engines.
_OF_ENGINES = compiled(
    r"(?:^|\.)(?:baidu|bdstatic|bdimg|sogou|so|360|qhimg|google|google-analytics|googletagmanager|bing|cnzz|toutiao"
    r"|weixin\.qq|qq)\.(?:com|cn|la)(?:\.cn)?$|(?:^|\.)(?:51\.la|sm\.cn)$"
)
#: Characters of a page that has words of its own, and is no mere signpost.
_ARTICLE = 120
_MOVED = pattern("{MOVED}")
_PACKED = compiled(r"eval\s*\(\s*function\s*\(\s*p\s*,\s*a\s*,\s*c\s*,\s*k")
#: Characters of a script that are looked at; of words that a flag quotes.
_REACH, _QUOTE = 60_000, 100


def cloaking_flags(root: Element, url: str, base: Base) -> Iterator[Flag]:
    """What inline scripts do to those who come from a search engine: where they are sent, which title is hidden."""
    for script in root.iter("script"):
        code = script.text or ""
        if "fromCharCode" in code or "\\x" in code:
            yield from _smuggled(code[:_REACH], url, base)
        if "eval" in code or "referrer" in code or "userAgent" in code or "\\x" in code:
            yield from _flags(plain(code[:_REACH]), url, base)


def frame_flags(root: Element, url: str, base: Base) -> Iterator[Flag]:
    """Frames of no size that show a strange host: what they hold is for no reader; counters are left out."""
    own = parts(url).name
    for frame in root.iter("iframe", "frame"):
        target = absolute(base, frame.get("src"))
        host = parts(target).name if target and _is_sizeless(frame) else ""
        if target and _is_strange(host, own) and not _COUNTS.search(target):
            yield Flag("cloaking", "warning", target, "html")


def _is_sizeless(frame: Element) -> bool:
    """Whether a frame is said to be no larger than a point, both ways."""
    style = frame.get("style") or ""
    return all(
        _POINT.fullmatch((frame.get(side) or "").strip())
        or re.search(rf"(?<![\w-]){side}\s*:\s*[01](?:px)?\s*(?:;|!|$)", style)
        for side in ("width", "height")
    )


_POINT = compiled(r"[01](?:px)?")
#: Counters, logins and helpers of scripts are in such frames.
_COUNTS = compiled(
    r"count|stat|tongji|\btj\b|hit|click|analy|track|online|log|sso|auth|proxy|session|sync|share", re.IGNORECASE
)
_WRITES = compiled(
    r"<(?:script|iframe)\b[^<>]{0,200}?\bsrc\s*=\s*[\"']?(?P<url>(?:https?:)?//[^\"'\s<>\\]{4,200})", re.IGNORECASE
)


def _smuggled(code: str, url: str, base: Base) -> Iterator[Flag]:
    """What a script that is written in numbers or escapes puts into the page from a strange host that it does not name
    openly.
    """
    if "fromCharCode" not in code and "\\x3c" not in code.lower():
        return
    for match in _WRITES.finditer(plain(code)):
        target = absolute(base, match["url"])
        if target and _is_strange(parts(target).name, parts(url).name):
            yield Flag("cloaking", "alert", target, "html")


def leaving_flags(root: Element, url: str, base: Base, lines: list[Line]) -> Iterator[Flag]:
    """Where a page with an article of its own sends everybody by itself, to a host that is neither the owner's nor a
    public body's, and does not say so.
    """
    if not _may_leave(root) or sum(len(line.text) for line in lines) < _ARTICLE:
        return
    own = parts(url).name
    target = next((target for target in sent_on(root, base) if _is_strange(parts(target).name, own)), None)
    if target and not any(_MOVED.search(line.fold) for line in lines):
        yield Flag("cloaking", "alert", target, "html")


def _is_strange(host: str, own: str) -> bool:
    """Whether a host is neither the owner's, nor a public body's, nor one of those who count visitors."""
    return bool(host) and not (same_owner(host, own) or is_public(host) or _OF_ENGINES.search(host))


def _may_leave(root: Element) -> bool:
    """Whether a page has a refresh, or a script with an address that it could go to."""
    if any((meta.get("http-equiv") or "").lower() == "refresh" for meta in root.iter("meta")):
        return True
    return any("location" in code and "//" in code for script in root.iter("script") if (code := script.text))


def plain(code: str) -> str:
    """A script with its escapes read and its literals joined: ``'\\x62ai'+'du'`` is ``'baidu'``."""
    code = characters(code)
    if "unescape" in code or "decodeURI" in code:
        code = percent(code)
    return joined(codes(code) if "fromCharCode" in code else code)


def _flags(code: str, url: str, base: Base) -> Iterator[Flag]:
    by_referrer = _tests(code, "referrer", _ENGINE)
    if not by_referrer and not _tests(code, "userAgent", _CRAWLER):
        return
    if titled := _TITLED.search(code):
        yield Flag("cloaking", "alert", titled["title"], "html")
    elif _LEAVES.search(code) and (target := _target(code, url, base)):
        yield Flag("cloaking", "alert", target, "html")
    elif by_referrer and _PACKED.search(code) and "location" in code:
        at = code.index("referrer")
        yield Flag("cloaking", "warning", code[max(0, at - _QUOTE // 2) : at + _QUOTE // 2], "html")


def _tests(code: str, what: str, engines: re.Pattern[str]) -> bool:
    """Whether a script looks at something and names engines, other than in addresses that it fetches."""
    return what in code and engines.search(_ADDRESS.sub("", code)) is not None


def _target(code: str, url: str, base: Base) -> str | None:
    """The first address in a script that is neither the owner's, nor a public body's, nor one of those who count."""
    own = parts(url).name
    called = [match["url"] for match in _CALLED.finditer(code)]
    for printed in (*called, *(match[0] for match in _ADDRESS.finditer(code))):
        target = absolute(base, printed)
        if target and _is_strange(parts(target).name, own):
            return target
    return None
