"""Each command of the pages for auditors and archives works as it is printed, in the order in which it is printed."""

import re
import shutil
import subprocess

import pytest
from support.running import ROOT, fangtan, for_a_shell
from support.servers.oddserver import OddServer, responses

from archive.collection.folder import Collection
from archive.store.store import open_reader

pytestmark = [pytest.mark.long, pytest.mark.needs("jq"), pytest.mark.needs("unzip"), pytest.mark.needs("openssl")]

#: Commands that serve until they are stopped, or set up what serves; other tests run them.
SERVING = ("make replay", "fangtan -C gansu replay")
ADDRESS = "http://www.gaotai.gov.cn/zwft/202112/t20211223_771589.html"


def commands(page):
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL)
    lines = [line[2:].split("   #")[0].rstrip() for block in blocks for line in block.splitlines() if line[:2] == "$ "]
    return [line for line in lines if line not in SERVING]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a collection, another one, and what somebody was given."""
    folder = tmp_path_factory.mktemp("desk")
    gansu = Collection(folder / "gansu").create()
    table = responses()
    served = {f"/zxft/{name}": table[f"/zxft/{name}"] for name in ("", "gzip.html", "moved.html", "target.html")}
    with OddServer(served) as server:
        site = f'name = "高台县人民政府"\nsection = ["http://127.0.0.1:{server.port}/zxft/"]\n'
        (gansu.sites / "620724.toml").write_text(site, "utf-8")
        done = fangtan("crawl", "--delay", "0", "620724", collection=gansu.root)
        assert (gansu.store.exists(), done.code) == (True, 3), done.err
    shutil.copytree(gansu.root, folder / "zhangye")
    first = min(gansu.warcs())
    for name in ("from-elsewhere.warc.gz", "gaotai-2019.warc.gz"):
        shutil.copy(first, folder / name)
    fangtan("package", "620724", "-o", folder / "package.wacz", collection=gansu.root)
    shutil.copy(folder / "package.wacz", folder / "browsertrix.wacz")
    return folder


@pytest.fixture(scope="module")
def named(desk):
    """What the pages print, and what is so called in this collection."""
    db = open_reader(desk / "gansu" / "fangtan.db")
    try:
        (turn,) = db.execute("SELECT min(id) FROM turns").fetchone()
        uid, url = db.execute("SELECT uid, url FROM interviews WHERE uid = ?", (turn.partition(".")[0],)).fetchone()
        other = db.execute("SELECT uid FROM interviews WHERE uid <> ?", (uid,)).fetchone()
    finally:
        db.close()
    return {"72a251621b2f8059.t3f9a0c5d1e2b4a68": turn, ADDRESS: url, "0f1e2d3c4b5a6978": other[0] if other else uid}


@pytest.fixture(scope="module")
def shell(desk, tmp_path_factory):
    """Bash, as on the machine of whoever reads the page, with ``fangtan`` in its path."""
    env = for_a_shell(tmp_path_factory.mktemp("bin"))

    def run(command, folder=desk):
        if "given.wacz" in command and not (folder / "given.wacz").exists():
            fangtan("package", "-o", folder / "given.wacz", collection=folder / "gansu")
        words = ["bash", "-c", f"set -e -o pipefail; {command}"]
        return subprocess.run(
            words, cwd=folder, env=env, input="y\n", capture_output=True, text=True, timeout=300, check=False
        )

    return run


@pytest.mark.parametrize("pages", [("auditing.md", "archives.md")])
def test_each_command_works_as_printed(pages, named, shell):
    every = [command for page in pages for command in commands(page)]
    assert len(every) > 10
    for command in every:
        for printed, here in named.items():
            command = command.replace(printed, here)  # noqa: PLW2901
        done = shell(command.replace("../zhangye", "zhangye"))
        assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
        if "openssl dgst" in command:
            assert done.stdout == "Verified OK\n"
        if command.startswith(("diff", "jq -r .hash", "jq -r .previous")):
            assert done.stdout == ""


@pytest.mark.parametrize("page", ["auditing.md", "archives.md"])
def test_the_chinese_page_prints_the_same_commands(page):
    there, here = commands(f"zh/{page}"), commands(page)
    assert [re.sub(r'"[^"$]*"', "…", command) for command in there] == [re.sub(r'"[^"$]*"', "…", c) for c in here]


CHECKS = [c for c in commands("auditing.md") if c.startswith(("jq", "while", "openssl")) and "given" in c]


@pytest.mark.parametrize("member", ["fangtan/ledger.jsonl", "datapackage.json", "archive"])
def test_the_stock_commands_see_a_package_that_was_altered(desk, shell, tmp_path, member):
    if not (desk / "given.wacz").exists():
        shell("true given.wacz")
    if not (desk / "head-2026-11-25.json").exists():
        shell("fangtan -C gansu ledger --json > head-2026-11-25.json")
    shutil.unpack_archive(desk / "given.wacz", tmp_path / "given", "zip")
    shutil.copy(desk / "head-2026-11-25.json", tmp_path)
    path = next((tmp_path / "given" / "archive").iterdir()) if member == "archive" else tmp_path / "given" / member
    path.write_bytes(
        path.read_bytes().replace(b'"type"', b'"tipe"', 1) if member != "archive" else path.read_bytes() + b"x"
    )
    if member == "datapackage.json":
        path.write_bytes(path.read_bytes() + b" ")
    assert any(shell(command, tmp_path).returncode for command in CHECKS)
