"""What became of the files of a package: objects, events and agents in PREMIS 3."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from archive import VERSION
from archive.collection import clock
from archive.collection.sql import rows_of
from archive.export.xml_text import clean
from archive.handover.four_properties import DIGESTS, STRUCTURE, Check
from archive.handover.payloads import Payloads
from archive.handover.scanning import Scanner
from archive.ledger.chain import Entry
from archive.warc.formats import Format

NAME = "premis.xml"
NAMESPACE = "http://www.loc.gov/premis/v3"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_EVENTS = "http://id.loc.gov/vocabulary/preservation/eventType"
#: Terms of the Library of Congress for types of events, each with the last part of its address.
_TERMS = {
    "capture": "cap", "ingestion": "ing", "fixity check": "fix", "validation": "val", "format identification": "for", "virus check": "vir",
}  # fmt: skip
#: Which checks of the four-property report are events.
_CHECKS = {DIGESTS: "fixity check", STRUCTURE: "validation"}
_WARC = {"1.0": "fmt/289", "1.1": "fmt/1281"}
_PAYLOADS = """SELECT c.id, c.sha256, c.bytes, c.warc_file, c.record_id FROM captures c JOIN chosen x ON x.id = c.id
WHERE c.type <> 'revisit' AND c.bytes > 0 ORDER BY c.warc_file, c.warc_offset"""
_RUNS = """SELECT c.run, r.started_at, r.ended_at, r.verdict, json_group_array(DISTINCT c.warc_file) AS files
FROM captures c JOIN chosen x ON x.id = c.id JOIN runs r ON r.id = c.run GROUP BY c.run ORDER BY c.run"""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done to objects.

    :param at: ISO time, or two with a slash between them; ``objects`` names of WARC files
    """

    kind: str
    number: str
    at: str
    detail: str
    outcome: str
    note: str
    agents: tuple[str, ...]
    objects: tuple[str, ...]


@dataclass(slots=True)
class Told:
    """What is written: the parts of a package, and what was checked.

    :param files: the members of the WACZ, as its list of resources has them, WARC files with their ``version``
    :param entries: the ledger
    :param operator: who keeps the collection
    """

    db: sqlite3.Connection
    files: list[dict[str, Any]]
    entries: Iterable[Entry]
    operator: str
    payloads: Payloads
    checks: list[Check]

    @property
    def warcs(self) -> list[dict[str, Any]]:
        """The WARC files among the members."""
        return [file for file in self.files if str(file["path"]).startswith("archive/")]


def write(told: Told, folder: Path) -> None:
    """Write :data:`NAME` into a folder, one object after the other: there may be a million."""
    with (folder / NAME).open("wb") as stream, etree.xmlfile(stream, encoding="utf-8") as out:
        out.write_declaration()
        with out.element(_tag("premis"), {"version": "3.0"}, nsmap={"premis": NAMESPACE, "xsi": _XSI}):
            for file in told.warcs:
                out.write(_file(file), pretty_print=True)
            for row in rows_of(told.db, _PAYLOADS):
                out.write(_bitstream(row, told.payloads.format_of.get(row["id"])), pretty_print=True)
            for event in _events(told):
                out.write(_event(event), pretty_print=True)
            for identifier, name, kind, version in _agents(told):
                out.write(_agent(identifier, name, kind, version), pretty_print=True)


# ── objects ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _file(file: dict[str, Any]) -> etree._Element:
    """A WARC file; the gzip layer around its records is one level of composition."""
    path = str(file["path"])
    made = _object("premis:file", "filename", path)
    version = str(file.get("version") or "")
    warc = Format(_WARC.get(version, ""), "WARC", version, "application/warc")
    level = "1" if path.endswith(".gz") else "0"
    _characteristics(made, level, str(file["hash"]).removeprefix("sha256:"), int(file["bytes"]), warc)
    _add(made, "originalName", path.rpartition("/")[2])
    return made


def _bitstream(row: dict[str, Any], found: Format | None) -> etree._Element:
    """The payload of a record, in the file that has it."""
    made = _object("premis:bitstream", "WARC-Record-ID", row["record_id"])
    _characteristics(made, "0", row["sha256"], row["bytes"], found)
    relation = _add(made, "relationship")
    _add(relation, "relationshipType", "structural")
    _add(relation, "relationshipSubType", "is part of")
    _identify(relation, "relatedObjectIdentifier", "filename", f"archive/{row['warc_file']}")
    return made


def _object(kind: str, identifier: str, value: str) -> etree._Element:
    made = etree.Element(_tag("object"), nsmap={"premis": NAMESPACE, "xsi": _XSI})
    made.set(f"{{{_XSI}}}type", kind)
    _identify(made, "objectIdentifier", identifier, value)
    return made


