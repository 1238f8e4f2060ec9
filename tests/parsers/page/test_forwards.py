"""Where a page sends its reader by itself, and what only looks so."""

import pytest
from lxml import html
from support.running import fangtan, faults
from support.servers.oddserver import OddServer, plain
from support.sites.sections import article, section

import parsers
from archive.collection.folder import Collection
from archive.store.store import open_reader
from parsers.page.addresses import Base
from parsers.page.forwards import refreshed, sent_on

HERE = "http://www.a.gov.cn/ft/2.html"
REAL = "http://www.a.gov.cn/ft/real.html"


@pytest.mark.parametrize(
    "value",
    [
        "0;real.html",
        "0; url=real.html",
        "0,URL='real.html'",
        '3 ; Url = "real.html" ; x',
        "0.5;url=real.html",
        "0 real.html",
        "  0;\turl=real.html  ",
        ".5; url=real.html",
        "1;url=' real.html '",
    ],
)
def test_every_form_of_a_refresh(value):
    assert refreshed(value) == "real.html"


@pytest.mark.parametrize("value", [None, "", "5", "300;url=real.html", "0;", "url=real.html", "0; url=", "x;real.html"])
def test_what_is_no_refresh_to_another_page(value):
    assert refreshed(value) is None


def sent(source, refresh=None):
    return sent_on(html.document_fromstring(f"<html><head></head>{source}</html>"), Base(HERE), refresh)


@pytest.mark.parametrize(
    "source",
    [
        "<meta http-equiv=' REFRESH ' content='0;real.html'>",
        "<script>location='real.html'</script>",
        "<script>location = \"/ft/\" + 'real.html';</script>",
        '<script>top.location="/ft/"+"real.html";</script>',
        "<script>window.top.location.href = 'real.html'</script>",
        "<script>self.location.replace('real.html')</script>",
        '<script>document.location.assign( "real.html" );</script>',
        "<script>parent.location['href']='real.html'</script>",
        "<script>window.navigate('real.html')</script>",
        "<script>window.open('real.html', '_self')</script>",
        "<script>location.href='http:\\/\\/www.a.gov.cn\\/ft\\/real.html'</script>",
        "<script>var u = 'real.html'; location.href = u;</script>",
        "<script><!--\nlocation.href='real.html';\n//--></script>",
        "<script>/* location='old.html' */ location='real.html' // location='x.html'\n</script>",
        "<script>setTimeout(\"location.href='real.html'\", 3000)</script>",
        "<script>setTimeout(function(){ location.href='real.html' }, 3000)</script>",
        "<script>setTimeout(() => { location.href='real.html' }, 3000)</script>",
        "<script>function go(){ location.href='real.html' }\nsetTimeout('go()', 1000)</script>",
        "<script>function go(){ location.href='real.html' }\nsetTimeout(go, 1000)</script>",
        "<script>var n=3; function tick(){ n--; if(n==0){ location.href='real.html' } }\nsetInterval(tick, 1000)</script>",
        "<script>window.onload=function(){ location.replace('real.html') }</script>",
        "<script>$(function(){ location.replace('real.html') })</script>",
        "<script>(function(){ location.replace('real.html') })()</script>",
        "<script>try { top.location='real.html' } catch(e) { location='x.html' }</script>",
        "<script>if(/Android/.test(navigator.userAgent)){location='m.html'}else{location='real.html'}</script>",
        "<body onload=\"location.replace('real.html')\"></body>",
        "<script>function go(){location='real.html'}</script><body onload='go()'></body>",
    ],
)
def test_a_page_that_sends_its_reader_on(source):
    assert sent(source) == [REAL]


@pytest.mark.parametrize(
    "source",
    [
        "<meta http-equiv='refresh' content='300'>",
        "<meta http-equiv='refresh' content='300;url=other.html'>",
        "<noscript><meta http-equiv='refresh' content='0;url=noscript.html'></noscript>",
        "<a onclick=\"location.href='real.html'\">进入</a>",
        "<select onchange=\"location=this.value\"><option value='real.html'></select>",
        "<script>function search(){ location.href='/s?q=' + q; } function home(){ location.href='/' }</script>",
        "<script>location.href = '/list_' + n + '.html'</script>",
        "<script>location.href = base + 'real.html'</script>",
        "<script>if(/Android|iPhone/i.test(navigator.userAgent)) location.href='m.html';</script>",
        "<script>if(screen.width<768){ window.location='m.html' }</script>",
        "<script>if(navigator.userAgent.match(/x/))\n  location.href='m.html'\n</script>",
        "<script>if(confirm('去新站吗？')) location='new.html'</script>",
        "<script>if(top!=self){ top.location='http://www.a.gov.cn/frame.html' }</script>",
        "<script>// location='x.html'\n/* location='y.html' */</script>",
        "<script>var s = \"location='x.html'\";</script>",
        "<script>setTimeout(\"location.href='real.html'\", 300000)</script>",
        "<script>setTimeout(function(){ location.href='real.html' }, 600000)</script>",
        "<script>document.getElementById('b').onclick=function(){ location.href='real.html' }</script>",
        "<script>$('#b').click(function(){ location.href='real.html' })</script>",
        "<script>if(location.href=='real.html'){}</script>",
        "<script>mylocation='real.html'</script>",
        "<script>map.location='real.html'</script>",
    ],
)
def test_ordinary_pages_send_nobody_on(source):
    assert sent(source) == []


def test_a_header_alone_sends_on():
    page = parsers.Payload(HERE, b"", "text/html", refresh="0; url=real.html")
    assert parsers.links(page).parts == (REAL,)
    talk = parsers.Payload(REAL, article(2), "text/html")
    assert (len(parsers.parse([page, talk]).turns), parsers.parse([page, talk]).url) == (3, HERE)
    slow = parsers.Payload(HERE, b"", "text/html", refresh="900; url=real.html")
    assert parsers.links(slow).parts == ()


def test_talks_behind_forwards_are_read(tmp_path):
    shell = b"<html><body>%s</body></html>"
    pages = {
        "/zxft/": section([f"/zxft/{n}.html" for n in range(1, 5)]),
        "/zxft/1.html": plain(b"", "HTTP/1.1 200 OK", "Refresh: 0; url=/zxft/real1.html"),
        "/zxft/2.html": plain(shell % b"<script>top.location='/zxft/'+'real2.html'</script>"),
        "/zxft/3.html": plain(b"<body onload=\"location.replace('real3.html')\"></body>"),
        "/zxft/4.html": plain(article(4) + b"<script>if(navigator.userAgent.match(/x/))location='/m.html'</script>"),
        **{f"/zxft/real{n}.html": plain(article(n)) for n in (1, 2, 3)},
    }
    collection = Collection(tmp_path / "c").create()
    with OddServer(pages) as server:
        run = fangtan(
            "crawl", "--delay", "0", "--json", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root
        )
        assert "/m.html" not in {path for path, _, _ in server.log}
    assert run.code == 0, run
    db = open_reader(collection.store)
    try:
        read = dict(db.execute("SELECT replace(url, rtrim(url, replace(url, '/', '')), ''), n_turns FROM interviews"))
    finally:
        db.close()
    assert read == {f"{n}.html": 3 for n in range(1, 5)}
    assert faults(collection, reparse=True) == []
