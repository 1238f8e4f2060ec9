"""How each entry of a list ends: exactly one outcome, accounted for or not. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from archive.history.facts import INTERVIEWS, KNOWN, NO_FILE, SECTION, TAKEN_DOWN, Came, Capture, Facts, Row

#: Outcomes that account for an entry. ``same``: another address of an interview that is named.
ACCOUNTED = ("interview", "not due", "refused", "off-site", "gone", "dead", "same", "explained", "section", "withheld")
_HOPS = 8
#: A page of kind ``other`` has words of its own from so many characters on.
_WORDS = 20
#: Less than this of an interview's words are left: another text is there.
_ALIEN = 0.2
#: Less than this of an entry's title is on its page: another talk is there. Up to the second figure nobody knows.
NOT_NAMED, HARDLY_NAMED = 0.2, 0.34
_DEAD_NIGHTS, _DEAD_DAYS = 3, 7
#: What a page needs to be shown is no interview: a picture of an error, a style sheet.
_DECORATION = ("image/", "font/", "text/css", "text/javascript", "application/javascript")
#: What is sent under such a type, at such an address, and cannot be read, is no file that a list leads to.
_OF_PAGES = ("text/html", "text/plain", "application/xhtml+xml", "application/json", "text/xml")
_PAGE_NAME = re.compile(r"(?:/[^/.]*|\.(?:[sjdx]?html?|thtml|jsp|jspx|aspx?|php|do|action|json|xml))$", re.IGNORECASE)
_FRONT = re.compile(r"/?(?:(?:index|default|main|home)\.\w+)?", re.IGNORECASE)
#: Outcomes, by what the parsers say is in a page's place.
_IN_ITS_PLACE = {"soft_404": "soft 404", "empty": "empty", "behind_script": "placeholder"}
#: Outcomes, by the kind of a capture that is no page of the site.
_NO_PAGE = {"error": "unreadable", "gone": "soft 404", "challenge": "challenge"}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in the account.

    :param list: the list page that names it; empty when it was asked for because it is known
    :param detail: the kind of an interview; in words what came instead
    :param capture: id of the record that says so
    """

    key: str
    url: str
    title: str
    list: str
    outcome: str
    detail: str = ""
    capture: str | None = None
    uid: str | None = None

    @property
    def accounted(self) -> bool:
        """Whether nothing is missing."""
        return self.outcome in ACCOUNTED


def lines_of(facts: Facts, before: dict[str, Line]) -> tuple[Line, ...]:
    """One line for each address that a list names or that was asked for as an interview.

    :param before: the last account, by key
    """
    rows = _rows(facts, before)
    judge = _Judge(facts, before, {fold(row.title): key for key, row in rows.items() if len(fold(row.title)) >= 4})
    lines = [judge.line(row) for row in rows.values() if not judge.is_hop(row)]
    return tuple(_told_apart(lines, facts))


def _rows(facts: Facts, before: dict[str, Line]) -> dict[str, Row]:
    """A row for each address, by key: the one that was asked for, where lists name it several times."""
    rows: dict[str, Row] = {}
    for row in facts.rows:
        if row.key not in rows or (rows[row.key].met and not row.met):
            rows[row.key] = row
    for asked in facts.asked:
        if asked.role == "detail" and asked.key not in rows:
            rows[asked.key] = Row(asked.key, asked.url, before[asked.key].title if asked.key in before else "", "")
    return rows


def is_dead(nights: tuple[str, ...]) -> bool:
    """Whether an address was gone, or had another text or no file, on three nights over at least a week."""
    if len(nights) < _DEAD_NIGHTS:
        return False
    days = [date.fromisoformat(night[:10]) for night in nights]
    return (max(days) - min(days)).days >= _DEAD_DAYS


def is_other(line: Line) -> bool:
    """Whether an entry is explained as a page with words of its own, and is no interview, plan or file."""
    return line.outcome == "explained" and line.detail in ("other", "listing")


