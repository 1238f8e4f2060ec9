"""What a page's own functions ask for: addresses that they go to or load, forms that they send,
with a page's number put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from parsers.families.base import View
from parsers.page.addresses import absolute
from parsers.page.addresses import form as form_body
from parsers.page.dom import Element
from parsers.page.expressions import Names, Value, arguments, results
from parsers.patterns import compiled
from parsers.record import PageRequest

_BODY = 2000  # characters of a function that are read
_CLASSES = 8  # class names by which a script may name an element
_WORD = r"[A-Za-z_$][\w$]{0,40}"
_ANONYMOUS = compiled(
    rf"function\s{{0,4}}(?:{_WORD})?\s{{0,4}}\((?P<one>[^()]{{0,100}})\)\s{{0,4}}\{{"
    rf"|(?:\((?P<two>[^()]{{0,100}})\)|(?P<three>{_WORD}))\s{{0,4}}=>\s{{0,4}}\{{?"
    rf"|(?<![\w$.])(?P<method>jump|callback|onPageChange|onPageClick|getLink|click)"
    rf"\s{{0,4}}\((?P<four>[\w$,\s]{{0,100}})\)\s{{0,4}}\{{"
)
#: What a field of the page says of the number that the reader chose.
_CHOSEN = compiled(
    r"(?:this|\$\(this\)|document\.getElementById\([^()]{1,60}\)|\$\([\"'][^\"'()]{1,60}[\"']\)|e(?:vent)?\.target)"
    r"(?:\.options\[[^\[\]]{1,60}\]|\.find\([^()]{1,40}\)|\.children\([^()]{1,40}\))?\.(?:value|val\(\))"
)
_ASKS = compiled(
    r"(?:\$|jQuery|axios|Util)\.(?P<how>get|post|getJSON|ajax|load)\s{0,4}\(|(?<![\w$.])fetch\s{0,4}\(|\.load\s{0,4}\(",
    re.IGNORECASE,
)
_SETS = (
    r"(?:getElementById\(\s{{0,4}}[\"'](?P<id>[\w$-]{{1,60}})[\"']\s{{0,4}}\)|(?P<name>[\w$]{{1,60}}))"
    r"\.value\s{{0,4}}=\s{{0,4}}{needs}\b"
    r"|\$\(\s{{0,4}}[\"'](?:[\w ]{{0,20}}\[name=)?[#\"']{{0,2}}(?P<field>[\w$-]{{1,60}})"
    r"[\"'\]]{{1,4}}\s{{0,4}}\)\.val\(\s{{0,4}}{needs}\s{{0,4}}\)"
)


def function(name: str, scripts: str) -> tuple[list[str], str] | None:
    """The parameters and the body of a function of the page's scripts."""
    word = re.escape(name.rsplit(".", 1)[-1])
    match = re.search(
        rf"(?<![\w$.])(?:function\s{{1,4}}{word}|{word}\s{{0,4}}[=:]\s{{0,4}}(?:function)?"
        rf"|\.{word}\s{{0,4}}=\s{{0,4}}function"
        rf"|(?<=[,{{\s]){word})\s{{0,4}}\(([^()]{{0,200}})\)\s{{0,4}}(?:=>\s{{0,4}})?\{{",
        scripts,
    )
    if match is None:
        return None
    return _parameters(match[1]), body_at(scripts, match.end())


def _parameters(text: str) -> list[str]:
    return [name.partition("=")[0].strip() for name in text.split(",") if name.strip()]


def body_at(code: str, at: int) -> str:
    """What stands up to the bracket that closes the one before ``at``."""
    depth = 1
    for end in range(at, min(len(code), at + _BODY)):
        depth += (code[end] == "{") - (code[end] == "}")
        if depth == 0:
            return code[at:end]
    return code[at : at + _BODY]


def callbacks(source: str) -> Iterator[tuple[list[str], str]]:
    """The functions that are written where they are handed over."""
    for match in _ANONYMOUS.finditer(source):
        parameters = next((g for g in match.group("one", "two", "three", "four") if g is not None), "")
        yield _parameters(parameters), body_at(source, match.end())


def number_among(values: list[Value]) -> int | None:
    """The page's number among a call's arguments: a number, else a string of few digits."""
    plain = [value for value in values if isinstance(value, int)]
    return next(
        iter(plain), next((int(v) for v in values if isinstance(v, str) and v.isdecimal() and len(v) < 5), None)
    )


def called(name: str, values: list[Value], number: int, view: View) -> PageRequest | None:
    """What a function of the page's own asks for when it is called with a page's number."""
    found = function(name, view.scripts)
    if found is None:
        return None
    parameters, body = found
    given = dict(zip(parameters, values, strict=False))
    numbers = (number, number - 1, str(number), str(number - 1))
    needs = next((name for name, value in given.items() if value in numbers), None)
    if needs is None:
        return None
    return asked_in(body, view.names.with_(given), needs, view)


