"""What a check of an archive or of files is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509  # a third of the start of a check that needs none


@dataclass(frozen=True, slots=True)
class Options:
    """What is checked beyond the rule.

    :param reparse: derive every record again from WARC and compare
    :param key: fingerprint that the ledger's key must have
    :param heads: ledger heads held from earlier
    :param ledger: for packages: a file with later entries of the ledger that they carry a part of
    :param ca: for packages: further certificates to trust, PEM; ``roots``: further ones
    :param jobs: processes
    """

    reparse: bool = False
    key: str | None = None
    heads: tuple[str, ...] = ()
    jobs: int = 0
    ledger: Path | None = None
    ca: Path | None = None
    roots: tuple[x509.Certificate, ...] = ()
