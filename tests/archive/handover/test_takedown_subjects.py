"""A takedown is about what was named and nothing else; what is destroyed is gone wherever it stands."""

import gzip

import pytest
from support.running import fangtan, faults
from support.takedowns import archived, holding, rows
from support.talks import OPENING, talk, uid

from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.handover.withhold import finish, release, withhold
from archive.ledger import chain as ledger
from archive.ledger.withheld import takedowns, withheld_talk
from archive.store.indexer import bring_up_to_date
from archive.store.rebuild import rebuild
from archive.warc.records import Position, raw_at, read_at

pytestmark = pytest.mark.long

FIRST, SECOND = "第一版的回答：年底以前全部完成。", "第二版的回答：明年春天再开工。"
CHANGED = (("/1.html", "2024-03-05", talk(FIRST)), ("/1.html", "2024-04-05", talk(FIRST, SECOND)))
MOVED = (("/old.html", "2023-03-05", talk(FIRST)), ("/new.html", "2024-03-05", talk(FIRST)))
OTHER = ("/9.html", "2024-05-05", talk(SECOND, title="乡村道路访谈", opening=tuple(f"{o}道路呢？" for o in OPENING)))


def captured(collection):
    """Ids in the order of time, with the places of their records."""
    found = rows(collection, "SELECT id, warc_file, warc_offset, warc_length FROM captures ORDER BY fetched_at, id")
    return {row[0]: Position(*row[1:]) for row in found}


def wrong(collection):
    """What verify finds, the words aside that a stranger's file lacks."""
    return [
        f for f in faults(collection, reparse=True) if f.check in ("ledger", "reparse", "structure", "index", "digest")
    ]


def words_in(collection, word):
    """The files of the archive that hold a word, in whatever form."""
    return [p.name for p in sorted(collection.archive.iterdir()) if word.encode() in plain(p.read_bytes())]


def plain(data):
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


# ── who is named ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shown_again", [False, True], ids=["hidden", "released"])
def test_destroying_one_capture_leaves_the_others_of_its_takedown(tmp_path, shown_again):
    collection = holding(tmp_path, *CHANGED)
    (one, place), (other, kept) = captured(collection).items()
    before = raw_at(collection.archive, place), raw_at(collection.archive, kept)
    withhold(collection, [uid("/1.html")], "asked")
    if shown_again:
        release(collection, [other], "settled")
    done = withhold(collection, [one], "law", destroy=True)
    assert done.destroyed
    assert done.captures == (one,)
    assert raw_at(collection.archive, place) != before[0]
    assert raw_at(collection.archive, kept) == before[1]
    assert {p["id"] for p in ledger.read(collection.ledger)[-1].data["records"]} == {one}
    assert list(captured(collection)) == ([other] if shown_again else [])
    assert wrong(collection) == []
    if not shown_again:
        release(collection, [other], "settled")
        assert list(captured(collection)) == [other]


def test_destroying_one_talk_leaves_the_other_that_was_hidden_with_it(tmp_path):
    collection = holding(tmp_path, CHANGED[0], OTHER)
    one, other = captured(collection)
    withhold(collection, [uid("/1.html"), uid("/9.html")], "asked")
    assert withhold(collection, [uid("/1.html")], "law", destroy=True).captures == (one,)
    assert words_in(collection, "乡村道路") == ["a.warc.gz"]
    release(collection, [other], "settled")
    assert list(captured(collection)) == [other]
    assert withheld_talk(collection, uid("/9.html")) is None
    assert wrong(collection) == []


def test_a_takedown_that_does_not_tell_its_talks_apart_destroys_neither(tmp_path):
    """Entries of earlier versions name talks and captures, not which belong together."""
    collection = holding(tmp_path, CHANGED[0], OTHER)
    ids = list(captured(collection))
    talks = [uid("/1.html"), uid("/9.html")]
    ledger.append(collection, {"type": "withhold", "captures": ids, "interviews": talks, "reason": "x", "records": []})
    with pytest.raises(ConfigError, match="name captures"):
        withhold(collection, [talks[0]], "law", destroy=True)
    assert withhold(collection, ids[:1], "law", destroy=True).captures == (ids[0],)


