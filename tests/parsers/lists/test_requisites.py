"""What a page needs to be shown is found wherever the HTML standard lets an address stand, and where lazy scripts put it."""

import pytest
from support.running import fangtan
from support.servers.oddserver import OddServer, plain

import parsers

URL = "http://a.example/ft/1.html"


def needs(body, head=""):
    source = f"<html><head><meta charset='utf-8'><title>在线访谈</title>{head}</head><body><h1>第一期</h1>{body}</body></html>"
    found = parsers.links(parsers.Payload(URL, source.encode(), "text/html; charset=utf-8")).requisites
    return {url.removeprefix("http://a.example") for url in found}


PLACES = {
    "<img src=/1.png>": {"/1.png"},
    "<img src=/0.gif data-src=/1.png>": {"/0.gif", "/1.png"},
    "<img data-original='/1.jpg'>": {"/1.jpg"},
    "<img data-lazy-src='/pic?id=1'>": {"/pic?id=1"},
    "<img src=/0.gif _src='/1.jpg' file='/2.PNG?v=1'>": {"/0.gif", "/1.jpg", "/2.PNG?v=1"},
    "<img srcset='/1.png 1x, /2.png 2x' sizes='50vw'>": {"/1.png", "/2.png"},
    "<img srcset='/a,b.png 480w,\n /c.png 800w'>": {"/a,b.png", "/c.png"},
    "<img data-srcset='/1.png, /2.png 2x'>": {"/1.png", "/2.png"},
    "<picture><source srcset='/1.webp' media='(min-width:9px)'><img src=/1.jpg></picture>": {"/1.webp", "/1.jpg"},
    "<video poster=/p.jpg><source src=/v.mp4><track src=/t.vtt></video>": {"/p.jpg", "/v.mp4", "/t.vtt"},
    "<audio src=/a.mp3></audio>": {"/a.mp3"},
    "<iframe src=/frame.html></iframe>": {"/frame.html"},
    "<iframe src='http://b.example/x.html'></iframe>": set(),
    "<svg><image href=/1.svg /><use xlink:href='/i.svg#play'/><use href='#own'/></svg>": {"/1.svg", "/i.svg"},
    "<object data=/o.swf><param name=movie value=/m.swf><param name=wmode value=x><embed src=/e.swf></object>": {"/o.swf", "/m.swf", "/e.swf"},
    "<object><param name=flashvars value='file=/f.flv&image=/f.jpg'></object>": {"/f.flv", "/f.jpg"},
    "<a href=/big.jpg><img src=/small.jpg></a>": {"/big.jpg", "/small.jpg"},
    "<a href='/big.JPG?v=2'>原图</a>": {"/big.JPG?v=2"},
    "<a href=/2.html>下一期</a>": set(),
    "<img src=/1.png alt='合影.jpg' title='合影.jpg'>": {"/1.png"},
    "<noscript><img src=/n.png></noscript>": {"/n.png"},
    "<div style=\"background:url( '/a b.png' )\"></div>": {"/a%20b.png"},
    "<td background=/td.gif></td>": {"/td.gif"},
    "<div data-bg='/bg.jpg'></div>": {"/bg.jpg"},
    "<style>@import '/a.css';@import url(/b.css) print;@font-face{src:url(/f.woff2) format('woff2'),url('/f.eot?#iefix')}/*url(/no.png)*/</style>": {"/a.css", "/b.css", "/f.woff2", "/f.eot?"},
    "<style>i{background:image-set('/1.png' 1x, url(/2.png) 2x)}</style>": {"/1.png", "/2.png"},
    "<script>new Player({file:'/v.mp4',poster:'/p.jpg'})</script>": {"/v.mp4", "/p.jpg"},
    "<script>var so='x';so.addVariable('flashvars','f=/v.flv&i=/p.png&c=0');/*player*/</script>": {"/p.png"},
    "<video data-setup='{\"poster\":\"/s.jpg\"}' src=/v.mp4></video>": {"/s.jpg", "/v.mp4"},
    "<script>var logo='/l.png'</script>": set(),
    "<style>@import url('/a.css') layer(base) supports(display:grid) screen;</style>": {"/a.css"},
    "<style>@import '/a.css' layer(x);</style>": {"/a.css"},
    "<style>@font-face{src:local('宋体'),local(SimSun),url(/f.woff2)format('woff2')}</style>": {"/f.woff2"},
    "<style>a{background:-webkit-image-set(url(/1.png) 1x,url('/2.png') 2x)}</style>": {"/1.png", "/2.png"},
    "<style>a{cursor:url(/c.cur),auto;mask:url(/m.svg#x);list-style:url(/l.gif);content:url('/q.png');filter:url(/f.svg#b)}</style>": {"/c.cur", "/f.svg", "/l.gif", "/m.svg", "/q.png"},
    "<style>@namespace svg url(http://a.example/ns);a{--bg:url(/v.png)}</style>": {"/v.png"},
    "<style>a{background:url(/a\\20 b.png)}</style>": {"/a%20b.png"},
    "<svg><script href='/s.js'></script><pattern xlink:href='/p.svg#a'/><linearGradient href='/g.svg#a'/></svg>": {"/g.svg", "/p.svg", "/s.js"},
    "<svg><style>@import '/s.css';</style></svg>": {"/s.css"},
    "<image src=/im.png>": {"/im.png"},
    "<audio><source src=/a.ogg></audio><audio data-src='/b.mp3'></audio>": {"/a.ogg", "/b.mp3"},
    '<script type=\'application/json\'>{"poster":"\\/p.jpg","sources":[{"src":"\\/v.mp4"}]}</script>': {"/p.jpg", "/v.mp4"},
    '<div data-bg="url(\'/x.jpg\')"></div>': {"/x.jpg"},
    "<div data-cover='/c.jpg' data-thumb='/t.png' data-title='a.jpg'></div>": {"/c.jpg", "/t.png"},
    '<ul data-images=\'["/1.jpg","/2.jpg"]\'></ul>': {"/1.jpg", "/2.jpg"},
    '<iframe srcdoc="<img src=\'/sd.png\'>"></iframe>': {"/sd.png"},
    "<iframe data-lazy-src=/lf.html></iframe>": {"/lf.html"},
    "<source data-lazy-srcset='/1.webp 1x'>": {"/1.webp"},
    "<script type=module>import {a} from '/m.js'; import './n.js'</script>": {"/ft/n.js", "/m.js"},
    '<a onmouseover="MM_swapImage(\'i\',\'\',\'/h.gif\',1)"><img src=/i.gif></a>': {"/h.gif", "/i.gif"},
    '<div onload="MM_preloadImages(\'/a.jpg\',\'/b.jpg\')"></div>': {"/a.jpg", "/b.jpg"},
    '<script>document.write(\'<img src="/w.gif"><img src=/w2.gif>\')</script>': {"/w.gif", "/w2.gif"},
    '<script>new Image().src=\'/n.gif\'; document.getElementById(\'x\').src="/y.png"</script>': {"/n.gif", "/y.png"},
    '<script>var pics=\'/1.jpg|/2.jpg|/3.jpg\';document.write(\'<embed flashvars="pics=\'+pics+\'">\')</script>': {"/1.jpg", "/2.jpg", "/3.jpg"},
    "<script>document.body.style.backgroundImage='url(/bg.jpg)'</script>": {"/bg.jpg"},
    "<table background=/t.gif><tr background=/r.gif><th background=/h.gif>x</table>": {"/h.gif", "/r.gif", "/t.gif"},
    "<object data='/x.svg' type='image/svg+xml'></object>": {"/x.svg"},
    "<noscript><link rel=stylesheet href=/n.css></noscript>": {"/n.css"},
    "<picture><source type=image/avif srcset='/a.avif 1x, /a2.avif 2x'><img src=/a.jpg></picture>": {"/a.avif", "/a.jpg", "/a2.avif"},
    "<div style='background-image:url(&quot;/q.png&quot;)'></div>": {"/q.png"},
    "<video><source src='/v.m3u8' type='application/x-mpegURL'></video>": {"/v.m3u8"},
    "<script data-main='/js/main' src='/js/require.js'></script>": {"/js/main.js", "/js/require.js"},
    "<input type=image src=/go.gif><input type=image data-src='/g2.gif'>": {"/g2.gif", "/go.gif"},
    "<video poster='/p.jpg' data-poster='/p2.jpg' src=/v.mp4></video>": {"/p.jpg", "/p2.jpg", "/v.mp4"},
    "<input type=image src=/go.gif>": {"/go.gif"},
    "<img src='data:image/gif;base64,R0=' srcset='data:image/gif;base64,R0= 1x'>": set(),
    "<img src='javascript:x'><a href='mailto:a.jpg'>x</a>": set(),
}  # fmt: skip


