"""What the command line adds to a site file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.run.terms import Terms


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to the site file.

    :param delay: seconds between requests; 0 also turns off what slow servers bring about
    :param limit: at most so many interview pages
    :param recheck: fetch every known interview again, due or not
    :param sweep: read every list page, known entries or not
    :param patch: ask only for what the last account misses
    :param clock_is_right: the operator's word, where the ledger says another time
    :param lease: on whose terms it crawls for another machine
    :param until: when the crawl window closes: the run stops then and keeps its queue
    """

    delay: float | None = None
    limit: int | None = None
    recheck: bool = False
    resume: bool = False
    fresh: bool = False
    sweep: bool = False
    patch: bool = False
    until: datetime | None = None
    clock_is_right: bool = False
    lease: Terms | None = None
