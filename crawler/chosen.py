"""Which sites a crawl is of: by id or address, all, those that were interrupted;
and what is wrong with the other files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive.collection import clock, sites
from archive.collection.folder import Collection
from archive.collection.sites import Site
from archive.errors import BrokenSite, ConfigError
from archive.history.timetable import timetable


@dataclass(slots=True)
class Chosen:
    """Sites to crawl.

    :param left_out: what is wrong with the files of those that cannot be, each with file and line
    """

    sites: list[Site] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def require(self) -> Chosen:
        """The choice itself, when a site is left.

        :raises ConfigError: none is
        """
        if not self.sites and self.left_out:
            raise ConfigError("\n".join(self.left_out))
        return self


def select_sites(collection: Collection, names: Iterable[str]) -> Chosen:
    """Sites by id or URL; all of the collection's when none is named. A broken file leaves out its own site only.

    :raises ConfigError: an unknown id, nothing to crawl, or nothing but broken files
    """
    names = list(dict.fromkeys(names))
    if not names:
        return _all_sites(collection).require()
    chosen = Chosen()
    for name in names:
        try:
            chosen.sites.append(collection.site(name) or shipped_site(name) or _by_url(collection, name))
        except BrokenSite as error:
            chosen.left_out.append(str(error))
    return chosen.require()


def _all_sites(collection: Collection) -> Chosen:
    files = collection.site_files()
    if not files:
        raise ConfigError(
            f"{collection.sites}: no site to crawl; name a URL: fangtan crawl https://www.….gov.cn/hdjl/zxft/"
        )
    chosen, twice = Chosen(), {late.id: said for late, said in sites.overlapping(files)}
    for file in files:
        wrong = [*file.problems, *([twice[file.id]] if file.id in twice else ())]
        chosen.left_out += wrong
        if file.site is not None and not wrong:
            chosen.sites.append(file.site)
    return chosen


def _by_url(collection: Collection, url: str) -> Site:
    """The site of that host, to be crawled at that address."""
    site = sites.ad_hoc(url)
    known = collection.site(site.id)
    if known is None:
        return site
    return known if url in known.section else replace(known, section=(url,))


def interrupted_sites(collection: Collection) -> Chosen:
    """Sites whose last run was killed or stopped and continues, those without a site file included."""
    chosen = Chosen()
    for entry in timetable(collection, clock.now()):
        if entry.interrupted and entry.state != "running":
            if entry.site is None:
                chosen.left_out.append(entry.why)
            else:
                chosen.sites.append(entry.site)
    return chosen.require()


def shipped_site(name: str) -> Site | None:
    """A site file that comes with fangtan: ``sites/`` of the checkout, ``crawler/shipped_sites`` of the wheel."""
    here = Path(__file__).parent
    for folder in (here.parent / "sites", here / "shipped_sites"):
        path = folder / f"{name}.toml"
        if name.isalnum() and path.exists():
            return sites.load(path)
    return None