def is_alien(capture: Capture) -> bool:
    """Whether little is left of an interview's earlier words."""
    return capture.fresh and capture.likeness is not None and capture.likeness < _ALIEN


class _Judge:
    def __init__(self, facts: Facts, before: dict[str, Line], titles: dict[str, str]) -> None:
        self.facts, self.before, self.titles = facts, before, titles
        self.lists = {asked.key for asked in facts.asked if asked.role in ("seed", "list")}
        self.list_bytes = {
            capture.sha256 for key in self.lists if (capture := facts.captures.get(key)) and facts.read.get(key)
        }
        self.hops = {came.target for came in facts.came.values() if came.target}

    def is_hop(self, row: Row) -> bool:
        """Whether an address was only asked for because another one leads there."""
        return not row.list and row.key in self.hops and row.key not in self.before

    def line(self, row: Row) -> Line:
        """The entry's line."""
        outcome, detail, capture = self._end(row)
        found = (capture.id, capture.uid) if capture is not None else (None, None)
        return Line(row.key, row.url, row.title, row.list, outcome, detail, *found)

    def _end(self, row: Row) -> tuple[str, str, Capture | None]:
        capture = self.facts.captures.get(row.key)
        if row.met == SECTION:
            return "section", "read as a list", None
        if row.met == KNOWN:
            return self._known(row, capture)
        if row.met.startswith("off-site"):
            return "off-site", "", None
        if row.met.startswith("never asked"):
            return "never asked", row.met.partition(": ")[2], None
        if row.met:
            return "refused", row.met, None
        return self._asked(row, capture)

    def _known(self, row: Row, capture: Capture | None) -> tuple[str, str, Capture | None]:
        """An entry that was not due: what it was when it was last asked for."""
        last = self.before.get(row.key)
        if capture is not None and capture.uid:
            return "not due", capture.kind, capture
        if last is not None and last.accounted:
            return last.outcome, last.detail, capture
        if capture is None:
            return "never asked", "the archive has no capture of it", None
        if capture.kind == "gone":
            return self._gone(row.key, capture, 404)
        return self._page(row, capture)

    def _asked(self, row: Row, capture: Capture | None) -> tuple[str, str, Capture | None]:
        key, came = self._final(row.key)
        if came is None:
            return self._unasked(row, key)
        capture = self.facts.captures.get(key, capture)
        if came.refused and came.why.startswith("off-site"):
            return ("sent away" if capture is not None and capture.held else "off-site"), came.why, capture
        if came.refused:
            return "refused", came.why, capture
        if came.status is None:
            return "error", came.why, None
        if key != row.key and (wrong := self._sent(key, came)):
            return "sent home", wrong, capture
        return self._answered(row, came, capture)

    def _unasked(self, row: Row, key: str) -> tuple[str, str, Capture | None]:
        """An entry that ends at an address which was not asked for."""
        known = self.facts.captures.get(key)
        if known is not None and known.uid and not (key == row.key and self.facts.stopped):
            return "same", known.kind, known
        why = "it leads to an address that was not asked for" if key != row.key else self.facts.stopped or ""
        return "never asked", why, None

    def _final(self, key: str) -> tuple[str, Came | None]:
        """Where redirects lead in the end."""
        came = self.facts.came.get(key)
        for _hop in range(_HOPS):
            if came is None or not came.target or came.target == key:
                break
            key, came = came.target, self.facts.came.get(came.target)
        return key, came

    def _sent(self, key: str, came: Came) -> str:
        """Why the end of an entry's redirects is no page of its own."""
        path = urlsplit(key if "//" in key else f"//{key}").path
        if _FRONT.fullmatch(path) and not urlsplit(key).query:
            return f"its address leads to {key}"
        return f"its address leads to the list {key}" if key in self.lists and came.status == 200 else ""

    def _answered(self, row: Row, came: Came, capture: Capture | None) -> tuple[str, str, Capture | None]:
        if came.status in (404, 410):
            return self._gone(row.key, capture, came.status)
        if came.why.startswith("an anti-bot page"):
            return "challenge", came.why, capture
        if came.why.startswith(("sent_home", "sent_elsewhere")):
            return "sent home", came.why, capture
        if came.status is not None and came.status >= 300 and came.status != 304:
            return "error", f"HTTP {came.status}{': ' if came.why else ''}{came.why}", capture
        if came.cut:
            return "cut off", "the answer broke off", capture
        return self._arrived(row, came, capture)

    def _arrived(self, row: Row, came: Came, capture: Capture | None) -> tuple[str, str, Capture | None]:
        """What an answer that is no error brought."""
        if capture is None:
            return "unreadable", came.why or "its capture is not in the archive", None
        if capture.kind == TAKEN_DOWN:
            return "withheld", "what came is what was taken down", capture
        if came.why and capture.kind not in INTERVIEWS:
            return _IN_ITS_PLACE.get(came.why.partition(":")[0], "no interview"), came.why, capture
        return self._page(row, capture)

    def _gone(self, key: str, capture: Capture | None, status: int) -> tuple[str, str, Capture | None]:
        nights = self.facts.nights.get(key, ())
        if capture is not None and capture.held:
            return "gone", f"HTTP {status}; the archive has it", capture
        if is_dead(nights):
            return "dead", f"HTTP {status} on {len(nights)} nights, {nights[0][:10]} to {nights[-1][:10]}", capture
        return "error", f"HTTP {status}", capture

    def _page(self, row: Row, capture: Capture) -> tuple[str, str, Capture | None]:
        """A page that came complete."""
        if not capture.size and capture.kind not in INTERVIEWS:  # it may lead on by its head alone
            return "empty", "the answer has no content", capture
        if capture.kind in _NO_PAGE:
            return _NO_PAGE[capture.kind], capture.error or capture.kind, capture
        if shown := self._shows_instead(row, capture):
            return "another page", shown, capture
        if capture.kind in INTERVIEWS:
            return self._interview(row.key, capture)
        if capture.kind == "part" and capture.uid:
            return "same", "part of an interview", capture
        if capture.held:
            return "no interview", f"it was an interview and is {capture.kind} now", capture
        return self._explained(row, capture)

    def _interview(self, key: str, capture: Capture) -> tuple[str, str, Capture | None]:
        if is_alien(capture) and not self._stayed(key):
            return "alien", f"{capture.likeness:.0%} of its earlier words are left", capture
        if capture.kind == "attachment" and capture.lacks and not self._stayed(key):
            return NO_FILE, ": ".join(capture.lacks), capture
        return ("interview" if capture.uid else "unreadable"), capture.kind, capture

    def _stayed(self, key: str) -> bool:
        """Whether what came in a page's place has been there for so long that it counts as the page."""
        return is_dead(self.facts.nights.get(key, ()))

    def _explained(self, row: Row, capture: Capture) -> tuple[str, str, Capture | None]:
        if capture.kind in ("plan", "listing"):
            return "explained", capture.kind, capture
        if capture.kind == "file":
            return (*_as_file(row, capture.mime), capture)
        titled = alike(row.title, capture.title)
        if titled and capture.words >= _WORDS:
            return "explained", capture.kind, capture
        what = "it has no words of its own" if titled else "its heading is not the entry's title"
        return ("no interview" if capture.words >= _WORDS else "placeholder"), f"{capture.kind}: {what}", capture

    def _shows_instead(self, row: Row, capture: Capture) -> str:
        """What stands in the entry's place, in words; empty where it is its own page."""
        if self._is_of_another(row, capture) or (capture.named is not None and capture.named < NOT_NAMED):
            return f"it shows {capture.title!r}" if capture.title else "it does not say the entry's title"
        return "it shows the list" if row.date and capture.fresh and capture.sha256 in self.list_bytes else ""

    def _is_of_another(self, row: Row, capture: Capture) -> bool:
        """Whether the page's heading is not of this entry: the title of another one, or new where the entry's stays."""
        if capture.before and capture.title and alike(row.title, capture.before) and not self._stayed(row.key):
            return not alike(row.title, capture.title) and not alike(capture.before, capture.title)
        heading = fold(capture.title)
        other = self.titles.get(heading)
        return other is not None and other != row.key and bool(row.title) and not alike(row.title, capture.title)


