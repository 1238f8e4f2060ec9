"""The door of the reading room: who is asked, how and for what; no address breaks it."""

import asyncio
import logging
import random
import re
import shutil
import socket
import string
import subprocess
import sys
import time
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.reading_room import ask, one, pages
from support.running import environment, fangtan

from archive.collection.folder import Collection
from archive.web.access import form_token, is_form_token
from archive.web.door import is_host
from archive.web.serve import application

TOKEN = "0123456789abcdef0123"
#: Datasette drops questions that it has prepared when a parameter turns out wrong.
pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")]


@pytest.fixture(scope="module")
def kept(crawled, tmp_path_factory):
    """A copy that these tests may change."""
    folder = tmp_path_factory.mktemp("door") / "c"
    shutil.copytree(crawled.collection.root, folder)
    return Collection(folder)


@pytest.fixture(scope="module")
def app(kept):
    return application(kept, hosts=["192.0.2.7", "Archive.Example.org"])


# ── who is asked ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8001", "LOCALHOST.", "app.localhost", "127.0.0.1", "127.9.9.9:80", "[::1]", "[0:0:0:0:0:0:0:1]:8001", "192.0.2.7", "192.0.2.7:8001", "archive.example.org", "ARCHIVE.example.org.:443"],
)  # fmt: skip
def test_the_machine_and_the_names_of_its_operator_are_answered(app, host):
    assert ask(app, "/status", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8001", "localhost.evil.example", "127.0.0.1.evil.example", "archive.example.org.evil.example", "xlocalhost", "192.0.2.8", "[2001:db8::1]", "169.254.169.254", "2130706433", "0x7f.1"],
)  # fmt: skip
def test_another_name_that_leads_here_is_refused(app, host):
    """A page of others whose name is made to lead to this machine reads nothing."""
    for path in ("/", "/fangtan.json", "/-/static/app.css", "/export", "/nothing"):
        answer = ask(app, path, headers={"host": host})
        assert answer.status_code == 421, path
        assert "--host" in answer.text
        assert "群众" not in answer.text


@pytest.mark.parametrize(
    "host", ["", " ", "a b", "localhost/x", "user@localhost", "localhost:x", "localhost, evil", "[::1", "é"]
)
def test_a_host_that_is_none_is_refused(app, host):
    assert ask(app, "/", headers={"host": host.encode("latin-1")}).status_code == 400


def test_two_hosts_or_none_are_refused(app):
    async def status(*hosts):
        said = []

        async def send(message):
            said.append(message)

        async def receive():
            await asyncio.sleep(0)
            return {"type": "http.disconnect"}

        scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [(b"host", h) for h in hosts], "server": ("127.0.0.1", 8001)}  # fmt: skip
        await app.app()(scope, receive, send)
        return said[0]["status"]

    assert asyncio.run(status()) == 400
    assert asyncio.run(status(b"localhost", b"evil.example")) == 400


def test_the_address_that_a_request_came_to_is_answered(kept):
    """Bound to all addresses of the machine: each of them is one of its own; a name is none."""
    everywhere = application(kept, hosts=["0.0.0.0"])
    assert ask(everywhere, "/status", base="http://192.0.2.33:8001").status_code == 200
    assert ask(everywhere, "/status", base="http://evil.example:8001").status_code == 421


def test_hosts_are_named_on_the_command_line(kept):
    for wrong in ("http://a.example", "a.example/x", "a b", ""):
        refused = fangtan("serve", "--host", wrong, collection=kept.root)
        assert refused.code == 2, wrong
        assert "--host" in refused.err
    assert all(is_host(name) for name in ("a.example", "a.example:443", "::1", "[::1]:80", "192.0.2.1"))


# ── how ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X"])
def test_other_methods_are_refused_and_told_what_is_allowed(app, method):
    for path in ("/", "/status", "/fangtan", "/fangtan/turns.json", "/-/messages", "/-/logout", "/nothing"):
        answer = ask(app, path, method)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD"), path
    answer = ask(app, "/export", method)
    if method != "POST":
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")


