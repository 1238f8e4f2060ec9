"""The collection: one folder holds an archive. Paths, settings, locks."""

from __future__ import annotations

import fcntl
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from archive import sites
from archive.sites import Site
from parsers.errors import ConfigError

VERSION = "0.1.0"
_KEYS: dict[str, set[str] | None] = {
    "operator": None,
    "contact": None,
    "user_agent": None,
    "warc": {"version", "max_size"},
    "defaults": {"delay", "max_pages", "max_bytes", "schedule"},
    "schedule": {"parallel", "jitter", "sweep", "recheck", "min_free"},
    "notify": {"mail", "webhook", "digest"},
    "key": {"path"},
    "timestamp": {"url", "ca"},
}
#: What holds where ``fangtan.toml`` says nothing.
_SETTINGS: dict[tuple[str, str], Any] = {
    ("defaults", "delay"): 5.0,
    ("defaults", "schedule"): None,
    ("schedule", "parallel"): 4,
    ("schedule", "jitter"): 600,
    ("schedule", "sweep"): 30,
    ("schedule", "recheck"): [3, 10, 30, 180],
    ("schedule", "min_free"): 2 << 30,
    ("notify", "digest"): None,
}


def _at_least(low: float, *, whole: bool = True) -> Callable[[Any], bool]:
    kinds = (int,) if whole else (int, float)
    return lambda value: isinstance(value, kinds) and not isinstance(value, bool) and value >= low


#: What a setting must be, and in words.
_CHECKS: dict[tuple[str, str], tuple[Callable[[Any], bool], str]] = {
    ("defaults", "delay"): (_at_least(0, whole=False), "seconds, 0 or more"),
    ("defaults", "schedule"): (lambda value: isinstance(value, str), 'a cron expression such as "0 3 * * 1"'),
    ("schedule", "parallel"): (_at_least(1), "a number of sites, 1 or more"),
    ("schedule", "jitter"): (_at_least(0, whole=False), "seconds, 0 or more"),
    ("schedule", "sweep"): (_at_least(1), "days, 1 or more"),
    ("schedule", "recheck"): (sites.are_days, "a list of days, ascending"),
    ("schedule", "min_free"): (_at_least(0), "bytes, 0 or more"),
}
TEMPLATE = """\
# Who crawls, and how a webmaster reaches you: both go into the user agent and into every WARC file.
# 请填写运行机构与联系方式：它们会写入 User-Agent 与每个 WARC 文件。
operator = ""
contact = ""            # a URL or an e-mail address
# user_agent = "…"      # the whole string; default: fangtan/VERSION (+contact; operator)

[warc]
version = "1.1"         # "1.0" for GB/T 33994-2017 (ISO 28500:2009)
max_size = 1073741824   # bytes after which a new file is begun

# [key]
# path = "/somewhere/outside/key.pem"   # the private key; default: the user's data folder, or FANGTAN_KEYS

# [timestamp]             # RFC 3161: an authority that stamps the ledger's head after each crawl
# url = "http://…"
# ca = "ca.pem"         # its root certificate, for verify

[defaults]
delay = 5.0             # seconds between two requests to one host; robots.txt may only raise it
# schedule = "0 3 * * 1"  # when sites without a schedule of their own are crawled: cron, Asia/Shanghai

# [schedule]
# parallel = 4          # sites crawled at the same time
# jitter = 600          # seconds over which dates that coincide are spread
# sweep = 30            # days after which a run reads every list page again; others stop at entries that are known
# recheck = [3, 10, 30, 180]  # days after the first capture when an interview is looked at again; then yearly
# min_free = 2147483648 # bytes of free disk under which no run starts and running ones stop

# [notify]              # see docs/operations.md
# digest = "07:30"      # a daily summary, Asia/Shanghai
# mail = { host = "smtp.example.org", from = "fangtan@example.org", to = ["archive@example.org"] }
# webhook = [{ url = "https://…", format = "dingtalk" }]   # json, dingtalk, wecom, feishu
"""