def asked_in(code: str, names: Names, needs: str | None, view: View) -> PageRequest | None:
    """What a piece of script asks for.

    :param needs: the name under which the page's number, or what a reader chose, is in it; ``None``: it has none
    """
    for match in _ASKS.finditer(code):
        page = _request(match["how"] or "get", code, match.end(), names, needs, view)
        if page is not None:
            return page
    if needs is None:
        return None
    if ".submit" in code and (page := _sent(code, names, needs, view)) is not None:
        return page
    for text in results(code, names, needs):
        if re.search(r"[./?&=_-]", text) and not re.search(r"[\s<>\"]|^#|^\.\w+$", text):
            url = absolute(view.base, text)
            if url is not None:
                return PageRequest(url)
    return None


def _request(how: str, code: str, at: int, names: Names, needs: str | None, view: View) -> PageRequest | None:
    """``$.post('/list.do', {pageNo: n})`` and the like."""
    target, method, data = _options(how, arguments(code, at, names))
    url = absolute(view.base, target) if isinstance(target, str) else None
    if url is None or (needs is not None and not re.search(rf"\b{re.escape(needs)}\b", code[at : at + 600])):
        return None
    said = data if isinstance(data, dict) else {}
    fields = {key: str(value) for key, value in said.items() if value is not None}
    if len(fields) < len(said):
        return None  # a value that nobody knows
    if method == "POST":
        return PageRequest(url, "POST", urlencode(fields).encode())
    return PageRequest(f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}" if fields else url)


def _options(how: str, values: list[Value]) -> tuple[Value, str, Value]:
    """Address, method and data of a call that asks for something: ``$.get(url, data)``, ``$.ajax({url: …})``."""
    target, data = (*values, None, None)[:2]
    method = "POST" if how.lower() == "post" else "GET"
    if isinstance(target, dict):
        method = str(target.get("type") or target.get("method") or method).upper()
        return target.get("url"), method, target.get("data") or target.get("params")
    if isinstance(data, dict) and isinstance(data.get("params"), dict):
        data = data["params"]
    return target, method, data


def _sent(code: str, names: Names, needs: str, view: View) -> PageRequest | None:
    """A form into which the number is written before it is sent."""
    match = re.search(_SETS.format(needs=re.escape(needs)), code)
    number = names.value(needs)
    if match is None or number is None:
        return None
    word = match["id"] or match["name"] or match["field"]
    for form in view.root.iter("form"):
        fields = [field for field in form.iter("input", "select") if field.get("name")]
        chosen = next((f for f in fields if word in (f.get("id"), f.get("name"))), None)
        if chosen is not None:
            said = {f.get("name") or "": f.get("value") or "" for f in fields if _is_sent(f)}
            return sent(form, {**said, chosen.get("name") or "": str(number)}, view)
    return None


def sent(form: Element, fields: dict[str, str], view: View) -> PageRequest | None:
    """The request that a form sends with these fields."""
    url = absolute(view.base, form.get("action") or view.url)
    if url is None:
        return None
    body = form_body(fields, view.base.charset)
    if (form.get("method") or "get").lower() == "post":
        return PageRequest(url, "POST", body)
    return PageRequest(f"{url.partition('?')[0]}?{body.decode()}")


def _is_sent(field: Element) -> bool:
    return field.tag == "input" and (field.get("type") or "text").lower() in ("hidden", "text")


def goes_to(code: str, name: str) -> bool:
    """Whether a script opens, loads or goes to the address that a name holds."""
    word = re.escape(name)
    return bool(
        re.search(
            rf"(?:open|load|replace|assign|get|ajax|fetch|getJSON|post)\s{{0,4}}\(\s{{0,4}}{word}\b"
            rf"|(?:location(?:\.href)?|\.src|url)\s{{0,4}}[=:]\s{{0,4}}{word}\b",
            code,
        )
    )


def chosen_in(action: str, number: int, view: View) -> PageRequest | None:
    """What a drop-down's handler asks for when a page's number is chosen."""
    code = _CHOSEN.sub("chosen_value", action)
    names = view.names.with_({"chosen_value": number})
    page = asked_in(code, names, "chosen_value", view)
    if page is not None:
        return page
    call = re.search(rf"({_WORD}(?:\.{_WORD}){{0,2}})\s{{0,4}}\(", code)
    if call is None:
        return None
    return called(call[1], arguments(code, call.end(), names), number, view)


def handler(element: Element, event: str, view: View) -> str:
    """What a script does at an event of an element, which it names by id, name or class."""
    for word in (element.get("id"), element.get("name"), *(element.get("class") or "").split()[:_CLASSES]):
        if not word:
            continue
        match = re.search(
            rf"\$\(\s{{0,4}}[\"'](?:[a-z]{{1,10}})?[#.]?(?:\[name=)?[\"']?{re.escape(word)}[\"'\]]{{1,3}}\s{{0,4}}\)"
            rf"\.(?:{event}|on|bind)\((?:\s{{0,4}}[\"']{event}[\"']\s{{0,4}},)?[^{{]{{0,60}}\{{"
            rf"|getElementById\(\s{{0,4}}[\"']{re.escape(word)}[\"']\s{{0,4}}\)"
            rf"\.(?:on{event}\s{{0,4}}=|addEventListener\([^{{]{{0,40}})[^{{]{{0,60}}\{{",
            view.scripts,
        )
        if match:
            return body_at(view.scripts, match.end())
    return ""
