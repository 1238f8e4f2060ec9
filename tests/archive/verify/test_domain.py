"""Packages that others signed by domain, as authsign does it: the chain of certificates, the time stamp, the signature."""

import base64
import hashlib
import json
import zipfile
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from support.foreign import URL, exchange, quiet, writer_for
from support.running import fangtan
from support.stamps import authority_files, stamped
from support.trust import certificate, chain_for, pem

from archive.verify import Options, Summary, verify_files
from archive.warc import cdxj
from archive.warc.records import iterate

pytestmark = [pytest.mark.long, pytest.mark.needs("openssl")]
DOMAIN = "archive.example.org"


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    """Roots, an authority that stamps, and the keys of somebody who controls a domain; a file with both roots."""
    folder = tmp_path_factory.mktemp("trust")
    authority_files(folder / "stamps")
    (root, middle, leaf), chain = chain_for(DOMAIN)
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
