"""A forger who can write everything and does not have the key: whatever is entered later, what was vouched for stays so."""

import json
import shutil
from hashlib import sha256

import pytest
from support.damage import rebuilt_warc
from support.forger import entered, key_entry, of_file
from support.running import copy_of, fangtan, faults
from support.servers.oddserver import OddServer, plain, responses

from archive.collection.folder import Collection
from archive.errors import ArchiveError
from archive.handover.merging import merge
from archive.handover.wacz import package
from archive.handover.withhold import withhold
from archive.ledger import chain as ledger
from archive.ledger import keys
from archive.ledger.plain import enter_lines, enter_settings
from archive.store.corrections import CORRECTIONS
from archive.store.store import open_reader
from archive.verify import Options, Summary, verify_collection

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A collection with three pages, a correction and a package; its head is held, and nothing is wrong with it."""
    collection = Collection(tmp_path_factory.mktemp("forged") / "c").create()
    table = responses()
    pages = {name: table[f"/zxft/{name}"] for name in ("gzip.html", "target.html")}
    with OddServer({"/zxft/": table["/zxft/"], **{f"/zxft/{n}": page for n, page in pages.items()}}) as server:
        fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    package(collection)
    db = open_reader(collection.store)
    (uid,) = db.execute("SELECT min(uid) FROM interviews").fetchone()
    db.close()
    for theme in ("更正后的主题", "再次更正"):
        made = fangtan(
            "correct", uid, "theme", theme, "--author", "张三", "--reason", "核对原文", collection=collection.root
        )
        assert made.code == 0, made.err
    assert faults(collection, reparse=True) == []
    return collection


@pytest.fixture
def copy(whole, tmp_path):
    return copy_of(whole, tmp_path / "copy")


@pytest.fixture
def mine(tmp_path):
    """The forger's own key."""
    return keys.create(where=tmp_path / "mine")


def head(collection):
    return ledger.lenient(collection.ledger)[-1].hash


def key_of(collection):
    return ledger.key_of(collection, ledger.lenient(collection.ledger))


def warc_of(collection):
    return max(collection.warcs(), key=lambda path: path.stat().st_size)


def forged(path):
    """Another content type in records, with all digests in the file made right again."""
    rebuilt_warc(path, lambda h, block: (h, block.replace(b"text/html", b"text/htmx")), fix_digests=True)


def second_entry(collection, key):
    forged(warc_of(collection))
    entered(collection, of_file(warc_of(collection), "warc"), key)


def imported(collection, key):
    forged(warc_of(collection))
    path = warc_of(collection)
    entered(collection, of_file(path, "warc", origin={"kind": "import", "file": path.name}), key)


def overwritten(collection, key):
    path = warc_of(collection)
    before = sha256(path.read_bytes()).hexdigest()
    forged(path)
    file = {**of_file(path, "x"), "sha256_before": before}
    entered(collection, {"type": "withhold", "captures": ["none"], "destroy": True, "reason": "court"}, key)
    entered(collection, {"type": "overwrite", "captures": ["none"], "files": [file]}, key)


def destroyed(collection, key):
    path = warc_of(collection)
    before = sha256(path.read_bytes()).hexdigest()
    forged(path)
    file = {**of_file(path, "x"), "sha256_before": before}
    entered(
        collection,
        {"type": "withhold", "captures": ["none"], "destroyed": True, "files": [file], "reason": "court"},
        key,
    )


def report_of(collection, end):
    return next(path for path in sorted(collection.reports.iterdir()) if path.name.endswith(end))


def other_report(collection, key):
    path = report_of(collection, ".json")
    path.write_bytes(path.read_bytes().replace(b'"verdict": "', b'"verdict": "x'))
    entered(collection, of_file(path, "run", run=path.stem, verdict="ok"), key)


def other_page(collection, key):
    path = report_of(collection, ".html")
    path.write_bytes(path.read_bytes() + b"<p>more</p>")
    report = report_of(collection, ".json")
    entered(collection, of_file(report, "run", run=report.stem, files=[of_file(path, "x")]), key)


def other_package(collection, key):
    path = next(collection.packages.glob("*.wacz"))
    path.write_bytes(path.read_bytes() + b" ")
    entered(collection, of_file(path, "package", folder="packages"), key)


def other_order(collection, key):
    lines = collection.corrections.read_bytes().splitlines(keepends=True)
    collection.corrections.write_bytes(b"".join(reversed(lines)))
    said = [d for e in ledger.lenient(collection.ledger) for d in e.data.get("lines") or ()]
    entered(collection, {"type": "corrections", "lines": said[::-1], "whole": True}, key)


