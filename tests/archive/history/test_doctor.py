"""The check-up names what would go wrong, with what to do; a healthy collection is healthy."""

import os
import shutil
import sqlite3

import pytest
from support.running import fangtan

from archive.collection.folder import Collection
from archive.history import doctor
from archive.ledger import chain as ledger
from archive.ledger import keys


@pytest.fixture
def healthy(crawled, tmp_path):
    shutil.copytree(crawled.collection.root, tmp_path / "c")
    collection = Collection(tmp_path / "c")
    (collection.root / "fangtan.toml").write_text('operator = "档案馆"\ncontact = "a@b.example"\n', "utf-8")
    return collection


def bad(collection):
    return {f.what: f for f in doctor.check_up(Collection(collection.root)) if f.state == "bad"}


def test_a_healthy_collection(healthy):
    result = fangtan("doctor", collection=healthy.root)
    assert result.code == 0, result.out
    assert "38 interviews" in result.out
    assert "signing key" in result.out


def test_no_collection_is_a_note(tmp_path):
    result = fangtan("doctor", "--json", collection=tmp_path / "none")
    assert result.code == 0
    assert next(r for r in result.rows if r["what"] == "collection")["advice"].startswith("fangtan init")


@pytest.mark.long
def test_each_trouble_is_named_with_advice(healthy, monkeypatch):
    (healthy.root / "fangtan.toml").write_text("", "utf-8")
    assert "operator and contact" in bad(healthy)["fangtan.toml"].found
    (healthy.root / "fangtan.toml").write_text("nonsense = 1\n", "utf-8")
    assert "unknown key" in bad(healthy)["fangtan.toml"].found
    (healthy.root / "fangtan.toml").write_text('operator = "a"\ncontact = "b"\n', "utf-8")
    (healthy.sites / "broken.toml").write_text("name = 1\n", "utf-8")
    assert "sites/broken.toml" in bad(healthy)
    (healthy.sites / "broken.toml").unlink()
    healthy.corrections.write_text("{\n", "utf-8")
    assert "corrections" in bad(healthy)
    healthy.corrections.unlink()
    db = sqlite3.connect(healthy.crawl_db)
    db.execute(
        "INSERT INTO runs(run, site, state, pid, started_at, heartbeat) VALUES ('r', 'x', 'running', 1, 'then', 'then')"
    )
    db.commit()
    db.close()
    assert "--resume" in bad(healthy)["run of x"].advice
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10 << 30, 9 << 30, 1 << 30))
    assert "disk" in bad(healthy)
    healthy.store.unlink()
    assert bad(healthy)["store"].advice == "fangtan rebuild"
    assert fangtan("doctor", collection=healthy.root).code == 2


def test_a_lost_key_one_that_cannot_be_used_and_a_broken_ledger(healthy, tmp_path, monkeypatch):
    monkeypatch.setenv("FANGTAN_KEYS", str(tmp_path / "elsewhere"))
    assert "--new-key" in bad(healthy)["signing key"].advice
    settings = healthy.root / "fangtan.toml"
    before = settings.read_text("utf-8")
    settings.write_text(f'{before}[key]\npath = "{tmp_path / "key.pem"}"\n', "utf-8")
    (tmp_path / "key.pem").write_text("no key", "utf-8")
    assert "chmod 600" in bad(healthy)["signing key"].found
    settings.write_text(before, "utf-8")
    healthy.ledger.write_bytes(b"{\n" + healthy.ledger.read_bytes())
    assert "ledger" in bad(healthy)


def test_a_key_inside_the_collection_is_a_note(tmp_path):
    collection = Collection(tmp_path / "c").create()
    (collection.root / "fangtan.toml").write_text('operator = "a"\ncontact = "b"\n[key]\npath = "key.pem"\n', "utf-8")
    ledger.ensure_key(Collection(collection.root))
    assert keys.load(collection.root / "key.pem")
    found = {f.what: f for f in doctor.check_up(Collection(collection.root))}
    assert found["signing key"].state == "note"
    assert "inside the collection" in found["signing key"].found


def test_another_owner_of_our_names_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(
        doctor.importlib.metadata, "packages_distributions", lambda: {"parsers": ["fangtan", "some-parsers"]}
    )
    assert "some-parsers" in bad(Collection(tmp_path))["package parsers"].found
    assert os.environ
