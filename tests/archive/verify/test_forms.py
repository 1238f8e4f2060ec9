"""Forms of WARC files that nobody should write, and some that few do: each is named, or read, and the next record is
checked. A row says which rules must speak of it (faults), or that it is read without one.
"""

import base64
import gzip
import hashlib
import os
import struct
import zlib
from uuid import NAMESPACE_URL, uuid5

import pytest

from archive.errors import ConfigError
from archive.verify import Summary, verify_files
from archive.warc import heads

PAGE = "<html><head><title>访谈</title></head><body><p>主持人：好吗？</p></body></html>".encode()
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE)
CONTENT = {"warcinfo": "application/warc-fields", "request": "application/http; msgtype=request"}
AFTER = "http://a.example/after"
ONE, TWO = (f"<urn:uuid:00000000-0000-4000-8000-0000000000b{n}>" for n in (1, 2))


def sha1(data):
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def record(
    kind="response",
    block=HTTP,
    *more,
    url="http://a.example/1.html",
    line=b"\r\n",
    version=b"WARC/1.1",
    end=None,
    **other,
):
    """A record as bytes; ``other`` replaces a field, or drops it by an empty text."""
    fields = {
        "WARC-Type": kind, "WARC-Record-ID": f"<{uuid5(NAMESPACE_URL, kind + url).urn}>", "WARC-Date": "2026-03-01T08:00:00Z",
        "WARC-Target-URI": "" if kind == "warcinfo" else url, "Content-Type": CONTENT.get(kind, "application/http; msgtype=response"),
        "WARC-Block-Digest": sha1(block), "Content-Length": str(len(block)), **{k.replace("_", "-"): v for k, v in other.items()},
    }  # fmt: skip
    pairs = [*((name, value) for name, value in fields.items() if value), *more]
    head = b"".join(f"{name}: {value}".encode() + line for name, value in pairs)
    return version + line + head + line + block + (line * 2 if end is None else end)


def packed(data, flags=0, level=9):
    """A gzip member with further parts in its header."""
    engine = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = engine.compress(data) + engine.flush()
    head = b"\x1f\x8b\x08" + bytes([flags]) + bytes(5) + b"\xff"
    head += struct.pack("<H", 12) + b"sl" + struct.pack("<HII", 8, len(body), len(data)) if flags & 4 else b""
    head += (b"name\0" if flags & 8 else b"") + (b"words\0" if flags & 16 else b"")
    head += struct.pack("<H", zlib.crc32(head) & 0xFFFF) if flags & 2 else b""
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


DNS = b"20260301080000\r\na.example. 1 IN A 1.2.3.4\r\n\r\n"


def length(text):
    return record(Content_Length=text % ((len(HTTP),) * text.count("%")))


PROFILE = ("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest")
CLAIM = ("WARC-Payload-Digest", sha1(PAGE))


def revisit(identifier, original, block=b"", url="http://a.example/1.html"):
    return record("revisit", block, PROFILE, CLAIM, ("WARC-Refers-To", original), url=url, WARC_Record_ID=identifier)


def segment(kind, number, *more, block=HTTP[:40]):
    return record(kind, block, *([("WARC-Segment-Number", number)] if number else []), *more)


