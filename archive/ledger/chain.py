"""The ledger: one JSON line for every closed WARC file, run, package and withheld capture, chained and signed.

Each entry carries the hash of the one before; its own hash is signed with the collection's key
(:mod:`archive.ledger.keys`), so every entry is a head. Editing, removing or reordering entries breaks the chain;
cutting off the last ones does not, but anyone who holds a later head (published, time-stamped or inside a package) sees
that it is gone.

The signature is over the entry's hash as 64 hexadecimal digits: ``openssl dgst -sha256 -verify KEY.pem -signature SIG``
checks it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.collection import clock
from archive.collection.files import final_name, sha256_file
from archive.collection.folder import Collection
from archive.errors import ArchiveError, ConfigError
from archive.ledger import keys, prefix
from archive.ledger.keys import Key
from archive.ledger.lines import lines_with, raw_lines
from archive.ledger.shape import once, wrong_in

log = logging.getLogger("fangtan")
GENESIS = "0" * 64
_OUTSIDE = ("hash", "signature")
#: The field that names the key of an entry's signature; entries of earlier versions have none.
SIGNER = "key"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger.

    :param data: all fields but hash and signature
    :param signature: DER, ``None`` when the entry is not signed
    """

    number: int
    data: dict[str, Any]
    hash: str
    signature: bytes | None

    @property
    def type(self) -> str:
        """``key``, ``warc``, ``run``, ``package``, ``timestamp``, ``settings``, ``corrections``, ``withhold``,
        ``overwrite``, ``release``, ``worker``.
        """
        return str(self.data.get("type"))

    @property
    def public_key(self) -> bytes:
        """The key that a ``key`` entry announces, DER; empty when it is unreadable."""
        try:
            return base64.b64decode(self.data.get("public_key") or "", validate=True)
        except (binascii.Error, ValueError, TypeError):
            return b""


def hash_of(data: dict[str, Any]) -> str:
    """SHA-256 of an entry without hash and signature, canonical JSON; empty for one that is nested too deeply."""
    try:
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        return ""
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path) -> list[Entry]:
    """All entries, the chain checked (signatures: :func:`archive.verify.ledger`).

    :raises ArchiveError: a line that is no JSON or breaks the chain; names file and line
    """
    entries, wrong = examined(path)
    if wrong:
        raise ArchiveError(wrong[0])
    return entries


def examined(path: Path) -> tuple[list[Entry], list[str]]:
    """The entries that can be read, and each place where a line is invalid or the chain is broken, in words.

    A last line without its newline is a write that was cut off and is not an entry.
    """
    return examined_lines(str(path), raw_lines(path), GENESIS)


def examined_lines(
    where: str, lines: list[bytes], previous: str | None, first: int = 1
) -> tuple[list[Entry], list[str]]:
    """The same of lines that may be a part of a ledger.

    :param where: what they are of, in words
    :param previous: hash of the entry before them; ``None`` where it is not known
    :param first: number of the first one
    """
    entries: list[Entry] = []
    wrong: list[str] = []
    for number, line in enumerate(lines, first):
        if not line.endswith(b"\n"):
            break
        try:
            entry = _parse(where, number, line)
        except ArchiveError as error:
            wrong.append(str(error))
            previous = None  # what the lost line said cannot be known: the next one is taken as it is
            continue
        if previous is not None and entry.data.get("previous") != previous:
            wrong.append(
                f"{where}:{number}: the chain is broken: expected previous {previous[:12]}…, found "
                f"{str(entry.data.get('previous'))[:12]}…"
            )
        found = hash_of(entry.data)
        if found != entry.hash:
            wrong.append(
                f"{where}:{number}: the entry was altered: its hash is {found[:12]}…, it says {entry.hash[:12]}…"
            )
        previous = entry.hash
        entries.append(entry)
    return entries, wrong


@dataclass(slots=True)
class Past:
    """What a new entry comes after.

    :param last: the last entry that can be read
    :param key: the entry that announces the key in force
    :param looks: what the file looked like when it was read
    """

    path: Path
    last: Entry | None
    key: Entry | None
    looks: prefix.Appearance | None

    def naming(self, *parts: bytes) -> list[Entry]:
        """The entries whose line has one of these."""
        return lenient(self.path, naming=parts)


#: Per file: how this process left it.
_seen: dict[Path, Past] = {}


