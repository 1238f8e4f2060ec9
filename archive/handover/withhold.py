"""Lawful takedown: captures hidden from store, web, replay and packages; the ledger keeps the proof.

One transaction marks the ledger and deletes the rows. With ``destroy`` the bytes go, too
(:mod:`archive.handover.overwrite`). Killed anywhere, a takedown is finished by the next command, whichever it is
(:func:`finish`).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from time import monotonic, sleep

from archive.collection.folder import Collection
from archive.errors import ArchiveError, ConfigError
from archive.handover import accounts, crawl_words, overwrite
from archive.handover.holders import beside, holding
from archive.handover.proofs import OF_TALK, Subject, carried_out, everywhere, in_entry, in_store
from archive.ledger import chain as ledger
from archive.ledger import keys
from archive.ledger.chain import Entry
from archive.ledger.withheld import Takedowns, of_talk, takedowns
from archive.store import overlay, removal
from archive.store.indexer import Indexer
from archive.store.layers import FILES, of_withheld, still_said
from archive.store.names import interview_of, turn_of
from archive.store.originals import repeats
from archive.store.rebuild import remove_leftovers
from archive.store.store import open_store, scrub, scrub_is_due, transaction
from parsers.errors import FangtanError

log = logging.getLogger("fangtan")
_IDS = "(SELECT value FROM json_each(?))"
#: So long a takedown waits for the indexer to finish what it reads.
_INDEXER_S = 10.0


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was withheld.

    :param destroyed: the bytes are gone; ``False`` while a file that is written has to wait
    :param packages: packages of the collection that hold the captures, made earlier
    :param listed: captures of list pages that print the titles and are not withheld
    """

    entry: Entry
    captures: tuple[str, ...]
    destroyed: bool
    packages: tuple[str, ...]
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What a takedown names: captures to withhold, and those that are withheld already.

    :param repeats: captures among the fresh ones that nobody named, each with the one whose payload is all they have
    """

    fresh: tuple[str, ...]
    held: tuple[str, ...]
    uids: tuple[str, ...]
    repeats: dict[str, str]


def withhold(
    collection: Collection, targets: list[str], reason: str, *, destroy: bool = False, lists: bool = False
) -> Withheld:
    """Hide captures, each named by its id, by a turn or by an interview (then everything behind it).

    :param destroy: overwrite the records' bytes
    :param lists: the captures of list pages that print their titles, too
    :raises ConfigError: an unknown name, no reason, or all of it is withheld already
    """
    if not reason.strip():
        raise ConfigError("--reason: say why, it goes into the ledger; 请写明原因，将记入账本")
    if destroy:
        _require_key(collection)
    finished = finish(collection)
    _read_on(collection)
    indexer = Indexer(collection)
    try:
        seen = _named(indexer.db, takedowns(collection), targets) if destroy else set()
        records = everywhere(collection, seen)  # before the locks: it reads all files
        with collection.lock("publish", wait=True), transaction(indexer.database) as db:
            said = takedowns(collection)
            chosen = _choose(db, said, targets)
            listed = removal.naming(db, said, chosen.fresh, chosen.held)
            if lists:
                chosen, listed = replace(chosen, fresh=tuple(sorted({*chosen.fresh, *listed}))), ()
            subject = _subject_of(collection, db, said, chosen, targets, destroy=destroy)
            if subject is None:
                return _already(collection, chosen, finished, targets, destroy=destroy)
            if destroy:
                records += everywhere(collection, set(subject.captures) - seen)
                subject.add(Subject(records=[p for p in records if (p.get("about") or p["id"]) in subject.captures]))
            entry = ledger.append(collection, subject.entry(reason.strip(), destroy=destroy))
            indexer.apply(db)
    finally:
        indexer.close()
    finish(collection)
    return _outcome(collection, entry, listed)


def _require_key(collection: Collection) -> None:
    """:raises ConfigError: the entry could not be signed, so that nobody would carry it out"""
    entries = ledger.lenient(collection.ledger)
    announced = ledger.announced_key(entries)
    if announced is not None and ledger.key_of(collection, entries) is None:
        raise ConfigError(
            f"{collection.ledger}: the signing key {keys.fingerprint(announced.public_key)[:16]}… is not here. "
            "Bring it back, or begin a new one with `fangtan ledger --new-key`. 签名私钥缺失。"
        )


def _already(
    collection: Collection, chosen: _Chosen, finished: list[Entry], targets: list[str], *, destroy: bool
) -> Withheld:
    """A takedown that an earlier command began and this one finished is what was asked for."""
    said = takedowns(collection)
    last = max((said.held[c] for c in chosen.held), key=lambda entry: entry.number)
    if not finished and not (destroy and last.data.get("destroy") and said.destroys(last)):
        raise ConfigError(f"{', '.join(targets)}: withheld already (ledger entry {last.number})")
    return _outcome(collection, last, ())


def _outcome(collection: Collection, entry: Entry, listed: tuple[str, ...]) -> Withheld:
    captures = tuple(map(str, entry.data["captures"]))
    said = takedowns(collection)
    latest = [said.held[c] for c in captures if c in said.held]
    gone = bool(latest) and all(map(said.is_gone, latest))
    return Withheld(latest[-1] if latest else entry, captures, gone, holding(collection, entry), listed)


def release(collection: Collection, targets: list[str], reason: str) -> Entry:
    """Show withheld captures again, each named as for :func:`withhold`; what was withheld with them, too.

    :raises ConfigError: one of them is not withheld, or its bytes were destroyed
    """
    _require_key(collection)
    finish(collection)
    said = takedowns(collection)
    captures = set[str]()
    for target in targets:
        named = _held(said, target)
        if not named:
            raise ConfigError(f"{target}: not withheld")
        if gone := next((said.held[c] for c in sorted(named) if said.is_gone(said.held[c])), None):
            raise ConfigError(
                f"{target}: its bytes were destroyed on {gone.data.get('at')}; nothing can be shown again"
            )
        captures |= named
    captures |= {c for c, entry in said.held.items() if (entry.data.get("repeats") or {}).get(c) in captures}
    entry = ledger.append(collection, {"type": "release", "captures": sorted(captures), "reason": reason})
    finish(collection)
    return entry


# ── finishing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def finish(collection: Collection, *, wait: bool = True) -> list[Entry]:
    """Make the collection be as its ledger says: rows and index lines of withheld captures go, their titles in
    reports and in ``crawl.db`` go, bytes that are to be destroyed go.

    :param wait: for the indexer that is at work; else what it is needed for is left to a later command
    :returns: the takedowns there was something left to do for
    :raises FangtanError: the store or the ledger cannot be written
    """
    said = takedowns(collection)
    if not said.entries:
        return []
    _name_not_vouched(collection, said)
    found = hide(collection)
    accounts.shut(collection)
    crawl_words.settle(collection)
    todo = _to_destroy(collection, said)
    if todo:
        try:
            with collection.lock("indexer", wait=wait):
                for entry in _to_destroy(collection, takedowns(collection)):
                    _destroy(collection, entry)
        except ConfigError:
            if wait:
                raise
            return found
    _scrub(collection)
    return [*found, *todo]


def _name_not_vouched(collection: Collection, said: Takedowns) -> None:
    """What asks for destruction without the word of the key's owner is named by each command, and hides only."""
    for entry in said.not_vouched:
        log.error(
            "%s:%d: asks to destroy captures, and the key in force did not sign it: they are hidden, nothing is "
            "destroyed. Run `fangtan verify`. If you want it, say `fangtan withhold --destroy` again. "
            "该条目没有有效签名，不予销毁。",
            collection.ledger,
            entry.number,
        )


