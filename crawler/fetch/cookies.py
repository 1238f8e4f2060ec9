"""Scrapy's cookies with the list of public suffixes that is installed: to ask the web for a newer one would hold up
the crawl, for minutes where that server cannot be reached.
"""

from __future__ import annotations

from scrapy.downloadermiddlewares import cookies
from tldextract import TLDExtract

_INSTALLED = TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)
cookies._split_domain = _INSTALLED  # noqa: SLF001 - Scrapy has no setting for it


class Cookies(cookies.CookiesMiddleware):
    """Cookies of a site are sent back to it."""
