"""What intruders and copyists do to a page; each is applied to a page whose clean twin is known."""

from __future__ import annotations

import re
from collections.abc import Callable

from support.corpora.field.words import Words

#: Kinds of tampering with their weights.
KINDS = {"brand in slots": 3, "obscene head": 3, "obscene first line": 2, "breadcrumb": 2, "hidden links": 2, "injected prose": 3, "pinyin": 1, "brand in title": 2}  # fmt: skip
_PINYIN = {
    "的": "de",
    "工": "gōng",
    "人": "rén",
    "民": "mín",
    "政": "zhèng",
    "一": "yī",
    "在": "zài",
    "年": "nián",
    "和": "hé",
}


def tamper(words: Words, html: str, kind: str) -> tuple[str, list[str]]:
    """The page after it, and the words that a flag should name; no words when nothing could be planted."""
    return _KINDS[kind](words, html)


def _brand_in_slots(words: Words, html: str) -> tuple[str, list[str]]:
    """The brand stands where an office's name or a word of navigation stood."""
    brand = words.r.choice(words.frames["brands"])
    spots = [
        m
        for m in re.finditer(rf"(?<=>)首页(?=<)|{words.topic}(?=工作|的|，|。)", html)
        if m.start() > html.find("<body")
    ]
    if not spots:
        return html, []
    for spot in sorted(words.r.sample(spots, min(len(spots), words.r.randrange(1, 4))), key=lambda m: -m.start()):
        html = html[: spot.start()] + brand + html[spot.end() :]
    return html, [brand]


def _obscene_head(words: Words, html: str) -> tuple[str, list[str]]:
    """A list of search words instead of the title, the heading untouched."""
    text = words.r.choice(words.frames["obscene"])
    new = words.r.choice([f"<title>{text}</title>", f"<title>{text}_\\g<1></title>"])
    return re.sub(r"<title>(.*?)</title>", new, html, count=1), [text]


def _obscene_first_line(words: Words, html: str) -> tuple[str, list[str]]:
    """The same list as the first visible line."""
    text = words.r.choice(words.frames["obscene"])
    line = words.r.choice([f"<h1>{text}</h1>", f"<div>{text}</div>", f"{text}<br>"])
    return html.replace("<body>", f"<body>{line}", 1), [text]


def _breadcrumb(words: Words, html: str) -> tuple[str, list[str]]:
    """The way to the page begins with a brand."""
    brand = words.r.choice(words.frames["brands"])
    new = re.sub(
        r"((?:位置|路径)[：:]?.{0,120}?<a [^>]*>)首页(?=</a>)", rf"\g<1>{brand}", html, count=1, flags=re.DOTALL
    )
    return new, [brand] if new != html else []


def _hidden_links(words: Words, html: str) -> tuple[str, list[str]]:
    """Links that nobody sees, to places that no office links."""
    brands = words.r.sample(words.frames["brands"], 3)
    style = words.r.choice(["position:absolute;left:-9999px", "display:none", "font-size:0;height:0;overflow:hidden"])
    links = "".join(
        f"<a href='http://www.{n}bet{words.r.randrange(99)}.example/'>{b}</a>" for n, b in enumerate(brands)
    )
    where = words.r.choice(["</body>", "</h1>", "</h2>"])
    where = where if where in html else "</body>"
    return html.replace(where, f"{where if where != '</body>' else ''}<div style='{style}'>{links}</div>{'</body>' if where == '</body>' else ''}", 1), brands  # fmt: skip


def _injected_prose(words: Words, html: str) -> tuple[str, list[str]]:
    """A paragraph of praise between true ones, in a style of its own."""
    text = words.sentence("painters", words.person())
    style = words.r.choice(["<p>{}</p>", "<p style='font-family:Calibri'>  {}\n</p>", "<p><span style='font-family:Calibri;font-size:14px'>{}</span></p>"])  # fmt: skip
    spots = [m.end() for m in re.finditer(r"</p>(?=\s*<p)", html)]
    if not spots:
        return html, []
    spot = spots[len(spots) // 2]
    return html[:spot] + style.format(text) + html[spot:], [text]


def _pinyin(words: Words, html: str) -> tuple[str, list[str]]:
    """Readings in brackets behind common characters of the text."""
    start = html.find("</h") if "</h" in html else html.find("<body")
    planted: list[str] = []

    def with_reading(match: re.Match[str]) -> str:
        if words.chance(0.5) and len(planted) < 30:
            token = f"{match[0]}({_PINYIN[match[0]]})"
            planted.append(token)
            return token
        return match[0]

    text = re.sub(rf"(?<=[一-鿿])[{''.join(_PINYIN)}](?=[一-鿿，。])(?![^<]*>)", with_reading, html[start:])
    return (html[:start] + text, planted) if len(planted) > 2 else (html, [])


def _brand_in_title(words: Words, html: str) -> tuple[str, list[str]]:
    """The browser's title begins with a brand."""
    brand = words.r.choice(words.frames["brands"])
    return re.sub(r"<title>", f"<title>{brand}-", html, count=1), [brand]


_KINDS: dict[str, Callable[[Words, str], tuple[str, list[str]]]] = {
    "brand in slots": _brand_in_slots,
    "obscene head": _obscene_head,
    "obscene first line": _obscene_first_line,
    "breadcrumb": _breadcrumb,
    "hidden links": _hidden_links,
    "injected prose": _injected_prose,
    "pinyin": _pinyin,
    "brand in title": _brand_in_title,
}
