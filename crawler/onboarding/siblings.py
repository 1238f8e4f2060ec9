"""Hosts of one owner, by the list of public suffixes."""

from __future__ import annotations

from tldextract import TLDExtract

from parsers.page.addresses import parts

_EXTRACT = TLDExtract(cache_dir=None, suffix_list_urls=())  # with the list that it brings along


def are_siblings(one: str, other: str) -> bool:
    """Whether two URLs are of one owner: their hosts share a registered domain (a.gov.cn), or are the same address."""
    hosts = [parts(url).name for url in (one, other)]
    domains = {_EXTRACT(host).top_domain_under_public_suffix or host for host in hosts}
    return len(domains) == 1 and "" not in domains
