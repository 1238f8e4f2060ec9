"""Files of other programs, sound and damaged: what public checkers say of them, beside ``fangtan verify`` and ``import``.

The forms are the tables of the tests, so that both speak of the same bytes. Called by checkers.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
HERE = Path(sys.executable).parent
PEERS = (
    (str(HERE / "warcio"), "check"),
    (str(HERE / "fastwarc"), "check", "-q", "-p"),
    (sys.executable, "-m", "cdxj_indexer.main"),
)
Make = Callable[[Path], list[Path]]
HEAD = ["form", "`warcio check`", "`fastwarc check -p`", "`cdxj-indexer`", "`fangtan verify FILE`", "`fangtan import`"]
_ABOUT = (
    'Valid forms, and what libraries hold besides. The tests have the same forms. "taken" is exit code 0. No file here begins with a '
    "warcinfo record; our note on that is not counted. Other notes name what is not there "
    "(a revisit's original, a block digest, the last segment), or the form itself. A dash: these tools read no saved pages."
)
_OF_DAMAGE = (
    "A dash: the tool refuses the sound form, too, so it shows nothing. A segment that is not there may be in another file: that is a note. "
    "`import` reads what `verify` refuses by name: ARC, zstd, saved pages."
)


def tables(name: str) -> Any:
    """A module of tests, for its tables."""
    spec = spec_from_file_location(Path(name).stem, ROOT / "tests" / "archive" / name)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FOREIGN, FORMS, SEGMENTS = (tables(f"verify/test_{name}.py") for name in ("foreign", "forms", "segments"))
REVISITS, PACKED, SAVED = (tables(f"{n}.py") for n in ("verify/test_revisits", "handover/test_recompress", "handover/test_saved_pages"))  # fmt: skip


def one(row: tuple[Any, ...]) -> Make:
    def make(folder: Path) -> list[Path]:
        FOREIGN.one_record(folder / "x.warc.gz", *row[0], **row[1])
        return [folder / "x.warc.gz"]

    return make


def records(rows: list[bytes], *, apart: bool = False) -> Make:
    def make(folder: Path) -> list[Path]:
        files = [[row] for row in rows] if apart else [rows]
        return [SEGMENTS.written(folder / f"{n}.warc.gz", [part]) for n, part in enumerate(files)]

    return make


def packed(name: str, table: dict[str, Callable[[bytes], bytes]]) -> Make:
    def make(folder: Path) -> list[Path]:
        (folder / name).write_bytes(table[name](PACKED.plain_warc(folder)))
        return [folder / name]

    return make


def arc(name: str, pack: Callable[[list[bytes]], bytes], address: bytes = b"") -> Make:
    def make(folder: Path) -> list[Path]:
        parts = PACKED.arc_bytes()
        if address:
            parts[1] = parts[1].replace(PACKED.URL.encode() + b" 192.0.2.7", address, 1)
        (folder / name).write_bytes(pack(parts))
        return [folder / name]

    return make


def saved(make: Callable[[Path], Path]) -> Make:
    return lambda folder: [make(folder)]


def revisit(claim: str, named: str = "by address and date", more: tuple[bytes, ...] = ()) -> Make:
    return records([REVISITS.original(), *more, REVISITS.repeat(claim, **REVISITS.NAMES[named])])


CHAIN = (REVISITS.repeat(REVISITS.digest("sha1"), **REVISITS.NAMES["by id"]),)
OTHER = b"other"
THREE = records(SEGMENTS.SOUND["three"], apart=True)
SOUND: dict[str, Make] = {
    **{name: one(row) for name, row in FOREIGN.VALID.items() if name != "a segment"},
    "a digest in Base64": lambda f: [SEGMENTS.written(f / "x.warc.gz", [[FORMS.RECORDS["a digest in Base64"][0]]])],
    "a revisit that says another algorithm": revisit(REVISITS.digest("sha256")),
    "a segment alone": one(FOREIGN.VALID["a segment"]),
    "a record in three segments": records(SEGMENTS.SOUND["three"]),
    "a record in three segments, in three files": THREE,
    "a chunked page in three segments": records(SEGMENTS.SOUND["chunks"]),
    "WARC in one gzip member": packed("one.warc.gz", PACKED.WARCS),
    "WARC in zstd": packed("one.warc.zst", PACKED.WARCS),
    "WARC in zstd with a dictionary": packed("dictionary.warc.zst", PACKED.WARCS),
    "ARC": arc("a.arc", b"".join),
    "ARC in gzip": arc("a.arc.gz", PACKED.ARCS["a.arc.gz"]),
    "ARC, an address in GBK and no IP address": arc("a.arc", b"".join, b"http://a.example.gov.cn/\xb7\xc3 -"),
    "saved pages: a folder": saved(SAVED.folder),
    "saved pages: a manifest in GBK": saved(SAVED.ODD["a manifest in GBK"]),
    "saved pages: a manifest in UTF-16": saved(SAVED.ODD["a manifest in UTF-16 with tabs"]),
    "saved pages: MHTML": saved(SAVED.mhtml),
    "saved pages: HAR": saved(SAVED.har),
    "saved pages: HAR in gzip": saved(SAVED.ODD["har in gzip"]),
}
#: Name → how it is made, the sound form beside it.
DAMAGED: dict[str, tuple[Make, str]] = {
    "a digest of something else": (one(FOREIGN.WRONG_FORMS["SHA-256 of something else"]), "SHA-256 with a hyphen"),
    "a `sha384` digest that is cut": (one(FOREIGN.WRONG_FORMS["sha384 cut"]), "sha384"),
    "a revisit without a profile": (one(FOREIGN.WRONG_FORMS["no profile"]), "a profile of somebody"),
    "a revisit of other bytes, by address and date": (
        revisit(REVISITS.digest("sha1", OTHER)), "a revisit that says another algorithm"),
    "a revisit of other bytes, by record id": (
        revisit(REVISITS.digest("sha1", OTHER), "by id"), "a revisit that says another algorithm"),
    "a revisit of other bytes, another algorithm": (
        revisit(REVISITS.digest("sha384", OTHER)), "a revisit that says another algorithm"),
    "a revisit of a revisit, of other bytes": (
        records([REVISITS.original(), *CHAIN, REVISITS.repeat(REVISITS.digest("md5", OTHER), name=REVISITS.THREE, WARC_Refers_To=REVISITS.TWO)]),
        "a revisit that says another algorithm"),
    **{f"segments: {name}": (records(row[0], apart=True), "a record in three segments, in three files")
       for name, row in SEGMENTS.WRONG.items()},
    **{f"`{name}`": (packed(name, PACKED.DAMAGED), {"arc": "ARC", "gz": "WARC in one gzip member", "zst": "WARC in zstd"}[name.rpartition(".")[2]])
       for name in PACKED.DAMAGED},
    **{f"saved pages: {name}": (saved(SAVED.WRONG[name][0]), sound) for name, sound in (
        ("a file outside", "saved pages: a folder"), ("no address", "saved pages: a folder"), ("a date to come", "saved pages: a folder"),
        ("mhtml without a date", "saved pages: MHTML"), ("har with no Base64", "saved pages: HAR"),
        ("har in gzip that is cut off", "saved pages: HAR in gzip"))},
}  # fmt: skip


def _run(*command: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", check=False, cwd=cwd, timeout=300)  # fmt: skip


def _peer(command: tuple[str, ...], paths: list[Path]) -> bool:
    """Whether it takes all of these files."""
    return all(_run(*command, path).returncode == 0 for path in paths)


def _verify(paths: list[Path]) -> str:
    done = _run(sys.executable, "-m", "crawler", "verify", "--json", *paths, cwd=ROOT)
    if done.returncode == 0:  # that no file here begins with a warcinfo record is no matter of its form
        notes = {fault["check"] for fault in json.loads(done.stdout)["notes"]} - {"first-record"}
        return "taken, a note" if notes else "taken"
    return {5: "a fault", 2: "refused by name"}.get(done.returncode, f"exit {done.returncode}")


def _import(paths: list[Path], folder: Path) -> str:
    _run(sys.executable, "-m", "crawler", "-C", folder / "c", "init", cwd=ROOT)
    done = _run(sys.executable, "-m", "crawler", "-C", folder / "c", "import", *paths, cwd=ROOT)
    came = [path.read_bytes() for path in (folder / "c" / "archive").glob("*.warc*")]
    if done.returncode == 0:
        given = [path.read_bytes() for path in paths if path.is_file()]
        return "comes in" if sorted(came) == sorted(given) else "comes in, made valid"
    return (
        "refused" if not came else "refused, the other files come in" if len(came) < len(paths) else "a fault, comes in"
    )


@cache
def answers(name: str, room: Path) -> tuple[list[bool], str, str]:
    """Of each peer whether it takes the files; what verify says; what import does."""
    make = SOUND[name] if name in SOUND else DAMAGED[name][0]
    folder = room / f"{abs(hash(name))}"
    (folder / "made").mkdir(parents=True)
    paths, is_saved = make(folder / "made"), name.startswith("saved pages")
    peers = [] if is_saved else [_peer(peer, paths) for peer in PEERS]
    return peers, "" if is_saved else _verify(paths), _import(paths, folder)


def _all(room: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: answers(name, room), [*SOUND, *DAMAGED]))


def sound_rows(room: Path) -> list[list[str]]:
    """Forms that are valid, or that libraries hold: "taken" is exit code 0."""
    _all(room)
    rows = []
    for name in SOUND:
        peers, ours, import_ = answers(name, room)
        said = ["taken" if taken else "refused" for taken in peers] or ["–"] * len(PEERS)
        rows.append([name, *said, ours or "–", import_])
    return rows


def damaged_rows(room: Path) -> list[list[str]]:
    """Damage to such files. Who refuses the sound form, too, has seen nothing."""
    rows = []
    for name, (_, sound) in DAMAGED.items():
        peers, ours, import_ = answers(name, room)
        takes, verified, _came = answers(sound, room)
        seen = [
            ("**missed**" if taken else "caught") if able else "–" for taken, able in zip(peers, takes, strict=True)
        ] or ["–"] * len(PEERS)
        said = {"taken": "**missed**", "taken, a note": "a note"}.get(ours, "caught")
        rows.append([name, *seen, said if verified.startswith("taken") else "–", import_])
    return rows


def sections(room: Path, table: Callable[[list[str], list[list[str]]], str]) -> list[str]:
    """Both tables, with their words."""
    return [
        "## Forms of other programs",
        _ABOUT,
        table(HEAD, sound_rows(room)),
        "## Damage to files of other programs",
        _OF_DAMAGE,
        table(["damage", *HEAD[1:]], damaged_rows(room)),
    ]
