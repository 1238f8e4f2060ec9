"""Which captures form one interview: a pure function of what was captured, in any order.

Captures meet under the canonical address of their page. Addresses meet when they carry the same talk (same date, same
guests, same first turns). The uid is the hash of the address that was captured first. Versions follow the captures in time.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from archive.urls import uid_of
from parsers.record import INTERVIEW_KINDS, Record
from parsers.text import squeeze


@dataclass(frozen=True, slots=True)
class PageCapture:
    """One capture of one page address, read.

    :param kind: the reading's kind; ``gone`` for 404, 410 and soft 404s; ``error`` for what says nothing about the page
    """

    capture: str
    key: str
    url: str
    fetched_at: str
    kind: str
    content: str | None
    talk: str | None
    listed: bool

    @property
    def order(self) -> tuple[str, str]:
        """Time, then record id."""
        return self.fetched_at, self.capture


@dataclass(frozen=True, slots=True)
class Version:
    """A distinct reading in time; ``captures`` are those it was read from, the first one decides."""

    number: int
    content: str
    captures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interview:
    """A group of page captures."""

    uid: str
    url: str
    keys: tuple[tuple[str, str, str, str], ...]  # key, url, reason, since
    versions: tuple[Version, ...]
    first_seen: str
    last_seen: str
    gone_at: str | None


def content_of(record: Record) -> str:
    """A digest over the record's fixed keys: equal readings have equal content."""
    keys = ("kind", "title", "published_at", "source", "theme", "time", "guests", "turns")
    whole = record.as_dict()
    text = json.dumps({k: whole[k] for k in keys}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def talk_of(record: Record, key: str) -> str | None:
    """What identifies a talk wherever it is printed; ``None`` when the record says too little to be sure.

    A page without a talk (a notice, a video) is the same under addresses that differ in parameters alone, if it says the same.

    :param key: the page's canonical address
    """
    opening = squeeze("".join(t.text for t in record.turns[:3]))
    if len(record.turns) < 3 or len(opening) < 60:
        files = [*record.media, *record.attachments]
        if not record.title or not (record.published_at or record.time or record.guests or record.turns or files):
            return None
        page = [key.partition("?")[0], content_of(record), files]
        return hashlib.sha256(json.dumps(page).encode()).hexdigest()[:32]
    day = (record.time.start if record.time else record.published_at or "")[:10]
    guests = sorted(g.name or g.organization or "" for g in record.guests)
    return hashlib.sha256(json.dumps([day, guests, opening], ensure_ascii=False).encode()).hexdigest()[:32]


def group(captures: list[PageCapture]) -> Interview | None:
    """The interview that these captures (all of one group of addresses) form; ``None`` when none of them is one."""
    ordered = sorted(captures, key=lambda c: c.order)
    read = [c for c in ordered if c.kind in INTERVIEW_KINDS and c.content]
    if not read:
        return None
    first = read[0]
    primary = _primary(ordered, first.key)
    versions = _versions(read, primary)
    own = [c for c in ordered if c.key == primary]
    urls: dict[str, PageCapture] = {}
    for capture in ordered:
        urls.setdefault(capture.key, capture)
    keys = tuple((k, c.url, "page" if k == primary else "same talk", c.fetched_at) for k, c in sorted(urls.items()))
    url = next((c.url for c in reversed(own) if c.listed), own[-1].url)
    return Interview(uid_of(first.key), url, keys, versions, read[0].fetched_at, read[-1].fetched_at, _gone_at(ordered))


def _primary(ordered: list[PageCapture], first: str) -> str:
    """The address that speaks for the interview: the first one, until it is gone and another still answers."""
    alive = {c.key: c.kind in INTERVIEW_KINDS for c in ordered if c.kind != "error"}
    if alive.get(first):
        return first
    others = [c.key for c in ordered if alive.get(c.key)]
    return others[0] if others else first


def _versions(read: list[PageCapture], primary: str) -> tuple[Version, ...]:
    """A version for each change of the primary address; other addresses' readings attach to an equal one, else to the newest."""
    own = [c for c in read if c.key == primary] or read
    numbered: list[tuple[str, list[str]]] = []
    for capture in own:
        if not numbered or numbered[-1][0] != capture.content:
            numbered.append((capture.content or "", []))
        numbered[-1][1].append(capture.capture)
    for capture in read:
        if capture not in own:
            target = next((captures for content, captures in numbered if content == capture.content), numbered[-1][1])
            target.append(capture.capture)
    return tuple(Version(n, content, tuple(captures)) for n, (content, captures) in enumerate(numbered, 1))


def _gone_at(ordered: list[PageCapture]) -> str | None:
    """When every address of the interview had stopped answering; ``None`` while one answers."""
    last: dict[str, PageCapture] = {}
    since: dict[str, str] = {}
    for capture in ordered:
        if capture.kind == "error":
            continue
        if capture.kind == "gone":
            since.setdefault(capture.key, capture.fetched_at)
        else:
            since.pop(capture.key, None)
        last[capture.key] = capture
    if last and all(c.kind == "gone" for c in last.values()):
        return max(since.values())
    return None
