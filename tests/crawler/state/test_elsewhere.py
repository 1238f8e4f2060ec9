"""A payload that is kept already, under another address: a revisit that names that record, and what follows from it."""

import pytest
from support.running import copy_of, fangtan, faults
from support.servers.oddserver import OddServer, plain
from support.sites.one_interview import section
from support.takedowns import rows
from support.talks import talk

from archive.collection.folder import Collection
from archive.handover.wacz import package
from archive.handover.withhold import withhold
from archive.store.rebuild import rebuild
from archive.verify import Summary, verify_files
from archive.warc.records import iterate

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
OTHER = ("大家好，今天谈电梯加装，请问什么时候开始？", "分三批进行，今年先从城东片区的六个小区开始。", "怎么报名？")


def reply(body, kind, *headers):
    return plain(body, "HTTP/1.1 200 OK", *headers).replace(b"text/html; charset=utf-8", kind.encode())


def pages():
    """The third page is the first one under another address; two pictures are one."""
    first = talk("改造内容由居民投票决定先后。").replace("</body>", "<img src='/zxft/a.png'></body>").encode()
    second = talk("电梯加装从五月开始报名。", title="电梯访谈", opening=OTHER, day="2024年4月9日")
    return {
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        "/zxft/": section(1, 2, 3),
        "/zxft/t20210101_1.html": plain(first),
        "/zxft/t20210101_2.html": plain(second.replace("</body>", "<img src='/zxft/b.png'></body>").encode()),
        "/zxft/t20210101_3.html": plain(first),
        "/zxft/a.png": reply(PICTURE, "image/png", 'ETag: "a"'),
        "/zxft/b.png": reply(PICTURE, "image/png", 'ETag: "b"'),
    }


@pytest.fixture(scope="module")
def server():
    with OddServer(pages()) as running:
        yield running


@pytest.fixture(scope="module")
def crawled(tmp_path_factory, server):
    collection = Collection(tmp_path_factory.mktemp("elsewhere") / "c").create()
    done = crawl(collection, server)
    assert "1 of 3 entries unaccounted for: 1 another page" in done.out, "an entry that is another's page is told"
    return collection


def crawl(collection, server, *options):
    return fangtan("crawl", "--delay", "0", *options, f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)  # fmt: skip


def captures(collection, before=()):
    """Record by the end of its address, of the files that came since."""
    new = [path for path in collection.warcs() if path.name not in before]
    found = [record for path in new for record in iterate(path) if record.type in ("response", "revisit")]
    return {record.target.rsplit("/", 1)[1]: record for record in found}


PAIRS = [("a.png", "b.png"), ("t20210101_1.html", "t20210101_3.html")]


def by_type(found, names):
    """The response and the revisit of two addresses; the one that came first is the response."""
    return sorted((found[name] for name in names), key=lambda record: record.type)


@pytest.mark.parametrize("names", PAIRS)
def test_the_second_address_refers_to_the_record_of_the_first(crawled, names):
    original, revisit = by_type(captures(crawled), names)
    assert (original.type, revisit.type) == ("response", "revisit")
    assert revisit.get("WARC-Profile").endswith("/1.1/revisit/identical-payload-digest")
    assert revisit.get("WARC-Refers-To") == original.get("WARC-Record-ID")
    assert revisit.get("WARC-Refers-To-Target-URI") == original.target != revisit.target
    assert revisit.get("WARC-Refers-To-Date") == original.get("WARC-Date")
    assert revisit.get("WARC-Payload-Digest") == original.get("WARC-Payload-Digest")
    assert b"ETag" in revisit.block or "html" in revisit.target, "its own head"


def test_nothing_is_wrong_and_a_rebuild_says_the_same(crawled, tmp_path):
    assert faults(crawled, reparse=True) == []
    query = "SELECT count(*), sum(n_turns) FROM interviews"
    said = rows(crawled, query)
    assert said == [(2, 8)], "the page under two addresses is one talk"
    kinds = rows(crawled, "SELECT DISTINCT r.kind FROM _readings r JOIN captures c ON c.id = r.capture WHERE c.url LIKE '%png'")  # fmt: skip
    assert kinds == [], "a picture has no reading, whatever its record is"
    collection = copy_of(crawled, tmp_path / "c")
    rebuild(collection)
    assert rows(collection, query) == said


def test_a_package_of_what_refers_has_what_it_refers_to(crawled, tmp_path):
    _, revisit = by_type(captures(crawled), PAIRS[0])
    made = package(crawled, revisit.target, output=tmp_path / "one.wacz")
    assert made.captures == 2
    found = list(verify_files([made.path], Summary()))
    assert [fault for fault in found if fault.level == "fault"] == []


def test_the_next_crawls_refer_to_the_record_that_has_the_bytes(crawled, server, tmp_path):
    collection = copy_of(crawled, tmp_path / "c")
    original, _ = by_type(captures(collection), PAIRS[1])
    before = {path.name for path in collection.warcs()}
    crawl(collection, server, "--recheck")
    found = captures(collection, before)
    assert {found[name].get("WARC-Refers-To") for name in PAIRS[1]} == {original.get("WARC-Record-ID")}
    assert faults(collection) == []


def test_what_is_taken_down_goes_under_every_address_that_has_only_its_bytes(crawled, tmp_path):
    collection = copy_of(crawled, tmp_path / "c")
    original, revisit = by_type(captures(collection), PAIRS[0])
    done = withhold(collection, [original.id], "law", destroy=True)
    assert (set(done.captures), done.destroyed) == ({original.id, revisit.id}, True)
    assert rows(collection, "SELECT id FROM captures WHERE url LIKE '%png'") == []
    assert PICTURE[:40].hex() not in "".join(bytes(r.block).hex() for p in collection.warcs() for r in iterate(p))
    assert faults(collection, reparse=True) == []


def test_a_further_address_of_what_is_taken_down_is_kept_complete(crawled, server, tmp_path):
    """The takedown named captures; whoever wants the new one gone says so."""
    collection = copy_of(crawled, tmp_path / "c")
    original, _ = by_type(captures(collection), PAIRS[0])
    withhold(collection, [original.id], "law")
    changed = pages()["/zxft/t20210101_2.html"].replace(b"b.png", b"c.png")
    server.table["/zxft/t20210101_2.html"], server.table["/zxft/c.png"] = changed, reply(PICTURE, "image/png")
    try:
        before = {path.name for path in collection.warcs()}
        crawl(collection, server, "--recheck")
    finally:
        server.table.update(pages())
    assert captures(collection, before)["c.png"].type == "response"


def test_a_lost_original_is_named_with_all_who_refer_to_it_and_fetched_again(crawled, server, tmp_path):
    collection = copy_of(crawled, tmp_path / "c")
    original, revisit = by_type(captures(collection), PAIRS[1])
    ((name, at, length),) = rows(collection, "SELECT warc_file, warc_offset, warc_length FROM captures WHERE id = ?", original.id)  # fmt: skip
    data = bytearray((collection.archive / name).read_bytes())
    data[at + length // 2] ^= 1
    (collection.archive / name).write_bytes(data)
    (loss,) = rebuild(collection).losses
    assert revisit.target in str(loss)
    assert "老旧小区改造访谈" in str(loss)
    before = {path.name for path in collection.warcs()}
    crawl(collection, server)
    found = captures(collection, before)
    assert sorted(found[name].type for name in PAIRS[1]) == ["response", "revisit"]
    assert rows(collection, "SELECT count(*), sum(n_turns) FROM interviews") == [(2, 8)]
