"""A large file is checked in parts beside each other: what is said of it is what one pass says."""

from datetime import UTC, datetime

import pytest
from support import damage
from support.shapes import OK, answer, record

from archive.verify import Options, Summary, verify_files
from archive.warc.exchange import Exchange, records_of
from archive.warc.plain import RECORD_END
from archive.warc.write import WarcWriter


def made(folder, pages=12):
    """A file of fangtan."""
    writer = WarcWriter(folder, "parts", {"software": "fangtan/test"})
    for number in range(pages):
        url, body = f"http://a.example/{number}", f"page {number} ".encode() * 400
        response = answer(OK, b"Content-Length: %d" % len(body), body=body)
        request = f"GET /{number} HTTP/1.1\r\nHost: a.example\r\n\r\n".encode()
        writer.write(
            records_of(Exchange(url, "GET", request, response, "192.0.2.1", datetime(2026, 1, 1, tzinfo=UTC)))[0]
        )
    writer.close()
    (path,) = folder.glob("*.warc.gz")
    return path


def said(path, jobs):
    summary = Summary()
    return [str(f) for f in verify_files([path], summary, Options(jobs=jobs))], summary


@pytest.fixture
def thirds(monkeypatch):
    """Three parts of a file, however small it is."""
    return lambda path: monkeypatch.setattr("archive.verify.parts.WORTH", path.stat().st_size // 3)


def test_a_sound_file_is_put_together_from_its_parts(tmp_path, thirds, monkeypatch):
    path = made(tmp_path)
    thirds(path)
    alone = said(path, 1)
    monkeypatch.setattr("archive.verify.files.check_file", None)
    assert said(path, 3) == alone == ([], alone[1])
    assert alone[1].records == 25


DAMAGES = {
    "a request is gone": damage.rows_changed(damage.remove_request),
    "a response is gone": damage.rows_changed(damage.remove_response),
    "a record twice, far from each other": damage.copied,
    "the file is cut off": damage.cut,
    "bytes behind the last record": damage.garbage,
    "a byte in the middle": lambda path: path.write_bytes(_flipped(path.read_bytes())),
}


def _flipped(data):
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("kind", sorted(DAMAGES))
def test_what_is_wrong_is_named_as_in_one_pass(tmp_path, thirds, kind):
    path = made(tmp_path)
    DAMAGES[kind](path)
    thirds(path)
    alone = said(path, 1)
    assert alone[0]
    assert said(path, 3) == alone


def test_records_inside_a_record_are_no_beginning_of_a_part(tmp_path, thirds):
    """A page that quotes WARC records and ends as they do, in a plain file whose maker names no warcinfo record."""
    digest = {"WARC_Block_Digest": damage.digest(b"quoted")}
    quoted = b"".join(record("resource", b"quoted", type_="text/plain", **digest) for _ in range(60))
    pages = [answer(OK, body=body) for body in (b"a", b"b\r\n\r\n" + quoted.removesuffix(RECORD_END), b"c")]
    path = tmp_path / "x.warc"
    info = record(
        "warcinfo",
        b"software: other\r\n",
        None,
        type_="application/warc-fields",
        WARC_Block_Digest=damage.digest(b"software: other\r\n"),
    )
    path.write_bytes(info + b"".join(record("response", page, WARC_Block_Digest=damage.digest(page)) for page in pages))
    thirds(path)
    alone = said(path, 1)
    assert said(path, 3) == alone == ([], alone[1])
    assert alone[1].records == 4
