"""The account of a run: each list page, each entry, each declared number, and what is missing. Pure.

A run is ``ok`` if and only if its account balances.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from archive.history.entries import Line, lines_of, talks_of
from archive.history.facts import Asked, Came, Facts, Read

#: So much of what was there is gone at once, and it is no longer a matter of single pages.
_MASS = 1 / 3
_READ = ("read", "end")


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list page in the account.

    :param list: the first page of its list
    :param outcome: ``read``, ``end`` (behind the last page, or all entries are there), or what came instead
    :param keys: its entries; ``pages``: what its pager declares, as is ``items``
    :param ways: links that lead on and were not followed, with their words
    """

    key: str
    url: str
    list: str
    number: int
    outcome: str
    detail: str = ""
    keys: tuple[str, ...] = ()
    pages: int | None = None
    items: int | None = None
    ways: tuple[tuple[str, str], ...] = ()


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
            "balanced": self.balanced, "seen": self.seen, "entries": len(self.lines), "outcomes": self.counts(), "list_pages": len(self.pages),
            "differences": list(self.differences), "remarks": list(self.remarks), "fixes": list(self.fixes),
        }  # fmt: skip

    def pages_as_dicts(self) -> list[dict[str, Any]]:
        """The list pages as plain values."""
        return [asdict(page) for page in self.pages]

    def lines_as_dicts(self) -> list[dict[str, Any]]:
        """The entries as plain values."""
        return [asdict(line) for line in self.lines]

    def rows(self) -> Iterator[str]:
        """As JSON lines: list pages first, then entries."""
        for page in self.pages_as_dicts():
            yield json.dumps({"list_page": page}, ensure_ascii=False)
        for line in self.lines_as_dicts():
            yield json.dumps({"entry": line}, ensure_ascii=False)


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
    before = {line.key: line for line in last.lines} if last else {}
    lines, pages = lines_of(facts, before), _pages(facts)
    if facts.partial and last:
        lines, pages = _over(lines, last.lines), _over(pages, last.pages)
    pages = _ends(pages)
    differences = [
        *_unread(pages), *_numbers(pages), *_ways(pages), *_entries(lines), *_parts(facts), *_vanished(lines, last, facts),
    ]  # fmt: skip
    remarks = [
        f"{p.url}: list page {p.number} {p.detail}; all entries are there"
        for p in pages
        if p.outcome == "end" and p.detail
    ]
    files = sum(
        line.accounted and (line.detail == "attachment" or line.detail.startswith("a file (")) for line in lines
    )
    remarks += [f"words only in a file: {files} 仅有附件"] if files else []
    return Account(lines, pages, tuple(differences), tuple(remarks), tuple(_fixes(lines, pages)))


def _over(now: tuple[Any, ...], then: tuple[Any, ...]) -> tuple[Any, ...]:
    """What this run found, before what stays as it was."""
    met = {one.key for one in now} | talks_of(now)
    return (*now, *(_carried(one) for one in then if one.key not in met and not talks_of((one,)) & met))


def _carried(one: Any) -> Any:
    return replace(one, outcome="not due") if isinstance(one, Line) and one.outcome == "interview" else one


# ── list pages ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _pages(facts: Facts) -> tuple[ListPage, ...]:
    known = {a.key for a in facts.asked} | {r.key for r in facts.rows}
    by_key = {asked.key: asked for asked in facts.asked}
    pages = []
    for asked in facts.asked:
        outcome = _page_outcome(asked, by_key, facts) if asked.role in ("seed", "list") else None
        if outcome is not None:
            page = ListPage(asked.key, asked.url, asked.list or asked.key, asked.number, *outcome)
            pages.append(_as_read(page, facts.read.get(asked.key), known))
    return tuple(pages)


def _as_read(page: ListPage, read: Read | None, known: set[str]) -> ListPage:
    """The page with what was read in it.

    :param known: addresses that are listed or were asked for: links to them are no ways that nobody followed
    """
    if read is None:
        return page
    ways = tuple((url, words) for key, url, words in read.ways if key not in known)
    return replace(page, keys=read.keys, pages=read.pages, items=read.items, ways=ways)


