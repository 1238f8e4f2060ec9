"""Where a page sends its reader by itself: refresh headers and meta tags, scripts that run as the page is loaded.

Only what happens without the reader counts: not what a click does, not what a script does for a phone, not a page that
loads itself again every five minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.page.addresses import Base, absolute
from parsers.page.dom import Element
from parsers.page.escapes import literal
from parsers.patterns import compiled

#: A reader waits so many seconds for the next page, not longer.
MAX_WAIT_S = 30
_MAX_CODE = 4000  # characters of a script; one that sends readers on does little else
_MAX_CODES = 20_000  # of all of them
_MAX_CALLS = 3
_MAX_DEPTH = 20
_LITERAL = r"(?:\"(?:[^\"\\\n]|\\.){0,500}\"|'(?:[^'\\\n]|\\.){0,500}')"
_VALUE = (
    rf"(?:{_LITERAL}(?:\s{{0,9}}\+\s{{0,9}}{_LITERAL}){{0,9}}|[A-Za-z_$][\w$]{{0,40}})(?=\s{{0,9}}(?:[;)}},\n\r]|$))"
)
_WINDOW = r"(?<![\w$.])(?:(?:window|top|self|parent|document|this)\s{0,4}\.\s{0,4}){0,3}"
_GOES = compiled(
    rf"{_WINDOW}location(?:\s{{0,4}}\.\s{{0,4}}href"
    rf"|\s{{0,4}}\[\s{{0,4}}['\"]href['\"]\s{{0,4}}\])?\s{{0,4}}=\s{{0,9}}(?P<set>{_VALUE})"
    rf"|{_WINDOW}location\s{{0,4}}\.\s{{0,4}}(?:replace|assign)\s{{0,4}}\(\s{{0,9}}(?P<call>{_VALUE})"
    rf"|(?:window|self)\s{{0,4}}\.\s{{0,4}}navigate\s{{0,4}}\(\s{{0,9}}(?P<navigate>{_VALUE})"
    rf"|(?<![\w$.])(?:window\s{{0,4}}\.\s{{0,4}})?open\s{{0,4}}\(\s{{0,9}}(?P<open>{_LITERAL})"
    rf"\s{{0,4}},\s{{0,4}}['\"]_(?:self|top|parent)['\"]"
)
_MARK = compiled(
    rf"//[^\n]*|/\*.*?(?:\*/|$)|<!--[^\n]*|{_LITERAL}|=>\s*\{{"
    rf"|\bfunction\b\s*(?P<name>[\w$]*)\s*\([^()]{{0,200}}\)\s*\{{"
    rf"|\b(?:if|while|for|switch|catch|with)\b\s*(?=\()|\belse\b|[{{}}();\n]",
    re.DOTALL,
)
#: What is before a function that runs by itself.
_RUNS = compiled(
    r"(?:onload\s{0,99}=|(?<![\w$])(?:\$|jQuery)\(|ready\(|(?:load|DOMContentLoaded)['\"]\s{0,99},"
    r"|set(?:Timeout|Interval)\s{0,99}\(|(?:^|\n|[^\w$\])\s])\s{0,99}\(|[!+])"
    r"\s{0,99}(?:\([\w\s,$]{0,40}\)\s{0,99})?$"
)
#: A count-down, the one condition that comes true without the reader.
_COUNTDOWN = compiled(r"^\s*(?:-{2})?[\w$]+(?:-{2})?\s*[=<>]=?=?\s*-?\d+\s*$")
_PHONE = compiled(r"navigator|agent|mobile|android|iphone|screen|width|platform|phone|ipad", re.IGNORECASE)
_TIMER = compiled(rf"setTimeout\s*\(\s*(?P<code>{_LITERAL})\s*,\s*(?P<wait>\d{{1,9}})")
_NAMED_TIMER = compiled(r"set(?:Timeout|Interval)\s*\(\s*(?P<name>[A-Za-z_$][\w$]{0,40})\s*,\s*(?P<wait>\d{1,9})")
_AFTER = compiled(r"\s{0,99},\s{0,99}(?P<wait>\d{1,9})")
_CALL = compiled(r"(?<![\w$.])(?P<name>[A-Za-z_$][\w$]{0,40})\s*\(")
_REFRESH = compiled(
    r"\A\s{0,99}(?P<wait>\d{1,9}|(?=\.\d))[\d.]{0,99}(?:\s{0,99}[;,]\s{0,99}"
    r"|\s{1,99})(?:url\s{0,99}=\s{0,99})?(?P<quote>[\"']?)(?P<url>.*)",
    re.IGNORECASE | re.DOTALL,
)


def refreshed(value: str | None) -> str | None:
    """The address, as written, in a refresh header or meta tag; ``None`` when there is none, or the wait is long."""
    match = _REFRESH.fullmatch(value or "")
    if match is None or int(match["wait"] or 0) > MAX_WAIT_S:
        return None
    url = match["url"]
    return (url.partition(match["quote"])[0] if match["quote"] else url).strip() or None


def sent_on(root: Element, base: Base, refresh: str | None = None) -> list[str]:
    """Where a page sends its reader by itself.

    :param refresh: its ``Refresh`` header, if there was one
    """
    metas = [meta for meta in root.iter("meta") if (meta.get("http-equiv") or "").strip().lower() == "refresh"]
    seen = [meta.get("content") for meta in metas if not any(e.tag == "noscript" for e in meta.iterancestors())]
    found = [refreshed(value) for value in (refresh, *seen)]
    scripts = list(_scripts(root))
    if any(word in code for code in scripts for word in ("location", "navigate", "open")):
        found += _goes(scripts)
    urls = (absolute(base, href) for href in found)
    return list(dict.fromkeys(url for url in urls if url))


def _scripts(root: Element) -> Iterator[str]:
    """What runs as the page is loaded: short scripts, and the handlers for that moment."""
    size = 0
    for script in root.iter("script"):
        if script.text and len(script.text) < _MAX_CODE and not script.get("src"):
            size += len(script.text)
            if size > _MAX_CODES:
                return
            yield script.text
    for holder in root.iter("body", "frameset"):
        yield holder.get("onload") or ""


def _goes(scripts: list[str]) -> list[str]:
    """The addresses, as written, that scripts go to by themselves."""
    found: list[str] = []
    functions: dict[str, str] = {}
    waiting, called, code = scripts, set[str](), "\n".join(scripts)
    for _ in range(_MAX_CALLS):
        live = "\n".join(_live(text, functions) for text in waiting)
        found += (
            text for match in _GOES.finditer(live) if (text := _value(next(g for g in match.groups() if g), code))
        )
        timed = [literal(m["code"]) for m in _TIMER.finditer(live) if int(m["wait"]) <= MAX_WAIT_S * 1000]
        names = {m["name"] for m in _CALL.finditer(live)} | {
            m["name"] for m in _NAMED_TIMER.finditer(live) if int(m["wait"]) <= MAX_WAIT_S * 1000
        }
        fresh = sorted((names & set(functions)) - called)
        called |= set(fresh)
        waiting = [*timed, *(functions[name] for name in fresh)]
        if not waiting:
            break
    return found


def _live(code: str, functions: dict[str, str], depth: int = 0) -> str:
    """A script without comments, without what stands under a condition, and without functions that do not run by
    themselves.

    :param functions: receives the bodies of those that have a name
    """
    kept: list[str] = []
    at, phone = 0, False
    while match := _MARK.search(code, at):
        mark = match[0]
        kept.append(code[at : match.start()])
        at = match.end()
        if mark.startswith(("//", "/*", "<!--")):
            continue
        if mark.endswith("{") and mark != "{":
            end = _end_of(code, at - 1)
            body = code[at : end - 1]
            if depth < _MAX_DEPTH and _runs("".join(kept)[-60:], _AFTER.match(code, end)):
                kept.append(f";{_live(body, functions, depth + 1)};")
            if match["name"]:
                functions.setdefault(match["name"], body)
            at = end
        elif mark.rstrip() in _CONDITIONS:
            phone, at = _past_condition(code, at, asks=mark.startswith("if"))
        elif mark == "else":
            at = at if phone or _IF.match(code, at) else _statement(code, at)
        else:
            kept.append(mark)
    kept.append(code[at:])
    return "".join(kept)


_CONDITIONS = frozenset(["if", "while", "for", "switch", "catch", "with"])
_IF = compiled(r"\s{0,99}if\b")


def _runs(before: str, delay: re.Match[str] | None) -> bool:
    """Whether a function runs by itself, and soon, by what stands before it and behind."""
    return bool(_RUNS.search(before)) and not (delay and int(delay["wait"]) > MAX_WAIT_S * 1000)


def _past_condition(code: str, at: int, *, asks: bool) -> tuple[bool, int]:
    """Whether the condition that begins at ``at`` asks for a phone, and where the script continues.

    :param asks: it is an ``if``
    """
    close = _end_of(code, at)
    condition = code[at + 1 : close - 1]
    phone = asks and _PHONE.search(condition) is not None
    return phone, close if asks and _COUNTDOWN.match(condition) else _statement(code, close)


def _end_of(code: str, at: int) -> int:
    """The place behind the bracket that closes the one at ``at``."""
    depth = 0
    for match in _MARK.finditer(code, at):
        mark = match[0]
        if mark == "(" or mark.endswith("{"):
            depth += 1
        elif mark in (")", "}"):
            depth -= 1
            if depth <= 0:
                return match.end()
    return len(code)


def _statement(code: str, at: int) -> int:
    """The place behind the statement, or block, that begins at ``at``."""
    while match := _MARK.search(code, at):
        mark, before = match[0], code[at : match.start()].strip()
        if mark == "{" and not before:
            return _end_of(code, match.start())
        if mark == ";" or (mark == "\n" and before):
            return match.end()
        if mark == "}":
            return match.start()
        at = _end_of(code, match.start()) if mark == "(" else match.end()
    return len(code)


def _value(expression: str, code: str) -> str | None:
    """What literals, or a variable that is set once to such, say together."""
    if expression[0] in "\"'":
        return "".join(literal(part) for part in re.findall(_LITERAL, expression))
    found = re.findall(rf"(?<![\w$.]){re.escape(expression)}\s{{0,9}}=\s{{0,9}}({_VALUE})", code)
    return _value(found[0], "") if len(found) == 1 and found[0][0] in "\"'" else None
