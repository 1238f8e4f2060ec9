"""Records in batches: each is read, related, grouped and written in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archive.warc.records import Damage, Record

#: So many records at most: four in five of a busy crawl's are requests and metadata of its pages.
_BATCH = 512
#: So many bytes at most, bodies as their pages have them: as many as stay opened (:mod:`archive.store.readings`).
_BYTES = 1 << 20
#: A coded body may hold so many times its own length.
_CODED = 8


def batches(found: Iterable[Record | Damage]) -> Iterator[list[Record | Damage]]:
    """What was found, in batches. A request before its response stays with it: the response needs its method."""
    batch, size = list[Record | Damage](), 0
    for one in found:
        batch.append(one)
        size += _size(one)
        if (len(batch) >= _BATCH or size >= _BYTES) and not _is_asked_before(one):
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _size(found: Record | Damage) -> int:
    if isinstance(found, Damage):
        return 0
    coded = found.is_capture and found.http.get("content-encoding")
    return len(found.raw) * (_CODED if coded else 1)


def _is_asked_before(found: Record | Damage) -> bool:
    return isinstance(found, Record) and found.type == "request" and not found.get("WARC-Concurrent-To")