@pytest.mark.parametrize(("body", "wanted"), PLACES.items())
def test_each_place_of_an_address(body, wanted):
    assert {url.replace("?#", "?") for url in needs(body)} == {url.removesuffix("?") for url in wanted}


@pytest.mark.parametrize(
    ("link", "wanted"),
    [("rel='preload' as=font href=/f.woff2", {"/f.woff2"}), ("rel='SHORTCUT ICON' href=/i.ico", {"/i.ico"}), ("rel=manifest href=/m.json", {"/m.json"}),
     ("rel='alternate stylesheet' href=/s.css", {"/s.css"}), ("rel=apple-touch-icon href=/t.png", {"/t.png"}), ("rel=canonical href=/c.html", set()),
     ("rel=alternate href=/rss.xml", set()), ("rel=preload as=image imagesrcset='/1.png 1x, /2.png 2x'", {"/1.png", "/2.png"})],
)  # fmt: skip
def test_links_that_are_loaded_with_the_page(link, wanted):
    assert needs("", f"<link {link}>") == wanted


def test_a_manifest_names_pictures():
    manifest = b'{"name": "x", "icons": [{"src": "i.png"}, {"src": 7}], "start_url": "/"}'
    found = parsers.links(parsers.Payload("http://a.example/m.json", manifest, "application/manifest+json"))
    assert (found.requisites, found.items) == (("http://a.example/i.png",), ())


