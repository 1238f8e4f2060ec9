"""What somebody does who can write a collection and does not have its key."""

import base64
import json

from archive.ledger import chain as ledger
from archive.ledger import keys


def entered(collection, data, key=None, *, signature=None):
    """Append an entry, rightly chained, signed by a key of one's own, by nobody, or with a signature from elsewhere."""
    entries = ledger.lenient(collection.ledger)
    signer = {"key": key.fingerprint} if key else {}
    body = {"at": "2026-12-01T00:00:00Z", **data, **signer, "previous": entries[-1].hash if entries else ledger.GENESIS}
    digest = ledger.hash_of(body)
    made = key.sign(digest.encode()) if key else signature
    signed = {"signature": base64.b64encode(made).decode()} if made else {}
    with collection.ledger.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({**body, "hash": digest, **signed}, ensure_ascii=False) + "\n")
    return digest


def key_entry(key, endorsement=None):
    """What announces a key."""
    vouch = {"endorsement": base64.b64encode(endorsement).decode()} if endorsement else {}
    public = base64.b64encode(key.public).decode()
    return {"type": "key", "algorithm": keys.ALGORITHM, "public_key": public, "fingerprint": key.fingerprint, **vouch}


def of_file(path, kind, **more):
    """An entry that vouches for a file as it is now."""
    return {"type": kind, "name": path.name, "size": path.stat().st_size, "sha256": keys.hashlib.sha256(path.read_bytes()).hexdigest(), **more}  # fmt: skip
