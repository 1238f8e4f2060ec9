import errno
import os
import threading

import pytest

from archive.collection.folder import write_atomically
from archive.errors import ConfigError


def test_who_asks_about_a_lock_keeps_nobody_from_taking_it(collection):
    with collection.lock("indexer"):
        pass  # its file is there
    done = threading.Event()

    def ask():
        while not done.is_set():
            collection.locked("indexer")

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    taken = 0
    try:
        for _ in range(300):
            with collection.lock("indexer"):
                taken += 1
    finally:
        done.set()
        for asker in askers:
            asker.join()
    assert taken == 300


def test_a_lock_that_is_held_is_refused_at_once(collection):
    with collection.lock("indexer"), pytest.raises(ConfigError, match=f"in use by process {os.getpid()}"):
        collection.lock("indexer").__enter__()


def test_a_full_disk_leaves_the_old_file_and_no_half_of_a_new_one(tmp_path, monkeypatch):
    kept = tmp_path / "report.json"
    write_atomically(kept, b"old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(kept, b"new")
    assert kept.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]
