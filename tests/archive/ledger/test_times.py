"""What a ledger says of the time is read of its end."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from archive.errors import ClockError
from archive.ledger import times
from archive.ledger.lines import raw_lines


def line(**apart):
    at = (datetime.now(UTC) + timedelta(**apart)).isoformat()
    return json.dumps({"type": "run", "name": "r.json", "at": at, "hash": "0" * 64}) + "\n"


def test_only_the_end_of_a_long_ledger_is_read(collection, monkeypatch):
    path = collection.ledger
    path.write_text(line(days=9) + line(days=-1) * 40, "utf-8")
    with pytest.raises(ClockError):
        times.refuse_backwards(path)
    monkeypatch.setattr(times, "_END", 1000)
    times.refuse_backwards(path)
    assert len(raw_lines(path)) == 41
    assert 0 < len(raw_lines(path, 1000)) < 10
    assert raw_lines(path, 10**6) == raw_lines(path)
