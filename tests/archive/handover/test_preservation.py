"""What a transfer package says of its files: formats, events in PREMIS, the list in METS, a virus scanner's word."""

import csv
import hashlib
import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree
from support.foreign import exchange, quiet, writer_for
from support.ports import dead_port
from support.running import faults
from support.servers.clamd import FOUND, LIMIT, SILENT, VERSION, Clamd
from support.servers.real_clamd import MARK, NAME, real_clamd
from support.takedowns import holding
from support.talks import HOST, talk

from archive.errors import ConfigError
from archive.handover import mets
from archive.handover.imports import take
from archive.handover.scanning import Scanner
from archive.handover.transfer import transfer

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(17) + b"IDAT" + bytes(30)
BODIES = {
    "/a.png": (PNG, "image/png"),
    "/b.pdf": (b"%PDF-1.4\n" + FOUND, "application/octet-stream"),
    "/c.css": (b"h1 { color: red } /* " + SILENT + b" */", "text/css; charset=utf-8"),
    "/d.gif": (b"GIF89a" + bytes(40) + LIMIT, "image/png"),
    "/e.dat": (b"\0\1\2 nobody knows", "application/x-own"),
}
SPACES = {"p": "http://www.loc.gov/premis/v3", "m": "http://www.loc.gov/METS/", "x": "http://www.w3.org/1999/xlink"}
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"


@quiet
def _files(path):
    with path.open("wb") as stream:
        writer = writer_for(stream, warc_version="1.1")
        for name, (body, kind) in BODIES.items():
            exchange(writer, HOST + name, body, [("Content-Type", kind)], **{"WARC-Date": "2024-03-05T00:00:00Z"})


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preservation")
    made = holding(folder, ("/zxft/1.html", "2024-03-05", talk("今年一共修了十二公里。")))
    _files(folder / "b.warc.gz")
    take(made, [folder / "b.warc.gz"])
    return made


@pytest.fixture(scope="module")
def bag(collection, tmp_path_factory):
    where, _ = transfer(collection, output=tmp_path_factory.mktemp("bag") / "bag")
    assert faults(collection) == []
    return where / "data"


@pytest.fixture(scope="module")
def premis(bag):
    return etree.parse(bag / "premis.xml").getroot()


