"""Which captures form one interview: a pure function of what was captured, in any order.

Captures meet under the canonical address of their page. Addresses meet when they carry the same talk (same date, same
guests, same first turns). The uid is the hash of the address that was captured first; the other addresses' hashes lead
to the same interview (:mod:`archive.store.names`). Versions follow the captures in time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.collection.urls import uid_of
from parsers.page.text import squeeze
from parsers.record import INTERVIEW_KINDS, Record


@dataclass(frozen=True, slots=True)
class PageCapture:
    """One capture of one page address, read.

    :param kind: the reading's kind; ``gone`` for 404, 410 and soft 404s; ``error`` for what says nothing about the
        page; ``part`` for a part that no page was read with
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


def content_of(record: Mapping[str, Any]) -> str:
    """A digest over the record's fixed keys: equal readings have equal content. When each turn was printed to be said
    is no part of it, so stores of before that was read keep their versions.

    :param record: in plain JSON types
    """
    keys = ("kind", "title", "published_at", "source", "theme", "time", "guests")
    turns = [{key: value for key, value in turn.items() if key != "time"} for turn in record["turns"]]
    text = json.dumps({**{k: record[k] for k in keys}, "turns": turns}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def talk_of(record: Record, key: str, content: str) -> str | None:
    """What identifies a talk wherever it is printed; ``None`` when the record says too little to be sure.

    A page without a talk (a notice, a video) is the same under addresses that differ in parameters alone, if it says
    the same.

    :param key: the page's canonical address
    :param content: what :func:`content_of` says of the record
    """
    opening = squeeze("".join(t.text for t in record.turns[:3]))
    if len(record.turns) < 3 or len(opening) < 60:
        return _page_of(record, key, content)
    day = (record.time.start if record.time else record.published_at or "")[:10]
    guests = sorted(g.name or g.organization or "" for g in record.guests)
    return hashlib.sha256(json.dumps([day, guests, opening], ensure_ascii=False).encode()).hexdigest()[:32]


def _page_of(record: Record, key: str, content: str) -> str | None:
    """What identifies a page without a talk."""
    files = [*record.media, *record.attachments]
    if not record.title or not any((record.published_at, record.time, record.guests, record.turns, files)):
        return None
    page = [key.partition("?")[0], content, files]
    return hashlib.sha256(json.dumps(page).encode()).hexdigest()[:32]


#: The names of the turns of a reading, by the digest of its content (:func:`archive.store.names.words_of`).
Words = Callable[[str], frozenset[str]]


def group(captures: list[PageCapture], words: Words) -> Interview | None:
    """The interview that these captures (all of one group of addresses) form; ``None`` when none of them is one."""
    ordered = sorted((c for c in captures if c.kind != "part"), key=lambda c: c.order)
    read = [c for c in ordered if c.kind in INTERVIEW_KINDS and c.content]
    if not read:
        return None
    first, loose = read[0], [c for c in captures if c.kind == "part" and c.content]
    leading = _leading(ordered, first.key, words)
    versions, newest = _versions(read, loose, leading, words)
    keys, url = _addresses(ordered, leading[-1])
    return Interview(
        uid_of(first.key), url, keys, versions, newest, first.fetched_at, read[-1].fetched_at, _gone_at(ordered)
    )


def _addresses(ordered: list[PageCapture], primary: str) -> tuple[tuple[tuple[str, str, str, str], ...], str]:
    """The addresses of an interview as :attr:`Interview.keys` has them, and the one that is shown."""
    firsts = {capture.key: capture for capture in reversed(ordered)}
    keys = tuple((k, c.url, "page" if k == primary else "same talk", c.fetched_at) for k, c in sorted(firsts.items()))
    own = [c for c in ordered if c.key == primary]
    return keys, next((c.url for c in reversed(own) if c.listed), own[-1].url)


def _leading(ordered: list[PageCapture], first: str, words: Words) -> list[str]:
    """The address that was captured first, until it is gone; then the one that speaks for the interview, if that is
    another.

    Another address that answers speaks when it says all that the first one says and words that the first one never
    said.
    """
    alive = _alive(ordered)
    keys = list(dict.fromkeys(c.key for c in ordered if c.key in alive))
    lead = first if first in alive or not keys else keys[0]
    if len(alive) < 2:
        return [lead]
    ever = frozenset[str]().union(*(words(c.content) for c in ordered if c.key == lead and c.content))
    speaker, most = lead, words(alive[lead])
    for key in keys:
        said = words(alive[key])
        if said > most and not said <= ever:
            speaker, most = key, said
    return list(dict.fromkeys([lead, speaker]))


def _alive(ordered: list[PageCapture]) -> dict[str, str]:
    """What each address says last, of those that still answer with an interview."""
    last = {c.key: c for c in ordered if c.kind != "error"}
    return {key: c.content for key, c in last.items() if c.kind in INTERVIEW_KINDS and c.content}


@dataclass(slots=True)
class _Making:
    """Versions in the making: contents with their captures, and where each address is."""

    leading: list[str]
    words: Words
    made: list[tuple[str, list[PageCapture]]] = field(default_factory=list)
    at: dict[str, int] = field(default_factory=dict)

    def place(self, capture: PageCapture) -> int | None:
        """The version of a capture, a new one where none fits; ``None`` for a part whose words are there already."""
        here, content = self.at.get(capture.key), capture.content or ""
        if here is not None and self.made[here][0] == content:
            return here
        leads = capture.key in self.leading
        among = [self.at[key] for key in self.leading if key in self.at] if leads else range(len(self.made))
        found = _holding(self.made, among, content, None if leads else self.words)
        if found is None:
            self.made.append((content, []))
            return len(self.made) - 1
        return None if capture.kind == "part" else found

    def add(self, capture: PageCapture) -> None:
        """Take the next capture."""
        here = self.place(capture)
        if here is not None:
            self.made[here][1].append(capture)
            self.at[capture.key] = here


def _versions(
    read: list[PageCapture], loose: list[PageCapture], leading: list[str], words: Words
) -> tuple[tuple[Version, ...], int]:
    """The versions in time, and the number of the one that the speaking address says last.

    Each change of a leading address is a version. A reading of another address belongs to one that is equal, else to
    one that has all its words; where no version has them, it is a version of its own: joining loses no word.
    """
    making = _Making(leading, words)
    # What the leading addresses say decides; then the others' words find their place.
    for capture in sorted([*read, *loose], key=lambda c: (c.kind == "part", c.key not in leading, c.order)):
        making.add(capture)
    made = making.made
    numbered = sorted(range(len(made)), key=lambda n: made[n][1][0].order)
    versions = []
    for number, n in enumerate(numbered, 1):
        captures = sorted(made[n][1], key=lambda c: (c.key != leading[-1], c.order))
        versions.append(Version(number, made[n][0], tuple(c.capture for c in captures)))
    return tuple(versions), numbered.index(making.at[leading[-1]]) + 1


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