def test_head_is_get_without_a_body(app, kept):
    paths = [*pages(kept), "/status", "/export", "/search.csv?q=a", "/fangtan", "/fangtan.json", "/fangtan/turns.csv?_stream=on", "/-/versions.json", "/-/static/app.css", "/nothing", "/status/", "/-/databases"]  # fmt: skip
    assert pages(kept)
    for path in paths:
        whole, head = ask(app, path), ask(app, path, "HEAD")
        assert head.status_code == whole.status_code, path
        assert head.content == b"", path
        for name in ("content-type", "etag", "location", "cache-control", "content-security-policy"):
            assert head.headers.get(name) == whole.headers.get(name), (path, name)


def test_a_form_of_others_exports_nothing(app):
    page = ask(app, "/export?format=csv&role=guest")
    assert page.status_code == 200, "asked for by GET it is the form, filled in"
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    (token,) = re.findall(r'name="token" value="([^"]+)"', page.text)
    for fields, headers in (
        ({}, {}),
        ({"token": ""}, {}),
        ({"token": token[:-1] + ("0" if token[-1] != "0" else "1")}, {}),
        ({"token": token}, {"origin": "http://evil.example"}),
        ({"token": token}, {"sec-fetch-site": "cross-site"}),
        ({"token": token}, {"authorization": "Bearer " + TOKEN}),
    ):
        answer = ask(app, "/export", "POST", data={"format": "csv", **fields}, headers=headers)
        assert answer.status_code == 403, (fields, headers)
        assert answer.headers["content-type"].startswith("text/html")
    sent = ask(
        app, "/export", "POST", data={"format": "citations", "token": token}, headers={"origin": "http://localhost"}
    )
    assert (sent.status_code, sent.headers["content-type"]) == (200, "application/zip")
    assert ask(app, "/export", "POST", content=b"x" * 70_000).status_code == 413
    assert (
        ask(app, "/export", "POST", content=b"\xff\x00%ff=%", headers={"content-type": "text/plain"}).status_code == 403
    )


def test_a_forms_token_lives_half_a_day_and_is_one_readers():
    token = form_token("a", 1000)
    assert is_form_token(token, "a", 1000 + 3600)
    assert not is_form_token(token, "b", 1000)
    assert not is_form_token(token, "a", 1000 + 13 * 3600)
    assert not is_form_token(form_token("a", 5000), "a", 1000), "from the future"
    for odd in ("", ".", "1000", "1000.", "²." + token, "9" * 40 + ".x", "é.é"):
        assert not is_form_token(odd, "a", 1000)


# ── for what ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_datasettes_inner_pages_are_closed_and_no_path_is_told(app, kept):
    """Every page of the installed Datasette that begins with /-/ is there only when it is meant to be."""
    inner = sorted({re.sub(r"\(.*|\$|\^", "", route.pattern) for route, _ in app._routes() if route.pattern.lstrip("^").startswith("/-/")})  # fmt: skip
    assert {"/-/databases", "/-/threads", "/-/allow-debug", "/-/patterns", "/-/messages", "/-/metadata"} <= set(inner)
    for path in inner:
        for form in ("", ".json", "/"):
            answer = ask(app, path.replace(".json", "") + form, follow_redirects=True)
            if not path.startswith("/-/versions"):
                assert answer.status_code == 404, path + form
            assert str(kept.root) not in answer.text
    for path in ("/_internal", "/_internal.json", "/_internal/databases.json", "/_memory", "/_memory.json?sql=select+1", "/:memory:", "/.json", "/%2D/databases", "/-%2Fdatabases", "//-/databases", "/-/./databases", "/-/DATABASES"):  # fmt: skip
        answer = ask(app, path, follow_redirects=True)
        assert answer.status_code in (400, 404), path
        assert str(kept.root) not in answer.text
    assert ask(app, "/-/versions.json").json()["datasette"]
    for path in (
        "/fangtan",
        "/fangtan.json",
        "/fangtan/captures",
        "/fangtan/nothing",
        "/fangtan.db",
        "/fangtan.json?sql=x",
    ):
        assert str(kept.root) not in ask(app, path).text, path


