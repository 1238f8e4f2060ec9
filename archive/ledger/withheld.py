"""Which captures are withheld: what the ledger says, nothing else.

A takedown is an entry of type ``withhold``. When bytes are to be destroyed, too, it says ``"destroy": true``; an entry
of type ``overwrite`` then holds the digests that the files will have, and a second ``withhold`` entry with
``"destroyed": true`` says that it is done. ``release`` takes a takedown back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.prefix import Appearance, appearance
from archive.ledger.standing import own_keys, unvouched

#: What an entry has in its line that hides or shows captures, or announces a key.
_NAMES = (b'"captures"', b'"public_key"')


@dataclass(frozen=True, slots=True)
class Takedowns:
    """What a ledger's takedowns come to.

    :param held: the latest entry about each withheld capture, by record id
    :param released: the last takedown of each capture that is shown again
    :param entries: every takedown entry, in order
    :param overwrites: the entries that say what files are like once records in them are overwritten
    :param doubtful: numbers of entries that no owner of the key vouches for
    """

    held: dict[str, Entry]
    released: dict[str, Entry]
    entries: tuple[Entry, ...]
    overwrites: tuple[Entry, ...]
    doubtful: frozenset[int] = frozenset()

    def destroys(self, entry: Entry) -> bool:
        """Whether bytes are to be destroyed, or are, by the word of the key's owner."""
        return bool(entry.data.get("destroy") or entry.data.get("destroyed")) and entry.number not in self.doubtful

    def is_gone(self, entry: Entry) -> bool:
        """Whether the bytes are destroyed, by the word of the key's owner."""
        return bool(entry.data.get("destroyed")) and entry.number not in self.doubtful

    @property
    def vouched(self) -> Takedowns:
        """Those that the key's owner vouches for: only they take words out of files."""
        held = {c: e for c, e in self.held.items() if e.number not in self.doubtful}
        return replace(self, held=held, entries=tuple(self._vouched))

    @property
    def not_vouched(self) -> list[Entry]:
        """Takedowns that ask for bytes to be destroyed and are not carried out."""
        return [
            e for e in self.entries if e.number in self.doubtful and (e.data.get("destroy") or e.data.get("destroyed"))
        ]

    @property
    def unfinished(self) -> list[Entry]:
        """Takedowns whose bytes are to be destroyed and are not, as far as the ledger knows."""
        return [e for e in self._vouched if e.data.get("destroy") and self._stands(e, destroyed=False)]

    @property
    def destroyed(self) -> list[Entry]:
        """Takedowns whose bytes are destroyed, as the ledger says."""
        return [e for e in self._vouched if e.data.get("destroyed") and self._stands(e, destroyed=True)]

    @property
    def _vouched(self) -> list[Entry]:
        return [e for e in self.entries if e.number not in self.doubtful]

    @property
    def corrections(self) -> frozenset[str]:
        """Digests of the corrections that are withheld with their interviews."""
        held = {e.number for e in self.held.values()}
        return frozenset(str(d) for e in self.entries if e.number in held for d in e.data.get("corrections") or ())

    @property
    def in_part(self) -> frozenset[str]:
        """Those of takedowns some of whose captures are shown again; whether the correction is, too,
        tells what it corrects.
        """
        held = {e.number: e for e in self.held.values()}.values()
        part, whole = set[str](), set[str]()
        for entry in held:
            again = any(str(c) in self.released for c in entry.data.get("captures") or ())
            (part if again else whole).update(map(str, entry.data.get("corrections") or ()))
        return frozenset(part - whole)

    @property
    def dropped(self) -> frozenset[str]:
        """Digests of the corrections that were destroyed with their interviews."""
        return frozenset(str(d) for e in self.destroyed for d in e.data.get("corrections") or ())

    @property
    def places(self) -> frozenset[tuple[str, int]]:
        """File and offset of each record that is withheld: there it stays so, whatever damage makes of its id."""
        return frozenset(
            (str(p["warc_file"]), int(p["offset"]))
            for entry in {e.number: e for e in self.held.values()}.values()
            for p in entry.data.get("records") or ()
            if str(p.get("about") or p.get("id")) in self.held
        )

    def _stands(self, entry: Entry, *, destroyed: bool) -> bool:
        last = [self.held.get(str(c)) for c in entry.data.get("captures") or ()]
        return any(e is not None and bool(e.data.get("destroyed")) is destroyed for e in last)


_read: dict[Path, tuple[Appearance | None, Takedowns]] = {}


