"""What a lease carries to a worker, and what comes back: rows of the crawl database, and what the run counted.

A worker gets a collection of its own: settings without secrets, the site file, and a crawl database with what is known
of the site. It has no store and no key of ours. What it wrote is judged here, where the whole archive is.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from archive.collection import clock
from archive.collection.clock import stamp
from archive.collection.config import toml_of
from archive.collection.crawldb import connect
from archive.collection.files import require_plain
from archive.collection.folder import Collection, write_atomically
from archive.collection.leases import Lease
from archive.collection.scratch import room_in
from archive.collection.sites import Site, dump
from archive.errors import CrawlError
from archive.ledger.withheld import withheld_ids
from crawler.fetch.obstacles import describe
from crawler.run.options import Options
from crawler.run.site_run import SiteRun
from crawler.run.tally import Tally
from crawler.run.terms import Terms
from crawler.state.originals import Originals
from crawler.state.sameness import Sameness

#: Groups of fangtan.toml that a worker needs; the others hold secrets and places of this machine.
_GROUPS = ("warc", "defaults", "group", "schedule")
OPTIONS, ENDED, LOG = "options.pickle", "ended.pickle", "worker.log"
#: Pages that every run asks for again.
_ALWAYS = ("seed", "list", "robots")


@dataclass(slots=True)
class Ended:
    """What a run counted on a worker, and why it ended.

    :param cut: it did not come to its end: the lease ran out, or its process died
    """

    tally: Tally
    same: Sameness
    stopped: bool = False
    stop_reason: str | None = None
    resume_at: str | None = None
    next_request_at: str | None = None
    fatal: str | None = None
    cut: bool = False

    @classmethod
    def of(cls, run: SiteRun, *, cut: bool) -> Ended:
        """Of a run that has closed."""
        guard = run.guard
        fatal = (describe(guard.fatal) or type(guard.fatal).__name__) if guard.fatal is not None else None
        said = guard.stopped, guard.stop_reason, guard.resume_at, guard.next_request_at, fatal
        return cls(run.tally, run.same, *said, cut=cut)

    def give(self, run: SiteRun, machine: str) -> None:
        """Let the run here have it."""
        run.tally = run.guard.tally = self.tally
        run.same, run.book.same = self.same, self.same.key
        if run.guard.ends and self.stop_reason is None:
            return
        run.guard.stopped, run.guard.stop_reason = self.stopped, self.stop_reason
        run.guard.resume_at, run.guard.next_request_at = self.resume_at, self.next_request_at
        run.guard.fatal = CrawlError(f"{self.fatal} (on {machine})") if self.fatal is not None else None


# ── there ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Cargo:
    """Everything that a worker needs for one site, by file."""

    files: dict[str, bytes] = field(default_factory=dict)

    def unpack(self, root: Path, key: Path) -> Collection:
        """Make the worker's collection of it.

        :param key: the worker's own signing key
        :raises OSError: the disk
        """
        collection = Collection(root)
        for name, data in self.files.items():
            place = root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        with (root / "fangtan.toml").open("ab") as stream:
            stream.write(f"[key]\npath = {toml_of(str(key))}\n".encode())
        return collection


def lost_records(collection: Collection, pages: list[tuple[str, bool]]) -> frozenset[str]:
    """The records of earlier runs that cannot be read; it may take a while.

    :param pages: record ids, and whether the page is asked for in any case
    """
    originals = Originals(collection)
    try:
        return frozenset(
            record for record, asked in pages if originals.is_lost(record) or (asked and not originals.is_kept(record))
        )
    finally:
        originals.close()


def pages_of(run: SiteRun) -> list[tuple[str, bool]]:
    """The records that are known of the site, and whether this run asks for the page in any case."""
    roles = run.db.execute("SELECT DISTINCT role FROM known WHERE site = ?", (run.site.id,)).fetchall()
    known = (page for (role,) in roles for page in run.known.pages(role))
    return [(page.record_id, page.role in _ALWAYS or run.is_due(page)) for page in known]


def pack(run: SiteRun, lease: Lease, lost: frozenset[str]) -> Cargo:
    """What the worker gets for a run that was opened here."""
    collection, site = run.collection, run.site
    terms = Terms(
        lease.fence,
        stamp(),
        float(collection.setting("schedule", "lease")),
        lost,
        frozenset(withheld_ids(collection)),
        run.known.withheld,
        run.same,
        run.read_before,
    )
    files = {
        "fangtan.toml": _settings(collection).encode(),
        f"sites/{site.id}.toml": _site_file(collection, run),
        "crawl.db": _rows_for(run),
        OPTIONS: pickle.dumps((site, replace(run.options, lease=terms))),
    }
    return Cargo(files)


def _settings(collection: Collection) -> str:
    """fangtan.toml without what concerns this machine alone."""
    lines: list[str] = []
    for name, value in sorted(collection.config.items(), key=lambda item: isinstance(item[1], dict)):
        if not isinstance(value, dict):
            lines.append(f"{name} = {toml_of(value)}")
        elif name in _GROUPS:
            lines += [f"[{name}]", *(f"{toml_of(key)} = {toml_of(said)}" for key, said in value.items())]
    return "\n".join(lines) + "\n"


def _site_file(collection: Collection, run: SiteRun) -> bytes:
    path = collection.sites / f"{run.site.id}.toml"
    return require_plain(path).read_bytes() if path.is_file() else dump(run.site).encode()


#: What goes to a worker: table, which of its rows.
_OUT = (
    ("runs", "run = :run"),
    ("frontier", "site = :site"),
    ("known", "site = :site"),
    ("facts", "run = :run"),
    ("owed", "site = :site"),
    ("circuits", "instr(:hosts, ' ' || host || ' ')"),
    ("hosts", "1"),
    ("robots", "instr(:hosts, ' ' || substr(server, instr(server, '://') + 3) || ' ')"),
)


def _values(run: SiteRun) -> dict[str, str]:
    return {"run": run.run, "site": run.site.id, "hosts": f" {' '.join(sorted(run.site.scope))} "}


def _rows_for(run: SiteRun) -> bytes:
    """A crawl database with the site's rows."""
    values = _values(run)
    with room_in(run.collection.root, ".cargo-") as room:
        path = room / "crawl.db"
        connect(path).close()
        with _attached(run, path) as db:
            for table, which in _OUT:
                columns = _columns(db, table)
                db.execute(
                    f"INSERT INTO lent.{table}({columns}) SELECT {columns} FROM main.{table} WHERE {which}", values
                )
        made = sqlite3.connect(path)
        made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made.close()
        return path.read_bytes()


