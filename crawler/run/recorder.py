"""From an exchange to WARC records, and to what the crawl database knows of the address."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request

from archive.collection.urls import host_of
from archive.warc.exchange import Captured, Exchange, certificate, records_of
from crawler.fetch.obstacles import of_certificate

if TYPE_CHECKING:
    from crawler.run.site_run import SiteRun


def record(run: SiteRun, request: Request, exchange: Exchange) -> dict[str, Any]:
    """Keep an exchange; returns what the spider needs to know of it."""
    assert run.writer is not None
    run.begin()
    role = request.meta["role"]
    if exchange.method == "GET":
        exchange.earlier = run.known.earlier(request.url)
    version = run.warc_setting("version")
    members, captured = records_of(exchange, version)
    chain = (host_of(exchange.url), exchange.tls.get("chain", ""))
    _certificate(run, chain, exchange, members, captured)
    run.writer.write(members)
    run.certificates.add((run.writer.path, *chain))
    run.bytes += len(exchange.response)
    host = host_of(exchange.url)
    run.hosts[host] = run.hosts.get(host, 0) + 1
    if captured.method == "GET" and captured.type != "resource":
        if role == "robots":
            _robots(run, request.url, captured)
        if captured.status == 304 and exchange.refers_to:
            run.known.unchanged(request.url, None)
            run.not_modified += 1
        elif captured.type == "revisit":
            run.known.unchanged(request.url, captured)
        else:
            run.known.keep(request.url, role, captured, request.meta.get("listed"))
    return {"record_id": captured.record_id, "sha256": captured.sha256, "status": captured.status}


def _certificate(
    run: SiteRun, chain: tuple[str, str], exchange: Exchange, members: list[Any], captured: Captured
) -> None:
    """The server's certificates, once a WARC file; what is wrong with them, once a run."""
    assert run.writer is not None
    if not chain[1] or (run.writer.path, *chain) in run.certificates:
        return
    members.append(certificate(exchange.url, captured.date, exchange.tls, f"<urn:uuid:{captured.record_id}>"))
    wrong = of_certificate(b64decode(chain[1].split(",")[0]), urlsplit(exchange.url).hostname or "")
    if wrong is not None and not any(known[1] == chain[0] for known in run.certificates):
        run.obstacles.add(wrong[0], exchange.url, wrong[1])


def _robots(run: SiteRun, url: str, captured: Captured) -> None:
    """A robots.txt that says something else than at the last visit is worth a remark: the operator may want to look."""
    before = run.known.sha256(url)
    if before is not None and before != captured.sha256 and captured.status == 200:
        run.obstacles.add("robots_changed", url, "robots.txt differs from the one of the last visit")
