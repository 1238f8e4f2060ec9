"""Source text that libxml2 would read otherwise than a browser, rewritten so that no text is lost, joined or made up.

Each rewrite is asked for by a cheap test; most pages pass through untouched.
"""

from __future__ import annotations

import re

from parsers.patterns import compiled

_BLOCK_NAMES = r"p|div|table|br|li|section|ul|dl|h[1-6]"
_BLOCK = compiled(rf"<(?:{_BLOCK_NAMES})\b", re.IGNORECASE)
#: Where a paragraph ends, besides its own end tag: elements that cannot be in one, and ends of what holds it.
_EDGES = (
    "address|article|aside|blockquote|body|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure"
    "|footer|form"
    "|h[1-6]|header|hgroup|hr|li|main|menu|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_EDGE = compiled(rf"<(?P<end>/?)(?P<name>{_EDGES})(?=[\s/>])", re.IGNORECASE)
#: What a browser still loads or shows when it stands after ``</html>``: counters, late scripts, hidden links, text.
_LATE = compiled(rf"<(?:{_BLOCK_NAMES}|a|script|img|iframe|link|style|span|form)\b", re.IGNORECASE)
_CLOSED = compiled(r"</[bBhH](?:[oO][dD][yY]|[tT][mM][lL])\s*>")
#: Elements inside which a page's text is lost when they are left open.
_SWALLOWING = frozenset(
    [
        "script", "style", "textarea", "title", "iframe", "noscript", "noframes", "xmp", "template", "svg", "math", "select",
    ]
)  # fmt: skip
_SWALLOWING_TAG = compiled(r"<(?P<end>/?)(?P<name>[sStTiInNxXmM][cCtTvVeEiIfFoOmMaA][A-Za-z]{1,8})(?=[\s>/])")
#: What holds characters and no mark-up: comments, scripts and their like.
_RAW_NAMES = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
_RAW = compiled(rf"<!--|<(?P<name>{'|'.join(_RAW_NAMES)})(?=[\s/>])", re.IGNORECASE)
_END_OF = {name: compiled(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW_NAMES}
_COMMENT_END = compiled(r"--!?>")
_OPEN_COMMENT = compiled(rf"<!--.*?(?=<(?:{_BLOCK_NAMES})\b|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = compiled(r"<!--(?:-?>|.*?(?:--!?>|\Z))|<[!?][^>]{0,2000}>|</[^A-Za-z>][^>]{0,2000}>", re.DOTALL)
#: A link whose end tag does not come before the next link, or not at all.
_OPEN_ANCHOR = compiled(r"<a(?=[\s/>])[^<]*+(?:<(?!/?a[\s/>])[^<]*+)*+(?=<a[\s/>]|\Z)", re.IGNORECASE)
#: Words that are speech, no entry of a menu or list.
_SENTENCE = compiled(r"[。！？!?][”’\"'）)]?\s*\Z")
_TAG = compiled(r"<[^<>]*>")
_BREAK_END = compiled(r"</br(?=[\s/>])", re.IGNORECASE)


def recover(text: str) -> tuple[str, list[str]]:
    """Undo what makes libxml2 drop, join or hide text that a reader sees.

    Text after ``</html>``; a comment, script, style, text area or the like that never ends; a link that never ends.

    :returns: the source and what was undone
    """
    remarks: list[str] = []
    text = _without_early_end(text, remarks)
    text = _without_open_comment(text, remarks)
    while swallowed := _left_open(text):
        tag, end = swallowed
        text = f"{text[:end]}</{tag}>{text[end:]}"
        remarks.append(f"{tag} that never ends")
    return _with_ended_links(text, remarks), remarks


def breaks_of_end_tags(text: str) -> str:
    """End tags that a browser shows as a break, as the breaks they are: ``</br>``, and ``</p>`` where no paragraph is
    open.

    libxml2 drops both; its error log tells when there are any.
    """
    text = _BREAK_END.sub("<br", text)
    bare = _masked(text)
    parts, done, is_open = [], 0, False
    for match in _EDGE.finditer(bare):
        name = match["name"].lower()
        if name == "p" and match["end"] and not is_open:
            parts += [text[done : match.start()], "<br"]
            done = match.start("name") + 1
        is_open = name == "p" and not match["end"]
    return "".join([*parts, text[done:]])


def without_comments(text: str) -> str:
    """The source without comments of any form, for a parser that does not end them where browsers do."""
    return _COMMENT.sub("", text)


def _without_early_end(text: str, remarks: list[str]) -> str:
    closing = _CLOSED.search(text)
    if closing is None:
        return text
    rest = text[closing.end() :]
    if not _LATE.search(rest) and not _TAG.sub("", without_comments(rest)).strip():
        return text
    if _BLOCK.search(rest):
        remarks.append("text after </html>")
    return _CLOSED.sub("", text)


def _without_open_comment(text: str, remarks: list[str]) -> str:
    """A comment that never ends loses its opening and its own first words: what is before the next
    block is nobody's.
    """
    last = text.rfind("<!--")
    if last < 0 or "-->" in text[last:]:
        return text
    opened = next((start for start, end, name in _raw_ranges(text) if end is None and not name), None)
    if opened is None or not _BLOCK.search(text, opened):
        return text
    remarks.append("comment that never ends")
    return text[:opened] + _OPEN_COMMENT.sub("", text[opened:])  # no comment that begins further on ends either


def _raw_ranges(text: str) -> list[tuple[int, int | None, str]]:
    """Start, end and element name of what holds no mark-up; a comment has no name, what never ends no end."""
    found: list[tuple[int, int | None, str]] = []
    endless: set[str] = set()
    at = 0
    while match := _RAW.search(text, at):
        name = (match["name"] or "").lower()
        if name:
            closing = None if name in endless else _END_OF[name].search(text, match.end())
            if closing is None:
                endless.add(name)  # nor does one that begins further on end
        else:  # "<!-->" and "<!--->" are complete comments
            closing = re.compile("-?>").match(text, match.end()) or _COMMENT_END.search(text, match.end())
        found.append((match.start(), closing and closing.end(), name))
        if closing is None and not name:
            break
        at = closing.end() if closing else match.end()
    return found


def _masked(text: str) -> str:
    """The source with blanks in place of comments, scripts and their like; same length."""
    parts, done = [], 0
    for start, end, _ in _raw_ranges(text):
        if end is not None:
            parts += [text[done:start], " " * (end - start)]
            done = end
    return "".join([*parts, text[done:]])


def _left_open(text: str) -> tuple[str, int] | None:
    """An element that swallows the blocks after it, and where the first of those stands, which is
    where it should have ended.
    """
    last: dict[str, int] = {}
    for match in _SWALLOWING_TAG.finditer(text):
        name = match["name"].lower()
        if match["end"]:
            last.pop(name, None)
        elif name in _SWALLOWING:
            last[name] = match.start()
    blocks = ((name, _BLOCK.search(text, at + 1)) for name, at in last.items())
    return next(((name, block.start()) for name, block in blocks if block), None)


def _with_ended_links(text: str, remarks: list[str]) -> str:
    """A link that never ends, ended before the next block or link, and at once where sentences
    follow: they are no navigation.
    """
    if not _OPEN_ANCHOR.search(text):
        return text
    bare = _masked(text)
    parts, done = [], 0
    for match in _OPEN_ANCHOR.finditer(bare):
        inside = bare.find(">", match.start()) + 1 or match.end()
        block = _EDGE.search(bare, inside, match.end())
        end = block.start() if block else match.end()
        if _SENTENCE.search(_TAG.sub("", bare[inside:end])):
            end = inside
        parts += [text[done:end], "</a>"]
        done = end
    if parts:
        remarks.append("a that never ends")
    return "".join([*parts, text[done:]])