def test_an_import_of_what_is_destroyed_leaves_every_id_withheld(tmp_path):
    collection = holding(tmp_path, *MOVED)
    copy = tmp_path / "copy.warc"
    copy.write_bytes(gzip.decompress((collection.archive / "a.warc.gz").read_bytes()))
    withhold(collection, [uid("/old.html")], "law", destroy=True)
    assert fangtan("import", copy, collection=collection.root).code == 0
    assert words_in(collection, FIRST) == []
    for path in ("/old.html", "/new.html"):
        assert withheld_talk(collection, uid(path)), path
        said = fangtan("withhold", uid(path), "--reason", "x", collection=collection.root)
        assert "withheld already" in said.err
    held = {e.number: e for e in takedowns(collection).held.values()}
    assert {p["warc_file"] for e in held.values() for p in e.data["records"]} == {"a.warc.gz", "copy.warc"}


# ── damage ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def flip(path, at):
    with path.open("r+b") as stream:
        stream.seek(at)
        byte = stream.read(1)[0] ^ 0x01
        stream.seek(at)
        stream.write(bytes([byte]))


def unpacked(collection):
    """The same collection with its one file uncompressed."""
    path = collection.archive / "a.warc.gz"
    (collection.archive / "a.warc").write_bytes(gzip.decompress(path.read_bytes()))
    path.unlink()
    collection.store.unlink()
    bring_up_to_date(collection)


def types_at(collection, *places):
    return [read_at(collection.archive, place).type for place in places]


