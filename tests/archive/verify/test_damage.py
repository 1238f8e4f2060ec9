"""Every kind of damage is found at its place, and nothing is found in an archive without any.

Each entry of :data:`DAMAGES` alters one thing in a copy of an archive that verifies; ``verify`` must name the check and the file (or
record). The WARC kinds come again in benchmarks/checkers.py, where the public checkers see the same files.
"""

import shutil
import zipfile

import pytest
from support.damage import WARC_DAMAGES, county, rebuilt_warc, rezip
from support.forger import entered
from support.package_damage import OTHER_DAMAGES, PACKAGE_DAMAGES, biggest, edit, flipped, sql
from support.running import fangtan, faults

from archive.collection.folder import Collection
from archive.handover.transfer import transfer
from archive.ledger import chain as ledger
from archive.verify import Options, Summary, verify_collection, verify_files
from archive.warc.records import iterate

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A collection with chunked and gzip bodies, both kinds of revisit, a changed page, interviews, a package and a bag."""
    collection = county(tmp_path_factory.mktemp("damage") / "c")
    transfer(collection)
    found = list(verify_collection(collection, Summary(), Options(reparse=True)))
    assert [f for f in found if f.level == "fault"] == []
    return collection


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole.root, tmp_path / "copy")
    return Collection(tmp_path / "copy")


# ── WARC ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", sorted(WARC_DAMAGES))
def test_damage_to_a_warc_record(copy, kind):
    """Found in the collection, with the record's place, and in the file alone."""
    path = biggest(copy)
    damage = WARC_DAMAGES[kind]
    place = damage.apply(path)
    found = faults(copy)
    here = [f for f in found if f.check in damage.checks and path.name in f.file]
    assert here, [str(f) for f in found][:10]
    if place is not None:
        assert place in {f.offset for f in here}, [str(f) for f in here]
    assert "ledger" in {f.check for f in found}, "the file is not the one that was closed"
    if damage.alone:
        alone = [f for f in verify_files([path], Summary()) if f.level == "fault"]
        assert damage.checks & {f.check for f in alone}, [str(f) for f in alone][:10]


