"""Interviews that are hidden among other pages of many hosts come in with their records unchanged; nothing else does."""

import io
import json

import pytest
from support.foreign import quiet, writer_for
from support.running import fangtan
from support.talks import talk
from warcio.statusandheaders import StatusAndHeaders

from archive.collection.folder import Collection
from archive.handover.sifting import readers, sift
from archive.handover.talk_pages import judge, may_be
from archive.store.store import open_reader
from archive.verify import Options, Summary, verify_collection
from archive.warc.records import Record, scan
from archive.warc.write import serialise
from parsers import Payload

TALK = talk("今年一共修了十二公里。", "明年再修二十公里。")
OTHER = talk(
    "水价不涨。",
    "供水管网明年全部换新。",
    title="水价访谈",
    opening=("水价今年涨不涨？请您介绍一下。", "今年居民用水的价格不涨，工业用水的价格由市里统一决定。", "谁来监督？"),
    day="2023年8月1日",
)
THIRD = OTHER.replace("水价", "气价")
NEWS = "<html><head><meta charset='utf-8'><title>县政府工作会议</title></head><body><h1>县政府召开工作会议</h1><p>会议部署了防汛工作。</p></body></html>"
SHOP = "<html><head><title>Shop</title></head><body><h1>Shoes</h1><p>All sizes.</p></body></html>"
WARNING = "<html><head><meta charset='utf-8'><title>热线</title></head><body><h1>服务热线</h1><p>服务热线：0931-1234567</p></body></html>"
LIST = (
    "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul>"
    "<li><a href='/zxft/1.html'>老旧小区改造访谈第1期</a><span>2024-03-01</span></li>"
    "<li><a href='/zxft/v.html'>县水务局谈供水改造第2期</a><span>2024-03-02</span></li>"
    "<li><a href='/zxft/3.html'>县教育局谈入园报名第3期</a><span>2024-03-03</span></li></ul></body></html>"
)
VIDEO = "<html><head><meta charset='utf-8'><title>供水</title></head><body><h1>供水改造</h1><video src='/v.mp4'></video></body></html>"
GBK = OTHER.replace("utf-8", "gbk").encode("gbk")
A, B, C = "http://www.a.gov.cn", "https://b.example.com", "http://www.c.gov.cn"
DATE = "2024-04-01T00:00:00Z"


def answer(writer, url, body, *, mime="text/html", status="200 OK", **warc):
    """A response and its request."""
    data = body if isinstance(body, bytes) else body.encode()
    head = StatusAndHeaders(status, [("Content-Type", mime), ("Content-Length", str(len(data)))], protocol="HTTP/1.1")
    named = {"WARC-Date": DATE, **warc}
    response = writer.create_warc_record(url, "response", io.BytesIO(data), http_headers=head, warc_headers_dict=named)
    asked = StatusAndHeaders(f"GET {url} HTTP/1.1", [("Host", url.split("/")[2])], is_http_request=True)
    writer.write_request_response_pair(writer.create_warc_record(url, "request", http_headers=asked), response)


def faulty(url, body):
    """A response whose digest is another's."""
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}".encode()
    headers = [
        ("WARC-Type", "response"),
        ("WARC-Record-ID", "<urn:uuid:5d2f6a0e-1111-4c3d-8a6b-2f0a6f1c9b77>"),
        ("WARC-Date", DATE),
    ]
    digest = ("WARC-Block-Digest", "sha1:" + "A" * 32)
    return serialise(
        [*headers, ("WARC-Target-URI", url), ("Content-Type", "application/http; msgtype=response"), digest], block
    )


def general(path, *, damaged=False, gzip=True):
    """A file of three hosts: a section with talks, a talk in GBK elsewhere, ordinary pages, pictures, revisits."""

    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer = writer_for(stream, gzip=gzip)
            writer.write_record(writer.create_warcinfo_record(target.name, {"software": "a crawler/1.0"}))
            answer(writer, f"{B}/", SHOP)
            answer(writer, f"{A}/news/1.html", NEWS)
            answer(writer, f"{A}/zxft/1.html", TALK)
            answer(writer, f"{A}/zxft/index.html", LIST)
            answer(writer, f"{A}/style.css", "h1 { color: red }", mime="text/css")
            if damaged:
                stream.write(faulty(f"{A}/zxft/3.html", THIRD))
            answer(writer, f"{B}/hot.html", WARNING)
            answer(writer, f"{A}/zxft/v.html", VIDEO)
            answer(writer, f"{C}/a/b.html", GBK, mime="text/html; charset=gbk")
            answer(writer, f"{C}/a/b.html", "", status="404 Not Found", **{"WARC-Date": "2025-04-01T00:00:00Z"})
            answer(writer, f"{C}/pic.jpg", b"\xff\xd8\xff\xe0" + bytes(500), mime="image/jpeg")

    write(path)
    if damaged:
        with path.open("ab") as stream:
            stream.write(b"\x1f\x8b\x08\x00rubbish")
    return path


@pytest.fixture(scope="module")
def came(tmp_path_factory):
    """A collection into which the file came, with what the command printed."""
    room = tmp_path_factory.mktemp("general")
    source = general(room / "crawl-7.warc.gz", damaged=True)
    result = fangtan("import", "--only-interviews", "--json", source, collection=room / "c")
    return Collection(room / "c"), source, result


def records(path):
    return [one for one in scan(path) if isinstance(one, Record)]


def kept_file(collection):
    (path,) = collection.archive.iterdir()
    return path


