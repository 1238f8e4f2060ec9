"""A folder that is complete gets its name, or says that somebody else's came first."""

import pytest

from archive.collection.scratch import named, room_in
from archive.errors import ConfigError


def made(folder):
    folder.mkdir(exist_ok=True)
    (folder / "a").write_text("mine", "utf-8")


def test_a_folder_gets_its_name(tmp_path):
    with room_in(tmp_path, ".x-") as room:
        made(room)
        named(room, tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x" / "a").read_text("utf-8") == "mine"


@pytest.mark.parametrize("as_file", [True, False])
def test_what_came_meanwhile_stays_and_the_room_goes(tmp_path, as_file):
    other = tmp_path / "x"
    if as_file:
        other.write_text("theirs", "utf-8")
    else:
        other.mkdir()
        (other / "a").write_text("theirs", "utf-8")
    with room_in(tmp_path, ".x-") as room:
        made(room)
        with pytest.raises(ConfigError, match="came meanwhile"):
            named(room, other)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (other if as_file else other / "a").read_text("utf-8") == "theirs"


def test_another_error_is_told_as_it_is(tmp_path):
    with room_in(tmp_path, ".x-") as room, pytest.raises(FileNotFoundError):
        named(room, tmp_path / "no folder" / "x")
