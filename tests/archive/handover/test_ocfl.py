"""Objects of OCFL: valid to a validator of others, whole at any moment, and each version adds what is new."""

import hashlib
import json
import shutil
import subprocess
import sys

import pytest
from support.running import fangtan
from support.takedowns import archived, holding, uid_of
from support.talks import talk

from archive.errors import ConfigError
from archive.handover import ocfl
from archive.handover.imports import take
from archive.handover.transfer import deposit
from archive.keeping.fixity import Outcome, check_fixity

pytestmark = pytest.mark.long

VALID = "True 1 []"
FIRST = ("/zxft/1.html", "2024-03-05", talk("今年一共修了十二公里。"))
OTHER = ("水价今年涨不涨？请您介绍一下。", "今年居民用水的价格不涨，工业用水的价格下半年公布。", "谁来监督？")
SECOND = ("/zxft/2.html", "2024-04-09", talk("水价不涨。", title="水价访谈", opening=OTHER, day="2024年4月9日"))


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """A collection, its object in version 1."""
    folder = tmp_path_factory.mktemp("ocfl")
    collection = holding(folder, FIRST)
    version, _ = deposit(collection, None, since=None, root=folder / "root")
    assert (version.number, version.made) == (1, True)
    return collection, folder / "root"


@pytest.fixture
def copied(held, tmp_path):
    collection, root = held
    shutil.copytree(collection.root, tmp_path / "c")
    shutil.copytree(root, tmp_path / "root")
    return type(collection)(tmp_path / "c"), tmp_path / "root"


def grow(collection, tmp_path):
    archived(tmp_path / "b.warc.gz", [SECOND])
    take(collection, [tmp_path / "b.warc.gz"])


def validated(root):
    """What another implementation of OCFL finds wrong with a storage root and its one object."""
    script = (
        "import sys, ocfl; r = ocfl.StorageRoot(root=sys.argv[1]); v = r.validate(); print(v, r.good_objects, r.errors)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(root)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def content(root):
    """Each file of the object: its inode and when it was last written."""
    return {str(p.relative_to(root)): (p.stat().st_ino, p.stat().st_mtime_ns) for p in (root / "collection").rglob("*") if p.is_file()}  # fmt: skip


def inventory(root):
    return json.loads((root / "collection" / "inventory.json").read_text("utf-8"))


def test_another_implementation_finds_the_object_valid(held):
    _, root = held
    assert validated(root) == VALID
    paths = {path for paths in inventory(root)["versions"]["v1"]["state"].values() for path in paths}
    assert {"wacz/archive/a.warc.gz", "wacz/datapackage.json", "metadata.csv"} <= paths


def test_an_export_of_the_same_makes_no_version(copied):
    collection, root = copied
    before = content(root)
    version, _ = deposit(collection, None, since=None, root=root)
    assert (version.number, version.made) == (1, False)
    assert content(root) == before


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "no exchange"])
def test_a_version_adds_what_is_new_and_writes_nothing_again(copied, tmp_path, monkeypatch, exchange):
    collection, root = copied
    if not exchange:  # a disk that cannot
        monkeypatch.setattr(ocfl, "_exchanged", lambda *_: False)
    before = content(root)
    grow(collection, tmp_path)
    version, _ = deposit(collection, None, since=None, root=root)
    assert (version.number, version.made) == (2, True)
    after = content(root)
    kept = {name: facts for name, facts in before.items() if not name.startswith("collection/inventory")}
    assert {name: after[name] for name in kept} == kept
    assert "collection/v2/content/wacz/archive/b.warc.gz" in after
    assert "collection/v2/content/wacz/archive/a.warc.gz" not in after
    assert validated(root) == VALID
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_what_is_killed_leaves_the_object_as_it_was(copied, tmp_path, monkeypatch):
    collection, root = copied
    grow(collection, tmp_path)
    before = content(root)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ocfl, "_put", killed)
        with pytest.raises(KeyboardInterrupt):
            deposit(collection, None, since=None, root=root)
    assert content(root) == before
    assert validated(root) == VALID


