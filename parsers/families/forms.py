"""Forms that turn a page: one that a button sends, and ASP.NET's, which a link sends again with the page's state."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from parsers.families.base import View
from parsers.page.addresses import absolute
from parsers.page.addresses import form as form_body
from parsers.page.dom import Element
from parsers.patterns import compiled
from parsers.record import PageRequest

POSTBACK = compiled(
    r"__doPostBack\(\s{0,4}['\"](?P<target>[^'\"]{0,200})['\"]\s{0,4},"
    r"\s{0,4}['\"](?P<argument>[^'\"]{0,100})['\"]\s{0,4}\)"
)
_NUMBER = compiled(r"(?:Page\$)?(\d{1,5})")


def posted_back(anchor: Element, postback: re.Match[str], view: View) -> PageRequest | None:
    """What an ASP.NET link asks for: the form around it, with the page's state; ``None`` where there is no form."""
    form = next(anchor.iterancestors("form"), None)
    url = absolute(view.base, (form.get("action") if form is not None else None) or view.url)
    if form is None or url is None:
        return None
    event = {"__EVENTTARGET": postback["target"], "__EVENTARGUMENT": postback["argument"]}
    body = form_body({**_state(form), **event}, view.base.charset)
    number = _NUMBER.fullmatch(postback["argument"])
    return PageRequest(url, "POST", body, int(number[1]) if number else 2)


def submitted(control: Element, view: View) -> PageRequest | None:
    """What a button or picture that sends a form asks for; ``None`` for any other element."""
    kind = (control.get("type") or ("submit" if control.tag == "button" else "text")).lower()
    if control.tag not in ("button", "input") or kind not in ("submit", "image") or control.get("onclick"):
        return None
    form = next(control.iterancestors("form"), None)
    if form is None:
        return None  # it sends nothing, whatever it names
    url = absolute(view.base, _said(control, form, "action") or view.url)
    fields = {**_state(form, _FILLED), **_own(control, kind)}
    posted = _said(control, form, "method").strip().lower() == "post"
    return _sent(url, form_body(fields, view.base.charset), view, posted=posted) if url else None


def _said(control: Element, form: Element, name: str) -> str:
    """An attribute of a form, as the button that sends it has it, else the form itself."""
    return control.get(f"form{name}") or form.get(name) or ""


def _sent(url: str, body: bytes, view: View, *, posted: bool) -> PageRequest | None:
    """The request of a form with these fields; ``None`` where it asks for this page."""
    if posted:
        return PageRequest(url, "POST", body)
    target = urlunsplit((*urlsplit(url)[:3], body.decode("ascii"), "")) if body else url
    return None if view.is_here(target) else PageRequest(target)


def _own(control: Element, kind: str) -> dict[str, str]:
    """What a button says of itself in its form; of a picture, where it was clicked."""
    name = control.get("name")
    if kind == "image":
        return {f"{name}.x" if name else "x": "1", f"{name}.y" if name else "y": "1"}
    return {name: control.get("value") or ""} if name else {}


_FILLED = ("hidden", "text", "number", "")


def _state(form: Element, kinds: tuple[str, ...] = ("hidden",)) -> dict[str, str]:
    """What a form carries from one page to the next: its fields of some kinds."""
    return {
        field.get("name") or "": field.get("value") or ""
        for field in form.iter("input")
        if (field.get("type") or "").lower() in kinds and field.get("name")
    }
