"""Records as recorders of all kinds write them, byte by byte: no library in between makes them better than they are."""

import gzip
from itertools import count

URL = "http://a.example.gov.cn/zxft/1.html"
HTML = b"Content-Type: text/html; charset=utf-8"
OK = b"HTTP/1.1 200 OK"
_numbers = count(1)


def identifier():
    return f"<urn:uuid:00000000-0000-4000-8000-{next(_numbers):012d}>"


def record(kind, block=b"", url=URL, *, date="2026-01-01T00:00:00Z", type_="application/http; msgtype=response", version="1.1", name=None, **more):  # fmt: skip
    """A record; what is ``None`` has no line."""
    fields = {
        "WARC-Type": kind, "WARC-Target-URI": url, "WARC-Date": date, "WARC-Record-ID": name or identifier(), "Content-Type": type_,
        **{field.replace("_", "-"): value for field, value in more.items()}, "Content-Length": str(len(block)),
    }  # fmt: skip
    head = "".join(f"{field}: {value}\r\n" for field, value in fields.items() if value is not None)
    return f"WARC/{version}\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def answer(status=OK, *headers, body=b"<html>hi</html>"):
    return b"\r\n".join([status, *headers]) + b"\r\n\r\n" + body


def posted(body=b"a=1&b=2", kind=b"application/x-www-form-urlencoded", *, method=b"POST", request_first=False, url=URL, length=None, more=b"", between=(), target=None):  # fmt: skip
    """A request with a body, and its response."""
    first, second = identifier(), identifier()
    head = b"%s /x HTTP/1.1\r\nContent-Type: %s\r\n%sContent-Length: %s\r\n\r\n"
    asked = head % (method, kind, more, length or b"%d" % len(body)) + body
    request = {"kind": "request", "block": asked, "url": target or url, "type_": "application/http; msgtype=request"}
    response = {"kind": "response", "block": answer(OK, HTML), "url": url}
    pair = (request, response) if request_first else (response, request)
    return [record(**pair[0], name=first), *between, record(**pair[1], name=second, WARC_Concurrent_To=first)]


def form(boundary=b"x", end=b"--x--\r\n"):
    part = b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    return part % (boundary, b"a", b"", b"1") + part % (boundary, b"f", b'; filename="t.bin"', b"\x00\xff") + end


FIELDS = record("metadata", b"fetchTimeMs: 12\r\n", type_="application/warc-fields")
SHA1 = "sha1:" + "A" * 32
PROFILE = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
FORM = b"multipart/form-data; boundary=x"
ADDRESSES = (
    "http://a.cn/访谈.html", "http://中国.cn/", "http://a.cn:8080/x", "http://a.cn:80/x", "http://a.cn/x;jsessionid=0123456789ABCDEF0123456789ABCDEF?a=1",
    "http://a.cn/x#part", "http://a.cn/#!/x", "http://192.0.2.1/x", "http://[2001:db8::1]/x", "http://a.cn/?b=2&a=1&", "http://u:p@a.cn/x",
    "http://a.cn/%7Ea/%e8%ae%bf?x=%2F", "http://a.cn/a/../b/./c//d", "http://a.cn:99999/x", "http://www2.a.cn/x", "http://a.cn/%B7%C3?k=%B7%C3",
    "http://a.cn/a|b{c}", "http://a.cn/?q=a+b%20c", "http://a.cn./x", "ftp://a.cn/x.txt", "wss://a.cn/socket", "data:text/html,hi", "/x/y", "http://a.cn/a\tb",
)  # fmt: skip

