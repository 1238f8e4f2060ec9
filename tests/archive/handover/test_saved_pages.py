"""Pages that people saved come in as resources: parsed and searched, and never taken for exchanges."""

import base64
import gzip
import json
import os

import pytest
from backports import zstd
from support.foreign import PAGE, URL
from support.running import fangtan

from archive.collection.folder import Collection
from archive.errors import ArchiveError
from archive.handover.recompress import recompress
from archive.store.store import open_reader
from archive.verify import Summary, verify_collection
from archive.warc.records import fields_block, iterate


def folder(path, manifest="manifest.csv", **row):
    root = path / "pages"
    root.mkdir()
    (root / "1.html").write_bytes(PAGE)
    row = {"file": "1.html", "url": URL, "date": "2021-03-04T09:30", **row}
    if manifest.endswith(".csv"):
        (root / manifest).write_text("\ufeff文件,网址,日期\n" + ",".join(row.values()) + "\n", "utf-8")
    else:
        (root / manifest).write_text(json.dumps(row) + "\n\n", "utf-8")
    return root


def mhtml(path, date="Thu, 04 Mar 2021 09:30:00 +0800", where=URL):
    file = path / "page.mhtml"
    head = f'From: <Saved by Blink>\r\nSnapshot-Content-Location: {where}\r\nSubject: x\r\nDate: {date}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="b1"\r\n\r\n'  # fmt: skip
    page = f"--b1\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\nContent-Location: {where}\r\n\r\n".encode() + base64.encodebytes(PAGE)  # fmt: skip
    style = (
        b"\r\n--b1\r\nContent-Type: text/css\r\nContent-Location: cid:css-1@mhtml.blink\r\n\r\nbody {}\r\n--b1--\r\n"
    )
    file.write_bytes(head.encode() + page + style)
    return file


def entry(**more):
    content = {"mimeType": "text/html; charset=gbk", "text": PAGE.decode(), **more.pop("content", {})}
    return {
        "startedDateTime": "2021-03-04T01:30:00.000Z",
        "request": {"method": "GET", "url": URL},
        "response": {"status": 200, "content": content},
        **more,
    }


def har(path, *entries):
    file = path / "page.har"
    skipped = [entry(request={"method": "POST", "url": URL}), entry(response={"status": 404, "content": {"text": "x"}}), entry(request={"method": "GET", "url": "data:text/html,x"})]  # fmt: skip
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": [*(entries or [entry()]), *skipped]}}), "utf-8")
    return file


def manifest(data, encoding="utf-8", name="1.html"):
    """A folder whose manifest is as a spreadsheet program or another system writes it."""

    def make(path):
        root = path / "pages"
        (root / "sub").mkdir(parents=True)
        (root / name).write_bytes(PAGE)
        (root / "manifest.csv").write_bytes(data.encode(encoding))
        return root

    return make


def altered(old, new):
    """An MHTML file with other bytes in it."""

    def make(path):
        file = mhtml(path)
        before = file.read_bytes()
        file.write_bytes(before.replace(old, new) if old else new + before)
        assert file.read_bytes() != before
        return file

    return make


def single(path):
    """A page without parts, as a mail program saves it."""
    file = path / "page.mht"
    head = f"Date: Thu, 04 Mar 2021 09:30:00 +0800\nMIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: base64\nContent-Location: {URL}\n\n"  # fmt: skip
    file.write_bytes(head.encode() + base64.encodebytes(PAGE))
    return file


def packed(make, pack):
    def made(path):
        file = make(path)
        whole = file.with_name(file.name + ".packed")
        whole.write_bytes(pack(file.read_bytes()))
        return whole

    return made


AT = f"Content-Location: {URL}".encode()
WORD = b"Content-Location: =?utf-8?B?" + base64.b64encode(URL.encode()) + b"?="
ODD = {
    "a manifest in GBK": manifest(f"文件名,网址,抓取时间\r\n1.html,{URL},2021-03-04T09:30\r\n", "gbk"),
    "a manifest in UTF-16 with tabs": manifest(f"文件\t网址\t日期\r\n1.html\t{URL}\t2021/3/4 9:30\r\n", "utf-16"),
    "a manifest with semicolons": manifest(f"file;url;date\n1.html;{URL};2021-03-04 09:30\n"),
    "headings in capitals": manifest(f"File,URL,Date\n1.html,{URL},2021-03-04 09:30:00\n"),
    "a date as people write it": manifest(f"file,url,date\n1.html,{URL},2021年3月4日 9:30\n"),
    "a date with hours in words": manifest(f"file,url,date\n1.html,{URL},2021年03月04日9时30分00秒\n"),
    "a date with slashes": manifest(f"file,url,date\n1.html,{URL},2021/3/4 9:30:00\n"),
    "a file of Windows": manifest(f"file,url,date\nsub\\1.html,{URL},2021-03-04 09:30\n", name="sub/1.html"),
    "empty rows": manifest(f"file,url,date\n,,\n1.html,{URL},2021-03-04 09:30\n,,\n"),
    "a location on a line of its own": altered(AT, AT.replace(b": ", b":\r\n ")),
    "a location in an encoded word": altered(AT, WORD),
    "a mark before the headers": altered(b"", b"\xef\xbb\xbf"),
    "a page without parts": single,
    "har in gzip": packed(har, gzip.compress),
    "har in two members": packed(har, lambda data: gzip.compress(data[:99]) + gzip.compress(data[99:])),
    "har in zstd": packed(har, zstd.compress),
    "mhtml in gzip": packed(mhtml, gzip.compress),
    "BASE64 in capitals": lambda path: har(path, entry(content={"encoding": "BASE64", "text": base64.b64encode(PAGE).decode()})),
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(ODD))
def test_what_other_systems_and_spreadsheets_write_is_read(tmp_path, form):
    recompress(ODD[form](tmp_path), tmp_path / "x.warc.gz")
    _, page = iterate(tmp_path / "x.warc.gz")
    assert (page.target, page.get("WARC-Date"), bytes(page.block)) == (URL, "2021-03-04T01:30:00Z", PAGE)


