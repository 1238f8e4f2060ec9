"""Packages of other programs are held against what they mean; what is wrong in them is still found."""

import gzip
import hashlib
import json
import zipfile

import pytest
from support.foreign import exchange, quiet, writer_for
from support.running import fangtan

from archive.collection.folder import Collection
from archive.verify import Summary, verify_files
from archive.warc.cdxj import line_of, timestamp
from archive.warc.records import iterate

PAGE = "http://a.example.gov.cn/zxft/1.html"
LIST = "http://a.example.gov.cn/zxft/?Page=2&b=B;c"


@quiet
def warc(path):
    with path.open("wb") as stream:
        writer = writer_for(stream)
        writer.write_record(
            writer.create_warcinfo_record("data.warc.gz", {"software": "Webrecorder ArchiveWeb.page 0.12"})
        )
        exchange(writer, PAGE)
        exchange(writer, LIST, b"<p>x</p>")


def indexed(path, change=None):
    """Index lines as wabac writes them: 17 digits, no blanks, numbers as numbers, more fields, keys of their own."""
    lines, data = [], path.read_bytes()
    for record in iterate(path):
        if record.type != "response":
            continue
        key, _, text = line_of(record).split(" ", 2)
        own = json.loads(text)
        raw = data[record.position.offset :][: record.position.length]
        fields = {
            "url": own["url"],
            "digest": "sha-256:" + hashlib.sha256(record.http.body).hexdigest(),
            "mime": "text/html; charset=utf-8",
            "offset": int(own["offset"]),
            "length": int(own["length"]),
            "recordDigest": "sha256:" + hashlib.sha256(raw).hexdigest(),
            "status": 200,
            "filename": "data.warc.gz",
            "resourceType": "document",
        }
        row = {"key": key.replace("?page=2&b=b;c", "?b=B%3Bc&page=2"), "stamp": timestamp(record.get("WARC-Date")) + "333", "fields": fields}  # fmt: skip
        if change and record.target == PAGE:
            change(row)
        lines.append(f"{row['key']} {row['stamp']} {json.dumps(row['fields'], separators=(',', ':'))}\n")
    return "".join(sorted(lines)).encode()


def members(tmp_path, change=None):
    path = tmp_path / "data.warc.gz"
    warc(path)
    pages = '{"format":"json-pages-1.0","id":"pages","title":"All"}\n' + json.dumps({"url": PAGE, "ts": "2026-01-01T00:00:00.000Z", "title": "x", "more": 1}) + "\n"  # fmt: skip
    return {"archive/data.warc.gz": path.read_bytes(), "indexes/index.cdx": indexed(path, change), "pages/pages.jsonl": pages.encode()}  # fmt: skip


def resource(name, data):
    return {"name": name.rsplit("/")[-1], "path": name, "hash": f"sha-256:{hashlib.sha256(data).hexdigest()}", "bytes": len(data)}  # fmt: skip


def described(contents, profile="data-package", form=resource):
    return json.dumps({
        "profile": profile, "wacz_version": "1.1.1", "software": "Webrecorder ArchiveWeb.page 0.12", "created": "2026-01-01T00:00:00.000Z",
        "resources": [form(name, data) for name, data in contents.items()],
    }).encode()  # fmt: skip


def zipped(path, contents, **more):
    description = described(contents, **more)
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(description).hexdigest()}"}
    contents = {**contents, "datapackage.json": description, "datapackage-digest.json": json.dumps(digest).encode()}
    with zipfile.ZipFile(path, "w") as package:
        for name, data in contents.items():
            package.writestr(name, data)
    return path


def serious(path):
    return [f for f in verify_files([path], Summary()) if f.level == "fault"]


def early(name, data):
    """As the first tools described a resource."""
    return {"path": name, "stats": {"hash": hashlib.sha256(data).hexdigest(), "bytes": len(data)}, "hashing": "sha256"}