def test_talks_of_every_host_come_in_with_their_lists_and_nothing_else(came):
    collection, _, result = came
    assert result.code == 0, result.err
    urls = {one.target for one in records(kept_file(collection)) if one.type == "response"}
    assert urls == {f"{A}/zxft/1.html", f"{A}/zxft/index.html", f"{A}/zxft/v.html", f"{C}/a/b.html"}


def test_records_are_copied_unchanged_with_their_requests_and_the_files_description(came):
    collection, source, _ = came
    data, theirs = source.read_bytes(), {one.id: one.position for one in records(source)}
    ours = records(kept_file(collection))
    whole = kept_file(collection).read_bytes()

    def member(data, position):
        return data[position.offset : position.offset + position.length]

    assert all(member(whole, one.position) == member(data, theirs[one.id]) for one in ours)
    assert [one.type for one in ours].count("request") == [one.type for one in ours].count("response") == 5
    assert ours[0].type == "warcinfo"


def test_the_ledger_names_the_general_file(came):
    collection, source, _ = came
    (entry,) = [e for e in map(json.loads, collection.ledger.read_text("utf-8").splitlines()) if e["type"] == "warc"]
    origin = entry["origin"]
    assert (origin["file"], origin["software"]) == (source.name, "a crawler/1.0")
    assert origin["original"]["size"] == source.stat().st_size
    assert origin["original"]["form"] == "warc, its interviews only"


def test_hosts_and_yields_are_told_and_a_bad_record_concerns_itself(came):
    _, _, result = came
    (held,) = [line["sifted"] for line in map(json.loads, result.out.splitlines()) if "sifted" in line]
    assert (held["hosts"], held["interviews"]) == (3, 3)
    assert held["yields"]["www.a.gov.cn"] == {"pages": 5, "interviews": 2, "lists": 1, "kept": 4}
    assert held["yields"]["www.c.gov.cn"]["interviews"] == 1
    assert "b.example.com" not in held["yields"]
    assert any("faulty: block-digest" in reason for reason in held["damaged"])
    assert len(held["damaged"]) >= 2


def test_verify_and_rebuild_agree(came):
    collection, _, _ = came
    query = "SELECT uid, title, site, kind FROM interviews ORDER BY uid"

    def talks():
        db = open_reader(collection.store)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    before = talks()
    assert len({row[2] for row in before}) == 2
    assert {"老旧小区改造访谈", "水价访谈"} <= {row[1] for row in before}
    assert fangtan("rebuild", collection=collection.root).code == 0
    assert talks() == before
    assert [f for f in verify_collection(collection, Summary(), Options(reparse=True)) if f.level == "fault"] == []


def test_the_same_file_again_changes_nothing(came):
    collection, source, _ = came
    before = collection.ledger.read_bytes()
    result = fangtan("import", "--only-interviews", source, collection=collection.root)
    assert result.code == 0
    assert "already here" in result.out
    assert collection.ledger.read_bytes() == before


def test_a_file_without_interviews_brings_nothing(tmp_path):
    source = tmp_path / "shop.warc.gz"

    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer = writer_for(stream)
            writer.write_record(writer.create_warcinfo_record(target.name, {"software": "a crawler/1.0"}))
            answer(writer, f"{B}/", SHOP)

    write(source)
    result = fangtan("import", "--only-interviews", source, collection=tmp_path / "c")
    assert (result.code, "1 pages of 1 hosts, 0 interviews" in result.out) == (0, True)
    assert "0 of 3 records come in" in result.out
    assert list(Collection(tmp_path / "c").archive.iterdir()) == []


def test_a_plain_file_gives_what_the_packed_one_gives(tmp_path):
    found = []
    for gzip in (True, False):
        source = general(tmp_path / f"x{gzip}.warc{'.gz' if gzip else ''}", gzip=gzip)
        with readers(1) as read:
            held = sift(source, tmp_path / f"{gzip}.warc.gz", read)
        blocks = [
            (one.target, bytes(one.block)) for one in records(tmp_path / f"{gzip}.warc.gz") if one.type != "warcinfo"
        ]
        found.append((held.kept, held.interviews, blocks))
    assert found[0] == found[1]
    assert found[0][0] == 11


def test_several_processes_find_the_same(tmp_path):
    source = general(tmp_path / "x.warc.gz")
    made = []
    for jobs in (1, 2):
        with readers(jobs) as read:
            held = sift(source, tmp_path / f"{jobs}.warc.gz", read)
        made.append(((tmp_path / f"{jobs}.warc.gz").read_bytes(), held.as_dict()))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "data",
    [
        TALK.encode(),
        GBK,
        TALK.encode("utf-16"),
        "訪談".encode("big5"),
        b'{"title": "\\u8bbf\\u8c08"}',
        b'{"title": "\\u8BBF\\u8C08"}',
        b"<h1>&#35775;&#35848;</h1>",
        b"<h1>&#x8bbf;&#x8c08;</h1>",
        b"<h1>&#x8BBF;&#x8C08;</h1>",
    ],
)
def test_words_of_talks_are_seen_in_every_form(data):
    assert may_be(data)


@pytest.mark.parametrize(
    "data", [SHOP.encode(), "县政府召开工作会议".encode(), "県の会議".encode("shift_jis"), b"\xff" * 400]
)
def test_pages_without_such_words_are_not_opened(data):
    assert not may_be(data)
    assert judge(Payload("http://a.cn/", data)).kind == ""


def test_a_package_is_refused_and_says_what_to_do(tmp_path, came):
    collection, _, _ = came
    made = fangtan("package", "-o", tmp_path / "x.wacz", collection=collection.root)
    assert made.code == 0
    result = fangtan("import", "--only-interviews", tmp_path / "x.wacz", collection=tmp_path / "c")
    assert result.code == 2
    assert "unpack" in result.err
