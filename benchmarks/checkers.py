"""The damage table: what public checkers see of each kind of damage, beside ``fangtan verify`` (of the file alone, and in its collection).

``python benchmarks/checkers.py [--write docs/checkers.md]``. ``wacz validate`` is run where its environment is named:
``WACZ=/…/bin/wacz`` (py-wacz; it needs packages that ours does not).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT))
warnings.simplefilter("ignore")

import foreign_forms
from support.damage import WARC_DAMAGES, county, rezip
from support.package_damage import OTHER_DAMAGES, PACKAGE_DAMAGES, edit

from archive.collection.folder import Collection
from archive.verify import Summary, verify_collection, verify_files

HERE = Path(sys.executable).parent
WACZ = os.environ.get("WACZ")
_ABOUT = (
    'Made by `python benchmarks/checkers.py` (part of `make bench`): one thing is damaged in a copy of an archive that verifies. "caught" is a '
    'non-zero exit; the row *nothing* is the archive as it was and must read "missed". "in its collection" also has ledger, index and store '
    "to compare with; what only shows there (an exchange removed with its digests intact) no tool can see in the file alone."
    "\n\n"
    "`warcio check` and `fastwarc check -p` take the chunk framing for payload. They refuse a `WARC-Payload-Digest` that leaves it out, as "
    "the standard has it. They take one that covers it. `fangtan verify` takes the first; the second, in files of other programs, is a "
    "note. So fangtan writes none for chunked bodies by default. `fastwarc check -p` also refuses each revisit with a payload digest: it "
    "compares the digest with the empty body. The file that is damaged here has no chunked page and no revisit."
)


def seen(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    return "caught" if done.returncode else "**missed**"


def wacz_sees(path: Path) -> str:
    if not WACZ:
        return "not run"
    done = subprocess.run([WACZ, "validate", "-f", str(path)], capture_output=True, text=True, check=False, timeout=600)
    said = done.stdout + done.stderr
    return (
        "caught"
        if done.returncode or "Traceback" in said or "invalid" in said.lower() or "failed" in said.lower()
        else "**missed**"
    )


def ours(faults: object) -> str:
    return "caught" if any(f.level == "fault" for f in faults) else "**missed**"  # type: ignore[attr-defined]


def warc_rows(whole: Collection, folder: Path) -> list[list[str]]:
    rows = []
    for kind in ["nothing", *sorted(WARC_DAMAGES)]:
        copy = fresh(whole, folder)
        path = max(copy.warcs(), key=lambda p: p.stat().st_size)
        if kind != "nothing":
            WARC_DAMAGES[kind].apply(path)
        alone = ours(verify_files([path], Summary()))
        inside = ours(verify_collection(copy, Summary()))
        rows.append([kind, seen([str(HERE / "warcio"), "check", str(path)]), seen([str(HERE / "fastwarc"), "check", "-q", "-p", str(path)]),
                     seen([sys.executable, "-m", "cdxj_indexer.main", str(path)]), alone, inside])  # fmt: skip
    return rows


def fresh(whole: Collection, folder: Path) -> Collection:
    shutil.rmtree(folder / "copy", ignore_errors=True)
    shutil.copytree(whole.root, folder / "copy")
    return Collection(folder / "copy")


def package_rows(whole: Collection, folder: Path) -> list[list[str]]:
    rows = []
    for kind in ["nothing", *sorted(PACKAGE_DAMAGES)]:
        copy = fresh(whole, folder)
        path = next(copy.packages.glob("*.wacz"))
        if kind == "truncated-zip":
            edit(path, lambda d: d[: len(d) // 2])
        elif kind == "extra-file":
            with zipfile.ZipFile(path, "a") as target:
                target.writestr("archive/more.txt", "x")
        elif kind != "nothing":
            rezip(path, PACKAGE_DAMAGES[kind][1], deflate=kind == "compressed-warc")
        rows.append(
            [kind, wacz_sees(path), ours(verify_files([path], Summary())), ours(verify_collection(copy, Summary()))]
        )
    return rows


def other_rows(whole: Collection, folder: Path) -> list[list[str]]:
    rows = []
    for kind in sorted(OTHER_DAMAGES):
        copy = fresh(whole, folder)
        for suffix in ("-wal", "-shm"):
            copy.store.with_name(copy.store.name + suffix).unlink(missing_ok=True)
        OTHER_DAMAGES[kind][1](copy)
        rows.append([kind, ours(verify_collection(copy, Summary()))])
    return rows


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(["| " + " | ".join(r) + " |" for r in [head, ["---"] * len(head), *rows]])


def main() -> None:
    os.environ.setdefault("FANGTAN_KEYS", tempfile.mkdtemp())
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        # fastwarc takes chunk framing for payload, damage or not: such pages are left out.
        whole = county(folder / "c", ("chunked.html", "gzip-chunked.html"))
        wacz = "`wacz validate`"
        text = "\n\n".join(
            [
                "# What checkers see",
                _ABOUT,
                "## WARC files",
                table(
                    [
                        "damage",
                        "`warcio check`",
                        "`fastwarc check -p`",
                        "`cdxj-indexer`",
                        "`fangtan verify FILE`",
                        "in its collection",
                    ],
                    warc_rows(whole, folder),
                ),
                "## Packages",
                table(["damage", wacz, "`fangtan verify FILE`", "in its collection"], package_rows(whole, folder)),
                "## Ledger, index, store, run reports",
                "No other tool looks at these.",
                table(["damage", "`fangtan verify`"], other_rows(whole, folder)),
                *foreign_forms.sections(folder / "foreign", table),
            ]
        )
    if "--write" in sys.argv:
        Path(sys.argv[sys.argv.index("--write") + 1]).write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
