"""Root certificates that somebody trusts."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cryptography import x509

from archive.collection.files import require_plain
from archive.collection.folder import Collection
from archive.errors import ConfigError


def trusted(collection: Collection) -> tuple[x509.Certificate, ...]:
    """The roots that ``fangtan.toml`` names: of the authority that stamps, of the domain that signs."""
    found: list[x509.Certificate] = []
    for table in ("timestamp", "signature"):
        with suppress(ConfigError):  # whoever needs it is told that its root is not known
            if named := collection.setting(table, "ca"):
                found += read(collection.root / str(named))
    return tuple(found)


def read(path: Path | None) -> tuple[x509.Certificate, ...]:
    """:raises ConfigError: no PEM file of certificates"""
    try:
        return tuple(x509.load_pem_x509_certificates(require_plain(path).read_bytes())) if path else ()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: no PEM file of certificates ({error})") from error
