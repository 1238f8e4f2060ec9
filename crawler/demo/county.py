"""Three sites as tables of responses, and what was planted in them.

``generation`` 0 is the county as first met; 1 is later: one interview has been amended, one is gone.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files

from crawler.demo import content
from crawler.demo.content import COUNTY, NAMES, TOPICS, Topic


@dataclass(frozen=True)
class Planted:
    """A page whose record is known by construction."""

    path: str
    kind: str
    title: str
    published_at: str
    source: str | None
    theme: str | None
    time: tuple[str, str, str | None, str] | None
    guests: tuple[tuple[str | None, str | None, str | None], ...]
    turns: tuple[tuple[str, str | None, str, str], ...]


@dataclass(frozen=True)
class Reply:
    """What the server sends for a path."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    coding: str = ""  # gzip, chunked or both
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class DemoSite:
    """A site: replies by generation and path, and its planted pages."""

    name: str
    home: str = "/"
    replies: dict[str, Reply] = field(default_factory=dict)
    later: dict[str, Reply] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)

    def reply(self, path: str, generation: int) -> Reply | None:
        """The reply for a request target."""
        if generation and path in self.later:
            return self.later[path]
        return self.replies.get(path)


def png(red: int, green: int, blue: int, width: int = 24, height: int = 16) -> bytes:
    """A small picture of one colour."""
    row = b"\x00" + bytes((red, green, blue)) * width

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )


@dataclass(frozen=True)
class Talk:
    """One interview's facts, before any template."""

    number: int
    topic: Topic
    guest: str
    day: date
    year_variant: int

    @property
    def title(self) -> str:
        """Every second time round a topic gets a year, so that no two titles are equal."""
        return self.topic.title if not self.year_variant else f"{self.topic.title}（{self.day.year}年）"

    @property
    def surname(self) -> str:
        """Compound surnames count as one."""
        return self.guest[:2] if self.guest.startswith("欧阳") else self.guest[:1]

    @property
    def short_title(self) -> str:
        """What the host calls the guest: the last title without its rank."""
        last = self.topic.post.split("、")[-1]
        return last.removeprefix("副").removeprefix("四级")

    def opening(self) -> str:
        """The host's first words."""
        return content.OPENING.format(
            county=COUNTY,
            office=self.topic.office,
            post=self.topic.post,
            name=self.guest,
            title=self.title,
            surname=self.surname,
            short=self.short_title,
        )

    def speeches(self) -> list[tuple[str, tuple[str, ...]]]:
        """(``host`` or ``guest``, paragraphs) in order."""
        found: list[tuple[str, tuple[str, ...]]] = [("host", (self.opening(),)), ("guest", (content.GREETING,))]
        for question, answer in self.topic.exchanges:
            found += [("host", (question,)), ("guest", answer)]
        return [*found, ("host", (content.CLOSING,))]


def talks(first: int, count: int) -> list[Talk]:
    """Distinct talks; topics come round with other people and days."""
    start = date(2019, 3, 6)
    return [
        Talk(n, TOPICS[n % len(TOPICS)], NAMES[n % len(NAMES)], start + timedelta(days=37 * n), n // len(TOPICS))
        for n in range(first, first + count)
    ]


def planted(
    talk: Talk,
    path: str,
    host: str,
    guest: str,
    time: tuple[str, str, str | None, str],
    published: str,
    person_by_label: bool = True,
) -> Planted:
    """The record that a talk must give."""
    turns = tuple(
        (
            host if who == "host" else guest,
            None if who == "host" or not person_by_label else talk.guest,
            who,
            "\n".join(paragraphs),
        )
        for who, paragraphs in talk.speeches()
    )
    return Planted(
        path,
        "transcript",
        talk.title,
        published,
        f"{COUNTY}{talk.topic.office[1:]}",
        talk.title,
        time,
        ((talk.guest, talk.topic.office, talk.topic.post),),
        turns,
    )


def seed_page() -> bytes:
    """The hijacked page this project began with, as served."""
    return files("crawler.demo").joinpath("seed.html").read_bytes()