@pytest.mark.parametrize("written", ["访谈".encode(), "访谈".encode("gbk")])
def test_a_raw_address_in_mhtml_is_read_in_its_charset(tmp_path, written):
    recompress(altered(URL.encode(), b"http://a.example.gov.cn/" + written)(tmp_path), tmp_path / "x.warc.gz")
    _, page = iterate(tmp_path / "x.warc.gz")
    assert page.target == "http://a.example.gov.cn/%E8%AE%BF%E8%B0%88"


FORMS = {
    "a folder": folder,
    "a folder with lines of JSON": lambda path: folder(path, "manifest.jsonl"),
    "mhtml": mhtml,
    "har": har,
    "har in Base64": lambda path: har(path, entry(content={"encoding": "base64", "text": base64.b64encode(PAGE).decode(), "mimeType": "text/html"})),
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(FORMS))
def test_saved_pages_are_parsed_and_pass_for_no_exchange(tmp_path, form):
    source = FORMS[form](tmp_path)
    collection = Collection(tmp_path / "c").create()

    came = fangtan("import", str(source), collection=collection.root)
    again = fangtan("import", str(source), collection=collection.root)

    assert (came.code, again.code) == (0, 0), came.err + again.err
    assert "already here" in again.out
    (warc,) = collection.warcs()
    info, page = iterate(warc)
    assert (info.type, page.type, page.target, bytes(page.block)) == ("warcinfo", "resource", URL, PAGE)
    assert page.get("WARC-Date") == "2021-03-04T01:30:00Z"
    assert "saved pages" in fields_block(info.block)["software"]
    assert source.name in fields_block(info.block)["description"]
    assert [str(f) for f in verify_collection(collection, Summary()) if f.level == "fault"] == []
    entries = map(json.loads, collection.ledger.read_text().splitlines())
    origin = next(e["origin"] for e in entries if e["type"] == "warc")
    assert origin["original"]["form"].startswith("saved pages")
    db = open_reader(collection.store)
    assert db.execute("SELECT count(*), min(n_turns) > 0 FROM interviews").fetchone() == (1, 1)
    assert db.execute("SELECT type FROM captures").fetchall() == [("resource",)]
    db.close()


KIND = "text/html\r\nWARC-Type: response"


@pytest.mark.parametrize(
    "make", [lambda p: har(p, entry(content={"mimeType": KIND})), lambda p: folder(p, "manifest.jsonl", type=KIND)]
)
def test_a_type_of_two_lines_writes_no_header(tmp_path, make):
    recompress(make(tmp_path), tmp_path / "x.warc.gz")
    _, page = iterate(tmp_path / "x.warc.gz")
    assert (page.type, page.get("Content-Type"), page.repeats) == ("resource", "text/html", False)


@pytest.mark.parametrize("written", [base64.encodebytes(PAGE).decode(), base64.b64encode(PAGE).decode().rstrip("=")])
def test_base64_in_lines_or_without_its_end_is_read(tmp_path, written):
    recompress(har(tmp_path, entry(content={"encoding": "base64", "text": written})), tmp_path / "x.warc.gz")
    assert [bytes(record.block) for record in iterate(tmp_path / "x.warc.gz")][1] == PAGE


def nested(path):
    file = path / "nested.mhtml"
    parts = b"".join(b'Content-Type: multipart/related; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000))
    file.write_bytes(b"Date: Thu, 04 Mar 2021 09:30:00 +0800\nMIME-Version: 1.0\n" + parts)
    return file


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (nested, "parts within parts"),
        (lambda p: har(p, entry(content={"encoding": "rot13"})), "encoding: expected base64"),
    ],
)
def test_other_forms_are_refused_by_name(tmp_path, make, words):
    with pytest.raises(ArchiveError, match=words):
        recompress(make(tmp_path), tmp_path / "x.warc.gz")
    assert not (tmp_path / "x.warc.gz").exists()


