"""The lists of pages in a package: ``pages.jsonl`` and ``extraPages.jsonl``."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator

from archive.handover.stored_zip import StoredZip, json_line

#: Each version where it was read first, under every address that has been asked for.
_READ = """SELECT DISTINCT x.version, c.id FROM version_captures x JOIN captures c ON c.id = x.capture
  JOIN captures o ON o.id = c.refers_to WHERE x.part = 'page' AND c.type = 'revisit' AND o.url <> c.url"""
_PAGES = f"""
SELECT v.id, c.url, min(c.fetched_at), v.title, v.kind, c.id, i.url = c.url AND v.newest FROM versions v
  JOIN _interviews i ON i.uid = v.interview
JOIN (SELECT id AS version, capture FROM versions UNION {_READ}) r ON r.version = v.id
JOIN captures c ON c.id = r.capture JOIN chosen x ON x.id = c.id AND x.named
WHERE c.method = 'GET' AND c.url <> '' GROUP BY v.id, c.url ORDER BY 3, c.id"""
#: Captures that are pages or files in their own right; a revisit is one where another address has its payload.
WITH_PAYLOAD = """LEFT JOIN captures o ON c.type = 'revisit' AND o.id = c.refers_to
WHERE (c.type <> 'revisit' OR o.url <> c.url)"""
_OTHER_PAGES = f"""
SELECT c.url, c.fetched_at, c.id, s.name FROM captures c JOIN chosen x ON x.id = c.id LEFT JOIN sites s ON s.id = c.site
{WITH_PAYLOAD} AND c.url <> '' AND c.status = 200 AND c.method = 'GET' AND x.shape = 'html'
  AND x.named AND c.id NOT IN (SELECT capture FROM versions UNION SELECT id FROM ({_READ}))
ORDER BY c.fetched_at, c.id"""


def add_pages(db: sqlite3.Connection, title: str, out: StoredZip) -> tuple[int, tuple[str, str] | None]:
    """``pages.jsonl`` (interviews, each version a page) and ``extraPages.jsonl`` (lists and others).

    :param db: a reader's connection, whose table ``chosen`` holds the selection
    :returns: how many pages there are; address and time of the one to begin with
    """
    count, main = 0, None
    others = db.execute(_OTHER_PAGES).fetchall()
    extra = [json_line({"id": i, "url": url, "ts": at, "title": name or url}) for url, at, i, name in others]
    with tempfile.TemporaryFile() as scratch:
        scratch.write(json_line({"format": "json-pages-1.0", "id": "pages", "title": title, "hasText": True}))
        for page, is_main in interview_pages(db):
            scratch.write(json_line(page))
            main = (page["url"], page["ts"]) if is_main or main is None else main
            count += 1
        if not count:
            scratch.writelines(extra)
            count, extra = len(extra), []
        scratch.seek(0)
        out.add("pages/pages.jsonl", scratch)
    if extra:
        header = json_line({"format": "json-pages-1.0", "id": "extra-pages", "title": "Other pages"})
        out.add_bytes("pages/extraPages.jsonl", b"".join([header, *extra]))
    return count, main or (others[0][:2] if others else None)


def interview_pages(db: sqlite3.Connection) -> Iterator[tuple[dict[str, str], bool]]:
    """Each version as a page, and whether an interview is shown under that address now."""
    for version, url, at, title, kind, capture, is_main in db.execute(_PAGES).fetchall():
        turns = db.execute("SELECT speaker, text FROM _turns WHERE version = ? ORDER BY seq", (version,)).fetchall()
        text = "\n".join(f"{speaker}：{words}" for speaker, words in turns)
        yield {"id": capture, "url": url, "ts": at, "title": title or url, "text": text, "kind": kind}, bool(is_main)