ORIGIN = ("WARC-Segment-Origin-ID", ONE)
WHOLE = record()
#: Records, each in a member of its own, and the rules that must speak; an empty set: it is read without a fault.
RECORDS = {
    "as it should be": (WHOLE, set()),
    "a folded header": (WHOLE.replace(b"WARC-Target-URI: ", b"WARC-Target-URI:\r\n "), set()),
    "small letters": (WHOLE.replace(b"WARC-Date", b"warc-date").replace(b"Content-Length", b"content-LENGTH", 1), set()),
    "a blank before the colon": (WHOLE.replace(b"WARC-Date:", b"WARC-Date :"), set()),
    "no blank behind the colon": (WHOLE.replace(b"WARC-Date: ", b"WARC-Date:"), set()),
    "line feeds alone": (record(line=b"\n"), {"structure"}),
    "carriage returns alone": (record(line=b"\r"), {"version", "header", "record-end"}),
    "two versions behind": (record(version=b"WARC/2.0"), {"version"}),
    "a version in small letters": (record(version=b"warc/1.1"), {"structure"}),
    "no date": (record(WARC_Date=""), {"header"}),
    "a date in 17 digits": (record(WARC_Date="20260301080000123"), {"date"}),
    "a date with a fraction": (record(WARC_Date="2026-03-01T08:00:00.123456Z"), set()),
    "a fraction in 1.0": (record(WARC_Date="2026-03-01T08:00:00.1Z", version=b"WARC/1.0"), {"date"}),
    "hour 24": (record(WARC_Date="2026-03-01T24:00:00Z"), {"date"}),
    "year 0": (record(WARC_Date="0000-01-01T00:00:00Z"), {"date"}),
    "digits of full width": (record(WARC_Date="２０２６-03-01T08:00:00Z"), {"date"}),
    "a length with a sign": (length("+%d"), {"structure"}),
    "a length below nothing": (length("-%d"), {"structure"}),
    "a length with zeros before it": (length("000%d"), set()),
    "a length with a fraction": (length("%d.0"), {"structure"}),
    "a length to the base of 16": (length("0x%x"), {"structure"}),
    "two lengths in one": (length("%d %d"), {"structure"}),
    "the same length twice": (record("response", HTTP, ("Content-Length", str(len(HTTP)))), {"structure"}),
    "a length of 40 digits": (length("9" * 40), {"structure"}),
    "a length beyond the file": (length("9" * 17), {"structure"}),
    "a length too short": (record(Content_Length=str(len(HTTP) - 5)), {"structure"}),
    "an id without brackets": (record(WARC_Record_ID="urn:uuid:00000000-0000-4000-8000-0000000000ff"), {"record-id"}),
    "a NUL in the address": (record(url="http://a.example/\0"), {"target-uri"}),
    "2 MB of a header": (record("response", HTTP, ("X", "x" * 2_000_000)), {"structure"}),
    "HTTP/2": (record("response", HTTP.replace(b"HTTP/1.1 200 OK", b"HTTP/2 200")), set()),
    "no status line": (record("response", PAGE), set()),
    "a digest over the chunks": (record("response", CHUNKED, ("WARC-Payload-Digest", sha1(CHUNKED.partition(b"\r\n\r\n")[2]))), set()),
    "a digest without them": (record("response", CHUNKED, CLAIM), set()),
    "a digest of another payload": (record("response", HTTP, ("WARC-Payload-Digest", sha1(b"x"))), {"payload-digest"}),
    "a digest without a value": (record(WARC_Block_Digest="sha1:"), {"block-digest"}),
    "a digest in Base64": (record(WARC_Block_Digest="sha256:" + base64.b64encode(hashlib.sha256(HTTP).digest()).decode()), set()),
    "a digest in Base64 for addresses": (record(WARC_Block_Digest="sha1:" + base64.urlsafe_b64encode(hashlib.sha1(HTTP).digest()).decode().rstrip("=")), set()),
    "another digest in Base64": (record(WARC_Block_Digest="sha256:" + base64.b64encode(hashlib.sha256(PAGE).digest()).decode()), {"block-digest"}),
    "two dates, one in small letters": (record("response", HTTP, ("warc-date", "2026-03-01T08:00:00Z")), {"header"}),
    "an address in GBK": (record(WARC_Target_URI="http://a.example/!.html").replace(b"!", "访谈".encode("gbk")), set()),
    "no address": (record(url=""), {"target-uri"}),
    "metadata about no address": (record("metadata", b"a: b\r\n", url="a.example/1.html"), {"target-uri"}),
    "an address without a scheme": (record(url="a.example/1.html"), {"target-uri"}),
    "a content type of another message": (record(Content_Type="text/html"), set()),
    "two block digests": (record("response", HTTP, ("WARC-Block-Digest", sha1(HTTP))), {"header"}),
    "an answer of the name service": (record("response", b"20260301080000\na.example. 1 IN A 1.2.3.4\n", url="dns:a.example", Content_Type="text/dns"), set()),
    "a digest of such an answer": (record("response", DNS, ("WARC-Payload-Digest", sha1(DNS)), url="dns:a.example", Content_Type="text/dns"), set()),
    "another digest of such an answer": (record("response", DNS, ("WARC-Payload-Digest", sha1(PAGE)), url="dns:a.example", Content_Type="text/dns"), {"payload-digest"}),
    "a digest of a Gemini page": (record("response", b"20 text/gemini\r\n" + PAGE, CLAIM, url="gemini://a.example/", Content_Type="application/gemini"), set()),
    "a page without a head, its type alone": (record("response", PAGE, CLAIM, Content_Type="text/html"), set()),
    "a revisit of itself": (revisit(ONE, ONE), {"revisit"}),
    "a revisit without a profile": (record("revisit", b""), {"profile"}),
    "a continuation without its origin": (segment("continuation", "2"), {"segment"}),
    "a continuation without its number": (segment("continuation", "", ORIGIN), {"segment"}),
    "a continuation that is the first": (segment("continuation", "1", ORIGIN), {"segment"}),
    "a first segment that is the third": (segment("response", "3"), {"segment"}),
    "a segment of no number": (segment("response", "x"), {"segment"}),
    "other line ends behind it": (record(end=b"\n\n"), {"record-end"}),
    "a blank among the line ends": (record(end=b"\r\n \r\n"), {"structure"}),
}  # fmt: skip
HALF = len(WHOLE) // 2
#: Bytes between the first record and the last.
BYTES = {
    "a member with the length in its header": (packed(WHOLE, 4), set()),
    "a member with a name and words": (packed(WHOLE, 8 | 16), set()),
    "a member with a check of its header": (packed(WHOLE, 2), set()),
    "a stored member": (gzip.compress(WHOLE, 0), set()),
    "a small member that holds the beginning of one": (packed(record("response", HTTP + packed(b"")[:10]), level=0), set()),
    "a wrong check of the bytes": (packed(WHOLE)[:-8] + bytes(4) + packed(WHOLE)[-4:], {"structure"}),
    "flags that are none": (packed(WHOLE)[:3] + b"\x80" + packed(WHOLE)[4:], {"structure"}),
    "a wrong size": (packed(WHOLE)[:-4] + bytes(4), {"structure"}),
    "zeros": (bytes(16), {"structure"}),
    "rubbish": (b"rubbish", {"structure"}),
    "an empty member": (packed(b""), {"structure"}),
    "a member of line ends": (packed(WHOLE[:-4]) + packed(b"\r\n\r\n"), {"record-end", "structure"}),
    "a record over two members": (packed(WHOLE[:HALF]) + packed(WHOLE[HALF:]), {"structure"}),
    "two records in a member": (packed(WHOLE + record(url="http://a.example/2")), {"structure"}),
    "two revisits of each other": (packed(revisit(ONE, TWO)) + packed(revisit(TWO, ONE, url="http://a.example/2")), {"revisit"}),
    "a revisit of a revisit": (packed(record(WARC_Record_ID=ONE)) + packed(revisit(TWO, ONE)) + packed(revisit("<urn:x:3>", TWO, url="http://a.example/3")), set()),
    "an id twice": (packed(record(WARC_Record_ID=ONE)) + packed(record(WARC_Record_ID=ONE, url="http://a.example/2")), {"record-id"}),
}  # fmt: skip
TABLE = {**{name: (packed(data), rules) for name, (data, rules) in RECORDS.items()}, **BYTES}