def _as_file(row: Row, mime: str) -> tuple[str, str]:
    """How an entry ends in whose place came what is no page."""
    if mime.startswith(_DECORATION):
        return "no interview", f"{mime} came in the page's place"
    if mime in _OF_PAGES and _PAGE_NAME.search(urlsplit(row.url).path):
        return "unreadable", f"{mime} that is no text"
    return "explained", f"a file ({mime})"


def _told_apart(lines: list[Line], facts: Facts) -> list[Line]:
    """Entries of one content: one has it.

    Others of the same title are its addresses; the rest show another page's bytes.
    """
    captures = {capture.id: capture for capture in facts.captures.values()}
    for members in _of_one_content(lines, captures):
        heading = captures[lines[members[0]].capture or ""].title
        first = next((at for at in members if alike(lines[at].title, heading)), members[0])
        for at in members:
            if at != first and lines[at].title and lines[first].title:
                lines[at] = _beside(lines[at], lines[first])
    return _without_repeated_talks(lines, captures, facts)


def _without_repeated_talks(lines: list[Line], captures: dict[str, Capture], facts: Facts) -> list[Line]:
    """Pages that show another entry's talk under their own title: which one it belongs to is known where it was
    there before.
    """
    fresh = {at for at, line in enumerate(lines) if (one := captures.get(line.capture or "")) and one.fresh}
    for members in _of_one_talk(lines, captures):
        first = lines[min(members, key=lambda at: (at in fresh, at))]
        for at in fresh.intersection(members):
            line = lines[at]
            if not alike(line.title, first.title) and not is_dead(facts.nights.get(line.key, ())):
                lines[at] = replace(line, outcome="another page", detail=f"the same talk as {first.url}")
    return lines


