"""A new CMS family from saved pages: its file with proposed marks,
and fixtures with what is read of the pages today.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import parsers
from archive.collection.folder import write_atomically
from archive.errors import ConfigError
from crawler.onboarding.contributing import expected
from parsers import families
from parsers.document import Page
from parsers.errors import PageError
from parsers.families import table
from parsers.page.decode import decode
from parsers.page.dom import Element
from parsers.record import INTERVIEW_KINDS, Payload, Record

#: Marks that are proposed at most.
MARKS = 5
_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
#: Browsers note where a page was saved from; sites name their address in the head.
_SAVED = re.compile(r"<!--\s*saved from url=\(\d+\)(?P<url>https?://[^\s>]+)\s*-->")
_CANONICAL = re.compile(
    r"""<link\b[^>]*\brel=["']?canonical["']?[^>]*\bhref=["'](?P<url>https?://[^"']+)["']""", re.IGNORECASE
)
#: What a CMS leaves in every page, most telling first: its name, its scripts and folders, its classes and ids, its
#: functions.
_LITERALS = (
    re.compile(r"""<meta\b[^>]*\bname=["']generator["'][^>]*\bcontent=["'](?P<text>[^"']{3,60})""", re.IGNORECASE),
    re.compile(r"""\b(?:src|href)=["'](?:https?://[^/"']+)?(?P<text>/?[^"'?#:]{1,200}\.(?:js|css))\b""", re.IGNORECASE),
    re.compile(r"""\b(?:class|id)=["'](?P<text>[^"']{1,200})["']""", re.IGNORECASE),
    re.compile(r"""\b(?P<text>[A-Za-z_$][\w$]{4,40}(?:\.[\w$]{2,40})?)\s*\("""),
)
#: What pages of any CMS call their files, folders, boxes and functions.
_COMMON = frozenset(
    [
        "theme",
        "themes",
        "style",
        "styles",
        "static",
        "public",
        "common",
        "global",
        "reset",
        "images",
        "image",
        "index",
        "portal",
        "default",
        "template",
        "templates",
        "resource",
        "resources",
        "assets",
        "script",
        "scripts",
        "jquery",
        "bootstrap",
        "swiper",
        "layui",
        "iconfont",
        "webfont",
        "header",
        "footer",
        "content",
        "container",
        "wrapper",
        "main",
        "alert",
        "function",
        "document",
        "window",
        "location",
        "return",
        "switch",
        "while",
        "catch",
        "typeof",
        "addEventListener",
        "getElementById",
        "querySelector",
        "setTimeout",
        "setInterval",
        "encodeURIComponent",
        "parseInt",
        "parseFloat",
    ]
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved page: what it is (``home``, ``list``, ``talk``, ``page``), its bytes and address, its source,
    its record.
    """

    role: str
    payload: Payload
    source: str
    record: Record | None

    @classmethod
    def read(cls, path: Path, base: str) -> Saved:
        """Read a page; its address is the one it names itself, else its file name below ``base``."""
        data = path.read_bytes()
        source = decode(data, None).text
        named = _SAVED.search(source) or _CANONICAL.search(source)
        payload = Payload(named["url"] if named else urljoin(base, path.name), data, "text/html")
        page = parsers.Opened(payload)
        try:
            record: Record | None = page.record()
        except PageError:
            record = None
        return cls(_role(page, record), payload, source, record)


def _role(page: parsers.Opened, record: Record | None) -> str:
    if record is not None and record.kind in INTERVIEW_KINDS:
        return "talk"
    found = page.links()
    if urlsplit(page.payload.url).path in ("", "/") or (found.sections and not found.is_list):
        return "home"
    return "list" if found.items else "page"


# ── marks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def literals(source: str) -> Iterator[str]:
    """Words of a source that its CMS may have left there, most telling first."""
    for pattern in _LITERALS:
        for match in pattern.finditer(source):
            yield from _words(match["text"])


def _words(text: str) -> Iterator[str]:
    for word in text.split():
        folders = [f"/{part}/" for part in word.split("/")[:-1] if part]
        for found in (*folders, word.rpartition("/")[2]) if "/" in word else (word,):
            stem = re.split(r"\d{2,}", found)[0]
            plain = re.sub(r"(?:[.-]min)?\.(?:js|css)$", "", stem.strip("/"))
            if 5 <= len(stem) <= 40 and len(plain) >= 4 and stem.isascii() and plain not in _COMMON:
                yield stem


def proposed(pages: Sequence[str], others: Iterable[str]) -> list[str]:
    """Literals that all pages share and no other source has, most telling first.

    :param pages: sources of pages of the family
    :param others: sources of pages of other families, and the marks of those
    """
    shared = [word for word in dict.fromkeys(literals(pages[0])) if all(word in page for page in pages[1:])]
    for other in others:
        shared = [word for word in shared if word not in other]
    chosen: list[str] = []
    for word in shared:
        if not _overlaps(word, chosen):
            chosen.append(word)
    return chosen[:MARKS]


def _overlaps(word: str, others: Iterable[str]) -> bool:
    return any(word in other or other in word for other in others)


def others_than(name: str, checkout: Path) -> Iterator[str]:
    """Sources of the fixtures of all other families, and all that their marks look for."""
    for path in sorted((checkout / "tests" / "families").glob("*/*.html")):
        if path.parent.name != name:
            yield decode(path.read_bytes(), None).text
    for path in sorted((checkout / "tests" / "pages").glob("*/page.html")):
        yield decode(path.read_bytes(), None).text
    yield "\n".join(repr(mark) for family in families.families() for _, _, mark in family.marks)


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────────

_FILE = '''"""{name}: say here what its addresses look like and where you saw it."""

from __future__ import annotations

import re

from parsers.families.base import About
from parsers.families.generic import Generic

FAMILY = Generic(
    name="{name}",
    # Proposed: what the saved pages share and no other family's fixture has. Remove what names the site.
    marks=(
{marks}
    ),
    selectors=({selectors}),
    article=re.compile(r"{article}"),
)

ABOUT = About(
    marks="{shown}",
    paging=("what `Generic` finds", "由 `Generic` 识别"),
    source=("saved pages", "保存的页面"),
)
'''


def _file(name: str, pages: Sequence[Saved], words: Sequence[str]) -> str:
    talks = [page for page in pages if page.role == "talk"]
    return _FILE.format(
        name=name,
        marks="\n".join(f"        (3, {json.dumps(word)}, ({json.dumps(word)},))," for word in words),
        selectors=", ".join(map(json.dumps, dict.fromkeys([*_bodies(talks), ".content", "#content"]))),
        article=_article([page.payload.url for page in talks]),
        shown=", ".join(f"`{word}`" for word in words[:3]),
    )


def _bodies(talks: Sequence[Saved]) -> Iterator[str]:
    """Selectors of the nearest element with an id or class around the first turn."""
    for talk in talks:
        evidence = talk.record.evidence.get("turns[1]") if talk.record else None
        found = cast("list[Element]", Page.open(talk.payload).root.xpath(evidence.xpath)) if evidence else []
        around = (
            _selector(box)
            for node in found[:1]
            for box in (node, *node.iterancestors("div", "td", "section", "article"))
        )
        yield from list(filter(None, around))[:1]


def _selector(box: Element) -> str:
    """``#id``, else ``.class``, else nothing."""
    classes = (box.get("class") or "").split()
    return f"#{box.get('id')}" if box.get("id") else f".{classes[0]}" if classes else ""


def _article(urls: Sequence[str]) -> str:
    """A pattern for the addresses of interviews: their last parts with any digits."""
    patterns = []
    for url in urls:
        tail = "/".join(urlsplit(url).path.rsplit("/", 1)[-1:])
        shape = re.sub(r"[0-9a-f]{16,}", "\0", tail)
        parts = re.split(r"(\0|\d+)", shape)
        patterns.append(
            "/"
            + "".join("[0-9a-f]{16,}" if p == "\0" else r"\d+" if p.isdigit() else re.escape(p) for p in parts)
            + "$"
        )
    return "|".join(dict.fromkeys(p for p in patterns if "+" in p or "{" in p)) or "(?!)"


# ── fixtures ────────────────────────────────────────────────────────────────────────────────────────────────────────


def reading(payload: Payload) -> dict[str, Any]:
    """What a fixture fixes of a page: its family, where it leads, its record where it is an interview."""
    opened = parsers.Opened(payload)
    found = opened.links()
    known: dict[str, Any] = {
        "url": payload.url,
        "content_type": payload.content_type,
        "family": opened.page.detected[0].name,
        "sections": [section.url for section in found.sections],
        "items": [[item.url, item.title, item.date] for item in found.items],
        "pages": [[page.method, page.url] for page in found.pages],
        "declared": found.declared,
    }
    try:
        record = opened.record()
    except PageError as error:
        return {**known, "error": type(error).__name__}
    return (
        {**known, "interview": expected(record)} if record.kind in INTERVIEW_KINDS else {**known, "kind": record.kind}
    )


def new(checkout: Path, name: str, paths: Sequence[Path], base: str) -> list[Path]:
    """Write a family's file and its fixtures, and generate the tables of families again.

    :param base: the address below which a page is that does not name its own
    :returns: what was written
    :raises ConfigError: a name that cannot be one, a family that is there, pages that share nothing of their own
    """
    module, folder = checkout / "parsers" / "families" / f"{name}.py", checkout / "tests" / "families" / name
    _check(checkout, name, (module, folder))
    pages = [Saved.read(path, base) for path in paths]
    words = proposed([page.source for page in pages], others_than(name, checkout))
    if not words:
        raise ConfigError(
            f"{name}: these {len(pages)} pages share no literal that the fixtures of other families lack; "
            "give fewer or other pages, all of one CMS"
        )
    written = [folder / f"{role}.html" for role in _names([page.role for page in pages])]
    try:
        write_atomically(module, _file(name, pages, words).encode())
        folder.mkdir(parents=True)
        for path, page in zip(written, pages, strict=True):
            write_atomically(path, page.payload.data)
        _load(checkout)
        known = {path.name: reading(page.payload) for path, page in zip(written, pages, strict=True)}
        write_atomically(folder / "expected.json", (json.dumps(known, ensure_ascii=False, indent=1) + "\n").encode())
    except BaseException:
        module.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return [module, *written, folder / "expected.json", *_tables(checkout)]


def _check(checkout: Path, name: str, targets: Iterable[Path]) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name}: a family's name is 2 to 31 of a–z, 0–9 and _, a letter first")
    if not (checkout / "parsers" / "families" / "base.py").is_file():
        raise ConfigError(f"{checkout}: expected a checkout of fangtan; name one with --checkout")
    for path in targets:
        if os.path.lexists(path):
            raise ConfigError(f"{path}: this family is there already; edit it, or choose another name")


def _names(roles: Sequence[str]) -> Iterator[str]:
    """``home``, ``list-1``, ``list-2``, ``talk-1`` …"""
    for number, role in enumerate(roles):
        count = roles[: number + 1].count(role)
        yield role if role == "home" and count == 1 else f"{role}-{count}"


def _load(checkout: Path) -> None:
    """Let the parsers of this process know the family that was just written."""
    place = checkout / "parsers" / "families"
    if not place.samefile(families.__path__[0]):
        families.__path__.append(str(place))
    importlib.invalidate_caches()
    families.families.cache_clear()
    families.addresses.cache_clear()


def _tables(checkout: Path) -> Iterator[Path]:
    for language, folder in (("en", checkout / "docs"), ("zh", checkout / "docs" / "zh")):
        if folder.is_dir():
            write_atomically(folder / "families.md", table.page(language).encode())
            yield folder / "families.md"
