"""Objects of OCFL 1.1: one of what a package is of, with a version for each export; a version adds what is new.

An object is whole at any moment: it is made beside the storage root and takes its place in one step.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.collection.files import fsync_folder
from archive.collection.scratch import named, room_in
from archive.errors import ConfigError

_ROOT, _OBJECT = "ocfl_1.1", "ocfl_object_1.1"
_TYPE = "https://ocfl.io/1.1/spec/#inventory"
_INVENTORY = "inventory.json"
_LAYOUT = {
    "extension": "0002-flat-direct-storage-layout",
    "description": "The folder of an object has the name of its id.",
}
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux
_AT_FDCWD = -100


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object.

    :param path: the object's folder
    :param number: of the newest version; ``new`` how many files it added
    :param made: whether it was made now; ``False`` where nothing had changed
    """

    path: Path
    number: int
    new: int
    files: int
    made: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What an inventory says of a version.

    :param user: name and address (``mailto:`` or another URI) of who keeps the object
    :param owner: what all versions of an object share; an object of that id with another one is left alone
    """

    created: str
    message: str
    user: tuple[str, str]
    owner: str


def add_version(root: Path, name: str, source: Path, said: Said, *, unstable: Iterable[str] = ()) -> Version:
    """Add a version to an object of a storage root; object and root are made where they are missing.

    :param name: the object's id, which can be a folder's name
    :param source: a folder whose files are the version's content
    :param unstable: files that say when they were made: a version is made where another file is new, changed or gone
    :raises ConfigError: no storage root of OCFL 1.1, an object of somebody else, or one that is damaged
    """
    _open_root(root)
    place = root / name
    files = {str(p.relative_to(source)): p for p in sorted(source.rglob("*")) if p.is_file()}
    state = {path: _sha512(file) for path, file in files.items()}
    before = _inventory(place, name) if place.exists() else None
    _refuse_others(place, before, said)
    if before is not None and not _differs(before, state, frozenset(unstable)):
        number = int(before["head"][1:])
        return Version(place, number, 0, len(state), made=False)
    with room_in(root.parent, f".{root.name}-ocfl-") as room:
        fresh = room / "object"
        number, new = _build(fresh, place if before is not None else None, before, (name, files, state, said))
        _put(fresh, place, number)
    return Version(place, number, new, len(state), made=True)


def _open_root(root: Path) -> None:
    """:raises ConfigError: it holds something else"""
    declaration = root / f"0={_ROOT}"
    if declaration.is_file():
        return
    if root.exists() and any(root.iterdir()):
        raise ConfigError(f"{root}: no storage root of OCFL 1.1, and not empty; name a new folder")
    root.parent.mkdir(parents=True, exist_ok=True)
    with room_in(root.parent, f".{root.name}-ocfl-") as room:
        fresh = room / "root"
        fresh.mkdir()
        _write(fresh / declaration.name, f"{_ROOT}\n".encode())
        _write(fresh / "ocfl_layout.json", _json(_LAYOUT))
        fsync_folder(fresh)
        named(fresh, root)  # an empty folder of that name gives way
    fsync_folder(root.parent)


def _inventory(place: Path, name: str) -> dict[str, Any]:
    """The inventory of an object; of one whose last version was interrupted, that of its newest version.

    :raises ConfigError: none is what its sidecar says, or it is of another object
    """
    versions = sorted(place.glob("v[0-9]*"), key=lambda path: int(path.name[1:]) if path.name[1:].isdigit() else 0)
    for folder in (place, *reversed(versions)):
        try:
            data = (folder / _INVENTORY).read_bytes()
            claimed = (folder / f"{_INVENTORY}.sha512").read_text("ascii").split()[0]
            found: dict[str, Any] = json.loads(data)
            if hashlib.sha512(data).hexdigest() == claimed and found["id"] == name and _is_sound(found):
                return found
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            continue
    raise ConfigError(f"{place}: no object of OCFL whose inventory is what its sidecar says; nothing was written")


def _is_sound(inventory: dict[str, Any]) -> bool:
    """Whether an inventory has the parts that a further version is made of: its names become paths."""
    versions, manifest = inventory["versions"], inventory["manifest"]
    numbers = range(1, len(versions) + 1)
    return (
        len(versions) > 0
        and set(versions) == {f"v{number}" for number in numbers}
        and inventory["head"] == f"v{len(versions)}"
        and all(_are_lists(version["state"]) for version in versions.values())
        and _are_lists(manifest)
    )


def _are_lists(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(paths, list) for paths in value.values())


def _refuse_others(place: Path, before: dict[str, Any] | None, said: Said) -> None:
    """:raises ConfigError: the object is of another collection"""
    if before is not None and not str(before["versions"]["v1"].get("message")).endswith(said.owner):
        raise ConfigError(f"{place}: an object of another collection; name another storage root")


def _differs(before: dict[str, Any], state: dict[str, str], unstable: frozenset[str]) -> bool:
    last = before["versions"][before["head"]]["state"]
    there = {path: digest for digest, paths in last.items() for path in paths}
    return {p: d for p, d in there.items() if p not in unstable} != {
        p: d for p, d in state.items() if p not in unstable
    }


def _build(
    fresh: Path,
    place: Path | None,
    before: dict[str, Any] | None,
    new: tuple[str, dict[str, Path], dict[str, str], Said],
) -> tuple[int, int]:
    """Make an object: the files of its former versions as they are, the new version, the inventory.

    :returns: the number of the new version, and how many files it added
    """
    name, files, state, said = new
    if place is not None:
        _clone(place, fresh, before["versions"] if before else ())
    else:
        fresh.mkdir()
        _write(fresh / f"0={_OBJECT}", f"{_OBJECT}\n".encode())
    number = int(before["head"][1:]) + 1 if before else 1
    manifest: dict[str, list[str]] = dict(before["manifest"]) if before else {}
    held = len(manifest)
    for path, digest in state.items():
        if digest not in manifest:
            content = f"v{number}/content/{path}"
            _copy(files[path], fresh / content)
            manifest[digest] = [content]
    described = {
        "created": said.created, "message": f"{said.message} {said.owner}", "state": _by_digest(state),
        "user": {"name": said.user[0], "address": said.user[1]},
    }  # fmt: skip
    versions = {**(before["versions"] if before else {}), f"v{number}": described}
    inventory = {
        "digestAlgorithm": "sha512", "head": f"v{number}", "id": name, "manifest": manifest, "type": _TYPE, "versions": versions,
    }  # fmt: skip
    (fresh / f"v{number}").mkdir(exist_ok=True)
    for folder in (fresh, fresh / f"v{number}"):
        _write_inventory(folder, inventory)
    _settle(fresh)
    return number, len(manifest) - held


def _by_digest(state: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, digest in state.items():
        found.setdefault(digest, []).append(path)
    return found


def _write_inventory(folder: Path, inventory: dict[str, Any]) -> None:
    data = _json(inventory)
    for path in (folder / _INVENTORY, folder / f"{_INVENTORY}.sha512"):
        path.unlink(missing_ok=True)  # the former one is another object's file, too
    _write(folder / _INVENTORY, data)
    _write(folder / f"{_INVENTORY}.sha512", f"{hashlib.sha512(data).hexdigest()} {_INVENTORY}\n".encode())


def _clone(place: Path, fresh: Path, versions: Iterable[str]) -> None:
    """An object's files under other names; what its inventory does not know stays behind."""
    fresh.mkdir()
    for name in (f"0={_OBJECT}", *versions):
        if (place / name).is_dir():
            shutil.copytree(place / name, fresh / name, copy_function=_link)
        else:
            _link(str(place / name), str(fresh / name))


def _put(fresh: Path, place: Path, number: int) -> None:
    """Give an object its place: a new one by its name, another one by an exchange of names.

    Where the system has no exchange, the version comes first and the inventory last: killed between, the next export
    finds the version before.
    """
    try:
        if not place.exists():
            fresh.rename(place)
        elif not _exchanged(fresh, place):
            shutil.rmtree(place / f"v{number}", ignore_errors=True)
            for name in (f"v{number}", _INVENTORY, f"{_INVENTORY}.sha512"):
                (fresh / name).replace(place / name)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise ConfigError(f"{place.parent}: a disk of its own; name a folder on it") from error
        raise
    fsync_folder(place.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders' names in one step; ``False`` where the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and not rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE)


def _link(source: str, target: str) -> None:
    """The same file under another name; a copy where the disk has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    with target.open("rb") as stream:
        os.fsync(stream.fileno())


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _settle(folder: Path) -> None:
    """Have all names in it on the disk."""
    for found in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
        fsync_folder(found)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _sha512(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()
