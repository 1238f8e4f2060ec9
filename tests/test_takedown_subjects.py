"""A takedown is about what was named and nothing else; what is destroyed is gone wherever it stands."""

import gzip

import pytest
from conftest import fangtan, faults
from test_foreign import quiet, writer_for
from test_ids import HOST, OPENING, record, talk, uid

from archive import ledger
from archive.collection import Collection
from archive.indexer import bring_up_to_date
from archive.records import Position, raw_at
from archive.store import open_reader
from archive.warc import sha256_file
from archive.withheld import takedowns, withheld_talk
from archive.withhold import release, withhold
from parsers.errors import ConfigError

FIRST, SECOND = "第一版的回答：年底以前全部完成。", "第二版的回答：明年春天再开工。"
CHANGED = (("/1.html", "2024-03-05", talk(FIRST)), ("/1.html", "2024-04-05", talk(FIRST, SECOND)))
MOVED = (("/old.html", "2023-03-05", talk(FIRST)), ("/new.html", "2024-03-05", talk(FIRST)))
OTHER = ("/9.html", "2024-05-05", talk(SECOND, title="乡村道路访谈", opening=tuple(f"{o}道路呢？" for o in OPENING)))


def holding(tmp_path, *captures, name="c"):
    """A collection whose ledger vouches for one file."""
    collection = Collection(tmp_path / name).create()
    ledger.ensure_key(collection)
    path = collection.archive / "a.warc.gz"
    archived(path, captures)
    ledger.add_warc(collection, path, sha256_file(path))
    bring_up_to_date(collection)
    return collection


def archived(path, captures):
    """A WARC file that begins as it should."""

    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer = writer_for(stream)
            writer.write_record(writer.create_warcinfo_record(path.name, {"format": "WARC File Format 1.1"}))
            for where, day, said in captures:
                writer.write_record(record(writer, HOST + where, f"{day}T00:00:00Z", said))

    write(path)


def rows(collection, query, *values):
    db = open_reader(collection.store)
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


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
