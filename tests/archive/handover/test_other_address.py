"""A page that another county's address served first: its capture refers to that record, and every promise holds for
both.
"""

import base64
import gzip
import hashlib
import io
import json
import zipfile

import pytest
from support.dump import dump_public
from support.foreign import quiet, writer_for
from support.running import copy_of, faults
from support.talks import OPENING, rows, talk
from warcio.statusandheaders import StatusAndHeaders

from archive.collection.folder import Collection
from archive.collection.shelf import Folder
from archive.errors import ConfigError
from archive.handover.imports import take
from archive.handover.merging import merge
from archive.handover.transfer import transfer
from archive.handover.wacz import package
from archive.handover.withhold import release, withhold
from archive.keeping.replicas import Copying, replicate
from archive.keeping.restore import restore
from archive.ledger import chain as ledger
from archive.store.part_places import Near
from archive.store.parts import Parts, make_part, tasks
from archive.store.rebuild import rebuild
from archive.verify import Summary, verify_collection, verify_files

A, B, C = "http://a.example.gov.cn/zxft/1.html", "http://b.example.gov.cn/zxft/9.html", "http://b.example.gov.cn/2.html"
IDS = {url: f"00000000-0000-4000-8000-00000000000{n}" for n, url in enumerate((A, B, C))}
WORDS = "改造内容由居民投票决定先后。"
PAGES = {
    A: talk(WORDS).encode(),
    C: talk("从五月开始报名。", title="电梯访谈", opening=tuple(f"{o}电梯呢？" for o in OPENING)).encode(),
}
HEAD = ("Content-Type", "text/html; charset=utf-8")


def _record(writer, url, second):
    page, said = (
        PAGES.get(url),
        {"WARC-Date": f"2026-03-01T08:00:0{second}Z", "WARC-Record-ID": f"<urn:uuid:{IDS[url]}>"},
    )
    if page is None:
        digest = f"sha256:{base64.b32encode(hashlib.sha256(PAGES[A]).digest()).decode()}"
        head, said = (
            StatusAndHeaders("200 OK", [HEAD], protocol="HTTP/1.1"),
            {**said, "WARC-Refers-To": f"<urn:uuid:{IDS[A]}>"},
        )
        return writer.create_revisit_record(url, digest, A, "2026-03-01T08:00:00Z", head, warc_headers_dict=said)
    head = StatusAndHeaders("200 OK", [HEAD, ("Content-Length", str(len(page)))], protocol="HTTP/1.1")
    return writer.create_warc_record(url, "response", io.BytesIO(page), http_headers=head, warc_headers_dict=said)


def archived(path, *urls):
    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer = writer_for(stream, warc_version="1.1")
            for url in urls:
                writer.write_record(_record(writer, url, list(IDS).index(url)))

    write(path)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    return archived(folder / "a.warc.gz", A), archived(folder / "b.warc.gz", B, C)


def made(root, *files):
    collection = Collection(root).create()
    ledger.ensure_key(collection)
    for file in files:
        assert take(collection, [file]).refused == []
    return collection


@pytest.fixture(scope="module")
def both(tmp_path_factory, files):
    return made(tmp_path_factory.mktemp("both") / "c", *files)


@pytest.fixture
def archive(both, tmp_path):
    return copy_of(both, tmp_path / "c")


def shown(collection):
    return list(dump_public(collection.store))


def said_at(collection, url):
    """The words of the talk at an address."""
    query = "SELECT t.text FROM turns t JOIN interview_urls u ON u.interview = t.interview WHERE u.url = ?"
    return "".join(text for (text,) in rows(collection, query, url))


def clean(collection):
    return faults(collection, reparse=True) == []


def test_the_order_in_which_they_come_changes_nothing(both, files, tmp_path):
    assert WORDS in said_at(both, B)
    late = made(tmp_path / "c", *reversed(files))
    assert WORDS in said_at(late, B)
    assert clean(late)


def test_an_import_without_the_original_says_so_and_is_healed_by_it(files, tmp_path):
    collection = made(tmp_path / "c", files[1])
    query = "SELECT r.kind, r.error FROM _readings r WHERE r.capture = ?"
    assert rows(collection, query, IDS[B]) == [("error", "revisit of a capture that is not here")]
    take(collection, [files[0]])
    assert WORDS in said_at(collection, B)
    assert clean(collection)


def test_merge_and_rebuild_say_the_same(both, tmp_path):
    collection = made(tmp_path / "m")
    assert merge(collection, both).refused == []
    assert shown(collection) == shown(both)
    rebuild(collection)
    assert shown(collection) == shown(both)
    assert clean(collection)


def test_parts_of_two_sites_fold_into_what_one_process_reads(archive, tmp_path):
    before = shown(archive)
    folder = tmp_path / "parts"
    folder.mkdir()
    for name in ("a.warc.gz", "b.warc.gz"):
        make_part(str(archive.root), str(folder), *next(iter(tasks([name]).items())))
    rebuild(archive, Parts(archive, Near(folder)))
    assert shown(archive) == before


def test_a_file_in_one_gzip_member_comes_in_with_what_it_refers_to(files, tmp_path):
    whole = tmp_path / "whole.warc.gz"
    whole.write_bytes(gzip.compress(b"".join(gzip.decompress(file.read_bytes()) for file in reversed(files))))
    collection = made(tmp_path / "c", whole)
    assert WORDS in said_at(collection, B)
    assert clean(collection)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("named", ["by its id", "by its address"])
