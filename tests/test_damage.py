"""Every kind of damage is found at its place, and nothing is found in an archive without any.

Each entry of :data:`DAMAGES` alters one thing in a copy of an archive that verifies; ``verify`` must name the check and the file (or
record). The WARC kinds come again in benchmarks/checkers.py, where the public checkers see the same files.
"""

import gzip
import json
import shutil
import sqlite3
import zipfile

import pytest
from conftest import fangtan, faults
from damage import WARC_DAMAGES, county, rebuilt_warc, rewrite_ledger, rezip

from archive import ledger
from archive.collection import Collection
from archive.records import iterate
from archive.transfer import transfer
from archive.verify import Options, Summary, verify_collection, verify_files


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


def biggest(collection):
    return max(collection.warcs(), key=lambda p: p.stat().st_size)


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


def lines_of(collection):
    return collection.index.read_text("utf-8").splitlines(keepends=True)


def write_lines(collection, lines):
    collection.index.write_text("".join(lines), "utf-8")


def sql(statement, *arguments):
    def change(collection):
        db = sqlite3.connect(collection.store)
        assert db.execute(statement, arguments).rowcount > 0
        db.commit()
        db.close()

    return change


def edit_index(function):
    def change(collection):
        write_lines(collection, function(lines_of(collection)))

    return change


def swapped(lines):
    return [lines[1], lines[0], *lines[2:]]


OTHER_DAMAGES = {
    "index-line-removed": ("index", edit_index(lambda lines: lines[1:])),
    "index-line-invented": ("index", edit_index(lambda lines: sorted([*lines, lines[0].replace('"offset": "', '"offset": "9')]))),
    "index-status": ("index", edit_index(lambda lines: [lines[0].replace('"status": "', '"status": "9'), *lines[1:]])),
    "index-digest": ("index", edit_index(lambda lines: [lines[0].replace("sha256:", "sha256:AA"), *lines[1:]])),
    "index-disorder": ("index", edit_index(swapped)),
    "index-twice": ("index", edit_index(lambda lines: sorted([*lines, lines[3]]))),
    "index-garbage": ("index", edit_index(lambda lines: [*lines, "zzz not cdxj\n"])),
    "index-file-name": ("index", edit_index(lambda lines: [lines[0].replace('"filename": "', '"filename": "other-'), *lines[1:]])),
    "index-gone": ("index", lambda c: c.index.unlink()),
    "ledger-entry-edited": ("ledger", lambda c: c.ledger.write_text(c.ledger.read_text("utf-8").replace('"size": ', '"size": 1', 1), "utf-8")),
    "ledger-entry-removed": ("ledger", lambda c: c.ledger.write_bytes(b"".join(c.ledger.read_bytes().splitlines(keepends=True)[1:]))),
    "ledger-middle-removed": ("ledger", lambda c: c.ledger.write_bytes(b"".join(x for n, x in enumerate(c.ledger.read_bytes().splitlines(keepends=True)) if n != 2))),
    "ledger-reordered": ("ledger", lambda c: c.ledger.write_bytes(b"".join(sorted(c.ledger.read_bytes().splitlines(keepends=True))))),
    "ledger-garbage": ("ledger", lambda c: c.ledger.write_bytes(c.ledger.read_bytes() + b"{not json}\n")),
    "ledger-gone": ("ledger", lambda c: c.ledger.unlink()),
    "ledger-forged-entry": ("ledger-signature", lambda c: rewrite_ledger(c, lambda entries: [*entries, {"type": "warc", "name": "x", "size": 1, "sha256": "0"}])),
    "ledger-rechained": ("ledger-signature", lambda c: rewrite_ledger(c, lambda entries: [e for e in entries if e["type"] != "run"])),
    "ledger-tail-cut": ("ledger-head", lambda c: c.ledger.write_bytes(b"".join(c.ledger.read_bytes().splitlines(keepends=True)[:3]))),
    "report-edited": ("report", lambda c: edit(next(c.reports.glob("*.json")), lambda d: d.replace(b'"verdict": "', b'"verdict": "x'))),
    "report-gone": ("ledger", lambda c: next(c.reports.glob("*.json")).unlink()),
    "warc-gone": ("ledger", lambda c: biggest(c).unlink()),
    "warc-added": ("ledger", lambda c: shutil.copy(biggest(c), c.archive / "added-00000000000000000-00000-abcdef.warc.gz")),
    "warc-renamed": ("filename", lambda c: biggest(c).rename(c.archive / "renamed-00000000000000000-00000-abcdef.warc.gz")),
    "warc-linked": ("structure", lambda c: (c.archive / "link.warc.gz").symlink_to(biggest(c))),
    "store-status": ("store", sql("UPDATE captures SET status = 201 WHERE id = (SELECT min(id) FROM captures WHERE status = 200)")),
    "store-url": ("store", sql("UPDATE captures SET url = url || 'x' WHERE id = (SELECT min(id) FROM captures)")),
    "store-digest": ("store", sql("UPDATE captures SET sha256 = ? WHERE id = (SELECT max(id) FROM captures)", "0" * 64)),
    "store-time": ("store", sql("UPDATE captures SET fetched_at = '2020-01-01T00:00:00Z' WHERE id = (SELECT max(id) FROM captures)")),
    "store-offset": ("store", sql("UPDATE captures SET warc_offset = warc_offset + 1 WHERE id = (SELECT max(id) FROM captures)")),
    "store-row-removed": ("store", sql("DELETE FROM captures WHERE id = (SELECT max(id) FROM captures WHERE url LIKE '%missing%')")),
    "store-row-file": ("store", sql("UPDATE captures SET warc_file = 'elsewhere.warc.gz' WHERE id = (SELECT max(id) FROM captures)")),
    "store-turn-edited": ("quote", sql("UPDATE _turns SET text = '我完全同意。' WHERE rowid = (SELECT min(rowid) FROM _turns)")),
    "store-turn-removed": ("quote", sql("DELETE FROM _turns WHERE rowid = (SELECT min(rowid) FROM _turns)")),
    "store-evidence-edited": ("quote", sql("UPDATE versions SET evidence = replace(evidence, '主持人：', '发言人：') WHERE n_turns > 0")),
    "store-garbage": ("store", lambda c: edit(c.store, lambda d: d[:5000] + bytes(4000) + d[9000:])),
    "store-gone": ("store", lambda c: c.store.unlink()),
}  # fmt: skip


