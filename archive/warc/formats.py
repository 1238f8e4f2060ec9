"""Which format a payload has, as PRONOM names it (https://www.nationalarchives.gov.uk/PRONOM): by its bytes.

The table has what public sites serve. Identifiers, names and versions are those of PRONOM's signature file 118 and its
container signatures of 2024-05-01. Text without a signature of its own is named by the type that it was served with.
What is in none of these is unknown: no format is guessed. Media types are PRONOM's where they are registered with IANA.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from parsers.patterns import compiled
from parsers.record import media_type

#: So much of a payload is looked at for what has no fixed place.
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    :param puid: PRONOM's identifier; empty when unknown
    :param by: ``signature`` or ``declared``: what it was told by
    """

    puid: str
    name: str
    version: str
    media_type: str
    by: str = "signature"


UNKNOWN = Format("", "unknown", "", "application/octet-stream", "")


def identify(data: bytes, content_type: str | None = None) -> Format:
    """The format of a payload whose content codings are undone.

    :param content_type: the type that it was served with
    """
    head = bytes(data[:_HEAD])
    for pattern, found in _FIXED if _ANY_FIXED.match(head) else ():
        if pattern.match(head) and (said := found(data) if callable(found) else found) is not UNKNOWN:
            return said
    return _text(head) or _declared(head, content_type)


def identified(payload: bytes, codings: Sequence[str]) -> str | None:
    """The media type that the bytes of a payload show; ``None`` where they show none.

    :param codings: its content codings; of what is packed, the beginning is looked at
    """
    data: bytes | None = payload
    if codings:
        data = _unpacked(payload) if codings in (["gzip"], ["deflate"]) else None
    found = identify(data) if data else UNKNOWN
    return found.media_type if found.by == "signature" else None


def _unpacked(payload: bytes) -> bytes | None:
    """The beginning of a payload in gzip or zlib."""
    try:
        return zlib.decompressobj(47).decompress(payload[: 4 * _HEAD], 4 * _HEAD)
    except zlib.error:
        return None


def _pdf(data: bytes) -> Format:
    said = re.match(rb"\s*%PDF-(\d\.\d)", data[:_HEAD])
    version = said[1].decode() if said else ""
    if found := _pdf_a(data):
        return found
    name = "PDF 2.0" if version == "2.0" else f"Acrobat PDF {version}"
    return Format(_PDF.get(version, ""), f"{name} - Portable Document Format", version, "application/pdf")


def _pdf_a(data: bytes) -> Format | None:
    """PDF for archives says so in its metadata."""
    part, conformance = _PDF_A_PART.search(data), _PDF_A_CONFORMANCE.search(data)
    level = (part[1] + (conformance[1].lower() if conformance else b"")).decode() if part else ""
    puid = _PDF_A.get(level)
    return Format(puid, "Acrobat PDF/A - Portable Document Format", level, "application/pdf") if puid else None


def _jpeg(data: bytes) -> Format:
    head = data[:_HEAD]
    if head[6:11] == b"JFIF\0":
        version = f"{head[11]}.{head[12]:02}"
        if puid := _JFIF.get(version):
            return Format(puid, "JPEG File Interchange Format", version, "image/jpeg")
    elif head[6:12] == b"Exif\0\0" and (said := _EXIF_VERSION.search(data, 0, 1 << 16)):
        puid, version = _EXIF[said[1] or said[2]]
        return Format(puid, "Exchangeable Image File Format (Compressed)", version, "image/jpeg")
    return Format("fmt/41", "Raw JPEG Stream", "", "image/jpeg")


def _png(data: bytes) -> Format:
    before = data.partition(b"IDAT")[0]
    newer = any(name in before for name in (b"iCCP", b"sRGB", b"sPLT"))
    puid, version = ("fmt/13", "1.2") if b"iTXt" in data else ("fmt/12", "1.1") if newer else ("fmt/11", "1.0")
    return Format(puid, "Portable Network Graphics", version, "image/png")


