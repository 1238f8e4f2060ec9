"""The terms of a lease: what a worker on another machine is told beside the rows of the crawl database."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.state.sameness import Sameness


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a run crawls for another machine.

    :param fence: the number of the lease: a later lease has a higher one
    :param now: the other machine's clock (UTC, ISO), when the lease was made out
    :param seconds: how long the lease holds without a word
    :param lost: records of earlier runs that cannot be read: their pages are fetched completely again
    :param hidden: records that are withheld; ``withheld``: talks whose words are not written down
    :param read_before: as :class:`crawler.run.site_run.SiteRun` has it
    """

    fence: int
    now: str
    seconds: float
    lost: frozenset[str]
    hidden: frozenset[str]
    withheld: frozenset[str]
    same: Sameness
    read_before: frozenset[str] = frozenset()
