"""Talks served as JSON or JSONP: interview modules that fill their page by script.

Known shapes: 龙讯 ``{"page": {"data": [{name, content, replyName, replyContent}]}}``, CMSTop streams (``guestid: null``
is the host), Jiamusi ``{"interview": {subject, quest, compere, subjectTime}}``. Turns follow the served order: a
question, then its answers. Fields that identify people (``ip``, ``memberId``) are never read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from parsers.errors import PageError, PageTooLarge
from parsers.families.following import onward, page_of
from parsers.limits import MAX_BYTES, MAX_PARTS, MAX_TURNS
from parsers.page.dom import Survey, parse_html
from parsers.page.lines import lines_of
from parsers.page.shape import data_text, shape
from parsers.page.text import BLANK, collapse, fold, squeeze, whole_characters
from parsers.patterns import compiled
from parsers.people.aliases import post_and_name, resolve, surname_and_title
from parsers.people.values import parse_guests
from parsers.record import Guest, Payload, Turn
from parsers.talk.roles import by_word
from parsers.talk.times import read_time

_NAME = (
    "name",
    "userName",
    "username",
    "nickName",
    "nickname",
    "guestname",
    "guestName",
    "speaker",
    "author",
    "realName",
)
_CONTENT = ("content", "contents", "questionContent", "question", "text", "message", "msg", "body")
_REPLY = ("replyContent", "replycontent", "answerContent", "answer", "reply", "replies", "answers")
#: Names of the fields that hold the words of a talk.
WORDS = frozenset((*_CONTENT, *_REPLY))
_REPLY_NAME = ("replyName", "replyname", "answerName", "answerer", "replyUser", "replyer")
_ASKED_AT = (
    "questionTime", "askTime", "submitTime", "messageTime", "speakTime", "sendTime",
    "createTime", "createtime", "create_time", "createDate", "addTime", "addtime", "pubTime", "publishTime", "time",
)  # fmt: skip
_ANSWERED_AT = (
    "replyTime", "replytime", "reply_time", "replyDate", "answerTime", "answertime", "answer_time", "answerDate",
)  # fmt: skip
_INFO = {
    "title": ("interviewTitle", "title"),
    "theme": ("subject", "theme", "interviewTheme"),
    "guests": ("quest", "userNames", "guests", "guest"),
    "host": ("compere", "presenter", "host"),
    "time": ("subjectTime", "interviewTime", "time", "startTime", "beginTime"),
    "until": ("endTime", "finishTime"),
}
#: A guest served as an object.
_GUESTS = ("guests", "guestList", "guest", "guestInfo", "jiabin")
_UNIT = ("unit", "organization", "org", "orgName", "department", "dept", "deptName", "company")
_POST = ("post", "position", "duty", "job", "jobTitle", "zw")
_ROLE = ("role", "roleName", "identity", "speakerType", "userRole")
_HOST = compiled(r"主持|主播")
_ROLES = {
    "host": compiled(r"^(?:host|compere|presenter|moderator|主持人?)$", re.IGNORECASE),
    "guest": compiled(r"^(?:guest|嘉宾|访谈嘉宾)$", re.IGNORECASE),
    "netizen": compiled(r"^(?:netizen|user|visitor|网友|网民)$", re.IGNORECASE),
}
_DEPTH = 12


@dataclass(slots=True)
class Talk:
    """What a payload of JSON says of a talk; ``times`` are those of the turns, as served, by ``seq``."""

    turns: list[Turn] = field(default_factory=list)
    info: dict[str, str] = field(default_factory=dict)
    guests: list[Guest] = field(default_factory=list)
    times: dict[int, str] = field(default_factory=dict)


def load(payload: Payload) -> Any:
    """The JSON value that a payload holds, alone, in a script's call or assignment, or in tags; ``None`` when it holds
    none.
    """
    if len(payload.data) > MAX_BYTES:
        raise PageTooLarge(payload.url, f"{len(payload.data)} bytes, the limit is {MAX_BYTES} (MAX_BYTES)")
    text = data_text(payload)
    if text is None:
        return None
    try:
        value = json.loads(text) if shape(payload) == "json" else json.JSONDecoder().raw_decode(text)[0]
        return whole_characters(json.loads(value) if isinstance(value, str) else value)
    except (ValueError, RecursionError):
        return None


def is_talk(value: Any) -> bool:
    """Whether a JSON value holds entries with a speaker and words, not a list of pages."""
    entries = next(_entry_lists(value), None)
    return bool(entries) and not any(
        _first(e, ("url", "post_url", "infourl", "linkurl", "href")) for e in entries or ()
    )


def following_part(value: Any, url: str) -> tuple[str, ...]:
    """The next page of a talk that is served in pages, where the answer itself says that there is one."""
    asked = _PAGE_INDEX.search(url)
    if asked is None or int(asked[2]) >= MAX_PARTS:
        return ()
    page = int(asked[2])
    for found in _dicts(value):
        number, size, total, pages = (found.get(k) for k in ("pageIndex", "pageSize", "total", "pageCount"))
        if not isinstance(number, int):
            continue
        # Some count from 0 in the address and from 1 in the answer: what counts is the page that was asked for.
        declared = pages * (size if isinstance(size, int) else 1) if isinstance(pages, int) else total
        step = size if isinstance(size, int) else 1
        if isinstance(declared, int) and (page + 1) * step < declared:
            return (f"{url[: asked.start(2)]}{page + 1}{url[asked.end(2) :]}",)
    return ()


_TOTAL = ("total", "totalCount", "totalRecord", "totalRecords", "recordCount", "totalNum", "totalElements", "rowCount")
_PAGES = ("pages", "pageCount", "totalPage", "totalPages", "pageTotal")


def continued(value: Any, url: str) -> tuple[tuple[str, ...], str | None]:
    """The next page of a talk that is served in pages; else, in words, that there is more and nobody can ask for it."""
    if _PAGE_INDEX.search(url) and any(isinstance(found.get("pageIndex"), int) for found in _dicts(value)):
        return following_part(value, url), None
    for found in _dicts(value):
        rows = len(next(_entry_lists(found), []))
        items, pages = (_number(found, names) for names in (_TOTAL, _PAGES))
        if rows and (items, pages) != (None, None):
            return _after(url, found, rows, items, pages)
    return (), None


def _after(
    url: str, value: dict[str, Any], rows: int, items: int | None, pages: int | None
) -> tuple[tuple[str, ...], str | None]:
    """As :func:`continued`, of an answer of so many rows that declares how many there are."""
    here = page_of(url)
    if not _is_more(rows, items, pages, here) or (here or 0) >= MAX_PARTS:
        return (), None
    page = onward(url, value, pages, items).page if here is not None else None
    if page is not None:
        return (page.url,), None
    lacks = f"{rows} of {items} entries" if items is not None else f"1 of {pages} pages"
    return (), f"behind_script: the answer has {lacks} of a talk"


def _is_more(rows: int, items: int | None, pages: int | None, here: int | None) -> bool:
    """Whether an answer of so many rows declares more than has come with it.

    :param here: the number of its page, ``None`` where its address has none
    """
    number = 1 if here is None else here
    if pages is not None:
        return number < pages
    return items is not None and rows * max(number, 1) < items


def _number(value: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """A figure that an answer has under one of some names."""
    said = (value[name] for name in names if name in value)
    return next((int(n) for n in said if not isinstance(n, bool) and str(n).isdecimal()), None)


_PAGE_INDEX = compiled(r"[?&](pageIndex)=(\d{1,9})(?=&|$)")


def read_talk(payloads: list[Payload], known: list[Guest]) -> Talk:
    """The talk of one or more JSON payloads, in the given order.

    :param known: the guests that the page names
    """
    talk = Talk()
    values = [load(p) for p in payloads]
    for value in values:
        _header(talk, value, payloads[0].url)
    talk.guests = known or parse_guests(talk.info.get("guests", "")) or _guests(values)
    for value in values:
        for entries in _entry_lists(value):
            for entry in entries:
                _entry(talk, entry, payloads[0].url)
    return talk


def _header(talk: Talk, value: Any, url: str) -> None:
    """Title, guests, host and time; what was found first stays."""
    for found in _dicts(value):
        if any(key in found for key in _REPLY):
            continue
        for key, names in _INFO.items():
            if key not in talk.info and (text := _first(found, names)):
                talk.info[key] = collapse(_plain(text, url)).strip(BLANK)


def _guests(values: list[Any]) -> list[Guest]:
    """Guests that are served as objects with a name, a unit and a post."""
    found: list[Guest] = []
    for value in (value for outer in values for value in _dicts(outer)):
        for listed in (value.get(key) for key in _GUESTS):
            for entry in listed if isinstance(listed, list) else [listed]:
                if isinstance(entry, dict) and (name := _first(entry, _NAME)):
                    guest = Guest(squeeze(name), _first(entry, _UNIT), _first(entry, _POST))
                    found += [guest] if guest not in found else []
    return found


def _dicts(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _dicts(child, depth + 1)


def _entry_lists(value: Any, depth: int = 0) -> Iterator[list[dict[str, Any]]]:
    """Lists whose members have a speaker and words, outermost ones only."""
    if depth > _DEPTH:
        return
    if isinstance(value, list):
        entries = [
            e for e in value if isinstance(e, dict) and _first(e, _CONTENT) and (_first(e, _NAME) or "guestid" in e)
        ]
        if entries:
            yield entries
            return
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _entry_lists(child, depth + 1)


def _first(entry: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((entry[n] for n in names if isinstance(entry.get(n), str) and entry[n].strip()), None)


def _plain(text: str, url: str) -> str:
    """Words without mark-up, paragraphs joined by newlines."""
    if "<" not in text and "&" not in text:
        return "\n".join(line.strip(BLANK) for line in text.splitlines() if line.strip(BLANK))
    try:
        root = parse_html(f"<div>{text}</div>", url)
        lines = lines_of(Survey(root), url)
        return "\n".join(line.text for line in lines if not line.hidden)
    except PageError:
        return ""


def _entry(talk: Talk, entry: dict[str, Any], url: str) -> None:
    name = squeeze(_first(entry, _NAME) or "")
    words = _plain(_first(entry, _CONTENT) or "", url)
    replies = list(_replies(entry))
    asked = any(key in entry for key in (*_REPLY, "isReply"))
    if words:
        _add(talk, name or "主持人", words, _role(talk, name, entry, asked=asked), _first(entry, _ASKED_AT), url)
    for reply_name, reply, at in replies:
        text = _plain(reply, url)
        if text:
            _add(talk, squeeze(reply_name) or "答", text, "guest", at, url)


def _replies(entry: dict[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """Who answered, what, and when."""
    for key in _REPLY:
        value = entry.get(key)
        if isinstance(value, str) and value.strip():
            yield _first(entry, _REPLY_NAME) or "", value, _first(entry, _ANSWERED_AT)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict) and (text := _first(item, (*_CONTENT, *_REPLY))):
                    at = _first(item, (*_ANSWERED_AT, *_ASKED_AT))
                    yield _first(item, (*_REPLY_NAME, *_NAME)) or "", text, at


def _role(talk: Talk, name: str, entry: dict[str, Any], *, asked: bool) -> str:
    said = _first(entry, _ROLE) or ""
    for role, words in _ROLES.items():
        if words.search(said):
            return role
    voice = by_word(fold(name), "colon")
    if voice and voice.role in ("reporter", "netizen"):
        return voice.role  # 记者 is no guest of the stream, and no host
    if _HOST.search(name) or ("guestid" in entry and entry["guestid"] is None):
        return "host"
    if entry.get("guestid") or _is_guest(talk, name):
        return "guest"
    if name and name == squeeze(talk.info.get("host", "")):
        return "host"
    return "netizen" if asked or re.match(r"网友|网民|市民", name) else "unknown"


def _is_guest(talk: Talk, name: str) -> bool:
    """Whether a name is a guest's, or stands beside a post."""
    return bool(resolve(name, talk.guests) or post_and_name(name) or surname_and_title(name))


def _add(talk: Talk, speaker: str, text: str, role: str, at: str | None, url: str) -> None:
    """A further turn.

    :param at: when it was said, as served
    """
    if len(talk.turns) >= MAX_TURNS:
        raise PageTooLarge(url, f"more than {MAX_TURNS} turns (MAX_TURNS)")
    person = resolve(speaker, talk.guests) if role in ("guest", "unknown") else None
    if role == "host" and speaker == squeeze(talk.info.get("host", "")):
        person = speaker
    time = read_time(fold(at)) if at else None
    talk.turns.append(Turn(len(talk.turns) + 1, speaker, person, role, text, time[0] if time else None))
    if at and time:
        talk.times[len(talk.turns)] = at
