"""Cookies of a site go back to its hosts, by the list of public suffixes that is installed."""

import pytest
from scrapy.http import Request, Response

from crawler.fetch.cookies import Cookies


@pytest.mark.parametrize(("domain", "sent"), [("qinghe.gov.cn", b"a=b"), ("gov.cn", None)])
def test_public_suffixes_are_known_without_asking_the_web(monkeypatch, domain, sent):
    asked = []
    monkeypatch.setattr("requests.Session.send", lambda _, request, **_options: asked.append(request.url))
    jar, first = Cookies(), Request("http://www.qinghe.gov.cn/")
    jar.process_response(first, Response(first.url, headers={"Set-Cookie": f"a=b; Domain={domain}; Path=/"}))
    jar.process_request(later := Request("http://hd.qinghe.gov.cn/"))
    assert (later.headers.get("Cookie"), asked) == (sent, [])
