"""Lists of saved pages, as people, spreadsheets and other systems write them: which file, which address, which day."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from archive.collection import clock
from archive.errors import ArchiveError

_NAMES = {
    "文件": "file", "文件名": "file", "filename": "file", "网址": "url", "链接": "url", "类型": "type",
    "日期": "date", "时间": "date", "抓取时间": "date", "采集时间": "date", "保存时间": "date",
}  # fmt: skip
#: A time without a zone is one of Chinese clocks.
_HERE = timezone(timedelta(hours=8))
_WRITTEN = re.compile(
    r"(\d{4})[年/.-](\d{1,2})[月/.-](\d{1,2})日?(?:[ T]*(\d{1,2})[:时](\d{1,2})(?:[:分](?:(\d{1,2})秒?)?)?)?"
)


def rows(data: bytes, *, of_json: bool) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Lines of a manifest with their numbers, ``None`` for what is no line of one; columns by their English names.

    :raises ValueError: bytes of no charset that is known
    :raises csv.Error: no table
    """
    text = _text(data)
    for number, row in _json_lines(text) if of_json else _csv_lines(text):
        yield number, _named(row) if isinstance(row, dict) else None


def date_of(text: str) -> datetime:
    """A day or time as people write it, in UTC.

    :raises ArchiveError: it is none, or is still to come
    """
    found = _read_date(text.strip())
    if found is None:
        raise ArchiveError(f"expected a date such as 2024-05-01 or 2024-05-01T09:30, found {text[:40]!r}")
    if found > clock.now() + timedelta(days=1):
        raise ArchiveError(f"expected a date that has come, found {text[:40]!r}")
    return found


def in_utc(found: datetime) -> datetime:
    """:raises OverflowError: a time before the first year or after the last one"""
    return (found if found.tzinfo else found.replace(tzinfo=_HERE)).astimezone(UTC)


def _read_date(text: str) -> datetime | None:
    if written := _WRITTEN.fullmatch(text):
        year, month, day, hour, minute, second = (f"{part or '':0>2}" for part in written.groups())
        text = f"{year}-{month}-{day}T{hour}:{minute}:{second}"
    try:
        return in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _text(data: bytes) -> str:
    """Spreadsheet programs write UTF-16 with a mark, and Chinese ones GBK."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except ValueError:
        return data.decode("gb18030")


def _named(row: dict[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        plain = str(name).strip().lower()
        found.setdefault(_NAMES.get(plain, plain), value)
    return found


def _csv_lines(text: str) -> Iterator[tuple[int, Any]]:
    """Rows that are empty are none."""
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    for row in reader:
        if any(value for value in row.values()):
            yield reader.line_num, row


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None