def edit(path, function):
    path.write_bytes(function(path.read_bytes()))


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


REPARSED = {
    "speaker": "UPDATE _turns SET speaker = '某人' WHERE rowid = (SELECT min(rowid) FROM _turns)",
    "role": "UPDATE _turns SET role = 'guest' WHERE role = 'host'",
    "title": "UPDATE versions SET title = title || '（修订）' WHERE title IS NOT NULL",
    "gone": "UPDATE _interviews SET gone_at = '2026-01-01T00:00:00Z'",
    "interview": "DELETE FROM _interviews WHERE uid = (SELECT min(uid) FROM _interviews)",
}


@pytest.mark.parametrize("kind", sorted(REPARSED))
def test_what_only_reading_again_can_tell(copy, kind):
    sql(REPARSED[kind])(copy)
    assert "reparse" in {f.check for f in faults(copy, reparse=True)}


# ── packages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def without(*names):
    return lambda name, data: (
        None if name in names or any(n.endswith("/") and name.startswith(n) for n in names) else data
    )


def altered(wanted, function):
    return lambda name, data: function(data) if name == wanted else data


def as_json(function):
    def change(data):
        value = json.loads(data)
        function(value)
        return json.dumps(value, ensure_ascii=False).encode()

    return change


def flipped(data):
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


def other_signature(value):
    text = value["signedData"]["signature"]
    value["signedData"]["signature"] = ("B" if text[0] != "B" else "C") + text[1:]


PACKAGE_DAMAGES = {
    "no-datapackage": ("package-missing", without("datapackage.json")),
    "no-digest": ("package-missing", without("datapackage-digest.json")),
    "no-pages": ("package-missing", without("pages/pages.jsonl")),
    "no-index": ("package-missing", without("indexes/")),
    "no-warc": ("package-missing", without("archive/")),
    "warc-flipped": ("package-hash", lambda name, data: flipped(data) if name.startswith("archive/") else data),
    "pages-edited": ("package-hash", altered("pages/pages.jsonl", lambda d: d.replace(b"ts", b"tz"))),
    "index-edited": ("package-hash", altered("indexes/index.cdx.gz", lambda d: gzip.compress(gzip.decompress(d)[:-200]))),
    "profile": ("package-profile", altered("datapackage.json", as_json(lambda v: v.update(profile="x")))),
    "version": ("package-version", altered("datapackage.json", as_json(lambda v: v.pop("wacz_version")))),
    "title-edited": ("package-digest", altered("datapackage.json", as_json(lambda v: v.update(title="别的标题")))),
    "resource-dropped": ("package-unlisted", altered("datapackage.json", as_json(lambda v: v["resources"].pop()))),
    "resource-hash": ("package-hash", altered("datapackage.json", as_json(lambda v: v["resources"][0].update(hash="sha256:" + "0" * 64)))),
    "resource-bytes": ("package-bytes", altered("datapackage.json", as_json(lambda v: v["resources"][0].update(bytes=1)))),
    "datapackage-garbage": ("package-json", altered("datapackage.json", lambda d: d[:-10])),
    "signature-flipped": ("package-signature", altered("datapackage-digest.json", as_json(other_signature))),
    "signature-date": ("package-signature", altered("datapackage-digest.json", as_json(lambda v: v["signedData"].update(created="2020-01-01T00:00:00Z")))),
    "digest-hash": ("package-digest", altered("datapackage-digest.json", as_json(lambda v: v.update(hash="sha256:" + "0" * 64)))),
    "ledger-head": ("ledger-head", altered("fangtan/ledger-head.json", as_json(lambda v: v.update(head="0" * 64)))),
    "compressed-warc": ("package-stored", None),
    "extra-file": ("package-unlisted", None),
    "truncated-zip": ("package-zip", None),
}  # fmt: skip


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
    assert len(WARC_DAMAGES) + len(OTHER_DAMAGES) + len(PACKAGE_DAMAGES) >= 80


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
