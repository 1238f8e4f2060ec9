"""What our own crawl keeps, our own verify accepts: whatever a server sends, its capture is clean."""

import gzip
import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.running import fangtan, faults
from support.servers.oddserver import OddServer, plain

from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.store.indexer import bring_up_to_date
from archive.store.store import open_reader
from archive.warc.exchange import Earlier, Exchange, metadata, records_of
from archive.warc.write import WarcWriter

pytestmark = pytest.mark.long

INFO = {"software": "fangtan/test", "fangtan-run": "20260101T000000Z-a-0000", "fangtan-site": "a"}
START = datetime(2026, 1, 1, tzinfo=UTC)
#: What may stand in the middle of a turn.
JUNK = [
    "<script>var a = '欢迎';</script>", "<style>p{color:red}</style>", "<!-- 编辑：某 -->", "<!-->", "<!--x--!>", "<b title='a>b'>粗</b>", "&#x80;", "&nbsp;", "&amp;lt;",
    "&notanentity;", "&#xD800;", "&#0;", "\x00", "\u200b", "\u3000", "</br>", "<br>", "<![CDATA[数据]]>", "<a href='x'>链接", "<p>", "</div>", "<img alt='图'>", "a < b", "<>", "<1>", "< b",
    "<textarea>框</textarea>", "<noscript>无</noscript>", "<select><option>项</option></select>", "<svg><text>图</text></svg>", "<font>字</font>", "<span hidden>藏</span>", "<ruby>汉<rt>hàn</rt></ruby>",
    "\ufffd", "\U00020000", "<o:p></o:p>", "<?xml a?>", "<%= x %>", "{{ x }}", "\\u4e2d", "&lt;p&gt;", "<title>题</title>", "<template>模</template>", "<iframe src='x'></iframe>",
]  # fmt: skip
#: With these so short a page is no talk any more.
NO_TALK = {"</br>", "<br>", "<p>", "<span hidden>藏</span>", "<title>题</title>", "<iframe src='x'></iframe>"}
WORDS = st.text("请问县里今年的公租房分配工作准备得怎样谢谢关注", min_size=3, max_size=25)
SAID = st.lists(st.one_of(WORDS, st.sampled_from(JUNK)), min_size=1, max_size=6).map("".join)


@st.composite
def pages(draw):
    """A talk with rubbish in the middle of its turns."""
    speakers = ("主持人", "李青", "网友", "李青", "主持人")
    turns = "".join(f"<p>{s}：{draw(SAID)}</p>" for s in speakers[: draw(st.integers(2, 5))])
    title = f"访谈{draw(st.integers(1, 99))}"
    text = f"<html><head><meta charset='{{}}'><title>{title}</title></head><body><h1>{title}</h1><p>访谈嘉宾：县水务局局长李青</p>{turns}</body></html>"
    charset = draw(st.sampled_from(["utf-8", "gb18030", "gb2312", "big5"]))
    return text.replace("{}", charset).encode(draw(st.sampled_from([charset, "utf-8"])), "replace")


JSON = st.sampled_from([
    {"title": "访谈", "guests": "县水务局局长李青", "list": [{"name": "主持人", "content": "欢迎\ud800"}, {"name": "李青", "content": "好\u0000"}]},
    {"data": {"list": [{"title": "\udfff第一期", "url": "http://127.0.0.1/zxft/1.html", "date": "2026-01-01"}]}}, {"ip": "1.2.3.4", "memberId": 1},
]).map(lambda value: json.dumps(value).encode())  # fmt: skip
BODIES = st.one_of(pages(), JSON, st.binary(max_size=200), st.just(b""), st.just(b"<html>"))
STATUS = st.sampled_from([
    b"HTTP/1.1 200 OK", b"HTTP/1.0 200", b"HTTP/1.1 200", b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 404 Not Found", b"HTTP/1.1 302 Found",
    b"HTTP/1.1 206 Partial", b"HTTP/1.1 999 x", b"HTTP/1.1 20000000000000000000000 x", b"HTTP/1.1 100 Continue", b"HTTP/1.1 101 Switching", b"HTTP/1.1 \xb2\xb3 x", b"ICY 200 OK",
    b"HTTP/1.1", b"", b"<html>", b"200 OK", b"HTTP/1.1 200 \xb8\xdf\xcc\xa8",
])  # fmt: skip
HEADERS = st.lists(
    st.sampled_from([
        b"Content-Type: text/html; charset=utf-8", b"Content-Type: text/html; charset=x-nonsense", b"Content-Type: application/json", b"Content-Type: \xd6\xd0", b"Content-Type:",
        b"Content-Length: RIGHT", b"Content-Length: RIGHT", b"Content-Length: 5", b"Content-Length: 999999", b"Content-Length: -1", b"Content-Length: 1, 1", b"Content-Length: \xb2",
        b"Content-Length: " + b"9" * 5000, b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Content-Encoding: gzip", b"Content-Encoding: deflate", b"Content-Encoding: nonsense",
        b"Content-Encoding: br", b"Set-Cookie: \xff\x00", b"no colon here", b" folded", b"\tfolded", b": nameless", b"X: " + b"y" * 9000, b"Location: /\xd6\xd0\xce\xc4", b"Location: http://[::",
        b'ETag: "v"', b"Last-Modified: never", b"\x00\x01: \x02", b"Refresh: 0; url=http://[",
    ]), max_size=6,
)  # fmt: skip
FRAMES = st.sampled_from(["plain", "plain", "chunked", "cut chunk", "bad size", "no end", "gzip", "cut gzip"])


