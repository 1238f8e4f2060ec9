"""The bundled county: three sites of different CMS families on loopback, with everything that goes wrong in real ones.

It shares nothing with the parsers: its templates are written from what such sites look like, and what it planted is
known by construction.
"""

from crawler.demo import gbk_site, hanweb_site, trs_site
from crawler.demo.county import DemoSite


def build() -> list[DemoSite]:
    """The county."""
    return [trs_site.build(), hanweb_site.build(), gbk_site.build()]