def _past(path: Path) -> Past:
    """What is chained on. The chain is only read again when another process has touched the file, and then only behind
    what was read before (:mod:`archive.ledger.prefix`). The caller holds the lock.

    A damaged line does not stop the archive: what is new is chained to the last line that can be read, so that the
    chain is complete again once the damaged one is brought back from a copy. ``verify`` names it until then.
    """
    if (looks := prefix.appearance(path)) is None:
        return Past(path, None, None, None)
    if path not in _seen or _seen[path].looks != looks:
        try:
            with path.open("rb") as stream:
                _seen[path] = _read_on(path, prefix.Reading(path, stream), looks)
        except OSError as error:
            raise ArchiveError(f"{path}: the ledger cannot be read ({error.strerror})") from error
    return _seen[path]


def _read_on(path: Path, reading: prefix.Reading, looks: prefix.Appearance) -> Past:
    last, key = _named_in(path, reading)
    behind = list(reading.behind())
    before, first = last.hash if last else GENESIS, reading.prefix.entries + 1
    entries, wrong = examined_lines(str(path), [line for _, line in behind], before, first)
    for words in wrong:
        log.error("%s; bring the line back from a copy. 账本有损坏的行，请从备份恢复。", words)
    announced = announced_key(entries)
    if not wrong:
        reading.note(behind, announced.number if announced else None)
    return Past(path, entries[-1] if entries else last, announced or key, looks)


def _named_in(path: Path, reading: prefix.Reading) -> tuple[Entry | None, Entry | None]:
    """The last entry and the last key of what was read before."""
    try:
        last, key = (_parse(path, number, line) if line else None for number, line in reading.named())
    except ArchiveError:  # the note is wrong, the ledger need not be
        reading.forget()
        return None, None
    return last, key


def lenient(path: Path, naming: tuple[bytes, ...] = (b"",)) -> list[Entry]:
    """The entries that can be read, whatever the chain says; a last line that was cut off is none.

    :param naming: only entries whose line has one of these
    :raises ArchiveError: the file itself cannot be read
    """
    found = []
    for number, line in lines_with(path, naming):
        with suppress(ArchiveError):
            found.append(_parse(path, number, line))
    return found


def _parse(where: Path | str, number: int, line: bytes) -> Entry:
    try:
        data = json.loads(line, object_pairs_hook=once)
        claimed = str(data["hash"])
        if b"\\u" in line:  # it may be half of a character, which is no text
            hash_of(data)
        if wrong := wrong_in(data):
            raise ValueError(wrong)
        signature = base64.b64decode(data["signature"], validate=True) if data.get("signature") else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArchiveError(f"{where}:{number}: no ledger entry ({type(error).__name__}: {error})") from error
    return Entry(number, {k: v for k, v in data.items() if k not in _OUTSIDE}, claimed, signature)


def announced_key(entries: list[Entry]) -> Entry | None:
    """The entry that announced the key in force."""
    return next((e for e in reversed(entries) if e.type == "key"), None)


def key_of(collection: Collection, entries: list[Entry]) -> Key | None:
    """The private key in force, when it is at hand.

    :raises ConfigError: the file that should hold it holds something else
    """
    announced = announced_key(entries)
    if announced is None:
        return None
    wanted = keys.fingerprint(announced.public_key)
    found = keys.load(collection.key_path) if collection.key_path else keys.find(collection.root, wanted)
    if found is not None and found.fingerprint != wanted:
        raise ConfigError(
            f"{found.path}: holds the key {found.fingerprint[:16]}…, the ledger announces {wanted[:16]}…; "
            f"put the right key there, or begin a new one with `fangtan ledger --new-key`"
        )
    return found


def last(collection: Collection) -> Entry | None:
    """The last entry that can be read; ``None`` without one."""
    with collection.lock("ledger", wait=True):
        return _past(collection.ledger).last


def append(collection: Collection, data: dict[str, Any]) -> Entry:
    """Append an entry durably, signed when the key is at hand.

    :raises ArchiveError: the ledger cannot be read
    """
    entry = append_new(collection, lambda _: data)
    assert entry is not None
    return entry


