"""Saved queries: plain files in the words of the search, each wrong one named by its line and no hindrance to others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.county_talks import held
from support.running import copy_of, fangtan

from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.research import saved
from parsers.record import ROLES


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    return held(tmp_path_factory.mktemp("saved"))


@pytest.fixture
def kept(archived, tmp_path):
    return copy_of(archived, tmp_path / "kept")


def search(collection, *arguments):
    return fangtan("search", *arguments, "--json", collection=collection.root)


def test_a_query_is_saved_and_asked_again(kept):
    first = search(kept, "群众 NOT 代表", "--role", "guest", "--since", "2023-03", "--save", "群众-1")
    assert (kept.root / "queries" / "群众-1.toml").read_text("utf-8") == (
        'query = "群众 NOT 代表"\nsince = "2023-03"\nrole = "guest"\n'
    )
    assert first.rows
    assert search(kept, "--saved", "群众-1").rows == first.rows
    narrower = search(kept, "--saved", "群众-1", "--since", "2023-08").rows
    assert narrower
    assert narrower == search(kept, "群众 NOT 代表", "--role", "guest", "--since", "2023-08").rows
    assert fangtan("verify", collection=kept.root).code == 0


@pytest.mark.parametrize(
    "arguments",
    [("群众", "--save", "../x"), ("群众", "--save", "a b"), ("群众", "--save", "taken"), ("国家", "--fold", "--save", "x"), ("--saved", "none"), ()],
)  # fmt: skip
def test_what_cannot_be_saved_or_asked_is_refused(kept, arguments):
    saved.save(kept, "taken", {"query": "供水"})
    before = {path.name: path.read_bytes() for path in saved.folder(kept).iterdir()}
    assert search(kept, *arguments).code == 2
    assert {path.name: path.read_bytes() for path in saved.folder(kept).iterdir()} == before


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('query = "供水"\nrolle = "guest"\n', 2),
        ('query = "供水"\n\nsince = "2023-02-30"\n', 3),
        ('title = "x"\nquery = "NOT 供水"\n', 2),
        ('query = "供水"\nrole = "king"\n', 2),
        ('title = "x"\n', 1),
        ('query = "供水\n', 1),
    ],
)
def test_a_wrong_file_is_named_by_its_line_and_hinders_no_other(tmp_path, text, line):
    collection = Collection(tmp_path).create()
    saved.save(collection, "good", {"query": "供水"})
    (saved.folder(collection) / "bad.toml").write_text(text, "utf-8")
    found, wrong = saved.look(collection)
    assert [query.name for query in found] == ["good"]
    assert [problem.split(": ")[0] for problem in wrong] == [f"{saved.folder(collection) / 'bad.toml'}:{line}"]
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        saved.read(collection, "bad")


_WORDS = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=20).filter(str.strip)


@given(query=_WORDS.map(lambda text: f"供水 {text}"), title=_WORDS, role=st.sampled_from(ROLES), case=st.booleans())
def test_what_is_written_is_what_is_read(tmp_path_factory, query, title, role, case):
    collection = Collection(tmp_path_factory.mktemp("q"))
    asked = {"query": query, "title": title, "role": role, "case": case}
    try:
        saved.save(collection, "a", asked)
    except ConfigError:
        return
    assert dict(saved.read(collection, "a").asked) == {k: v for k, v in asked.items() if v is not False}