def found_in(path, between):
    path.write_bytes(
        packed(record("warcinfo", b"software: other/1\r\n"))
        + between
        + packed(record(url=AFTER, WARC_Block_Digest="sha1:AAAA"))
    )
    return list(verify_files([path], Summary()))


@pytest.mark.parametrize("name", TABLE)
def test_a_form_is_named_or_read_and_the_next_record_is_checked(tmp_path, name):
    between, rules = TABLE[name]
    found = found_in(tmp_path / "x.warc.gz", between)
    last = (tmp_path / "x.warc.gz").stat().st_size - len(packed(record(url=AFTER, WARC_Block_Digest="sha1:AAAA")))
    assert any(f.check == "block-digest" and f.offset == last for f in found), [str(f) for f in found]
    assert {f.check for f in found if f.level == "fault" and f.offset != last} == rules, [str(f) for f in found]


@pytest.mark.parametrize("name", TABLE)
def test_a_form_is_named_alike_when_heads_of_its_writer_are_known(tmp_path, monkeypatch, name):
    monkeypatch.setattr(heads, "_shapes", type(heads._shapes)())
    path, between = tmp_path / "x.warc.gz", TABLE[name][0]
    found = [str(f) for f in found_in(path, between * 3)]
    assert [str(f) for f in found_in(path, between * 3)] == found


