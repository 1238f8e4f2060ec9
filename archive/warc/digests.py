"""Digests as WARC headers write them."""

from __future__ import annotations

import hashlib

from archive.warc.http import Buffer

_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567018", "0123456789abcdefghijklmnopqrstuvzzz")
_ALGORITHMS = {"sha1": 20, "sha256": 32, "sha512": 64, "md5": 16}


def value(text: str) -> bytes | None:
    """The bytes of a digest header, Base32 or hexadecimal; ``None`` when its algorithm is unknown."""
    algorithm, _, digits = text.partition(":")
    size = _ALGORITHMS.get(algorithm.lower())
    if size is None:
        return None
    try:
        return bytes.fromhex(digits) if len(digits) == 2 * size else _base32(digits.rstrip("=").upper(), size)
    except (ValueError, OverflowError):
        return None


def sha256_hex(text: str) -> str | None:
    """The hexadecimal form of a ``sha256:`` digest header; ``None`` for anything else."""
    found = value(text) if text.lower().startswith("sha256:") else None
    return None if found is None else found.hex()


def _base32(text: str, size: int) -> bytes | None:
    """Base32 without padding; an integer's own digits are a good deal faster than the library's loop."""
    if len(text) != -(-size * 8 // 5) or not text.isalnum():
        return None
    return (int(text.translate(_DIGITS), 32) >> (len(text) * 5 - size * 8)).to_bytes(size, "big")


def digest_of(claimed: str, data: Buffer | memoryview) -> bytes:
    """The digest of data by the algorithm that a header names; only for those that :func:`value` knows."""
    return hashlib.new(claimed.partition(":")[0].lower(), data).digest()


def contradicts(claimed: str | None, data: Buffer) -> bool:
    """Whether data is other than a digest header says; one that cannot be read says nothing."""
    wanted = value(claimed) if claimed else None
    return wanted is not None and claimed is not None and digest_of(claimed, data) != wanted
