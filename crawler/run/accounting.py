"""From the book of a run and the store to its account; the account's file, and what the next run owes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from archive.collection.clock import now
from archive.collection.folder import Collection, write_atomically
from archive.collection.sql import rows_of
from archive.collection.times import SHANGHAI
from archive.collection.urls import uid_of
from archive.errors import ArchiveError
from archive.handover.accounts import WITHHELD, hidden, rows_without, words_of
from archive.history.account import Account, account, from_rows
from archive.history.account_file import account_file, read_account
from archive.history.entries import Line as Entry
from archive.history.entries import alike, fold
from archive.history.facts import INTERVIEWS, NO_FILE, TAKEN_DOWN, Capture, Facts
from archive.history.gone import to_ask
from archive.history.health import history
from archive.history.likeness import share_left, title_said
from archive.ledger.withheld import withheld_ids
from archive.store.packing import SAID, record_of, unpacked
from archive.store.reading import Reader
from archive.store.store import open_reader
from crawler.run.enclosures import missing_file
from crawler.run.site_run import SiteRun
from crawler.state.owed import Owed
from parsers.document import Page
from parsers.errors import FangtanError
from parsers.header.meta import head_title
from parsers.page.lines import Line
from parsers.talk.furniture import is_foot, skip_reason

_MAX_TEXT = 20_000
_MUCH = 200  # characters of a talk that no other one says
_ENOUGH = 40  # characters of a talk: where none is left, it is another page


def make_account(collection: Collection, run: SiteRun) -> Account:
    """The account of a run whose captures are indexed; its file is written, and the run knows what it owes.

    It is made in a thread of its own: the crawl's database is not touched.
    """
    last = _last(collection, run, patch=run.options.patch) if run.whole_site else None
    db = open_reader(collection.store)
    try:
        facts = _facts(collection, run, db)
    finally:
        db.close()
    made = account(facts, last)
    _owe(run, made, facts, last)
    made = _open_to_all(collection, run, made)
    write_atomically(account_file(collection, run.run), "".join(f"{row}\n" for row in made.rows()).encode())
    return made


def _open_to_all(collection: Collection, run: SiteRun, made: Account) -> Account:
    """The account without words of talks that are withheld: a list may name one long after its takedown."""
    said = hidden(collection)
    run.wrote_withheld = said.talks != run.known.withheld
    if not (said.captures or said.talks):
        return made
    rows = list(made.rows())
    words = words_of(rows, said)
    new = from_rows(rows_without(rows, said, words))
    told, remarks = (tuple(map(words.out_of, of)) for of in (made.differences, made.remarks))
    return replace(new, differences=told, remarks=remarks, fixes=made.fixes)


def _last(collection: Collection, run: SiteRun, *, patch: bool = False) -> Account | None:
    """The account that a run is held against: the last that balances, else the last; of a patch, the last."""
    reports = [r for r in history(collection, run.site.id, before=run.run) if r.get("account") and r.get("whole_site")]
    good = [r for r in reports if r["account"]["balanced"]]
    chosen = (reports if patch else good or reports)[-1:]
    return read_account(collection, chosen[0]["run"]) if chosen else None


def read_pages(collection: Collection, run: SiteRun) -> frozenset[str]:
    """The list pages that the last account has, by key."""
    last = _last(collection, run, patch=run.options.patch)
    return frozenset(page.key for page in last.pages if page.accounted) if last else frozenset()


def _facts(collection: Collection, run: SiteRun, db: sqlite3.Connection) -> Facts:
    facts = run.facts
    replaced = _owed_as(run, _REPLACED)
    counted = _owed_as(run, _COUNTED) | {key for key, came in facts.came.items() if came.status in (404, 410)}
    nights = {key: _nights_of(run, key, today=key in counted) for key in facts.came}
    wanted = {row.key for row in facts.rows} | {a.key for a in facts.asked if a.role != "fragment"}
    return replace(
        facts,
        nights=nights,
        captures=_Captures(collection, run, db, _as_last_seen(collection, run, replaced)).of(wanted, _listed_as(facts)),
        stopped=run.guard.stop_reason,
        partial=run.tally.stopped_at_known or run.options.patch,
    )


#: Outcomes of a page in whose place another text came: until that has stayed, it is held against the one before.
_REPLACED = ("alien", "another page")
#: Outcomes whose nights are counted from the first one on.
_COUNTED = (*_REPLACED, NO_FILE)


def _owed_as(run: SiteRun, outcomes: tuple[str, ...]) -> set[str]:
    """What ended so in the last account, by key."""
    return {key for key, owed in run.owed.items() if owed.why in outcomes}


def _today() -> str:
    return now().astimezone(SHANGHAI).date().isoformat()


def _nights_of(run: SiteRun, key: str, *, today: bool) -> tuple[str, ...]:
    """The days on which an address was gone, had another text or no file, perhaps with today."""
    before = run.owed[key].nights if key in run.owed else ()
    return tuple(dict.fromkeys((*before, _today()))) if today else before


def _as_last_seen(collection: Collection, run: SiteRun, keys: set[str]) -> dict[str, str]:
    """The captures that some addresses have in the last account that balances, by key."""
    last = _last(collection, run) if keys else None
    lines = last.lines if last else ()
    return {line.key: line.capture for line in lines if line.capture and line.accounted and line.key in keys}


#: Kinds of interviews whose pages say what they are about; how many characters of a page are its beginning.
_WITH_TITLES, _LEAD = ("transcript", "summary", "notice"), 400


def _listed_as(facts: Facts) -> dict[str, list[str]]:
    """What lists call an address, and the one to which it redirects; by key."""
    found: dict[str, list[str]] = {}
    for row in facts.rows:
        came = facts.came.get(row.key)
        for key in {row.key, came.target if came and came.target else row.key}:
            found.setdefault(key, []).extend([row.title] if row.title and row.title != WITHHELD else [])
    return found


_COLUMNS = """
SELECT c.*, r.kind AS reading, r.error AS fault, {said} AS record, c.run IS :run AS fresh,
  coalesce(o.sha256, c.sha256) AS payload, coalesce(o.bytes, c.bytes) AS size, coalesce(o.status, c.status) AS answered,
  coalesce(o.mime, c.mime) AS sent_as,
  (SELECT u.interview FROM interview_urls u WHERE u.key = c.key ORDER BY u.interview LIMIT 1) AS uid,
  EXISTS (SELECT 1 FROM _readings q JOIN captures p ON p.id = q.capture
          WHERE q.key = c.key AND q.kind IN ({kinds}) AND p.run IS NOT :run) AS held
