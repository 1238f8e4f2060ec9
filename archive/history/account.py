"""The account of a run: each list page, each entry, each declared number, and what is missing. Pure.

A run is ``ok`` if and only if its account balances.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from archive.history.doubts import Doubts
from archive.history.entries import HARDLY_NAMED, Line, is_alien, is_other, lines_of, talks_of
from archive.history.facts import Came, Facts
from archive.history.gone import fewer, moved, vanished
from archive.history.list_pages import ListPage, ends, numbers, over, pages_of, unread, ways


@dataclass(frozen=True, slots=True)
class Account:
    """What a run owes and what it has.

    :param differences: what does not balance, in words, the worst first; ``remarks``: what is worth a line and balances
    :param fixes: what most likely helps
    """

    lines: tuple[Line, ...] = ()
    pages: tuple[ListPage, ...] = ()
    differences: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()

    @property
    def balanced(self) -> bool:
        """Whether nothing is missing."""
        return not self.differences

    @property
    def seen(self) -> int:
        """Interviews that this run saw: fetched, unchanged, or listed and not due."""
        found = [line for line in self.lines if line.outcome in ("interview", "not due", "same") and line.uid]
        return len({line.uid for line in found})

    @property
    def elsewhere(self) -> int:
        """Entries that are accounted for, and whose interviews, if they are any, the archive does not get."""
        return sum(line.outcome in ("off-site", "refused") or is_other(line) for line in self.lines)

    def counts(self) -> dict[str, int]:
        """Entries by outcome."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.outcome] = found.get(line.outcome, 0) + 1
        return dict(sorted(found.items()))

    def missing(self) -> list[Line]:
        """Entries that are not accounted for."""
        return [line for line in self.lines if not line.accounted]

    def summary(self) -> dict[str, Any]:
        """For the run's report."""
        return {
            "balanced": self.balanced, "seen": self.seen, "entries": len(self.lines), "outcomes": self.counts(), "elsewhere": self.elsewhere,
            "list_pages": len(self.pages),
            "differences": list(self.differences), "remarks": list(self.remarks), "fixes": list(self.fixes),
        }  # fmt: skip

    def pages_as_dicts(self) -> list[dict[str, Any]]:
        """The list pages as plain values."""
        return _plain(self.pages)

    def lines_as_dicts(self) -> list[dict[str, Any]]:
        """The entries as plain values."""
        return _plain(self.lines)

    def rows(self) -> Iterator[str]:
        """As JSON lines: list pages first, then entries."""
        for page in self.pages_as_dicts():
            yield json.dumps({"list_page": page}, ensure_ascii=False)
        for line in self.lines_as_dicts():
            yield json.dumps({"entry": line}, ensure_ascii=False)


def _plain(of: Sequence[Line | ListPage]) -> list[dict[str, Any]]:
    """Their fields; what is in these is plain already."""
    names = [one.name for one in fields(of[0])] if of else []
    return [{name: getattr(one, name) for name in names} for one in of]


def from_rows(rows: Iterable[str]) -> Account:
    """The inverse of :meth:`Account.rows`; differences are not among them.

    :raises ValueError: a line is no row of an account
    """
    lines, pages = [], []
    for text in rows:
        try:
            data = json.loads(text)
            if "entry" in data:
                lines.append(Line(**data["entry"]))
            else:
                page = data["list_page"]
                ways = tuple((address, words) for address, words in page["ways"])
                pages.append(ListPage(**{**page, "ways": ways, "keys": tuple(page["keys"])}))
        except (TypeError, KeyError) as error:
            raise ValueError(f"no row of an account: {text[:80]}") from error
    return Account(tuple(lines), tuple(pages))


