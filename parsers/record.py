"""What goes into the parsers and what comes out: frozen dataclasses, JSON-ready.

A value is found, absent (``None`` or empty, the page does not print it) or abstained (``None`` plus an ``Abstained``
entry in :attr:`Record.abstained` that holds the reason and the rejected candidates). The three are never confused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KINDS = (
    "transcript", "summary", "notice", "video", "attachment", "offsite",
    "plan", "listing", "challenge", "soft_404", "other",
)  # fmt: skip
#: Kinds that become interviews in the store; pages of the other kinds stay captures.
INTERVIEW_KINDS = frozenset(KINDS[:6])
#: What sort of talk: a talk in a studio or online, the press asking, citizens calling in.
GENRES = ("interview", "press_conference", "hotline", "other")
#: Who speaks.
ROLES = ("host", "guest", "netizen", "reporter", "narrator", "unknown")


def media_type(content_type: str | None) -> str:
    """The type of a Content-Type header without its parameters, lower-case; empty when there is none."""
    return (content_type or "").split(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Payload:
    """One fetched entity: the decoded body (no chunk framing, no content coding), as the spec's payload.

    :param status: the HTTP status it came with; 200 when unknown
    :param refresh: the value of its ``Refresh`` header, which sends a reader on as ``<meta http-equiv=refresh>`` does
    :param link: the values of its ``Link`` headers, joined by commas: they lead on as ``<link rel=next>`` does
    :param remarks: what was odd about its bytes before they came here; they become flags of the record
    """

    url: str
    data: bytes
    content_type: str | None = None
    status: int = 200
    refresh: str | None = None
    link: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListItem:
    """What a list page says of an entry: absolute URL, anchor text (its ``title`` attribute when longer), date, row
    text.
    """

    url: str
    title: str
    date: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A further page of a list: a GET, or a POST with a form body.

    :param guessed: the page shows no link with this address; it was built from a number and a pattern
    """

    url: str
    method: str = "GET"
    body: bytes = b""
    number: int = 2
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """A number that a page declares.

    :param what: ``pages`` or ``entries``
    :param words: what it was read from, as the page writes it (``共61条``, ``pageCount = 6``)
    """

    what: str
    number: int
    words: str


@dataclass(frozen=True, slots=True)
class WayOn:
    """A link, number, tab or button that leads on to further entries and that could not be followed.

    :param target: an address, or the call that a script makes (``goPage(2)``); empty where the page names neither
    :param words: what a reader sees, or the rule that noticed it
    """

    target: str
    words: str


