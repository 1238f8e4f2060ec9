"""TEI in the shape of Parla-CLARIN / ParlaMint: an interview a file, its turns as ``u``, a root that includes them all.

Persons and organisations stand once, in ``listPerson.xml`` and ``listOrg.xml``, which the root includes: ``who`` of a
turn leads there. Every file of a talk, and the root with all files included, is valid TEI P5 (``tei_all``).
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from lxml import etree

from archive.export.rows import Interview, interviews
from archive.export.tei_people import TEI, XML_ID, People, write_xml
from archive.export.tei_people import sub as _sub
from archive.research.filters import Filter

XI = "http://www.w3.org/2001/XInclude"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: ParlaMint's categories of speakers, as far as they fit.
ROLES = {
    "host": "chair",
    "guest": "guest",
    "netizen": "guest",
    "reporter": "guest",
    "narrator": "guest",
    "unknown": "guest",
}
_NAMES: Any = {None: TEI, "xi": XI}
_SECONDS = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?)?)?")


def write(db: sqlite3.Connection, only: Filter, folder: Path) -> list[Path]:
    """``interviews/<uid>.xml``, ``listPerson.xml``, ``listOrg.xml`` and ``corpus.xml``."""
    (folder / "interviews").mkdir()
    root = etree.Element(f"{{{TEI}}}teiCorpus", {XML_ID: "fangtan", _XML_LANG: "zh"}, nsmap=_NAMES)
    header = _sub(root, "teiHeader")
    description = _sub(header, "fileDesc")
    _sub(_sub(description, "titleStmt"), "title", "政务访谈语料 Interviews of county governments", type="main")
    _sub(_sub(description, "publicationStmt"), "p", "Exported by fangtan.")
    _sub(_sub(description, "sourceDesc"), "p", "Web pages of county governments, kept in WARC.")
    classes = _sub(_sub(_sub(header, "encodingDesc"), "classDecl"), "taxonomy", xml_id="speaker_types")
    for name, meaning in {"chair": "host of the talk 主持人", "guest": "anybody else who speaks 嘉宾、网友等"}.items():
        _sub(_sub(classes, "category", xml_id=name), "catDesc", meaning)
    with People(folder) as people:
        for interview in interviews(db, only):
            name = f"interviews/{interview.facts['uid']}.xml"
            write_xml(_document(interview, people), folder / name)
            etree.SubElement(root, f"{{{XI}}}include", {"href": name})
    if people.paths:
        listed = _sub(_sub(header, "profileDesc"), "particDesc")
        for path in people.paths:
            etree.SubElement(listed, f"{{{XI}}}include", {"href": path.name})
    write_xml(root, folder / "corpus.xml")
    return [folder / "corpus.xml", *people.paths, *sorted((folder / "interviews").iterdir())]


def _date(parent: Any, value: str) -> None:
    """A date as precise as it is known: ``when`` takes days and times with seconds,
    ``when-iso`` a time without them. A time of day alone has no date.
    """
    if ":" in value[:3]:
        _sub(parent, "time", value, when_iso=value)
    elif _SECONDS.fullmatch(value):
        _sub(parent, "date", value, when=value)
    else:
        _sub(parent, "date", value, when=value[:10], when_iso=value.replace(" ", "T"))


def _document(interview: Interview, people: People) -> Any:
    facts, uid = interview.facts, f"i{interview.facts['uid']}"
    root = etree.Element(f"{{{TEI}}}TEI", {XML_ID: uid, _XML_LANG: "zh"}, nsmap=_NAMES)
    header = _sub(root, "teiHeader")
    _describe(_sub(header, "fileDesc"), interview)
    ids = people.of(interview)
    division = _sub(_sub(_sub(root, "text"), "body"), "div", type="debateSection")
    if facts["theme"]:
        _sub(division, "head", facts["theme"])
    if not interview.turns:
        _sub(division, "p", f"({facts['kind']}: no dialogue)")
    for turn in interview.turns:
        _sub(division, "note", turn["speaker"], type="speaker")
        if turn["time"]:
            _date(_sub(division, "note", type="time"), turn["time"])
        name = f"i{turn['id']}"
        who, ana = f"#{ids[turn['seq']]}", f"#{ROLES[turn['role']]}"
        utterance = _sub(division, "u", xml_id=name, who=who, ana=ana)
        for number, words in enumerate(turn["text"].split("\n"), 1):
            _sub(utterance, "seg", words, xml_id=f"{name}.{number}")
    return root


def _describe(description: Any, interview: Interview) -> None:
    """Title, extent, publication and source of the file."""
    facts, turns = interview.facts, len(interview.turns)
    title = facts["title"] or facts["url"]
    _sub(_sub(description, "titleStmt"), "title", title, type="main")
    _sub(_sub(description, "extent"), "measure", f"{turns} turns", unit="turns", quantity=str(turns))
    publication = _sub(description, "publicationStmt")
    _sub(publication, "publisher", facts["site_name"] or facts["site"] or "")
    _sub(publication, "idno", facts["url"], type="URI")
    if facts["published_at"]:
        _date(publication, facts["published_at"])
    source = _sub(_sub(description, "sourceDesc"), "bibl")
    _sub(source, "title", title)
    _sub(source, "idno", facts["record_id"], type="WARC-Record-ID")
    _sub(source, "idno", facts["payload_sha256"], type="SHA-256")
    if facts["time_start"]:
        _date(source, facts["time_start"])
