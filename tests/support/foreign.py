"""Exchanges as other programs write them."""

import functools
import gc
import io
import warnings

from support.tables import table
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

PAGE = table()["/zxft/1.html"].partition(b"\r\n\r\n")[2]


URL = "http://a.example.gov.cn/zxft/1.html"


def writer_for(stream, **options):
    return WARCWriter(stream, **{"gzip": True, "warc_version": "1.0", **options})


def exchange(
    writer, url=URL, body=PAGE, headers=(("Content-Type", "text/html; charset=utf-8"),), request_first=True, **warc
):
    head = StatusAndHeaders("200 OK", [*headers, ("Content-Length", str(len(body)))], protocol="HTTP/1.1")
    response = writer.create_warc_record(
        url, "response", payload=io.BytesIO(body), http_headers=head, warc_headers_dict=warc
    )
    asked = StatusAndHeaders("GET /zxft/1.html HTTP/1.1", [("Host", "a.example.gov.cn")], is_http_request=True)
    request = writer.create_warc_record(url, "request", http_headers=asked)
    if request_first:
        response.rec_headers.add_header("WARC-Concurrent-To", request.rec_headers.get_header("WARC-Record-ID"))
        writer.write_record(request)
        writer.write_record(response)
    else:
        writer.write_request_response_pair(request, response)
    return response


def quiet(make):
    """warcio's writer leaves its temporary files to the garbage collector, which warns."""

    @functools.wraps(make)
    def made(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            make(path)
            gc.collect()

    return made