def _page_outcome(asked: Asked, by_key: dict[str, Asked], facts: Facts) -> tuple[str, str] | None:
    """How a list page ended, with a detail; ``None`` for what is none, and for what leads to one."""
    read, came = facts.read.get(asked.key), facts.came.get(asked.key)
    if read is None and asked.role == "seed" and _is_no_list(came):
        return None
    if read is None and came is not None and came.target:
        target = by_key.get(came.target)
        if target is None or target.via == asked.key:
            return None  # what it leads to has a row of its own
        return "repeats", f"leads to {target.url}"
    return _list_outcome(read, came, facts.stopped)


def _is_no_list(came: Came | None) -> bool:
    """Whether a given page came whole and is no list: a home page that leads to the sections, or one interview."""
    return came is not None and came.status in (200, 304) and not came.why and not came.cut


def _list_outcome(read: Read | None, came: Came | None, stopped: str | None) -> tuple[str, str]:
    if came is None:
        return "never asked", stopped or ""
    if came.refused:
        return "refused", came.why
    if came.status is None:
        return "error", came.why
    if came.cut:
        return "cut off", "the answer broke off"
    return _unlike_a_list(came.status, came.why) if read is None else _named_by(read)


def _unlike_a_list(status: int, why: str) -> tuple[str, str]:
    """What came whole, and no list was read in it."""
    if status in (404, 410):
        return "missing", f"answers HTTP {status}"
    return "error", why or (f"HTTP {status}" if status >= 300 else "no list of interviews")


def _named_by(read: Read) -> tuple[str, str]:
    """What was read as a list: by the entries it names."""
    if read.unread:
        return "unread", read.unread
    if not read.keys and not read.fresh:
        return "empty", "names no entry"
    return ("read", "") if read.fresh else ("repeats", "names entries of another page again")


def _ends(pages: tuple[ListPage, ...]) -> tuple[ListPage, ...]:
    """Pages behind the last one: nobody declares them, or all entries are there without them."""
    found = []
    for page in pages:
        if page.number < 2 or page.outcome not in ("missing", "empty", "repeats"):
            found.append(page)
            continue
        declared, whole = _declared(pages, page.list)[0], _is_whole(pages, page)
        probe = declared is None and page.outcome != "missing"
        beyond = declared is not None and page.number > declared
        end = whole or probe or beyond
        found.append(replace(page, outcome="end", detail=page.detail if whole and not beyond else "") if end else page)
    return tuple(found)


def _is_whole(pages: tuple[ListPage, ...], page: ListPage) -> bool:
    """Whether all entries of a list are there before this page.

    They are when they are as many as are declared, or when the last page read is not full.
    """
    mine = sorted((p for p in pages if p.list == page.list and p.outcome == "read"), key=lambda p: p.number)
    if not mine or page.number < mine[-1].number:
        return False
    items = _declared(pages, page.list)[1]
    if items is not None:
        return _listed(pages, page.list) >= items
    return len(mine) > 1 and len(mine[-1].keys) < len(mine[0].keys) and mine[-1].number == len(mine)


def _declared(pages: tuple[ListPage, ...], first: str) -> tuple[int | None, int | None]:
    """The numbers that the pages of a list declare, as the last of them says."""
    mine = [p for p in pages if p.list == first]
    return (
        next((p.pages for p in mine if p.pages is not None), None),
        next((p.items for p in mine if p.items is not None), None),
    )


def _listed(pages: tuple[ListPage, ...], first: str) -> int:
    """How many entries the pages of a list name: different ones, or all rows when these are as many as are declared."""
    rows = [key for p in pages if p.list == first and p.outcome != "repeats" for key in p.keys]
    items = _declared(pages, first)[1]
    return len(rows) if len(rows) == items else len(set(rows))


