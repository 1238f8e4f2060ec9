"""The collection's signing key: ECDSA P-384, outside a collection that lasts, never in anything that is handed on.

Signatures are deterministic (RFC 6979), so that equal packages have equal bytes. One key signs ledger heads and
packages.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from archive.collection.files import require_plain
from archive.errors import ConfigError

#: Where a package that a domain signed has the signature by the ledger's key.
BESIDE_DOMAIN = "keySignedData"
ALGORITHM = "ECDSA P-384 SHA-256"
_SCHEME = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_HALF = 48  # bytes of r and of s


@dataclass(frozen=True, slots=True)
class Key:
    """A private key that is at hand."""

    private: ec.EllipticCurvePrivateKey
    path: Path

    @property
    def public(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key, hexadecimal."""
        return fingerprint(self.public)

    def sign(self, data: bytes) -> bytes:
        """A DER signature, as ``openssl dgst -sha256 -verify`` takes it."""
        return self.private.sign(data, _SCHEME)


def fingerprint(public: bytes) -> str:
    """SHA-256 of a public key in DER, hexadecimal."""
    return hashlib.sha256(public).hexdigest()


def folder() -> Path:
    """Where private keys lie: ``FANGTAN_KEYS``, else the user's data folder."""
    named = os.environ.get("FANGTAN_KEYS")
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "fangtan" / "keys"


def place(root: Path) -> Path:
    """The folder for the key of a collection: outside of it, but for one that is not meant to last.

    The demo, and what is in the machine's folder for temporary files, keep their keys in themselves: they go with
    them.
    """
    temporary = Path(tempfile.gettempdir()).resolve()
    scratch = (root / "demo.json").exists() or root.resolve().is_relative_to(temporary)
    return root / ".keys" if scratch and not os.environ.get("FANGTAN_KEYS") else folder()


def find(root: Path, wanted: str) -> Key | None:
    """The key with that fingerprint: where the collection's key is, or would be, had it stayed where it was made.

    :raises ConfigError: as :func:`load`
    """
    return next((k for f in (root / ".keys", folder()) if (k := load(f / f"{wanted[:32]}.pem")) is not None), None)


def create(path: Path | None = None, where: Path | None = None) -> Key:
    """Make a key and write it, readable by its owner alone.

    :param path: the file; by default ``<fingerprint>.pem`` in ``where``, else in :func:`folder`
    :raises ConfigError: the place cannot be written, or holds a file already
    """
    private = ec.generate_private_key(ec.SECP384R1())
    made = Key(private, path or Path())
    target = path or (where or folder()) / f"{made.fingerprint[:32]}.pem"
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(pem)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise ConfigError(
            f"{target}: the signing key cannot be written ({error.strerror}); name another folder with FANGTAN_KEYS. "
            f"签名私钥无法写入，请用 FANGTAN_KEYS 指定目录。"
        ) from error
    return Key(private, target)


def load(path: Path) -> Key | None:
    """The key in a file; ``None`` when there is no such file.

    :raises ConfigError: what is there is no P-384 private key, or others can read it
    """
    try:
        data = require_plain(path).read_bytes()
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: the signing key cannot be read ({error.strerror})") from error
    if mode & 0o077:
        raise ConfigError(f"{path}: others can read the signing key; chmod 600 {path}")
    try:
        private = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path}: no private key ({error})") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp384r1":
        raise ConfigError(f"{path}: expected an ECDSA P-384 private key")
    return Key(private, path)


def verify(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether a DER signature over the data is by the owner of the public key (DER)."""
    try:
        key = serialization.load_der_public_key(public)
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp384r1":
            return False
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def to_raw(signature: bytes) -> bytes:
    """A DER signature as r‖s, the form that WebCrypto and wacz-auth use."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def from_raw(signature: bytes) -> bytes:
    """An r‖s signature as DER; what has another length stays as it is and will not verify."""
    if len(signature) != 2 * _HALF:
        return signature
    return encode_dss_signature(int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big"))


def pem_of(public: bytes) -> str:
    """A DER public key as PEM, for stock tools."""
    text = base64.b64encode(public).decode()
    return "\n".join(
        ["-----BEGIN PUBLIC KEY-----", *(text[i : i + 64] for i in range(0, len(text), 64)), "-----END PUBLIC KEY-----"]
    )