FROM captures c LEFT JOIN _readings r ON r.capture = c.id LEFT JOIN captures o ON o.id = c.refers_to
"""
_BY_KEY = "WHERE c.key = :key AND +c.site = :site AND c.method = 'GET' ORDER BY c.fetched_at DESC, c.id DESC LIMIT 1"
_BY_RUN = "WHERE c.run = :run AND +c.site = :site AND c.method = 'GET' ORDER BY c.fetched_at, c.id"
#: Each key of a site once, from one to the next: a page that came a thousand times costs what one does that came once.
_KEYS = """
WITH RECURSIVE k(key) AS (
  SELECT min(key) FROM captures WHERE site = :site
  UNION ALL SELECT (SELECT min(c.key) FROM captures c WHERE c.site = :site AND c.key > k.key) FROM k
  WHERE k.key IS NOT NULL)
SELECT key, (SELECT c.url FROM captures c WHERE c.site = :site AND c.key = k.key LIMIT 1) FROM k WHERE key IS NOT NULL
"""


class _Captures:
    """What the archive has of addresses."""

    def __init__(self, collection: Collection, run: SiteRun, db: sqlite3.Connection, seen: dict[str, str]) -> None:
        """:param seen: captures that count as what an address had before, by key; the last one does for all others"""
        self.reader, self.run, self.db, self.seen = Reader(collection), run, db, seen
        self.columns = _COLUMNS.format(said=SAID, kinds=", ".join(f"'{kind}'" for kind in INTERVIEWS))
        self.values = {"run": run.run, "site": run.site.id}
        self.withheld = withheld_ids(collection)

    def of(self, wanted: set[str], titles: dict[str, list[str]]) -> dict[str, Capture]:
        """The last capture of each, this run's if there is one.

        :param titles: what lists call it
        """
        rows: dict[str, dict[str, Any]] = {}
        for key, row in sorted(self._rows(wanted), key=lambda found: _age(found[1])):
            rows[key] = {**row, "held": row["held"] or (key in rows and rows[key]["held"])}
        return {key: self._named(self._capture(row), row, titles.get(key, [])) for key, row in rows.items()}

    def _named(self, capture: Capture, row: dict[str, Any], titles: list[str]) -> Capture:
        """The capture with how much of its entry's title it says; of a page whose heading is the title, nothing."""
        if capture.kind not in _WITH_TITLES or not capture.fresh or not titles:
            return capture
        if any(alike(title, capture.title) for title in titles):
            return capture
        lead, text = self._said(row)
        said = [share for title in titles if (share := title_said(fold(title), lead, text)) is not None]
        return replace(capture, named=max(said)) if len(said) == len(titles) else capture

    def _said(self, row: dict[str, Any]) -> tuple[str, str]:
        """The titles and first words of a page, and all its own words: folded, without links and what is hidden."""
        try:
            page = Page.open(self.reader.payload(self._bytes(row)))
            own = [line.text for line in page.lines if not line.hidden and line.link_share < 0.5]
        except (FangtanError, ArchiveError):
            return "", ""
        record = unpacked(row["record"]) or {}
        title = _own_title(record)
        theme = record.get("theme") if title else ""
        titles = [head_title(page.root), page.tags.get("articletitle", ""), title, theme]
        text = fold("".join(own))
        return fold("".join(map(str, filter(None, titles)))) + text[:_LEAD], text

    def _rows(self, wanted: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Rows of the wanted addresses: the last one under each key, and all of this run."""
        for key, meant in self._keys(wanted):
            yield from ((meant, row) for row in rows_of(self.db, self.columns + _BY_KEY, {**self.values, "key": key}))
        for row in rows_of(self.db, self.columns + _BY_RUN, self.values):
            if (meant := self.run.book.key(row["url"])) in wanted:
                yield meant, row

    def _keys(self, wanted: set[str]) -> list[tuple[str, str]]:
        """The keys of captures that are meant by the wanted ones: others only where addresses change with every
        visit.
        """
        if not self.run.same.volatile:
            return [(key, key) for key in wanted]
        all_keys = self.db.execute(_KEYS, self.values).fetchall()
        return [(key, meant) for key, url in all_keys if (meant := self.run.book.key(url)) in wanted]

    def _capture(self, row: dict[str, Any]) -> Capture:
        record = unpacked(row["record"])
        title = _own_title(record)
        kind = TAKEN_DOWN if row["refers_to"] in self.withheld else _kind(row)
        words = self._own_words(row) if kind == "other" else 0
        then = self._earlier(row, kind)
        return Capture(
            row["id"], kind, bool(row["fresh"]), row["fault"], title, row["payload"] or "", row["size"] or 0, row["uid"], bool(row["held"]),
            words, _likeness(then, record), row["sent_as"] or "", _own_title(then), lacks=missing_file(self.db, self.reader, record) if kind in INTERVIEWS else None,
            talk=_talk(record), shorter=then is not None and len(_text(record)) < len(_text(then)),
        )  # fmt: skip

    def _own_words(self, row: dict[str, Any]) -> int:
        """Characters of prose on a page: lines without links that are no heading."""
        try:
            page = Page.open(self.reader.payload(self._bytes(row)))
            texts = [line.text for line in page.lines if _is_prose(line)]
        except (FangtanError, ArchiveError):
            return 0
        return sum(len(text) for text in texts if len(text) >= 10)

    def _bytes(self, row: dict[str, Any]) -> dict[str, Any]:
        """The capture that has a revisit's bytes."""
        if row["type"] != "revisit":
            return row
        return next(rows_of(self.db, "SELECT * FROM captures WHERE id = ?", (row["refers_to"],)), row)

    def _earlier(self, row: dict[str, Any], kind: str) -> dict[str, Any] | None:
        """The interview that this run fetched again, as it was before; ``None`` where nothing is to be compared."""
        if kind not in INTERVIEWS or not row["fresh"] or not row["held"]:
            return None
        if (seen := self.seen.get(row["key"])) is not None:
            return record_of(self.db, seen)
        if row["type"] == "revisit":
            return None
        query = f"""SELECT {SAID} FROM captures c JOIN _readings r ON r.capture = c.id
                   WHERE c.key = ? AND c.run IS NOT ? AND r.kind IN ('transcript', 'summary')
                   ORDER BY c.fetched_at DESC LIMIT 1"""
        found = self.db.execute(query, (row["key"], self.run.run)).fetchone()
        return unpacked(found[0]) if found else None


def _talk(record: dict[str, Any] | None) -> str:
    """What is equal where two pages show the same talk; a few turns may be equal by chance."""
    words = "".join(turn["text"] for turn in (record or {}).get("turns", ()))
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest() if len(words) >= _MUCH else ""


def _is_prose(line: Line) -> bool:
    """Whether a reader sees a line that is no heading, no link and no furniture of the page."""
    own = not line.hidden and not line.linked and line.block.tag not in _HEADINGS
    return own and skip_reason(line) is None and not is_foot(line)


def _own_title(record: dict[str, Any] | None) -> str:
    """The title that a page has itself; what only its list calls it says nothing of what came."""
    by_list = ((record or {}).get("evidence") or {}).get("title", {}).get("method") == "list"
    return "" if by_list else (record or {}).get("title") or ""


def _likeness(then: dict[str, Any] | None, here: dict[str, Any] | None) -> float | None:
    """How much of an interview's earlier words is still there."""
    if then is None or here is None:
        return None
    words = _text(then)
    return share_left(words, _text(here)) if _text(here) or len(words) < _ENOUGH else 0.0


def _age(row: dict[str, Any]) -> tuple[bool, str, str]:
    """The order in which captures count: those of this run last."""
    return bool(row["fresh"]), row["fetched_at"], row["id"]


def _kind(row: dict[str, Any]) -> str:
    """What a capture was read as; a file or an error where nothing reads it."""
    return row["reading"] or ("file" if row["answered"] == 200 and row["size"] else "error")


_HEADINGS = ("h1", "h2", "h3", "title")


def _text(record: dict[str, Any] | None) -> str:
    """The words of a record."""
    if record is None:
        return ""
    turns = "".join(turn["text"] for turn in record["turns"])
    return (turns or "".join(line["text"] for line in record["skipped"]))[:_MAX_TEXT]


def _owe(run: SiteRun, made: Account, facts: Facts, last: Account | None) -> None:
    """What the next run asks for: entries not accounted for, list pages that did not come; dead ones are kept.

    So are those that are listed no longer: nothing else would tell soon whether they are still there.
    """
    rows = {row.key: row for row in facts.rows}
    found = {
        key: o for key, o in run.owed.items() if key not in facts.came and o.role != "requisite" and _stays(made, key)
    }
    for line in (*filter(_is_missing, made.lines), *to_ask(made.lines, last.lines if last else None, facts)):
        found[line.key] = _entry(run, line, rows.get(line.key), _nights(line, facts))
    asked = (*_pages_owed(run, made), *_files_owed(run, made, facts))
    run.owes = list({**found, **{one.key: one for one in asked}}.values())


def _is_missing(line: Entry) -> bool:
    """Whether an entry is asked for until it is accounted for; a dead one is, at its own pace."""
    return line.outcome == "dead" or not line.accounted


def _nights(line: Entry, facts: Facts) -> tuple[str, ...]:
    """The days on which an entry was gone, had another text or no file; this is the first one of the latter."""
    return facts.nights.get(line.key, ()) or ((_today(),) if line.outcome in _COUNTED else ())


def _pages_owed(run: SiteRun, made: Account) -> Iterator[Owed]:
    """The list pages that did not come, with how they are asked for."""
    for page in made.pages:
        how = run.requests.get(page.key)
        if not page.accounted and how is not None:
            more = {"method": how["method"], "body": how["body"], "number": page.number, "list": page.list}
            yield Owed(page.key, page.url, "list", more, why=page.outcome)


def _files_owed(run: SiteRun, made: Account, facts: Facts) -> Iterator[Owed]:
    """The files without which talks have no words."""
    lacking = {line.capture for line in made.lines if line.outcome == NO_FILE}
    for capture in facts.captures.values():
        if capture.lacks and capture.id in lacking:
            url = capture.lacks[0]
            yield Owed(run.book.key(url), url, "requisite", {}, why=NO_FILE)


def _stays(made: Account, key: str) -> bool:
    """Whether something that was owed, and was not asked for, still is."""
    line = next((line for line in made.lines if line.key == key), None)
    return line is None or not line.accounted or line.outcome == "dead"


def _entry(run: SiteRun, line: Entry, row: Any, nights: tuple[str, ...]) -> Owed:
    before = run.owed.get(line.key)
    more = {"title": row.title, "date": row.date, "text": row.text} if row else before.more if before else None
    said = more or {"title": line.title, "date": None, "text": ""}
    if uid_of(line.key) in run.known.withheld:
        said = {**said, "title": WITHHELD, "text": ""}
    nights = nights or (before.nights if before else ())
    return Owed(line.key, line.url, "detail", said, nights, line.outcome == "dead", line.outcome)