def account(facts: Facts, last: Account | None = None) -> Account:
    """The account of a run.

    :param last: the last full account of the site: a partial run stands on it, a full one is held against it
    """
    then, earlier = (last.lines, (last.lines, last.pages)) if last else (None, None)
    before = {line.key: line for line in then or ()}
    lines, pages = lines_of(facts, before), pages_of(facts)
    if facts.partial and last:
        lines, pages = _over(lines, last.lines), over(pages, last.pages)
    pages = ends(pages)
    vanish = list(vanished(lines, then, facts))
    short = list(numbers(pages, partial=facts.partial))
    doubts = Doubts(lines, earlier, facts)
    differences = [*unread(pages), *short, *ways(pages), *_entries(lines), *_parts(facts), *vanish, *doubts.much]
    told = tuple(moved(lines, then, facts)) or tuple(fewer(lines, then, facts))
    fixes = tuple(_fixes(lines, pages)) or ((_FIX["numbers"] if short else _LOOK,) if differences else ())
    return Account(
        lines,
        pages,
        tuple(differences),
        (
            *_remarks(lines, pages),
            *_without_files(facts, lines),
            *_hardly_named(facts, lines),
            *_rewritten(facts, lines),
            *doubts.little,
            *told,
        ),
        fixes,
    )


def _remarks(lines: tuple[Line, ...], pages: tuple[ListPage, ...]) -> Iterator[str]:
    """What is worth a line and balances."""
    for page in pages:
        if page.outcome == "end" and page.detail:
            yield f"{page.url}: list page {page.number} {page.detail}; all entries are there"
    files = sum(
        line.accounted and (line.detail == "attachment" or line.detail.startswith("a file (")) for line in lines
    )
    if files:
        yield f"words only in a file: {files} 仅有附件"


def _without_files(facts: Facts, lines: tuple[Line, ...]) -> Iterator[str]:
    """Talks that are there and whose pages name files that are not."""
    captures = {capture.id: capture for capture in facts.captures.values()}
    shown = (captures.get(line.capture or "") for line in lines if line.outcome == "interview")
    lacking = [one.lacks for one in shown if one and one.lacks]
    if lacking:
        url, came = lacking[0]
        yield f"{len(lacking)} interview(s) whose files did not come, the first: {url}: {came} 附件未取到"


def _hardly_named(facts: Facts, lines: tuple[Line, ...]) -> Iterator[str]:
    """Talks whose pages say little of what their lists call them."""
    captures = {capture.id: capture for capture in facts.captures.values()}
    shown = ((line, captures.get(line.capture or "")) for line in lines if line.outcome == "interview")
    few = [(line, one) for line, one in shown if one and one.named is not None and one.named < HARDLY_NAMED]
    if few:
        line, one = few[0]
        words = f"the first: {line.url} is listed as {line.title!r} and shows {one.title!r}"
        yield f"{len(few)} interview(s) whose pages say little of their entries' titles, {words} 标题与列表不符，请核对"


def _rewritten(facts: Facts, lines: tuple[Line, ...]) -> Iterator[str]:
    """Interviews whose pages have had another text for so long that it counts as theirs."""
    captures = {capture.id: capture for capture in facts.captures.values()}
    shown = ((line, captures.get(line.capture or "")) for line in lines if line.outcome == "interview")
    found = [line for line, one in shown if one and is_alien(one)]
    if found:
        first, since = found[0], facts.nights[found[0].key][0]
        words = f"the first: {first.url}, since {since[:10]} 内容已更换"
        yield f"{len(found)} interview(s) with another text than before, {words}"


def _over(now: tuple[Line, ...], then: tuple[Line, ...]) -> tuple[Line, ...]:
    """The entries that this run found, before those that stay as they were."""
    met = {line.key for line in now} | talks_of(now)
    return (*now, *(_carried(line) for line in then if line.key not in met and not talks_of((line,)) & met))


def _carried(line: Line) -> Line:
    return replace(line, outcome="not due") if line.outcome == "interview" else line


