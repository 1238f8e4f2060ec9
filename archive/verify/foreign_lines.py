"""Index lines of other programs, compared with their records by what they mean.

Their keys, spaces, numbers and further fields differ from ours; where a line leads and what it says of the record there
must be right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.warc.digests import algorithm_of, as_claimed, digest_of, value
from archive.warc.http import entity_digest
from archive.warc.records import Record, raw_at

#: What stands for nothing in a field.
_NOTHING = (None, "", "-")
#: An older form of the address of a POST has its body in it.
_POSTED = ("?__wb_method=", "&__wb_method=")


def differences(line: str, wanted: str, record: Record, path: Path) -> Iterator[tuple[str, str]]:
    """What a line says otherwise than its record: what is expected, what is found.

    :param wanted: the line that we would write
    :param path: the file that the record is in
    """
    key, stamp, text = line.split(" ", 2)
    own_key, own_stamp, own_text = wanted.split(" ", 2)
    said, own = json.loads(text), json.loads(own_text)
    if _host(key) != _host(own_key):
        yield f"a key that begins with {_host(own_key)[:200]}", key[:200]
    # A time in milliseconds has 17 digits.
    if len(stamp) < len(own_stamp) or not stamp.isdigit() or stamp[: len(own_stamp)] != own_stamp:
        yield f"the time {own_stamp}", stamp[:40]
    yield from _address(said, record)
    for name in ("status", "length", "offset"):
        if said.get(name) not in _NOTHING and name in own and str(said[name]) != own[name]:
            yield f"{name} {own[name]}", str(said[name])[:40]
    yield from _digest(said, record)
    yield from _of_record(said, record, path)


def _host(key: str) -> str:
    return key.partition(")")[0].lower()


def _address(said: dict[str, Any], record: Record) -> Iterator[tuple[str, str]]:
    url = str(said.get("url")).strip("<>")
    posted = url.startswith(record.target) and url[len(record.target) :].startswith(_POSTED)
    if url != record.target and not posted:
        yield f"url {record.target[:200]}", url[:200]


def _digest(said: dict[str, Any], record: Record) -> Iterator[tuple[str, str]]:
    """The payload's digest: as the record claims it, or by the same algorithm over the payload. What cannot be compared
    is passed over.
    """
    claimed = said.get("digest")
    if claimed in _NOTHING:
        return
    digest = str(claimed) if ":" in str(claimed) else f"sha1:{claimed}"
    own = record.get("WARC-Payload-Digest") or ""
    if algorithm_of(own) == algorithm_of(digest):
        if _parts(own) != _parts(digest):
            known = value(own)
            yield f"digest {own[:100] if known is None else as_claimed(digest, known)}", str(claimed)[:100]
    elif record.type != "revisit" and (wanted := value(digest)) is not None:
        found = _payloads(digest, record)
        if wanted not in found:
            yield f"digest {as_claimed(digest, found[0])}", str(claimed)


def _parts(digest: str) -> bytes | str:
    """What a digest says: its bytes, or its digits where they cannot be read."""
    known = value(digest)
    return digest.partition(":")[2] if known is None else known


def _payloads(digest: str, record: Record) -> tuple[bytes, ...]:
    """What a digest of the payload may be over: without chunk framing as the standard says, or with it."""
    if record.type not in ("response", "revisit"):
        return (digest_of(digest, record.block),)
    message = record.http
    (spec,), _ = entity_digest(message, algorithm_of(digest))
    return spec, digest_of(digest, memoryview(message.block)[message.end :])


def _of_record(said: dict[str, Any], record: Record, path: Path) -> Iterator[tuple[str, str]]:
    """``recordDigest``: of the record's bytes as they are in the file."""
    claimed = said.get("recordDigest")
    if claimed in _NOTHING or value(str(claimed)) is None:
        return
    raw = raw_at(path.parent, record.position)
    if digest_of(str(claimed), raw) != value(str(claimed)):
        yield f"recordDigest {as_claimed(str(claimed), digest_of(str(claimed), raw))}", str(claimed)[:100]
