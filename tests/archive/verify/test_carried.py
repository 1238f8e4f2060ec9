"""A package proves itself to whoever holds it and a key, or a head, and nothing else."""

import base64
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from support.damage import rebuilt_warc, rezip
from support.forger import entered, key_entry
from support.running import copy_of, fangtan
from support.servers.oddserver import OddServer, responses

from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.handover.wacz import package
from archive.ledger import chain as ledger
from archive.ledger import keys
from archive.ledger.keys import to_raw
from archive.store.store import open_reader
from archive.verify import Options, Summary, verify_collection, verify_files

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A collection of two runs, whose key was changed between them, with a package of all and one of a talk."""
    collection = Collection(tmp_path_factory.mktemp("carried") / "c").create()
    table = responses()
    served = {f"/zxft/{name}": table[f"/zxft/{name}"] for name in ("", "gzip.html", "moved.html", "target.html")}
    with OddServer(served) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        fangtan("crawl", "--delay", "0", url, collection=collection.root)
        fangtan("ledger", "--new-key", collection=collection.root)
        served["/zxft/target.html"] = table["/zxft/target.html"].replace("谢谢大家".encode(), "感谢各位".encode())
        fangtan("crawl", "--delay", "0", "--recheck", url, collection=collection.root)
    package(collection)
    db = open_reader(collection.store)
    (uid,) = db.execute("SELECT min(uid) FROM interviews").fetchone()
    db.close()
    package(collection, uid)
    return collection


def packages(collection):
    """The package of all, and the one of a talk, which has files in part."""
    found = sorted(collection.packages.glob("*.wacz"), key=lambda path: path.stat().st_size)
    return found[1], found[0]


@pytest.fixture
def given(whole, tmp_path):
    """Copies of both, far from any collection."""
    return [Path(shutil.copy(path, tmp_path)) for path in packages(whole)]


def faults(path, **held):
    return [f for f in verify_files([path], Summary(), Options(**held)) if f.level == "fault"]


def entries(collection):
    return ledger.lenient(collection.ledger)


def heads(collection):
    """The heads of the ledger that packages were made from, and one before."""
    content = [e for e in entries(collection) if e.type in ("key", "warc", "run")]
    return content[-1].hash, content[-2].hash


def announced(collection):
    return [keys.fingerprint(e.public_key) for e in entries(collection) if e.type == "key"]


@pytest.mark.parametrize("which", [0, 1])
def test_a_package_holds_against_its_key_and_head(whole, given, which):
    path, (head, _), (first, last) = given[which], heads(whole), announced(whole)
    for held in ({}, {"key": first}, {"key": last[:16]}, {"heads": (head,)}, {"key": first, "heads": (head,)}):
        assert [str(f) for f in faults(path, **held)] == [], held
    assert {"ledger-key"} <= {f.check for f in faults(path, key="0" * 16)}
    assert [f.check for f in faults(path, heads=("0" * 64,))][:1] == ["ledger-head"]
    result = fangtan("verify", "--key", last, "--head", head, path)
    assert result.code == 0, result.out
    assert fangtan("verify", "--head", "0" * 64, path).code == 5


def test_a_head_before_a_file_proves_the_others(whole, given):
    """The last run's file is entered after the first head, and only the key can vouch for it."""
    packed = zipfile.ZipFile(given[0]).namelist()
    warc = next(e for e in reversed(entries(whole)) if f"archive/{e.data.get('name')}" in packed)
    before = entries(whole)[warc.number - 2]
    found = faults(given[0], heads=(before.hash,))
    assert {f.check for f in found} == {"ledger-head"}
    assert all(warc.data["name"] in f.file for f in found)
    assert faults(given[0], heads=(before.hash,), key=announced(whole)[0]) == []


def test_a_later_head_is_reached_by_the_ledger(whole, given):
    last = entries(whole)[-1].hash
    assert "ledger-head" in {f.check for f in faults(given[0], heads=(last,))}
    assert faults(given[0], heads=(last,), ledger=whole.ledger) == []
    result = fangtan("verify", "--head", last, "--ledger", whole.ledger, given[0])
    assert result.code == 0, result.out


