"""Signatures by domain (wacz-auth 0.1.0), as Browsertrix and ArchiveWeb.page write them.

Somebody who controlled a domain signed the package's digest. The certificate leads to a known root, and an RFC 3161
authority has stamped the signature within minutes of the time that it names.
"""

from __future__ import annotations

import base64
import binascii
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from archive.fault import Fault
from archive.ledger import timestamp
from archive.verify.opened import Opened

_CHECK = "package-signature"
#: So long after the time that a signature names its stamp may be, as authsign has it.
_WITHIN = timedelta(minutes=10)
#: Roots of time stamping that public signers use, by SHA-256: freetsa.org.
_STAMP_ROOTS = frozenset({"a6379e7cecc05faa3cbf076013d745e327bbbaa38c0b9af22469d4701d18aabc"})


def check_domain(
    opened: Opened, where: str, signed: dict[str, Any], roots: Sequence[x509.Certificate]
) -> Iterator[Fault]:
    """Signature, time stamp and certificate; who signed is a note.

    :param roots: certificates that the reader trusts, besides the known ones
    """
    domain, text = str(signed.get("domain")), str(signed.get("hash"))
    try:
        chain = x509.load_pem_x509_certificates(str(signed.get("domainCert")).encode())
    except ValueError as error:
        yield opened.fault(_CHECK, where, f"the certificate of {domain}", f"none that can be read ({error})")
        return
    if not _signed_by(chain[0], _bytes(signed.get("signature")), text):
        yield opened.fault(_CHECK, where, f"a signature by the certificate of {domain}", "one that does not verify")
    at = yield from _stamped(opened, where, signed, roots)
    if at is None:
        return
    if (wrong := _unknown(chain, domain, at, roots)) is not None:
        wanted = f"a certificate of {domain} that leads to a known root (--ca names more), valid on {at:%Y-%m-%d}"
        yield opened.fault(_CHECK, where, wanted, wrong)
        return
    by = f"one by {domain}, certified by {_name(chain[0].issuer)}, stamped at {at:%Y-%m-%dT%H:%M:%SZ}"
    yield opened.fault(_CHECK, where, "a signature by somebody you know", by, "note")


def _signed_by(certificate: x509.Certificate, signature: bytes, text: str) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, text.encode(), ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _stamped(
    opened: Opened, where: str, signed: dict[str, Any], roots: Sequence[x509.Certificate]
) -> Generator[Fault, None, datetime | None]:
    """:returns: when an authority stamped the signature; ``None`` when none did, which is a fault"""
    wanted = "an RFC 3161 time stamp of the signature"
    data = _bytes(signed.get("timeSignature"))
    try:
        chain = x509.load_pem_x509_certificates(str(signed.get("timestampCert")).encode())
        at = timestamp.decode(data).tst_info.gen_time.astimezone(UTC)
    except ValueError as error:
        yield opened.fault(_CHECK, where, wanted, f"none that can be read ({error})")
        return None
    trusted = [c for c in chain if c.fingerprint(hashes.SHA256()).hex() in _STAMP_ROOTS] + list(roots)
    if not trusted:
        found = f"one by {_name(chain[-1].subject)}, which is no known authority (--ca names more)"
        yield opened.fault(_CHECK, where, wanted, found)
        return None
    if (wrong := timestamp.refused(data, str(signed.get("signature")), trusted, chain)) is not None:
        yield opened.fault(_CHECK, where, wanted, wrong)
        return None
    created = _moment(signed.get("created"))
    if created is None or not created <= at <= created + _WITHIN:
        found = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        yield opened.fault(_CHECK, where, f"a time stamp within 10 minutes of {signed.get('created')}", found)
        return None
    return at


def _unknown(chain: list[x509.Certificate], domain: str, at: datetime, roots: Sequence[x509.Certificate]) -> str | None:
    """Why a domain's certificate is not vouched for; ``None`` when it is."""
    known = [*_roots(), *roots]
    try:
        verifier = PolicyBuilder().store(Store(known)).time(at).build_server_verifier(x509.DNSName(domain))
        verifier.verify(chain[0], chain[1:])
    except (VerificationError, ValueError) as error:
        return f"{error} (the chain ends at {_name(chain[-1].issuer)})"
    return None


@cache
def _roots() -> tuple[x509.Certificate, ...]:
    """The roots that browsers know. Old ones among them break rules of today, which says nothing of a signature."""
    found, mark = [], b"-----BEGIN CERTIFICATE-----"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text in Path(certifi.where()).read_bytes().split(mark)[1:]:
            with suppress(ValueError):
                found.append(x509.load_pem_x509_certificate(mark + text))
    return tuple(found)


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _name(name: x509.Name) -> str:
    return name.rfc4514_string()[:100]


def _bytes(value: Any) -> bytes:
    """What Base64 says; empty when it is none."""
    try:
        return base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        return b""
