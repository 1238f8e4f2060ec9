"""What is no plain file is named wherever a file is expected, and nobody waits for a pipe."""

import json
import os
import shutil

import pytest
from click.testing import CliRunner

from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.store.store import open_store
from archive.verify import Summary, verify_collection
from crawler.cli.group import main

PLACES = (
    "fangtan.toml", "ledger.jsonl", "corrections.jsonl", "codings.jsonl", "sites/510903.toml", "queries/water.toml", "indexes/index.cdxj",
    "timestamps/000001-a.tsr", "reports/r.html", "originals/a.arc", "packages/a.wacz", "crawl.db", "archive/a.warc.gz",
)  # fmt: skip
FOLDERS = ("archive", "indexes", "originals", "packages", "queries", "reports", "sites", "timestamps")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("special") / "c"
    main(["init", str(root)], standalone_mode=False)
    return root


@pytest.mark.parametrize("kind", ["a pipe", "a folder"])
@pytest.mark.parametrize("place", PLACES)
def test_it_is_named(made, tmp_path, place, kind):
    root = shutil.copytree(made, tmp_path / "c")
    path = root / place
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path) if kind == "a pipe" else path.mkdir()
    found = list(verify_collection(Collection(root), Summary()))
    words = "no plain file" if place.startswith("archive/") else kind
    assert any(f.level == "fault" and f.file == str(path) and words in f.found for f in found), found


@pytest.mark.parametrize("suffix", ["", "-journal", "-wal"])
@pytest.mark.parametrize("name", ["fangtan.db", "crawl.db"])
def test_no_database_is_waited_for(made, tmp_path, name, suffix):
    """SQLite opens a pipe and waits for somebody who writes."""
    root = shutil.copytree(made, tmp_path / "c")
    open_store(root / "fangtan.db").conn.close()
    connect(root / "crawl.db").close()
    path = root / f"{name}{suffix}"
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    found = list(verify_collection(Collection(root), Summary()))
    assert any(f.level == "fault" and f.file == str(root / name) and "a pipe" in f.found for f in found), found


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: path.symlink_to(path.name), lambda path: path.write_bytes(b"")]
)
@pytest.mark.parametrize("place", FOLDERS)
def test_what_stands_in_a_folder_s_place_is_named(made, tmp_path, place, make):
    root = shutil.copytree(made, tmp_path / "c")
    path = root / place
    shutil.rmtree(path, ignore_errors=True)
    make(path)
    found = list(verify_collection(Collection(root), Summary()))
    assert any((f.level, f.file, f.expected) == ("fault", str(path), "a folder") for f in found), found


UNUSABLE = {
    "not UTF-8": (b'operator = "\xb8\xdf\xcc\xa8"\n', "UTF-8"),
    "no TOML": (b"operator = \n", "no valid TOML"),
    "a wrong setting": (b"[defaults]\ndelay = -1\n", "delay"),
    "a link that leads nowhere": (None, "a link that leads nowhere"),
}


@pytest.mark.parametrize("kind", sorted(UNUSABLE))
def test_settings_that_cannot_be_used_hide_nothing_else(made, tmp_path, kind):
    """By the command: the file is named with its fault, and the damage of another one is, too."""
    root = shutil.copytree(made, tmp_path / "c")
    data, words = UNUSABLE[kind]
    path = root / "fangtan.toml"
    path.unlink()
    path.write_bytes(data) if data else path.symlink_to("nowhere")
    (root / "sites" / "510903.toml").mkdir()
    found = CliRunner().invoke(main, ["-C", str(root), "verify", "--json"])
    assert found.exit_code == 5
    faults = {f["file"]: f["found"] for f in json.loads(found.output)["faults"] if f["level"] == "fault"}
    assert words in faults[str(path)]
    assert "a folder" in faults[str(root / "sites" / "510903.toml")]