def _scrub(collection: Collection) -> None:
    """Take withheld words out of the store's free pages. It writes the complete file, so it waits for nobody:
    the next command tries again.
    """
    try:
        if collection.store.exists() and scrub_is_due(collection.store):
            with collection.lock("indexer"):
                scrub(collection.store)
    except FangtanError as error:
        log.warning(
            "what is withheld is hidden; its words are in free pages of the store until the next command: %s", error
        )


def hide(collection: Collection) -> list[Entry]:
    """The first half of :func:`finish`: rows and index lines go, at once.

    :returns: the takedowns that were not carried out yet
    """
    said = takedowns(collection)
    if not said.entries or not collection.store.exists():
        return []
    indexer = Indexer(collection)
    try:
        shown = removal.present(indexer.db, said.held)
        indexer.obey()
    finally:
        indexer.close()
    return list({said.held[i].number: said.held[i] for i in shown}.values())


def _to_destroy(collection: Collection, said: Takedowns) -> list[Entry]:
    """Takedowns whose bytes are to go, and those whose bytes came back (from a backup).
    What a crawl is writing has to wait.
    """
    back = overwrite.returned(collection, said.destroyed)
    return [e for e in (*said.unfinished, *back) if not overwrite.waits(collection, e)]


def _destroy(collection: Collection, entry: Entry) -> None:
    """Bytes, words in the store's free pages, corrections and codings; then the ledger says that it is done.
    The caller holds the indexer's lock.
    """
    try:
        whole = overwrite.overwrite(collection, entry)
    except OSError as error:
        raise ArchiveError(
            f"{collection.archive}: {error.strerror}; the captures are hidden, their bytes are still there. The "
            "next command tries again"
        ) from error
    for file in FILES:
        file.drop(collection, frozenset(map(str, entry.data.get("corrections") or ())))
    if not whole:
        return
    if collection.store.exists():
        _number_lines(collection)
        scrub(collection.store)
    remove_leftovers(collection)
    files = overwrite.files_of(collection, entry)
    ledger.append(collection, carried_out(entry, files, beside(collection, entry)))


def _number_lines(collection: Collection) -> None:
    """The store counts the lines of the files, which are fewer now."""
    database = open_store(collection.store)
    try:
        with transaction(database) as db:
            overlay.apply(db, collection)
    finally:
        database.conn.close()


# ── what a takedown names ───────────────────────────────────────────────────────────────────────────────────────────


