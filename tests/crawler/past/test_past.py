"""The past of a site out of web archives: pywb with what the living site lost, and servers that answer with anything."""

import gzip
import json
import shutil
import subprocess
import urllib.request
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from support.ports import free_port
from support.running import fangtan, faults, start
from support.servers.oddserver import OddServer, plain
from support.takedowns import holding, rows, uid_of
from support.talks import HOST, talk
from support.ticks import wait_until

from archive.collection.folder import Collection
from archive.errors import ArchiveError
from archive.handover.replay import name_of
from archive.handover.withhold import withhold
from archive.research.diff import differences
from archive.store.rebuild import rebuild
from archive.store.store import open_reader
from archive.warc.records import iterate
from crawler.past import cdx
from crawler.past.asking import ComeBack, WebArchive
from crawler.past.fetching import fetch_past

GONE, KEPT, NEVER = "/zxft/t1.html", "/zxft/t2.html", "/zxft/t3.html"
OLD = "年底以前全部完成，一户也不落下。"
PAGE = talk(OLD)
CARE = ("城乡居民医保今年的缴费标准是多少？", "每人四百元，财政另外补助六百七十元。", "异地就医怎么备案？")
SCHOOL = ("今年秋季新建的学校什么时候开学？", "两所小学九月一日准时开学，新增学位一千八百个。", "校车路线定了吗？")


def living(tmp_path):
    """A site that has lost one talk and changed another; it never had the third while we looked."""
    collection = holding(
        tmp_path,
        (GONE, "2024-03-05", talk("后来的说法。")), (GONE, "2024-09-05", ""),
        (KEPT, "2024-03-05", talk("现在的说法。", title="医疗保障访谈", opening=CARE)),
        name="living",
    )  # fmt: skip
    (collection.sites / "a.toml").write_text(f'name = "甲县"\nsection = ["{HOST}/zxft/"]\n', "utf-8")
    rebuild(collection)
    return collection


def asking(base, **more):
    waits = []
    found = WebArchive(base, "fangtan/1 (+test)", 0.0, 1 << 20, waits.append, **more)
    return found, waits


