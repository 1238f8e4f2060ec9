"""Packages that others signed by domain, as authsign does it: the chain of certificates, the time stamp, the signature."""

import base64
import hashlib
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from support.foreign import URL, exchange, quiet, writer_for
from support.running import fangtan
from support.stamps import authority_files, stamped

from archive.verify import Options, Summary, verify_files
from archive.warc import cdxj
from archive.warc.records import iterate

pytestmark = [pytest.mark.long, pytest.mark.needs("openssl")]
DOMAIN = "archive.example.org"


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, key, issuer, issuer_key, *, domain=None, days=(-1, 30)):
    """A certificate authority's own, or a server's for a domain."""
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=domain is None, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    sign = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False)  # fmt: skip
    usage = x509.KeyUsage(
        digital_signature=domain is not None, key_cert_sign=domain is None, crl_sign=domain is None, **sign
    )
    made = made.add_extension(usage, critical=True)
    if domain is not None:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return made.sign(issuer_key, hashes.SHA256())


def pem(*certificates):
    return b"".join(c.public_bytes(Encoding.PEM) for c in certificates).decode()


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    """Roots, an authority that stamps, and the keys of somebody who controls a domain; a file with both roots."""
    folder = tmp_path_factory.mktemp("trust")
    authority_files(folder / "stamps")
    root, middle, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    chain = [
        certificate("leaf", leaf, "Middle", middle, domain=DOMAIN),
        certificate("Middle", middle, "Root", root),
        certificate("Root", root, "Root", root),
    ]
    (folder / "ca.pem").write_text(pem(chain[2]) + (folder / "stamps" / "ca.pem").read_text())
    return {"folder": folder, "root": root, "middle": middle, "leaf": leaf, "chain": chain}


@quiet
def crawled(path):
    with path.open("wb") as stream:
        exchange(writer_for(stream))


@pytest.fixture
def given(tmp_path):
    """A package of another program, without a signature."""
    crawled(tmp_path / "data.warc.gz")
    lines = sorted(line for r in iterate(tmp_path / "data.warc.gz") if (line := cdxj.line_of(r)))
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = {"url": URL, "ts": stamp}
    members = {
        "archive/data.warc.gz": (tmp_path / "data.warc.gz").read_bytes(),
        "indexes/index.cdx": "".join(f"{line}\n" for line in lines).encode(),
        "pages/pages.jsonl": f"{json.dumps({'format': 'json-pages-1.0'})}\n{json.dumps(page)}\n".encode(),
    }
    resources = [
        {"name": n.rpartition("/")[2], "path": n, "hash": f"sha256:{hashlib.sha256(d).hexdigest()}", "bytes": len(d)}
        for n, d in members.items()
    ]
    said = {"profile": "data-package", "wacz_version": "1.1.1", "created": stamp, "resources": resources}
    with zipfile.ZipFile(tmp_path / "given.wacz", "w") as package:
        for member, data in {**members, "datapackage.json": json.dumps(said).encode()}.items():
            package.writestr(member, data)
    return tmp_path / "given.wacz"


def sign(path, trust, **other):
    """The package with a signature by domain; ``other`` replaces fields of it."""
    description = zipfile.ZipFile(path).read("datapackage.json")
    digest = f"sha256:{hashlib.sha256(description).hexdigest()}"
    signature = base64.b64encode(trust["leaf"].sign(digest.encode(), ec.ECDSA(hashes.SHA256()))).decode()
    stamps = trust["folder"] / "stamps"
    signed = {
        "hash": digest,
        "created": json.loads(description)["created"],
        "software": "authsigner 0.6.0",
        "version": "0.1.0",
        "signature": signature,
        "domain": DOMAIN,
        "domainCert": pem(*trust["chain"][:2]),
        "timeSignature": base64.b64encode(stamped(stamps, signature)).decode(),
        "timestampCert": (stamps / "tsa.pem").read_text() + (stamps / "ca.pem").read_text(),
        **other,
    }
    with zipfile.ZipFile(path, "a") as package:
        said = {"path": "datapackage.json", "hash": digest, "signedData": signed}
        package.writestr("datapackage-digest.json", json.dumps(said))
    return signed


def found(path, trust, *, ca=True):
    options = Options(ca=trust["folder"] / "ca.pem") if ca else Options()
    return [f for f in verify_files([path], Summary(), options) if f.check == "package-signature"]


def test_a_signature_by_domain_is_checked_to_its_root(given, trust):
    sign(given, trust)
    (note,) = found(given, trust)
    assert note.level == "note"
    assert DOMAIN in note.found
    assert fangtan("verify", "--ca", trust["folder"] / "ca.pem", given).code == 0


def test_roots_that_nobody_knows_vouch_for_nobody(given, trust):
    sign(given, trust)
    (fault,) = found(given, trust, ca=False)
    assert (fault.level, "--ca" in fault.found) == ("fault", True)
    (trust["folder"] / "stamps-only.pem").write_text((trust["folder"] / "stamps" / "ca.pem").read_text())
    options = Options(ca=trust["folder"] / "stamps-only.pem")
    (fault,) = [f for f in verify_files([given], Summary(), options) if f.check == "package-signature"]
    assert "known root" in fault.expected


def wrong(trust):
    key = ec.generate_private_key(ec.SECP256R1())
    stamps = trust["folder"] / "stamps"
    return {
        "signature by another key": {"signature": base64.b64encode(key.sign(b"x", ec.ECDSA(hashes.SHA256()))).decode()},
        "another domain": {"domain": "elsewhere.example.org"},
        "own certificate": {"domainCert": pem(certificate("x", key, "x", key, domain=DOMAIN))},
        "chain cut": {"domainCert": pem(trust["chain"][0])},
        "expired": {
            "domainCert": pem(
                certificate("leaf", trust["leaf"], "Middle", trust["middle"], domain=DOMAIN, days=(-90, -30)),
                trust["chain"][1],
            )
        },
        "no certificate": {"domainCert": "none"},
        "stamp of something else": {"timeSignature": base64.b64encode(stamped(stamps, "something else")).decode()},
        "no stamp": {"timeSignature": "", "timestampCert": ""},
        "another day": {"created": "2020-01-01T00:00:00Z"},
    }


WRONG = ("signature by another key", "another domain", "own certificate", "chain cut", "expired", "no certificate", "stamp of something else", "no stamp", "another day")  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_with_a_signature_is_named(given, trust, kind):
    sign(given, trust, **wrong(trust)[kind])
    assert "fault" in {f.level for f in found(given, trust)}