def test_damage_hides_nothing_behind_it(copy):
    """Records after a torn one are still read and checked."""
    path = biggest(copy)
    records = list(iterate(path))
    data = bytearray(path.read_bytes())
    for record in (records[3], records[9]):
        data[record.position.offset + record.position.length // 2] ^= 0x20
    path.write_bytes(data)
    found = {f.offset for f in faults(copy) if f.check == "structure"}
    assert found == {records[3].position.offset, records[9].position.offset}


def test_a_forger_who_rewrites_digests_is_caught_by_ledger_index_and_store(copy):
    """A record altered with all its digests made right again: only what stands outside the file can tell."""
    path = biggest(copy)
    rebuilt_warc(
        path, lambda headers, block: (headers, block.replace("欢迎".encode(), "滚蛋".encode())), fix_digests=True
    )
    checks = {f.check for f in faults(copy)}
    assert {"ledger", "index", "store", "quote"} <= checks


# ── index, ledger, store ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", sorted(OTHER_DAMAGES))
def test_damage_to_index_ledger_or_store(copy, kind):
    check, damage = OTHER_DAMAGES[kind]
    for suffix in ("-wal", "-shm"):
        copy.store.with_name(copy.store.name + suffix).unlink(missing_ok=True)
    damage(copy)
    found = faults(copy)
    assert check in {f.check for f in found}, [str(f) for f in found][:10]
    where = {"index": "index.cdxj", "store": "fangtan.db", "quote": "fangtan.db", "report": "reports/"}.get(check)
    if where:
        assert any(where in f.file or ".warc.gz" in f.file for f in found if f.check == check), found


@pytest.mark.parametrize(
    "place",
    [
        "archive/.hidden.warc.gz",
        "archive/old.warc.gz.bak",
        "archive/more",
        "indexes/more.cdxj",
        "originals/more.warc.gz",
    ],
)
def test_what_lies_beside_is_a_note(copy, place):
    """Nobody reads it, so nothing can be said of it; that it is there is said."""
    path = copy.root / place
    path.parent.mkdir(exist_ok=True)
    path.mkdir() if place.endswith("more") else path.write_bytes(b"x")
    found = list(verify_collection(copy, Summary(), Options()))
    assert [(f.file, f.level) for f in found if f.check == "stranger"] == [(str(path), "note")]
    assert [f for f in found if f.level == "fault"] == []


@pytest.mark.parametrize("at", ["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_a_signed_entry_of_another_time_is_a_note(copy, at):
    """By the key's holder: a wrong clock, or a lie that no other entry contradicts."""
    entered(copy, {"type": "note", "at": at}, ledger.key_of(copy, ledger.read(copy.ledger)))
    found = [f for f in verify_collection(copy, Summary(), Options()) if f.check == "ledger-time"]
    assert [(f.file, f.level) for f in found] == [(f"{copy.ledger}:{len(ledger.read(copy.ledger))}", "note")]


def respelt(line):
    """The same entry in other bytes."""
    return b" " + line.replace(b'"type"', b'"\\u0074ype"').replace(b": ", b" :  ").replace(b"\n", b"\r\n")


def test_the_spelling_of_an_entry_counts_for_nothing(copy):
    """Its hash is over what it says: blanks, escapes and the order of fields change nothing."""
    lines = copy.ledger.read_bytes().splitlines(keepends=True)
    copy.ledger.write_bytes(b"".join(map(respelt, lines)))
    assert faults(copy) == []


REPARSED = {
    "speaker": "UPDATE _turns SET speaker = '某人' WHERE rowid = (SELECT min(rowid) FROM _turns)",
    "role": "UPDATE _turns SET role = 'guest' WHERE role = 'host'",
    "title": "UPDATE versions SET title = title || '（修订）' WHERE title IS NOT NULL",
    "gone": "UPDATE _interviews SET gone_at = '2026-01-01T00:00:00Z'",
    "older turn": "UPDATE _turns SET role = 'guest' WHERE version IN (SELECT id FROM versions WHERE NOT newest)",
    "guest": "INSERT INTO _guests(version, seq, name) SELECT id, 9, '某人' FROM versions WHERE NOT newest LIMIT 1",
    "reading": "UPDATE _readings SET record = (SELECT max(o.record) FROM _readings o WHERE o.kind = _readings.kind) WHERE kind = 'transcript'",
    "packed reading": "UPDATE _readings SET record = substr(record, 1, 40) WHERE kind = 'transcript'",
    "search": "DELETE FROM _turns_fts_data WHERE id = (SELECT max(id) FROM _turns_fts_data)",
    "a talk's numbers": "UPDATE _interviews SET characters = characters + 1 WHERE uid = (SELECT min(uid) FROM _interviews)",
    "what roles said": "UPDATE _interviews SET said_guest = said_guest + 1",
    "tally": "UPDATE _tally SET interviews = interviews + 1",
    "totals": "UPDATE _totals SET n = n + 1 WHERE name = 'captures'",
    "list entry": "UPDATE _items SET title = title || '（修订）'",
    "metadata": "UPDATE _metadata SET fields = '{}'",
    "event": "UPDATE _events SET at = '2020-01-01T00:00:00Z'",
    "who asks": "UPDATE _qa SET asker = asker || 'x'",
    "redirect": "UPDATE _redirects SET target_key = target_key || 'x'",
    "site": "UPDATE sites SET name = name || 'x'",
    "interview": "DELETE FROM _interviews WHERE uid = (SELECT min(uid) FROM _interviews)",
}


@pytest.mark.parametrize("kind", sorted(REPARSED))
def test_what_only_reading_again_can_tell(copy, kind):
    sql(REPARSED[kind])(copy)
    assert ("search" if kind == "search" else "reparse") in {f.check for f in faults(copy, reparse=True)}


CHANGED = {
    "renamed": lambda file: file.write_text(
        file.read_text("utf-8").replace("name = ", 'name = "改名县" # ', 1), "utf-8"
    ),
    "removed": lambda file: file.unlink(),
}


@pytest.mark.parametrize("kind", sorted(CHANGED))
def test_a_site_file_that_people_changed_is_a_note_and_the_store_s_rows_are_no_faults(copy, kind):
    CHANGED[kind](next(copy.sites.glob("*.toml")))
    found = list(verify_collection(copy, Summary(), Options(reparse=True)))
    assert [str(f) for f in found if f.level == "fault"] == []
    assert {"settings", "reparse"} <= {f.check for f in found if f.level == "note"}


def test_a_store_that_cannot_be_read_hides_no_damage_elsewhere(copy):
    """Each check goes as far as it can; what stops it is named."""
    for kind in ("store-captures-dropped", "store-evidence-broken", "crawl-db-garbage"):
        OTHER_DAMAGES[kind][1](copy)
    at = WARC_DAMAGES["body-bit"].apply(biggest(copy))
    next(copy.packages.glob("*.wacz")).write_bytes(b"PK")
    result = fangtan("verify", "--reparse", "--json", collection=copy.root)
    assert result.code == 5
    assert "Traceback" not in result.err
    found = {(f["check"], f["offset"]) for f in result.rows[0]["faults"]}
    assert ("structure", at) in found
    assert {"store", "crawl-db", "package-zip", "package", "ledger"} <= {check for check, _ in found}


# ── packages ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", sorted(PACKAGE_DAMAGES))
def test_damage_to_a_package(copy, kind):
    check, change = PACKAGE_DAMAGES[kind]
    path = next(copy.packages.glob("*.wacz"))
    if kind == "truncated-zip":
        edit(path, lambda d: d[: len(d) // 2])
    elif kind == "extra-file":
        with zipfile.ZipFile(path, "a") as target:
            target.writestr("archive/more.txt", "x")
    else:
        rezip(path, change, deflate=kind == "compressed-warc")
    found = faults(copy)
    assert check in {f.check for f in found if path.name in f.file}, [str(f) for f in found][:10]
    assert "package" in {f.check for f in found}, "the ledger knows another file"
    if check != "ledger-head":
        alone = [f for f in verify_files([path], Summary()) if f.level == "fault"]
        assert check in {f.check for f in alone}, [str(f) for f in alone][:10]


@pytest.mark.parametrize("name", ["metadata.csv", "four-properties.json", "records/*.json", "wacz/*.wacz"])
def test_damage_to_a_bag(copy, name):
    path = next(copy.packages.glob(f"*-transfer/data/{name}"))
    path.write_bytes(flipped(path.read_bytes()))
    assert "bag" in {f.check for f in faults(copy)}
    path.unlink()
    assert "bag" in {f.check for f in faults(copy)}


def test_there_are_at_least_forty_kinds():
    assert len(WARC_DAMAGES) + len(OTHER_DAMAGES) + len(PACKAGE_DAMAGES) >= 130


def test_the_command_names_place_expectation_and_exits_5(copy):
    path = biggest(copy)
    place = WARC_DAMAGES["body-bit"].apply(path)
    result = fangtan("verify", collection=copy.root)
    assert result.code == 5
    line = next(x for x in result.out.splitlines() if "structure" in x or "block-digest" in x)
    assert f"{path} offset {place}" in line
    assert "expected" in line
    assert "found" in line
    assert ledger.read(copy.ledger)
