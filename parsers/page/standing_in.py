"""Pages that stand where another was asked for, known by their form: no words of their own, and a script that only sets
a cookie, reloads, or goes to the page's own address.
"""

from __future__ import annotations

import base64
import re
from itertools import islice
from urllib.parse import parse_qsl

from parsers.page.addresses import Base, absolute, parts
from parsers.page.dom import Element
from parsers.page.escapes import characters, joined
from parsers.page.forwards import sent_on
from parsers.page.text import squeeze
from parsers.patterns import compiled
from parsers.words import pattern

#: What is no text of the page, whoever reads it.
_SILENT = frozenset(["script", "style", "noscript", "title", "template", "head"])
#: What a reader is shown without any words.
_SHOWN = ("video", "audio", "iframe", "frame", "object", "embed", "canvas", "select", "svg")
_DOCUMENT = r"(?:(?:window|self|top|parent|this|globalThis)\s{0,4}\.\s{0,4}){0,2}document"
_COOKIE = compiled(
    rf"(?:{_DOCUMENT}|\b[a-z])\s{{0,4}}(?:\.\s{{0,4}}cookie|\[\s{{0,4}}['\"]cookie['\"]\s{{0,4}}\])\s{{0,4}}\+?=(?!=)"
    r"|\bcookieStore\s{0,4}\.\s{0,4}set\b|\$\s{0,4}\.\s{0,4}cookie\s{0,4}\(\s{0,4}[^()]{1,200},"
    r"|\bCookies?\s{0,4}\.\s{0,4}set\s{0,4}\(",
    re.IGNORECASE,
)
_PLACE = r"(?:(?:window|self|document|this)\s{0,4}\.\s{0,4}){0,2}(?:location|document\s{0,4}\.\s{0,4}URL)"
_SELF = compiled(
    r"location\s{0,4}\.\s{0,4}reload\b|\bhistory\s{0,4}\.\s{0,4}go\s{0,4}\(\s{0,4}0?\s{0,4}\)"
    rf"|(?<!top\.)(?<!parent\.)(?<![\w$])(?:(?:window|self"
    rf"|document)\s{{0,4}}\.\s{{0,4}}){{0,2}}location(?:\s{{0,4}}\.\s{{0,4}}href)?\s{{0,4}}=\s{{0,4}}{_PLACE}"
    rf"|location\s{{0,4}}\.\s{{0,4}}(?:replace|assign)\s{{0,4}}\(\s{{0,4}}{_PLACE}"
    r"|location\s{0,4}\.\s{0,4}search\s{0,4}\+?=(?!=)|__doPostBack|(?<![\w$])location\s{0,4}=\s{0,4}['\"]\?"
)
#: A script that hides what it does, and the words that are found when it is read none the less.
_HIDING = compiled(
    r"\beval\s{0,4}\(|\bFunction\s{0,4}\(|\bunescape\s{0,4}\(|\batob\s{0,4}\(|fromCharCode|\\x[0-9a-fA-F]{2}\\x"
    r"|_0x[0-9a-f]{2}"
)
_DOES = compiled(r"cookie|reload|location", re.IGNORECASE)
_BASE64 = compiled(r"\batob\s{0,4}\(\s{0,4}['\"]([A-Za-z0-9+/=]{8,20000})['\"]\s{0,4}\)")
_BRACKETS = compiled(r"\[\s{0,4}['\"](\w{1,40})['\"]\s{0,4}\]")
_FETCHES = compiled(r"XMLHttpRequest|\bfetch\s{0,4}\(|\.\s{0,4}(?:ajax|get|post|getJSON|load)\s{0,4}\(")
#: A page that moves to the secure form of its address does not ask for anything.
_SECURE = compiled(r"\bprotocol\b|https:['\"]\s{0,4}\+|['\"]https?:", re.IGNORECASE)
_WAITING = pattern(r"{WAITING}", re.IGNORECASE)
_LATER = compiled(r"setInterval\s{0,4}\(|,\s{0,4}(?:[1-9]\d{4,8}|\d{1,4}\s{0,4}\*\s{0,4}\d{3,6})\s{0,4}\)")
_CHINESE = compiled(r"[\u4e00-\u9fff]")
_MAX_CODE = 400_000
#: So many characters are no word of the page's own: a name, "请稍候".
_FEW, _WRITTEN, _ENOUGH = 300, 40, 2000