def test_a_slash_too_many_leads_to_the_page(app):
    answer = ask(app, "/status/?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (301, "/status?lang=en")
    assert ask(app, "//evil.example/").status_code == 404
    assert ask(app, "/status//").status_code == 404


ODD = [
    "/a//b", "//", "///", "/%00", "/search%00", "/fangtan/%00", "/fangtan/%ff%fe", "/fangtan/~ff", "/fangtan/~zz", "/fangtan/~00", "/fangtan//turns", "/../x", "/fangtan/..", "/%2e%2e/", "/fangtan/turns/1,2,3",
    "/fangtan/turns/~", "/fangtan/turns.xyz", "/fangtan.xyz", "/fangtan/turns.blob", "/fangtan/find.blob?_blob_column=q", "/%E4%B8%AD", "/" + "x" * 5000, "/-/static/" + "../" * 20 + "etc/passwd", "/-/static/%2e%2e/app.py", "/favicon.ico/x",
]  # fmt: skip
NAMES = [
    "q", "role", "site", "since", "until", "speaker", "year", "kind", "organization", "province", "lang", "id",
    "name", "near", "size", "format", "version", "token", "_next", "_size", "_sort", "_sort_desc", "_facet",
    "_facet_array", "_facet_date", "_facet_size", "_search", "_search_id", "_searchmode", "_where", "_through",
    "_col", "_nocol", "_shape", "_label", "_labels", "_json", "_json_infinity", "_nl", "_ttl", "_trace", "_header",
    "_dl", "_stream", "_nofacet", "_nocount", "_extra", "sql", "p", "_blob_column", "_blob_hash", "_show_hidden",
    "_hide_sql", "_fts_table", "_fts_pk", "id__exact", "id__in", "id__arraycontains", "seq__gt", "rowid__gt",
    "_filter_column", "_filter_op", "_filter_value", "x__y", "_timelimit",
]  # fmt: skip
VALUES = [
    "", "abc", "-1", "0", "99999999999999999999999999", "1e999", "nan", "\x00", "a\x00b", "'", '"', "%", "中文", "2024-02-30", "2024-13", "0000-00-00", "9999-99-99", "[", "[1", '{"a":1}', "x" * 3000, "*", "off", "array",
    "objects", "arrayfirst", "select 1", "select 1/0", "select :p", "select *", "select abs(-9223372036854775808)", "select zeroblob(10)", "with x", "id", "NEAR(", "AND", "(", "..", "\n", "1,2", "٣", "²", "\ud800",
]  # fmt: skip


@pytest.fixture(scope="module")
def routes(kept):
    capture = one(kept, "SELECT id FROM captures")
    tables = [f"/fangtan/{name}{form}" for name in ("turns", "nothing") for form in ("", ".json", ".csv")]
    tables += ["/fangtan/captures", "/fangtan/find.json", "/fangtan/store_meta.csv", "/fangtan/_readings"]
    return [
        *(path.partition("?")[0] for path in pages(kept)), "/status", "/export", "/search.csv", "/search.jsonl", "/fangtan", "/fangtan.json", "/fangtan.csv", f"/fangtan/captures/{capture}",
        f"/fangtan/captures/{capture}.json", f"/fangtan/captures/{capture}.blob", "/-/versions", "/-/static/app.css", "/favicon.ico", *tables,
    ]  # fmt: skip


def test_no_odd_address_breaks_it(app, routes):
    for path in [
        *ODD,
        *(f"{route}?{query}" for route in routes for query in ("&&=&a", "%ff=%fe&%00=%00")),
        *(f"{route}?{'a=1&' * 3000}" for route in routes[::6]),
    ]:
        assert ask(app, path).status_code < 500, path


def test_no_parameter_of_any_page_breaks_it(app, routes):
    """A sample that differs from day to day is no proof: every parameter meets every route once, values in turn."""
    turn = random.Random(14)
    assert len(routes) > 5
    for route in routes:
        values = turn.sample(VALUES * 2, len(VALUES) * 2)
        for at in range(0, len(NAMES), 4):  # four at a time
            some = zip(NAMES[at : at + 4], values[at : at + 4], strict=False)
            query = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in some)
            answer = ask(app, f"{route}?{query}")
            assert answer.status_code < 500 or answer.status_code == 503, f"{route}?{query}"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_words_break_it(app, routes, data):
    text = st.one_of(st.sampled_from(VALUES), st.text(max_size=30))
    arguments = data.draw(st.dictionaries(st.sampled_from(NAMES), text, max_size=3))
    path = data.draw(st.one_of(st.sampled_from(routes), st.text(alphabet=string.printable, max_size=20).map(lambda t: "/" + quote(t, safe="/~%.-,"))))  # fmt: skip
    query = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in arguments.items())
    try:
        answer = ask(app, f"{path}?{query}", headers={"accept": "text/html"})
    except httpx.InvalidURL:
        return
    assert answer.status_code < 500 or answer.status_code == 503