MOVES = {
    "second-entry": (second_entry, "ledger", "warc.gz"),
    "faked-import": (imported, "ledger", "warc.gz"),
    "faked-overwriting": (overwritten, "ledger", "warc.gz"),
    "faked-destruction": (destroyed, "ledger", "warc.gz"),
    "replaced-report": (other_report, "report", ".json"),
    "replaced-page": (other_page, "report", ".html"),
    "replaced-package": (other_package, "package", ".wacz"),
    "turned-corrections": (other_order, "corrections", "corrections.jsonl"),
}


def signed_by(collection, mine, how):
    """The key of the forger's entries: none, one that is announced without the old one's word, or with a false one."""
    if how == "nobody":
        return None
    vouch = {"own key": None, "wrong endorsement": mine.sign(mine.fingerprint.encode())}[how]
    entered(collection, key_entry(mine, vouch), mine)
    return mine


@pytest.mark.parametrize("how", ["nobody", "own key", "wrong endorsement"])
@pytest.mark.parametrize("move", sorted(MOVES))
def test_a_later_entry_takes_no_earlier_ones_place(copy, mine, move, how):
    held, known = head(copy), key_of(copy).fingerprint
    make, check, where = MOVES[move]
    make(copy, signed_by(copy, mine, how))
    found = faults(copy, heads=(held,), key=known)
    assert [f for f in found if f.check == check and where in f.file], [str(f) for f in found]
    assert {f.check for f in found} & {"ledger-signature", "ledger-key"}


@pytest.mark.parametrize("move", sorted(MOVES))
def test_what_nobody_signed_stays_so_when_later_entries_are_signed(copy, move):
    """The next run of the archive signs what the forger wrote over; it explains nothing for that."""
    make, check, where = MOVES[move]
    make(copy, None)
    ledger.append(copy, {"type": "note"})
    found = faults(copy)
    assert [f for f in found if f.check == check and where in f.file], [str(f) for f in found]
    assert any(f.check == "ledger-signature" and "none on entries" in f.found for f in found)


def test_a_new_file_that_nobody_signed_for_is_named(copy):
    """An invented import, signed over by the next run; who holds a later head vouches for it."""
    path = copy.archive / "more.warc.gz"
    shutil.copy(warc_of(copy), path)
    number = len(ledger.lenient(copy.ledger)) + 1
    entered(copy, of_file(path, "warc", origin={"kind": "import", "file": path.name}))
    last = ledger.append(copy, {"type": "note"})
    named = [f for f in faults(copy) if f.check == "ledger-signature"]
    assert [f"{copy.ledger}:{number}"] == [f.file for f in named]
    assert "ledger-signature" not in {f.check for f in faults(copy, heads=(last.hash,))}


def test_a_key_of_ones_own_is_none(copy, mine):
    entered(copy, key_entry(mine), mine)
    known = key_of(copy)
    assert known is None, "the forger's key is in force for programs, so that nothing more is signed"
    assert [f.check for f in faults(copy)] == ["ledger-key"]
    assert "ledger-key" not in {f.check for f in faults(copy, key=mine.fingerprint)}, "unless the reader knows it"


def test_a_key_that_does_not_sign_its_own_entry_is_none(copy, mine):
    vouch = key_of(copy).sign(mine.fingerprint.encode())  # as it may stand in another collection of the owner
    entered(copy, key_entry(mine, vouch))
    assert "ledger-key" in {f.check for f in faults(copy)}


def test_an_old_fingerprint_holds_through_endorsed_keys(copy):
    first = key_of(copy).fingerprint
    fangtan("ledger", "--new-key", collection=copy.root)
    fangtan("ledger", "--new-key", collection=copy.root)
    assert key_of(copy).fingerprint != first
    for known in (first, first[:16].upper(), key_of(copy).fingerprint):
        assert faults(copy, key=known) == []
    assert [f.check for f in faults(copy, key="0" * 16)] == ["ledger-key"]


def test_a_rotation_that_another_key_endorsed_is_named(copy, mine, tmp_path):
    first = key_of(copy).fingerprint
    other = keys.create(where=tmp_path / "other")
    entered(copy, key_entry(mine, other.sign(mine.fingerprint.encode())), mine)
    entered(copy, key_entry(other, mine.sign(other.fingerprint.encode())), other)
    for known in (None, first):
        assert [f.check for f in faults(copy, key=known)] == ["ledger-key"]