def _of_one_talk(lines: list[Line], captures: dict[str, Capture]) -> list[list[int]]:
    """Which pages show the words of one talk under titles of their own: places in the account."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for at, line in enumerate(lines):
        capture = captures.get(line.capture or "")
        own = capture is not None and capture.talk and alike(line.title, capture.title)
        if capture is not None and own and line.outcome in ("interview", "not due"):
            groups[capture.talk].append(at)
    return [members for members in groups.values() if len(members) > 1]


def _of_one_content(lines: list[Line], captures: dict[str, Capture]) -> list[list[int]]:
    """Which lines show the same bytes, as far as they show a page at all: places in the account.

    :param captures: by id
    """
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for at, line in enumerate(lines):
        capture = captures.get(line.capture or "")
        if capture is None or not capture.sha256 or line.outcome not in ("interview", "explained", "same"):
            continue
        if capture.fresh or line.outcome == "same":
            groups[capture.sha256].append(at)
    return list(groups.values())


def talks_of(those: Iterable[object]) -> set[str]:
    """The interviews of entries: an address may change with every visit, its talk does not."""
    return {one.uid for one in those if isinstance(one, Line) and one.uid}


def _beside(line: Line, first: Line) -> Line:
    """An entry that shows the bytes of another one."""
    if alike(line.title, first.title):
        return replace(line, outcome="same", detail=f"another address of {first.url}")
    return replace(line, outcome="another page", detail=f"the same bytes as {first.url}")


_BLANK = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """A title by its letters and digits alone."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).lower()


def alike(one: str, other: str) -> bool:
    """Whether two titles are one, or one is a part of the other (lists cut titles short)."""
    a, b = sorted((fold(one), fold(other)), key=len)
    return bool(a) and (a == b or (len(a) >= 4 and a in b))
