from pathlib import Path

import pytest

from archive.collection.files import OPEN_SUFFIX
from archive.errors import RecordMissing
from archive.warc.records import locate


def test_a_file_that_is_closed_between_two_looks_is_found(tmp_path, monkeypatch):
    """The crawl renames its file while the indexer reads what it wrote."""
    final = tmp_path / "a.warc.gz"
    still_open = tmp_path / f"a.warc.gz{OPEN_SUFFIX}"
    still_open.write_bytes(b"")
    look = Path.exists

    def then_close(path):
        found = look(path)
        if path == final and not found:
            still_open.rename(final)
        return found

    monkeypatch.setattr(Path, "exists", then_close)
    assert locate(tmp_path, "a.warc.gz") == final


def test_a_file_that_is_nowhere_is_missing(tmp_path):
    with pytest.raises(RecordMissing, match="the WARC file is missing"):
        locate(tmp_path, "a.warc.gz")