@dataclass(frozen=True)
class Collection:
    """An archive folder. Nothing is created by looking at it; :meth:`create` makes one."""

    root: Path

    @property
    def archive(self) -> Path:
        """WARC files."""
        return self.root / "archive"

    @property
    def index(self) -> Path:
        """The sorted CDXJ."""
        return self.root / "indexes" / "index.cdxj"

    @property
    def store(self) -> Path:
        """The SQLite store."""
        return self.root / "fangtan.db"

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
        """Where ``fangtan.toml`` says that the private key lies; ``None`` for the default place."""
        named = self.config.get("key", {}).get("path")
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

    def warcs(self) -> list[Path]:
        """The WARC files in order of name, open ones included; torn tails are none."""
        patterns = ("*.warc.gz", "*.warc.gz.open", "*.warc")
        return sorted(
            path for pattern in patterns for path in self.archive.glob(pattern) if not path.name.startswith(".")
        )

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
                f"{self.root}: the collection cannot be written ({error.strerror}); choose another folder with -C or mend its permissions. "
                f"无法写入该目录，请用 -C 指定其他目录或修改权限。"
            ) from error
        return self

    def require(self) -> Collection:
        """The collection itself, when it is one.

        :raises ConfigError: there is none
        """
        if not (self.root / "fangtan.toml").exists():
            raise ConfigError(
                f"{self.root}: no collection here (fangtan.toml is missing); make one with `fangtan init {self.root}` or name another with -C"
            )
        return self

    @cached_property
    def config(self) -> dict[str, Any]:
        """``fangtan.toml``, checked.

        :raises ConfigError: broken TOML or an unknown key, with the line
        """
        path = self.root / "fangtan.toml"
        if not path.exists():
            return {}
        try:
            text = path.read_text("utf-8")
            data = tomllib.loads(text)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from error
        for key, value in data.items():
            known = _KEYS.get(key, set())
            unknown = (
                [key] if key not in _KEYS else sorted(set(value) - known) if known and isinstance(value, dict) else []
            )
            if unknown:
                line = next(
                    (
                        n
                        for n, row in enumerate(text.splitlines(), 1)
                        if re.match(rf"\s*\[?{re.escape(unknown[0])}\b", row)
                    ),
                    1,
                )
                raise ConfigError(f"{path}:{line}: unknown key {unknown[0]!r}")
        for name in (n for n, known in _KEYS.items() if known and not isinstance(data.get(n, {}), dict)):
            raise ConfigError(f"{path}: [{name}] must be a table; found {data[name]!r}")
        for (table, key), (right, words) in _CHECKS.items():
            value = data.get(table, {}).get(key)
            if value is not None and not right(value):
                raise ConfigError(f"{path}: {table}.{key} must be {words}; found {value!r}")
        if data.get("warc", {}).get("version", "1.1") not in ("1.0", "1.1"):
            raise ConfigError(f'{path}: warc.version must be "1.0" or "1.1", found {data["warc"]["version"]!r}')
        return data

    def setting(self, table: str, key: str) -> Any:
        """A setting of ``fangtan.toml``, or what holds without it."""
        return self.config.get(table, {}).get(key, _SETTINGS[table, key])

    @property
    def user_agent(self) -> str:
        """An honest user agent with a contact."""
        if self.config.get("user_agent"):
            return str(self.config["user_agent"])
        about = (
            "; ".join(x for x in (self.config.get("contact"), self.config.get("operator")) if x)
            or "contact not configured"
        )
        return (
            f"fangtan/{VERSION} (+{about})"
            if about.isascii()
            else f"fangtan/{VERSION} (+{self.config.get('contact') or 'contact not configured'})"
        )

    def all_sites(self) -> list[Site]:
        """The collection's sites, by id.

        :raises ConfigError: a broken site file
        """
        return [sites.load(path) for path in sorted(self.sites.glob("*.toml"))]

    def site(self, name: str) -> Site | None:
        """The site with that id, or the one a URL belongs to."""
        path = self.sites / f"{name}.toml"
        if re.fullmatch(r"[\w-]+", name) and path.exists():
            return sites.load(path)
        return None

    def add_site(self, site: Site) -> Path:
        """Write a site file; an existing one is left alone."""
        path = self.sites / f"{site.id}.toml"
        if not path.exists():
            write_atomically(path, sites.dump(site).encode())
        return path

    def locked(self, name: str) -> bool:
        """Whether a process holds that lock now."""
        path = self.root / f".{name}.lock"
        try:
            handle = os.open(path, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    @contextmanager
    def lock(self, name: str, *, wait: bool = False) -> Iterator[None]:
        """A lock that dies with its process.

        :raises ConfigError: another process holds it
        """
        path = self.root / f".{name}.lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}") from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError as error:
                holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
                raise ConfigError(
                    f"{self.root}: {name} is in use by process {holder or 'unknown'}; wait for it to end. 另一个进程正在使用。"
                ) from error
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(handle)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that its name never holds half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
