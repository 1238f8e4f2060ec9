"""Captures of talks of one host, written as WARC files and asked for by id."""

import io

import pytest
from support.foreign import quiet, writer_for
from warcio.statusandheaders import StatusAndHeaders

from archive.collection.folder import Collection
from archive.collection.urls import canonical, uid_of
from archive.ledger import chain as ledger
from archive.store.store import open_reader

HOST = "http://a.example.gov.cn"


OPENING = (
    "请问今年全县老旧小区改造的任务是多少，目前进展如何？",
    "全县今年计划改造老旧小区十二个，涉及居民两千三百户，目前已经开工九个，国庆前全部完工。",
    "改造的内容由谁来决定？",
)


def talk(*answers, title="老旧小区改造访谈", opening=OPENING, day="2024年3月5日"):
    """A page with a talk: three turns that are the same wherever it is printed, then the answers."""
    spoken = "".join(f"<p>{('主持人', '周立民')[n % 2]}：{text}</p>" for n, text in enumerate([*opening, *answers]))
    head = f"<h1>{title}</h1><p>访谈时间：{day}</p><p>访谈嘉宾：县住建局局长周立民</p>"
    return f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{head}{spoken}</body></html>"


def written(path, captures):
    """A WARC file as a stranger's tool writes it.

    :param captures: path, day, and a page; or ``/target`` of a redirect, ``=day`` of the capture that is repeated, nothing for a 404
    """

    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer = writer_for(stream)
            for where, day, said in captures:
                writer.write_record(record(writer, HOST + where, f"{day}T00:00:00Z", said))

    write(path)


def record(writer, url, date, said):
    headers = [("Content-Type", "text/html; charset=utf-8")]
    dated = {"WARC-Date": date}
    if said.startswith("="):
        head = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
        again = writer.create_revisit_record(url, "none", url, f"{said[1:]}T00:00:00Z", head, warc_headers_dict=dated)
        again.rec_headers.remove_header("WARC-Payload-Digest")  # the original may be in another file
        return again
    status = "301 Moved Permanently" if said.startswith("/") else "200 OK" if said else "404 Not Found"
    body = b"" if said.startswith("/") else said.encode()
    moved = [("Location", said)] if said.startswith("/") else []
    head = StatusAndHeaders(status, [*headers, ("Content-Length", str(len(body))), *moved], protocol="HTTP/1.1")
    return writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=head, warc_headers_dict=dated)


@pytest.fixture
def kept(tmp_path):
    collection = Collection(tmp_path / "kept").create()
    ledger.ensure_key(collection)
    return collection


def rows(collection, query, *values):
    db = open_reader(collection.store)
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def uid(path):
    return uid_of(canonical(HOST + path))
