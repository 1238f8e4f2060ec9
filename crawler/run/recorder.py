"""From an exchange to WARC records, and to what the crawl database knows of the address."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request

from archive.collection import clock
from archive.collection.urls import host_of
from archive.warc.exchange import Captured, Earlier, Exchange, certificate, metadata, reading, records_of
from archive.warc.write import WarcWriter, warc_date
from crawler.fetch.obstacles import of_certificate
from crawler.run.tally import Tally
from crawler.state.journal import Journal
from crawler.state.known import Known
from crawler.state.originals import Originals


class Recorder:
    """Keeps what a run fetches.

    :param version: WARC version
    :param every_payload: chunked bodies get a WARC-Payload-Digest, too
    :ivar writer: the run's WARC file, once the run has begun
    """

    def __init__(
        self,
        journal: Journal,
        known: Known,
        originals: Originals,
        tally: Tally,
        version: str,
        *,
        every_payload: bool = False,
    ) -> None:
        self.journal, self.known, self.originals, self.tally, self.version = journal, known, originals, tally, version
        self.every_payload = every_payload
        self.writer: WarcWriter | None = None
        self.certificates: set[tuple[Any, ...]] = set()

    def open(self, writer: WarcWriter) -> None:
        """Write into that file from now on."""
        self.writer = writer
        self.journal.writers.append(writer)

    def close(self) -> None:
        """Close the WARC file."""
        if self.writer is not None:
            self.writer.close()

    def record(self, request: Request, exchange: Exchange) -> dict[str, Any]:
        """Keep an exchange; returns what the spider needs to know of it."""
        assert self.writer is not None
        self.journal.begin()
        role = request.meta["role"]
        exchange.role = _said_role(request)
        if exchange.method == "GET":
            exchange.earlier, exchange.elsewhere = self._earlier(request.url), self._elsewhere
        members, captured = records_of(exchange, self.version, every_payload=self.every_payload)
        chain = (host_of(exchange.url), exchange.tls.get("chain", ""))
        self._certificate(chain, exchange, members, captured)
        self.writer.write(members)
        self.certificates.add((self.writer.path, *chain))
        self.tally.captured(host_of(exchange.url), len(exchange.response))
        self.tally.skew.heard(exchange.response, exchange.started)
        if captured.method == "GET" and captured.type != "resource":
            self._keep(request, role, captured, refers=exchange.refers_to is not None)
        return {
            "record_id": captured.record_id, "sha256": captured.sha256, "status": captured.status, "truncated": captured.truncated,
        }  # fmt: skip

    def _earlier(self, url: str) -> Earlier | None:
        """The address's last response, when it can still be read: else this one is kept complete."""
        earlier = self.known.earlier(url)
        if earlier is None or earlier.date >= self.known.before or self.originals.is_kept(earlier.record_id):
            return earlier
        return None

    def _elsewhere(self, status: int, sha256: str, form: str) -> Earlier | None:
        """A record of another address with that payload that can be read, and is shown."""
        for found in self.known.elsewhere(status, sha256, form, self.journal.begun):
            fresh = found.date >= self.known.before
            if not self.originals.is_withheld(found.record_id) and (fresh or self.originals.is_kept(found.record_id)):
                return found
        return None

    def _keep(self, request: Request, role: str, captured: Captured, *, refers: bool) -> None:
        """What is known of the address from now on."""
        if role == "robots":
            self._robots(request.url, captured)
        if captured.status == 304 and refers:
            self.known.unchanged(request.url, None)
            self.tally.not_modified += 1
        elif captured.type == "revisit" and captured.elsewhere is None:
            self.known.unchanged(request.url, captured)
        else:
            self.known.keep(request.url, role, captured, request.meta.get("listed"))

    def _certificate(self, chain: tuple[str, str], exchange: Exchange, members: list[Any], captured: Captured) -> None:
        """The server's certificates, once a WARC file; what is wrong with them, once a run."""
        assert self.writer is not None
        if not chain[1] or (self.writer.path, *chain) in self.certificates:
            return
        members.append(certificate(exchange.url, captured.date, exchange.tls, f"<urn:uuid:{captured.record_id}>"))
        wrong = of_certificate(b64decode(chain[1].split(",")[0]), urlsplit(exchange.url).hostname or "")
        if wrong is not None and not any(known[1] == chain[0] for known in self.certificates):
            self.tally.obstacles.add(wrong[0], exchange.url, wrong[1])

    def _robots(self, url: str, captured: Captured) -> None:
        """A robots.txt that differs from the last visit's is worth a remark: the operator may want to look."""
        before = self.known.sha256(url)
        if before is not None and before != captured.sha256 and captured.status == 200:
            self.tally.obstacles.add("robots_changed", url, "robots.txt differs from the one of the last visit")

    def failure(self, request: Request, reason: str) -> None:
        """A metadata record for a fetch without any response."""
        if self.writer is not None:
            self.journal.begin()
            date = warc_date(clock.now(), self.version)
            self.writer.write([metadata(request.url, date, {"fetch-error": reason, "method": request.method})])

    def keep_readings(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Write what was read in new versions into a WARC file of its own.

        :param rows: address, record as JSON, parser, record id
        """
        if self.writer is None:
            return
        for url, record, parser, record_id in rows:
            self.writer.write([reading(url, warc_date(clock.now(), self.version), record, parser, record_id)])
        self.writer.close()


def _said_role(request: Request) -> str:
    """Why a page is asked for, and the page that it belongs to, as WARC keeps it."""
    role, of = request.meta["role"], request.meta.get("of")
    if role == "list":
        role, of = f"list {request.meta.get('number', 1)}", request.meta.get("list")
    return f"{'fragment' if request.meta.get('fragment') else role}{f'; of={of}' if of else ''}"
