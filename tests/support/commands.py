"""Commands that write, each with a room in which it finds its work, and what is the same after it whatever met it on the way."""

import shutil
import subprocess
from dataclasses import dataclass

import pytest
from support.running import fangtan
from support.talks import HOST, talk, uid, written

from archive.collection.folder import Collection
from archive.verify import Options, Summary, verify_files

LIST = "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul><li><a href='/1.html'>老旧小区改造访谈</a><span>2024-03-01</span></li></ul></body></html>"
FIRST = [("/list.html", "2024-03-01", LIST), ("/1.html", "2024-03-01", talk("修了十二公里。")), ("/2.html", "2024-03-01", talk("今年开工。", title="供水访谈", opening=("供水工程何时开工？", "五月开工。")))]  # fmt: skip
LATER = [("/1.html", "2024-04-01", talk("修了十二公里。", "再修二十公里。")), ("/2.html", "2024-04-01", "=2024-03-01")]
OTHER = [
    ("/3.html", "2024-05-01", talk("明年继续。", title="绿化访谈", opening=("绿化做到哪里了？", "已经过半。"))),
    ("/4.html", "2024-05-01", "/1.html"),
]


@dataclass(frozen=True)
class Case:
    """:ivar words: of the command; ``{room}`` is where everything lies, ``{here}`` the collection
    :ivar before: commands that go first
    :ivar there: what it says, with exit code 2, where all was done before the kill
    :ivar workers: exit codes where it was a worker that was killed
    """

    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    there: str = ""
    workers: tuple[int, ...] = ()


REPLICA = ("replicate", "{room}/replica")
TAKEN = ("withhold", uid("/1.html"), "--reason", "求撤")
CASES = {
    "all": Case(("package", "--all", "--jobs", "2")),
    "correct": Case(
        ("correct", uid("/1.html"), "title", "新的题名", "--author", "张三", "--reason", "听录像核对"), there="already"
    ),
    "export": Case(("export", "csv", "-o", "{room}/out"), there="out"),
    "fold": Case(("fold", "{room}/parts"), (("part", "-o", "{room}/parts"),)),
    "import": Case(("import", "{room}/other.warc.gz")),
    "merge": Case(("merge", "{room}/theirs")),
    "ocfl": Case(("package", "--ocfl", "{room}/ocfl")),
    "package": Case(("package", "-o", "{room}/all.wacz"), there="all.wacz"),
    "part": Case(("part", "-o", "{room}/parts"), workers=(3,)),
    "rebuild": Case(("rebuild",)),
    "recompress": Case(("recompress", "{room}/other.warc", "--into", "{room}/valid"), there="valid"),
    "release": Case(("withhold", "--release", *TAKEN[1:]), (TAKEN,), there="not withheld"),
    "reparse": Case(("reparse",)),
    "replicate": Case(REPLICA),
    "restore": Case(("restore", "archive/first.warc.gz", "--from", "{room}/replica"), (REPLICA,)),
    "transfer": Case(("package", "--transfer", "-o", "{room}/bag"), there="bag"),
    "withhold": Case(TAKEN, there="withheld already"),
    "destroy": Case((*TAKEN, "--destroy", "--yes"), there="withheld already"),
}


@pytest.fixture(scope="session")
def room(tmp_path_factory):
    """A collection, another one, and a file of a stranger."""
    room = tmp_path_factory.mktemp("room")
    for name, files in {"here": {"first": FIRST, "later": LATER}, "theirs": {"theirs": OTHER}}.items():
        collection = Collection(room / name).create()
        site(collection)
        for file, captures in files.items():
            written(room / f"{file}.warc.gz", captures)
        done = fangtan("import", *(room / f"{file}.warc.gz" for file in files), collection=collection.root)
        assert done.code == 0, done.err
    written(room / "other.warc.gz", OTHER)
    (room / "other.warc").write_bytes(subprocess.run(["gzip", "-dc", room / "other.warc.gz"], check=True, capture_output=True).stdout)  # fmt: skip
    return room


def prepared(room, folder, name):
    """A copy of the room in which the command finds its work."""
    shutil.copytree(room, folder)
    for words in CASES[name].before:
        assert command(folder, words).code == 0
    here = Collection(folder / "here")
    if name == "restore":
        path = here.archive / "first.warc.gz"
        path.write_bytes(path.read_bytes()[:-40])
    if name == "reparse":
        site(here, 'family = "trs"\n')
    return here


def site(collection, more=""):
    (collection.sites / "a.toml").write_text(f'name = "甲县"\nsection = ["{HOST}/list.html"]\n{more}', "utf-8")


def command(folder, words, **more):
    return fangtan(*(word.format(room=folder) for word in words), collection=folder / "here", **more)


def run(shim, folder, name, **faults):
    more = {"LD_PRELOAD": shim.environment["LD_PRELOAD"], "FANGTAN_FAULT_IN": f"{folder}/", **faults}
    return command(folder, CASES[name].words, more=more, starter=shim)


def records(here):
    """The WARC files by name."""
    return {path.name: path.read_bytes() for path in here.archive.glob("*.warc.gz")}


def whole(folder):
    """Nothing half under its final name, wherever the command writes."""
    if (folder / "out").exists():
        subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder / "out", check=True)
    made = (folder / "all.wacz", *folder.glob("here/packages/*.wacz"), *folder.glob("valid/*.warc.gz"))
    files = [path for path in made if path.exists()]
    assert [f for f in verify_files(files, Summary(), Options()) if f.level == "fault"] == []
    for bag in folder.glob("bag/manifest-sha256.txt"):
        subprocess.run(["sha256sum", "-c", "--quiet", bag.name], cwd=bag.parent, check=True)