def test_entries_of_another_collection_are_none(copy, tmp_path):
    """Signed by the same key, elsewhere: here they break the chain, and explain nothing."""
    elsewhere = copy_of(copy, tmp_path / "elsewhere")
    held, path = head(copy), warc_of(copy)
    before = sha256(path.read_bytes()).hexdigest()
    forged(path)
    ledger.append(elsewhere, {"type": "note"})
    file = {**of_file(path, "x"), "sha256_before": before}
    ledger.append(
        elsewhere, {"type": "withhold", "captures": ["none"], "destroyed": True, "files": [file], "reason": "x"}
    )
    line = elsewhere.ledger.read_bytes().splitlines(keepends=True)[-1]
    copy.ledger.write_bytes(copy.ledger.read_bytes() + line)
    found = faults(copy, heads=(held,))
    assert any(f.check == "ledger" and "the chain is broken" in f.found for f in found)
    data = {k: v for k, v in json.loads(line).items() if k not in ("hash", "signature", "previous")}
    copy.ledger.write_bytes(copy.ledger.read_bytes()[: -len(line)])
    entered(copy, data, signature=ledger.lenient(elsewhere.ledger)[-1].signature)
    checks = {f.check for f in faults(copy, heads=(held,)) if "warc.gz" in f.file or "ledger" in f.check}
    assert {"ledger", "ledger-signature"} <= checks


@pytest.mark.parametrize("cut", [1, 3])
def test_a_ledger_that_was_cut_and_continued_is_named(copy, mine, cut):
    held = head(copy)
    lines = copy.ledger.read_bytes().splitlines(keepends=True)
    copy.ledger.write_bytes(b"".join(lines[:-cut]))
    assert "ledger-head" in {f.check for f in faults(copy, heads=(held,))}
    entered(copy, key_entry(mine), mine)
    assert {"ledger-head", "ledger-key"} <= {f.check for f in faults(copy, heads=(held,))}


def test_lines_in_another_order_are_named(copy):
    lines = copy.ledger.read_bytes().splitlines(keepends=True)
    for at in range(len(lines) - 1):
        turned = [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]
        copy.ledger.write_bytes(b"".join(turned))
        assert "ledger" in {f.check for f in faults(copy)}, at


def test_a_takedown_by_the_key_explains_the_file(copy):
    """Held heads stay, what was vouched for besides stays, and a file that was changed before its takedown is named."""
    held = head(copy)
    db = open_reader(copy.store)
    first, second = (
        row[0] for row in db.execute("SELECT id FROM captures WHERE url LIKE '%.html' ORDER BY id LIMIT 2")
    )
    db.close()
    withhold(copy, [first], "court order", destroy=True)
    assert faults(copy, heads=(held,)) == []
    forged(warc_of(copy))
    withhold(copy, [second], "court order", destroy=True)
    assert [f for f in faults(copy, heads=(held,)) if f.check == "ledger" and "warc.gz" in f.file]


def test_a_takedown_after_a_forged_entry_whitewashes_nothing(copy):
    second_entry(copy, None)
    db = open_reader(copy.store)
    (first,) = db.execute("SELECT id FROM captures WHERE url LIKE '%gzip.html'").fetchone()
    db.close()
    withhold(copy, [first], "court order", destroy=True)
    found = [f for f in faults(copy) if f.check == "ledger" and "warc.gz" in f.file]
    assert found


def test_a_broken_chain_of_keys_is_merged_by_who_knows_the_new_one(copy, mine, collection):
    entered(copy, key_entry(mine), mine)
    with pytest.raises(ArchiveError, match="ledger-key"):
        merge(collection, copy)
    result = fangtan("merge", copy.root, "--key", mine.fingerprint, collection=collection.root)
    assert result.code == 0, result.err
    assert faults(collection) == []


def test_a_fingerprint_or_head_that_is_none_is_refused(copy):
    for option, value in (("--key", "5d88"), ("--key", "x" * 16), ("--head", "3f9a"), ("--head", "z" * 64)):
        result = fangtan("verify", option, value, collection=copy.root)
        assert result.code == 2, (option, value)
        assert value in result.err


# ── what people rely on ─────────────────────────────────────────────────────────────────────────────────────────────


def notes(collection):
    return [f for f in verify_collection(collection, Summary(), Options()) if f.level == "note"]


@pytest.mark.parametrize("end", [".json", ".html", ".account.jsonl"])
def test_each_file_of_a_run_is_vouched_for(copy, end):
    path = report_of(copy, end)
    data = path.read_bytes()
    path.write_bytes(data + b"\n")
    assert [(f.check, f.file) for f in faults(copy)] == [("report", str(path))]
    path.unlink()
    (gone,) = faults(copy)
    assert gone.check == "ledger"
    assert path.name in gone.expected
    path.write_bytes(data)
    assert faults(copy) == []


