"""Where signing keys lie: a scratch collection's goes with it, a lasting one's stays outside."""

import shutil
import tempfile

import pytest

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.ledger import keys


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user's data folder, and a machine's temporary folder beside it."""
    monkeypatch.delenv("FANGTAN_KEYS", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    return tmp_path


def begun(root, *, demo=False):
    collection = Collection(root).create()
    if demo:
        (root / "demo.json").write_text('{"ports": [1]}')
    ledger.ensure_key(collection)
    return collection


@pytest.mark.parametrize("demo", [False, True])
def test_keys_of_scratch_collections_do_not_pile_up(home, demo):
    root = home / "demo" if demo else home / "temporary" / "c"
    collection = begun(root, demo=demo)
    (key,) = (root / ".keys").iterdir()
    assert key.stat().st_mode & 0o077 == 0
    assert not keys.folder().exists()
    assert ledger.append(collection, {"type": "note"}).signature
    shutil.rmtree(root)
    assert not list(home.rglob("*.pem"))


def test_the_key_of_a_lasting_collection_lies_outside(home):
    collection = begun(home / "gansu")
    assert not list(collection.root.rglob("*.pem"))
    assert len(list(keys.folder().iterdir())) == 1


def test_a_scratch_collection_that_is_kept_after_all_signs_on(home):
    """Moved out of the temporary folder, its key is still found."""
    collection = begun(home / "temporary" / "c")
    kept = Collection(collection.root.rename(home / "kept"))
    assert ledger.append(kept, {"type": "note"}).signature


def test_a_folder_that_is_named_holds_every_key(home, monkeypatch):
    monkeypatch.setenv("FANGTAN_KEYS", str(home / "named"))
    collection = begun(home / "temporary" / "c")
    assert len(list((home / "named").iterdir())) == 1
    assert not (collection.root / ".keys").exists()