def _read_on(collection: Collection) -> None:
    """Index what is captured already, so that a capture made before the takedown does not come after it."""
    until = monotonic() + _INDEXER_S
    while True:
        try:
            with collection.lock("indexer"):
                indexer = Indexer(collection)
                try:
                    indexer.read_all()
                finally:
                    indexer.close()
            return
        except ConfigError:
            if monotonic() > until:
                return  # a rebuild: it obeys the ledger before it shows anything
            sleep(0.1)
        except FangtanError as error:
            log.warning("%s: not all captures could be read before the takedown", error)
            return


def _named(db: sqlite3.Connection, said: Takedowns, targets: Iterable[str]) -> set[str]:
    """Every capture that a target may mean."""
    return {c for target in targets for c in (*_captures(db, target), *_held(said, target))}


def _choose(db: sqlite3.Connection, said: Takedowns, targets: Iterable[str]) -> _Chosen:
    """:raises ConfigError: a name of nothing"""
    fresh, named, uids = set[str](), set[str](), set[str]()
    for target in targets:
        found, held = _captures(db, target), _held(said, target)
        if not found and not held:
            raise ConfigError(f"{target}: no such capture, turn or interview")
        fresh |= found
        # A turn that is shown names the captures that say it, no others of its talk.
        named |= set() if found and "." in target else held
        if "." not in target and (uid := interview_of(db, target)):
            uids.add(uid)
    more = {repeat: original for repeat, original in repeats(db, fresh).items() if repeat not in fresh}
    return _Chosen(tuple(sorted({*fresh, *more})), tuple(sorted(named)), tuple(sorted(uids)), more)


def _captures(db: sqlite3.Connection, target: str) -> set[str]:
    named = "SELECT id FROM captures WHERE id = :t OR record_id = :t"
    turn = "SELECT v.capture FROM _turns t JOIN versions v ON v.id = t.version WHERE t.id = :t"
    said = turn_of(db, target)
    talk = None if "." in target else interview_of(db, target)
    # A turn's words go with every version that has them.
    for query, name in ((named, target), (turn, said and said.id), (OF_TALK, talk)):
        if found := {row[0] for row in db.execute(query, {"t": name})}:
            return found
    return set()


def _held(said: Takedowns, target: str) -> set[str]:
    """The withheld captures that a capture's id, a turn or an interview names."""
    name, uid = target.removeprefix("<urn:uuid:").removesuffix(">"), target.split(".", 1)[0]
    return {name} if name in said.held else of_talk(said, uid)


def _subject_of(
    collection: Collection,
    db: sqlite3.Connection,
    said: Takedowns,
    chosen: _Chosen,
    targets: list[str],
    *,
    destroy: bool,
) -> Subject | None:
    """What the entry is about; ``None`` when nothing is left to be said.

    What is withheld already is named again when its bytes are to be destroyed and were kept until now.
    """
    again = {c for c in chosen.held if destroy and not said.destroys(said.held[c])}
    if not chosen.fresh and not again:
        return None
    if again:
        _refuse_vague(db, said, targets)
    subject = in_store(collection, db, chosen.fresh, chosen.uids)
    subject.repeats = chosen.repeats
    subject.corrections = of_withheld(db, collection, chosen.fresh, subject.talks)
    for entry in {said.held[c].number: said.held[c] for c in again}.values():
        subject.add(_held_by(said, entry, sorted(c for c in again if said.held[c] is entry)))
    subject.corrections = sorted({*subject.corrections, *_corrections_of(collection, db, said, again)})
    return subject


def _held_by(said: Takedowns, entry: Entry, captures: list[str]) -> Subject:
    """What an entry says of captures. Places that nobody vouches for may be those of other records:
    :func:`everywhere` finds the captures' own.
    """
    return Subject(captures) if entry.number in said.doubtful else in_entry(entry, captures)


def _refuse_vague(db: sqlite3.Connection, said: Takedowns, targets: Iterable[str]) -> None:
    """:raises ConfigError: the ledger does not know whose captures a target names"""
    if vague := [t for t in targets if _vague(db, said, t)]:
        raise ConfigError(
            f"{', '.join(vague)}: the ledger does not say whose captures these are; name captures to destroy"
        )


def _vague(db: sqlite3.Connection, said: Takedowns, target: str) -> bool:
    """Whether a target names withheld captures without telling them from others of the same takedown."""
    if target.removeprefix("<urn:uuid:").removesuffix(">") in said.held:
        return False
    if "." in target:
        return not _captures(db, target)
    entries = [said.held[c] for c in _held(said, target)]
    return any(
        "talks" not in e.data and len(e.data.get("interviews") or ()) > 1 for e in entries if not said.destroys(e)
    )


def _corrections_of(collection: Collection, db: sqlite3.Connection, said: Takedowns, again: set[str]) -> set[str]:
    """The corrections that go with captures which are withheld already: not those that others still need."""
    vouched = (said.held[c] for c in again if said.held[c].number not in said.doubtful)
    theirs = {str(d) for entry in vouched for d in entry.data.get("corrections") or ()}
    others = {str(d) for c, e in said.held.items() if c not in again for d in e.data.get("corrections") or ()}
    return theirs - others - still_said(db, collection)
