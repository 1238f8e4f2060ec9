"""What a page is. What is in its place comes first: that text must never be read as an interview."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from parsers.header.meta import CHANNEL
from parsers.lists.elsewhere import is_shown
from parsers.lists.entries import SECTION_PATH
from parsers.page.addresses import Base, absolute, host_of, parts
from parsers.page.barriers import failed, maintained
from parsers.page.dom import HIDDEN_STYLE, Element, Survey, inner_text, words_of
from parsers.page.forwards import sent_on
from parsers.page.lines import Line
from parsers.page.standing_in import is_blank, own_words
from parsers.page.text import fold, squeeze, unspelt
from parsers.patterns import compiled
from parsers.talk.furniture import skip_reason
from parsers.words import pattern, word_set

_LOGIN_TEXT = pattern(r"{LOGIN}")
_GONE_TEXT = pattern(r"{GONE}")
_PLAN = pattern(r"{PLAN}")
_NOTICE_TITLE = pattern(r"{NOTICE.title}")
#: 关于做好在线访谈工作的通知: a document about interviews.
_ADMINISTRATIVE = pattern(r"{DOCUMENT}")
_NOTICE_TEXT = pattern(r"{NOTICE.text}")
#: What tells that a page is about a talk: its heading, its column, an account of the talk. One word in running text
#: says nothing.
_TITLED = pattern(r"{TALK_TITLE}")
_TOLD = pattern(r"{TALK_TOLD}")
_NO_TALK = pattern(r"{NO_TALK}")
_COMES = pattern(r"{TALK_TO_COME}")
_HELD = pattern(r"{TALK_HELD}")
_WAS_GUEST = pattern(r"{WAS_GUEST}")
_ANNOUNCES = pattern(r"{ANNOUNCES}")
_TOOK_PLACE = pattern(r"{TOOK_PLACE}")
_SECTION = pattern(r"{SECTION_NAME}")
_STUDIO = pattern(r"{STUDIO}|{TALK}")
_MANUAL = pattern(r"{MANUAL}")
_LETTER = pattern(r"{LETTER}")
#: Enough in a section that holds talks.
_WORD = pattern(r"{TALK}|{VISIT.seat}|{PRESENT}")
#: Characters of a body in which it tells what it is about.
_HEAD = 3000
_ATTACHMENT = pattern(r"{ATTACHED}")
_DOC = compiled(
    r"\.(?:docx?|pdf|wps|xlsx?|rtf|ofd|zip|rar)\s*(?:$|[?#])|downfile\.jsp|DownloadAttachUrl|download\.jsp"
    r"|/attachment/",
    re.IGNORECASE,
)
_MEDIA = compiled(r"\.(?:mp4|flv|wmv|m3u8|mp3)\s*(?:$|[?#])", re.IGNORECASE)
_MEDIA_SIGN = compiled(r"\.(?:m3u8|mp4|flv|f4v|wmv|mp3)")
_MEDIA_STRING = compiled(r"""["']([^"'<>\s]{1,400}\.(?:m3u8|mp4|flv|f4v|wmv|mp3)(?:\?[^"'<>\s]{0,100})?)["']""")
#: A frame that holds a player shows a film, no other page.
_PLAYER = compiled(
    r"//player\.|/player[./?]|player\.(?:html?|swf|jsp|php)|//v\.qq\.com/|//open\.iqiyi\.|polyv|/embed/"
    r"|\.(?:mp4|m3u8|flv)(?:$|[?&#])",
    re.IGNORECASE,
)
_ROOM = pattern(r"{ROOM_LINK}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A kind with the rule that decided."""

    kind: str
    rule: str


def instead_of_content(root: Element, base: Base, status: int, visible: int) -> str | None:
    """What a short page says, or shows by saying nothing, that stands where another was asked for: rule and words.

    ``soft_404``: it is not there; ``login_wall``: one must log in; ``maintenance``: the site is not at work;
    ``failed``: its server fails; ``empty``: nothing at all.
    """
    if status in (404, 410):
        return f"soft_404: status {status}"
    text = squeeze("".join(t for t in root.itertext() if isinstance(t, str)))
    if match := _GONE_TEXT.search(text):
        return f"soft_404: {match[0]}"
    if root.xpath("boolean(//input[translate(@type, 'PASWORD', 'pasword') = 'password'])"):
        match = _LOGIN_TEXT.search(text)
        return f"login_wall: {match[0] if match else 'a password is asked for'}"
    if words := maintained(root, visible):
        return f"maintenance: {words}"
    if words := failed(own_words(root)):
        return f"failed: {words}"
    return "empty: the page came without any content" if is_blank(root, base) else None


def soft_404(lines: list[Line], status: int, title: str) -> Verdict | None:
    """A page that says, with any status, that the page is not there."""
    if status in (404, 410):
        return Verdict("soft_404", f"status:{status}")
    if any(ln.linked == 0 and len(ln.text) > 60 for ln in lines):
        return None  # a page that is gone says little
    text = "".join([line.text for line in lines])
    match = _GONE_TEXT.search(title) or (_GONE_TEXT.search(text) if len(text) < 2000 else None)
    prominent = match and (
        len(text) < 400
        or _GONE_TEXT.search(title)
        or any(len(ln.text) < 60 and _GONE_TEXT.search(ln.text) for ln in lines)
    )
    if match and prominent:
        return Verdict("soft_404", f"text:{match[0]}")
    return None


@dataclass(frozen=True, slots=True)
class Material:
    """What the non-transcript rules look at."""

    url: str
    title: str
    lines: list[Line]
    body: list[Line]
    media: tuple[str, ...]
    attachments: tuple[str, ...]
    offsite: tuple[str, ...]
    list_like: bool
    labelled: bool
    listed: str = ""  # the words of a list's entries, without blanks
    waiting: str | None = None  # what is shown in place of the talk until a script brings it
    column: str = ""  # what the page says of its column: tags, breadcrumb
    frames: tuple[str, ...] = ()  # frames that may be in the body's place
    marked: bool = True  # whether the body's element is known by its mark-up


def classify(material: Material) -> Verdict:
    """The kind of a page without turns."""
    body = _words(material.body)
    own = _own_lines(material)
    prose = sum(len(line.text) for line in own)
    title = unspelt(fold(material.title))
    if material.list_like and prose < 200:
        return Verdict("listing", "list")
    if _is_plan(title, material):
        return Verdict("plan", "plan")
    if elsewhere := _elsewhere(material, own, prose):
        return elsewhere
    if material.waiting and not material.media:
        return Verdict("other", f"behind-script:{material.waiting}")
    evidence = _evidence(title, own, material)
    if evidence is None:
        return Verdict("listing", "list") if material.list_like else Verdict("other", "not-about-an-interview")
    if words := _announced(title, _words(own), prose):
        return Verdict("notice", f"words:{words[:12]}")
    if (_ADMINISTRATIVE.search(title) or _MANUAL.search(title)) and not material.labelled:
        return Verdict("other", "administrative")
    return _held(material, body, prose)


def _words(lines: list[Line]) -> str:
    """The words of lines, folded, a line each."""
    return unspelt("\n".join(line.fold for line in lines))


def _own_lines(material: Material) -> list[Line]:
    """The lines of the body that are neither links, nor furniture, nor entries of a list."""
    return [
        line
        for line in material.body
        if line.link_share < 0.3 and not skip_reason(line) and squeeze(line.text) not in material.listed
    ]


_ANNOUNCED = pattern(r"{NOTICE.word}")


def _announced(title: str, told: str, prose: int) -> str:
    """The words by which a page announces a talk; empty where it announces none."""
    said = _COMES.search(told)
    if said is None and not _TOOK_PLACE.search(told):
        said = _ANNOUNCES.search(told) or _NOTICE_TEXT.search(told)
    if _WAS_GUEST.search(told) and not _NOTICE_TITLE.search(title):
        return ""
    notice = _NOTICE_TITLE.search(title) or (prose < 600 and said)
    return notice[0] if notice and (said or _ANNOUNCED.search(title)) else ""


def _elsewhere(material: Material, own: list[Line], prose: int) -> Verdict | None:
    """The verdict on a page that only sends its reader on, or shows another in its body's place."""
    around = own if material.marked else [line for line in material.lines if line.link_share < 0.3]
    framed = material.frames and sum(len(line.text) for line in around if _is_sentence(line)) < _BESIDE
    if not (material.offsite and prose < 120) and not framed:
        return None
    if CHANNEL.fullmatch(re.split(r"[-_]", material.title)[0].strip()):
        return Verdict("listing", "column-shell")
    return Verdict("offsite", "shell" if material.offsite else "frame")


#: A frame beside so many characters of sentences is in no body's place.
_BESIDE = 40
_SENTENCE = compiled(r"[。!?;]|.{12},|:.{8}")
_NO_SENTENCE = pattern(r"{WIDGET}|{INFO_ROW}", re.IGNORECASE)


def _is_sentence(line: Line) -> bool:
    """Whether a line tells something, and is no note, button or info row."""
    return bool(_SENTENCE.search(line.fold)) and not _NO_SENTENCE.search(line.fold[:60]) and not skip_reason(line)


def _evidence(title: str, own: list[Line], material: Material) -> str | None:
    """What tells that a page is about a talk; ``None`` where nothing does.

    :param own: the lines of the body that are no links: those tell of other pages
    """
    body = _words(own)
    if material.labelled:
        return "labels"
    if _TITLED.search(title) and not _NO_TALK.search(title):
        return "title"
    if _SECTION.search(fold(material.column)):
        return "column"
    paragraphs = body[:_HEAD].split("\n")
    if any(map(_is_of_a_talk, paragraphs)):
        return "account"  # whatever else it says: questions may come by letter
    told = [p for p in paragraphs if _is_told(p)]
    if _LETTER.search(title) or any(_LETTER.search(p) for p in paragraphs if p not in told):
        return None  # those who are told of take complaints on the air
    if SECTION_PATH.search(parts(material.url).path) and _WORD.search(title + body[:_HEAD]):
        return "path"
    return "account" if told else None


def _is_told(paragraph: str) -> bool:
    """Whether a paragraph tells of a talk and of where it was."""
    return bool(_TOLD.search(paragraph) and _STUDIO.search(paragraph)) and not _NO_TALK.search(paragraph)


def _is_of_a_talk(paragraph: str) -> bool:
    """Whether a paragraph announces a talk, or says who was its guest."""
    return bool(_COMES.search(paragraph) or (_HELD.search(paragraph) and not _NO_TALK.search(paragraph)))


def _held(material: Material, body: str, prose: int) -> Verdict:
    """The kind of a page about an interview that has taken place."""
    told = len(_REPORTS.findall(body)) >= _ENOUGH_TOLD
    if (material.media or _NO_RECORD.search(body)) and prose < 300 and not told:
        return Verdict("video", "media" if material.media else "no-text")
    if material.attachments and _ATTACHMENT.search(body) and prose < 300:
        return Verdict("attachment", "words")
    if prose >= 30 and not body.isascii():  # what a machine says of its faults is nobody's talk
        return Verdict("summary", "prose")
    if material.attachments:
        return Verdict("attachment", "only-file")
    if material.list_like:
        return Verdict("listing", "list")
    if material.offsite:
        return Verdict("offsite", "links")
    return Verdict("summary", "labels-only") if material.labelled else Verdict("other", "empty")


_REPORTS = pattern(r"{REPORTED}")
_ENOUGH_TOLD = 2  # sentences that report what was said
_NO_RECORD = pattern(r"{NO_RECORD}")
_MONTH = pattern(r"{MONTH_CELL}")
_PLAN_COLUMN, _PLAN_WHEN = pattern(r"{PLAN_TABLE.column}"), pattern(r"{PLAN_TABLE.when}")
_HEADER_SIZE = 10  # characters of a cell that heads a column


def _is_plan(title: str, material: Material) -> bool:
    months = sum(_MONTH.fullmatch(line.fold) is not None for line in material.body)
    cells = {line.fold.strip() for line in material.body if line.block.tag in ("td", "th")}
    headers = [cell for cell in cells if len(cell) <= _HEADER_SIZE]
    titled = _PLAN.search(title) is not None
    table = bool(cells & word_set("PLAN_TABLE.number")) and any(map(_PLAN_COLUMN.search, headers))
    if table and (months >= 1 or titled or any(map(_PLAN_WHEN.search, headers))):
        return True
    return titled and (months >= 2 or not re.search(r"[?？]", title))


def media_of(survey: Survey, base: Base) -> tuple[str, ...]:
    """Video and audio addresses: elements, embeds, script variables."""
    played = (absolute(base, value) for value in (*_in_elements(survey), *_in_scripts(survey)))
    found = list(dict.fromkeys(url for url in played if url))
    frames = (frame.get("src") or "" for frame in survey.tagged("iframe"))
    framed = (absolute(base, source) for source in frames if _PLAYER.search(source))
    found += [url for url in (*framed, *_linked(survey, _MEDIA, base)) if url and url not in found]
    return tuple(found)


def _in_elements(survey: Survey) -> Iterator[str]:
    """What elements play; a player's address may name the file that it plays."""
    for element in survey.tagged("video", "audio", "source", "embed", "object"):
        for value in (element.get("src"), element.get("data")):
            if value:
                yield value.split("file=")[1].split("&")[0] if "file=" in value else value


def _in_scripts(survey: Survey) -> Iterator[str]:
    """The media files that scripts name."""
    for script in survey.tagged("script"):
        code = script.text or ""
        if _MEDIA_SIGN.search(code):
            yield from (match[1].replace("\\/", "/") for match in _MEDIA_STRING.finditer(code))


def attachments_of(survey: Survey, base: Base) -> tuple[str, ...]:
    """Links to office files, archives and download servlets."""
    return tuple(_linked(survey, _DOC, base))


def _linked(survey: Survey, pattern: re.Pattern[str], base: Base) -> list[str]:
    """The addresses of links whose printed address a pattern finds something in, each once."""
    urls = (absolute(base, href) for href in survey.files if pattern.search(href))
    return list(dict.fromkeys(url for url in urls if url))


def offsite_of(root: Element, survey: Survey, url: str, base: Base, refresh: str | None = None) -> tuple[str, ...]:
    """Where a shell page sends its reader: meta refresh, script redirect, link to a live room."""
    host = host_of(url)
    found = [target for target in sent_on(root, base, refresh) if host_of(target) != host]
    for anchor, href in survey.anchors:
        if "//" in href and _ROOM.search(inner_text(anchor)):
            target = absolute(base, href)
            if target and host_of(target) != host:
                found.append(target)
    return tuple(dict.fromkeys(found))


def frames_of(root: Element, body: Element | None, url: str, base: Base) -> tuple[str, ...]:
    """Frames that stand where a body does: shown, of a body's size, in no header, margin or footer, and inside the body
    where it is known.

    :param body: the element of the article's body; ``None`` where no mark-up tells it
    """
    frames = (frame for frame in root.iter("iframe", "frame") if is_shown(frame) and not _in_margin(frame, body))
    urls = (absolute(base, frame.get("src")) for frame in frames if not _PLAYER.search(frame.get("src") or ""))
    return tuple(dict.fromkeys(target for target in urls if target and target != url))


_MARGIN = compiled(
    r"nav|menu|head|top|foot|bottom|side|right|left|search|\bss\b|sousuo|weather|tianqi|\btq\b|link|comment"
    r"|relat|share|contact|lxwm|map|count|pop"
)


#: Pixels; lower frames hold a column of links.
_BODY_HEIGHT = 280


def _in_margin(frame: Element, body: Element | None) -> bool:
    chain = [frame, *frame.iterancestors()]
    height = re.match(r"\d+(?=\s*(?:px)?\s*$)", frame.get("height") or "")
    if (body is not None and body not in chain) or (height and int(height[0]) < _BODY_HEIGHT):
        return True
    inner = chain if body is None else chain[: chain.index(body)]
    return any(
        e.tag in ("header", "footer", "nav", "aside")
        or _MARGIN.search(words_of(e))
        or HIDDEN_STYLE.search((e.get("style") or "").lower())
        for e in inner
        if e.tag not in ("body", "html")
    )
