"""How often a word is in each turn: the index says what reading the turns says, for any words and texts."""

import sqlite3
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from support.recount import add_talk

from archive.research.occurrences import occurrences
from archive.research.places import places
from archive.research.trends import trends
from archive.store.store import open_reader, open_store, transaction
from parsers.record import Record, Turn

#: Few letters, so that words recur and overlap themselves; blanks, line feeds, a full-width letter, signs, a combining mark.
TEXTS = st.lists(st.text("哈水a A\nＡ。é\u0301", min_size=1, max_size=14), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None)
@given(TEXTS, st.lists(st.text("哈水aA。é", min_size=1, max_size=4), min_size=6, max_size=6))
def test_the_index_counts_what_reading_counts(tmp_path_factory, texts, words):
    path = tmp_path_factory.mktemp("said") / "fangtan.db"
    database = open_store(path)
    turns = tuple(Turn(n, "主持人", None, "host", text) for n, text in enumerate(texts, 1))
    with transaction(database) as db:
        add_talk(db, "a" * 16, Record(url="", kind="transcript", turns=turns, parser="x"), day="2021-01-02")
    database.conn.close()
    reader = open_reader(path)
    numbered = [number for (number,) in reader.execute("SELECT number FROM _said ORDER BY seq")]
    for word in ["哈哈", "哈水哈", "哈", *words]:
        read = Counter(dict(zip(numbered, (len(at) for at in places(texts, [word])), strict=True)))
        assert occurrences(reader, word) == +read, word
        for by, group in (("year", "2021"), ("role", "host")):
            found = [(point.group, point.count) for point in trends(reader, [word], by)]
            assert found == [(group, read.total())]
    reader.close()


def test_what_sqlite_knows_otherwise_is_read():
    """A character that is newer than SQLite's tables is no term of the index."""
    assert occurrences(sqlite3.connect(":memory:"), "\U0001fae8\u0378") is None
