"""The collection: one folder holds an archive. Paths, settings, locks."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import threading
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archive import VERSION
from archive.collection import settings, sites
from archive.collection.disk_faults import in_words
from archive.collection.settings import Settings
from archive.collection.sites import Site, SiteFile
from archive.errors import BrokenSite, ConfigError

log = logging.getLogger(__name__)
#: How long a crawl waits for the indexer's lock: longer than any healthy holder takes, not forever.
PATIENCE_S = 3600.0
TEMPLATE = """\
# Who crawls, and how a webmaster reaches you: both go into the user agent and into every WARC file.
# 请填写运行机构与联系方式：它们会写入 User-Agent 与每个 WARC 文件。
operator = ""
contact = ""            # a URL or an e-mail address
# user_agent = "…"      # the complete string; default: fangtan/VERSION (+contact; operator)

[warc]
version = "1.1"         # "1.0" for GB/T 33994-2017 (ISO 28500:2009)
max_size = 1073741824   # bytes after which a new file is begun

# [key]
# path = "/somewhere/outside/key.pem"   # the private key; default: the user's data folder, or FANGTAN_KEYS

# [signature]             # domain, certificate, key: packages are signed in the name of a domain, too
# [timestamp]             # RFC 3161: an authority that stamps the ledger's head after each crawl
# url = "http://…"
# ca = "ca.pem"         # its root certificate, for verify

[defaults]
delay = 5.0             # seconds between two requests to one host; robots.txt may only raise it
# schedule = "0 3 * * 1"  # when sites without a schedule of their own are crawled: cron, Asia/Shanghai

# [group.trs]             # what sites with group = "trs" in their file share
# delay = 8.0

# [schedule]
# parallel = 4          # sites crawled at the same time
# jitter = 600          # seconds over which dates that coincide are spread
# sweep = 30            # days after which a run reads every list page again; others stop at entries that are known
# recheck = [3, 10, 30, 180]  # days after the first capture when an interview is looked at again; then yearly
# min_free = 2147483648 # bytes of free disk under which no run starts and running ones stop
# [fixity]
# every = 7             # days after which the scheduler compares all files with the ledger again
# [scan]                # clamd = "host:port" or its socket: who looks for viruses in transfer packages

