"""A site of a list: surveyed when it answers today, else written as the list has it and looked at in its first run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive.collection import sites
from archive.collection.folder import Collection
from archive.errors import ConfigError
from crawler.onboarding import onboard
from crawler.onboarding.onboard import Survey


def add(
    collection: Collection, url: str, given: Mapping[str, Any], name: str | None, delay: float | None
) -> tuple[Path, str | None]:
    """Write the site file of a line.

    :param given: attributes that hold instead of what is found
    :param name: the site's id; by default a division code or a short name of the host
    :returns: the file, and what is to be said of it
    :raises FangtanError: a value that cannot be, or a site that answers and whose interviews cannot be read
    """
    site = sites.ad_hoc(url)
    if name is not None and not sites.is_id(name):
        raise ConfigError(f"id {name[:80]!r}: expected a division code (GB/T 2260) or letters, digits, - and _")
    text = sites.dump(replace(site, id=name or site.id, **given))
    planned = onboard.check_site(collection, name or site.id, text)  # what will be refused is refused before a request
    delay = planned.delay if delay is None else delay
    found = onboard.survey(collection, replace(site, id=name or site.id), delay)
    there = replace(found, site=replace(found.site, id=name or found.site.id))
    if onboard.usable(found):
        return onboard.write_site(collection, there, onboard.site_file(there, given)), None
    if not _is_down(found):
        raise ConfigError(f"{url}: no interview could be read: {found.trouble}")
    day = found.report["started_at"][:10]
    head = f"# From a list. It did not answer on {day}: its first run looks for the section.\n"
    remark = (
        f"{url} does not answer today ({found.trouble}); its first run checks it. 网站暂时无法访问，首次抓取时再检查。"
    )
    return onboard.place_site(collection, name or site.id, head + text), remark


def _is_down(found: Survey) -> bool:
    """Whether the site gave nothing that could be judged: no answer at all, or errors of its server only."""
    statuses = [int(status) for status in found.report.get("statuses") or ()]
    return not found.report.get("hosts") or (bool(statuses) and min(statuses) >= 500)
