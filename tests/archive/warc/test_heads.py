"""Heads of records and digest headers: the quick reading of what nearly all writers leave, and the patient one of the rest."""

import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from archive.warc.digests import value
from archive.warc.heads import Escaped, by_name, length_of, parse_head, read_head
from archive.warc.http import read_message

_PIECES = [
    "WARC/1.1",
    "\r\n",
    "\r\n",
    ": ",
    ":",
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    "WARC-Type",
    "\r\nWARC-Type: response\r\nWARC-Target-URI: ",
    "\r\nContent-Type: application/http",
    "http://a/",
    "<",
    "a",
    "v",
    "é",
    "\u3000",
    "\x1c",
]


def _patiently(text: str) -> tuple[str, list[tuple[str, str]]]:
    """What the head says, line by line."""
    version, *lines = text.replace("\r\n", "\n").split("\n")
    found: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and found:
            found[-1] += " " + line.lstrip(" \t")
        elif line[:1] in (" ", "\t"):
            version += " " + line.lstrip(" \t")
        else:
            found.append(line)
    pairs = [line.partition(":") for line in found if line.strip()]
    return version, [(name.strip(), said.strip()) if colon else ("", name.strip()) for name, colon, said in pairs]


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_a_head_is_read_alike_however_its_blanks_stand(text):
    for said in (text, text, text, text.replace("v", "v w"), text.replace("a", "WARC-Type"), text + "\r\nb: c"):
        assert parse_head(said.encode()) == _patiently(said), "the same shape is known by then"


_LINES = [
    "Content-Length: 7",
    "content-length:8 ",
    "Content-Length : 9",
    " Content-Length: 1",
    "X: content-length: 2",
    "A: b",
]


@given(st.lists(st.sampled_from(_LINES), max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_header_of_a_message_is_the_first_of_its_name_however_its_lines_stand(lines, ending, whole):
    message = read_message(ending.join(["HTTP/1.1 200 OK", *lines, *(("", "") if whole else ())]).encode())
    named = [value.decode() for name, value in message.headers if name.lower() == b"content-length"]
    assert message.get("Content-Length") == (named[0] if named else None)
    assert message.all("content-length") == tuple(named)
    assert message.get("absent") is None


def test_a_status_is_the_second_word_of_the_first_line():
    lines = {
        b"HTTP/1.1 200": 200,
        b" ICY  404 x": 404,
        b"HTTP/1.1 20x": 0,
        b"HTTP/1.1 1234567890": 0,
        b"200": 0,
        b"": 0,
        b"a\n200 1": 0,
    }
    assert {line: read_message(line + b"\r\n\r\n").status for line in lines} == lines


@given(
    st.sampled_from(["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]),
    st.binary(max_size=8),
    st.booleans(),
    st.booleans(),
)
def test_a_digest_in_either_alphabet_and_case_padded_or_not_is_the_same_bytes(algorithm, data, padded, lower):
    digest = hashlib.new(algorithm, data).digest()
    text = base64.b32encode(digest).decode()
    text = text if padded else text.rstrip("=")
    assert value(f"{algorithm}:{text.lower() if lower else text}") == digest
    assert value(f"{algorithm.upper()}: {digest.hex()} ") == digest


def test_what_is_no_digit_of_base32_is_no_digest():
    good = base64.b32encode(hashlib.sha1(b"x").digest()).decode()
    for wrong in ("0", "1", "8", "9", "１", "-"):
        assert value(f"sha1:{wrong}{good[1:]}") is None


def test_names_are_found_in_any_case_and_the_first_of_two_counts():
    headers = [("warc-type", "response"), ("X-Mine", "1"), ("WARC-Date", "a"), ("warc-date", "b")]
    assert by_name(headers) == {"WARC-Type": "response", "x-mine": "1", "WARC-Date": "a"}


def test_a_length_that_stands_twice_is_none():
    assert length_of([("content-length", "7")]) == 7
    assert length_of([("content-length", "7"), ("Content-Length", "7")]) == -1
    assert length_of([("Content-Length", "-7")]) == length_of([]) == -1


def test_an_address_in_another_charset_keeps_its_bytes():
    """Two addresses in GBK became one, whose letters were lost."""
    head = "WARC/1.0\r\nWARC-Type: response\r\nwarc-target-uri: http://a.cn/访谈/é.html\r\nX-Title: 访谈\r\nContent-Length: 1".encode("gb18030")  # fmt: skip
    version, fields, headers, _ = read_head(head)
    assert (version, fields["Content-Length"]) == ("WARC/1.0", "1")
    assert fields["WARC-Target-URI"] == "http://a.cn/%B7%C3%CC%B8/%A8%A6.html"
    assert (fields["x-title"], type(headers)) == ("访谈", Escaped)
    assert type(read_head(head.decode("gb18030").encode())[2]) is not Escaped
