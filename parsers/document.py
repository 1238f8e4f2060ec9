"""A payload opened: decoded, parsed, cut into lines; what :func:`parsers.parse` and :func:`parsers.links` share."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from parsers.families import Family, View, detect
from parsers.families.body import Body, Index, find_body
from parsers.header.labels import Field, fields_of
from parsers.header.meta import head_title, meta_tags
from parsers.page.addresses import Base
from parsers.page.decode import Decoded, decode
from parsers.page.dom import Element, Survey, base_url, parse_html
from parsers.page.lines import Line, lines_of
from parsers.patterns import compiled
from parsers.record import Evidence, Payload
from parsers.talk.written import write_in


@dataclass
class Page:
    """One HTML payload with everything the rules look at, computed on demand and once.

    :ivar changed: its tree is no longer as it came: words of scripts or of other parts were put into it
    """

    payload: Payload
    decoded: Decoded
    root: Element
    remarks: list[str]
    family: str | None = None
    grafted: dict[Element, int] = field(default_factory=dict)
    steps: dict[Element, dict[Element, str]] = field(default_factory=dict)
    changed: bool = False

    @classmethod
    def open(cls, payload: Payload, family: str | None = None) -> Page:
        """Decode and parse a payload.

        :param family: what the site's file says; pages that have only another family's marks are read as that
        :raises parsers.errors.PageError: no document, or a limit is exceeded
        """
        decoded = decode(payload.data, payload.content_type)
        remarks = list(payload.remarks)
        # An answer may consist of a refresh header alone.
        text = decoded.text if decoded.text.strip() or not payload.refresh else "<html></html>"
        root = parse_html(text, payload.url, remarks)
        return cls(payload, decoded, root, remarks, family)

    @cached_property
    def base(self) -> Base:
        """What the page's links are resolved against."""
        return Base(base_url(self.root, self.payload.url), _charset(self.decoded, self.payload))

    @cached_property
    def view(self) -> View:
        """What families see."""
        linked = self.payload.link or ""
        return View(self.payload.url, self.base, self.root, self.decoded.text, self.survey, linked=linked)

    def view_with(self, files: str) -> View:
        """What families see with the text of the script files that were fetched for the page."""
        return replace(self.view, files=files) if files else self.view

    @cached_property
    def detected(self) -> tuple[Family, str]:
        """Family and the rule that fired."""
        return detect(self.view, self.family)

    @cached_property
    def tags(self) -> dict[str, str]:
        """Meta tags by lower-case name."""
        return meta_tags(self.root)

    @cached_property
    def head(self) -> str:
        """The text of ``<title>``."""
        return head_title(self.root)

    @cached_property
    def survey(self) -> Survey:
        """The elements by id, class and visibility."""
        return Survey(self.root)

    @cached_property
    def lines(self) -> list[Line]:
        """Printed lines."""
        return lines_of(self.survey, self.payload.url)

    @cached_property
    def visible(self) -> list[Line]:
        """The lines that a reader sees."""
        return [line for line in self.lines if not line.hidden]

    @cached_property
    def all_fields(self) -> list[Field]:
        """Printed metadata, visible lines only, that of other talks in the margin included."""
        return fields_of(self.visible)

    @cached_property
    def fields(self) -> list[Field]:
        """Printed metadata of this page."""
        return [f for f in self.all_fields if not f.foreign]

    @cached_property
    def body(self) -> Body:
        """The article's body."""
        return find_body(Index(self.survey, self.visible), self.detected[0], self.root)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the payload."""
        return hashlib.sha256(self.payload.data).hexdigest()

    def graft(self, other: Page, part: int) -> None:
        """Append another part's body to this page's body, before lines are cut: a turn may break across pages."""
        target = self.body.element
        for child in list(other.body.element):
            target.append(child)
            self.grafted[child] = part
        self._forget()
        other._forget()

    def write_in(self) -> bool:
        """Show what the page's own scripts write; whether that could be a talk."""
        found = write_in(self.root, self.payload.url)
        if found:
            self._forget()
        return found

    def _forget(self) -> None:
        """The tree was changed: read again what was read of it."""
        self.changed = True
        self.steps.clear()
        for name in ("survey", "view", "lines", "visible", "all_fields", "fields", "body"):
            self.__dict__.pop(name, None)

    def _xpath(self, element: Element) -> str:
        """The element's path, as ``getpath`` writes it; that one counts siblings each time: slow on long pages."""
        steps: list[str] = []
        parent = element.getparent()
        while parent is not None:
            if parent not in self.steps:
                self.steps[parent] = _steps(parent, self.survey)
            steps.append(self.steps[parent][element])
            element, parent = parent, parent.getparent()
        return "/" + "/".join([str(element.tag), *reversed(steps)])

    def evidence(self, method: str, raw: str, line: Line | None, start: int = 0, end: int = 0) -> Evidence:
        """The proof of a value that is in ``line[start:end]`` (or, without a line, in an attribute or script)."""
        if line is None:
            return Evidence(method, raw, raw, payload_sha256=self.digest)
        holder = next((element for s, e, element in line.segments if s <= start < e), line.block)
        part = (
            next((self.grafted[e] for e in (line.block, *line.block.iterancestors()) if e in self.grafted), 0)
            if self.grafted
            else 0
        )
        xpath = self._xpath(holder)
        text = line.text
        return Evidence(
            method,
            raw,
            text[start:end],
            text[max(0, start - 20) : start],
            text[end : end + 20],
            xpath,
            start,
            end,
            part,
            self.digest,
        )


_GB18030 = compiled(r"charset\s*=\s*[\"']?\s*gb18030", re.IGNORECASE)


def _charset(decoded: Decoded, payload: Payload) -> str:
    """The charset in which browsers encode the query of the page's links: gb2312 is GBK to them, UTF-16 is UTF-8."""
    if decoded.encoding == "gb18030":
        return "gb18030" if _GB18030.search(f"{payload.content_type} {decoded.text[:4096]}") else "gbk"
    return "utf-8" if decoded.encoding.startswith("utf-") else decoded.encoding


def _steps(parent: Element, survey: Survey) -> dict[Element, str]:
    """The path step of each child element: its tag, numbered where the tag occurs more than once."""
    alike: dict[str, list[Element]] = {}
    place = survey.places[parent]
    child, end = place + 1, survey.ends[place]
    while child < end:
        if isinstance(tag := survey.tags[child], str):
            alike.setdefault(tag, []).append(survey.elements[child])
        child = survey.ends[child]
    steps: dict[Element, str] = {}
    for tag, children in alike.items():
        if len(children) == 1:
            steps[children[0]] = tag
        else:
            steps.update((each, f"{tag}[{number}]") for number, each in enumerate(children, 1))
    return steps
