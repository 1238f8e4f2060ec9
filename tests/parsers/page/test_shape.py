"""What a payload is, by its content; personal data that stays out of what others get, whatever type it was served as."""

import gzip
import html
import json
import sqlite3
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.running import fangtan

import parsers
from archive.collection.folder import Collection
from archive.collection.urls import is_web
from archive.export import export
from archive.handover.personal import personal_fields
from archive.handover.wacz import package
from archive.research.filters import Filter
from archive.store.store import open_reader
from archive.warc.write import new_id, serialise
from archive.web.serve import application
from parsers import Payload
from parsers.errors import FangtanError
from parsers.talk.fragments import load

ADDRESS = "10.1.2.3"
ROWS = [{"content": "请问补贴多少？", "nickname": "网友", "ip": ADDRESS, "memberId": 88}]
TALK = json.dumps({"data": {"list": ROWS}}, ensure_ascii=False)
TYPES = ("text/html; charset=utf-8", "application/octet-stream", None, "text/plain", "application/json", "image/png")
#: Ways of writing the same answer: name → (bytes, shape).
ANSWERS = {
    "plain": (TALK.encode(), "json"),
    "signature": (b"\xef\xbb\xbf" + TALK.encode(), "json"),
    "gbk": (TALK.encode("gbk"), "json"),
    "utf-16": (TALK.encode("utf-16"), "json"),
    "utf-16 unmarked": (TALK.encode("utf-16-le"), "json"),
    "list": (f"\n\n [{TALK}]".encode(), "json"),
    "commented": (f"/* 回答 */\n{TALK}".encode(), "json"),
    "fenced": (b")]}',\n" + TALK.encode(), "json"),
    "cut": (TALK[:-4].encode(), "json"),
    "escaped names": (TALK.replace('"ip"', r'"\u0069p"').encode(), "json"),
    "string in JSON": (json.dumps({"d": TALK}).encode(), "json"),
    "string": (json.dumps(TALK).encode(), "json"),
    "call": (f"jQuery1_2({TALK});".encode(), "jsonp"),
    "call if there": (f"/**/typeof cb === 'function' && cb({TALK});".encode(), "jsonp"),
    "call with a string": (f"cb({json.dumps(TALK)})".encode(), "jsonp"),
    "assignment": (f"var talk = {TALK};".encode(), "jsonp"),
    "property": (f"window.__talk={TALK}".encode(), "jsonp"),
    "textarea": (f"<textarea>{html.escape(TALK)}</textarea>".encode(), "json"),
    "pre": (f"<html><head></head><body><pre>{TALK}</pre></body></html>".encode(), "json"),
    "service": (f'<?xml version="1.0"?>\n<string xmlns="http://t.example/">{TALK}</string>'.encode(), "json"),
    "frame": (f"<script>parent.show({TALK})</script>".encode(), "json"),
    "elements": (f"<list><item><text>请问</text><ip>{ADDRESS}</ip><memberId>88</memberId></item></list>".encode(), "xml"),
    "after a warning": (f"Notice: undefined index in talk.php\n{TALK}".encode(), "text"),
    "in a page's script": (f"<html><body><p>在线访谈</p><script>var t={TALK};</script></body></html>".encode(), "html"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_what_it_holds_whatever_its_type(name, kind):
    data, shape = ANSWERS[name]
    payload = Payload("http://a.example/x", data, kind)
    assert parsers.shape(payload) == shape
    assert personal_fields(payload) == ("ip", "memberId")
    try:
        record = json.dumps(parsers.parse([payload]).as_dict(), ensure_ascii=False)
    except FangtanError:
        return
    assert ADDRESS not in record
    if shape in ("json", "jsonp") and name != "string in JSON":
        assert load(payload), "data is read"
        assert "请问补贴多少" in record


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        (b"<!DOCTYPE html><html><body>{{x}}</body></html>", "html"),
        (b"{dede:include filename='head.htm'/}<html><body>", "html"),
        ("主持人：你好<br>嘉宾：各位网友好".encode("gbk"), "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN' 'x'><html xmlns='x'/>", "html"),
        (b"<html>\x00\x00<p>x", "html"),
        (b"<!--a-->" * 400, "html"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "xml"),
        (b"<datastore><record><![CDATA[<li>x</li>]]></record></datastore>", "xml"),
        ("[图片] 网友：请问".encode(), "text"),
        ("[1] 第一条".encode(), "text"),
        (b"!function(e){e.ip='x'}()", "text"),
        (b'define(["jquery"],function($){})', "text"),
        (b"[].concat([1])", "text"),
        (b"/* menu */\n.a{background:url(x.png)}", "text"),
        (b"", "text"),
        (b" \r\n", "text"),
        (b"[]", "json"),
        (b"cb([])", "jsonp"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        (b"%PDF-1.4 <html>", "binary"),
        (b"\x00\x00\x00\x18ftypmp42", "binary"),
        (bytes(range(256)) * 20, "binary"),
    ],
)
def test_shapes_of_what_is_no_answer(data, shape):
    for kind in TYPES:
        payload = Payload("http://a.example/x", data, kind)
        assert parsers.shape(payload) == shape, kind
        assert personal_fields(payload) == (), kind


@pytest.mark.parametrize(
    "name",
    ["ip", "IP", "userIp", "createIp", "POST_IP", "client-ip", "user.ip", "ipAddr", "IPAddress", "memberID", "member_id", "userId", "openId", "mobileNo", "phoneNum", "idCard", "contact_phone", "realName", "E-Mail"],
)  # fmt: skip
def test_spellings_of_one_name_count(name):
    assert personal_fields(Payload("http://a/", json.dumps({"a": [{name: "135791"}]}).encode(), "text/html")) == (name,)


@pytest.mark.parametrize(
    "name",
    ["zip", "tooltip", "ipad", "script_id", "description", "guestId", "title", "equipment", "ship", "ipLocation"],
)
def test_names_that_only_look_alike_do_not(name):
    assert personal_fields(Payload("http://a/", json.dumps({"a": [{name: "135791"}]}).encode(), None)) == ()


def test_a_page_that_prints_an_office_stays():
    for script in (
        '{"@type": "Organization", "telephone": "0936-1234567", "address": "县府街1号"}',
        "{title:'a', email: 'please'}",
    ):
        page = f"<html><body><p>访谈实录</p><script>var x = {script};</script><p>主持人：您好</p></body></html>"
        assert personal_fields(Payload("http://a/", page.encode(), "text/html")) == ()
    assert personal_fields(Payload("http://a/", '{"ip": "", "mobile": null, "userId": 0, "title": "ip: 地址"}'.encode(), "")) == ()  # fmt: skip


@given(st.binary(max_size=300), st.sampled_from(TYPES))
def test_any_bytes_have_a_shape(data, kind):
    payload = Payload("http://a.example/", data, kind)
    assert parsers.shape(payload) in ("html", "json", "jsonp", "xml", "text", "binary")
    personal_fields(payload)
    load(payload)


def test_a_list_in_json_keeps_no_personal_fields():
    rows = [{"title": f"在线访谈第{n}期", "url": f"/ft/{n}.html", "ip": ADDRESS, "userPhone": "13900000000", "unit": "县水务局"} for n in range(3)]  # fmt: skip
    links = parsers.links(Payload("http://a.example/list", json.dumps(rows).encode(), "text/html"))
    assert len(links.items) == 3
    for item in links.items:
        assert "县水务局" in item.text
        assert ADDRESS not in item.text
        assert "139" not in item.text


# ── selection × content type ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """A collection that holds every answer under every type, each at an address of its own, and one page that leaks nothing."""
    parts, date = [], "2024-05-01T00:00:00Z"
    answers = [(f"{n}-{t}", data, kind) for n, (data, _) in enumerate(ANSWERS.values()) for t, kind in enumerate(TYPES)]
    page = "<html><body><h1>在线访谈</h1><p>主持人：大家好，欢迎收看。</p><p>王县长：谢谢。</p></body></html>".encode()
    for name, data, kind in [*answers, ("page", page, "application/octet-stream")]:
        named = f"Content-Type: {kind}\r\n" if kind else ""
        block = f"HTTP/1.1 200 OK\r\n{named}Content-Length: {len(data)}\r\n\r\n".encode() + data
        head = [("WARC-Type", "response"), ("WARC-Record-ID", new_id()), ("WARC-Date", date), ("WARC-Target-URI", f"http://a.example.gov.cn/api/{name}"), ("Content-Type", "application/http; msgtype=response")]  # fmt: skip
        parts.append(serialise(head, block))
    folder = tmp_path_factory.mktemp("answered")
    (folder / "answers.warc.gz").write_bytes(b"".join(parts))
    collection = Collection(folder / "c").create()
    done = fangtan("import", folder / "answers.warc.gz", collection=collection.root)
    assert done.code == 0, done.err
    return collection


def dumped(path):
    db = sqlite3.connect(path)
    try:
        return "\n".join(db.iterdump())
    finally:
        db.close()


def packed(path):
    with zipfile.ZipFile(path) as source:
        data = b"".join(gzip.decompress(source.read(n)) for n in source.namelist() if n.endswith(".gz"))
        left = source.read("fangtan/left-out.jsonl") if "fangtan/left-out.jsonl" in source.namelist() else b""
        pages = b"".join(source.read(n) for n in source.namelist() if n.startswith("pages/"))
    return data, [json.loads(line) for line in left.splitlines()], pages


def traces(data):
    """The address as these answers write it, in any of their charsets."""
    return [code for code in ("utf-8", "utf-16-le") if ADDRESS.encode(code) in data]


def test_no_type_lets_personal_data_into_store_exports_or_packages(answered, tmp_path):
    assert ADDRESS not in dumped(answered.store)
    assert "请问补贴多少" in dumped(answered.store), "the talks themselves are there"
    package(answered, output=tmp_path / "others.wacz")
    data, left, pages = packed(tmp_path / "others.wacz")
    assert len(left) == len(ANSWERS) * len(TYPES)
    assert {tuple(row["fields"]) for row in left} == {("ip", "memberId")}
    assert traces(data + pages) == []
    assert b"/api/page" in pages, "a page is one, whatever its type"
    package(answered, output=tmp_path / "own.wacz", personal=True)
    data, left, _ = packed(tmp_path / "own.wacz")
    assert left == []
    assert traces(data) == ["utf-8", "utf-16-le"]
    for form in ("jsonl", "csv", "release"):
        files = export(answered, form, tmp_path / form, Filter())
        assert files
        for file in files:
            assert ADDRESS not in (
                dumped(file) if file.suffix == ".db" else file.read_bytes().decode("utf-8", "replace")
            ), file


def test_the_web_shows_no_body_with_personal_data(answered):
    import asyncio

    app = application(answered)
    db = open_reader(answered.store)
    captures = db.execute("SELECT id, url FROM captures ORDER BY url").fetchall()
    db.close()
    assert len(captures) == len(ANSWERS) * len(TYPES) + 1
    for capture, url in captures[:: len(TYPES) - 1]:
        assert is_web(url)
        answer = asyncio.run(app.client.get(f"/capture/{capture}"))
        assert answer.status_code == 200
        assert ADDRESS not in answer.text, url
