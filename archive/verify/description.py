"""What a WACZ says of itself: ``datapackage.json`` with its resources, its digest and signature,
the ledger head it carries.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cryptography import x509

from archive.fault import Fault, Level
from archive.ledger import keys
from archive.verify.domain import check_domain
from archive.verify.opened import BAD_ZIP, HEAD, Opened
from archive.warc.digests import algorithm_of, as_claimed, is_known, sha256_hex, value

DESCRIPTION = "datapackage.json"
DIGEST = "datapackage-digest.json"
_OUTSIDE = {DESCRIPTION, DIGEST}
#: A package of packages.
MULTI = "multi-wacz-package"
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")


def check_description(opened: Opened, description: dict[str, Any]) -> Iterator[Fault]:
    """Profile, version, time, and each resource with its file."""
    if description.get("profile") not in ("data-package", MULTI):
        found = repr(description.get("profile"))
        yield opened.fault("package-profile", DESCRIPTION, 'profile "data-package"', found)
    version = description.get("wacz_version")
    if version not in ("1.0.0", "1.1.0", "1.1.1"):
        level: Level = "fault" if version is None else "note"
        yield opened.fault("package-version", DESCRIPTION, "wacz_version 1.0.0 to 1.1.1", repr(version), level)
    created = description.get("created")
    if created is not None and not _CREATED.fullmatch(str(created)):
        yield opened.fault("package-created", DESCRIPTION, "created as an ISO time", repr(created))
    yield from _resources(opened, description)


def _resources(opened: Opened, description: dict[str, Any]) -> Iterator[Fault]:
    resources = description.get("resources")
    if not isinstance(resources, list) or not resources:
        yield opened.fault("package-resources", DESCRIPTION, "a list of resources", repr(resources)[:60])
        return
    seen: set[str] = set()
    for resource in resources:
        path = resource.get("path") if isinstance(resource, dict) else None
        if not isinstance(path, str):
            yield opened.fault("package-resources", DESCRIPTION, "a resource with a path", repr(resource)[:80])
            continue
        if path in seen:
            yield opened.fault("package-resources", DESCRIPTION, "a resource listed once", path)
        seen.add(path)
        flat = _flat(resource)
        yield from _entry(opened, path, flat)
        if path in opened.members:
            yield from _member(opened, path, flat)
        else:
            yield opened.fault("package-missing", path, "the file that datapackage.json lists", "none")
    for name in sorted(set(opened.members) - seen - _OUTSIDE):
        yield opened.fault("package-unlisted", name, "a file that datapackage.json lists", "one that it does not")


def _flat(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource with digest and size where they are today; early tools wrote them as ``stats``."""
    stats = resource.get("stats")
    if not isinstance(stats, dict):
        return resource
    digest = f"{resource.get('hashing', 'md5')}:{stats.get('hash')}"
    return {"hash": digest, "bytes": stats.get("bytes"), **resource}


def _entry(opened: Opened, path: str, resource: dict[str, Any]) -> Iterator[Fault]:
    for name in ("name", "hash", "bytes"):
        if resource.get(name) in (None, ""):
            level = opened.custom if name == "name" else "fault"
            yield opened.fault("package-resources", path, f"a {name} in datapackage.json", "none", level)
    if not re.fullmatch(r"[-a-z0-9._/]+", str(resource.get("name") or "-")):
        wanted, found = "a name of small letters, digits and -._/", repr(resource["name"])[:80]
        yield opened.fault("package-resources", path, wanted, found, opened.custom)


def _member(opened: Opened, path: str, resource: dict[str, Any]) -> Iterator[Fault]:
    digest, size = hashlib.sha256(), 0
    try:
        with opened.package.open(opened.members[path]) as stream:
            while data := stream.read(1 << 20):
                digest.update(data)
                size += len(data)
    except BAD_ZIP as error:
        yield opened.fault("package-zip", path, "a whole member", str(error))
        return
    if resource.get("bytes") != size and str(resource.get("bytes")) != str(size):
        yield opened.fault("package-bytes", path, f"{resource.get('bytes')} bytes", f"{size}")
    claimed = str(resource.get("hash"))
    if algorithm_of(claimed) != "sha256" or value(claimed) is None:
        level: Level = "note" if is_known(claimed) and algorithm_of(claimed) != "sha256" else "fault"
        yield opened.fault("package-hash", path, "a sha256 digest", claimed[:80], level)
    elif value(claimed) != digest.digest():
        yield opened.fault("package-hash", path, claimed, as_claimed(claimed, digest.digest()))