def takedowns(collection: Collection) -> Takedowns:
    """The takedowns of a collection. A broken ledger withholds what its readable entries say.

    A takedown must not be undone by damage elsewhere, so the chain is not asked for here; ``verify`` does that.
    """
    path = collection.ledger
    looks = appearance(path)
    if path not in _read or _read[path][0] != looks:
        entries = ledger.lenient(path, naming=_NAMES)
        doubtful = unvouched(entries, own_keys(collection, entries)) if len(entries) > 1 else frozenset[int]()
        _read[path] = (looks, takedowns_in(entries, doubtful))
    return _read[path][1]


def withheld_ids(collection: Collection) -> frozenset[str]:
    """Record ids of the captures that are withheld."""
    return frozenset(takedowns(collection).held)


def takedowns_in(entries: Iterable[Entry], doubtful: frozenset[int] = frozenset()) -> Takedowns:
    """The takedowns among entries.

    :param doubtful: numbers of those that no owner of the key vouches for
    """
    found = Takedowns({}, {}, (), (), doubtful)
    about, overwrites = [], []
    for entry in entries:
        if entry.type == "withhold":
            about.append(entry)
            _hide(found, entry)
        elif entry.type == "overwrite":
            overwrites.append(entry)
        elif entry.type == "release" and entry.number not in doubtful:
            captures = [c for c in map(str, entry.data.get("captures") or ()) if c in found.held]
            found.released.update({c: found.held.pop(c) for c in captures})
    return replace(found, entries=tuple(about), overwrites=tuple(overwrites))


def _hide(found: Takedowns, entry: Entry) -> None:
    """What one takedown withholds. One that nobody vouches for takes no other's place."""
    for identifier in map(str, entry.data.get("captures") or ()):
        if identifier not in found.held or entry.number not in found.doubtful:
            found.held[identifier] = entry
        found.released.pop(identifier, None)


def talks_taken_down(collection: Collection) -> list[dict[str, str]]:
    """The ids of each talk that a takedown was about, with its time, also after a release: they named one talk."""
    said = takedowns(collection)
    return [
        {str(name): str(entry.data.get("at") or "") for name in group}
        for entry in said.entries
        if entry.number not in said.doubtful
        for group in entry.data.get("ids") or ()
    ]


def ids_withheld(said: Takedowns) -> frozenset[str]:
    """Every id of the talks of which captures are withheld."""
    return frozenset(_ids_withheld(said))


def _ids_withheld(said: Takedowns) -> Iterator[str]:
    for entry in {entry.number: entry for entry in said.held.values()}.values():
        told = entry.data.get("talks")
        if told is None:  # an entry of an earlier version does not tell the talks apart
            told = dict.fromkeys(entry.data.get("interviews") or (), entry.data.get("captures") or ())
        held = {str(uid) for uid, captures in told.items() if not said.held.keys().isdisjoint(captures)}
        yield from _called(entry, held)


def names_of(entry: Entry, capture: str) -> set[str]:
    """Every id of the talk to which a withheld capture belongs, as its takedown tells."""
    talks = entry.data.get("talks") or {}
    return _called(entry, {str(uid) for uid, captures in talks.items() if capture in captures})


def _called(entry: Entry, talks: set[str]) -> set[str]:
    """All ids of talks, as their takedown notes them."""
    return talks.union(*(map(str, group) for group in entry.data.get("ids") or () if not talks.isdisjoint(group)))


def withheld_talk(collection: Collection, name: str) -> Entry | None:
    """The latest entry by which a talk with this id was taken down, while captures of it are withheld."""
    said = takedowns(collection)
    named = [entry for entry in said.entries if not said.held.keys().isdisjoint(captures_of(entry, name))]
    return max(named, key=lambda entry: entry.number, default=None)


def of_talk(said: Takedowns, name: str) -> set[str]:
    """The withheld captures of a talk that has or had this id."""
    return {c for entry in said.entries for c in captures_of(entry, name) if c in said.held}


def captures_of(entry: Entry, name: str) -> set[str]:
    """The captures of a takedown that belong to a talk with this id; all where an entry of an earlier version does not
    tell.
    """
    same = {name}.union(*(map(str, g) for g in entry.data.get("ids") or () if name in g))
    talks = entry.data.get("talks")
    if talks is None:
        named = not same.isdisjoint(entry.data.get("interviews") or ()) or len(same) > 1
        return set(map(str, entry.data.get("captures") or ())) if named else set()
    return {str(c) for uid in same & talks.keys() for c in talks[uid]}