# [notify]              # see docs/operations.md
# digest = "07:30"      # a daily summary, Asia/Shanghai; watch = ["water"]: new turns of queries/water.toml
# mail = { host = "smtp.example.org", from = "fangtan@example.org", to = ["archive@example.org"] }
# webhook = [{ url = "https://…", format = "dingtalk" }]   # json, dingtalk, wecom, feishu
"""


@dataclass(frozen=True)
class Collection:
    """An archive folder. Nothing is created by looking at it; :meth:`create` makes one."""

    root: Path
    #: Where store, index and locks are, when they are not in the folder itself; see :meth:`derived_in`.
    derived: Path | None = None

    def derived_in(self, folder: Path) -> Collection:
        """The same collection with its store, index and locks in another folder: to derive them again,
        or where nothing can be written.
        """
        return replace(self, derived=folder)

    @property
    def archive(self) -> Path:
        """WARC files."""
        return self.root / "archive"

    @property
    def index(self) -> Path:
        """The sorted CDXJ."""
        return (self.derived or self.root) / "indexes" / "index.cdxj"

    @property
    def store(self) -> Path:
        """The SQLite store."""
        return (self.derived or self.root) / "fangtan.db"

    @property
    def crawl_db(self) -> Path:
        """Frontier and run state."""
        return self.root / "crawl.db"

    @property
    def ledger(self) -> Path:
        """The hash chain of closed files."""
        return self.root / "ledger.jsonl"

    @property
    def timestamps(self) -> Path:
        """RFC 3161 answers for ledger heads."""
        return self.root / "timestamps"

    @property
    def packages(self) -> Path:
        """WACZ and transfer packages."""
        return self.root / "packages"

    @property
    def key_path(self) -> Path | None:
        """Where ``fangtan.toml`` says that the private key is; ``None`` for the default place."""
        named = self.setting("key", "path")
        return (self.root / Path(str(named)).expanduser()) if named else None

    @property
    def reports(self) -> Path:
        """Run reports."""
        return self.root / "reports"

    @property
    def corrections(self) -> Path:
        """People's corrections."""
        return self.root / "corrections.jsonl"

    @property
    def sites(self) -> Path:
        """Site files."""
        return self.root / "sites"

    def warcs(self, *, without: Container[str] = ()) -> list[Path]:
        """The WARC files in order of name, open ones included; torn tails are not.

        :param without: names that are left out
        """
        if not self.archive.is_dir():
            return []
        with os.scandir(self.archive) as entries:
            names = [entry.name for entry in entries]
        kept = (
            n
            for n in names
            if n.endswith((".warc.gz", ".warc.gz.open", ".warc")) and not n.startswith(".") and n not in without
        )
        return [self.archive / name for name in sorted(kept)]

    def create(self) -> Collection:
        """Make the folders and ``fangtan.toml`` where they are missing.

        :raises ConfigError: the folder cannot be written
        """
        try:
            for folder in (
                self.root,
                self.archive,
                self.index.parent,
                self.reports,
                self.sites,
                self.packages,
            ):
                folder.mkdir(parents=True, exist_ok=True)
            config = self.root / "fangtan.toml"
            if not config.exists():
                config.write_text(TEMPLATE, "utf-8")
            probe = self.root / ".write-test"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise ConfigError(
                f"{self.root}: the collection cannot be written ({error.strerror}); choose another folder with "
                "-C or fix its permissions. "
                f"无法写入该目录，请用 -C 指定其他目录或修改权限。"
            ) from error
        return self

    def require(self) -> Collection:
        """The collection itself, when it is one.

        :raises ConfigError: it does not exist
        """
        if not os.path.lexists(self.root / "fangtan.toml"):
            raise ConfigError(
                f"{self.root}: no collection here (fangtan.toml is missing); make one with `fangtan init "
                f"{self.root}` or name another with -C"
            )
        return self

    @property
    def settings(self) -> Settings:
        """``fangtan.toml``, checked, and read again when it has changed.

        Once it was right, a change that breaks it does not end what is at work: the earlier settings hold, and the log
        says so.

        :raises ConfigError: no TOML, or a wrong setting that every crawl needs; names the line
        """
        path = self.root / "fangtan.toml"
        state = _state_of(path)
        known: tuple[Any, Settings] | None = self.__dict__.get("_read")
        if known is not None and known[0] == state:
            return known[1]
        try:
            found = settings.read(path)
        except ConfigError as error:
            if known is None:
                raise
            words = "%s; the earlier settings hold until it is fixed 沿用原有设置"
            log.error(words, error)  # noqa: TRY400 - a trace says nothing more
            found = known[1]
        self.__dict__["_read"] = (state, found)
        return found

    @property
    def config(self) -> dict[str, Any]:
        """``fangtan.toml`` as TOML gives it; see :attr:`settings` for what may be raised."""
        return self.settings.data

    def setting(self, group: str, name: str) -> Any:
        """A setting of ``fangtan.toml``, or what holds without it; ``""`` is the group before the first table."""
        return self.settings.get(group, name)

    @property
    def user_agent(self) -> str:
        """An honest user agent with a contact."""
        given, contact = self.setting("", "user_agent"), self.setting("", "contact")
        if given:
            return str(given)
        about = "; ".join(x for x in (contact, self.setting("", "operator")) if x) or "contact not configured"
        if not about.isascii():
            about = contact if contact and contact.isascii() else "contact not configured"
        return f"fangtan/{VERSION} (+{about})"

    def site_files(self) -> list[SiteFile]:
        """Every site file of the collection, by id, broken ones too; hidden files are not."""
        paths = (path for path in sorted(self.sites.glob("*.toml")) if not path.name.startswith("."))
        return [sites.grouped(sites.read(path), self._groups()) for path in paths]

    def site(self, name: str) -> Site | None:
        """The site of that id; ``None`` when there is no such file.

        :raises BrokenSite: its file cannot be used
        """
        found = self.site_file(name)
        if found is not None and found.problems:
            raise BrokenSite("\n".join(found.problems))
        return found.site if found else None

    def site_file(self, name: str) -> SiteFile | None:
        """The file of the site of that id, broken or not; ``None`` without one."""
        path = self.sites / f"{name}.toml"
        if not sites.is_id(name) or not os.path.lexists(path):
            return None
        return sites.grouped(sites.read(path), self._groups())

    def _groups(self) -> dict[str, dict[str, Any]] | None:
        """What groups of sites share; ``None`` while ``fangtan.toml`` cannot be used: those who need it say so."""
        try:
            return self.settings.values["group"]
        except ConfigError:
            return None

    def add_site(self, site: Site) -> Path:
        """Write a site file; an existing one is left alone.

        :raises ConfigError: a value that cannot be in one
        """
        path = self.sites / f"{site.id}.toml"
        if not os.path.lexists(path):
            write_atomically(path, sites.dump(site).encode())
        return path

    def _lock_file(self, name: str) -> Path:
        return (self.derived or self.root) / f".{name}.lock"

    def locked(self, name: str) -> bool:
        """Whether a process holds that lock now."""
        return self.holder(name) is not None

    def holder(self, name: str) -> int | None:
        """The process that holds that lock now, 0 while it has not said which; ``None`` when the lock is free."""
        try:
            handle = os.open(self._lock_file(name), os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            said = os.pread(handle, 32, 0).strip()
            return int(said) if said.isdigit() else 0
        finally:
            os.close(handle)
        return None

    @contextmanager
    def lock(self, name: str, *, wait: float = 0.0) -> Iterator[None]:
        """A lock that dies with its process.

        :param wait: seconds; ``True`` for as long as it takes
        :raises ConfigError: another process holds it
        """
        path = self._lock_file(name)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise ConfigError(in_words(error)) from error
        try:
            try:
                if wait is True:
                    fcntl.flock(handle, fcntl.LOCK_EX)
                elif wait:
                    _flock_within(handle, wait)
                else:
                    _flock_now(handle)
            except BlockingIOError as error:
                holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
                raise ConfigError(
                    f"{self.root}: {name} is in use by process {holder or 'unknown'}; wait for it to end. 另一个进程正在使用。"
                ) from error
            with suppress(OSError):  # who holds it is a help for others; on a full disk it is held all the same
                os.ftruncate(handle, 0)
                os.pwrite(handle, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(handle)


def _flock_now(handle: int) -> None:
    """Take a lock that nobody holds. Those who only ask about it (:meth:`Collection.holder`) share it for a moment.

    :raises BlockingIOError: it is held
    """
    for _ in range(1000):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # raises where it is held, succeeds beside those who ask
            fcntl.flock(handle, fcntl.LOCK_UN)
            time.sleep(0.001)
        else:
            return
    raise BlockingIOError(errno.EWOULDBLOCK, "asked about all the time")


def _flock_within(handle: int, seconds: float) -> None:
    """Wait for a lock, so long at most.

    :raises BlockingIOError: it did not become free; anyone who closes the handle then leaves the line
    """
    failed: list[OSError] = []

    def take() -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            failed.append(error)

    # Asking again and again would come too late each time where others take the lock at once when it is free.
    taking = threading.Thread(target=take, daemon=True)
    taking.start()
    taking.join(seconds)
    if taking.is_alive():
        raise BlockingIOError(errno.EWOULDBLOCK, "not free in time")
    if failed:
        raise failed[0]


def _state_of(path: Path) -> tuple[int, ...] | None:
    """What changes when a file is rewritten."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that its name never holds half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if error.filename == str(temporary):  # people know the name that they gave
            error.filename = str(path)
        raise
