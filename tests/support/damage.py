"""Kinds of damage to WARC files, ledgers and packages, for tests and for the comparison of checkers."""

import gzip
import hashlib
import json
import zipfile
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support.running import fangtan
from support.servers.oddserver import OddServer, responses

from archive.collection.folder import Collection
from archive.handover.wacz import package
from archive.ledger import chain as ledger
from archive.warc.records import iterate
from archive.warc.write import serialise


@dataclass(frozen=True)
class Damage:
    """``apply`` alters the file and returns the offset at which it must be found (``None``: the file as a whole).

    :param checks: rules of which one must fire there
    :param alone: it shows in the file by itself, too
    """

    apply: Callable[[Path], int | None]
    checks: frozenset[str]
    alone: bool = True


def digest(data):
    return "sha256:" + b32encode(hashlib.sha256(data).digest()).decode()


def members(path):
    """The records of a file: (version, headers without Content-Length, block)."""
    return [
        (r.version.removeprefix("WARC/"), [h for h in r.headers if h[0].lower() != "content-length"], bytes(r.block))
        for r in iterate(path)
    ]


def write(path, rows, compress=True):
    parts = [serialise(headers, block, version) for version, headers, block in rows]
    path.write_bytes(b"".join(parts) if compress else b"".join(map(gzip.decompress, parts)))
    offsets, at = [], 0
    for part in parts:
        offsets.append(at)
        at += len(part)
    return offsets


def rebuilt_warc(path, change, *, fix_digests=False):
    """Every record through ``change(headers, block)``."""
    rows = []
    for version, headers, block in members(path):
        kept, altered = change(headers, block)
        if fix_digests and altered != block:
            fixed = {
                "WARC-Block-Digest": digest(altered),
                "WARC-Payload-Digest": digest(altered.partition(b"\r\n\r\n")[2]),
            }
            kept = [(n, fixed.get(n, v)) for n, v in kept]
        rows.append((version, kept, altered))
    write(path, rows)


