"""One list of the persons who speak and one of their organisations, for all files of a TEI corpus."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from lxml import etree

from archive.export.rows import Interview
from archive.export.xml_text import clean

TEI = "http://www.tei-c.org/ns/1.0"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_NAMES: Any = {None: TEI}


def sub(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
    """A TEI element at the end of another one; ``xml_id`` is its id, ``_`` in a name is ``-``."""
    names = {k.replace("_", "-") if k != "xml_id" else XML_ID: clean(v) for k, v in attributes.items()}
    element = etree.SubElement(parent, f"{{{TEI}}}{tag}", names)
    if text is not None:
        element.text = clean(text)
    return element


def write_xml(root: Any, path: Path) -> None:
    """Write a document; not by its file's name, in which lxml would decode percent signs."""
    with path.open("wb") as out:
        etree.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _hashed(prefix: str, name: str) -> str:
    return prefix + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(slots=True)
class _Person:
    """Who speaks in several talks: posts by organisation and title with the first and last day of a talk."""

    name: str
    role: str
    posts: dict[tuple[str, str], list[str]] = field(default_factory=dict)


class People:
    """``listPerson.xml`` and ``listOrg.xml``, complete on leaving; labels that name nobody are written at once.

    :ivar paths: those of the two that list somebody; TEI has no empty list
    """

    def __init__(self, folder: Path) -> None:
        self.paths: list[Path] = []
        self._folder, self._listed = folder, 0
        self._persons: dict[str, _Person] = {}
        self._organizations: dict[tuple[str, str], str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        out = self._stack.enter_context((self._folder / "listPerson.xml").open("wb"))
        self._file = self._stack.enter_context(etree.xmlfile(out, encoding="utf-8"))
        self._file.write_declaration()
        self._stack.enter_context(self._file.element(f"{{{TEI}}}listPerson", nsmap=_NAMES))
        return self

    def __exit__(self, *_: object) -> None:
        for name, person in sorted(self._persons.items()):
            self._write(self._element(_hashed("p", name), person.name, person.role, name, self._of(name, person)))
        self._stack.close()
        if self._listed:
            self.paths.append(self._folder / "listPerson.xml")
        else:
            (self._folder / "listPerson.xml").unlink()
        if self._organizations:
            self.paths.append(self._folder / "listOrg.xml")
            self._write_organizations(self.paths[-1])

    def _write_organizations(self, path: Path) -> None:
        listed = etree.Element(f"{{{TEI}}}listOrg", nsmap=_NAMES)
        for (site, name), xml_id in sorted(self._organizations.items()):
            organization = sub(listed, "org", xml_id=xml_id)
            sub(organization, "orgName", name)
            if site:
                sub(organization, "idno", site, type="site")
        write_xml(listed, path)

    def of(self, interview: Interview) -> dict[int, str]:
        """The ids of those who say the turns of an interview, by the place of the turn."""
        ids, labels = dict[int, str](), dict[str, str]()
        for turn in interview.turns:
            who = interview.who(turn)
            if who["person"]:
                ids[turn["seq"]] = _hashed("p", who["person"])
                self._meet(interview, who)
                continue
            if who["name"] not in labels:
                labels[who["name"]] = f"i{interview.facts['uid']}.p{len(labels) + 1}"
                self._write(self._element(labels[who["name"]], who["name"], who["role"], "", ()))
            ids[turn["seq"]] = labels[who["name"]]
        return ids

    def _meet(self, interview: Interview, who: dict[str, Any]) -> None:
        """Note a person, the post of this talk, and when."""
        person = self._persons.setdefault(who["person"], _Person(who["name"], who["role"]))
        if who["organization"] or who["title"]:
            days = person.posts.setdefault((who["organization"] or "", who["title"] or ""), [])
            days[:] = sorted({*days, str(interview.facts["date"] or "")[:10]} - {""})

    def _of(self, name: str, person: _Person) -> Iterable[tuple[str, str, list[str]]]:
        """The posts of a person: the id of the organisation, the title, the days."""
        site = name.partition("/")[0]
        for (organization, title), days in person.posts.items():
            xml_id = _hashed("o", f"{site}/{organization}") if organization else ""
            if organization:
                self._organizations[site, organization] = xml_id
            yield xml_id, " ".join(filter(None, (organization, title))), days

    def _element(
        self, xml_id: str, name: str, role: str, known_as: str, posts: Iterable[tuple[str, str, list[str]]]
    ) -> Any:
        person = etree.Element(f"{{{TEI}}}person", {XML_ID: xml_id, "role": role}, nsmap=_NAMES)
        sub(person, "persName", name)
        for organization, post, days in posts:
            reference = {"ref": f"#{organization}"} if organization else {}
            known = {"notBefore": days[0], "notAfter": days[-1]} if days else {}
            sub(person, "affiliation", post, **reference, **known)
        if known_as:
            sub(person, "idno", known_as, type="fangtan")
        return person

    def _write(self, element: Any) -> None:
        self._listed += 1
        self._file.write(element, "\n")
