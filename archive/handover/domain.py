"""A package signed in the name of a domain (wacz-auth 0.1.0), where the operator has a certificate for it.

The certificate's key signs the package's digest, and the RFC 3161 authority of ``fangtan.toml`` stamps the signature.
Who trusts the certificate's root needs no fingerprint of ours. The key of the ledger signs beside it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from archive import VERSION
from archive.collection import clock
from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.ledger import timestamp
from archive.ledger.keys import BESIDE_DOMAIN, Key, to_raw

SOFTWARE = f"fangtan/{VERSION}"
#: The table of ``fangtan.toml``.
_TABLE = "signature"
_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Domain:
    """Who signs.

    :param chain: the domain's certificate, then those that lead to its root
    :param roots: the authority's own certificates, where its answer does not bring them
    """

    collection: Collection
    name: str
    key: _Key
    chain: tuple[x509.Certificate, ...]
    roots: tuple[x509.Certificate, ...]

    def sign(self, digest: str, created: str) -> dict[str, str]:
        """``signedData`` of a package.

        :raises ArchiveError: the authority gives no time stamp
        """
        made = base64.b64encode(self._signed(digest.encode())).decode()
        answer = timestamp.ask(self.collection, made)
        return {
            "hash": digest,
            "created": created,
            "version": "0.1.0",
            "signature": made,
            "domain": self.name,
            "domainCert": _pem(self.chain),
            "timeSignature": base64.b64encode(answer).decode(),
            "timestampCert": _pem(_authority(answer, self.roots)),
        }

    def _signed(self, text: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(text, ec.ECDSA(hashes.SHA256()))


def domain_of(collection: Collection) -> Domain | None:
    """Who signs the packages of a collection; ``None`` when ``fangtan.toml`` names no domain.

    :raises ConfigError: certificate, key or authority are missing, or do not fit each other
    """
    config = collection.root / "fangtan.toml"
    if problems := collection.settings.problems[_TABLE]:
        raise ConfigError("\n".join(problems))
    name, certificate, key = (collection.setting(_TABLE, what) for what in ("domain", "certificate", "key"))
    if not name:
        return None
    if not certificate or not key or not collection.setting("timestamp", "url"):
        raise ConfigError(f"{config}: [signature] domain needs certificate, key, and [timestamp] url")
    chain = _certificates(_path(collection, certificate))
    held = _key(_path(collection, key))
    if chain[0].public_key() != held.public_key():
        raise ConfigError(f"{_path(collection, key)}: not the key of {_path(collection, certificate)}")
    if (wrong := _unfit(chain[0], str(name), clock.now())) is not None:
        raise ConfigError(f"{_path(collection, certificate)}: {wrong}")
    roots = collection.setting("timestamp", "ca")
    return Domain(collection, str(name), held, chain, _certificates(_path(collection, roots)) if roots else ())


def _path(collection: Collection, named: object) -> Path:
    return collection.root / Path(str(named)).expanduser()


def _certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """:raises ConfigError: no PEM file of certificates"""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: no PEM file of certificates ({error})") from error


def _key(path: Path) -> _Key:
    """:raises ConfigError: no private key that can sign"""
    try:
        found = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path}: no private key in PEM without a password ({error})") from error
    if not isinstance(found, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ConfigError(f"{path}: expected a key of RSA or of an elliptic curve")
    return found


def _unfit(certificate: x509.Certificate, name: str, now: datetime) -> str | None:
    """Why a certificate cannot speak for a domain today, in words."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return "it names no domain"
    named = names.get_values_for_type(x509.DNSName)
    if name.lower() not in (one.lower() for one in named):
        return f"a certificate of {', '.join(named)}, not of {name}"
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return f"valid from {certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"
    return None


def _authority(answer: bytes, roots: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...]:
    """The certificates of the authority that stamped, its own first."""
    brought = map(x509.load_der_x509_certificate, timestamp.decode(answer).signed_data.certificates)
    every = {c.fingerprint(hashes.SHA256()): c for c in (*brought, *roots)}
    return tuple(sorted(every.values(), key=lambda c: not _stamps(c)))


def _stamps(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage


def _pem(certificates: tuple[x509.Certificate, ...]) -> str:
    return b"".join(c.public_bytes(Encoding.PEM) for c in certificates).decode()


@dataclass(frozen=True)
class Signer:
    """Who signs a package: the ledger's key, a domain, both or nobody.

    :param at: of the entry that the package is made from; equal content gives equal bytes. A domain signs now, since
        its stamp must be of the same minutes.
    """

    key: Key | None
    domain: Domain | None
    at: str

    @property
    def signs(self) -> bool:
        """Whether anybody does."""
        return self.key is not None or self.domain is not None

    @cached_property
    def created(self) -> str:
        """The time of the package."""
        return clock.now().strftime("%Y-%m-%dT%H:%M:%SZ") if self.domain else self.at

    def sign(self, digest: str) -> dict[str, Any]:
        """Fields of the package's digest; the second signature has a name that other programs pass over."""
        ours = self._by_key(digest, self.key) if self.key else None
        if self.domain is None:
            return {"signedData": ours} if ours else {}
        signed = {"signedData": {"software": SOFTWARE, **self.domain.sign(digest, self.created)}}
        return {**signed, BESIDE_DOMAIN: ours} if ours else signed

    def _by_key(self, digest: str, key: Key) -> dict[str, str]:
        return {
            "hash": digest,
            "created": self.created,
            "software": SOFTWARE,
            "version": "0.1.0",
            "signature": base64.b64encode(to_raw(key.sign(digest.encode()))).decode(),
            "publicKey": base64.b64encode(key.public).decode(),
        }