@dataclass(frozen=True, slots=True)
class Links:
    """Where a page leads.

    :param is_list: the page looks like a list
    :param is_section: the page says of itself that it is an interview section (column tags, title, path)
    :param site_name: the site's name as its meta tags or title give it
    :param challenge: the rule by which the page is an anti-bot page
    :param obstacle: ``soft_404``, ``login_wall``, ``maintenance``, ``failed``, ``behind_script`` or ``empty``, with
        the words that say so: it is in the page's place
    :param vacant: a list that says that there is nothing to list
    :param sections: links whose text names an interview section
    :param lists: other lists of the same section: one a year, the full list behind "more"
    :param posted_lists: likewise, those that a script or a form asks for with POST
    :param maps: maps of the site for people (网站地图)
    :param items: entries of the list, in printed order
    :param repeated: addresses of entries that the page shows once more, each further row
    :param pages: the next page(s) of the list
    :param further: the other pages whose addresses the pager shows or implies, in the order of their numbers; each
        may also be reached by way of ``pages``, so they are asked for where one between is missing
    :param declared: how many pages the pager declares; ``None`` when it does not
    :param declared_items: how many entries the pager declares
    :param declarations: the numbers that the page declares, each with the words that it was read from
    :param ways_on: what leads on and could not be followed
    :param scripts: script files, of the page's own host, that may write what the page lacks: its menu, its pager
    :param parts: further pages of the same article, and what its scripts ask for to show it
    :param fragments: those of the parts that its scripts ask for
    :param posts: likewise, what they ask for with POST
    :param requisites: style sheets, scripts, images, attachments, media
    :param family: the CMS family whose fingerprint fired, ``generic`` otherwise
    :param pager: the rule that read the pager; ``script-unknown`` when there is a further page and nobody knows
        where, ``script-list`` when a script brings the whole list
    """

    is_list: bool = False
    is_section: bool = False
    site_name: str | None = None
    challenge: str | None = None
    obstacle: str | None = None
    vacant: bool = False
    sections: tuple[ListItem, ...] = ()
    lists: tuple[ListItem, ...] = ()
    posted_lists: tuple[PageRequest, ...] = ()
    maps: tuple[str, ...] = ()
    items: tuple[ListItem, ...] = ()
    repeated: tuple[str, ...] = ()
    pages: tuple[PageRequest, ...] = ()
    further: tuple[PageRequest, ...] = ()
    declared: int | None = None
    declared_items: int | None = None
    declarations: tuple[Declared, ...] = ()
    ways_on: tuple[WayOn, ...] = ()
    scripts: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    fragments: tuple[str, ...] = ()
    posts: tuple[PageRequest, ...] = ()
    requisites: tuple[str, ...] = ()
    family: str = "generic"
    pager: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value comes from.

    XPath alone fails in browsers (they insert ``tbody``); ``quote`` with its surroundings is found again everywhere.

    :param method: the rule that fired, e.g. ``label:访谈时间`` or ``meta:PubDate``
    :param start: offsets of the quote in the line's text
    :param part: index of the payload it was read from
    """

    method: str
    raw: str
    quote: str
    before: str = ""
    after: str = ""
    xpath: str = ""
    start: int = 0
    end: int = 0
    part: int = 0
    payload_sha256: str = ""
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Abstained:
    """Why a value is not asserted though candidates exist."""

    reason: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """When the talk took place, local time of Asia/Shanghai cut to ``precision`` (minute, hour, day, month, year)."""

    text: str
    start: str
    end: str | None
    precision: str


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest as printed; what the page does not state is ``None``."""

    name: str | None
    organization: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's words between two labels. ``seq`` starts at 1.

    :param time: when it was said or written, where the page prints it: local time, cut to what is printed
        (``2021-05-06T10:05:11``, ``2021-05-06``); a time of day alone (``10:05``) where no date is printed with it
    """

    seq: int
    speaker: str
    person: str | None
    role: str
    text: str
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A remark (``info``) or a suspected (``warning``) or certain (``alert``) tampering.

    :param text: the injected words as found
    :param where: ``title``, ``theme``, ``source``, ``html`` or ``turns[3]`` (the turn with seq 3)
    :param start: offsets of ``text`` in that field, when it is a field
    :param suggestion: what probably was there; never applied
    """

    rule: str
    severity: str
    text: str
    where: str
    start: int | None = None
    end: int | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line of the dialogue's container that belongs to no turn, and why."""

    reason: str
    text: str
    after_turn: int


def _plain(value: Any) -> Any:
    """Dataclasses, tuples and dicts as JSON types; five times as fast as ``asdict``, which copies every string."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return {name: _plain(getattr(value, name)) for name in value.__slots__}


@dataclass(frozen=True, slots=True)
class Record:
    """One interview page, read. :meth:`as_dict` is what ``fangtan parse`` prints."""

    url: str
    kind: str
    genre: str = "other"
    title: str | None = None
    published_at: str | None = None
    source: str | None = None
    theme: str | None = None
    time: TimeSpan | None = None
    guests: tuple[Guest, ...] = ()
    turns: tuple[Turn, ...] = ()
    flags: tuple[Flag, ...] = ()
    hosts: tuple[str, ...] = ()
    evidence: dict[str, Evidence] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    abstained: dict[str, Abstained] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    media: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    encoding: str = ""
    family: str = "generic"
    parser: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The record as plain JSON types, keys in the order of the contract; a turn without a time has no ``time``."""
        whole = {name: _plain(getattr(self, name)) for name in self.__slots__}
        for turn in whole["turns"]:
            if turn["time"] is None:
                del turn["time"]
        return whole

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Record:
        """The inverse of :meth:`as_dict`, also after a trip through JSON."""
        simple = {
            k: data[k]
            for k in ("url", "kind", "title", "published_at", "source", "theme", "encoding", "family", "parser")
        }
        return cls(
            **simple,
            genre=data.get("genre", "other"),  # a record of parsers before it was told
            time=TimeSpan(**data["time"]) if data["time"] else None,
            guests=tuple(Guest(**g) for g in data["guests"]),
            turns=tuple(Turn(**t) for t in data["turns"]),
            flags=tuple(Flag(**f) for f in data["flags"]),
            hosts=tuple(data["hosts"]),
            evidence={k: Evidence(**{**e, "rejected": tuple(e["rejected"])}) for k, e in data["evidence"].items()},
            confidence=dict(data["confidence"]),
            abstained={k: Abstained(a["reason"], tuple(a["candidates"])) for k, a in data["abstained"].items()},
            skipped=tuple(Skipped(**s) for s in data["skipped"]),
            media=tuple(data["media"]),
            attachments=tuple(data["attachments"]),
        )