def chosen(rows, kind="response", needs=b"200"):
    """Index of a record to damage: a middle one of its kind."""
    found = [n for n, (_, headers, block) in enumerate(rows) if ("WARC-Type", kind) in headers and needs in block[:20]]
    return found[len(found) // 2]


def headers(change, kind="response", needs=b"200"):
    """Damage to the headers of one record."""

    def apply(path):
        rows = members(path)
        n = chosen(rows, kind, needs)
        version, kept, block = rows[n]
        rows[n] = (version, change(kept), block)
        return write(path, rows)[n]

    return apply


def drop(name):
    return lambda kept: [h for h in kept if h[0] != name]


def put(name, value):
    return lambda kept: [(n, value if n == name else v) for n, v in kept]


def add(name, value):
    return lambda kept: [*kept, (name, value)]


def block(change, kind="response", needs=b"200"):
    def apply(path):
        rows = members(path)
        n = chosen(rows, kind, needs)
        version, kept, data = rows[n]
        rows[n] = (version, kept, change(data))
        return write(path, rows)[n]

    return apply


def raw(change):
    """Damage to the bytes of one member; ``change(data, offset, length)`` returns the file's bytes."""

    def apply(path):
        records = [r for r in iterate(path) if r.type == "response"]
        position = records[len(records) // 2].position
        path.write_bytes(change(bytearray(path.read_bytes()), position.offset, position.length))
        return position.offset

    return apply


def ended(ending):
    """Other line ends behind a record."""

    def change(data, offset, length):
        record = gzip.decompress(data[offset : offset + length])
        return data[:offset] + gzip.compress(record.removesuffix(b"\r\n\r\n") + ending) + data[offset + length :]

    return change


def flip(data, offset, length):
    data[offset + length // 2] ^= 0x10
    return data


def rows_changed(change):
    def apply(path):
        rows = members(path)
        at = change(rows)
        offsets = write(path, rows)
        return offsets[at] if at is not None else None

    return apply


def duplicate_id(rows):
    a, b = (n for n, (_, h, _) in enumerate(rows) if ("WARC-Type", "metadata") not in h and n in (4, 6))
    identifier = dict(rows[a][1])["WARC-Record-ID"]
    rows[b] = (rows[b][0], put("WARC-Record-ID", identifier)(rows[b][1]), rows[b][2])
    return a


def remove_request(rows):
    n = chosen(rows)
    identifier = dict(rows[n][1])["WARC-Record-ID"]
    at = next(
        i
        for i, (_, h, _) in enumerate(rows)
        if ("WARC-Type", "request") in h and ("WARC-Concurrent-To", identifier) in h
    )
    del rows[at]
    return n


def remove_response(rows):
    n = chosen(rows)
    del rows[n]
    return n


def remove_exchange(rows):
    n = chosen(rows)
    remove_request(rows)
    del rows[n]


def swap(rows):
    n = chosen(rows)
    rows[n], rows[n + 2] = rows[n + 2], rows[n]


def first_dropped(rows):
    del rows[0]
    return 0


def whole_file_one_member(path):
    path.write_bytes(gzip.compress(b"".join(gzip.decompress(serialise(h, b, v)) for v, h, b in members(path))))
    return 0


def cut(path):
    records = list(iterate(path))
    position = records[-1].position
    path.write_bytes(path.read_bytes()[: position.offset + position.length // 2])
    return position.offset


def garbage(path):
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"garbage")
    return size


def behind(more):
    """Bytes behind the last record: what many a reader passes over."""

    def apply(path):
        size = path.stat().st_size
        path.write_bytes(path.read_bytes() + more)
        return size

    return apply


def copied(path):
    """A record once more, at the end."""
    place = next(r.position for r in iterate(path) if r.type == "response")
    data = path.read_bytes()
    path.write_bytes(data + data[place.offset : place.offset + place.length])


def tail_dropped(rows):
    del rows[-3:]


def warcinfo_edited(rows):
    """Another program's name in the first record, its digest made right again."""
    version, kept, block = rows[0]
    altered = block.replace(b"fangtan/", b"wget/")
    rows[0] = (version, put("WARC-Block-Digest", digest(altered))(kept), altered)


def comment(path):
    """Words in the header of a gzip member: every reader of the records passes over them."""
    data = bytearray(path.read_bytes())
    data[3] |= 0x10
    path.write_bytes(bytes(data[:10]) + b"hidden words\0" + bytes(data[10:]))


def exchange_of(rows, n):
    """Where the records are that belong to a response."""
    identifier = dict(rows[n][1])["WARC-Record-ID"]
    return [i for i, (_, h, _) in enumerate(rows) if i == n or ("WARC-Concurrent-To", identifier) in h]


def changed(rows, n, **fields):
    """Headers of a record, replaced."""
    version, kept, data = rows[n]
    for name, value in fields.items():
        kept = put(name.replace("_", "-"), value)(kept)
    rows[n] = (version, kept, data)


def other_address(rows):
    n = chosen(rows)
    for at in exchange_of(rows, n):
        changed(rows, at, WARC_Target_URI="http://other.example/zxft/")
    return n


def crossed_requests(rows):
    """Two requests, each beside the other's response."""
    one, other = [n for n, (_, h, _) in enumerate(rows) if ("WARC-Type", "request") in h][1:5:3]
    named = [dict(rows[n][1])["WARC-Concurrent-To"] for n in (other, one)]
    for n, value in zip((one, other), named, strict=True):
        changed(rows, n, WARC_Concurrent_To=value)


def crossed_bodies(rows):
    """Two answers, each under the other's address, with digests that hold."""
    one, other = [n for n, (_, h, b) in enumerate(rows) if ("WARC-Type", "response") in h and b"200" in b[:20]][1:3]
    own = {"WARC-Block-Digest", "WARC-Payload-Digest", "WARC-Identified-Payload-Type"}
    first, second = rows[one], rows[other]
    for n, mine, theirs in ((one, first, second), (other, second, first)):
        rows[n] = (mine[0], [h for h in mine[1] if h[0] not in own] + [h for h in theirs[1] if h[0] in own], theirs[2])
    return one


def doubled_exchange(rows):
    """The same answer again, as of another day, with ids of its own."""
    ids = {}
    for n in exchange_of(rows, chosen(rows)):
        version, kept, data = rows[n]
        said = dict(kept)
        ids[said["WARC-Record-ID"]] = f"<urn:uuid:00000000-0000-4000-8000-{n:012}>"
        rows.append((version, [(k, "2026-11-27T00:00:00.000000Z" if k == "WARC-Date" else ids.get(v, v)) for k, v in kept], data))  # fmt: skip


def added_metadata(rows):
    said = "correction: 局长从未说过\r\n".encode()
    kept = [
        ("WARC-Type", "metadata"), ("WARC-Record-ID", "<urn:uuid:00000000-0000-4000-8000-000000000001>"), ("WARC-Date", "2026-11-27T00:00:00.000000Z"),
        ("WARC-Block-Digest", digest(said)), ("Content-Type", "application/warc-fields"), ("WARC-Warcinfo-ID", dict(rows[0][1])["WARC-Record-ID"]),
    ]  # fmt: skip
    rows.append(("1.1", kept, said))


def recompressed(path):
    path.write_bytes(b"".join(gzip.compress(gzip.decompress(serialise(h, b, v)), 9) for v, h, b in members(path)))


def replace_text(old, new):
    return lambda data: data.replace(old, new, 1)


def of(apply, *checks, alone=True):
    return Damage(apply, frozenset(checks), alone)


WARC_DAMAGES = {
    "body-bit": of(raw(flip), "structure"),
    "file-truncated": of(cut, "structure"),
    "trailing-garbage": of(garbage, "structure"),
    "zeros-behind": of(behind(bytes(512)), "structure"),
    "line-feed-behind": of(behind(b"\n"), "structure"),
    "empty-member-behind": of(behind(gzip.compress(b"", mtime=0)), "structure"),
    "blank-member-behind": of(behind(gzip.compress(b"\r\n\r\n", mtime=0)), "structure"),
    "member-comment": of(comment, "ledger", alone=False),
    "record-copied": of(copied, "record-id", "request"),
    "tail-removed": of(rows_changed(tail_dropped), "ledger", alone=False),
    "warcinfo-edited": of(rows_changed(warcinfo_edited), "ledger", alone=False),
    "member-hole": of(raw(lambda d, o, n: d[: o + 20] + bytes(n - 40) + d[o + n - 20 :]), "structure"),
    "member-removed-bytes": of(raw(lambda d, o, _: d[: o + 30] + d[o + 60 :]), "structure"),
    "one-gzip-member": of(whole_file_one_member, "structure"),
    "record-end-one": of(raw(ended(b"\r\n")), "record-end"),
    "record-end-three": of(raw(ended(b"\r\n" * 3)), "record-end"),
    "record-end-none": of(raw(ended(b"")), "record-end"),
    "date-missing": of(headers(drop("WARC-Date")), "header"),
    "date-malformed": of(headers(put("WARC-Date", "25 Nov 2026 10:00")), "date"),
    "date-impossible": of(headers(put("WARC-Date", "2026-13-45T10:00:00Z")), "date"),
    "date-local": of(headers(put("WARC-Date", "2026-11-25T10:00:00+08:00")), "date"),
    "id-missing": of(headers(drop("WARC-Record-ID")), "header"),
    "id-malformed": of(headers(put("WARC-Record-ID", "12345")), "record-id"),
    "id-twice": of(rows_changed(duplicate_id), "record-id"),
    "target-missing": of(headers(drop("WARC-Target-URI")), "target-uri"),
    "target-not-ascii": of(headers(put("WARC-Target-URI", "http://a/访谈")), "target-uri"),
    "target-blank": of(headers(put("WARC-Target-URI", "http://a.example/a b")), "target-uri"),
    "target-in-brackets": of(headers(put("WARC-Target-URI", "<http://a.example/>")), "target-uri"),
    "target-no-uri": of(headers(put("WARC-Target-URI", "zxft/1.html")), "target-uri"),
    "type-missing": of(headers(drop("WARC-Type")), "header"),
    "type-unknown": of(headers(put("WARC-Type", "reply")), "type"),
    "length-twice": of(headers(add("Content-Length", "5")), "structure"),
    "header-twice": of(headers(add("WARC-Date", "2026-01-01T00:00:00Z")), "header"),
    "content-type-wrong": of(headers(put("Content-Type", "text/html")), "content-type"),
    "warcinfo-id-wrong": of(headers(put("WARC-Warcinfo-ID", "<urn:uuid:00000000-0000-0000-0000-000000000000>")), "warcinfo-id"),
    "block-digest-missing": of(headers(drop("WARC-Block-Digest")), "block-digest"),
    "block-digest-wrong": of(headers(put("WARC-Block-Digest", digest(b"x"))), "block-digest"),
    "block-digest-unknown": of(headers(put("WARC-Block-Digest", "blake9:AAAA")), "block-digest"),
    "payload-digest-missing": of(headers(drop("WARC-Payload-Digest")), "payload-digest"),
    "payload-digest-wrong": of(headers(put("WARC-Payload-Digest", digest(b"x"))), "payload-digest"),
    "all-digests-removed": of(rows_changed(lambda rows: rows.__setitem__(slice(None), [(v, [x for x in h if "Digest" not in x[0]], b) for v, h, b in rows]) or 0), "block-digest"),
    "body-edited": of(block(lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]), "block-digest"),
    "body-shortened": of(block(lambda data: data[:-20]), "block-digest"),
    "http-header-edited": of(block(replace_text(b"text/html", b"text/htm1")), "block-digest"),
    "http-not-http": of(block(lambda data: b"nonsense\r\n\r\n" + data), "http", "block-digest"),
    "request-edited": of(block(replace_text(b"GET", b"PUT"), "request", b"GET"), "block-digest"),
    "request-removed": of(rows_changed(remove_request), "request"),
    "response-removed": of(rows_changed(remove_response), "request"),
    "exchange-removed": of(rows_changed(remove_exchange), "store", "index", alone=False),
    "records-swapped": of(rows_changed(swap), "store", "index", alone=False),
    "warcinfo-removed": of(rows_changed(first_dropped), "first-record", "warcinfo-id", alone=False),
    "request-of-another-day": of(headers(put("WARC-Date", "2019-01-01T00:00:00.000000Z"), "request", b"GET"), "request"),
    "response-of-another-day": of(headers(put("WARC-Date", "2019-01-01T00:00:00.000000Z")), "request", "index"),
    "response-of-another-address": of(headers(put("WARC-Target-URI", "http://other.example/")), "request", "index"),
    "exchange-of-another-address": of(rows_changed(other_address), "store", "index", alone=False),
    "requests-crossed": of(rows_changed(crossed_requests), "request"),
    "bodies-crossed": of(rows_changed(crossed_bodies), "store", "index", alone=False),
    "exchange-doubled": of(rows_changed(doubled_exchange), "index", alone=False),
    "metadata-added": of(rows_changed(added_metadata), "ledger", alone=False),
    "ip-address": of(headers(put("WARC-IP-Address", "203.0.113.9")), "index", "ledger", alone=False),
    "recompressed": of(recompressed, "ledger", alone=False),
    "version-unknown": of(rows_changed(lambda rows: rows.__setitem__(3, ("9.9", *rows[3][1:])) or 3), "version"),
}  # fmt: skip


def county(root, leave_out=()):
    """A collection with gzip bodies, both kinds of revisit, a changed page and a package.

    :param leave_out: names of the odd server's pages that it does not have; each says so in words of its own
    """
    collection = Collection(root).create()
    table = responses()
    for name in leave_out:
        words = f"there is no {name}".encode()
        head = f"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: {len(words)}\r\n\r\n"
        table[f"/zxft/{name}"] = head.encode() + words
    with OddServer(table) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        fangtan("crawl", "--delay", "0", url, collection=collection.root)
        table["/zxft/target.html"] = table["/zxft/target.html"].replace("谢谢大家".encode(), "感谢各位".encode())
        fangtan("crawl", "--delay", "0", "--recheck", url, collection=collection.root)
    package(collection)
    return collection


# ── the ledger and packages ─────────────────────────────────────────────────────────────────────────────────────────


def rewrite_ledger(collection, change):
    """A forger without the key: entries through ``change``, chained anew, signatures kept where the hash did not change."""
    entries = ledger.read(collection.ledger)
    kept = {e.hash: line for e, line in zip(entries, collection.ledger.read_text("utf-8").splitlines(), strict=True)}
    signatures = {h: json.loads(line).get("signature") for h, line in kept.items()}
    previous, lines = ledger.GENESIS, []
    for number, data in enumerate(change([dict(e.data) for e in entries])):
        body = {"at": "2026-01-01T00:00:00Z", **data, "previous": previous}
        previous = ledger.hash_of(body)
        fallback = list(signatures.values())[min(number, len(signatures) - 1)]
        lines.append(
            json.dumps({**body, "hash": previous, "signature": signatures.get(previous, fallback)}, ensure_ascii=False)
        )
    collection.ledger.write_text("\n".join(lines) + "\n", "utf-8")


def rezip(path, change, *, deflate=False):
    """A package's members through ``change(name, data)``; ``None`` leaves one out."""
    with zipfile.ZipFile(path) as source:
        found = [(info.filename, source.read(info)) for info in source.infolist()]
    method = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as target:
        for name, data in found:
            altered = change(name, data) if change else data
            if altered is not None:
                target.writestr(name, altered)