def _webp(data: bytes) -> Format:
    kinds = {b"VP8 ": ("fmt/566", "Lossy"), b"VP8L": ("fmt/567", "Lossless"), b"VP8X": ("fmt/568", "Extended")}
    puid, version = kinds.get(bytes(data[12:16]), ("", ""))
    return Format(puid, "WebP", version, "image/webp") if puid else UNKNOWN


def _wave(data: bytes) -> Format:
    size, form = int.from_bytes(data[16:20], "little"), bytes(data[20:22])
    if data[12:16] != b"fmt ":
        puid, kind = "fmt/6", ""
    elif form == b"\xfe\xff":
        puid, kind = "fmt/143", " (WAVEFORMATEXTENSIBLE)"
    else:
        puid, kind = ("fmt/141", " (PCMWAVEFORMAT)") if size == 16 else ("fmt/142", " (WAVEFORMATEX)")
    return Format(puid, f"Waveform Audio{kind}", "", "audio/x-wav")


def _ole(data: bytes) -> Format:
    for words, found in _OLE:
        if all(name in data for name in words):
            return found
    return Format("fmt/111", "OLE2 Compound Document Format", "", "application/x-ole-storage")


def _zip(data: bytes) -> Format:
    for name, found in _ZIPPED:
        if name in data:
            return found
    return Format("x-fmt/263", "ZIP Format", "", "application/zip")