@pytest.mark.parametrize("moved", [1, 2], ids=["version", "inventory"])
def test_an_interrupted_version_without_exchange_is_made_again(copied, tmp_path, moved):
    """The new version's folder is there, perhaps its inventory, too, and not yet its sidecar."""
    collection, root = copied
    grow(collection, tmp_path)
    shutil.copytree(root, tmp_path / "other")
    deposit(collection, None, since=None, root=tmp_path / "other")
    for name in ("v2", "inventory.json")[:moved]:
        source, target = tmp_path / "other" / "collection" / name, root / "collection" / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
    assert validated(root) != VALID
    archived(tmp_path / "c.warc.gz", [("/zxft/3.html", "2024-05-01", talk("第三期说水库。", title="水库访谈"))])
    take(collection, [tmp_path / "c.warc.gz"])
    deposit(collection, None, since=None, root=root)
    assert validated(root) == VALID


@pytest.mark.parametrize(
    "wrong",
    [
        {"head": "v2"}, {"head": "vx"}, {"head": 1}, {"head": ""}, {"manifest": []}, {"manifest": {"a": "b"}}, {"versions": []},
        {"versions": {"v1": {}, "../../elsewhere": {}}, "head": "v2"}, {"versions": {"v1": []}}, {"versions": {"v1": {"state": {"a": 1}}}},
    ],
    ids=str,
)  # fmt: skip
def test_an_inventory_that_somebody_made_up_leads_nowhere(copied, tmp_path, wrong):
    """Its names become paths, its numbers the next version's."""
    collection, root = copied
    place = root / "collection"
    for folder in (place, place / "v1"):
        data = json.dumps(inventory(root) | wrong).encode() if folder is place else json.dumps({}).encode()
        (folder / "inventory.json").write_bytes(data)
        (folder / "inventory.json.sha512").write_text(f"{hashlib.sha512(data).hexdigest()} inventory.json\n", "ascii")
    (tmp_path / "elsewhere").mkdir()
    before = content(root)
    with pytest.raises(ConfigError, match="nothing was written"):
        deposit(collection, None, since=None, root=root)
    assert content(root) == before


def test_objects_and_folders_of_others_are_left_alone(copied, tmp_path):
    collection, root = copied
    stranger = holding(tmp_path, SECOND, name="stranger")
    before = content(root)
    with pytest.raises(ConfigError, match="another collection"):
        deposit(stranger, None, since=None, root=root)
    assert content(root) == before
    with pytest.raises(ConfigError, match="not empty"):
        deposit(collection, None, since=None, root=collection.root)


@pytest.mark.parametrize("data", [b"{}", b"\xff", b""])
def test_a_damaged_inventory_is_told_and_nothing_is_written(copied, data):
    collection, root = copied
    for path in root.rglob("inventory.json"):
        path.write_bytes(data)
    with pytest.raises(ConfigError, match="sidecar"):
        deposit(collection, None, since=None, root=root)
    assert not (root / "collection" / "v2").exists()