def _columns(db: sqlite3.Connection, table: str) -> str:
    """The columns by name: in a database that was upgraded they may have another order."""
    return ", ".join(row[1] for row in db.execute(f"PRAGMA lent.table_info({table})"))


@contextmanager
def _attached(run: SiteRun, path: Path) -> Iterator[sqlite3.Connection]:
    """The crawl database with another one beside it, in one transaction."""
    run.journal.checkpoint()
    run.db.execute("ATTACH ? AS lent", (str(path),))
    try:
        run.db.execute("BEGIN IMMEDIATE")
        try:
            yield run.db
        except BaseException:
            run.db.execute("ROLLBACK")
            raise
        run.db.execute("COMMIT")
    finally:
        run.db.execute("DETACH lent")


def arrive(collection: Collection, terms: Terms) -> None:
    """Have the times of hosts be those of this machine's clock; called once, before the first request."""
    later = clock.now() - datetime.fromisoformat(terms.now)
    db = connect(collection.crawl_db)
    try:
        db.execute("BEGIN IMMEDIATE")
        for host, at in db.execute("SELECT host, asked_at FROM hosts").fetchall():
            moved = stamp(datetime.fromisoformat(at) + later)
            db.execute("UPDATE hosts SET asked_at = ? WHERE host = ?", (moved, host))
        db.execute("COMMIT")
    finally:
        db.close()