def _iso_media(data: bytes) -> Format:
    size, brand = min(int.from_bytes(data[:4]), 256), bytes(data[8:12])
    if brand == b"qt  ":
        return Format("x-fmt/384", "Quicktime", "", "video/quicktime")
    if re.match(rb"3g[eghprst4-9]", brand):
        return Format("fmt/357", "3GPP Audio/Video File", "", "video/3gpp")
    if brand in (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1"):
        return Format("fmt/1101", "High Efficiency Image File Format", "", "image/heif")
    if any(known in data[8:size] for known in (b"iso2", b"isom", b"mp41", b"mp42")):
        return Format("fmt/199", "MPEG-4 Media File", "", "video/mp4")
    return UNKNOWN


def _bitmap(data: bytes) -> Format:
    size = int.from_bytes(data[14:18], "little")
    puid, version = {
        12: ("fmt/115", "2.0"),
        40: ("fmt/117", "3.0 NT") if data[28:34] in _BITFIELDS else ("fmt/116", "3.0"),
        108: ("fmt/118", "4.0"),
        124: ("fmt/119", "5.0"),
    }.get(size, ("", ""))
    return Format(puid, "Windows Bitmap", version, "image/bmp") if puid else UNKNOWN


_PDF = {
    "1.0": "fmt/14", "1.1": "fmt/15", "1.2": "fmt/16", "1.3": "fmt/17", "1.4": "fmt/18", "1.5": "fmt/19", "1.6": "fmt/20", "1.7": "fmt/276",
    "2.0": "fmt/1129",
}  # fmt: skip
_PDF_A = {
    "1a": "fmt/95", "1b": "fmt/354", "2a": "fmt/476", "2b": "fmt/477", "2u": "fmt/478", "3a": "fmt/479", "3b": "fmt/480", "3u": "fmt/481",
    "4": "fmt/1910", "4e": "fmt/1911", "4f": "fmt/1912",
}  # fmt: skip
_PDF_A_PART = re.compile(rb"pdfaid:part(?:=[\"']|>)([1-4])")
_PDF_A_CONFORMANCE = re.compile(rb"pdfaid:conformance(?:=[\"']|>)([ABEFUabefu])")
#: The tag ExifVersion, in either byte order.
_EXIF_VERSION = compiled(rb"\x90\0\0\x07\0\0\0\x04(02[0-3]\d)|\0\x90\x07\0\x04\0\0\0(02[0-3]\d)")
_EXIF = {
    b"0200": ("x-fmt/398", "2.0"), b"0210": ("x-fmt/390", "2.1"), b"0220": ("x-fmt/391", "2.2"), b"0221": ("fmt/645", "2.21"),
    **{b"023%d" % digit: ("fmt/1507", "2.3.x") for digit in range(10)},
}  # fmt: skip
#: Bits a pixel and the compression BI_BITFIELDS.
_BITFIELDS = (b"\x10\0\x03\0\0\0", b"\x20\0\x03\0\0\0")
_JFIF = {"1.00": "fmt/42", "1.01": "fmt/43", "1.02": "fmt/44"}


def _wide(name: str) -> bytes:
    """A name as the directory of an OLE2 file has it."""
    return name.encode("utf-16-le")


_WORD_6 = Format("fmt/39", "Microsoft Word Document", "6.0/95", "application/msword")
_EXCEL_8 = Format("fmt/61", "Microsoft Excel 97 Workbook (xls)", "8", "application/vnd.ms-excel")
_OLE = (
    ((_wide("WordDocument"), b"Word.Document.6\0"), _WORD_6),
    ((_wide("WordDocument"), b"Word.Document.7\0"), _WORD_6),
    ((_wide("WordDocument"),), Format("fmt/40", "Microsoft Word Document", "97-2003", "application/msword")),
    ((_wide("Workbook"),), _EXCEL_8),
    ((_wide("Book\0"), b"\x09\x08"), Format("fmt/59", "Microsoft Excel 5.0/95 Workbook (xls)", "5/95", "application/vnd.ms-excel")),
    ((_wide("PowerPoint Document"),), Format("fmt/126", "Microsoft Powerpoint Presentation", "97-2003", "application/vnd.ms-powerpoint")),
)  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ZIPPED = (
    (b"word/document.xml", Format("fmt/412", "Microsoft Word for Windows", "2007 onwards", f"{_OFFICE}wordprocessingml.document")),
    (b"xl/workbook.xml", Format("fmt/214", "Microsoft Excel for Windows", "2007 onwards", f"{_OFFICE}spreadsheetml.sheet")),
    (b"ppt/presentation.xml", Format("fmt/215", "Microsoft Powerpoint for Windows", "2007 onwards", f"{_OFFICE}presentationml.presentation")),
)  # fmt: skip
#: What a payload begins with, and its format, or who looks further.
_FIXED: tuple[tuple[re.Pattern[bytes], Format | Callable[[bytes], Format]], ...] = tuple(
    (compiled(pattern, re.DOTALL), found)
    for pattern, found in (
        (rb"\xff\xd8\xff", _jpeg),
        (rb"\x89PNG\r\n\x1a\n", _png),
        (rb"GIF87a", Format("fmt/3", "Graphics Interchange Format", "87a", "image/gif")),
        (rb"GIF89a", Format("fmt/4", "Graphics Interchange Format", "89a", "image/gif")),
        (rb"RIFF....WEBP", _webp),
        (rb"RIFF....AVI ", Format("fmt/5", "Audio/Video Interleaved Format", "", "video/x-msvideo")),
        (rb"RIFF....WAVE", _wave),
        (rb"BM.{12}", _bitmap),
        (rb"II\*\0|MM\0\*", Format("fmt/353", "Tagged Image File Format", "", "image/tiff")),
        (rb"\0\0\x01\0[\x01-\xff]\0", Format("x-fmt/418", "Icon file format", "", "image/vnd.microsoft.icon")),
        (rb"\s*%PDF-\d\.\d", _pdf),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _ole),
        (rb"PK\x03\x04", _zip),
        (rb"Rar!\x1a\x07\0", Format("x-fmt/264", "RAR Archive", "2.0", "application/vnd.rar")),
        (rb"Rar!\x1a\x07\x01\0", Format("fmt/613", "RAR Archive", "5.0", "application/vnd.rar")),
        (rb"7z\xbc\xaf\x27\x1c", Format("fmt/484", "7Zip format", "", "application/x-7z-compressed")),
        (rb"\x1f\x8b\x08", Format("x-fmt/266", "GZIP Format", "", "application/gzip")),
        (rb"....ftyp", _iso_media),
        (rb"FLV\x01", Format("x-fmt/382", "Macromedia FLV", "1", "video/x-flv")),
        (rb"0&\xb2u\x8ef\xcf\x11", Format("fmt/131", "Advanced Systems Format", "", "application/vnd.ms-asf")),
        (rb"ID3|\xff[\xfb\xf3\xf2]", Format("fmt/134", "MPEG 1/2 Audio Layer 3", "", "audio/mpeg")),
    )
)
_ANY_FIXED = re.compile(b"|".join(pattern.pattern for pattern, _ in _FIXED), re.DOTALL)
_HTML = "Hypertext Markup Language"
#: A word in lower case, a pattern of what is in lower case, and what it shows.
_TEXTS = tuple(
    (word, compiled(pattern, re.DOTALL), found)
    for word, pattern, found in (
        (b"<!doctype", rb"<!doctype\s+html\s+public\s+.-//w3c//dtd xhtml 1\.0", Format("fmt/102", "Extensible Hypertext Markup Language", "1.0", "application/xhtml+xml")),
        (b"<!doctype", rb"<!doctype\s+html\s+public\s+.-//w3c//dtd xhtml 1\.1", Format("fmt/103", "Extensible Hypertext Markup Language", "1.1", "application/xhtml+xml")),
        (b"<!doctype", rb"<!doctype\s+html\s+public\s+.-//[\w ]{1,16}//dtd html 2\.0", Format("fmt/97", _HTML, "2.0", "text/html")),
        (b"<!doctype", rb"<!doctype\s+html\s+public\s+.-//[\w ]{1,16}//dtd html 3\.2", Format("fmt/98", _HTML, "3.2", "text/html")),
        (b"<!doctype", rb"<!doctype\s+html\s+public\s+.-//w3c//dtd html 4\.01", Format("fmt/100", _HTML, "4.01", "text/html")),
        (b"<!doctype", rb"<!doctype\s+html\s+public\s+.-//w3c//dtd html 4\.0", Format("fmt/99", _HTML, "4.0", "text/html")),
        (b"<!doctype", rb"<!doctype\s+html(?:\s+system\s+.about:legacy-compat.)?\s*>", Format("fmt/471", _HTML, "5", "text/html")),
        (b"<svg", rb"<svg\s[^>]*version=.1\.0", Format("fmt/91", "Scalable Vector Graphics", "1.0", "image/svg+xml")),
        (b"<svg", rb"<svg[\s>]", Format("fmt/92", "Scalable Vector Graphics", "1.1", "image/svg+xml")),
        (b"<", rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])", Format("fmt/96", _HTML, "", "text/html")),
        (b"<?xml", rb"\A\s*<\?xml\s", Format("fmt/101", "Extensible Markup Language", "1.0", "application/xml")),
    )
)  # fmt: skip
_MARK = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<")
_NUL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TYPES = {
    "text/html": Format("fmt/96", _HTML, "", "text/html", "declared"),
    "text/css": Format("x-fmt/224", "Cascading Style Sheet", "", "text/css", "declared"),
    "application/json": Format("fmt/817", "JSON Data Interchange Format", "", "application/json", "declared"),
    "text/plain": Format("x-fmt/111", "Plain Text File", "", "text/plain", "declared"),
    "text/xml": Format("fmt/101", "Extensible Markup Language", "1.0", "application/xml", "declared"),
}
_SCRIPT = Format("x-fmt/423", "JavaScript file", "", "text/javascript", "declared")


def _text(head: bytes) -> Format | None:
    """Mark-up, which may have comments and blanks before its first tag."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    if not _MARK.match(text):
        return None
    low = text.lower()
    return next((found for word, pattern, found in _TEXTS if word in low and pattern.search(low)), None)


def _declared(head: bytes, content_type: str | None) -> Format:
    """Text without a signature; bytes that no text has are unknown, whatever their label says."""
    kind = media_type(content_type)
    if not head.strip() or _NUL.search(head):
        return UNKNOWN
    if "javascript" in kind or "ecmascript" in kind:
        return _SCRIPT
    return _TYPES.get(kind.replace("application/xml", "text/xml"), UNKNOWN)
