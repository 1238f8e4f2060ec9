"""Clean pages in the mark-up of real hosts raise nothing and are what they are; tampered ones of every kind are found."""

import pytest
from support.corpora import clean, ordinary, planted, tampered

import parsers


def read(page):
    return parsers.parse([parsers.Payload(page.url, page.data)])


def alarms(record):
    return [(f.rule, f.severity, f.text) for f in record.flags if f.severity != "info"]


@pytest.mark.parametrize("made", [clean.first, clean.later, clean.fresh], ids=["first", "later", "fresh"])
def test_a_clean_page_raises_nothing_and_is_what_it_is(made):
    pages = made()
    records = [read(page) for page in pages]
    assert [(page.pieces, alarms(r)) for page, r in zip(pages, records, strict=True) if alarms(r)] == []
    wrong = [(page.pieces, page.kind, r.kind) for page, r in zip(pages, records, strict=True) if r.kind != page.kind]
    assert wrong == []
    assert all(not r.turns for page, r in zip(pages, records, strict=True) if page.kind != "transcript")


@pytest.mark.parametrize("made", [ordinary.ordinary, ordinary.later], ids=["first", "later"])
def test_a_word_of_interviews_in_running_text_makes_none(made):
    pages = made()
    assert [page.data.decode()[:200] for page in pages if read(page).kind != "other"] == []


def test_a_heading_a_column_or_an_account_tells_of_a_talk():
    assert [(page.kind, read(page).kind) for page in ordinary.reports() if read(page).kind != page.kind] == []


@pytest.mark.parametrize("page", [*tampered.first(), *tampered.later(), *tampered.fresh()], ids=lambda page: page.what)
def test_what_was_tampered_with_is_found_on_every_kind_of_page(page):
    found = alarms(read(page))
    assert [text for _, _, text in found if any(word in text or text in word for word in page.words)], found


@pytest.mark.parametrize(
    "frame",
    [
        "<iframe src='http://media.example/live/9.html' width='900' height='600'></iframe>",
        "<div class='main'><iframe src='/ft/live.html?id=9' height='900'></iframe></div>",
        "<div id='zoom'><p>请观看直播。</p><iframe src='/ft/live.html?id=9' width='100%' height='700'></iframe></div>",
    ],
)
def test_a_frame_in_the_place_of_the_body_is_off_site(frame):
    page = f"<html><head><meta charset='utf-8'><title>县长访谈</title></head><body><h1>县长谈冬季供暖</h1>{frame}</body></html>"
    record = parsers.parse([parsers.Payload("http://www.yunling.gov.cn/zxft/9.html", page.encode())])
    assert record.kind == "offsite"


@pytest.mark.parametrize(
    "source",
    [
        "//player.films.example/p.html?vid=9",
        "http://v.qq.com/txp/iframe/player.html?vid=9",
        "/player/index.jsp?f=/v/9.mp4",
    ],
)
def test_a_frame_with_a_player_is_a_film(source):
    frame = f"<div id='zoom'><iframe src='{source}' width='800' height='600'></iframe></div>"
    page = f"<html><head><meta charset='utf-8'><title>县长访谈</title></head><body><h1>在线访谈：冬季供暖</h1>{frame}</body></html>"
    record = parsers.parse([parsers.Payload("http://www.yunling.gov.cn/zxft/9.html", page.encode())])
    assert (record.kind, len(record.media)) == ("video", 1)


@pytest.mark.parametrize(
    ("domain", "host", "severity"),
    [
        ("www.yunling.gov.cn,www.yunlingxian.gov.cn", "www.yunlingxian.gov.cn", None),
        ("www.yl.gov.cn；www.yunling.gov.cn", "www.yunling.gov.cn", None),
        ("http://swj.yunling.gov.cn/", "sw.yunling.gov.cn", None),
        ("https://www.ylda.org.cn", "www.ylda.org.cn", None),
        ("www.old-yunling.gov.cn", "www.yunling.gov.cn", "info"),
        ("www.yunling.gov.cn", "www.yunling.gov.cn.copy99.com", "warning"),
        ("www.yunling.gov.cn", "yunling-gov.com", "warning"),
    ],
)  # fmt: skip
def test_the_hosts_that_a_site_names(domain, host, severity):
    page = (
        f"<html><head><meta charset='utf-8'><meta name='SiteDomain' content='{domain}'>"
        "<meta name='SiteIDCode' content='6299990001'></head><body><h1>做好冬季供暖</h1><p>会议要求做好供暖。</p></body></html>"
    )
    record = parsers.parse([parsers.Payload(f"http://{host}/a.html", page.encode())])
    assert [f.severity for f in record.flags if f.rule == "identity_mismatch"] == ([severity] if severity else [])


def test_a_lone_hidden_link_is_a_remark():
    body = "<h1>做好冬季供暖</h1><p>会议要求做好供暖。</p><div style='display:none'><a href='http://www.maker.example/'>某某软件</a></div>"
    record = parsers.parse(
        [parsers.Payload("http://www.yunling.gov.cn/a.html", f"<meta charset=utf-8>{body}".encode())]
    )
    assert [(f.severity, f.text) for f in record.flags if f.rule == "hidden_link"] == [("info", "某某软件")]


def test_a_page_that_says_it_is_gone_is_examined_too():
    body = "<p>您访问的页面不存在</p><div style='display:none'><a href='http://a1.example/'>澳门百家乐</a></div>"
    record = parsers.parse(
        [parsers.Payload("http://www.yunling.gov.cn/a.html", f"<meta charset=utf-8>{body}".encode())]
    )
    assert record.kind == "soft_404"
    assert alarms(record) == [("hidden_link", "alert", "澳门百家乐")]


def test_a_list_of_search_words_as_the_heading_is_found_far_below_the_first_lines():
    words = "国产精品视频在线_欧美激情一区二区_人妻中文字幕_三级片免费观看"
    menu = "".join(f"<p>栏目{n}</p>" for n in range(9))
    page = f"<html><head><meta charset='utf-8'><title>{words}</title></head><body>{menu}<h1>{words}</h1><p>会议要求做好供暖。</p></body></html>"
    record = parsers.parse([parsers.Payload("http://www.yunling.gov.cn/a.html", page.encode())])
    assert {(f.rule, f.where) for f in record.flags} >= {("search_words", "title"), ("title_mismatch", "title")}


@pytest.mark.parametrize(("what", "parts", "words"), planted.TAMPERED, ids=[row[0] for row in planted.TAMPERED])
def test_what_was_planted_in_another_way_is_found(what, parts, words):
    url, data = planted.page(**parts)
    found = alarms(parsers.parse([parsers.Payload(url, data)]))
    assert [text for _, _, text in found if any(word in text or text in word for word in words)], (what, found)


@pytest.mark.parametrize(("what", "parts"), planted.CLEAN, ids=[row[0] for row in planted.CLEAN])
def test_a_clean_page_that_looks_odd_raises_nothing(what, parts):
    url, data = planted.page(**parts)
    assert alarms(parsers.parse([parsers.Payload(url, data)])) == [], what