@pytest.mark.parametrize("at", [10, 0.5, -3], ids=["begin", "middle", "checksum"])
@pytest.mark.parametrize("gz", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("when", ["before", "hidden", "destroyed"])
def test_a_damaged_record_is_gone_when_the_ledger_says_so(tmp_path, at, gz, when):
    """A digest that differs is no proof that the words are gone; only our note is."""
    collection = holding(tmp_path, *CHANGED, OTHER)
    if not gz:
        unpacked(collection)
    places = list(captured(collection).values())
    path, first = collection.archive / places[0].warc_file, places[0]
    where = first.offset + (int(first.length * at) if isinstance(at, float) else at % first.length)
    if when == "before":
        flip(path, where)
    withhold(collection, [uid("/1.html")], "asked")
    if when == "hidden":
        flip(path, where)
    done = withhold(collection, [uid("/1.html")], "law", destroy=True)
    assert done.destroyed
    if when == "destroyed":  # the note itself is damaged: a new one is made
        flip(path, where)
        finish(collection)
    types = types_at(collection, *places)
    assert types[1:] == ["metadata", "response"]
    assert types[0] == "metadata" or when == "destroyed"
    assert finish(collection) == []
    assert words_in(collection, FIRST) == []
    assert words_in(collection, "乡村道路")


@pytest.mark.parametrize("left", [5, 60, 900])
def test_a_file_that_ends_inside_a_withheld_record_keeps_none_of_it(tmp_path, left):
    collection = holding(tmp_path, OTHER, CHANGED[0])
    unpacked(collection)
    place = captured(collection)[rows(collection, "SELECT id FROM captures WHERE url LIKE '%/1.html'")[0][0]]
    withhold(collection, [uid("/1.html")], "asked")
    path = collection.archive / "a.warc"
    before = path.read_bytes()[: place.offset + left]
    path.write_bytes(before)
    assert withhold(collection, [uid("/1.html")], "law", destroy=True).destroyed
    after = path.read_bytes()
    assert len(after) == len(before)
    assert after[: place.offset] == before[: place.offset]
    assert FIRST.encode() not in after
    assert b"HTTP/1.1" not in after[place.offset :]
    assert finish(collection) == []


def test_another_file_under_the_name_loses_nothing(tmp_path):
    """Places of a takedown mean nothing in a file that holds other records there."""
    collection = holding(tmp_path, *CHANGED)
    withhold(collection, [uid("/1.html")], "asked")
    path = collection.archive / "a.warc.gz"
    archived(path, [OTHER, ("/8.html", "2024-06-05", talk(FIRST, title="另一次访谈"))])
    before = path.read_bytes()
    withhold(collection, [uid("/1.html")], "law", destroy=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("digit", [0, 35])
def test_a_record_whose_id_is_damaged_stays_withheld(tmp_path, digit):
    collection = holding(tmp_path, CHANGED[0], OTHER)
    unpacked(collection)
    capture, other = captured(collection)
    withhold(collection, [uid("/1.html")], "asked")
    path = collection.archive / "a.warc"
    flip(path, path.read_bytes().index(capture.encode()) + digit)
    rebuild(collection)
    assert list(captured(collection)) == [other]
    assert "/1.html" not in collection.index.read_text("utf-8")
    assert withhold(collection, [uid("/1.html")], "law", destroy=True).destroyed
    assert words_in(collection, FIRST) == []


# ── a second copy, an indexer at work ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("when", ["shown", "hidden"])
def test_a_second_copy_of_a_record_is_destroyed_with_the_first(tmp_path, when):
    collection = holding(tmp_path, *CHANGED, OTHER)
    copy = tmp_path / "copy.warc"
    copy.write_bytes(gzip.decompress((collection.archive / "a.warc.gz").read_bytes()))
    if when == "hidden":
        withhold(collection, [uid("/1.html")], "asked")
    assert fangtan("import", copy, collection=collection.root).code == 0
    if when == "shown":  # replay reads the index, which has a line of each copy
        before = collection.index.read_text("utf-8")
        done = withhold(collection, [uid("/1.html")], "asked")
        assert "/1.html" not in collection.index.read_text("utf-8")
        release(collection, list(done.captures), "settled")
        assert collection.index.read_text("utf-8") == before
    assert withhold(collection, [uid("/1.html")], "law", destroy=True).destroyed
    assert words_in(collection, FIRST) == []
    assert words_in(collection, "乡村道路") == ["a.warc.gz", "copy.warc"]
    assert "/1.html" not in collection.index.read_text("utf-8")
    assert wrong(collection) == []


def test_a_takedown_that_waits_for_a_crawl_holds_no_command_up(tmp_path):
    collection = holding(tmp_path, *CHANGED)
    path = collection.archive / "a.warc.gz"
    path.rename(f"{path}.open")
    assert not withhold(collection, [uid("/1.html")], "law", destroy=True).destroyed
    with collection.lock("indexer"):
        assert finish(collection) == [], "nothing can be done while the file is open"
        (collection.archive / "a.warc.gz.open").rename(path)
        asked = fangtan("sites", "list", collection=collection.root)
        assert asked.code == 0
        assert "carried out" not in asked.err
    assert "carried out" in fangtan("sites", "list", collection=collection.root).err
    assert words_in(collection, FIRST) == []


# ── merges ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shown_again", [False, True], ids=["withheld", "released"])
def test_a_merge_takes_the_ids_of_takedowns_and_the_names_of_files_over(tmp_path, shown_again):
    source, target = holding(tmp_path, *MOVED, name="source"), Collection(tmp_path / "target").create()
    ids = list(captured(source))
    withhold(source, [uid("/old.html")], "asked")
    if shown_again:
        release(source, ids, "settled")
    # The name is taken here by a file that the ledger does not know: the one that comes in gets another.
    archived(target.archive / "a.warc.gz", [OTHER])
    for _ in range(2):
        merged = fangtan("merge", source.root, collection=target.root)
        assert merged.code == 0, merged.err
    groups = sorted(map(sorted, (g for e in takedowns(source).entries for g in e.data["ids"])))
    assert sorted(map(sorted, (g for e in takedowns(target).entries for g in e.data["ids"]))) == groups
    for path in ("/old.html", "/new.html"):
        assert bool(withheld_talk(target, uid(path))) is not shown_again
    names = {p["warc_file"] for e in takedowns(target).held.values() for p in e.data["records"]}
    assert "a.warc.gz" not in names
    assert all((target.archive / name).exists() for name in names)
    assert bool(names) is not shown_again
    shown = {row[0] for row in rows(target, "SELECT id FROM captures")}
    assert (set(ids) <= shown) is shown_again
    assert len(shown - set(ids)) == 1
