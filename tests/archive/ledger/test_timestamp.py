"""RFC 3161 time stamps against a real authority on loopback: ``openssl ts``."""

import pytest
from support.running import fangtan, faults
from support.servers.oddserver import OddServer, responses
from support.stamps import authority_files, serving

from archive.errors import ArchiveError
from archive.ledger import chain as ledger
from archive.ledger import timestamp
from archive.verify import Options, Summary, verify_collection

pytestmark = pytest.mark.long


@pytest.fixture
def authority(tmp_path):
    with serving(tmp_path / "authority") as url:
        yield url, tmp_path / "authority"


def configure(collection, url, ca=None):
    text = f'[timestamp]\nurl = "{url}"\n' + (f'ca = "{ca}"\n' if ca else "")
    (collection.root / "fangtan.toml").write_text(text, "utf-8")


def crawl(collection):
    with OddServer({"/zxft/": responses()["/zxft/"]}) as server:
        result = fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
        print(result.err)
        return result


def notes(collection):
    return [f for f in verify_collection(collection, Summary(), Options()) if f.level == "note"]


def fresh(collection):
    """The collection with its settings read anew."""
    return type(collection)(collection.root)


def test_a_crawl_has_its_head_stamped_and_verify_checks_it(collection, authority):
    url, folder = authority
    configure(collection, url, folder / "ca.pem")
    crawl(collection)
    collection = fresh(collection)
    (stamp,) = timestamp.stamps(collection)
    *_, stamped, entered = ledger.read(collection.ledger)
    assert (stamp.hash, entered.type, entered.data["name"]) == (stamped.hash, "timestamp", stamp.path.name)
    assert stamp.time
    assert faults(collection) == []
    assert "ledger-head" not in {n.check for n in notes(collection)}
    kept = stamp.path.read_bytes()
    stamp.path.write_bytes(kept + b" ")
    assert "timestamp" in {f.check for f in faults(collection)}, "the ledger vouches for the stamp"
    stamp.path.unlink()
    assert [f.check for f in faults(collection)] == ["ledger"]
    stamp.path.write_bytes(kept)
    lines = collection.ledger.read_bytes().splitlines(keepends=True)
    collection.ledger.write_bytes(b"".join(lines[:-2]))
    assert [f.check for f in faults(collection)] == ["ledger-head"], "the stamped head is gone"


def test_the_check_needs_no_openssl(collection, authority, monkeypatch):
    """The authority's certificates come in an order that rfc3161-client alone would refuse."""
    url, folder = authority
    configure(collection, url, folder / "ca.pem")
    crawl(collection)
    (stamp,) = timestamp.stamps(fresh(collection))
    monkeypatch.setattr(timestamp, "program", lambda _: None)
    assert timestamp.check(stamp, folder / "ca.pem") is None


def test_a_stamp_by_another_authority_is_refused(collection, authority, tmp_path):
    url, _ = authority
    authority_files(tmp_path / "other")
    configure(collection, url, tmp_path / "other" / "ca.pem")
    crawl(collection)
    assert "timestamp" in {f.check for f in faults(fresh(collection))}


def test_an_altered_stamp_is_refused(collection, authority):
    url, folder = authority
    configure(collection, url, folder / "ca.pem")
    crawl(collection)
    collection = fresh(collection)
    (stamp,) = timestamp.stamps(collection)
    data = stamp.path.read_bytes()
    for damaged in (data[:-20] + bytes(20), data[:100], b"", data.replace(b"1.2", b"1.3")):
        stamp.path.write_bytes(damaged)
        if damaged != data:
            assert "timestamp" in {f.check for f in faults(collection)}
    stamp.path.write_bytes(data)
    stamp.path.rename(stamp.path.with_name("1-" + "0" * 64 + ".tsr"))
    assert "timestamp" in {f.check for f in faults(collection)}


def test_without_a_root_certificate_verify_says_so(collection, authority):
    configure(collection, authority[0])
    crawl(collection)
    assert faults(fresh(collection)) == []
    assert "timestamp" in {n.check for n in notes(fresh(collection))}


@pytest.mark.parametrize("path", ["/garbage", "/old"])
def test_an_answer_that_is_no_stamp_of_this_head_is_not_kept(collection, authority, path):
    url, folder = authority
    configure(collection, url, folder / "ca.pem")
    crawl(collection)
    configure(collection, url + path, folder / "ca.pem")
    collection = fresh(collection)
    entry = ledger.append(collection, {"type": "test"})
    with pytest.raises(ArchiveError, match=r"time stamp|no stamp"):
        timestamp.stamp(collection, entry)
    assert len(timestamp.stamps(collection)) == 1


def test_a_crawl_goes_on_when_the_authority_is_away(collection):
    configure(collection, "http://127.0.0.1:9")
    result = crawl(collection)
    assert "not time-stamped" in result.err
    assert result.code in (0, 3)
    assert faults(fresh(collection)) == []
    asked = fangtan("ledger", "--stamp", collection=collection.root)
    assert asked.code == 5
