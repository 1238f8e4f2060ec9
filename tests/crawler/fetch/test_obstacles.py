"""Obstacles are told apart: by a real crawl where loopback can show them, by the exceptions themselves where it cannot (names)."""

import socket
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response
from support.ports import dead_port
from support.running import fangtan
from support.sites.nation import Nation, Town, self_signed
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.error import DNSLookupError
from twisted.internet.error import TimeoutError as TookTooLong

from crawler.fetch.obstacles import describe, of_certificate, of_failure
from crawler.fetch.politeness import retry_after


@pytest.mark.parametrize(
    ("error", "kind"),
    [(DNSLookupError("no such name"), "dns"), (TookTooLong(), "timeout"), (Refused(), "connection"), (OSError(104, "reset"), "connection")],
)  # fmt: skip
def test_failures_have_a_kind(error, kind):
    assert of_failure(error) == kind
    wrapped = type("DownloadFailedError", (Exception,), {})("x")
    wrapped.__cause__ = error
    assert of_failure(wrapped) == kind
    assert describe(wrapped) == describe(error)


def test_tls_where_none_is_spoken(tmp_path):
    with Nation({"a": Town("甲县")}) as nation:
        address = nation.urls["a"].replace("http://", "https://")
        result = fangtan("crawl", "--delay", "0", "--json", address, collection=tmp_path / "c")
    assert [o["rule"] for o in result.rows[0]["obstacles"]] == ["robots_unreachable", "tls"]
    assert "legacy" in result.rows[0]["fix"], "what helps is what helps against the cause"
    assert result.code == 4


def test_nobody_listens(tmp_path):
    with dead_port() as port:
        result = fangtan("crawl", "--delay", "0", "--json", f"http://127.0.0.1:{port}/zxft/", collection=tmp_path / "c")
    assert [o["rule"] for o in result.rows[0]["obstacles"]] == ["connection", "robots_unreachable"]
    assert "refused" in result.rows[0]["reason"]


def test_a_server_that_hangs_up_in_mid_answer_is_a_capture(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                robots = b"/robots.txt" in connection.recv(4096)
                half = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nContent-Type: text/html\r\n\r\n<html>half"
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" if robots else half)
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/zxft/"
        result = fangtan("crawl", "--delay", "0", "--json", url, collection=tmp_path / "c")
        server.close()
    assert result.code == 3
    assert result.rows[0]["captures"] >= 1


def der(folder, address, until):
    path, _ = self_signed(folder, address, until)
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(serialization.Encoding.DER)


def test_certificates(tmp_path):
    later = datetime.now(UTC) + timedelta(days=30)
    rule, detail = of_certificate(der(tmp_path, "127.0.0.1", later - timedelta(days=60)), "127.0.0.1")
    assert rule == "certificate_expired"
    assert detail.startswith("expired on")
    assert of_certificate(der(tmp_path, "127.0.0.1", later + timedelta(days=90)), "127.0.0.1")[1].startswith("not valid before")  # fmt: skip
    assert of_certificate(der(tmp_path, "127.0.0.1", later), "127.0.0.2") == ("certificate_wrong", "made out to 127.0.0.1")  # fmt: skip
    assert of_certificate(der(tmp_path, "127.0.0.1", later), "127.0.0.1") == ("certificate_wrong", "self-signed")
    assert of_certificate(b"no certificate", "127.0.0.1")[0] == "certificate_wrong"


@given(st.binary(max_size=300))
def test_any_bytes_for_a_certificate(data):
    assert of_certificate(data, "www.example.gov.cn")[0] == "certificate_wrong"


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120), ("", 0), ("soon", 0), ("-5", 0), ("99999999999", 604800), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("1.5", 0)]
)  # fmt: skip
def test_retry_after(value, seconds):
    response = Response("http://a.example/", status=429, headers={"Retry-After": value})
    assert retry_after(response) == seconds


@given(st.text(max_size=60))
def test_retry_after_of_any_text(value):
    response = Response("http://a.example/", headers={"Retry-After": value.encode("utf-8", "replace")})
    assert 0 <= retry_after(response) <= 7 * 86400
    assert urlsplit(response.url).hostname == "a.example"