def _characteristics(made: etree._Element, level: str, sha256: str, size: int, found: Format | None) -> None:
    inside = _add(made, "objectCharacteristics")
    _add(inside, "compositionLevel", level)
    fixity = _add(inside, "fixity")
    _add(fixity, "messageDigestAlgorithm", "SHA-256")
    _add(fixity, "messageDigest", sha256)
    _add(inside, "size", str(size))
    kind = _add(inside, "format")
    designation = _add(kind, "formatDesignation")
    _add(designation, "formatName", found.name if found else "unknown")
    if found and found.version:
        _add(designation, "formatVersion", found.version)
    if found and found.puid:
        registry = _add(kind, "formatRegistry")
        _add(registry, "formatRegistryName", "PRONOM")
        _add(registry, "formatRegistryKey", found.puid)
        if found.by == "declared":
            _add(kind, "formatNote", "by the type that it was served with")


# ── events and agents ───────────────────────────────────────────────────────────────────────────────────────────────


def _events(told: Told) -> Iterator[Event]:
    names, now = tuple(str(file["path"]) for file in told.warcs), clock.stamp()
    yield from _captures(told)
    yield from _ingestions(told, names)
    for check in told.checks:
        if kind := _CHECKS.get(check.item):
            yield Event(kind, "1", now, check.item, check.result, check.detail, ("software",), names)
    found = told.payloads.formats
    counts = ", ".join(f"{puid} {count}" for puid, count in sorted(found.items()))
    outcome = "partial" if found["unknown"] else "success"
    yield Event(
        "format identification", "1", now, "signatures of PRONOM's formats", outcome, counts, ("software",), names
    )
    if told.payloads.scanner is not None:
        yield _scan(told.payloads.scanner, now, names)


def _captures(told: Told) -> Iterator[Event]:
    """The crawls that brought something of it."""
    for row in rows_of(told.db, _RUNS):
        when = "/".join(filter(None, (row["started_at"], row["ended_at"])))
        files = tuple(f"archive/{name}" for name in json.loads(row["files"]))
        agents = ("software", "operator")
        yield Event("capture", row["run"], when, f"crawl run {row['run']}", str(row["verdict"]), "", agents, files)


def _scan(scanner: Scanner, now: str, names: tuple[str, ...]) -> Event:
    outcome = "fail" if scanner.found else "partial" if scanner.failed else "pass"
    words = (f"{failure.url} ({failure.capture}): {failure.words}" for failure in (*scanner.found, *scanner.failed))
    note = "; ".join((f"{scanner.clean} clean", *words))
    return Event("virus check", "1", now, "each payload, by clamd", outcome, note, ("scanner",), names)


def _ingestions(told: Told, names: tuple[str, ...]) -> Iterator[Event]:
    """When a file was entered into the ledger, and where it is from."""
    seen = set()
    for entry in told.entries:
        name = f"archive/{entry.data.get('name')}"
        if entry.type != "warc" or name not in names or name in seen:
            continue
        seen.add(name)
        origin = entry.data.get("origin") or {}
        kind = f"{origin.get('kind')} of {origin.get('file')}" if origin else "written by a crawl"
        detail = f"ledger entry {entry.number}, {kind}"
        yield Event("ingestion", str(entry.number), str(entry.data.get("at")), detail, "success", "", ("software", "operator"), (name,))  # fmt: skip


def _event(event: Event) -> etree._Element:
    made = etree.Element(_tag("event"), nsmap={"premis": NAMESPACE})
    _identify(made, "eventIdentifier", "local", f"{event.kind.replace(' ', '-')}-{event.number}")
    kind = _add(made, "eventType", event.kind)
    kind.set("authority", "eventType")
    kind.set("authorityURI", _EVENTS)
    kind.set("valueURI", f"{_EVENTS}/{_TERMS[event.kind]}")
    _add(made, "eventDateTime", event.at)
    _add(_add(made, "eventDetailInformation"), "eventDetail", event.detail)
    outcome = _add(made, "eventOutcomeInformation")
    _add(outcome, "eventOutcome", event.outcome)
    if event.note:
        _add(_add(outcome, "eventOutcomeDetail"), "eventOutcomeDetailNote", event.note)
    for agent in event.agents:
        _identify(made, "linkingAgentIdentifier", "local", agent)
    for name in event.objects:
        _identify(made, "linkingObjectIdentifier", "filename", name)
    return made


def _agents(told: Told) -> Iterator[tuple[str, str, str, str]]:
    """Id, name, type and version."""
    yield "software", "fangtan", "software", VERSION
    yield "operator", told.operator, "organization", ""
    if told.payloads.scanner is not None:
        yield "scanner", "clamd", "software", told.payloads.scanner.version


def _agent(identifier: str, name: str, kind: str, version: str) -> etree._Element:
    made = etree.Element(_tag("agent"), nsmap={"premis": NAMESPACE})
    _identify(made, "agentIdentifier", "local", identifier)
    _add(made, "agentName", name)
    _add(made, "agentType", kind)
    if version:
        _add(made, "agentVersion", version)
    return made


# ── elements ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    made = etree.SubElement(parent, _tag(name))
    if text is not None:
        made.text = clean(text)
    return made


def _identify(parent: etree._Element, name: str, kind: str, value: str) -> None:
    made = _add(parent, name)
    _add(made, f"{name}Type", kind)
    _add(made, f"{name}Value", value)