def framed(body, how):
    if how.endswith("gzip"):
        body = gzip.compress(body, mtime=0)
        return body[: len(body) // 2] if how.startswith("cut") else body
    if how == "plain":
        return body
    size = {"bad size": b"zz"}.get(how, b"%x" % (len(body) + 5 * (how == "cut chunk")))
    return size + b"\r\n" + body + (b"" if how == "cut chunk" else b"\r\n" + (b"" if how == "no end" else b"0\r\n\r\n"))


@st.composite
def answers(draw):
    body = framed(draw(BODIES), draw(FRAMES))
    lines = [draw(STATUS), *(h.replace(b"RIGHT", b"%d" % len(body)) for h in draw(HEADERS))]
    newline = draw(st.sampled_from([b"\r\n", b"\r\n", b"\n"]))
    whole = newline.join(lines) + newline * 2 + body
    if draw(st.booleans()):
        whole = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + whole
    return whole[: draw(st.integers(1, len(whole)))] if draw(st.integers(0, 9)) == 0 else whole


ADDRESSES = [
    "/zxft/{}.html",
    "/zxft/{}.html?标题=访谈",
    "/zxft/{}.jsp;jsessionid=1",
    "/zxft/{}|a b.html",
    "/zxft/%zz{}.html",
    "/zxft/{}.html?a=\\b&c='\"",
]


def kept(collection, answered):
    """The answers as a crawl writes them, each asked for twice: an equal second one is a revisit of the first. The number of captures."""
    ledger.ensure_key(collection)
    writer = WarcWriter(collection.archive, "a", INFO, lambda path, sha256: ledger.add_warc(collection, path, sha256))
    count = 0
    for n, response in enumerate(answered):
        url = "http://127.0.0.1" + ADDRESSES[n % len(ADDRESSES)].format(n)
        earlier = None
        for again in range(2):
            when = START + timedelta(minutes=n, days=again)
            exchange = Exchange(
                url, "GET", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", response, "127.0.0.1", when, earlier=earlier
            )
            members, captured = records_of(exchange)
            writer.write(members)
            count += dict(members[0][0])["WARC-Type"] in ("response", "revisit")
            if captured.type == "response":
                earlier = Earlier(
                    captured.record_id, captured.date, captured.url, captured.status, captured.sha256, captured.form
                )
    writer.write(
        [
            metadata(
                "http://127.0.0.1/x",
                "2026-01-01T00:00:00.000000Z",
                {"fetch-error": "\ud800 odd\r\nX: y", "method": "GET"},
            )
        ]
    )
    writer.close()
    return count


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(answers(), min_size=12, max_size=16))
def test_whatever_came_is_kept_indexed_and_verified(answered):
    """Odd status lines, headers, framings, codings, bodies, cut anywhere: no traceback, no fault, nothing else lost."""
    folder = Path(tempfile.mkdtemp())
    try:
        collection = Collection(folder / "c").create()
        connect(collection.crawl_db).close()
        captures = kept(collection, answered)
        bring_up_to_date(collection)
        assert [str(f) for f in faults(collection, reparse=True)] == []
        db = open_reader(collection.store)
        assert db.execute("SELECT count(*) FROM captures").fetchone() == (captures,)
        db.close()
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("junk", JUNK)
def test_a_turn_that_runs_over_rubbish_is_in_its_page(collection, junk):
    """Each kind of rubbish alone, in the middle of a turn: what the parsers read there is what verify finds there."""
    page = f"<html><head><meta charset='utf-8'><title>访谈</title></head><body><h1>访谈</h1><p>访谈嘉宾：县水务局局长李青</p><p>主持人：今年{junk}准备得怎样？</p><p>李青：都{junk}准备好了{junk}，谢谢关注。</p></body></html>"
    kept(collection, [plain(page.encode("utf-8", "surrogatepass"))])
    bring_up_to_date(collection)
    db = open_reader(collection.store)
    talks = db.execute("SELECT count(*) FROM turns").fetchone()[0]
    db.close()
    assert talks or junk in NO_TALK
    assert [str(f) for f in faults(collection)] == []


def test_a_real_crawl_of_odd_answers_verifies(collection):
    """The same through Scrapy and the wire."""
    talk = "<html><head><meta charset='utf-8'><title>访谈</title></head><body><h1>访谈{}</h1><p>主持人：欢迎<script>var a = 1;</script>大家。</p><p>李青：谢谢大家的关注。</p></body></html>"
    page = talk.format(1).encode()
    odd = {
        "a.html": plain(page),
        "b.html": page,
        "c.html": plain(page, "HTTP/1.1 200 \xb8\xdf"),
        "d.html": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + page,
        "e.html": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9999999\r\n\r\n" + page,
        "f.html": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n" + page,
        "g.html": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "h.html": b"HTTP/1.1 304 Not Modified\r\n\r\n",
        "i.html": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/html\r\n\r\n" + gzip.compress(page, mtime=0)[:-30],
        "j.html": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
    }  # fmt: skip
    items = "".join(
        f"<li><a href='/zxft/{n}'>第{k}期访谈：{n}</a><span>2021-01-{k:02d}</span></li>" for k, n in enumerate(odd, 1)
    )
    section = (
        f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{items}</ul></body></html>".encode()
    )
    table = {
        "/zxft/": plain(section),
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        **{f"/zxft/{n}": v for n, v in odd.items()},
    }
    with OddServer(table, close=tuple(f"/zxft/{n}" for n in odd)) as server:
        done = fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    assert "Traceback" not in done.err, done.err
    db = open_reader(collection.store)
    assert db.execute("SELECT count(*) FROM captures").fetchone()[0] > 5
    db.close()
    assert [str(f) for f in faults(collection, reparse=True)] == []