# ── entries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _entries(lines: tuple[Line, ...]) -> Iterator[str]:
    bad = [line for line in lines if not line.accounted]
    if not bad:
        return
    counts: dict[str, int] = {}
    for line in bad:
        counts[line.outcome] = counts.get(line.outcome, 0) + 1
    words = ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items(), key=lambda c: -c[1]))
    first = bad[0]
    example = f"{first.url}: {first.outcome}" + (f" ({first.detail})" if first.detail else "")
    yield f"{len(bad)} of {len(lines)} entries unaccounted for: {words}; the first: {example}"


def _parts(facts: Facts) -> Iterator[str]:
    """Parts of interviews that did not come."""
    parts = [(asked, facts.came.get(asked.key)) for asked in facts.asked if asked.role == "part"]
    bad = [(asked.url, words) for asked, came in parts if (words := _part_is_missing(came))]
    if bad:
        yield f"{len(bad)} part(s) of interviews did not come, the first: {bad[0][0]}: {bad[0][1]}"


def _part_is_missing(came: Came | None) -> str:
    """What came in a part's place, in words; empty when it came, was refused, or leads on."""
    if came is None:
        return "never asked"
    if came.refused or came.target:
        return ""
    if came.cut:
        return "cut off"
    return came.why or f"HTTP {came.status}" if came.status is None or came.status >= 400 else ""


# ── what helps ──────────────────────────────────────────────────────────────────────────────────────────────────────

_LOOK = "look with `fangtan sites check`, then `fangtan crawl SITE --patch`"
# fmt: off
_FIX = {
    "repeats": "the server shows one list page under several addresses: look with `fangtan sites check`, then `fangtan crawl SITE --patch`",
    "unread": "look with `fangtan sites check`; try browser = true in the site file 可尝试 browser = true",
    "challenge": "nothing is evaded: ask the site's operator to let the user agent in, or crawl later and slower 请联系网站运维放行",
    "placeholder": "a script fills these pages: try browser = true in the site file 可尝试 browser = true",
    "never asked": "`fangtan crawl SITE --patch` asks what is missing",
    "cut off": "the server breaks answers off: `fangtan crawl SITE --patch`, or crawl slower",
    "sent away": "the pages are on another host now: add it to hosts in the site file if it is the government's own",
    "sent home": "the server sends readers to its home page: the pages may have moved, look for them with `fangtan sites check`",
    "another page": "the server answers with pages of other talks: look at them with `fangtan record`, write to the site's operator",
    "alien": "compare with earlier captures (`fangtan changes`): the page may be hijacked 疑似网页被篡改",
    "no interview": "look at these pages with `fangtan record`; report them to the site's operator when they are wrong",
    "error": "`fangtan crawl SITE --patch` asks them again; dead entries count as such after three nights over a week",
    "unreadable": "these answers cannot be read: look at them with `fangtan record`; report them, with the record, if a browser shows them",
    "no file": "the page is there, the file with the talk's words is not: open it in a browser, write to the site's operator 附件无法打开，请联系网站运维",
    "empty": "the server answers without content: `fangtan crawl SITE --patch`",
    "soft 404": "these pages say that they do not exist: report it to the site's operator 请联系网站运维",
    "missing": "list pages are missing on the server: `fangtan crawl SITE --patch`, then `fangtan sites check`",
    "no list": "the pager leads to a page that is no list: look with `fangtan sites check`; name further lists as section in the site file",
    "names nothing": "a list page names no entry: look at it in a browser; try browser = true in the site file if a script fills it",
    "numbers": "the site declares more than its pages name: look at the last ones in a browser; name further lists as section in the site file",
    "ways": "the pager was not understood: name the further lists as section in the site file, or try browser = true",
}
# fmt: on


def _fixes(lines: tuple[Line, ...], pages: tuple[ListPage, ...]) -> Iterator[str]:
    found = [line.outcome for line in lines if not line.accounted]
    found += ["names nothing" if page.outcome == "empty" else page.outcome for page in pages if not page.accounted]
    found += ["ways" for page in pages if page.ways]
    for outcome in dict.fromkeys(sorted(found, key=lambda o: -found.count(o))):
        yield _FIX.get(outcome, _LOOK)
