"""Which captures form one interview: a pure function of what was captured, in any order.

Captures meet under the canonical address of their page. Addresses meet when they carry the same talk (same date, same
guests, same first turns). The uid is the hash of the address that was captured first; the other addresses' hashes lead to the
same interview (:mod:`archive.store.names`). Versions follow the captures in time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from archive.collection.urls import uid_of
from parsers.page.text import squeeze
from parsers.record import INTERVIEW_KINDS, Record


@dataclass(frozen=True, slots=True)
class PageCapture:
    """One capture of one page address, read.

    :param kind: the reading's kind; ``gone`` for 404, 410 and soft 404s; ``error`` for what says nothing about the page;
        ``part`` for a part that no page was read with
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
    newest: int  # the number of the version that is shown
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


#: The names of the turns of a reading, by the digest of its content (:func:`archive.store.names.words_of`).
Words = Callable[[str], frozenset[str]]


def group(captures: list[PageCapture], words: Words) -> Interview | None:
    """The interview that these captures (all of one group of addresses) form; ``None`` when none of them is one."""
    ordered = sorted((c for c in captures if c.kind != "part"), key=lambda c: c.order)
    read = [c for c in ordered if c.kind in INTERVIEW_KINDS and c.content]
    if not read:
        return None
    first = read[0]
    loose = [c for c in captures if c.kind == "part" and c.content]
    leading = _leading(ordered, first.key, words)
    primary = leading[-1]
    versions, newest = _versions(read, loose, leading, words)
    own = [c for c in ordered if c.key == primary]
    urls: dict[str, PageCapture] = {}
    for capture in ordered:
        urls.setdefault(capture.key, capture)
    keys = tuple((k, c.url, "page" if k == primary else "same talk", c.fetched_at) for k, c in sorted(urls.items()))
    url = next((c.url for c in reversed(own) if c.listed), own[-1].url)
    return Interview(
        uid_of(first.key), url, keys, versions, newest, read[0].fetched_at, read[-1].fetched_at, _gone_at(ordered)
    )


def _leading(ordered: list[PageCapture], first: str, words: Words) -> list[str]:
    """The address that was captured first, until it is gone; then the one that speaks for the interview, if that is another.

    Another address that answers speaks when it says all that the first one says and words that the first one never said.
    """
    last = {c.key: c for c in ordered if c.kind != "error"}
    alive = {key: c.content for key, c in last.items() if c.kind in INTERVIEW_KINDS and c.content}
    lead = first if first in alive else next((c.key for c in ordered if c.key in alive), first)
    if len(alive) < 2:
        return [lead]
    speaker, most = lead, words(alive[lead] or "")
    ever = frozenset[str]().union(*(words(c.content) for c in ordered if c.key == lead and c.content))
    for key in dict.fromkeys(c.key for c in ordered if c.key in alive and c.key != lead):
        said = words(alive[key] or "")
        if said > most and not said <= ever:
            speaker, most = key, said
    return list(dict.fromkeys([lead, speaker]))


def _versions(
    read: list[PageCapture], loose: list[PageCapture], leading: list[str], words: Words
) -> tuple[tuple[Version, ...], int]:
    """The versions in time, and the number of the one that the speaking address says last.

    Each change of a leading address is a version. A reading of another address belongs to one that is equal, else to one
    that has all its words; where there is none, it is a version of its own: joining loses no word.
    """
    made: list[tuple[str, list[PageCapture]]] = []
    at: dict[str, int] = {}
    # What the leading addresses say decides; then the others' words find their place.
    for capture in sorted([*read, *loose], key=lambda c: (c.kind == "part", c.key not in leading, c.order)):
        here = at.get(capture.key)
        if here is None or made[here][0] != capture.content:
            now = [at[key] for key in leading if key in at] if capture.key in leading else range(len(made))
            found = _holding(made, now, capture.content or "", words if capture.key not in leading else None)
            here = len(made) if found is None else found
            if found is not None and capture.kind == "part":
                continue
            if found is None:
                made.append((capture.content or "", []))
        made[here][1].append(capture)
        at[capture.key] = here
    numbered = sorted(range(len(made)), key=lambda n: made[n][1][0].order)
    versions = tuple(
        Version(number, made[n][0], tuple(c.capture for c in sorted(made[n][1], key=lambda c: (c.key != leading[-1], c.order))))
        for number, n in enumerate(numbered, 1)
    )  # fmt: skip
    return versions, numbered.index(at[leading[-1]]) + 1


def _holding(
    made: list[tuple[str, list[PageCapture]]], among: Iterable[int], content: str, words: Words | None
) -> int | None:
    """The version with this content; with ``words`` given, else the latest one that has all its words."""
    among = list(among)
    equal = [n for n in among if made[n][0] == content]
    if equal or words is None:
        return equal[0] if equal else None
    own = words(content)
    return max((n for n in among if own <= words(made[n][0])), default=None)


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