def sheet(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def texts(found, path):
    return [node.text for node in found.xpath(path, namespaces=SPACES)]


def test_formats_are_told_by_the_bytes_and_not_by_the_label(bag):
    told = {row["网址 URL"].removeprefix(HOST): row["格式标识 PUID"] for row in sheet(bag / "formats.csv")}
    assert told == {"/zxft/1.html": "fmt/96", "/a.png": "fmt/11", "/b.pdf": "fmt/18", "/c.css": "x-fmt/224", "/d.gif": "fmt/4", "/e.dat": ""}  # fmt: skip
    assert [row["格式标识 PUID"] for row in sheet(bag / "metadata.csv")] == ["fmt/96"]


def test_every_object_has_what_premis_requires(premis):
    assert (premis.tag, premis.get("version")) == (f"{{{SPACES['p']}}}premis", "3.0")
    order = [etree.QName(node).localname for node in premis]
    assert order == sorted(order, key=["object", "event", "agent"].index)
    objects = premis.findall("p:object", SPACES)
    assert [node.get(XSI) for node in objects] == ["premis:file"] * 2 + ["premis:bitstream"] * 6
    for path in ("p:objectIdentifier/p:objectIdentifierValue", "p:objectCharacteristics/p:fixity/p:messageDigest", "p:objectCharacteristics/p:size",
                 "p:objectCharacteristics/p:format/p:formatDesignation/p:formatName"):  # fmt: skip
        assert all(len(texts(node, path)) == 1 for node in objects), path
    puids = texts(premis, "p:object//p:formatRegistryKey")
    assert sorted(puids) == sorted(["fmt/289", "fmt/1281", "fmt/96", "fmt/11", "fmt/18", "fmt/4", "x-fmt/224"])
    digests = {hashlib.sha256(body).hexdigest() for body, _ in BODIES.values()}
    assert digests <= set(texts(premis, "p:object[@xsi:type='premis:bitstream']//p:messageDigest".replace("@xsi:type", "@*[local-name()='type']")))  # fmt: skip


def test_events_say_what_happened_and_lead_to_objects_and_agents(premis):
    kinds = texts(premis, "p:event/p:eventType")
    assert kinds == ["ingestion", "ingestion", "fixity check", "validation", "format identification"]
    assert len(set(texts(premis, "p:event/p:eventIdentifier/p:eventIdentifierValue"))) == len(kinds)
    named = set(texts(premis, "p:object/p:objectIdentifier/p:objectIdentifierValue"))
    assert set(texts(premis, "p:event/p:linkingObjectIdentifier/p:linkingObjectIdentifierValue")) <= named
    assert (
        set(texts(premis, "p:object/p:relationship/p:relatedObjectIdentifier/p:relatedObjectIdentifierValue")) <= named
    )
    agents = set(texts(premis, "p:agent/p:agentIdentifier/p:agentIdentifierValue"))
    assert set(texts(premis, "p:event/p:linkingAgentIdentifier/p:linkingAgentIdentifierValue")) <= agents
    assert all("合格 pass" in words for words in texts(premis, "p:event[p:eventType='validation']//p:eventOutcome"))


def test_mets_lists_every_file_as_it_is(bag):
    mets = etree.parse(bag / "mets.xml").getroot()
    listed = {}
    for file in mets.xpath("m:fileSec/m:fileGrp/m:file", namespaces=SPACES):
        (place,) = file.xpath("m:FLocat/@x:href", namespaces=SPACES)
        listed[unquote(place)] = (int(file.get("SIZE")), file.get("CHECKSUM"), file.get("CHECKSUMTYPE"))
    there = {p.relative_to(bag).as_posix(): p.read_bytes() for p in bag.rglob("*") if p.is_file() and p.name != "mets.xml"}  # fmt: skip
    assert listed == {name: (len(data), hashlib.sha256(data).hexdigest(), "SHA-256") for name, data in there.items()}
    ids = mets.xpath("m:fileSec/m:fileGrp/m:file/@ID", namespaces=SPACES)
    assert sorted(mets.xpath("m:structMap//m:fptr/@FILEID", namespaces=SPACES)) == sorted(ids)
    assert mets.xpath("m:amdSec/m:digiprovMD/m:mdRef/@x:href", namespaces=SPACES) == ["premis.xml"]
    assert [etree.QName(node).localname for node in mets] == ["metsHdr", "dmdSec", "amdSec", "fileSec", "structMap"]


def test_words_that_xml_cannot_hold_do_not_stop_mets(tmp_path):
    (tmp_path / "premis.xml").write_bytes(b"<premis/>")
    mets.write(
        tmp_path, mets.Described("a\x01", "访谈\x0b\ud800", "2024-03-01T00:00:00Z", "馆\x00", "fangtan"), "premis.xml"
    )
    root = etree.parse(tmp_path / mets.NAME).getroot()
    assert root.get("LABEL") == "访谈\ufffd\ufffd"
    assert root.xpath("m:metsHdr/m:agent/m:name/text()", namespaces=SPACES)[0] == "馆\ufffd"


# ── the scanner ─────────────────────────────────────────────────────────────────────────────────────────────────────


def scanned(collection, address, output):
    (collection.root / "fangtan.toml").write_text(f"[scan]\nclamd = {json.dumps(address)}\n", "utf-8")
    try:
        where, _ = transfer(collection, output=output)
    finally:
        (collection.root / "fangtan.toml").unlink()
    report = json.loads((where / "data" / "four-properties.json").read_text("utf-8"))
    (row,) = (line for line in report if "malware" in line["item"])
    return where / "data", row


@pytest.mark.parametrize("kind", ["port", "socket"])
def test_a_scanner_judges_each_payload_and_its_failures_concern_one(collection, tmp_path, kind):
    with Clamd(tmp_path / "s" if kind == "socket" else None) as clamd:
        data, row = scanned(collection, clamd.address, tmp_path / "bag")
    said = {r["网址 URL"].removeprefix(HOST): r["病毒检测 Malware scan"] for r in sheet(data / "formats.csv")}
    assert said == {"/zxft/1.html": "clean", "/a.png": "clean", "/b.pdf": "Test.Virus", "/c.css": "not checked", "/d.gif": "not checked", "/e.dat": "clean"}  # fmt: skip
    assert row["result"] == "不合格 fail"
    assert "Test.Virus in http://a.example.gov.cn/b.pdf; 3 payload(s) clean, ClamAV 1.4.3" in row["detail"]
    assert PNG in clamd.asked, "the payload itself, without its record"
    premis = etree.parse(data / "premis.xml")
    event = "p:event[p:eventType='virus check']"
    assert texts(premis, f"{event}//p:eventOutcome") == ["fail"]
    (note,) = texts(premis, f"{event}//p:eventOutcomeDetailNote")
    assert "INSTREAM size limit exceeded. ERROR" in note
    assert texts(premis, "p:agent[p:agentName='clamd']/p:agentVersion") == [VERSION]


@pytest.mark.needs("clamd")
def test_a_clamd_of_debian_answers_as_the_double_does(tmp_path_factory):
    with real_clamd(tmp_path_factory.mktemp("c")) as socket:
        scanner = Scanner(str(socket))
        assert scanner.scan(b"a page", "u", "1") == "clean"
        assert scanner.scan(b"", "u", "2") == "clean"
        assert scanner.scan(b"it has " + MARK, "u", "3") == NAME
        assert scanner.scan(bytes(3 << 20), "u", "4") == "not checked"
        assert scanner.scan(b"the next page", "u", "5") == "clean"
    assert scanner.version.startswith("ClamAV ")
    assert [(f.capture, f.words) for f in scanner.failed] == [("4", "INSTREAM size limit exceeded. ERROR")]


def test_what_the_scanner_did_not_judge_is_not_checked(collection, tmp_path):
    with dead_port() as port:
        data, row = scanned(collection, f"127.0.0.1:{port}", tmp_path / "bag")
    assert row["result"] == "未检测 not checked"
    assert row["detail"].startswith("6 not judged, the first: ")
    assert Path(data / "mets.xml").exists()


def test_a_wrong_address_of_the_scanner_is_named(collection, tmp_path):
    with pytest.raises(ConfigError, match="host:port"):
        scanned(collection, "no such thing", tmp_path / "bag")
    assert not (tmp_path / "bag").exists()
