"""A front page that names no section: the site's maps show it."""

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.running import fangtan
from support.sites.family_sites import LIST, build, page

import parsers
from archive.collection.folder import Collection
from archive.collection.sites import load
from crawler.demo.county import Reply
from crawler.demo.server import County
from crawler.spider.sitemaps import read
from parsers.page.addresses import parts

ORIGIN = "https://www.example.gov.cn"
NEWS = "".join(f"<li><a href='/xw/t2024{n:04d}.html'>县里的第{n}条新闻标题</a> 2024-05-0{n}</li>" for n in range(1, 6))


def _urlset(*urls):
    rows = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'.encode()


def _index(*urls):
    rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>'.encode()


@pytest.mark.parametrize(
    ("paths", "sections"),
    [
        (["/zmhd/zxft/", "/zmhd/zxft/202405/t1_2.html", "/xw/1.html"], ["/zmhd/zxft/"]),
        (["/zmhd/zxft/202405/t1_2.html", "/zmhd/zxft/202406/t1_3.html"], ["/zmhd/zxft/"]),
        (["/zmhd/zxft.htm", "/zmhd/zxft/2.htm", "/zmhd/zxft/1.htm"], ["/zmhd/zxft.htm"]),
        (["/hd/zxft/index.html", "/hd/zxft/ftyg/index.html"], ["/hd/zxft/"]),
        (["/ft_12345.html", "/soft/1.html", "/xw/ftx/1.html"], []),
        ([], []),
    ],
)
def test_addresses_betray_a_section(paths, sections):
    found = parsers.sections_among(ORIGIN + path for path in paths)
    assert [item.url for item in found] == [ORIGIN + path for path in sections]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(["http://", "https://", "//", "[", "]", "a.gov.cn", "/zxft/", "/ft", "?x=", "#", " ", "\x00", ":99999", "%"]).flatmap(
    lambda piece: st.text(max_size=8).map(lambda text: piece + text)), max_size=6).map("".join))  # fmt: skip
def test_any_text_may_stand_in_a_sitemap(url):
    sections = list(parsers.sections_among([url]))
    assert len(sections) <= 1
    whole = parts(url)
    for found in map(parts, (item.url for item in sections)):
        assert (found.scheme, found.host) == (whole.scheme, whole.host)
        assert whole.path.startswith(found.path)


@given(st.binary(max_size=300))
def test_any_bytes_may_be_a_sitemap(data):
    kind, found = read(data)
    assert kind in ("", "urlset", "sitemapindex")
    assert all(isinstance(url, str) for url in found)


@pytest.mark.parametrize(
    "data", [b"", b"\x1f\x8b\x08", b"\x1f\x8b\x08broken", b"<html><body>404", gzip.compress(b"", mtime=0)]
)
def test_what_is_no_sitemap_names_nothing(data):
    assert read(data) == ("", [])


def test_an_entity_bomb_is_not_expanded():
    bomb = b'<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><urlset><url><loc>http://x/&b;</loc></url></urlset>'
    assert "aaaa" not in repr(read(bomb))


def _site(**extra):
    site = build("trs")
    site.replies["/"] = page("青石县人民政府", f"<script src='/nav.js'></script><ul>{NEWS}</ul>")
    site.replies |= extra
    return site


def test_a_hostile_map_harms_nothing(tmp_path):
    """Addresses that are none, a redirect to nowhere, a map of maps that goes round."""

    def maps(home):
        return {
            "/robots.txt": Reply(f"User-agent: *\nDisallow:\nSitemap: {home}/round.xml\nSitemap: {home}/away.xml\nSitemap: http://[\n".encode(), "text/plain"),
            "/round.xml": Reply(_index(f"{home}/round.xml", f"{home}/bad.xml", "http://[::1"), "text/xml"),
            "/bad.xml": Reply(_urlset("http://[", "http://x:99999999/zxft/", "javascript:alert(1)", "", home + SECTION), "text/xml"),
            "/away.xml": Reply(b"", status=302, headers=(("Location", "http://["),)),
        }  # fmt: skip

    collection = Collection(tmp_path / "c").create()
    added, home = _add(_site(), collection, maps)
    assert added.code == 0, added
    assert added.rows[0]["section"] == [home + SECTION]


def _add(site, collection, maps):
    with County([site], lambda *_: None) as county:
        site.replies |= maps(county.urls[0].rstrip("/"))
        added = fangtan("sites", "add", county.urls[0], "--delay", "0", "--yes", "--json", collection=collection.root)
        home = county.urls[0].rstrip("/")
    return added, home


SECTION = LIST["trs"]


@pytest.mark.long
@pytest.mark.parametrize("how", ["robots", "default", "people"])
def test_a_section_is_found_by_the_sites_maps(tmp_path, how):
    def maps(home):
        talks = [home + path for path in build("trs").replies if path.startswith(SECTION)]
        urlset = _urlset(f"{home}/xw/1.html", home + SECTION, *talks)
        if how == "robots":
            return {
                "/robots.txt": Reply(f"User-agent: *\nDisallow: /admin\nSitemap: {home}/maps.xml\n".encode(), "text/plain"),
                "/maps.xml": Reply(_index(f"{home}/news.xml", f"{home}/all.xml.gz"), "text/xml"),
                "/news.xml": Reply(_urlset(f"{home}/xw/2.html"), "text/xml"),
                "/all.xml.gz": Reply(gzip.compress(urlset), "application/gzip"),
            }  # fmt: skip
        if how == "default":
            return {"/sitemap.xml": Reply(urlset, "application/xml")}
        anchors = f"<a href='/xw/'>新闻中心</a><a href='{SECTION}'>在线访谈</a>"
        return {
            "/": page("青石县人民政府", f"<ul>{NEWS}</ul><a href='/map.html'>网站地图</a>"),
            "/map.html": page("网站地图", anchors),
        }

    collection = Collection(tmp_path / "c").create()
    added, home = _add(_site(), collection, maps)
    assert added.code == 0, added
    assert len(added.rows[0]["samples"]) == 3
    (path,) = collection.sites.glob("*.toml")
    assert load(path).section == (home + SECTION,)


def test_a_site_without_map_or_section_is_refused_in_words(tmp_path):
    collection = Collection(tmp_path / "c").create()
    added, _ = _add(_site(), collection, lambda _: {})
    assert added.code != 0
    assert "nothing was written: no interview could be read" in added.err
    assert not list(collection.sites.glob("*.toml"))
