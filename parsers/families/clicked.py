"""What a click, or a choice among options, asks for: an address in its handler, a call of the
page's own function, a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from parsers.families.base import View
from parsers.families.functions import asked_in, body_at, function, goes_to, handler, sent
from parsers.page.addresses import absolute
from parsers.page.dom import Element, inner_text, opened_by
from parsers.page.expressions import Value, arguments
from parsers.page.text import squeeze
from parsers.patterns import compiled
from parsers.record import PageRequest

_WORD = r"[A-Za-z_$][\w$]{0,40}"
_CALL = compiled(rf"(?<![\w$.'\"])(?P<name>{_WORD}(?:\.{_WORD}){{0,3}})\s{{0,4}}\(")
#: Words before a bracket that call nothing of the page's own.
_NO_CALL = ("void", "return", "if", "function", "for", "while", "switch", "alert", "event.preventDefault")
_ADDRESS = compiled(
    r"\A(?:(?:https?:)?//[\w.-]+/\S*|\.{0,2}/[\w./?=&%~-]+|\?[\w]+=\S*"
    r"|[\w./-]+\.(?:s?html?|jhtml|aspx?|jspx?|php|do|action|json)(?:\?\S*)?)\Z"
)
#: What an element says of itself in its own handler.
_OWN = compiled(
    r"\$\(\s?(?:this|e(?:vent)?\.(?:target|currentTarget))\s?\)"
    r"\.(?:attr|data|prop)\(\s?['\"](?P<a>[\w-]{1,40})['\"]\s?\)"
    r"|(?:this|e(?:vent)?\.(?:target|currentTarget))"
    r"\.(?:getAttribute\(\s?['\"](?P<b>[\w-]{1,40})['\"]\s?\)|dataset\.(?P<c>\w{1,40}))"
    r"|\$\(\s?(?:this|e(?:vent)?\.(?:target|currentTarget))\s?\)\.(?P<d>text|html|val)\(\)"
    r"|(?:this|e(?:vent)?\.(?:target|currentTarget))\.(?P<e>innerText|innerHTML|textContent|value)"
)
#: What a field of the page says once a reader has chosen in it.
_FIELD = compiled(
    r"(?:document\.getElementById\([^()]{1,60}\)|\$\(\s?[\"'][^\"'()]{1,60}[\"']\s?\)|this|\$\(\s?this\s?\)"
    r"|e(?:vent)?\.target)"
    r"(?:\.options\[[^\[\]]{1,60}\]|\.find\([^()]{1,40}\)|\.children\([^()]{1,40}\))?\.(?:value|val\(\))"
)
_CHOSEN = "chosen_value"
_COUNTS_ON = compiled(r"\+\+|\+=|\+\s?1\b")
#: Attributes by which a library binds a script.
_FRAMEWORK = compiled(r"@|v-on|v-model|ng-|data-bind|lay-|wire:")
_SUBMITS = compiled(r"\bsubmit\s?\(")


def clicked(element: Element, view: View) -> PageRequest | None:
    """What an element asks for when it is clicked; ``None`` where nothing says it, or where it counts a number on."""
    code = f"{action_of(element)}\n{handler_of(element, 'click', view)}"
    said = _OWN.search(code)
    value = _said_by(said, element) if said else None
    return _by_code(_OWN.sub(_CHOSEN, code), value, view) if not said or value is not None else None


def chosen(option: Element, select: Element, view: View) -> PageRequest | None:
    """What is asked for when an option is chosen: its own address, by a handler, or by the form around it."""
    said = option.get("value")
    value = squeeze(inner_text(option)) if said is None else said.strip()
    if _ADDRESS.fullmatch(value):
        return _get(absolute(view.base, value))
    action = f"{select.get('onchange') or ''}\n{handler_of(select, 'change', view)}"
    code = _FIELD.sub(_CHOSEN, action)
    found = _by_code(code, int(value) if value.isdecimal() else value, view) if value else None
    return found or _sent(select, value, view, anyway=bool(_SUBMITS.search(_with_bodies(action, view))))


def action_of(element: Element) -> str:
    """The script in an element's own attributes."""
    href = (element.get("href") or "").strip()
    script = href.partition(":")[2] if href.lower().startswith("javascript:") else ""
    return f"{element.get('onclick') or ''} {script}".strip()


def is_bound(element: Element, view: View) -> bool:
    """Whether a script does something with a click on an element, or a choice in it."""
    action, select = action_of(element), element.get("onchange")
    called = any(match["name"] not in _NO_CALL for match in _CALL.finditer(action))
    framework = any(_FRAMEWORK.match(str(name)) for name in element.attrib)
    return called or bool(select) or framework or any(handler_of(element, event, view) for event in ("click", "change"))


def handler_of(element: Element, event: str, view: View) -> str:
    """What a script does at an event of an element that it names itself, or as one of an element around it."""
    if own := handler(element, event, view):
        return own
    for around in islice(element.iterancestors(), 3):
        if around.tag in ("body", "html"):
            break
        if found := _delegated(element, around, event, view):
            return found
    return ""


