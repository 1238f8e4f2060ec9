"""A crawl of talks that stand in files: read, kept, proved."""

import pytest
from support.dump import dump_public
from support.running import fangtan, faults
from support.servers.oddserver import PAGE, OddServer, plain
from support.sites.one_interview import section, table
from support.word import TALK, body, docx, page

from archive.store.store import open_reader

pytestmark = pytest.mark.long


def binary(data):
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n%s" % (
        len(data),
        data,
    )


def test_the_talk_in_a_word_file_is_the_interview_of_its_page_and_its_evidence_verifies(collection):
    entry = "<li><a href='/zxft/talk.docx'>县卫生局局长李明做客在线访谈</a><span>2021-01-03</span></li>"
    entry += "<li><a href='/zxft/old.doc'>县民政局局长做客在线访谈</a><span>2021-01-04</span></li>"
    entry += "<li><a href='/zxft/down?id=7.pdf'>县审计局局长做客在线访谈</a><span>2021-01-05</span></li>"
    entry += "<li><a href='/zxft/lost.wps'>县统计局局长做客在线访谈</a><span>2021-01-06</span></li></ul>"
    listing = section(1, 2).replace(b"</ul>", entry.encode())
    listing = plain(listing.partition(b"\r\n\r\n")[2])
    other = docx(body([line.replace("教育", "卫生").replace("学校", "医院") for line in TALK]))
    enclosed = "<p><a href='enclosed.docx'>另一次访谈</a></p></body>"
    served = table(
        **{
            "/zxft/": listing,
            "/zxft/t20210101_1.html": plain(page("1.docx")),
            "/zxft/1.docx": binary(docx()),
            "/zxft/t20210101_2.html": plain(PAGE.format("第2期访谈").replace("</body>", enclosed).encode()),
            "/zxft/enclosed.docx": binary(docx(body([line.replace("教育", "民政") for line in TALK]))),
            "/zxft/talk.docx": binary(other),
            "/zxft/old.doc": binary(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
            "/zxft/down?id=7.pdf": binary(b"%PDF-1.4\n" + b"\0" * 600),
            "/zxft/lost.wps": binary(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\1" * 600),
        }
    )
    with OddServer(served) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        result = fangtan("crawl", "--delay", "0", "--json", url, collection=collection.root)
    assert result.code == 0, (result.out, result.err)
    db = open_reader(collection.store)
    kinds = [tuple(row) for row in db.execute("SELECT kind, n_turns FROM interviews ORDER BY url")]
    files = db.execute("SELECT title, published_at FROM interviews WHERE kind = 'attachment' ORDER BY 2").fetchall()
    parts = dict(db.execute("SELECT part, count(*) FROM provenance GROUP BY 1"))
    db.close()
    assert result.rows[0]["account"]["outcomes"] == {"interview": 6}
    assert any("words only in a file: 3" in line for line in result.rows[0]["account"]["remarks"])
    assert kinds.count(("transcript", 5)) == 2
    assert len(kinds) == 6, "an enclosure is no interview of its own"
    assert [tuple(row) for row in files] == [
        ("县民政局局长做客在线访谈", "2021-01-04"),
        ("县审计局局长做客在线访谈", "2021-01-05"),
        ("县统计局局长做客在线访谈", "2021-01-06"),
    ]
    assert parts["page"] >= 1
    assert faults(collection, reparse=True) == []
    before = list(dump_public(collection.store))
    collection.store.unlink()
    assert fangtan("rebuild", collection=collection.root).code == 0
    assert list(dump_public(collection.store)) == before


def test_a_file_that_does_not_come_is_asked_for_until_it_is_there(collection):
    """Its page says only that the words are in the file; a page in the file's place, or half of it, is no file."""
    pdf, path = b"%PDF-1.4\n" + b"\0" * 600, "/zxft/1.pdf"
    named = PAGE.format("第1期访谈").replace(
        "<p>主持人：欢迎。</p><p>嘉宾：谢谢大家的关注。</p>", "<p>访谈实录详见附件：<a href='1.pdf'>实录.pdf</a></p>"
    )
    lost = plain(b"<h1>404</h1>", "HTTP/1.1 404 Not Found")
    half = binary(pdf).replace(b"Content-Length: ", b"Content-Length: 9")
    page = plain(named.encode(), "HTTP/1.1 200 OK", 'ETag: "p"')
    served = table(**{"/zxft/": section(1), "/zxft/t20210101_1.html": page, "/zxft/t20210101_2.html": None})
    with OddServer(served, close=(path,)) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        for option, answer, told in (
            ("--no-notify", lost, "HTTP 404"),
            ("--patch", plain(b"<h1>x</h1>"), "a page came in its place"),
            ("--no-notify", half, "cut off"),
            ("--patch", binary(pdf), None),
        ):
            served[path] = answer
            (report,) = fangtan("crawl", "--delay", "0", "--json", option, url, collection=collection.root).rows
            assert report["account"]["outcomes"] == ({"no file": 1} if told else {"interview": 1})
            assert report["exit_code"] == (3 if told else 0)
            assert told is None or f"{path}: {told}" in str(report["account"]["differences"]) + report["reason"]
        server.log.clear()
        fangtan("crawl", "--delay", "0", "--patch", url, collection=collection.root)
        assert server.log == [], "nothing is owed any more"
