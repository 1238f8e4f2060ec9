"""Our packages in the name of a domain: written by `package`, checked by whoever trusts the certificate's root."""

import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.damage import rezip
from support.running import copy_of, fangtan, faults
from support.servers.oddserver import OddServer, responses
from support.stamps import serving
from support.trust import certificate, chain_for, pem

from archive.collection.folder import Collection
from archive.errors import ArchiveError, ConfigError
from archive.handover.transfer import transfer
from archive.handover.wacz import package
from archive.ledger import chain as ledger
from archive.verify import Options, Summary, verify_files

pytestmark = [pytest.mark.long, pytest.mark.needs("openssl")]
DOMAIN = "archive.example.org"


def secret(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A collection whose operator has a certificate, and the authority that stamps."""
    folder = tmp_path_factory.mktemp("signed")
    (_, middle, leaf), chain = chain_for(DOMAIN)
    collection = Collection(folder / "c").create()
    with OddServer({"/zxft/": responses()["/zxft/"], "/zxft/gzip.html": responses()["/zxft/gzip.html"]}) as server:
        fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    with serving(folder / "stamps") as url:
        (folder / "fullchain.pem").write_text(pem(*chain[:2]))
        (folder / "privkey.pem").write_text(secret(leaf))
        (folder / "root.pem").write_text(pem(chain[2]))
        (folder / "ca.pem").write_text(pem(chain[2]) + (folder / "stamps" / "ca.pem").read_text())
        old = certificate("old", leaf, "Middle", middle, domain=DOMAIN, days=(-9, -1))
        (folder / "old.pem").write_text(pem(old, chain[1]))
        (folder / "other.pem").write_text(secret(ec.generate_private_key(ec.SECP256R1())))
        yield folder, collection, url


def configure(folder, collection, url, **other):
    said = {"domain": DOMAIN, "certificate": folder / "fullchain.pem", "key": folder / "privkey.pem", "ca": folder / "root.pem", **other}  # fmt: skip
    lines = [f'{name} = "{value}"' for name, value in said.items() if value is not None]
    stamps = [f'url = "{url}"', f'ca = "{folder / "stamps" / "ca.pem"}"'] if url else []
    text = "\n".join(["[signature]", *lines, "[timestamp]", *stamps, ""])
    (collection.root / "fangtan.toml").write_text(text, "utf-8")


@pytest.fixture
def copy(desk, tmp_path):
    folder, collection, url = desk
    made = copy_of(collection, tmp_path / "copy")
    configure(folder, made, url)
    return made


def said_in(path):
    with zipfile.ZipFile(path) as source:
        return json.loads(source.read("datapackage-digest.json")), json.loads(source.read("datapackage.json"))


def named(path, ca=None, **held):
    found = verify_files([path], Summary(), Options(ca=ca, **held))
    return [(f.check, f.level, f.found) for f in found if f.level == "fault" or f.check == "package-signature"]


def test_a_package_is_signed_by_the_domain_and_by_the_ledgers_key(desk, copy):
    folder, _, _ = desk
    made = package(copy)
    digest, description = said_in(made.path)
    signed = digest["signedData"]
    assert (signed["domain"], signed["hash"]) == (DOMAIN, digest["hash"])
    assert signed["created"] == description["created"] == made.created
    assert set(signed) == {"hash", "created", "software", "version", "signature", "domain", "domainCert", "timeSignature", "timestampCert"}  # fmt: skip
    ((check, level, words),) = named(made.path, folder / "ca.pem")
    assert (check, level) == ("package-signature", "note")
    assert DOMAIN in words
    key = ledger.key_of(copy, ledger.read(copy.ledger)).fingerprint
    assert [row for row in named(made.path, folder / "ca.pem", key=key) if row[1] == "fault"] == []
    assert [row for row in named(made.path, folder / "ca.pem", key="0" * 16) if row[1] == "fault"]
    assert faults(copy) == []


def test_a_transfer_package_knows_the_roots_of_the_settings(copy):
    transfer(copy)
    checks = json.loads(next(copy.packages.glob("*-transfer/data/four-properties.json")).read_text("utf-8"))
    assert [row["item"] for row in checks if row["result"].startswith("不合格")] == []
    assert faults(copy) == []


def test_who_does_not_know_the_root_is_told(desk, copy):
    folder, _, _ = desk
    made = package(copy)
    ((check, level, words),) = named(made.path)
    assert (check, level, "--ca" in words) == ("package-signature", "fault", True)
    configure(folder, copy, None, ca=None, domain=None)
    assert {f.check for f in faults(copy)} == {"package-signature"}


@pytest.mark.parametrize("field", ["hash", "created", "signature", "domain", "timeSignature"])
def test_a_changed_signature_is_named(desk, copy, field):
    folder, _, _ = desk
    made = package(copy)

    def change(name, data):
        if name != "datapackage-digest.json":
            return data
        said = json.loads(data)
        text = said["signedData"][field]
        other = text[:-9] + ("b" if text[-9] not in "bB" else "c") + text[-8:]
        said["signedData"][field] = "2020-01-01T00:00:00Z" if field == "created" else other
        return json.dumps(said).encode()

    rezip(made.path, change)
    assert ("package-signature", "fault") in {(check, level) for check, level, _ in named(made.path, folder / "ca.pem")}


def test_a_second_signature_by_another_key_is_named(desk, copy):
    folder, _, _ = desk
    made = package(copy)

    def change(name, data):
        said = json.loads(data) if name == "datapackage-digest.json" else {}
        if said:
            said["keySignedData"]["signature"] = said["signedData"]["signature"]
        return json.dumps(said).encode() if said else data

    rezip(made.path, change)
    assert [level for _, level, _ in named(made.path, folder / "ca.pem")].count("fault") == 1


@pytest.mark.parametrize(
    ("other", "error", "words"),
    [
        ({"key": "other.pem"}, ConfigError, "not the key of"),
        ({"key": "nothing.pem"}, ConfigError, "no private key"),
        ({"key": None}, ConfigError, "needs certificate, key"),
        ({"certificate": "root.pem", "key": "privkey.pem"}, ConfigError, "not the key of"),
        ({"certificate": "old.pem"}, ConfigError, "valid from"),
        ({"certificate": "stamps/serial"}, ConfigError, "no PEM file"),
        ({"domain": "other.example.org"}, ConfigError, "not of other.example.org"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_written(desk, copy, other, error, words):
    folder, _, url = desk
    named = {name: folder / value if value and name != "domain" else value for name, value in other.items()}
    configure(folder, copy, url, **named)
    with pytest.raises(error, match=words):
        package(copy)
    assert list(copy.packages.glob("*")) == []


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:1/", "/garbage"])
def test_without_a_stamp_there_is_no_package(desk, copy, address):
    folder, _, url = desk
    configure(folder, copy, f"{url}{address}" if address.startswith("/") else address)
    with pytest.raises((ConfigError, ArchiveError), match=r"timestamp|time stamp"):
        package(copy)
    assert list(copy.packages.glob("*")) == []


def test_it_is_made_again_under_a_name_of_its_own(copy, clock):
    """A stamp is of its minute, so no two such packages have equal bytes."""
    now = datetime.now(UTC)
    made = []
    for moment in (now, now + timedelta(seconds=1)):
        clock.write_text(moment.isoformat(), "ascii")
        made.append(package(copy).path)
    assert made[0] != made[1]