# ── back ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def options_of(collection: Collection) -> tuple[Site, Options]:
    """The site and the options that a worker was given."""
    # Dask's own trust: who sends it may run anything here.
    site, options = pickle.loads((collection.root / OPTIONS).read_bytes())  # noqa: S301
    assert isinstance(site, Site)
    assert isinstance(options, Options)
    return site, options


def keep_ended(collection: Collection, ended: Ended) -> None:
    """Write down how the run ended: from here on the lease may be fetched."""
    write_atomically(collection.root / ENDED, pickle.dumps(ended))


def ended_of(root: Path) -> Ended:
    """How the run of a lease ended.

    :raises CrawlError: what came is something else
    """
    try:
        found = pickle.loads((root / ENDED).read_bytes())  # noqa: S301 - a worker of ours, as above
    except Exception as error:
        raise CrawlError(f"{root / ENDED}: it does not say how a run ended ({error})") from error
    if not isinstance(found, Ended):
        raise CrawlError(f"{root / ENDED}: expected how a run ended, found {type(found).__name__}")
    return found


#: What a worker gives back, in place of what is here.
_BACK = (
    "DELETE FROM main.frontier WHERE site = :site",
    """INSERT INTO main.frontier(site, fingerprint, url, role, priority, state, request)
       SELECT site, fingerprint, url, role, priority, replace(state, 'claimed', 'pending'), request
       FROM lent.frontier WHERE site = :site ORDER BY id""",
    "INSERT OR REPLACE INTO main.known({known}) SELECT {known} FROM lent.known WHERE site = :site",
    "DELETE FROM main.facts WHERE run = :run",
    """INSERT INTO main.facts(site, run, kind, fact)
       SELECT site, run, kind, fact FROM lent.facts WHERE run = :run ORDER BY n""",
    "DELETE FROM main.circuits WHERE instr(:hosts, ' ' || host || ' ')",
    "INSERT OR REPLACE INTO main.circuits SELECT * FROM lent.circuits WHERE instr(:hosts, ' ' || host || ' ')",
    # The last request was made before now, whatever the worker's clock says of it.
    """INSERT INTO main.hosts(host, asked_at, role, crawl_delay)
       SELECT host, :now, role, crawl_delay FROM lent.hosts WHERE asked_at > :since
       ON CONFLICT(host) DO UPDATE SET
         asked_at = excluded.asked_at, role = excluded.role, crawl_delay = excluded.crawl_delay""",
    "DELETE FROM main.robots WHERE instr(:hosts, ' ' || substr(server, instr(server, '://') + 3) || ' ')",
    "INSERT OR REPLACE INTO main.robots SELECT * FROM lent.robots",
)


def bring_back(run: SiteRun, folder: Path, lease: Lease) -> None:
    """Put the rows of a worker in the place of ours, and close the lease with them.

    :raises sqlite3.Error: what came is no crawl database, or the disk is full; nothing was changed
    """
    path = folder / "crawl.db"
    connect(path).close()
    lent = sqlite3.connect(path)
    (since,) = lent.execute("SELECT started_at FROM runs WHERE run = ?", (run.run,)).fetchone() or ("",)
    lent.close()
    values = {**_values(run), "now": stamp(), "since": since}
    with _attached(run, path) as db:
        known = _columns(db, "known")
        for statement in _BACK:
            db.execute(statement.format(known=known), values)
        db.execute(
            "UPDATE leases SET ended_at = ?, outcome = 'brought back' WHERE fence = ? AND ended_at IS NULL",
            (stamp(), lease.fence),
        )
    run.resumed = run.resumed or run.waiting() > 0