def _unread(pages: tuple[ListPage, ...]) -> Iterator[str]:
    bad = [p for p in pages if p.outcome not in _READ]
    if bad:
        first = bad[0]
        more = f" (and {len(bad) - 1} more list pages)" if len(bad) > 1 else ""
        yield f"{first.url}: list page {first.number} is {_word(first)}{more}"


def _word(page: ListPage) -> str:
    return page.outcome + (f" ({page.detail})" if page.detail else "")


def _numbers(pages: tuple[ListPage, ...]) -> Iterator[str]:
    for first in dict.fromkeys(p.list for p in pages):
        yield from _fewer_than_declared(pages, first)


def _fewer_than_declared(pages: tuple[ListPage, ...], first: str) -> Iterator[str]:
    """What a list declares and does not show; where it declares entries, its pages count no more."""
    declared, items = _declared(pages, first)
    mine = [p for p in pages if p.list == first]
    if items is not None:
        listed = _listed(pages, first)
        if listed < items:
            yield f"{items} entries declared, {listed} listed, {items - listed} never seen ({mine[0].url})"
    elif declared is not None and not any(p.outcome == "end" for p in mine):
        got = len({p.number for p in mine if p.outcome == "read"})
        if got < declared:
            yield f"{declared} list pages declared, {got} read ({mine[0].url})"


def _ways(pages: tuple[ListPage, ...]) -> Iterator[str]:
    ways = {url: words for page in pages for url, words in page.ways}
    if ways:
        shown = ", ".join(f"{words!r} → {url}" for url, words in list(ways.items())[:3])
        yield f"{len(ways)} link(s) that lead on were not followed: {shown}"


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


def _vanished(lines: tuple[Line, ...], last: Account | None, facts: Facts) -> Iterator[str]:
    """Much is gone at once: behind the lists, or from them."""
    gone = sum(line.outcome == "gone" and line.key in facts.came for line in lines)
    known = gone + sum(line.outcome in ("interview", "not due") for line in lines)
    if gone and gone >= _MASS * known:
        yield f"{gone} of {known} known interviews answer that they are gone, all at once"
    if last is not None and not facts.partial:
        yield from _unlisted(lines, last)


def _unlisted(lines: tuple[Line, ...], last: Account) -> Iterator[str]:
    """Much of what the last full account lists is listed no longer."""
    now = [line for line in lines if line.list]
    listed = {line.key for line in now} | talks_of(now)
    then = [line for line in last.lines if line.list and line.accounted]
    missing = [line for line in then if line.key not in listed and line.uid not in listed]
    if missing and len(missing) >= _MASS * len(then):
        first = missing[0].url
        yield f"{len(missing)} of {len(then)} entries of the last full account are listed no longer, the first: {first}"


# ── what helps ──────────────────────────────────────────────────────────────────────────────────────────────────────

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
    "another page": "the server answers one page under several addresses: look at them with `fangtan record`",
    "alien": "compare with earlier captures (`fangtan changes`): the page may be hijacked 疑似网页被篡改",
    "no interview": "look at these pages with `fangtan record`; report them to the site's operator when they are wrong",
    "error": "`fangtan crawl SITE --patch` asks them again; dead entries count as such after three nights over a week",
    "empty": "the server answers without content: `fangtan crawl SITE --patch`",
    "soft 404": "these pages say that they do not exist: report it to the site's operator 请联系网站运维",
    "missing": "list pages are missing on the server: `fangtan crawl SITE --patch`, then `fangtan sites check`",
    "ways": "the pager was not understood: name the further lists as section in the site file, or try browser = true",
}
# fmt: on


def _fixes(lines: tuple[Line, ...], pages: tuple[ListPage, ...]) -> Iterator[str]:
    found = [line.outcome for line in lines if not line.accounted]
    found += [page.outcome for page in pages if page.outcome not in _READ]
    found += ["ways" for page in pages if page.ways]
    for outcome in dict.fromkeys(sorted(found, key=lambda o: -found.count(o))):
        yield _FIX.get(outcome, "look with `fangtan sites check`, then `fangtan crawl SITE --patch`")