def bad_lines(path):
    """A folder of two good pages among lines that are none."""
    root = folder(path, "manifest.jsonl")
    good = {"file": "1.html", "url": URL + "?2", "date": "2021-03-05"}
    wrong = [good | change for change in ({"file": "gone.html"}, {"file": "a\0b"}, {"file": "x" * 5000}, {"url": "zxft/1.html"}, {"date": "0001-01-01"}, {"date": None})]  # fmt: skip
    lines = [*map(json.dumps, wrong), "{", "[" * 100_000, "[]", json.dumps(good)]
    with (root / "manifest.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("\n".join(lines))
    return root, 9


def bad_rows(path):
    root = folder(path)
    with (root / "manifest.csv").open("a", encoding="utf-8") as stream:
        stream.write(f'1.html,"{URL}?2",2021-03-05\n1.html,{URL}\n"a\nb",{URL},2021-03-05\n')
    return root, 2


def bad_entries(path):
    two = entry(request={"method": "GET", "url": URL + "?2"})
    wrong = [entry(content={"encoding": "base64", "text": "%%"}), entry(content={"encoding": "rot13"}), "x", None, {}, entry(startedDateTime="last week"), entry(response=[])]  # fmt: skip
    return har(path, entry(), *wrong, two), 7


@pytest.mark.parametrize("make", [bad_lines, bad_rows, bad_entries])
def test_a_page_that_cannot_be_read_leaves_the_others_alone(tmp_path, make):
    source, wrong = make(tmp_path)
    collection = Collection(tmp_path / "c").create()

    done = fangtan("import", str(source), collection=collection.root)
    made = fangtan("recompress", str(source), "--into", str(tmp_path / "valid"))

    assert (done.code, made.code) == (5, 5), done.err
    assert done.err.count("(left out)") == made.err.count("(left out)") == wrong, done.err
    assert f"{wrong} not readable: pages that could not be read" in done.out
    (warc,) = collection.warcs()
    info, *pages = iterate(warc)
    assert [page.target for page in pages] == [URL, URL + "?2"]
    assert f"{wrong} pages that could not be read" in fields_block(info.block)["left-out"]
    assert [str(f) for f in verify_collection(collection, Summary()) if f.level == "fault"] == []


def test_what_a_har_file_holds_besides_is_counted(tmp_path):
    empty = entry(request={"method": "GET", "url": URL + "?3"}, response={"status": 200, "content": {"size": 9}})
    collection = Collection(tmp_path / "c").create()
    done = fangtan("import", "--json", str(har(tmp_path, entry(), empty)), collection=collection.root)
    assert done.code == 0, done.err
    wanted = {"answers other than 200 to GET": 2, "answers without a body": 1, "entries without a web address": 1}
    assert json.loads(done.out)["skipped"] == wanted


WRONG = {
    "a file outside": (lambda path: folder(path, file="../secret.html"), "no such file in the folder"),
    "no file": (lambda path: folder(path, file="2.html"), "no such file in the folder"),
    "no address": (lambda path: folder(path, url="zxft/1.html"), "a web address"),
    "no date": (lambda path: folder(path, date="last week"), "a date"),
    "a date to come": (lambda path: folder(path, date="2999-01-01"), "a date that has come"),
    "mhtml with a date in bytes": (
        altered(b"Thu, 04 Mar 2021 09:30:00 +0800", "2021年3月4日".encode("gbk")),
        "found '2021年3月4日'",
    ),
    "mhtml without a date": (lambda path: mhtml(path, date="x"), "a Date header"),
    "mhtml without an address": (lambda path: mhtml(path, where="cid:1"), "no saved page"),
    "har without answers": (lambda path: har(path, entry(response={"status": 500})), "no saved page"),
    "har of another form": (lambda path: har(path, "x"), "entry 1: expected an object"),
    "har in gzip that is cut off": (
        packed(har, lambda data: gzip.compress(data + os.urandom(70_000))[:-30]),
        "the gzip member is cut off",
    ),
    "har with no Base64": (lambda path: har(path, entry(content={"encoding": "base64", "text": "%%"})), "no Base64"),
}


@pytest.mark.parametrize("form", sorted(WRONG))
def test_what_cannot_be_read_is_named_and_nothing_comes_in(tmp_path, form):
    (tmp_path / "secret.html").write_bytes(PAGE)
    make, words = WRONG[form]
    source = make(tmp_path)
    collection = Collection(tmp_path / "c").create()
    done = fangtan("import", str(source), collection=collection.root)
    assert done.code == 5, done.err
    assert words in done.err
    assert source.name in done.err
    assert list(collection.archive.iterdir()) == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(("make", "words"), [(har, "takes a HAR file in"), (mhtml, "MHTML"), (single, "MHTML")])
def test_verify_says_of_saved_pages_what_takes_them_in(tmp_path, pack, make, words):
    done = fangtan("verify", str(packed(make, pack)(tmp_path)))
    assert done.code == 2, done.err
    assert "`fangtan import` takes" in done.err
    assert words in done.err