# ── a real archive ──────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def pywb(collection):
    port = free_port()
    process = start(
        "replay", "-p", port, collection=collection.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"

    def answers():
        assert process.poll() is None, "pywb ended"
        with suppress(OSError), urllib.request.urlopen(base, timeout=5):
            return True
        return False

    try:
        wait_until(answers, "pywb answers")
        yield f"{base}/{name_of(collection)}/"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.needs("pywb")
def test_what_the_living_site_lost_comes_back_with_its_time_and_its_source(tmp_path):
    day = "2021-05-08"
    archive = holding(
        tmp_path,
        (GONE, day, talk(OLD)), (KEPT, day, talk("从前的说法。", title="医疗保障访谈", opening=CARE)), (NEVER, day, talk("谁也没见过。", title="教育访谈", opening=SCHOOL)),
        name="past",
    )  # fmt: skip
    collection = living(tmp_path)
    with pywb(archive) as base:
        first = fangtan(
            "past", "a", "--archive", base, "--delay", "0", "--limit", "1", "--json", collection=collection.root
        )
        assert first.out, first.err
        assert (first.code, json.loads(first.out)["fetched"]) == (3, 1), first.err
        assert GONE in first.err, "vanished interviews come first"
        second = fangtan("past", "a", "--archive", base, "--delay", "0", "--json", collection=collection.root)
        assert (second.code, json.loads(second.out)["fetched"]) == (0, 2), second.err
        again = fangtan("past", "a", "--archive", base, "--delay", "0", "--json", collection=collection.root)
        assert (again.code, json.loads(again.out)["held"]) == (0, 0)
    found = rows(collection, "SELECT url, fetched_at, type, source FROM captures WHERE source IS NOT NULL ORDER BY url")
    assert found == [
        (HOST + path, f"{day}T00:00:00Z", "resource", f"{base}20210508000000id_/{HOST}{path}")
        for path in (GONE, KEPT, NEVER)
    ]
    assert rows(collection, "SELECT count(*) FROM interviews") == [(3,)]
    changes = differences(open_reader(collection.store), HOST + GONE, None, None)
    assert OLD in json.dumps([c.as_dict() if hasattr(c, "as_dict") else str(c) for c in changes], ensure_ascii=False)
    assert rows(collection, "SELECT gone_at IS NOT NULL FROM interviews WHERE url = ?", HOST + GONE) == [(1,)], (
        "still gone"
    )
    assert_no_exchange(collection, base)
    assert faults(collection, reparse=True) == []
    before = rows(collection, "SELECT * FROM captures ORDER BY id")
    rebuild(collection)
    assert rows(collection, "SELECT * FROM captures ORDER BY id") == before


def assert_no_exchange(collection, base):
    """What the archive handed out is a resource, with how it was got beside it."""
    records = [r for path in collection.archive.glob("past.a-*") for r in iterate(path)]
    assert {r.type for r in records} == {"warcinfo", "resource", "metadata"}
    kept = [r for r in records if r.type == "resource"]
    assert {r.get("Memento-Datetime") for r in kept} == {"Sat, 08 May 2021 00:00:00 GMT"}
    how = [r for r in records if r.type == "metadata" and b"archive-headers" in r.block]
    assert len(how) == len(kept) == 3
    assert base.encode() in how[0].block
    assert b"Memento-Datetime" in how[0].block


# ── any archive ─────────────────────────────────────────────────────────────────────────────────────────────────────

ROBOTS = {"/robots.txt": plain(b"", "HTTP/1.1 404 Not Found")}
LINE = {
    "urlkey": "x",
    "timestamp": "20210508000000",
    "url": HOST + GONE,
    "mime": "text/html",
    "status": "200",
    "digest": "A",
}


def answer(body=PAGE, when="Sat, 08 May 2021 00:00:00 GMT", *more):
    return plain(body.encode(), "HTTP/1.1 200 OK", *([f"Memento-Datetime: {when}"] if when else []), *more)


class Cdx(dict):
    """A table whose CDX server says the same of every address."""

    def __init__(self, listed, table):
        super().__init__({**ROBOTS, **table})
        self.listed = listed

    def get(self, key, default=None):
        if isinstance(key, str) and key.startswith("/w/cdx?"):
            return plain(self.listed.encode())
        return super().get(key, default)


def from_server(collection, table, *, listed=None, **more):
    listed = json.dumps(LINE) + "\n" if listed is None else listed
    with OddServer(Cdx(listed, table)) as server:
        archive, waits = asking(f"http://127.0.0.1:{server.port}/w/")
        done = fetch_past(collection, collection.site("a"), archive, **more)
        return done, waits, [path for path, _, _ in server.log]


REPLAY = f"/w/20210508000000id_/{HOST}{GONE}"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return living(tmp_path_factory.mktemp("past"))


@pytest.fixture
def collection(site, tmp_path):
    shutil.copytree(site.root, tmp_path / "c")
    return Collection(tmp_path / "c")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (answer(when="Sat, 08 May 2399 00:00:00 GMT"), "cannot be"),
        (answer(when="yesterday"), "is no date"),
        (
            answer(talk(OLD), "Sat, 08 May 2021 00:00:00 GMT", 'Link: <http://evil.example/x>; rel="original"'),
            "instead",
        ),
        (plain(b"", "HTTP/1.1 302 Found", "Location: http://10.0.0.1/secret"), "another host"),
        (plain(b"", "HTTP/1.1 302 Found", f"Location: {REPLAY}"), "redirects"),
        (plain(b"x", "HTTP/1.1 404 Not Found"), "404"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000, "more than"),
        (plain(b"x", "HTTP/1.1 200 OK", "Content-Encoding: rot13"), "rot13"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "no HTTP"),
    ],
    ids=["future", "no date", "another page", "another host", "circle", "missing", "endless", "no coding", "no http"],
)
def test_a_hostile_answer_is_named_and_nothing_of_it_is_kept(collection, bad, why):
    with OddServer(Cdx(json.dumps(LINE), {REPLAY: bad}), close=(REPLAY,)) as server:
        archive, _ = asking(f"http://127.0.0.1:{server.port}/w/")
        done = fetch_past(collection, collection.site("a"), archive)
    assert done.fetched == 0
    (fault,) = done.faults
    assert why in fault
    assert rows(collection, "SELECT count(*) FROM captures WHERE source IS NOT NULL") == [(0,)]
    assert faults(collection) == []


@pytest.mark.parametrize(
    "listed",
    [
        json.dumps(LINE),
        json.dumps([list(LINE), list(LINE.values())]).replace('"url"', '"original"').replace('"mime"', '"mimetype"').replace('"status"', '"statuscode"'),
        f"a,b)/x 20210508000000 {HOST}{GONE} text/html 200 A 100",
        "com,x)/ 20210508000000 " + json.dumps({"url": HOST + GONE, "mime": "text/html", "status": "200", "digest": "A"}),
    ],
    ids=["pywb", "internet archive", "eleven fields", "cdxj"],
)  # fmt: skip
def test_every_form_of_a_cdx_answer_is_read(collection, listed):
    done, _, _ = from_server(collection, {REPLAY: answer()}, listed=listed)
    assert (done.fetched, done.faults) == (1, [])


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://other.example/x"}, {"url": "file:///etc/passwd"}, {"url": None}, {"timestamp": "2021"}, {"timestamp": "29990101000000"},
        {"timestamp": "20211399000000"}, {"status": "404"}, {"mime": "image/png"}, {"url": ["x"]},
    ],
)  # fmt: skip
def test_what_is_none_of_the_sites_pages_is_not_asked_for(collection, change):
    done, _, asked = from_server(
        collection, {REPLAY: answer()}, listed=json.dumps({**LINE, **change}) + "\nrubbish\n[\n{\n"
    )
    assert done.held == 0
    assert [path for path in asked if "id_" in path] == []


