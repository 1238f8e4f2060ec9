"""The list of a package's files in METS, which leads to the events in PREMIS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from lxml import etree

from archive.collection.files import sha256_file
from archive.export.xml_text import clean

NAME = "mets.xml"
NAMESPACE = "http://www.loc.gov/METS/"
_XLINK = "http://www.w3.org/1999/xlink"
_DC = "http://purl.org/dc/elements/1.1/"
_SPACES = {"mets": NAMESPACE, "xlink": _XLINK, "dc": _DC}
_TYPES = {
    ".csv": "text/csv", ".json": "application/json", ".jsonl": "application/jsonl", ".xml": "application/xml", ".gz": "application/gzip",
    ".wacz": "application/wacz", ".idx": "text/plain", ".html": "text/html",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Described:
    """What a package is of.

    :param created: ISO time
    """

    identifier: str
    title: str
    created: str
    operator: str
    software: str


def write(folder: Path, described: Described, events: str) -> None:
    """Write :data:`NAME` into a folder, about all files in it.

    :param events: the file of events among them
    """
    root = etree.Element(_tag("mets"), nsmap=_SPACES)
    root.set("OBJID", clean(described.identifier))
    root.set("LABEL", clean(described.title))
    root.set("TYPE", "web archive")
    _header(root, described)
    _description(root, described)
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != NAME)
    _events(root, folder / events)
    _listed(root, folder, files)
    with (folder / NAME).open("wb") as out:
        etree.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _header(root: etree._Element, described: Described) -> None:
    header = _add(root, "metsHdr", CREATEDATE=described.created)
    keeper = _add(header, "agent", ROLE="CREATOR", TYPE="ORGANIZATION")
    _add(keeper, "name").text = clean(described.operator)
    program = _add(header, "agent", ROLE="CREATOR", TYPE="OTHER", OTHERTYPE="SOFTWARE")
    _add(program, "name").text = clean(described.software)


def _description(root: etree._Element, described: Described) -> None:
    wrap = _add(_add(root, "dmdSec", ID="dmd-1"), "mdWrap", MDTYPE="DC")
    data = _add(wrap, "xmlData")
    said = (
        ("title", described.title),
        ("identifier", described.identifier),
        ("publisher", described.operator),
        ("type", "Collection"),
    )
    for name, text in said:
        etree.SubElement(data, f"{{{_DC}}}{name}").text = clean(text)


def _events(root: etree._Element, path: Path) -> None:
    section = _add(_add(root, "amdSec", ID="amd-1"), "digiprovMD", ID="premis-1")
    _place(_add(section, "mdRef", MDTYPE="PREMIS", MIMETYPE="application/xml", **_facts(path)), path.name)


def _listed(root: etree._Element, folder: Path, files: Iterable[Path]) -> None:
    """The files by the folder that they are in, and the same as a structure."""
    section = _add(root, "fileSec")
    top = _add(_add(root, "structMap", TYPE="physical"), "div", TYPE="package", DMDID="dmd-1", ADMID="amd-1")
    groups: dict[str, tuple[etree._Element, etree._Element]] = {}
    for number, path in enumerate(files, 1):
        name = path.relative_to(folder).as_posix()
        use = name.rpartition("/")[0] or "metadata"
        if use not in groups:
            groups[use] = _add(section, "fileGrp", USE=use), _add(top, "div", TYPE="folder", LABEL=use)
        group, division = groups[use]
        identifier = f"file-{number}"
        kind = _TYPES.get(path.suffix, "application/octet-stream")
        _place(_add(_add(group, "file", ID=identifier, MIMETYPE=kind, ADMID="amd-1", **_facts(path)), "FLocat"), name)
        _add(division, "fptr", FILEID=identifier)


def _facts(path: Path) -> dict[str, str]:
    return {"SIZE": str(path.stat().st_size), "CHECKSUM": sha256_file(path), "CHECKSUMTYPE": "SHA-256"}


def _place(made: etree._Element, name: str) -> None:
    made.set("LOCTYPE", "URL")
    made.set(f"{{{_XLINK}}}type", "simple")
    made.set(f"{{{_XLINK}}}href", quote(name))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, _tag(name), attributes)