CHANGES = {
    "nothing": lambda _: None,
    "a time of 14 digits": lambda row: row.update(stamp=row["stamp"][:14]),
    "texts for numbers": lambda row: row["fields"].update(status="200", offset=str(row["fields"]["offset"])),
    "no digests": lambda row: (row["fields"].pop("digest"), row["fields"].pop("recordDigest")),
    "a status that is left out": lambda row: row["fields"].update(status="-"),
    "fields of its own": lambda row: row["fields"].update(cookie="a=b", requestBody="", nested={"a": [1]}),
    "an algorithm of its own": lambda row: row["fields"].update(digest="blake3:aa"),
}  # fmt: skip
WRONG = {
    "another address": lambda row: row["fields"].update(url=PAGE + "x"),
    "another host in the key": lambda row: row.update(key=row["key"].replace("example", "exemple")),
    "another day": lambda row: row.update(stamp="2001" + row["stamp"][4:]),
    "half a time": lambda row: row.update(stamp=row["stamp"][:8]),
    "another status": lambda row: row["fields"].update(status=404),
    "another length": lambda row: row["fields"].update(length=row["fields"]["length"] + 1),
    "another digest": lambda row: row["fields"].update(digest="sha-256:" + "0" * 64),
    "another digest without its label": lambda row: row["fields"].update(digest="A" * 32),
    "another digest of the record": lambda row: row["fields"].update(recordDigest="sha256:" + "0" * 64),
    "another place": lambda row: row["fields"].update(offset=row["fields"]["offset"] + 1),
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(CHANGES))
def test_a_valid_package_of_another_program_has_no_fault(tmp_path, form):
    assert serious(zipped(tmp_path / "a.wacz", members(tmp_path, CHANGES[form]))) == []


@pytest.mark.parametrize("form", sorted(WRONG))
def test_a_line_that_leads_elsewhere_is_a_fault(tmp_path, form):
    found = serious(zipped(tmp_path / "a.wacz", members(tmp_path, WRONG[form])))
    assert {f.check for f in found} == {"index"}, [str(f) for f in found]


def test_early_descriptions_are_read(tmp_path):
    contents = members(tmp_path)
    assert serious(zipped(tmp_path / "a.wacz", contents, form=early)) == []
    wrong = zipped(tmp_path / "b.wacz", contents, form=lambda name, data: early(name, data + b"x"))
    assert {f.check for f in serious(wrong)} == {"package-hash", "package-bytes"}


def test_each_index_is_in_order_by_itself(tmp_path):
    contents = members(tmp_path)
    first, second = contents.pop("indexes/index.cdx").splitlines(keepends=True)
    contents |= {"indexes/a.cdx": second, "indexes/b.cdx.gz": gzip.compress(first)}
    assert serious(zipped(tmp_path / "a.wacz", contents)) == []


def test_one_index_that_cannot_be_read_hides_no_other(tmp_path):
    contents = members(tmp_path)
    contents |= {"indexes/a.cdx.gz": b"\x1f\x8b\x08garbage"}
    assert {f.check for f in serious(zipped(tmp_path / "a.wacz", contents))} == {"package-index"}


def test_a_package_of_packages_is_its_packages(tmp_path):
    """Faults name the inner package; import takes the files of each."""
    whole = zipped(tmp_path / "a.wacz", members(tmp_path)).read_bytes()
    wrong = zipped(tmp_path / "b.wacz", members(tmp_path, WRONG["another status"])).read_bytes()
    good = zipped(tmp_path / "good.wacz", {"a.wacz": whole}, profile="multi-wacz-package")
    bad = zipped(tmp_path / "bad.wacz", {"a.wacz": whole, "b.wacz": wrong}, profile="multi-wacz-package")
    deep = zipped(tmp_path / "deep.wacz", {"good.wacz": good.read_bytes()}, profile="multi-wacz-package")

    assert serious(good) == []
    assert {f.file.removeprefix(str(bad)).split("/")[1] for f in serious(bad)} == {"b.wacz"}
    assert [f.found for f in serious(deep)] == ["another package of packages"]
    assert [f.found for f in serious(zipped(tmp_path / "e.wacz", {"x": b""}, profile="multi-wacz-package"))] == ["none"]

    collection = Collection(tmp_path / "c").create()
    done = fangtan("import", str(good), collection=collection.root)
    assert (done.code, len(collection.warcs())) == (0, 1), done.err
    origin = json.loads(collection.ledger.read_text().splitlines()[-1])["origin"]
    assert (origin["package"], origin["inner"]) == ("good.wacz", "a.wacz")


def test_a_list_of_packages_is_refused_by_name(tmp_path):
    path = tmp_path / "multi.json"
    path.write_text('{"profile": "multi-wacz-package", "resources": []}')
    done = fangtan("verify", str(path))
    assert done.code == 2
    assert "Multi-WACZ" in done.err