def test_what_breaks_is_told_without_the_values_of_variables(app, monkeypatch, caplog, capfd):
    monkeypatch.setattr("archive.web.status.health", lambda *_: 1 / 0)
    for path in ("/nothing", "/fangtan/turns.json?_next=abc", "/fangtan/nothing", "/fangtan.json?sql=select+nothing"):
        assert ask(app, path).status_code in (400, 404)
    with caplog.at_level(logging.ERROR):
        answer = ask(app, "/status")
    assert answer.status_code == 500
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in answer.text
    told = capfd.readouterr()
    assert "locals" not in told.out + told.err
    assert len(told.out) == 0


# ── a real server ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_server_keeps_its_door(kept, tmp_path):
    """What the test client cannot send: raw requests. The log of refusals stays short."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = tmp_path / "log"
    command = [sys.executable, "-W", "ignore", "-m", "crawler", "-C", str(kept.root), "serve", "-p", str(port), "--host", "archive.example.org"]  # fmt: skip
    with said.open("w") as log:
        process = subprocess.Popen(command, env={**environment(), "PYTHONWARNINGS": "ignore"}, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            except OSError:
                assert process.poll() is None, said.read_text()
                time.sleep(0.1)

        def raw(text):
            with socket.create_connection(("127.0.0.1", port), 60) as connection:
                connection.sendall(text.encode("latin-1"))
                answer = b""
                while data := connection.recv(65536):
                    answer += data
            return int(answer.split(b" ")[1]), answer

        def request(path="/", method="GET", host="archive.example.org", more=""):
            return raw(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n")

        assert request()[0] == 200
        assert request(host=f"127.0.0.1:{port}")[0] == 200
        assert request(host="evil.example")[0] == 421
        status, answer = request(method="HEAD")
        assert (status, answer.partition(b"\r\n\r\n")[2]) == (200, b"")
        assert request(method="BREW")[0] == 405
        assert raw("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")[0] == 400
        assert request("http://evil.example/")[0] in (400, 404)
        assert request("/\xff")[0] in (400, 404)
        assert request(more="Cookie: a[]=1; ;=;\x80\r\n")[0] < 500
        assert request("/" + "x" * 20_000)[0] in (400, 404, 414)
        for number in range(30):
            assert request(f"/nothing-{number}")[0] == 404
            assert request(f"/fangtan/nothing-{number}")[0] == 404
    finally:
        process.terminate()
        process.wait(timeout=60)
    assert said.stat().st_size < 4000, said.read_text()[:4000]
