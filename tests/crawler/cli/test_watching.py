"""A long rebuild says how far it is."""

import pytest
from support.damage import county
from support.running import fangtan

from archive.store.rebuild import rebuild
from archive.store.so_far import SoFar, so_far
from crawler.cli import watching


@pytest.mark.parametrize(
    ("read", "of", "seconds", "line"),
    [
        (50_000_000, 200_000_000, 25.0, "50 of 200 MB read, 2.0 MB/s, about 1:15 left"),
        (200_000_000, 200_000_000, 100.0, "200 of 200 MB read, 2.0 MB/s, about 0:00 left"),
        (0, 200_000_000, 10.0, "0 of 200 MB read"),
        (0, 0, 0.0, "0 of 0 MB read"),
    ],
)
def test_rate_and_time_left(read, of, seconds, line):
    assert SoFar(read, of).line(seconds) == line


def test_a_rebuild_says_how_far_it_is_and_is_no_other_for_it(tmp_path, monkeypatch):
    collection = county(tmp_path / "c")
    assert so_far(collection) is None
    found = []
    monkeypatch.setattr(watching, "_EVERY_S", 0)
    monkeypatch.setattr(watching, "so_far", lambda c: found.append(so_far(c)) or found[-1])
    with watching.watched(collection, quiet=False):
        assert rebuild(collection).losses == ()
    of = sum(path.stat().st_size for path in collection.warcs())
    assert [told for told in found if told], "nothing was told"
    assert {told.of for told in found if told} == {of}
    assert [told.read for told in found if told] == sorted(told.read for told in found if told)
    assert fangtan("verify", collection=collection.root).code == 0
