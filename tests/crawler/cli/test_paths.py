"""A path that a command was given and that cannot be used: one line that names it, exit 2, nothing left behind."""

import pytest
from click.testing import CliRunner
from support.county_talks import held
from support.running import fangtan

from crawler.cli.group import main


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    return held(tmp_path_factory.mktemp("paths"))


def ran(collection, *words):
    result = CliRunner().invoke(main, ["-C", str(collection.root), *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
    return result


@pytest.mark.parametrize(
    "words",
    [
        ["recompress", "{absent}"],
        ["recompress", "{folder}"],
        ["recompress", "{file}", "--into", "{file}/below"],
        ["import", "{absent}"],
        ["import", "{folder}"],
        ["sample", "2", "-o", "{absent}/x.csv"],
        ["sample", "2", "-o", "{file}/x.csv"],
        ["export", "csv", "-o", "{file}/x"],
        ["part", "{absent}", "-o", "{folder}/parts"],
        ["replicate", "/proc/nobody-writes-here"],
        ["replicate", "{file}/replica"],
        ["record", "{absent}"],
        ["sites", "import", "{absent}"],
    ],
    ids=" ".join,
)
def test_a_path_that_cannot_be_used_is_named(collection, tmp_path, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x", "utf-8")
    places = {name: str(tmp_path / name) for name in ("absent", "folder", "file")}
    result = ran(collection, *(word.format(**places) for word in words))
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    named = [word.format(**places).split("/")[-1] for word in words if "{" in word or "/" in word]
    assert any(name in result.output for name in (*named, "absent", "file", "folder"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
    assert list((tmp_path / "folder").iterdir()) == []


@pytest.mark.parametrize("words", [[""], ["  "], ["群众", ""]])
def test_a_trend_of_no_word_is_an_error(collection, words):
    result = ran(collection, "trends", *words)
    assert result.exit_code == 2
    assert "name a word" in result.output


def test_a_sample_appears_when_it_is_complete(collection, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", str(tmp_path / "x.csv"))

    monkeypatch.setattr("os.fsync", full)
    result = ran(collection, "sample", "2", "-o", tmp_path / "x.csv")
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "free some space" in result.output


def test_a_folder_whose_name_has_a_percent_sign(collection, tmp_path):
    """A library that takes names for addresses would write elsewhere, or nowhere."""
    folder = tmp_path / "甘肃 100%25#?"
    folder.mkdir()
    assert ran(collection, "export", "tei", "-o", folder / "tei").exit_code == 0
    assert ran(collection, "package", "--transfer", "-o", folder / "bag").exit_code == 0
    assert (folder / "tei" / "corpus.xml").is_file()
    assert {"premis.xml", "mets.xml"} <= {path.name for path in (folder / "bag" / "data").iterdir()}
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize("encoding", ["latin-1", "gb2312", "ascii"])
@pytest.mark.parametrize(
    "words", [["status"], ["search", "群众", "--json"], ["sites", "list"], ["--help"], ["runs"]], ids=" ".join
)
def test_a_terminal_of_another_encoding_ends_no_command(collection, encoding, words):
    result = fangtan(*words, collection=collection.root, more={"PYTHONIOENCODING": encoding})
    assert result.code in (0, 3), result.err
    assert "Traceback" not in result.err
    if "--json" in words:
        assert all(row["interview"] for row in result.rows)
