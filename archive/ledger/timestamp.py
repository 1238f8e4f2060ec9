"""RFC 3161 time stamps over ledger heads: proof that a head existed at a time, by an authority that is not us.

The authority's answer is kept as it came (``timestamps/<entry>-<hash>.tsr``). rfc3161-client checks it; it takes
certificates only in DER's order, which authorities do not keep, so a copy with the (unsigned) certificates in order is
what it gets. Where it still refuses, ``openssl ts -verify`` has the last word, if it is installed.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from archive.collection.files import require_plain
from archive.collection.folder import Collection, write_atomically
from archive.collection.processes import program
from archive.errors import ArchiveError, ConfigError
from archive.ledger.chain import Entry, add_file

_MAX_ANSWER = 1 << 20
_TIMEOUT_S = 30
_NAME = re.compile(r"(\d+)-([0-9a-f]{64})\.tsr")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp that is in the collection.

    :param entry: number of the ledger entry; ``hash`` the head that was stamped
    :param time: the authority's time, ISO, UTC; empty when the answer cannot be read
    """

    path: Path
    entry: int
    hash: str
    time: str


def stamp(collection: Collection, entry: Entry) -> Path:
    """Ask the authority of ``fangtan.toml`` to stamp an entry, and keep its answer; the ledger vouches for it.

    :raises ConfigError: no authority is configured
    :raises ArchiveError: it does not answer, or not with a time stamp of this head
    """
    data = ask(collection, entry.hash)
    collection.timestamps.mkdir(exist_ok=True)
    path = collection.timestamps / f"{entry.number}-{entry.hash}.tsr"
    write_atomically(path, data)
    add_file(collection, "timestamp", path, {"head": entry.hash})
    return path


def ask(collection: Collection, text: str) -> bytes:
    """The stamp of a text by the authority of ``fangtan.toml``, as it came.

    :raises ConfigError: no authority is configured
    :raises ArchiveError: it does not answer, or not with a time stamp of this text
    """
    if problems := collection.settings.problems["timestamp"]:
        raise ConfigError("\n".join(problems))
    url = collection.setting("timestamp", "url")
    if not url:
        raise ConfigError(f"{collection.root / 'fangtan.toml'}: no [timestamp] url; name an RFC 3161 authority")
    question = TimestampRequestBuilder(data=text.encode(), hash_algorithm=HashAlgorithm.SHA256).build()
    headers = {"Content-Type": "application/timestamp-query"}
    request = Request(str(url), question.as_bytes(), headers)  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            data: bytes = answer.read(_MAX_ANSWER)
    except (URLError, OSError, ValueError) as error:
        raise ArchiveError(f"{url}: no time stamp ({error})") from error
    try:
        found = decode(data)
        if found.status != 0 or found.tst_info.message_imprint.message != _imprint(text):
            raise ArchiveError(f"{url}: the answer is no stamp of what was sent (status {found.status})")
        if found.tst_info.nonce != question.nonce:
            raise ArchiveError(f"{url}: the answer belongs to another question (nonce)")
    except ValueError as error:
        raise ArchiveError(f"{url}: the answer is no time stamp ({error})") from error
    return data


def stamps(collection: Collection) -> list[Stamp]:
    """The time stamps that lie in the collection."""
    found = []
    for path in sorted(collection.timestamps.glob("*.tsr")) if collection.timestamps.exists() else ():
        name = _NAME.fullmatch(path.name)
        try:
            time = decode(require_plain(path).read_bytes()).tst_info.gen_time.strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, OSError):
            time = ""
        found.append(Stamp(path, int(name[1]) if name else 0, name[2] if name else "", time))
    return found


def check(found: Stamp, authority: Path | None) -> str | None:
    """What is wrong with a time stamp; ``None`` when nothing is.

    :param authority: the authority's root certificates, PEM; without them only the stamped head is compared
    """
    try:
        data = require_plain(found.path).read_bytes()
        answer = decode(data)
        if answer.tst_info.message_imprint.message != _imprint(found.hash):
            return "it stamps something else than the head in its name"
    except (ValueError, OSError) as error:
        return f"no time stamp ({error})"
    if authority is None:
        return None
    try:
        roots = x509.load_pem_x509_certificates(require_plain(authority).read_bytes())
    except ValueError as error:
        return str(error)
    except OSError as error:
        return f"{authority}: {error.strerror}"
    return refused(data, found.hash, roots)


def refused(
    data: bytes, stamped: str, roots: Sequence[x509.Certificate], chain: Sequence[x509.Certificate] = ()
) -> str | None:
    """Why an authority's answer is no valid stamp of a text; ``None`` when it is one.

    :param roots: certificates of authorities that are trusted
    :param chain: the authority's own certificates, where the answer does not bring them
    """
    try:
        answer, builder = decode(data), VerifierBuilder()
        for certificate in roots:
            builder = builder.add_root_certificate(certificate)
        for certificate in chain[1:]:
            builder = builder.add_intermediate_certificate(certificate)
        if chain:
            builder = builder.tsa_certificate(chain[0])
        builder.build().verify(answer, _imprint(stamped))
    except (VerificationError, ValueError) as error:
        return None if _openssl_accepts(data, stamped, roots, chain) else str(error)
    return None


def decode(data: bytes) -> TimeStampResponse:
    """An authority's answer.

    :raises ValueError: it is not one
    """
    try:
        return decode_timestamp_response(data)
    except ValueError:
        return decode_timestamp_response(_in_order(data))


def _in_order(data: bytes) -> bytes:
    try:
        answer = tsp.TimeStampResp.load(data, strict=True)
        signed = answer["time_stamp_token"]["content"]
        ordered = sorted(c.dump() for c in signed["certificates"])
        signed["certificates"] = [cms.CertificateChoices.load(c) for c in ordered]
        return bytes(answer.dump(force=True))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no time stamp: {error}") from error


def _openssl_accepts(
    data: bytes, stamped: str, roots: Sequence[x509.Certificate], chain: Sequence[x509.Certificate]
) -> bool:
    openssl = program("openssl")
    if openssl is None or not roots:
        return False
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        (room / "answer").write_bytes(data)
        (room / "text").write_text(stamped)
        command = [str(openssl), "ts", "-verify", "-in", str(room / "answer"), "-data", str(room / "text")]
        for option, certificates in (("-CAfile", roots), ("-untrusted", chain)):
            if certificates:
                path = room / option
                path.write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in certificates))
                command += [option, str(path)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _imprint(head: str) -> bytes:
    return hashlib.sha256(head.encode()).digest()
