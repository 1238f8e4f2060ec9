"""Digests as WARC headers write them."""

from __future__ import annotations

import base64
import hashlib
import re
from hashlib import sha256

from archive.warc.http import View

_ALPHABET, _VALUES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv"
#: Base32 in either case as the digits of an integer; ``z``, which is none, for any other byte.
_DIGITS = bytes(_VALUES[_ALPHABET.index(byte)] if byte in _ALPHABET else ord("z") for byte in bytes(range(256)).upper())
#: As fangtan writes them, and most tools.
_USUAL = re.compile("sha256:([A-Za-z2-7]{51}[AQaq])(?:====)?")
_ALGORITHMS = {"sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64, "md5": 16}


def claim(text: str) -> tuple[str, bytes | None]:
    """The algorithm that a digest header names, as hashlib calls it (``SHA-256`` is ``sha256``), and its bytes from
    Base32, hexadecimal or Base64; ``None`` when the algorithm is unknown or they are no such digits.
    """
    if (usual := _USUAL.fullmatch(text)) is not None:  # an integer's own digits: a good deal faster than any library
        return "sha256", (int(usual[1].encode().translate(_DIGITS), 32) >> 4).to_bytes(32, "big")
    label, _, digits = text.partition(":")
    algorithm = label if label in _ALGORITHMS else label.strip().lower().replace("-", "")
    size, digits = _ALGORITHMS.get(algorithm), digits.strip().rstrip("=")
    if size is None:
        return algorithm, None
    try:
        if len(digits) == 2 * size:
            return algorithm, bytes.fromhex(digits)
        return algorithm, _base64(digits) if len(digits) == _sixths(size) else _base32(digits, size)
    except (ValueError, OverflowError):
        return algorithm, None


def algorithm_of(text: str) -> str:
    """The algorithm that a digest header names."""
    return claim(text)[0]


def is_known(text: str) -> bool:
    """Whether a digest header names an algorithm that can be checked."""
    return algorithm_of(text) in _ALGORITHMS


def value(text: str) -> bytes | None:
    """The bytes of a digest header; ``None`` for one that cannot be read."""
    return claim(text)[1]


def sha256_hex(text: str) -> str | None:
    """The hexadecimal form of a ``sha256:`` digest header; ``None`` for anything else."""
    found = value(text) if algorithm_of(text) == "sha256" else None
    return None if found is None else found.hex()


def _base32(text: str, size: int) -> bytes | None:
    """Base32 without padding; an integer's own digits are a good deal faster than the library's loop."""
    if len(text) != -(-size * 8 // 5):
        return None
    return (int(text.encode().translate(_DIGITS), 32) >> (len(text) * 5 - size * 8)).to_bytes(size, "big")


def _sixths(size: int) -> int:
    """Characters of Base64 without padding: no digest has as many in Base32 or hexadecimal."""
    return -(-size * 8 // 6)


def _base64(text: str) -> bytes:
    """Base64 of either alphabet, as few tools write it."""
    plain = text.replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def digest_of(claimed: str, data: View) -> bytes:
    """The digest of data by the algorithm that a header names; only for those that :func:`value` knows."""
    return digest_by(claim(claimed)[0], data)


def digest_by(algorithm: str, data: View) -> bytes:
    """The digest of data by an algorithm as :func:`claim` names it."""
    return (sha256(data) if algorithm == "sha256" else hashlib.new(algorithm, data)).digest()


def as_claimed(claimed: str, found: bytes) -> str:
    """A digest in the form of the one that was claimed: the same label, hexadecimal, Base64 or Base32."""
    label, _, digits = claimed.partition(":")
    size = len(digits.strip().rstrip("="))
    if size == 2 * len(found):
        return f"{label}:{found.hex()}"
    coded = base64.b64encode if size == _sixths(len(found)) else base64.b32encode
    return f"{label}:{coded(found).decode()}"


def contradicts(claimed: str | None, data: View) -> bool:
    """Whether data is other than a digest header says; one that cannot be read says nothing."""
    wanted = value(claimed) if claimed else None
    return wanted is not None and claimed is not None and digest_of(claimed, data) != wanted
