"""What may be fetched: a site's hosts, and the requisites of its pages."""

from __future__ import annotations

from archive.collection.sites import Site
from archive.collection.urls import host_of
from crawler.fetch.addresses import kind_of
from parsers.page.addresses import parts

MAX_URL = 2000
_PRIVATE_NAMES = ("localhost", ".localhost", ".local", ".internal", ".lan")


def is_private(url: str) -> bool:
    """Whether a URL names a loopback, private or otherwise unroutable address;
    what a name leads to is judged at connect.
    """
    host = parts(url).name
    try:
        return kind_of(host) is not None
    except ValueError:
        pass
    if host.replace(".", "").isdigit() or host.startswith("0x"):
        return True  # 2130706433 and 0x7f000001 are addresses to a resolver
    return host.endswith(_PRIVATE_NAMES) or "." not in host


def refusal(site: Site, url: str, *, requisite: bool = False) -> str | None:
    """Why a URL is not fetched; ``None`` when it may be.

    :param requisite: page requisites may live on other public hosts, pages may not
    """
    if len(url) > MAX_URL:
        return f"URL too long: over {MAX_URL} characters (our limit)"
    scheme = parts(url).scheme
    if scheme not in ("http", "https"):
        return f"scheme {scheme}"
    if host_of(url) in site.scope:
        return None
    if is_private(url):
        return "private address"
    return None if requisite else "off-site"
