"""Packages that somebody names, outside a collection."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from archive.fault import Fault, Summary
from archive.verify.carried import Held
from archive.verify.options import Options
from archive.verify.package import PackageCheck
from archive.verify.roots import read


def check_packages(paths: list[Path], summary: Summary, options: Options, scratch: Path) -> Iterator[Fault]:
    """Every fault of each package.

    :raises ConfigError: the root certificates cannot be read
    """
    held = Held(options.key, options.heads, options.ledger, (*read(options.ca), *options.roots))
    for path in paths:
        summary.packages += 1
        with tempfile.TemporaryDirectory(dir=scratch) as room:
            check = PackageCheck(path, Path(room), held=held)
            yield from check.faults()
        summary.records += check.records
