"""Where the records of a WARC file come from: what its warcinfo record says, else the ledger, else its name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archive.collection.folder import Collection
from archive.collection.sites import slug
from archive.collection.urls import host_of
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.warc.records import Damage, Record, fields_block

#: A file that one of our crawls wrote: site, time, number, chance.
_NAME = re.compile(r"(.+)-\d{17}-\d{5}-[0-9a-f]{6}\.warc\.gz")


def site_in_name(name: str) -> str | None:
    """The site that the name of one of our files begins with; ``None`` for a file of other tools."""
    match = _NAME.fullmatch(name)
    return match[1] if match else None


@dataclass(frozen=True, slots=True)
class Origin:
    """The run and the site that the captures of a file belong to; ``None`` for those that no crawl of fangtan made."""

    run: str | None = None
    site: str | None = None


@dataclass(slots=True)
class Origins:
    """The origin of each file that was looked at."""

    collection: Collection
    known: dict[str, Origin] = field(default_factory=dict)
    entries: dict[str, Entry] | None = None
    hosts: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> Origin:
        """What is known of a file."""
        return self.known.get(name) or Origin()

    def site_of(self, url: str) -> str:
        """The site of a capture that no crawl of ours made: the one with that host, else a name made of the host."""
        host = host_of(url)
        if host not in self.hosts:
            files = (file for file in self.collection.site_files() if file.site is not None)
            known = (file.id for file in files if file.site and host in {file.site.host, *file.site.hosts})
            self.hosts[host] = next(known, None) or slug(url)
        return self.hosts[host]

    def learn(self, name: str, first: Record | Damage) -> None:
        """From the file's first record, or a later warcinfo record."""
        if isinstance(first, Damage):
            self.known[name] = self._elsewhere(name)
            return
        info = fields_block(first.block) if first.type == "warcinfo" else {}
        if "fangtan-run" in info:
            self.known[name] = Origin(info["fangtan-run"], info.get("fangtan-site"))
        else:
            self.known.setdefault(name, Origin())

    def _elsewhere(self, name: str) -> Origin:
        """The first record is lost: the others must not lose run and site, too."""
        if self.entries is None:
            self.entries = {
                str(e.data.get("name")): e for e in ledger.lenient(self.collection.ledger) if e.type == "warc"
            }
        data = self.entries[name].data if name in self.entries else {}
        site = data.get("site") or (data.get("origin") or {}).get("fangtan-site") or site_in_name(name)
        return Origin(data.get("run"), site)
