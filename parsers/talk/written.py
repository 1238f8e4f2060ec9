"""Talks that a page's own scripts write, and those that only its description tells: text that is in no element.

Nothing is run: the strings of ``document.write`` and of variables are joined in their order. They are read only where
the page shows no talk itself.
"""

from __future__ import annotations

from parsers.page.dom import Element, parse_html
from parsers.page.escapes import literal
from parsers.page.text import fold
from parsers.patterns import compiled

_MOST_CODE = 400_000
_STRING = compiled(r'"(?:[^"\\\n]|\\[\s\S])*"|\'(?:[^\'\\\n]|\\[\s\S])*\'|`(?:[^`\\]|\\[\s\S])*`')
_PLAIN = {"n": "<br>", "r": "", "t": " ", "\n": ""}
_HAN = compiled(r"[\u3400-\u9fff]")
_LABEL = compiled(r"[\u3400-\u9fff]\s{0,4}(?::|[\]】])")
_LABELS = 2  # what could be a talk has so many at least
_DESCRIPTIONS = "//meta[translate(@name, 'DESCRIPTON', 'descripton') = 'description' or @property = 'og:description']"


def write_in(root: Element, url: str) -> bool:
    """Put what could be a written talk into the tree, in its script's place.

    :returns: whether there was any
    """
    body = root.find(".//body")
    if body is None:
        return False
    written = [(script, html) for script in root.iter("script") if (html := _written(script.text or ""))]
    for script, html in written:
        held = _element(html, url)
        if any(element is body for element in script.iterancestors()):
            script.addnext(held)
        else:
            body.append(held)
    told = [] if written else [text for text in _descriptions(root) if _is_talk(text)]
    if told:
        body.append(_element(max(told, key=len).replace("<", "&lt;"), url))
    return bool(written or told)


def _descriptions(root: Element) -> list[str]:
    """What the meta tags tell of the page."""
    return [tag.get("content") or "" for tag in root.xpath(_DESCRIPTIONS)]  # type: ignore[union-attr]


def _written(code: str) -> str:
    """The words that a script writes, where labels are among them."""
    if len(code) > _MOST_CODE or not _HAN.search(code):
        return ""
    strings = (match[0] for match in _STRING.finditer(code))
    text = "".join(literal(string, _PLAIN) for string in strings if _HAN.search(string) or "\\u" in string)
    return text if _is_talk(text) else ""


def _is_talk(text: str) -> bool:
    return len(_LABEL.findall(fold(text))) >= _LABELS


def _element(html: str, url: str) -> Element:
    tree = parse_html(f"<html><body><div>{html}</div></body></html>", url)
    found = tree.find(".//div")
    assert found is not None
    found.tail = None
    return found