#: Forms of which the index must say what cdxj-indexer says.
EQUAL = {
    "http/2": [record("response", answer(b"HTTP/2 200", HTML))],
    "http/3": [record("response", answer(b"HTTP/3 200", HTML))],
    "a status without words": [record("response", answer(b"HTTP/1.1 404", HTML))],
    "words in Chinese": [record("response", answer("HTTP/1.1 200 好".encode(), HTML))],
    "four digits": [record("response", answer(b"HTTP/1.1 2000 OK", HTML))],
    "no number": [record("response", answer(b"HTTP/1.1 OK", HTML))],
    "no HTTP": [record("response", b"<html>bare</html>")],
    "an interim answer first": [record("response", b"HTTP/1.1 100 Continue\r\n\r\n" + answer(OK, HTML))],
    "no body": [record("response", b"HTTP/1.1 200 OK\r\n\r\n")],
    "no end of the head": [record("response", b"HTTP/1.1 200 OK\r\nContent-Ty")],
    "nothing": [record("response", b"")],
    "lines by LF": [record("response", b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n<html>")],
    "no content type": [record("response", answer(OK))],
    "an empty content type": [record("response", answer(OK, b"Content-Type:"))],
    "two content types": [record("response", answer(OK, b"Content-Type: text/plain", b"Content-Type: text/html"))],
    "a content type in UTF-8": [record("response", answer(OK, "Content-Type: text/网页".encode()))],
    "a content type in Latin-1": [record("response", answer(OK, b"Content-Type: text/h\xe4ml"))],
    "a folded content type": [record("response", answer(OK, b"Content-Type: text/html;\r\n charset=utf-8"))],
    "the record's type alone": [record("response", b"<html>x", type_="text/html")],
    "no record type": [record("response", answer(OK, HTML), type_=None)],
    "a claimed digest": [record("response", answer(OK, HTML), WARC_Payload_Digest=SHA1)],
    "HTTP/2 as a field (Browsertrix)": [record("response", answer(OK, HTML), WARC_Protocol="h2")],
    "dns (Heritrix)": [record("resource", b"20260101000000\na. 60 IN A 192.0.2.1\n", "dns:a.example.cn", type_="text/dns")],
    "dns as a response": [record("response", b"20260101000000\na. 60 IN A 192.0.2.1\n", "dns:a.example.cn", type_="text/dns")],
    "metadata (Heritrix)": [FIELDS],
    "metadata of another type": [record("metadata", b"{}", "metadata://gnu.org/x", type_="application/json")],
    "page information (Browsertrix)": [record("resource", b"{}", f"urn:pageinfo:{URL}", type_="application/json")],
    "text (Browsertrix)": [record("resource", b"text", f"urn:text:{URL}", type_="text/plain")],
    "a screenshot (Browsertrix)": [record("resource", b"png", f"urn:view:{URL}?y=1#z", type_="image/png")],
    "a conversion": [record("conversion", b"x", type_="text/plain")],
    "a resource (ArchiveWeb.page)": [record("resource", b"<html>", type_="text/html; charset=utf-8")],
    "a resource without a type": [record("resource", b"<html>", type_=None)],
    "a revisit": [record("revisit", answer(OK, HTML, body=b""), WARC_Profile=PROFILE, WARC_Payload_Digest=SHA1)],
    "a revisit without a block (wget)": [record("revisit", b"", type_=None, WARC_Profile=PROFILE, WARC_Payload_Digest=SHA1)],
    "a uri-agnostic revisit (warcprox)": [record("revisit", answer(OK, HTML, body=b""), WARC_Profile=PROFILE.replace("revisit/", "revisit/uri-agnostic-"), WARC_Payload_Digest=SHA1)],
    "a segment": [record("response", answer(OK, HTML), WARC_Segment_Number="1")],
    "a continuation": [record("continuation", b"more", WARC_Segment_Number="2")],
    "WARC/0.18": [record("response", answer(OK, HTML), version="0.18")],
    "milliseconds": [record("response", answer(OK, HTML), date="2026-01-01T00:00:00.123Z")],
    "a day": [record("response", answer(OK, HTML), date="2026-01-01")],
    "small letters in the date": [record("response", answer(OK, HTML), date="2026-01-01t00:00:00z")],
    "brackets (wget)": [record("warcinfo", b"software: Wget/1.21\r\n", None, type_="application/warc-fields", version="1.0"), *posted(request_first=True, url="<http://a.cn/x>")],
    **{f"the address {url}": [record("response", answer(OK, HTML), url)] for url in ADDRESSES},
    "POST": posted(),
    "POST, the request first": posted(request_first=True),
    "PUT": posted(method=b"PUT"),
    "PATCH": posted(method=b"PATCH"),
    "two POSTs": [*posted(), *posted(b"a=2")],
    "POST with metadata between": posted(between=[FIELDS]),
    "POST of another address": posted(target="http://a.cn/other"),
    "POST to an address with a query": posted(url="http://a.cn/x?y=1"),
    "POST to an address with a part": posted(url="http://a.cn/x#y"),
    "a form in several parts": posted(form(), FORM),
    "a form in parts after a preamble": posted(b"before\r\n" + form(), FORM),
    "parts without a boundary": posted(form(), b"multipart/form-data"),
    "a long form": posted(b"a=" + b"x%20" * 3000),
    "a long form in Chinese": posted(b"a=" + b"%E8%AE%BF" * 3000),
    "line breaks in a form": posted(b"a=%0A1&b=%0d%0a2"),
    "GBK in a form": posted(b"a=%B7%C3"),
    "raw GBK in a form": posted(b"a=\xb7\xc3"),
    "a form in chunks": posted(b"3\r\na=1\r\n0\r\n\r\n", more=b"Transfer-Encoding: chunked\r\n", length=b"99"),
    "JSON": posted(b'{"a": {"b": [1, 2, true, null, 1.5, "x"]}}', b"application/json"),
    "JSON with a mark": posted(b'\xef\xbb\xbf{"a": 1}', b"application/json"),
    "broken JSON": posted(b"{", b"application/json"),
    "text": posted(b"hello", b"text/plain;charset=UTF-8"),
    "bytes": posted(b"\x00\x01", b"application/octet-stream"),
}  # fmt: skip


def written(path, forms):
    """A file of these forms."""
    path.write_bytes(b"".join(gzip.compress(one, mtime=0) for form in forms for one in form))
    return path
