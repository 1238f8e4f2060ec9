"""What a page's scripts ask the server for, to show the talk: jQuery, axios, ``fetch``, XMLHttpRequest, in any order of
address and data.

Nothing is run: addresses and data are put together from literals, names, the page's fields and its own parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

from parsers.families import View
from parsers.page.addresses import absolute, host_of, parts
from parsers.page.dom import Element
from parsers.page.expressions import Names, Value, arguments, value_at
from parsers.patterns import compiled
from parsers.record import PageRequest

_MOST_CODE, _MOST_REQUESTS = 200_000, 20
_CALL = compiled(
    r"(?:(?<![\w$])(?:\$|jQuery|axios|layui\.\$|Vue\.http|this\.\$http|this\.\$axios|http|request|Ajax"
    r"|ajax)\s{0,2}\.\s{0,2}"
    r"(?P<how>getJSON|get|post|ajax|request|load)|(?<![\w$.])(?P<plain>fetch|axios|\$ajax|ajax|request)"
    r"|(?P<open>\.open)|\)\s{0,2}\.(?P<load>load))\s{0,4}\("
)
_FIELD = compiled(
    r"(?:\$|jQuery)\(\s{0,4}['\"](?:input)?(?:#(?P<id>[\w-]{1,60})"
    r"|\[name=['\"]?(?P<name>[\w-]{1,60})['\"]?\])['\"]\s{0,4}\)\s{0,4}\.\s{0,4}"
    r"(?:val\(\s{0,2}\)|text\(\s{0,2}\)|html\(\s{0,2}\)|(?:attr|data"
    r"|prop)\(\s{0,4}['\"](?P<attribute>[\w-]{1,60})['\"]\s{0,4}\))"
    r"|document\s{0,2}\.\s{0,2}(?:getElementById\(\s{0,4}['\"](?P<id2>[\w-]{1,60})['\"]\s{0,4}\)"
    r"|getElementsByName\(\s{0,4}['\"](?P<name2>[\w-]{1,60})['\"]\s{0,4}\)\[0\]"
    r"|querySelector\(\s{0,4}['\"](?:input)?#(?P<id3>[\w-]{1,60})['\"]\s{0,4}\))\s{0,4}\.\s{0,4}(?:value"
    r"|innerHTML|innerText|textContent|dataset\.(?P<dataset>\w{1,60})"
    r"|getAttribute\(\s{0,4}['\"](?P<attribute2>[\w-]{1,60})['\"]\s{0,4}\))"
)
_PARAMETER = compiled(
    r"(?<![\w$.])(?:new\s{1,4})?(?:[\w$]{1,30}\.)?(?:\w{0,20}(?:query|param|request"
    r"|url)\w{0,20}(?:\([^()]{0,60}\)\s{0,2}\.\s{0,2}get)?)\(\s{0,4}['\"](?P<name>[\w-]{1,40})['\"]\s{0,4}\)",
    re.IGNORECASE,
)
_SET = compiled(
    r"(?<![\w$.])(?:(?:var|let|const)\s{1,4}|,\s{0,8}|;\s{0,8}"
    r"|\n\s{0,40})?(?P<name>[A-Za-z_$][\w$]{0,40})\s{0,4}=(?![=>])\s{0,8}"
)
_FUNCTION = compiled(r"function\s{1,4}([A-Za-z_$][\w$]{0,40})\s{0,4}\(([\w$\s,]{1,100})\)\s{0,4}\{")
#: Words of an address, or of what is sent with it, that speak of a talk; others are only asked for by a page that shows
#: nothing itself.
_TALK = compiled(
    r"interview|fangtan|zxft|zwft|(?<![a-z])ft(?![a-z])|talk|question|dialog|shilu|wenzi|jiabin|guest|zhibo"
    r"|live(?!re)|speak|record(?!s?count)|message|content|detail",
    re.IGNORECASE,
)
_OTHER = compiled(
    r"count|hits?\b|click|visit|login|user(?!names)|weather|tianqi|search|captcha|valid|verify|stat(?:s|istic)"
    r"|/log|recommend|menu|nav|share|weixin|wx|token|sign|upload|submit|save|add|vote|praise|zan|pinglun"
    r"|comment|\.js\b|\.css\b|keyword|top|banner|link|notice",
    re.IGNORECASE,
)


def fetched(view: View, *, bare: bool) -> tuple[PageRequest, ...]:
    """The requests for a talk that the page's scripts make, in their order; its own host only.

    :param bare: the page shows no talk itself: what it asks for need not have a talk's words
    """
    scripts = view.scripts
    if len(scripts) > _MOST_CODE or not _CALL.search(scripts):
        return ()
    code = _PARAMETER.sub(lambda m: _parameter(m, view), _FIELD.sub(lambda m: _field(m, view), scripts))
    names = _names(code)
    found: list[PageRequest] = []
    for request in _requests(code, names, view):
        words = f"{parts(request.url).path}?{parts(request.url).query}&{request.body.decode()}"
        told = bool(_TALK.search(words))
        if (
            host_of(request.url) != host_of(view.url)
            or _OTHER.search(parts(request.url).path)
            or request.url == view.url
        ):
            continue
        if (told or bare) and request not in found:
            found.append(request)
    return tuple(found[:_MOST_REQUESTS])


def _requests(code: str, names: Names, view: View) -> Iterator[PageRequest]:
    for match in _CALL.finditer(code):
        given = arguments(code, match.end(), names)
        if match["open"]:
            body = re.search(r"\.send\s{0,4}\(", code[match.end() : match.end() + 1500])
            sent = arguments(code, match.end() + body.end(), names) if body else []
            request = _made(str((given or [""])[0]), [*given, None, None][1], (sent or [""])[0] or "", view)
        else:
            request = _called(match, given, view)
        if request is not None:
            yield request


def _called(match: re.Match[str], given: list[Value], view: View) -> PageRequest | None:
    """``$.post(url, data)``, ``$.ajax({url, data})``, ``fetch(url, {method, body})``, ``axios.get(url, {params})``."""
    how = match["how"] or match["plain"] or "load"
    target, data = (*given, None, None)[:2]
    if how == "load" and isinstance(target, str):
        target = target.strip().partition(" ")[0]  # what follows chooses a part of the answer
    method = "POST" if how == "post" else "GET"
    options = target if isinstance(target, dict) else data if how in _WITH_OPTIONS else None
    if isinstance(options, dict):
        method = str(options.get("type") or options.get("method") or method).upper()
        target = options.get("url") if isinstance(target, dict) else target
        sent = next((options[key] for key in ("data", "body", "params") if key in options), "")
    else:
        sent = _sent(how, data, told=len(given) > 1)
    return _made(method, target, sent, view)


_WITH_OPTIONS = ("ajax", "fetch", "axios", "request")
_WITH_DATA = ("get", "post", "getJSON", "load")


def _sent(how: str, data: Value, *, told: bool) -> Value:
    """What a call without options sends; its second argument may be a function that takes the answer."""
    if isinstance(data, dict) and "params" in data:  # axios
        return data["params"]
    sent = data if told and how in _WITH_DATA else ""
    return "" if isinstance(sent, list) or (sent is None and how != "post") else sent


def _made(method: str, target: Value, sent: Value, view: View) -> PageRequest | None:
    """A request from its parts; ``None`` where one of them is not known."""
    url = absolute(view.base, target) if isinstance(target, str) and target.strip() else None
    if url is None or sent is None or method.upper() not in ("GET", "POST"):
        return None
    if isinstance(sent, dict):
        if any(not isinstance(value, str | int) for value in sent.values()):
            return None
        sent = urlencode({key: str(value) for key, value in sent.items()})
    text = str(sent) if isinstance(sent, str | int) else ""
    if method.upper() == "POST":
        return PageRequest(url, "POST", text.encode())
    return PageRequest(f"{url}{'&' if '?' in url else '?'}{text}" if text else url)


def _names(code: str) -> Names:
    """What the scripts set their names to, sums of other names included."""
    names = Names("")
    for match in _SET.finditer(code):
        value = value_at(code, match.end(), names)
        if value is not None and value != {} and names.known.get(match["name"]) is None:
            names.known[match["name"]] = value
    for name, parameters in _FUNCTION.findall(code):
        call = re.search(rf"(?<![\w$.])(?<!function )(?<!function  ){re.escape(name)}\s{{0,4}}\(", code)
        given = arguments(code, call.end(), names) if call else []
        for parameter, value in zip(parameters.split(","), given, strict=False):
            if value is not None and names.known.get(parameter.strip()) is None:
                names.known[parameter.strip()] = value
    return Names(code, names.known)


def _field(match: re.Match[str], view: View) -> str:
    """A field of the page, as a literal in its place."""
    element = _element(match["id"] or match["id2"] or match["id3"], match["name"] or match["name2"], view)
    if element is None:
        return match[0]
    attribute = match["attribute"] or match["attribute2"] or match["dataset"]
    candidates = (attribute, f"data-{attribute}") if attribute else ("value",)
    value = next((found for name in candidates if (found := element.get(name)) is not None), None)
    if value is None and not attribute:
        value = (element.text or "").strip()
    return repr(value) if value is not None and "\\" not in value and len(value) < 500 else match[0]


def _element(identifier: str | None, name: str | None, view: View) -> Element | None:
    if identifier:
        return view.survey.by_id.get(identifier)
    return next((field for field in view.root.iter("input", "textarea") if field.get("name") == name), None)


def _parameter(match: re.Match[str], view: View) -> str:
    """A parameter of the page's own address, as a literal in its place."""
    value = dict(parse_qsl(parts(view.url).query)).get(match["name"])
    return repr(value) if value is not None and re.fullmatch(r"[\w.-]{1,100}", value) else match[0]
