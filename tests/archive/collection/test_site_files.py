"""Site files are read again only when they were touched, and always then."""

import os

import pytest

from archive.collection import sites


def text(name):
    return f'name = "{name}"\nsection = ["http://www.gaotai.gov.cn/zxft/"]\n'


def test_a_file_that_was_just_touched_is_never_known_from_before(tmp_path):
    """Two texts of one length, written within one tick of the file system's clock."""
    path = tmp_path / "620724.toml"
    for number in range(300):
        name = "甲县" if number % 2 else "乙县"
        path.write_text(text(name), "utf-8")
        assert sites.read(path).site.name == name


def test_a_file_that_is_the_same_is_read_once(tmp_path, monkeypatch):
    monkeypatch.setattr(sites, "_LATELY_NS", -1)
    path = tmp_path / "620724.toml"
    path.write_text(text("甲县"), "utf-8")
    first = sites.read(path)
    assert sites.read(path) is first
    path.write_text(text("乙县乙"), "utf-8")
    assert sites.read(path).site.name == "乙县乙"
    other = tmp_path / "other"
    other.write_text(text("丙县"), "utf-8")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert sites.read(path).site.name == "丙县"
    path.write_text("name = 3\n", "utf-8")
    assert sites.read(path).problems
    path.unlink()
    assert sites.read(path).problems, "it is gone"


@pytest.mark.parametrize("name", ["a.warc.gz", "b.warc.gz.open", "c.warc"])
def test_the_archives_files_by_name(collection, name):
    assert collection.warcs() == []
    for other in (name, ".hidden.warc.gz", "d.warc.gz.part", "e.txt", "f.WARC"):
        (collection.archive / other).write_bytes(b"")
    assert collection.warcs() == [collection.archive / name]
    for path in collection.archive.iterdir():
        path.unlink()
    collection.archive.rmdir()
    assert collection.warcs() == []
