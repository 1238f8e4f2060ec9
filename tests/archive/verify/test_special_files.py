"""What is no plain file is named wherever a file is expected, and nobody waits for a pipe."""

import os
import shutil

import pytest

from archive.collection.folder import Collection
from archive.verify import Summary, verify_collection
from crawler.cli.group import main

PLACES = ("ledger.jsonl", "corrections.jsonl", "sites/510903.toml", "indexes/index.cdxj", "timestamps/000001-a.tsr", "reports/r.html")  # fmt: skip


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
    assert any(f.level == "fault" and f.file == str(path) and kind in f.found for f in found), found
