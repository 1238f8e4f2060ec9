"""Pages that search, count or take SQL are made in a process of their own: readers of talks share nothing with it."""

import asyncio
import http.client
import io
import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, urlencode

import pytest
from support.generated import generated
from support.reading_room import ask
from support.running import copy_of, environment
from support.ticks import wait_until

from archive.store.store import open_reader
from archive.web import backroom
from archive.web.serve import application

SEARCH = f"/search?q={quote('的')}&lang=en"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("backroom"), 320)


@pytest.fixture
def interview(folder):
    db = open_reader(folder.store)
    (uid,) = db.execute("SELECT min(uid) FROM _interviews").fetchone()
    db.close()
    return f"/interview/{uid}"


class Server:
    """A real ``fangtan serve``."""

    def __init__(self, folder, log):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "crawler", "-C", str(folder.root), "serve", "-p", str(self.port)]
        self.process = subprocess.Popen(
            command, env={**environment(), "PYTHONWARNINGS": "ignore"}, stdout=log, stderr=log
        )

    def get(self, path, method="GET", body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer

    @property
    def back(self):
        """The process that searches."""
        parents = {int(stat.parent.name): _stat(stat)[1] for stat in Path("/proc").glob("[0-9]*/stat")}
        (found,) = [pid for pid, parent in parents.items() if parent == str(self.process.pid)]
        return found


def _stat(path):
    """The state and the parent of a process; nothing when it is gone."""
    with suppress(OSError):
        return path.read_text().rpartition(")")[2].split()[:2]
    return ["Z", ""]


def timeless(text):
    """A page without the times that Datasette took."""
    return re.sub(r'"query_ms": [\d.]+|took [\d.]+ms', "", text)


def is_gone(pid):
    return _stat(Path(f"/proc/{pid}/stat"))[0] == "Z"


@contextmanager
def served(folder, log):
    with log.open("w") as said:
        server = Server(folder, said)
        try:
            end = time.monotonic() + 90
            while True:
                with suppress(OSError):
                    server.get("/help")
                    break
                assert server.process.poll() is None, log.read_text()
                assert time.monotonic() < end
                time.sleep(0.1)
            yield server
        finally:
            server.process.kill()
            server.process.wait()


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    with served(folder, tmp_path_factory.mktemp("log") / "log") as running:
        yield running


@pytest.mark.parametrize(
    "path",
    [SEARCH, "/search?q=&lang=zh", "/search?q=的&since=x", f"/search.csv?q={quote('的')}", f"/search.json?q={quote('的')}", "/people?lang=en",
     "/fangtan/turns.json?_size=3", "/fangtan/turns?_size=3", "/fangtan.json?sql=SELECT zh('执法')", "/fangtan/none", "/queries/none.atom"],
)  # fmt: skip
def test_what_the_back_room_answers_is_what_one_process_answers(folder, server, path):
    path, host = quote(path, safe="/?&=%()'"), {"Host": f"127.0.0.1:{server.port}", "Accept": "text/html"}
    there, here = server.get(path, **host), ask(application(folder), path, headers=host)
    assert (there.status, timeless(there.text)) == (here.status_code, timeless(here.text))
    same = ("content-type", "content-security-policy", "cache-control", "vary", "content-disposition", "location")
    assert {name: there.headers.get(name) for name in same} == {name: here.headers.get(name) for name in same}
    bare = server.get(path, "HEAD", **host)
    assert (bare.status, bare.text) == (there.status, "")


def test_a_tag_and_a_form_of_the_back_room_are_known_there(server):
    tag = server.get(SEARCH).headers["etag"]
    assert server.get(SEARCH, **{"If-None-Match": tag}).status == 304
    form = {"token": server.get("/export").text.partition('name="token" value="')[2].partition('"')[0]}
    body = urlencode({**form, "format": "csv", "site": "s1"})
    sent = server.get("/export", "POST", body, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert (sent.status, sent.text[:2]) == (200, "PK")
    assert server.get("/export", "POST", "x" * 70_000).status == 413


def test_an_interview_is_read_while_the_back_room_does_not_answer(server, interview):
    back = server.back
    os.kill(back, signal.SIGSTOP)
    with ThreadPoolExecutor(20) as pool:
        try:
            searches = [pool.submit(server.get, path) for path in (SEARCH, "/fangtan/turns.json?_size=1") * 10]
            for path in (interview, "/", "/site/s1", "/help", "/nothing"):
                assert server.get(path).status == (404 if path == "/nothing" else 200)
            assert not any(search.done() for search in searches)
        finally:
            os.kill(back, signal.SIGCONT)
        assert {search.result().status for search in searches} == {200}


def test_a_back_room_that_is_killed_is_opened_again(folder, tmp_path, interview):
    with served(folder, tmp_path / "log") as server, ThreadPoolExecutor(1) as pool:
        first = server.back
        os.kill(first, signal.SIGSTOP)
        search = pool.submit(server.get, SEARCH, **HTML)
        assert server.get(interview).status == 200
        os.kill(first, signal.SIGKILL)
        lost = search.result()
        assert (lost.status, lost.headers["retry-after"]) == (503, "5")
        assert 'href="/search?lang=en"' in lost.text
        assert "it begins again" in lost.text
        wait_until(lambda: is_gone(first), "it was killed")
        assert server.get(SEARCH).status == 200
        assert server.back != first
    assert "the process that searches ended with -9; another one begins" in (tmp_path / "log").read_text()


def test_a_warning_of_the_back_room_says_its_level_once(folder, tmp_path):
    own = copy_of(folder, tmp_path / "own")
    with served(own, tmp_path / "log") as server:
        assert server.get(SEARCH).status == 200
        Path(shutil.copy(own.store, tmp_path / "other.db")).replace(own.store)
        assert server.get(SEARCH).status == 200
    said = (tmp_path / "log").read_text().splitlines()
    assert f"WARNING fangtan: {own.store}: another file is there now; it is shown from here on" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_one_signal_ends_both(folder, tmp_path, number):
    with served(folder, tmp_path / "log") as server:
        back = server.back
        assert server.get(SEARCH).status == 200
        server.process.send_signal(number)
        server.process.wait(60)
        wait_until(lambda: is_gone(back), "the back room is still there")
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_reader_who_leaves_ends_what_was_made_for_him():
    async def app(scope, receive, send):
        heard.append((scope["path"], scope["headers"], (await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"\xff")]})
        left.append((await receive())["type"])
        await send({"type": "http.response.body", "body": b"nobody reads this"})

    async def go():
        ours, theirs = socket.socketpair()
        visit = asyncio.create_task(backroom.attended(app, theirs))
        head = {"type": "http", "path": "/灌", "headers": [[{"": "a"}, {"": "\xff"}]], "body": 3}
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(json.dumps(head).encode() + b"\n\x00\n\xff")
        line = json.loads(await reader.readline())
        writer.close()
        await visit
        return line

    heard, left = [], []
    line = asyncio.run(go())
    assert line == {"type": "http.response.start", "status": 200, "headers": [[{"": "x"}, {"": "\xff"}]], "body": 0}
    assert heard == [("/灌", [(b"a", b"\xff")], b"\x00\n\xff")]
    assert left == ["http.disconnect"]


def test_a_page_that_breaks_is_logged_and_hangs_up(caplog):
    async def app(*_):
        raise ZeroDivisionError

    async def go():
        ours, theirs = socket.socketpair()
        visit = asyncio.create_task(backroom.attended(app, theirs))
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(b'{"type": "http", "path": "/", "headers": [], "body": 0}\n')
        said = await reader.read()
        writer.close()
        await visit
        return said

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(go()) == b""
    assert "ZeroDivisionError" in caplog.text


def test_its_log_goes_where_the_servers_goes_whatever_else_is_printed(caplog):
    printed = io.BytesIO(b'a library prints\n[20, "fangtan.x", "said\\nin two lines"]\n')
    with caplog.at_level(logging.INFO):
        backroom.hear(SimpleNamespace(stdout=printed))
    assert [(r.name, r.levelno, r.getMessage()) for r in caplog.records] == [
        ("fangtan", logging.WARNING, "a library prints"),
        ("fangtan.x", logging.INFO, "said\nin two lines"),
    ]
