"""The checks of one WARC record by itself: headers, dates, types, digests."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from archive.fault import Fault, Level
from archive.warc.digests import algorithm_of, as_claimed, claim, is_known
from archive.warc.heads import OUR_ID, Shape
from archive.warc.http import Message, entity_digest, entity_sha256, is_complete
from archive.warc.plain import RECORD_END
from archive.warc.records import Record

_REQUIRED = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
_TYPES = {"warcinfo", "request", "response", "revisit", "metadata", "resource", "conversion", "continuation"}
#: Fields of the standard that a record has once; what extensions name may come again.
_ONCE = frozenset({
    "warc-type", "warc-record-id", "warc-date", "content-length", "content-type", "warc-block-digest", "warc-payload-digest",
    "warc-ip-address", "warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date", "warc-target-uri", "warc-truncated",
    "warc-warcinfo-id", "warc-filename", "warc-profile", "warc-identified-payload-type", "warc-segment-origin-id",
    "warc-segment-number", "warc-segment-total-length",
})  # fmt: skip
_ABOUT_URI = {"request", "response", "revisit", "resource", "conversion"}
#: A scheme, and neither blanks nor brackets.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\x00-\x20\x7f]*")
#: Records whose payload is their block.
_PLAIN = {"resource", "conversion", "metadata", "warcinfo"}
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_ID = re.compile(r"<[a-z][a-z0-9+.-]*:[^\s<>]+>", re.IGNORECASE)
_OUR_ID = re.compile(OUR_ID)
_DATES = {
    "WARC/1.0": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "WARC/1.1": re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z)?)?)?"),
}
#: Versions before the standard; files of them exist. One remark a file.
_DRAFTS = ("WARC/0.17", "WARC/0.18")
_OUR_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z")
_NAMING = ("WARC-Refers-To", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date")
_PROFILES = re.compile(
    r"http://netpreserve\.org/warc/(?:1\.[01]|0\.1[78])/(?:revisit/)?"
    r"(server-not-modified|(?:uri-agnostic-)?identical-payload-digest)"
)


@dataclass(slots=True)
class Checked:
    """What the checks of a record learned, for those across records.

    :ivar block: the digest that its block claims, when it can be read
    """

    message: Message | None = None
    block: bytes | None = None
    payload: bytes = b""


@dataclass(slots=True)
class RecordChecks:
    """Checks the records of one file.

    :param strict: the file is ours (or must be as good): digests, requests and plain UUIDs are required
    """

    file: str
    strict: bool
    warcinfo: str | None = None
    _draft: bool = False
    _dated: tuple[str, str] | None = None

    def fault(self, check: str, record: Record, expected: str, found: str, level: Level = "fault") -> Fault:
        """A fault at a record."""
        return Fault(check, self.file, record.position.offset, record.id or None, expected, found, level)

    @property
    def _custom(self) -> Level:
        """What the standard allows and we do not write."""
        return "fault" if self.strict else "note"

    def run(self, record: Record, out: Checked) -> list[Fault]:
        """All checks; ``out`` takes what they learned."""
        kind, fields, message = record.type, record.fields, None
        if not _is_usual(record.shape):
            found = self._headers(record)
        elif (fields["WARC-Date"], record.version) == self._dated:  # a request and its answer often have one date
            found = []
        else:
            found = [*filter(None, [self._date(record)])]  # nothing else is left to check
        if record.ending != RECORD_END:
            found.append(self.fault("record-end", record, "two CRLF behind the record", repr(record.ending)))
        if kind in ("request", "response") or record.is_capture:
            message = out.message = record.http
        if kind == "warcinfo":
            self.warcinfo = fields.get("WARC-Record-ID")
        elif self.strict and (named := fields.get("WARC-Warcinfo-ID")) != self.warcinfo:
            found.append(self.fault("warcinfo-id", record, f"WARC-Warcinfo-ID {self.warcinfo}", str(named)))
        if kind == "revisit":
            found += self._revisit(record, message)
        for fault in (self._block(record, out), self._payload(record, message, out)):
            if fault is not None:
                found.append(fault)
        if message is not None and kind != "request":
            found += self._http(record, message)
        return found

    def _headers(self, record: Record) -> list[Fault]:
        found = [] if record.version in _DATES else [*self._version(record)]
        found += [self.fault("header", record, f"a {n} header", "none") for n in _REQUIRED if not record.fields.get(n)]
        if record.repeats or record.type not in _TYPES or "" in record.fields or record.escaped:
            found += self._odd(record)
        one_each = (self._identifier(record), self._target(record), self._content_type(record), self._date(record))
        found += filter(None, one_each)
        if record.type == "continuation" or "WARC-Segment-Number" in record.fields:
            found += self._segment(record)
        return found

    def _odd(self, record: Record) -> Iterator[Fault]:
        if record.repeats:
            yield from self._repeated(record)
        if (line := record.fields.get("")) is not None:
            wanted = "a name before a colon in each line of the header"
            yield self.fault("header", record, wanted, repr(line[:60]), self._custom)
        if record.escaped:
            found = f"another charset; the address as {record.target[:100]}"
            yield self.fault("header", record, "headers in UTF-8", found, self._custom)
        if record.type and record.type not in _TYPES:
            yield self.fault("type", record, "a WARC-Type of the standard", repr(record.type), self._custom)

    def _repeated(self, record: Record) -> Iterator[Fault]:
        for name, count in Counter(n.lower() for n, _ in record.headers).items():
            if count > 1 and name in _ONCE:
                yield self.fault("header", record, f"one {name} header", f"{count}")

    def _version(self, record: Record) -> Iterator[Fault]:
        """A version that the standard does not have; drafts of it are remarked on once a file."""
        draft = record.version in _DRAFTS and not self.strict
        if not (draft and self._draft):
            level: Level = "note" if draft else "fault"
            yield self.fault("version", record, "WARC/1.0 or WARC/1.1", repr(record.version[:40]), level)
        self._draft = draft

    def _identifier(self, record: Record) -> Fault | None:
        identifier = record.fields.get("WARC-Record-ID")
        if not identifier or (_OUR_ID if self.strict else _ID).fullmatch(identifier):
            return None
        return self.fault("record-id", record, "<urn:uuid:…>" if self.strict else "a URI in <>", identifier[:100])

    def _target(self, record: Record) -> Fault | None:
        """The address a record is about is a URI: others find a record by it."""
        target = record.fields.get("WARC-Target-URI") or ""
        if not target:
            return self.fault("target-uri", record, "a WARC-Target-URI", "none") if record.type in _ABOUT_URI else None
        return None if _is_uri(target) and target.isascii() else self._other_target(record, target)

    def _other_target(self, record: Record, target: str) -> Fault:
        bare = target[1:-1] if target[:1] == "<" and target[-1:] == ">" else target
        if not _is_uri(bare):
            return self.fault("target-uri", record, "a percent-encoded URI", repr(target[:100]))
        if bare != target:
            # The grammar of 1.0 has the brackets, and wget writes them.
            level: Level = "fault" if record.version == "WARC/1.1" else self._custom
            return self.fault("target-uri", record, "a URI without angle brackets", target[:100], level)
        return self.fault("target-uri", record, "a percent-encoded URI", target[:100], self._custom)

    def _segment(self, record: Record) -> Iterator[Fault]:
        """What says where a segment belongs; the chain that they make is checked when all files were read."""
        number, later = record.fields.get("WARC-Segment-Number"), record.type == "continuation"
        if not _NUMBER.fullmatch(number or "") or (number != "1") != later:
            wanted = "a WARC-Segment-Number, 1 in the first segment and more in continuations"
            yield self.fault("segment", record, wanted, repr(number)[:60])
        if later and not record.fields.get("WARC-Segment-Origin-ID"):
            yield self.fault("segment", record, "a WARC-Segment-Origin-ID", "none")
        if self.strict:
            yield self.fault("segment", record, "a record in one piece, as fangtan writes", "a segment")

    def _content_type(self, record: Record) -> Fault | None:
        if record.type not in ("request", "response") or not (self.strict or _is_http(record)):
            return None  # what dns: answers, for instance, is no HTTP message
        content = record.fields.get("Content-Type") or ""
        if content.startswith("application/http"):  # as nearly all
            return None
        content = content.lower().replace(" ", "")
        if content.startswith("application/http"):
            return None
        return self.fault("content-type", record, "application/http", repr(content), self._custom)

    def _date(self, record: Record) -> Fault | None:
        text = record.fields.get("WARC-Date")
        if not text:
            return None
        if _is_date(text, record.version, strict=self.strict):
            self._dated = text, record.version
            return None
        return self.fault("date", record, f"a date in UTC as {record.version[:8]} has it", repr(text[:60]))

    def _revisit(self, record: Record, message: Message | None) -> Iterator[Fault]:
        profile = record.fields.get("WARC-Profile") or ""
        if not _PROFILES.fullmatch(profile):
            level: Level = self._custom if profile else "fault"
            yield self.fault("profile", record, "a WARC-Profile for revisits", repr(profile[:100]), level)
        for name in (name for name in _NAMING if self.strict and not record.get(name)):
            yield self.fault("revisit", record, f"a {name} header", "none")
        yield from self._behind_head(record, message)
        if profile.endswith("identical-payload-digest") and not record.fields.get("WARC-Payload-Digest"):
            yield self.fault("revisit", record, "a WARC-Payload-Digest", "none", self._custom)

    def _behind_head(self, record: Record, message: Message | None) -> Iterator[Fault]:
        """A payload in a revisit."""
        if message is not None and message.status and (more := len(message.block) - message.end):
            wanted = "a head alone: nobody reads more of a revisit"
            yield self.fault("revisit", record, wanted, f"{more} bytes behind it", self._custom)

    def _block(self, record: Record, out: Checked) -> Fault | None:
        claimed = record.fields.get("WARC-Block-Digest")
        if claimed:
            algorithm, out.block = claim(claimed)
            return self._compare("block-digest", record, claimed, algorithm, out.block)
        if self.strict:
            return self.fault("block-digest", record, "a WARC-Block-Digest", "none")
        if not record.fields.get("WARC-Payload-Digest") and record.type in ("response", "resource"):
            return self.fault("block-digest", record, "a digest to check the record by", "none", "note")
        return None

    def _payload(self, record: Record, message: Message | None, out: Checked) -> Fault | None:
        claimed = record.fields.get("WARC-Payload-Digest")
        if message is None:
            return self._plain_payload(record, claimed)
        if record.type == "revisit":
            return self._repeated_payload(record, message, claimed or "", out)
        found = out.payload = entity_sha256(message)[0]
        if claimed is not None:
            algorithm, wanted = claim(claimed)
            same = wanted == found and algorithm == "sha256"
            return None if same else self._payload_digest(record, message, claimed, found)
        if self.strict and not message.chunked:
            return self.fault("payload-digest", record, "a WARC-Payload-Digest", "none")
        return None

    def _repeated_payload(self, record: Record, message: Message, claimed: str, out: Checked) -> Fault | None:
        algorithm, known = claim(claimed)
        out.payload = known if known and algorithm == "sha256" else entity_sha256(message)[0]
        return self._unreadable("payload-digest", record, claimed) if claimed and known is None else None

    def _plain_payload(self, record: Record, claimed: str | None) -> Fault | None:
        if not claimed or record.type not in _PLAIN or "WARC-Segment-Number" in record.fields:
            return None
        return self._compare("payload-digest", record, claimed, *claim(claimed))

    def _payload_digest(self, record: Record, message: Message, claimed: str, sha256: bytes) -> Fault | None:
        if record.fields.get("WARC-Segment-Number") and not self.strict:
            return None  # the digest is that of the whole
        algorithm, wanted = claim(claimed)
        if wanted is None:
            return self._unreadable("payload-digest", record, claimed)
        found = sha256 if algorithm == "sha256" else entity_digest(message, algorithm)[0][0]
        if wanted == found:
            return None
        framed = hashlib.new(algorithm, memoryview(message.block)[message.end :]).digest()
        if wanted == framed and not self.strict:
            words = "one that covers it, as some tools write"
            return self.fault("payload-digest", record, "a digest without the chunk framing", words, "note")
        if not self.strict and wanted in _other_payloads(record, algorithm):
            return None
        return self.fault("payload-digest", record, claimed, as_claimed(claimed, found))

    def _compare(self, check: str, record: Record, claimed: str, algorithm: str, wanted: bytes | None) -> Fault | None:
        """A claim against the digest of the block."""
        if wanted is None:
            return self._unreadable(check, record, claimed)
        found = (sha256(record.raw) if algorithm == "sha256" else hashlib.new(algorithm, record.raw)).digest()
        return None if found == wanted else self.fault(check, record, claimed, as_claimed(claimed, found))

    def _unreadable(self, check: str, record: Record, claimed: str) -> Fault:
        """A digest that cannot be compared: of an algorithm that others may know, or none."""
        if is_known(claimed):
            return self.fault(check, record, f"a digest of {algorithm_of(claimed)}", claimed[:100])
        return self.fault(
            check, record, "a digest of a known algorithm", f"{claimed[:100]}: cannot be checked", self._custom
        )

    def _http(self, record: Record, message: Message) -> Iterable[Fault]:
        if record.type == "resource":
            return ()
        whole = record.type == "revisit" or not self.strict or is_complete(message)
        return () if whole and message.status else self._lacking(record, message, whole=whole)

    def _lacking(self, record: Record, message: Message, *, whole: bool) -> Iterator[Fault]:
        """What an answer lacks.

        :param whole: the body is as long as its framing says, or nobody asks
        """
        segment = "WARC-Segment-Number" in record.fields  # the head may end in the next one
        empty = record.type == "revisit" and not len(message.block)
        if not message.status and not empty and _is_http(record) and not segment:
            # A server's own oddity: the digests say whether it is what came.
            yield self.fault("http", record, "an HTTP status line", repr(message.start_line[:60]), "note")
        if not whole and not record.fields.get("WARC-Truncated"):
            have = f"{len(message.block) - message.end} bytes"
            yield self.fault("truncated", record, "a body as long as its framing says, or WARC-Truncated", have)


@lru_cache(maxsize=64)
def _is_usual(shape: Shape | None) -> bool:
    """Whether a head of that shape has nothing to report but its date."""
    if shape is None or not shape.single:
        return False
    kind, names = shape.type, {*shape.names}
    formed = {"WARC-Record-ID"} | names & {"WARC-Target-URI"}
    formed |= {"WARC-Target-URI"} if kind in _ABOUT_URI else set()
    formed |= {"Content-Type"} if kind in ("request", "response") else set()
    plain = kind in _TYPES - {"continuation"} and "WARC-Segment-Number" not in names
    return plain and shape.version in _DATES and names >= {*_REQUIRED} and shape.usual >= formed


@lru_cache(maxsize=8)  # a request and its answer have one address
def _is_uri(text: str) -> bool:
    return _URI.fullmatch(text) is not None


def _is_date(text: str, version: str, *, strict: bool) -> bool:
    """Whether a date is written as its version has it, ours as we write it."""
    pattern = _OUR_DATE if strict else _DATES.get(version, _DATES["WARC/1.1"])
    if not pattern.fullmatch(text) or (strict and version == "WARC/1.0" and "." in text):
        return False
    try:
        return len(text) <= 10 or datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def _other_payloads(record: Record, algorithm: str) -> Iterator[bytes]:
    """Digests of what is the payload where the block is no HTTP message: all of it, or what is behind its first line
    (Gemini).
    """
    if not (record.fields.get("Content-Type") or "").lower().startswith("application/http"):
        block = memoryview(record.block)
        yield hashlib.new(algorithm, block).digest()
        yield hashlib.new(algorithm, block[record.block.find(b"\r\n") + 2 :]).digest()


def _is_http(record: Record) -> bool:
    """Whether the address is one that HTTP answers; what answers ``dns:``, for instance, is another message."""
    return record.target[:5].lower() == "http:" or record.target[:6].lower() == "https:"
