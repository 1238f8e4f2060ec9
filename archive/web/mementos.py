"""Links into replay as Memento (RFC 7089) names them: the original address, its TimeGate, its TimeMap, one memento.

pywb answers all of them below the collection's name; the reading room only says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from datasette.app import Datasette

from archive.collection.urls import ascii_url, is_web
from archive.handover.replay import name_of
from archive.web.context import collection_of, replay_of


@dataclass(frozen=True)
class Mementos:
    """Where a capture is replayed, and the others of its address.

    :param moment: when it was captured, to the second
    :param shown: replay has this very capture: an answer 304 has nothing to show and leads to the one before it
    """

    original: str
    base: str
    moment: datetime
    shown: bool

    @property
    def timegate(self) -> str:
        """Leads to the capture nearest to the time that is asked for; the newest one when none is."""
        return f"{self.base}/{self.original}"

    @property
    def timemap(self) -> str:
        """Lists all captures of the address, as ``application/link-format``."""
        return f"{self.base}/timemap/link/{self.original}"

    @property
    def memento(self) -> str:
        """The capture itself, or what replay shows for its time."""
        return f"{self.base}/{self.moment:%Y%m%d%H%M%S}/{self.original}"

    def header(self) -> str:
        """The value of an HTTP header ``Link``."""
        links = [
            f'<{self.original}>; rel="original"',
            f'<{self.timegate}>; rel="timegate"',
            f'<{self.timemap}>; rel="timemap"; type="application/link-format"',
        ]
        if self.shown:
            links.append(f'<{self.memento}>; rel="memento"; datetime="{format_datetime(self.moment, usegmt=True)}"')
        return ", ".join(links)


def mementos(datasette: Datasette, capture: dict[str, Any]) -> Mementos | None:
    """The links of a capture (``url``, ``method``, ``status``, ``fetched_at``).

    ``None`` when replay does not run or has no address for it, as for what was asked by POST.
    """
    address = replay_of(datasette)
    if not address or capture["method"] != "GET" or not is_web(capture["url"]):
        return None
    base = f"{address}/{name_of(collection_of(datasette))}"
    moment = datetime.fromisoformat(capture["fetched_at"]).astimezone(UTC)
    return Mementos(ascii_url(capture["url"]), base, moment, capture["status"] != HTTPStatus.NOT_MODIFIED)