def append_new(collection: Collection, make: Callable[[Past], dict[str, Any] | None]) -> Entry | None:
    """Append what the entries that are there do not say yet.

    :param make: from what is there, what is to be said; ``None`` for nothing
    :returns: the entry; ``None`` when nothing was to be said
    :raises ArchiveError: the ledger cannot be read
    """
    with collection.lock("ledger", wait=True):
        past = _past(collection.ledger)
        data = make(past)
        if data is None:
            return None
        key = key_of(collection, [past.key] if past.key else [])
        if key is None and past.key is not None:
            log.warning(
                (
                    "%s: the signing key %s… is not here; the entry stays unsigned. Bring it back, or begin a new "
                    "one with `fangtan ledger --new-key`. 签名私钥缺失。"
                ),
                collection.ledger,
                keys.fingerprint(past.key.public_key)[:16],
            )
        return _append(past, data, key)


def _append(past: Past, data: dict[str, Any], key: Key | None) -> Entry:
    path, previous = past.path, past.last
    now = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    if previous is not None and str(previous.data.get("at")) > now:
        log.warning(
            "%s: the clock says %s, the last entry is dated %s: does the clock run backwards? 系统时钟可能倒退。",
            path,
            now,
            previous.data.get("at"),
        )
    body = {"at": now, **_named(data, key), "previous": previous.hash if previous else GENESIS}
    digest = hash_of(body)
    signature = key.sign(digest.encode()) if key else None
    entry = Entry(previous.number + 1 if previous else 1, body, digest, signature)
    signed = {"signature": base64.b64encode(signature).decode()} if signature else {}
    line = json.dumps({**body, "hash": digest, **signed}, ensure_ascii=False, sort_keys=True) + "\n"
    with path.open("ab+") as stream:
        prefix.drop_cut_line(stream)
        stream.write(line.encode())
        stream.flush()
        os.fsync(stream.fileno())
    _seen[path] = Past(path, entry, entry if entry.type == "key" else past.key, prefix.appearance(path))
    return entry


def _named(data: dict[str, Any], key: Key | None) -> dict[str, Any]:
    """What an entry says, with the key that signs it; one that an earlier entry named is left out."""
    said = {name: value for name, value in data.items() if name != SIGNER}
    return {**said, SIGNER: key.fingerprint} if key else said


def ensure_key(collection: Collection, *, new: bool = False, reason: str | None = None) -> Entry:
    """The entry that announces the collection's key; a key is made when there is none, or when a new one is asked for.

    :raises ConfigError: the key cannot be written
    """
    with collection.lock("ledger", wait=True):
        past = _past(collection.ledger)
        announced = past.key
        if announced is not None and not new:
            return announced
        old = key_of(collection, [announced]) if announced is not None else None
        path = collection.key_path
        key = (keys.load(path) if path and not new else None) or keys.create(path, keys.place(collection.root))
        data: dict[str, Any] = {
            "type": "key",
            "algorithm": keys.ALGORITHM,
            "public_key": base64.b64encode(key.public).decode(),
            "fingerprint": key.fingerprint,
        }
        if reason:
            data["reason"] = reason
        if old is not None:
            # The old key vouches for the new one.
            data["endorsement"] = base64.b64encode(old.sign(key.fingerprint.encode())).decode()
        return _append(past, data, key)


def add_warc(collection: Collection, warc: Path, sha256: str, more: dict[str, Any] | None = None) -> None:
    """Enter a WARC file that is about to get its final name; once only.

    :param sha256: of its bytes, hexadecimal
    :param more: where its records come from, should its first one be damaged one day: run and site
    """
    name = final_name(warc)
    data = {"type": "warc", "name": name, "size": warc.stat().st_size, "sha256": sha256, **(more or {})}

    def unless_known(past: Past) -> dict[str, Any] | None:
        known = past.naming(json.dumps(name, ensure_ascii=False).encode())
        return None if any(e.data.get("name") == name and e.type == "warc" for e in known) else data

    append_new(collection, unless_known)


def add_file(collection: Collection, kind: str, path: Path, more: dict[str, Any]) -> Entry:
    """Enter a run report, a package or a time stamp, by its digest."""
    return append(collection, {"type": kind, **said_of(path), **more})


def said_of(path: Path) -> dict[str, Any]:
    """A file as an entry names it: name, size, digest.

    :raises OSError: it cannot be read
    """
    return {"name": path.name, "size": path.stat().st_size, "sha256": sha256_file(path)}