def test_equal_captures_that_follow_one_another_are_fetched_once():
    found = [cdx.Memento(f"2021050800000{n}", HOST + GONE, "text/html", digest) for n, digest in enumerate("AABBA")]
    chosen = cdx.chosen(found, frozenset({"a.example.gov.cn"}), [], set())
    assert [m.timestamp[-1] for m in chosen] == ["0", "2", "4"]


def test_the_archives_robots_and_delay_are_kept(collection):
    rules = plain(b"User-agent: *\nDisallow: /w/2021\nCrawl-delay: 7\n")
    done, waits, asked = from_server(collection, {"/robots.txt": rules, REPLAY: answer()})
    assert "robots.txt" in done.faults[0]
    assert REPLAY not in asked
    assert max(waits) > 6
    with pytest.raises(ArchiveError, match=r"robots\.txt"):
        from_server(collection, {"/robots.txt": plain(b"", "HTTP/1.1 500 Oops")})


def test_a_pause_that_the_archive_asks_for_is_kept_and_a_long_one_ends_the_command(collection):
    answers = [plain(b"", "HTTP/1.1 429 Too Many", "Retry-After: 30"), answer()]
    done, waits, _ = from_server(collection, {REPLAY: lambda _: answers.pop(0)})
    assert (done.fetched, 30.0 in waits) == (1, True)
    later = json.dumps({**LINE, "timestamp": "20220508000000"})
    path = REPLAY.replace("20210508", "20220508")
    busy = plain(b"", "HTTP/1.1 503 Busy", "Retry-After: 86400")
    done, _, asked = from_server(collection, {path: busy}, listed=later)
    assert (done.fetched, done.left, asked.count(path)) == (0, 1, 1)
    with pytest.raises(ComeBack):
        from_server(collection, {"/robots.txt": busy})


def test_a_file_that_a_killed_command_left_is_closed_by_the_next(collection):
    done, _, _ = from_server(collection, {REPLAY: answer()})
    assert done.fetched == 1
    (path,) = collection.archive.glob("past.a-*.warc.gz")
    data = path.read_bytes()
    name = path.name.replace(path.name.split("-")[1], datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")[:17])
    (collection.archive / f"{name}.open").write_bytes(data[:-7])
    path.unlink()
    lines = [
        line for line in collection.ledger.read_bytes().splitlines(keepends=True) if path.name.encode() not in line
    ]
    collection.ledger.write_bytes(b"".join(lines))
    rebuild(collection)
    from_server(collection, {REPLAY: answer()})
    assert [p.name for p in collection.archive.glob("*.open")] == []
    assert (collection.archive / name).exists()


@pytest.mark.parametrize("destroy", [False, True])
def test_what_was_taken_down_does_not_come_back_by_way_of_an_archive(collection, destroy):
    withhold(collection, [uid_of(collection, GONE)], reason="按要求撤下", destroy=destroy)
    done, _, asked = from_server(collection, {REPLAY: answer()})
    assert (done.held, REPLAY in asked) == (0, False)
    assert rows(collection, "SELECT count(*) FROM captures WHERE source IS NOT NULL") == [(0,)]


def test_what_came_from_an_archive_can_be_taken_down(collection):
    from_server(collection, {REPLAY: answer()})
    withhold(collection, [uid_of(collection, GONE)], reason="按要求撤下", destroy=True)
    assert rows(collection, "SELECT count(*) FROM captures WHERE source IS NOT NULL") == [(0,)]
    kept = b"".join(gzip.decompress(path.read_bytes()) for path in collection.archive.glob("past.a-*"))
    assert OLD.encode() not in kept
    assert faults(collection) == []


def test_a_page_whose_bytes_the_archive_has_under_another_address_is_fetched(collection):
    """Its CDX line is that of a revisit; those of pictures are not pages, whatever address repeats them."""
    picture = {
        "url": f"{HOST}/zxft/a.png",
        "timestamp": "20210501000000",
        "mime": "image/png",
        "status": "200",
        "digest": "P",
    }
    repeats = [{**LINE, "mime": "warc/revisit", "digest": "Q", "status": "-"}]
    repeats += [{**picture, "url": f"{HOST}/zxft/b.png", "mime": "warc/revisit", "status": "-"}]
    listed = "".join(json.dumps(line) + "\n" for line in (picture, *repeats))
    done, _, asked = from_server(collection, {REPLAY: answer(talk(OLD))}, listed=listed)
    assert (done.fetched, [path for path in asked if "id_/" in path]) == (1, [REPLAY])