def own_words(root: Element) -> str:
    """What stands on a page as text for its reader, without blanks; no more than is worth a look."""
    found: list[str] = []
    size, waiting = 0, [(root, False)]
    while waiting and size < _ENOUGH:
        element, left = waiting.pop()
        text = element.tail if left else element.text
        silent = not isinstance(element.tag, str) or element.tag in _SILENT
        if not left:
            waiting.append((element, True))
            if silent:
                continue
            waiting += [(child, False) for child in reversed(element)]
        found.append(text or "")
        size += len(found[-1])
    return squeeze("".join(found))


def shows_something(root: Element, base: Base) -> bool:
    """Whether a page shows anything besides text and a picture: a player, a frame, links to other
    pages, fields to fill in.
    """
    if next(root.iter(*_SHOWN), None) is not None or len(list(islice(root.iter("img"), 2))) > 1:
        return True
    targets = (absolute(base, a.get("href")) for a in root.iter("a"))
    if any(target and not is_same_page(target, base.url) for target in targets):
        return True
    kinds = ((field.get("type") or "").lower() for field in root.iter("input", "textarea"))
    return any(kind not in ("hidden", "submit", "button") for kind in kinds)


def is_blank(root: Element, base: Base) -> bool:
    """Whether a page has neither words nor anything else to look at."""
    return not own_words(root) and next(root.iter("img"), None) is None and not shows_something(root, base)


def waits_for_scripts(root: Element) -> bool:
    """Whether a page without words has scripts of its own that may fill it: a file, and an empty
    place for what it writes.
    """
    if not any(script.get("src") for script in root.iter("script")):
        return False
    body = next(root.iter("body"), None)
    places = body.iter() if body is not None else ()
    return any(
        isinstance(e.tag, str) and ("-" in e.tag or (e.get("id") and e.tag in ("div", "main", "section")))
        for e in places
    )


def demand(root: Element, base: Base, refresh: str | None = None) -> str | None:
    """What a page demands of its reader's browser before it shows anything: ``cookie``, ``reload`` or ``own address``.

    ``None`` for any page that has words of its own, shows something, or leads elsewhere.
    """
    words = own_words(root)
    if len(words) > _FEW or (words and not _WAITING.search(words)) or shows_something(root, base):
        return None
    code = _code(root)
    if len(_CHINESE.findall(code)) > _WRITTEN:  # it holds the words that it writes
        return None
    does = _done_by(code, root, base, refresh)
    if does is None or (does == "reload" and words and _LATER.search(code)):  # it looks for news now and then
        return None
    return does if _is_all(does, code, root) else None


def _is_all(does: str, code: str, root: Element) -> bool:
    """Whether a page does nothing else: what it fetches, or a script file writes, may be its words."""
    if does == "cookie":
        external = any(script.get("src") for script in root.iter("script"))
        return not (external or _FETCHES.search(code) or next(root.iter("img"), None) is not None)
    return _COOKIE.search(code) is not None or not (_FETCHES.search(code) or waits_for_scripts(root))


def _done_by(code: str, root: Element, base: Base, refresh: str | None) -> str | None:
    targets = sent_on(root, base, refresh)
    if any(is_same_page(target, base.url) for target in targets) or _submits_to_itself(code, root, base):
        return "own address"
    if targets:  # it leads elsewhere
        return None
    if _SELF.search(code) and not (_SECURE.search(code) and not _COOKIE.search(code)):
        return "reload"
    if _COOKIE.search(code):
        return "cookie"
    return "reload" if _HIDING.search(code) and _DOES.search(code) else None


def is_same_page(target: str, url: str) -> bool:
    """Whether an address is a page's own, perhaps with parameters added."""
    one, other = parts(target), parts(url)
    given = set(parse_qsl(one.query, keep_blank_values=True))
    return (one.host, one.path) == (other.host, other.path) and given >= set(
        parse_qsl(other.query, keep_blank_values=True)
    )


def _submits_to_itself(code: str, root: Element, base: Base) -> bool:
    if "submit" not in code:
        return False
    actions = [form.get("action") for form in root.iter("form")]
    return any(not action or is_same_page(absolute(base, action) or "", base.url) for action in actions)


def _decoded(match: re.Match[str]) -> str:
    """What a script writes in base64."""
    try:
        return base64.b64decode(match[1], validate=True).decode("latin-1")
    except ValueError:
        return match[0]


def _code(root: Element) -> str:
    """The page's own scripts in one, with what they write as escapes or in pieces made readable."""
    scripts = [script.text or "" for script in root.iter("script") if not script.get("src")]
    handlers = [holder.get("onload") or "" for holder in root.iter("body", "frameset", "img")]
    code = _BASE64.sub(_decoded, "\n".join((*scripts, *handlers))[:_MAX_CODE])
    return _BRACKETS.sub(r".\1", joined(characters(code)))
