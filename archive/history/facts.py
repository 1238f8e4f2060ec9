"""What a run asked for and what came, as its account is made from it: plain values, without judgement."""

from __future__ import annotations

from dataclasses import dataclass, field

#: How an entry of a list was met, when it was not asked for.
KNOWN, SECTION = "not due", "section"
#: Why a page that came in a list page's place is none.
NO_LIST = "no list of interviews"
#: Kinds of pages that are interviews.
INTERVIEWS = ("transcript", "summary", "notice", "video", "attachment", "offsite")
#: Outcome of an interview whose words are in a file that did not come.
NO_FILE = "no file"
#: Kind of a capture that says the same as one that is withheld.
TAKEN_DOWN = "withheld"


@dataclass(frozen=True, slots=True)
class Asked:
    """An address that was to be asked for.

    :param key: what distinguishes it from all others (canonical; method and body when it is no GET)
    :param role: seed, list, detail, part
    :param number: of a list page
    :param list: first page of the list; of a part, its page
    :param via: key of the address that redirected here
    """

    key: str
    url: str
    role: str
    number: int = 1
    list: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a list page.

    :param met: ``""`` when it was asked for, :data:`KNOWN`, :data:`SECTION`, or why it was refused
    """

    key: str
    url: str
    title: str
    list: str
    met: str = ""
    date: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A list page that was read.

    :param keys: its entries, in printed order, then those that it shows once more, each further row
    :param fresh: whether any of them is new to its list
    :param pages: how many pages its pager declares; ``items`` how many entries; ``None``: it says nothing
    :param ways: links that lead on: key, address, words
    :param unread: why more of the list stays unread, in words
    """

    key: str
    keys: tuple[str, ...]
    fresh: bool
    pages: int | None = None
    items: int | None = None
    ways: tuple[tuple[str, str, str], ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of an address.

    :param status: of the answer; ``None`` when there was none
    :param why: in words: why there was none, or what is in the page's place
    :param refused: it was not asked on purpose
    :param target: key of the address that a redirect leads to
    """

    key: str
    status: int | None = None
    why: str = ""
    refused: bool = False
    target: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Capture:
    """What the archive has of an address: its last capture in this run, else the last one.

    :param kind: as it is read (:class:`parsers.Record`), ``error``, ``gone``, or :data:`TAKEN_DOWN`
    :param uid: the interview that it belongs to
    :param held: whether the address led to an interview before this run
    :param words: characters of its own that a page of kind ``other`` has
    :param likeness: how much of the interview's earlier words is still there (0–1); ``None`` when nothing changed
    :param before: the heading that it had then
    :param named: how much of its entry's title it says where it begins (0–1); ``None`` when its heading is that title,
        or nothing can be said
    :param talk: digest of the words of its turns; empty where they are few
    :param shorter: the interview has fewer words than it had
    :param lacks: a file that the page names and that did not come: its address, and what came
    """

    id: str
    kind: str
    fresh: bool
    error: str | None = None
    title: str = ""
    sha256: str = ""
    size: int = 0
    uid: str | None = None
    held: bool = False
    words: int = 0
    likeness: float | None = None
    mime: str = ""
    before: str = ""
    named: float | None = None
    lacks: tuple[str, str] | None = None
    talk: str = ""
    shorter: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it.

    :param rows: in the order of the lists; ``came`` and ``captures`` by key
    :param nights: the days on which an address was gone, or had another text or no file, with this run's
    :param stopped: why the run ended before its time
    :param partial: not every list page was to be read: what is not met again is as the last full account has it
    """

    asked: tuple[Asked, ...] = ()
    rows: tuple[Row, ...] = ()
    read: dict[str, Read] = field(default_factory=dict)
    came: dict[str, Came] = field(default_factory=dict)
    captures: dict[str, Capture] = field(default_factory=dict)
    nights: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stopped: str | None = None
    partial: bool = False