SAID = {
    "line feeds alone": "line feeds",
    "a length with a sign": "'+",
    "the same length twice": "2 Content-Length",
    "a revisit of itself": f"lead back to {ONE[10:-1]}",
}


@pytest.mark.parametrize("name", SAID)
def test_the_cause_is_said(tmp_path, name):
    found = found_in(tmp_path / "x.warc.gz", TABLE[name][0])
    assert any(SAID[name] in f.found for f in found), [str(f) for f in found]


REMARKS = {
    "a revisit with a payload": (revisit(ONE, TWO, HTTP), "revisit"),
    "a continuation": (segment("continuation", "2", ORIGIN), "segment"),
    "a first segment": (segment("response", "1"), "segment"),
    "a line without a colon": (WHOLE.replace(b"WARC-Date", b"rubbish\r\nWARC-Date"), "header"),
    "a line without a name": (WHOLE.replace(b"WARC-Date", b": rubbish\r\nWARC-Date"), "header"),
}


@pytest.mark.parametrize("name", REMARKS)
def test_what_nobody_reads_is_remarked_on(tmp_path, name):
    data, rule = REMARKS[name]
    assert (rule, "note") in {(f.check, f.level) for f in found_in(tmp_path / "x.warc.gz", packed(data))}


def test_a_file_that_is_no_archive_concerns_that_one_alone(tmp_path):
    """Of several; nobody waits for the pipe among them."""
    good, empty, pipe, arc = (tmp_path / name for name in ("good.warc.gz", "empty.warc.gz", "pipe.warc.gz", "old.arc"))
    damaged = packed(record(WARC_Block_Digest="sha1:AAAA"))
    good.write_bytes(packed(record("warcinfo", b"software: other/1\r\n")) + damaged)
    empty.write_bytes(b"")
    arc.write_bytes(b"filedesc://x 0.0.0.0 20050101000000 text/plain 0\n\n")
    os.mkfifo(pipe)
    paths = [empty, pipe, good, arc]
    said = {f.file: (f.check, f.found) for f in verify_files(paths, Summary()) if f.level == "fault"}
    assert said.keys() == set(map(str, paths))
    assert said[str(good)][0] == "block-digest"
    assert said[str(pipe)] == ("file", "no plain file: a pipe")
    assert "ARC" in said[str(arc)][1]
    with pytest.raises(ConfigError, match="an empty file"):
        list(verify_files([empty], Summary()))


def test_an_id_used_twice_is_named_at_a_place_that_is(tmp_path):
    """Not the first file beside the least offset of any."""
    other = packed(record(url="http://a.example/2.html", WARC_Record_ID=ONE))
    (tmp_path / "a.warc.gz").write_bytes(packed(record()) + other)
    (tmp_path / "b.warc.gz").write_bytes(packed(record(WARC_Record_ID=ONE)))
    found = [f for f in verify_files(sorted(tmp_path.iterdir()), Summary()) if f.check == "record-id"]
    assert [(f.file, f.offset) for f in found] == [(str(tmp_path / "a.warc.gz"), len(packed(record())))]
