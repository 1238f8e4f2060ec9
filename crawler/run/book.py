"""What a run asked for and what came, in the crawl's one transaction: a killed run continues with the same book."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from scrapy import Request

import parsers
from archive.collection.urls import canonical
from archive.history.facts import Asked, Came, Facts, Read, Row
from crawler.state.journal import Journal
from crawler.state.known import without_words


class Book:
    """The facts of a run's account.

    :param same: the address without what changes with every visit
    :param withheld: ids of talks whose words are not written down
    """

    def __init__(
        self, journal: Journal, site: str, same: Callable[[str], str], withheld: frozenset[str] = frozenset()
    ) -> None:
        self.journal, self.site, self.same, self.withheld = journal, site, same, withheld
        self.run = ""
        self.of_list: defaultdict[str, set[str]] = defaultdict(set)
        self.pages: defaultdict[str, dict[int, parsers.PageRequest]] = defaultdict(dict)

    def open(self, run: str) -> None:
        """Begin, or continue with, the book of a run."""
        self.run, db = run, self.journal.db
        db.execute("DELETE FROM facts WHERE site = ? AND run <> ?", (self.site, run))
        for fact in self.done_lists():
            self.of_list[fact["list"]] |= set(fact["keys"])

    def done_lists(self) -> list[dict[str, Any]]:
        """List pages whose links are all out: one that was in flight is read again, and must then look new."""
        query = "SELECT url FROM frontier WHERE site = ? GROUP BY url HAVING min(state = 'done')"
        done = {row[0] for row in self.journal.db.execute(query, (self.site,))}
        return [fact for fact in self._of("read") if fact["url"] in done]

    def key(self, url: str, method: str = "GET", body: bytes = b"") -> str:
        """What distinguishes a request from all others of the run."""
        key = canonical(self.same(url))
        return key if method == "GET" and not body else f"{key} {method} {hashlib.sha256(body).hexdigest()[:16]}"

    def key_of(self, request: Request) -> str:
        """The same of a request."""
        return self.key(request.url, request.method, request.body)

    def _note(self, kind: str, **fact: Any) -> None:
        self.journal.begin()
        text = json.dumps(fact, ensure_ascii=False)
        self.journal.db.execute(
            "INSERT INTO facts(site, run, kind, fact) VALUES (?, ?, ?, ?)", (self.site, self.run, kind, text)
        )

    # ── what the spider notes ───────────────────────────────────────────────────────────────────────────────────────

    def asked(self, request: Request) -> None:
        """A page of the site is to be asked for."""
        meta = request.meta
        body = base64.b64encode(request.body).decode() if request.body else ""
        self._note(
            "asked", key=self.key_of(request), url=request.url, role=meta["role"], number=meta.get("number", 1),
            list=meta.get("list", ""), via=meta.get("via", ""), method=request.method, body=body,
        )  # fmt: skip

    def row(self, item: parsers.ListItem, page: Request, met: str) -> None:
        """A list page names an entry.

        :param met: see :class:`archive.history.facts.Row`
        """
        item = without_words(item, self.withheld)
        self._note(
            "row", key=self.key(item.url), url=item.url, title=item.title, list=self.key_of(page), met=met,
            date=item.date, text=item.text,
        )  # fmt: skip

    def single(self, request: Request) -> None:
        """The given page is no list: it is the one entry."""
        self._note("row", key=self.key_of(request), url=request.url, title="", list="", met="")

    def is_fresh(self, request: Request, links: parsers.Links) -> bool:
        """Whether a list page names an entry that its list has not named before; they are known from now on."""
        keys = {self.key(item.url) for item in links.items}
        known = self.of_list[request.meta.get("list") or self.key_of(request)]
        fresh = bool(keys - known)
        known |= keys
        return fresh

    def read(self, request: Request, links: parsers.Links, *, fresh: bool, unread: str = "") -> None:
        """A list page was read."""
        key = self.key_of(request)
        rows = (*(item.url for item in links.items), *links.repeated)
        self._note(
            "read", key=key, url=request.url, keys=[self.key(url) for url in rows], fresh=fresh, pages=links.declared,
            items=links.declared_items, ways=self._ways(links), unread=unread,
            list=request.meta.get("list") or key,
        )  # fmt: skip

    def _ways(self, links: parsers.Links) -> list[list[str]]:
        """What leads on and is not followed: key (empty where it is no address), target, words."""
        return [[self.key(w.target) if w.target.startswith("http") else "", w.target, w.words] for w in links.ways_on]

    def further(self, first: str, links: parsers.Links) -> None:
        """The pages of a list that one of them shows."""
        for page in (*links.pages, *links.further):
            self.pages[first].setdefault(page.number, page)

    def behind(self, first: str, number: int) -> parsers.PageRequest | None:
        """The next page of a list that is shown behind that number."""
        return next((page for n, page in sorted(self.pages[first].items()) if n > number), None)

    def came(
        self,
        request: Request,
        status: int | None,
        why: str = "",
        *,
        refused: bool = False,
        target: str = "",
        cut: bool = False,
    ) -> None:
        """What came of an address; the last word holds.

        :param cut: its coding breaks off; a body that breaks off is known by its capture
        """
        cut = cut or bool((request.meta.get("capture") or {}).get("truncated"))
        self._note(
            "came", key=self.key_of(request), status=status, why=why, refused=refused,
            target=self.key(target) if target else "", cut=cut,
        )  # fmt: skip

    # ── what the account is made from ───────────────────────────────────────────────────────────────────────────────

    def _of(self, kind: str) -> list[dict[str, Any]]:
        rows = self.journal.db.execute("SELECT fact FROM facts WHERE run = ? AND kind = ? ORDER BY n", (self.run, kind))
        return [json.loads(row[0]) for row in rows]

    def requests(self) -> dict[str, dict[str, Any]]:
        """How each address was asked for, by key."""
        return {fact["key"]: fact for fact in reversed(self._of("asked"))}

    def facts(self) -> Facts:
        """All that is noted; what the archive has of it is not known here."""
        asked = {
            f["key"]: Asked(f["key"], f["url"], f["role"], f["number"], f["list"], f["via"])
            for f in reversed(self._of("asked"))
        }
        read = {
            f["key"]: Read(
                f["key"], tuple(f["keys"]), f["fresh"], f["pages"], f["items"], tuple((*way,) for way in f["ways"]), f["unread"]
            )
            for f in self._of("read")
        }  # fmt: skip
        return Facts(
            asked=tuple(reversed(asked.values())),
            rows=tuple(Row(**f) for f in self._of("row")),
            read=read,
            came={f["key"]: Came(**f) for f in self._of("came")},
        )
