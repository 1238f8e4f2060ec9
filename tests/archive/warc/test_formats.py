"""Formats by their bytes, and the header of a record that says so."""

import gzip
import io
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.warc.exchange import Exchange, records_of
from archive.warc.formats import UNKNOWN, identify


def zipped(name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(name, "<w/>")
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
BYTES = {
    "x-fmt/390": b"\xff\xd8\xff\xe1\0\x40Exif\0\0II*\0" + bytes(9) + b"\x90\x07\0\x04\0\0\0000210",
    "x-fmt/391": b"\xff\xd8\xff\xe1\0\x40Exif\0\0MM\0*" + bytes(9) + b"\x90\0\0\x07\0\0\0\x040220",
    "fmt/645": b"\xff\xd8\xff\xe1\0\x40Exif\0\0MM\0*" + bytes(9) + b"\x90\0\0\x07\0\0\0\x040221",
    "fmt/1507": b"\xff\xd8\xff\xe1\0\x40Exif\0\0MM\0*" + bytes(9) + b"\x90\0\0\x07\0\0\0\x040232",
    "fmt/43": b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01",
    "fmt/41": b"\xff\xd8\xff\xdb",
    "fmt/11": b"\x89PNG\r\n\x1a\n" + bytes(20) + b"IDAT",
    "fmt/12": b"\x89PNG\r\n\x1a\n" + bytes(20) + b"sRGB" + bytes(8) + b"IDAT",
    "fmt/3": b"GIF87a",
    "fmt/4": b"GIF89a",
    "fmt/115": b"BM" + bytes(12) + (12).to_bytes(4, "little"),
    "fmt/117": b"BM" + bytes(12) + (40).to_bytes(4, "little") + bytes(8) + b"\1\0\x20\0\3\0\0\0",
    "fmt/566": b"RIFF\0\0\0\0WEBPVP8 ",
    "fmt/141": b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0",
    "fmt/142": b"RIFF\0\0\0\0WAVEfmt \x12\0\0\0\1\0",
    "fmt/143": b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0\xfe\xff",
    "fmt/6": b"RIFF\0\0\0\0WAVEJUNK",
    "fmt/116": b"BM" + bytes(12) + (40).to_bytes(4, "little"),
    "fmt/18": b"%PDF-1.4\n",
    "fmt/276": b"\n%PDF-1.7\n",
    "fmt/1129": b"%PDF-2.0\n",
    "fmt/354": b"%PDF-1.4\n<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>",
    "fmt/479": b"%PDF-1.7\n<rdf:Description pdfaid:part='3' pdfaid:conformance='A'/>",
    "fmt/39": OLE + "WordDocument".encode("utf-16-le") + b"Word.Document.6\0",
    "fmt/59": OLE + "Book\0".encode("utf-16-le") + b"\x09\x08\x08\0\0\5\5\0",
    "fmt/40": OLE + "WordDocument".encode("utf-16-le"),
    "fmt/61": OLE + "Workbook".encode("utf-16-le"),
    "fmt/111": OLE,
    "fmt/412": zipped("word/document.xml"),
    "fmt/214": zipped("xl/workbook.xml"),
    "x-fmt/263": zipped("anything.txt"),
    "fmt/199": b"\0\0\0\x18ftypmp42",
    "fmt/357": b"\0\0\0\x18ftyp3gp5",
    "fmt/1101": b"\0\0\0\x18ftypheic",
    "x-fmt/384": b"\0\0\0\x18ftypqt  ",
    "": b"\0\0\0\x18ftypavif",
    "fmt/91": b'<?xml version="1.0"?><svg width="1" version="1.0">',
    "fmt/92": b'<?xml version="1.0"?><svg width="1" version="1.1">',
    "fmt/98": b'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">',
    "fmt/97": b'<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">',
    "fmt/103": b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN">',
    "fmt/471": b"<!-- x -->\n<!DOCTYPE html>\n<html>",
    "fmt/102": b'\xef\xbb\xbf<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN">',
    "fmt/96": b"<html><head>",
    "fmt/101": b"<?xml version='1.0'?><a/>",
}


@pytest.mark.parametrize("puid", BYTES)
def test_bytes_decide_whatever_the_label_says(puid):
    assert identify(BYTES[puid], "text/plain").puid == puid


@pytest.mark.parametrize(
    ("data", "kind", "puid"),
    [
        (b"h1 { color: red }", "text/css", "x-fmt/224"),
        (b"alert(1)", "application/x-javascript; charset=gbk", "x-fmt/423"),
        (b'{"a": 1}', "application/json", "fmt/817"),
        (b"BMW goes to the county seat", "text/plain", "x-fmt/111"),
        (b"\0\1\2", "text/css", ""),
        (b"", "text/html", ""),
        (b"a, b", "application/x-own", ""),
    ],
)
def test_text_without_a_signature_is_what_it_was_served_as(data, kind, puid):
    assert identify(data, kind).puid == puid


def test_names_and_versions_are_those_of_pronom():
    told = {puid: (found.name, found.version) for puid in BYTES if (found := identify(BYTES[puid]))}
    assert told["fmt/18"] == ("Acrobat PDF 1.4 - Portable Document Format", "1.4")
    assert told["fmt/1129"] == ("PDF 2.0 - Portable Document Format", "2.0")
    assert told["fmt/566"] == ("WebP", "Lossy")
    assert told["fmt/1507"] == ("Exchangeable Image File Format (Compressed)", "2.3.x")


@given(st.binary(max_size=200), st.sampled_from([None, "text/html", "image/png", "x"]))
def test_any_bytes_have_a_format_or_none(data, kind):
    found = identify(data, kind)
    assert (found.by == "") == (found is UNKNOWN)


def record_of(body, *headers):
    head = "".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", *headers, f"Content-Length: {len(body)}", ""))
    exchange = Exchange("http://a.example/1", "GET", b"GET /1 HTTP/1.1\r\n\r\n", head.encode() + body, None, datetime(2026, 1, 1, tzinfo=UTC))  # fmt: skip
    (headers_of, _), *_ = records_of(exchange)[0]
    return dict(headers_of).get("WARC-Identified-Payload-Type")


def test_a_record_says_what_its_payload_is():
    assert record_of(b"GIF89a" + bytes(20), "Content-Type: text/html") == "image/gif"
    assert (
        record_of(gzip.compress(b"<html><body>x"), "Content-Type: text/plain", "Content-Encoding: gzip") == "text/html"
    )
    assert record_of(b"h1 { color: red }", "Content-Type: text/css") is None, "nothing but its label says so"
    assert record_of(b"not gzip at all", "Content-Encoding: gzip") is None