def _delegated(element: Element, around: Element, event: str, view: View) -> str:
    """``$('.years li').click(function…``, ``$('#years').on('click', 'a', function…``."""
    inner = "|".join(map(re.escape, {element.tag, *(f".{word}" for word in (element.get("class") or "").split())}))
    for word in filter(None, (around.get("id"), *(around.get("class") or "").split())):
        name = rf"[\"'][\w ]{{0,20}}[#.]{re.escape(word)}"
        match = re.search(
            rf"\(\s?{name}[\w\s>.#-]{{0,40}}?[\s>](?:{inner})[\"']\s?\)"
            rf"\.(?:{event}|on|bind)\((?:\s?[\"']{event}[\"']\s?,)?[^{{]{{0,60}}\{{"
            rf"|\(\s?{name}[\"']\s?\)\.(?:on|delegate)\([^{{]{{0,60}}?[\"'](?:{inner})[\"'][^{{]{{0,60}}\{{",
            view.scripts,
        )
        if match:
            return body_at(view.scripts, match.end())
    return ""


def _said_by(match: re.Match[str], element: Element) -> Value:
    """What an element says of itself where its handler asks for it."""
    name = match["a"] or match["b"] or (f"data-{match['c']}" if match["c"] else "")
    said = (element.get(name) or element.get(f"data-{name}")) if name else squeeze(inner_text(element))
    return int(said) if said and said.isdecimal() else said


def _by_code(code: str, value: Value, view: View) -> PageRequest | None:
    """What a handler, or a function that it calls, asks for.

    :param value: what shows the choice, under a name of ours
    """
    names = view.names.with_({_CHOSEN: value})
    if (found := _in_code(code, value, view)) is not None:
        return found
    for call in _CALL.finditer(code):
        if call["name"] in _NO_CALL:
            continue
        values = arguments(code, call.end(), names)
        own = function(call["name"], view.scripts)
        if own is not None and (found := _in_function(*own, values, value, view)) is not None:
            return found
        address = next((v for v in values if isinstance(v, str) and _ADDRESS.fullmatch(v)), None)
        if address and own is None:
            return _get(absolute(view.base, address))
    return None


def _in_function(parameters: list[str], body: str, values: list[Value], value: Value, view: View) -> PageRequest | None:
    """What a function of the page's own asks for with these arguments."""
    given = dict(zip(parameters, values, strict=False))
    if value is not None and value not in values:
        return _in_code(_FIELD.sub(_CHOSEN, body), value, view)
    for name, said in given.items():
        if said is None or isinstance(said, dict | list):
            continue
        page = asked_in(body, view.names.with_(given), name, view)
        if page is None and isinstance(said, str) and _ADDRESS.fullmatch(said) and goes_to(body, name):
            page = _get(absolute(view.base, said))
        if page is not None:
            return page
    return _in_code(body, value, view) if not given else None


def _in_code(code: str, value: Value, view: View) -> PageRequest | None:
    """What a piece of script asks for by itself: the choice is in it, or there is none."""
    if value is None:
        if _COUNTS_ON.search(code):
            return None
        return _get(absolute(view.base, opened_by(code))) or asked_in(code, view.names, None, view)
    names = view.names.with_({_CHOSEN: value})
    aliases = re.findall(rf"({_WORD})\s?=\s?{_CHOSEN}\b", code)
    for name in (_CHOSEN, *aliases):
        if (page := asked_in(code, names.with_({name: value}), name, view)) is not None:
            return page
    return None


def script_of(element: Element, view: View) -> str:
    """All that is known to run at a click on an element: its own script, a handler's, the functions that these call."""
    return _with_bodies(f"{action_of(element)}\n{handler_of(element, 'click', view)}", view)


def _with_bodies(action: str, view: View) -> str:
    """A handler and the functions of the page that it calls."""
    found = (function(match["name"], view.scripts) for match in _CALL.finditer(action))
    return "\n".join([action, *(own[1] for own in found if own is not None)])


def _sent(select: Element, value: str, view: View, *, anyway: bool) -> PageRequest | None:
    """The form around a field, with one choice in it: sent by a script, or by a button where nothing else can be said.

    :param anyway: a script sends it
    """
    form = next((e for e in select.iterancestors("form")), None)
    if form is None or not select.get("name") or not (anyway or _has_button(form)):
        return None
    if not anyway and any(_is_typed(field) for field in form.iter("input", "textarea")):
        return None  # a search
    fields = {name: said for field in form.iter("input", "select") for name, said in _said(field)}
    page = sent(form, {**fields, select.get("name") or "": value}, view)
    return replace(page, number=1) if page else None


def _has_button(form: Element) -> bool:
    return any(
        e.tag == "button" or (e.get("type") or "").lower() in ("submit", "image") for e in form.iter("button", "input")
    )


def _is_typed(field: Element) -> bool:
    return field.tag == "textarea" or (field.get("type") or "text").lower() in ("text", "search")


def _said(field: Element) -> Iterator[tuple[str, str]]:
    """What a field sends as the page stands."""
    name = field.get("name")
    if not name:
        return
    if field.tag == "select":
        options = list(field.iter("option"))
        marked = [o for o in options if o.get("selected") is not None] or options[:1]
        yield from ((name, (o.get("value") if o.get("value") is not None else inner_text(o)) or "") for o in marked)
    elif (field.get("type") or "text").lower() in ("hidden", "text", "search"):
        yield name, field.get("value") or ""


def _get(url: str | None) -> PageRequest | None:
    return PageRequest(url, number=1) if url else None