def resigned(path, key, change):
    """What a forger makes of a package: members through ``change``, all digests right again, signed with a key of his own."""
    rezip(path, change)
    described = {}

    def resources(name, data):
        described[name] = data
        return data

    rezip(path, resources)
    said = json.loads(described["datapackage.json"])
    said["resources"] = [
        {**r, "hash": f"sha256:{hashlib.sha256(described[r['path']]).hexdigest()}", "bytes": len(described[r["path"]])}
        for r in said["resources"]
        if r["path"] in described
    ]
    data = json.dumps(said).encode()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    signed = json.loads(described["datapackage-digest.json"])["signedData"]
    signed |= {
        "hash": digest,
        "signature": base64.b64encode(to_raw(key.sign(digest.encode()))).decode(),
        "publicKey": base64.b64encode(key.public).decode(),
    }
    made = {
        "datapackage.json": data,
        "datapackage-digest.json": json.dumps(
            {"path": "datapackage.json", "hash": digest, "signedData": signed}
        ).encode(),
    }
    rezip(path, made.get)


@pytest.fixture
def mine(tmp_path):
    return keys.create(where=tmp_path / "mine")


def other_words(tmp_path):
    """Another word in every record, the digests in the file right again; offsets stay where lengths do."""

    def change(name, data):
        if not name.startswith("archive/"):
            return data
        path = tmp_path / "room.warc.gz"
        path.write_bytes(data)
        rebuilt_warc(path, lambda h, block: (h, block.replace(b"text/html", b"text/htmx")), fix_digests=True)
        return path.read_bytes()

    return change


@pytest.mark.parametrize("which", [0, 1])
def test_a_package_that_was_signed_anew_is_named(whole, given, mine, tmp_path, which):
    path, (head, _) = given[which], heads(whole)
    resigned(path, mine, other_words(tmp_path))
    for held in ({"heads": (head,)}, {"key": announced(whole)[0]}, {"key": announced(whole)[1], "heads": (head,)}):
        assert {"package-signature"} <= {f.check for f in faults(path, **held)}, held


def test_other_pages_show_although_no_entry_has_them(whole, given, mine):
    def change(name, data):
        return (
            data.replace("。".encode(), "！".encode()).replace(b'"title": "', b'"title": "x')
            if name == "pages/pages.jsonl"
            else data
        )

    resigned(given[0], mine, change)
    assert [f.check for f in faults(given[0], heads=(heads(whole)[0],))] == ["package-signature"]


def without_ledger(name, data):
    return None if name.startswith("fangtan/ledger") else data


def other_entry(name, data):
    lines = data.splitlines(keepends=True)
    return b"".join([lines[0].replace(b"sha256", b"sha255"), *lines[1:]]) if name == "fangtan/ledger.jsonl" else data


def cut_entries(name, data):
    return b"".join(data.splitlines(keepends=True)[:-1]) if name == "fangtan/ledger.jsonl" else data


def cut_middle(name, data):
    lines = data.splitlines(keepends=True)
    return b"".join([*lines[:1], *lines[2:]]) if name == "fangtan/ledger.jsonl" else data


@pytest.mark.parametrize("change", [without_ledger, other_entry, cut_entries, cut_middle])
def test_the_carried_part_is_whole(whole, given, mine, change):
    resigned(given[0], mine, change)
    found = {f.check for f in faults(given[0], heads=(heads(whole)[0],))}
    assert found & {"package-ledger", "ledger-head"}
    assert faults(given[0]) or change is without_ledger


def test_a_key_that_was_slipped_in_names_nobody(whole, given, mine, tmp_path):
    """The forger's key among the keys before the part: no head vouches for it."""
    room = Collection(tmp_path / "room").create()
    entered(room, key_entry(mine), mine)
    line = room.ledger.read_bytes()

    def slipped(name, data):
        if name == "fangtan/ledger-head.json":
            said = json.loads(data)
            return json.dumps({**said, "key_entries": [1]}).encode()
        return line if name == "fangtan/ledger-keys.jsonl" else data

    resigned(given[1], mine, slipped)
    assert {f.check for f in faults(given[1], heads=(heads(whole)[0],))} >= {"package-signature"}


def test_equal_content_still_gives_equal_bytes(whole, tmp_path):
    again = package(whole, output=tmp_path / "again.wacz")
    assert again.path.read_bytes() == packages(whole)[0].read_bytes()


def test_a_package_in_its_collection_carries_entries_of_its_ledger(whole, mine, tmp_path):
    copy = copy_of(whole, tmp_path / "copy")
    resigned(packages(copy)[0], mine, other_entry)
    found = [f for f in verify_collection(copy, Summary()) if f.level == "fault" and ".wacz" in f.file]
    assert {"package-ledger", "package"} <= {f.check for f in found}


def test_what_has_no_ledger_is_refused_or_named(whole):
    warc = whole.warcs()[0]
    with pytest.raises(ConfigError, match="WARC file alone"):
        faults(warc, key="0" * 16)
    result = fangtan("verify", "--ledger", whole.ledger, collection=whole.root)
    assert result.code == 2