def test_a_general_archive_gives_both(files, tmp_path, order, named):
    """The page at the second address has no words of its own by which anybody knew it for an interview."""
    one, two = (gzip.decompress(file.read_bytes()) for file in files)
    lost = b"WARC-Refers-To: " if named == "by its address" else b"WARC-Refers-To-Target-URI: "
    two = two.replace(lost, b"X-Was: ")
    general = tmp_path / "general.warc"
    general.write_bytes(b"".join([one, two][::order]))
    collection = made(tmp_path / "c")
    take(collection, [general], only_interviews=True, despite_faults=True)
    assert WORDS in said_at(collection, B)


# ── takedowns ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_takedown_of_the_original_hides_both_and_its_release_shows_both(archive):
    before = shown(archive)
    withhold(archive, [IDS[A]], "law")
    assert rows(archive, "SELECT id FROM captures") == [(IDS[C],)]
    assert clean(archive)
    release(archive, [IDS[A]], "settled")
    assert shown(archive) == before
    assert clean(archive)


def test_a_release_shows_no_address_that_somebody_named(archive):
    withhold(archive, [IDS[B]], "law")
    withhold(archive, [IDS[A]], "law")
    release(archive, [IDS[A]], "settled")
    assert rows(archive, "SELECT id FROM captures ORDER BY id") == [(IDS[A],), (IDS[C],)]
    assert said_at(archive, B) == ""


def test_what_went_along_is_known_after_a_merge_too(archive, tmp_path):
    withhold(archive, [IDS[A]], "law")
    collection = made(tmp_path / "m")
    merge(collection, archive)
    release(collection, [IDS[A]], "settled")
    assert WORDS in said_at(collection, B)


@pytest.mark.parametrize("destroy", [False, True])
def test_a_takedown_of_the_second_address_leaves_the_first_one_its_words(archive, destroy):
    withhold(archive, [IDS[B]], "law", destroy=destroy)
    assert said_at(archive, B) == ""
    assert WORDS in said_at(archive, A)
    assert clean(archive)


def test_the_destroyed_original_takes_the_words_of_both_and_says_so(archive):
    done = withhold(archive, [IDS[A]], "law", destroy=True)
    assert (done.captures, done.destroyed) == ((IDS[A], IDS[B]), True)
    assert WORDS.encode() not in b"".join(gzip.decompress(path.read_bytes()) for path in archive.warcs())
    with pytest.raises(ConfigError, match="destroyed"):
        release(archive, [IDS[A]], "settled")
    assert clean(archive)


@pytest.mark.parametrize("destroy", [False, True])
def test_what_repeats_a_hidden_record_shows_nothing_of_it(files, tmp_path, destroy):
    """It came in later, so no takedown names it. A package has nothing that its readers could not follow."""
    collection = made(tmp_path / "c", files[0])
    withhold(collection, [IDS[A]], "law", destroy=destroy)
    take(collection, [files[1]])
    assert said_at(collection, B) == ""
    assert clean(collection)
    done = package(collection, output=tmp_path / "all.wacz")
    assert done.captures == 1
    assert [f for f in verify_files([done.path], Summary()) if f.file != str(done.path) and f.check == "revisit"] == []


# ── what leaves ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_package_of_one_site_is_whole_by_itself(archive, tmp_path):
    """The record of the other site is in it; the pages that it lists are its own."""
    done = package(archive, "b-example-gov-cn", output=tmp_path / "b.wacz")
    assert [f for f in verify_files([done.path], Summary()) if f.level == "fault"] == []
    with zipfile.ZipFile(done.path) as opened:
        pages = [json.loads(line) for line in opened.read("pages/pages.jsonl").splitlines()[1:]]
        assert "pages/extraPages.jsonl" not in opened.namelist()
    assert [page["url"] for page in pages] == [B, C]
    assert WORDS in pages[0]["text"]
    other = made(tmp_path / "other", done.path)
    assert WORDS in said_at(other, B)
    assert clean(other)


def test_a_package_of_the_first_site_lists_its_own_page(archive, tmp_path):
    done = package(archive, "a-example-gov-cn", output=tmp_path / "a.wacz")
    with zipfile.ZipFile(done.path) as opened:
        pages = [json.loads(line)["url"] for line in opened.read("pages/pages.jsonl").splitlines()[1:]]
    assert pages == [A]


def test_a_bag_of_one_site_has_the_record_of_the_talk(archive):
    bag, _ = transfer(archive, "b-example-gov-cn")
    assert WORDS in "".join(path.read_text("utf-8") for path in (bag / "data" / "records").glob("*.json"))
    assert faults(archive) == []


def test_a_damaged_original_is_named_by_both_and_restored(archive, tmp_path):
    shelf = Folder(tmp_path / "replica")
    assert [f for f in replicate(archive, shelf, Copying()) if f.level == "fault"] == []
    before, path = shown(archive), archive.archive / "a.warc.gz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    told = {(f.check, f.record) for f in verify_collection(archive, Summary())}
    assert {("structure", IDS[A]), ("revisit", IDS[B])} <= told
    losses = [str(loss) for loss in rebuild(archive).losses]
    assert any(B in loss for loss in losses), losses
    assert said_at(archive, B) == ""
    restore(archive, "archive/a.warc.gz", shelf)
    rebuild(archive)
    assert shown(archive) == before