def test_a_report_without_an_entry_is_named(copy):
    path = report_of(copy, ".json")
    run = "20260101T000000Z-x-0000"
    data = json.loads(path.read_bytes())
    (copy.reports / f"{run}.json").write_text(json.dumps({**data, "run": run}), "utf-8")
    assert ("report", str(copy.reports / f"{run}.json")) in {(f.check, f.file) for f in faults(copy)}


def test_a_package_that_is_gone_is_named(copy):
    path = next(copy.packages.glob("*.wacz"))
    path.unlink()
    (gone,) = faults(copy)
    assert (gone.check, gone.file) == ("package", str(path))


def test_a_package_that_a_takedown_names_may_go(copy):
    db = open_reader(copy.store)
    (first,) = db.execute("SELECT id FROM captures WHERE url LIKE '%gzip.html'").fetchone()
    db.close()
    withhold(copy, [first], "court order", destroy=True)
    next(copy.packages.glob("*.wacz")).unlink()
    assert faults(copy) == []


def test_a_package_that_was_written_elsewhere_may_be_anywhere(copy, tmp_path):
    package(copy, output=tmp_path / "given.wacz", since="2020-01-01")
    (tmp_path / "given.wacz").unlink()
    assert faults(copy) == []


@pytest.mark.parametrize("change", ["edited", "first gone", "all gone", "turned"])
def test_lines_of_corrections_stay(copy, change):
    lines = copy.corrections.read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    changed = {
        "edited": [lines[0].replace("张三".encode(), "李四".encode()), lines[1]],
        "first gone": lines[1:],
        "all gone": [],
        "turned": lines[::-1],
    }[change]
    copy.corrections.write_bytes(b"".join(changed))
    fangtan("rebuild", collection=copy.root)
    assert {f.check for f in faults(copy)} == {"corrections"}
    assert enter_lines(copy, "corrections", CORRECTIONS.digests(copy)) is None, (
        "the next run enters nothing in its place"
    )
    copy.corrections.write_bytes(b"".join(lines))
    fangtan("rebuild", collection=copy.root)
    assert faults(copy) == []


def test_a_line_that_was_written_by_hand_may_stand_anywhere(copy):
    lines = copy.corrections.read_bytes().splitlines(keepends=True)
    more = lines[0].replace("核对原文".encode(), "另一理由".encode())
    for made in ([lines[0], more, lines[1]], [lines[0], more, lines[1], more]):
        copy.corrections.write_bytes(b"".join(made))
        assert [f for f in faults(copy) if "vouches" in f.expected or "order" in f.expected] == []
        enter_lines(copy, "corrections", CORRECTIONS.digests(copy))
        assert [f for f in faults(copy) if "vouches" in f.expected or "order" in f.expected] == []
    copy.corrections.write_bytes(b"".join([more, *lines, more]))
    assert "corrections" in {f.check for f in faults(copy)}


def test_settings_may_change_and_that_is_said(copy):
    config, site = copy.root / "fangtan.toml", next(copy.sites.glob("*.toml"))
    at = next(e.data["at"] for e in ledger.lenient(copy.ledger) if e.type == "settings")
    assert not [n for n in notes(copy) if n.check == "settings"]
    config.write_text(config.read_text("utf-8") + "# 改\n", "utf-8")
    kept = site.read_bytes()
    site.unlink()
    (copy.sites / "new.toml").write_bytes(kept)
    said = {n.file: n for n in notes(copy) if n.check == "settings"}
    assert set(said) == {str(config), str(site), str(copy.root)}
    assert at in said[str(config)].expected
    assert "new.toml" in said[str(copy.root)].expected
    assert faults(copy) == []
    assert enter_settings(copy) is not None
    assert not [n for n in notes(copy) if n.check == "settings"]
    assert enter_settings(copy) is None


def test_a_run_enters_the_settings_it_finds(copy):
    config = copy.root / "fangtan.toml"
    config.write_text(config.read_text("utf-8") + "# 改\n", "utf-8")
    with OddServer({"/zxft/": plain(b"<html>x</html>")}) as server:
        fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=copy.root)
    assert not [n for n in notes(copy) if n.check == "settings" and "fangtan.toml" in n.file]


def test_a_closed_file_with_the_name_of_an_open_one_is_named(copy):
    path = warc_of(copy)
    opened = path.rename(path.with_name(f"{path.name}.open"))
    assert [(f.check, f.file) for f in faults(copy)] == [("ledger", str(opened))]
    data = bytearray(opened.read_bytes())
    data[len(data) // 2] ^= 8
    opened.write_bytes(data)
    assert "structure" in {f.check for f in faults(copy)}, "its records are checked to the end"
