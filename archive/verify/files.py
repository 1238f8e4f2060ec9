"""WARC and WACZ files of any origin against the standard. What packages need is loaded for packages alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from archive.collection.files import final_name
from archive.errors import ConfigError
from archive.fault import Fault, Summary, of_file
from archive.verify.across import across
from archive.verify.container import kind_of
from archive.verify.file import check_file
from archive.verify.options import Options
from archive.verify.parts import in_parts
from archive.verify.task import Task
from archive.verify.working import count, run


def verify_files(paths: Iterable[Path], summary: Summary, options: Options | None = None) -> Iterator[Fault]:
    """Every fault of WARC and WACZ files, of any origin.

    A file among others that is neither WARC nor WACZ, or cannot be read, is a fault, and the others are checked.

    :raises ConfigError: none of them can be checked
    """
    options = options or Options()
    with tempfile.TemporaryDirectory(prefix="fangtan-verify-") as scratch:
        yield from summary.count(_files(list(paths), summary, options, Path(scratch)))


def _files(paths: list[Path], summary: Summary, options: Options, scratch: Path) -> Iterator[Fault]:
    kinds, strangers = _kinds(paths)
    yield from strangers
    names, packages = _sorted(kinds, options)
    if packages or options.ca:
        yield from import_module("archive.verify.named").check_packages(packages, summary, options, scratch)
    tasks = [Task(path, scratch, alone=len(names) == 1) for path in names.values()]
    sound = in_parts(tasks[0], options.jobs) if len(tasks) == 1 else None
    for result in [sound] if sound else run(check_file, tasks, options.jobs):
        count(summary, result)
        yield from result.faults
    for fault in across(scratch, names.get, strict=False):
        yield replace(fault, file=str(names.get(fault.file, fault.file)))


def _kinds(paths: list[Path]) -> tuple[dict[Path, str], list[Fault]]:
    """What each file is, and those that are neither WARC nor WACZ.

    :raises ConfigError: all of them
    """
    kinds: dict[Path, str] = {}
    refused: dict[Path, str] = {}
    for path in paths:
        try:
            kinds[path] = kind_of(path)
        except ConfigError as error:
            refused[path] = str(error)
    if refused and not kinds:
        raise ConfigError("\n".join(refused.values()))
    told = (
        of_file("file", str(p), "a WARC or WACZ file", words.removeprefix(f"{p}: ")) for p, words in refused.items()
    )
    return kinds, list(told)


def _sorted(kinds: dict[Path, str], options: Options) -> tuple[dict[str, Path], list[Path]]:
    """WARC files by their names, and packages."""
    names: dict[str, Path] = {}
    packages: list[Path] = []
    for path, kind in kinds.items():
        if kind == "wacz":
            packages.append(path)
        elif options.key is not None or options.heads:
            raise ConfigError(f"{path}: --key and --head prove packages; a WARC file alone carries no ledger")
        elif final_name(path) in names:
            raise ConfigError(f"{path}: another file of that name was named: {names[final_name(path)]}")
        else:
            names[final_name(path)] = path
    return names, packages