def test_a_takedown_names_objects_and_packages_elsewhere_until_they_are_made_again(copied, tmp_path):
    """Until then each command that is about them says so; what was deleted is not named, a disk that is away is."""
    collection, _ = copied
    root, bag, wacz = tmp_path / "disk" / "root", tmp_path / "disk" / "bag", tmp_path / "disk" / "given.wacz"
    made = (("--ocfl", root), ("--transfer", "-o", bag), ("-o", wacz))
    for options in made:
        assert fangtan("package", *options, collection=collection.root).code == 0
    grow(collection, tmp_path)
    assert fangtan("package", "--ocfl", root, collection=collection.root).err == ""
    said = fangtan("withhold", uid_of(collection, FIRST[0]), "--reason", "撤下", collection=collection.root).err
    assert all(str(path) in said for path in (root / "collection", bag, wacz))

    def named():
        return {fault.file for fault in check_fixity(collection, Outcome()) if fault.check == "withheld"}

    assert named() >= {str(root / "collection"), str(bag), str(wacz)}
    again = fangtan("package", "--ocfl", root, collection=collection.root)
    assert (again.code, "make it again" in again.err) == (0, True)
    for path in (root / "collection", bag):
        shutil.rmtree(path)
    wacz.rename(tmp_path / "moved.wacz")
    assert fangtan("package", "--ocfl", root, collection=collection.root).err == ""
    assert named() & {str(root / "collection"), str(bag), str(wacz)} == set()
    (tmp_path / "disk").rename(tmp_path / "away")
    assert str(root / "collection") in named()
    other = fangtan("withhold", uid_of(collection, SECOND[0]), "--reason", "撤下", collection=collection.root).err
    assert str(root / "collection") in other


def test_status_names_copies_elsewhere_until_they_are_gone(copied, tmp_path):
    collection, _ = copied
    disk = tmp_path / "disk"
    given, other = disk / "given.wacz", tmp_path / "other.wacz"
    for path in (given, other):
        path.parent.mkdir(exist_ok=True)
        assert fangtan("package", "-o", path, collection=collection.root).code == 0

    def said():
        lines = fangtan("status", collection=collection.root).out
        return {path.name: (str(path) in lines, f"--gone {path}" in lines) for path in (given, other)}, lines

    assert said()[0] == {"given.wacz": (True, False), "other.wacz": (True, False)}
    assert "withheld" not in said()[1]
    fangtan("withhold", uid_of(collection, FIRST[0]), "--reason", "撤下", collection=collection.root)
    assert said()[1].count("holds what is withheld") == 3
    still = fangtan("package", "--gone", given, collection=collection.root)
    assert (still.code, "delete it first" in still.err) == (2, True)
    other.unlink()
    shutil.rmtree(disk)
    found, lines = said()
    assert found == {"given.wacz": (True, True), "other.wacz": (False, False)}
    assert "may hold what is withheld" in lines
    assert fangtan("package", "--gone", given, collection=collection.root).code == 0
    assert said()[0]["given.wacz"] == (False, False)
    strange = fangtan("package", "--gone", tmp_path / "x.wacz", collection=collection.root)
    assert (strange.code, "x.wacz" in strange.err) == (2, True)


def test_notes_that_cannot_be_read_are_named_and_left_as_they_are(copied, tmp_path):
    collection, _ = copied
    notes = collection.root / "deposits.json"
    notes.write_text("{", "utf-8")
    lost = fangtan("package", "-o", tmp_path / "given.wacz", collection=collection.root)
    assert (lost.code, str(notes) in lost.err, notes.read_text("utf-8")) == (2, True, "{")
    said = fangtan("withhold", uid_of(collection, FIRST[0]), "--reason", "撤下", collection=collection.root).err
    assert str(notes) in said
    assert f"copies elsewhere: {notes} cannot be read" in fangtan("status", collection=collection.root).out


@pytest.mark.parametrize(
    ("local", "central"), [((6, 1), (8, 1)), ((8, 97), (10, 97))], ids=["encrypted", "unknown-method"]
)
def test_a_copy_elsewhere_that_no_reader_opens_may_hold_what_is_taken_down(copied, tmp_path, local, central):
    collection, _ = copied
    given = tmp_path / "given.wacz"
    assert fangtan("package", "-o", given, collection=collection.root).code == 0
    data = bytearray(given.read_bytes())
    for mark, (at, value) in ((b"PK\3\4", local), (b"PK\1\2", central)):
        found = -1
        while (found := data.find(mark, found + 1)) >= 0:
            data[found + at] = value
    given.write_bytes(data)
    said = fangtan("withhold", uid_of(collection, FIRST[0]), "--reason", "撤下", collection=collection.root)
    assert (said.code, str(given) in said.err) == (0, True)