def test_what_requisites_need_themselves_is_fetched_too(tmp_path):
    talk = "<p>主持人：请介绍。</p><p>李青：已经完成，下一步继续巩固提升。</p>"
    table = {
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        "/zxft/": plain("<meta charset='utf-8'><title>在线访谈</title><ul><li><a href='/zxft/1.html'>访谈第一期</a>2021-01-01</li></ul>".encode()),
        "/zxft/1.html": plain(f"<meta charset='utf-8'><h1>访谈第一期</h1><link rel=stylesheet href=/a.css>{talk}<iframe src=/f.html></iframe>".encode()),
        "/a.css": b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: 16\r\n\r\n@import 'b.css';",
        "/b.css": b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: 33\r\n\r\n@font-face{src:url('/f/g.woff2')}",
        "/f.html": plain(b"<html><body><img src='/in.png'><script>document.cookie='n=1'</script></body></html>"),
        "/in.png": plain(b"\x89PNG"),
        "/f/g.woff2": plain(b"wOF2"),
    }  # fmt: skip
    with OddServer(table, close=()) as server:
        result = fangtan(
            "crawl", "--delay", "0", "--json", f"http://127.0.0.1:{server.port}/zxft/", collection=tmp_path / "c"
        )
        asked = [path for path, _, _ in server.log]
    assert sorted(asked) == sorted(table), "each once"
    assert (result.code, result.rows[0]["interviews"]) == (0, 1), "a counter in a frame is no challenge"