# ── signature ───────────────────────────────────────────────────────────────────────────────────────────────────────


def check_digest(
    opened: Opened, description: dict[str, Any], roots: Sequence[x509.Certificate] = ()
) -> Iterator[Fault]:
    """The digest of the description, and who signed it.

    :param roots: certificates that the reader trusts, besides the known ones
    """
    if DIGEST not in opened.members:
        return
    said = opened.json(DIGEST)
    if said is None:
        yield opened.fault("package-json", DIGEST, "a JSON object", "something else")
        return
    found = f"sha256:{hashlib.sha256(opened.read(DESCRIPTION)).hexdigest()}"
    if said.get("path") != DESCRIPTION:
        yield opened.fault("package-digest", DIGEST, f"path {DESCRIPTION}", repr(said.get("path")))
    if sha256_hex(str(said.get("hash"))) != found.partition(":")[2]:
        hashed = str(said.get("hash"))
        wanted = as_claimed(hashed, bytes.fromhex(found[7:])) if sha256_hex(hashed) else found
        yield opened.fault("package-digest", DIGEST, f"the digest {wanted}", hashed[:100])
    signed = said.get("signedData")
    if signed is None:
        nobody = "none: anybody could have made this package"
        yield opened.fault("package-signature", DIGEST, "a signature", nobody, "note")
    elif not isinstance(signed, dict):
        yield opened.fault("package-signature", DIGEST, "signedData as an object", repr(signed)[:60])
    else:
        yield from _signature(opened, signed, found, description.get("created"), roots)
    if isinstance(second := said.get(keys.BESIDE_DOMAIN), dict):
        yield from _signature(opened, second, found, description.get("created"), roots)


def signer(opened: Opened) -> str | None:
    """Fingerprint of the key that a package says it is signed with; ``None`` without one."""
    said = (opened.json(DIGEST) or {}) if DIGEST in opened.members else {}
    signed = said.get(keys.BESIDE_DOMAIN) or said.get("signedData")
    public = _bytes(signed.get("publicKey")) if isinstance(signed, dict) else None
    return keys.fingerprint(public) if public else None


def _signature(
    opened: Opened, signed: dict[str, Any], digest: str, created: Any, roots: Sequence[x509.Certificate]
) -> Iterator[Fault]:
    check, said = "package-signature", signed.get("hash")
    if said != digest:
        yield opened.fault(check, DIGEST, f"a signature over {digest}", f"one over {said}")
    if signed.get("created") != created:
        yield opened.fault(check, DIGEST, f"created {created} as in {DESCRIPTION}", str(signed.get("created")))
    if "domain" in signed:
        yield from check_domain(opened, DIGEST, signed, roots)
        return
    public, signature = _bytes(signed.get("publicKey")), _bytes(signed.get("signature"))
    known = public is not None and signature is not None
    if not known or not keys.verify(public or b"", keys.from_raw(signature or b""), str(said).encode()):
        yield opened.fault(check, DIGEST, "a signature by the key that is named", "one that does not verify")


def _bytes(text: Any) -> bytes | None:
    """What Base64 says; ``None`` when it is no Base64."""
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        return None


def check_head(opened: Opened, known: Callable[[str], bool] | None) -> Iterator[Fault]:
    """The ledger head that the package carries.

    :param known: whether the collection's ledger has an entry; ``None`` outside a collection
    """
    if HEAD not in opened.members:
        return
    said = opened.json(HEAD) or {}
    head = str(said.get("head"))
    public, signature = _bytes(said.get("public_key") or ""), _bytes(said.get("signature") or "")
    unsigned = signature == b"" and public is not None
    if not unsigned and not keys.verify(public or b"", signature or b"", head.encode()):
        yield opened.fault("package-head", HEAD, "a signed ledger head", "a signature that does not verify")
    if known is not None and not known(head):
        wanted = f"the entry {head[:16]}… in the ledger of this collection"
        yield opened.fault("ledger-head", HEAD, wanted, "no such entry: entries were removed or rewritten")
