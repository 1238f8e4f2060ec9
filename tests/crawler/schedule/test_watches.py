"""Watched queries: each receiver hears of each new turn once, of nothing that was there before and nothing withheld."""

import json

import pytest
from support.county_talks import FIRST, LATER, add, held
from support.running import copy_of, fangtan
from support.servers.receivers import hooks, mail, notify, smtp, webhook
from support.takedowns import rows, uid_of

from archive.collection import clock
from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.research import saved
from archive.store.query_language import parse
from crawler.schedule.notify import Notifier


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    collection = held(tmp_path_factory.mktemp("watched"))
    saved.save(collection, "群众", {"query": "群众", "role": "guest", "title": "群众的事"})
    return collection


@pytest.fixture
def kept(archived, tmp_path):
    return copy_of(archived, tmp_path / "kept")


def tick(collection):
    """A scheduler of its own looks, reports, and waits for the receivers."""
    notifier = Notifier(Collection(collection.root))
    notifier.tick(clock.now(), idle=True)
    notifier.close()
    return notifier


def watch(collection, receiver, *names):
    notify(collection, f"watch = {json.dumps(names or ['群众'], ensure_ascii=False)}\n{receiver}")


def hits(body):
    return {hit["turn"] for hit in body["hits"]}


def guests(collection):
    return {row[0] for row in rows(collection, "SELECT id FROM turns WHERE role = 'guest' AND text LIKE '%群众%'")}


def test_each_receiver_hears_of_each_new_turn_once(kept, tmp_path):
    before = guests(kept)
    with webhook() as good, webhook((503, b"")) as bad:
        watch(kept, f"{hooks(good, 'json').removesuffix(']')}, {hooks(bad, 'json').removeprefix('webhook = [')}")
        tick(kept)
        assert (good.got, bad.got) == ([], []), "what was there is no news"
        add(kept, LATER[:1], "second.warc.gz", tmp_path)
        first = guests(kept) - before
        tick(kept)
        tick(kept)
        assert [hits(body) for _, body in good.got] == [first]
        add(kept, LATER[1:], "third.warc.gz", tmp_path)
        second = guests(kept) - before - first
        bad.got.clear()
        bad.answer = (200, b"")
        tick(kept)
        tick(kept)
        assert [hits(body) for _, body in good.got] == [first, second]
        assert [hits(body) for _, body in bad.got] == [first | second], "who was down hears of all, once"
    assert first
    assert second
    assert "群众的事" in good.got[0][1]["subject"]


def test_a_watch_comes_by_mail_with_the_words_and_where_they_are(kept, tmp_path):
    with smtp() as server:
        watch(kept, mail(server))
        tick(kept)
        add(kept, LATER, "second.warc.gz", tmp_path)
        tick(kept)
        tick(kept)
        (message,) = server.mails
    assert message["Subject"] == "[fangtan] 群众的事: 2 new turn(s) 新发言"
    text = message.get_content()
    assert "后来的访谈（100）" in text
    assert "a.example.gov.cn/zxft/101.html" in text


def test_what_is_withheld_meanwhile_is_not_reported_and_what_comes_back_is_no_news(kept, tmp_path):
    with webhook((503, b"")) as hook:
        watch(kept, hooks(hook, "json"))
        tick(kept)
        add(kept, LATER, "second.warc.gz", tmp_path)
        tick(kept)
        uid = uid_of(kept, "/100.html")
        taken = fangtan("withhold", uid, "--reason", "asked", collection=kept.root)
        assert taken.code == 0, taken.err
        hook.got.clear()
        hook.answer = (200, b"")
        tick(kept)
        ((_, body),) = hook.got
        assert {turn.partition(".")[0] for turn in hits(body)} == {uid_of(kept, "/101.html")}
        assert "（100）" not in json.dumps(body, ensure_ascii=False)
        captures = json.loads(kept.ledger.read_text("utf-8").splitlines()[-1])["captures"]
        shown = fangtan("withhold", "--release", *captures, "--reason", "again", collection=kept.root)
        assert shown.code == 0, shown.err
        tick(kept)
        assert len(hook.got) == 1


def test_a_query_that_was_changed_or_cannot_be_used_writes_to_nobody(kept, tmp_path, caplog):
    with webhook() as hook:
        watch(kept, hooks(hook, "json"), "群众", "none")
        tick(kept)
        assert "none: no such saved query" in caplog.text
        (saved.folder(kept) / "群众.toml").write_text('query = "供水"\n', "utf-8")
        tick(kept)
        assert hook.got == [], "another question begins anew"
        add(
            kept,
            [(path.replace("/zxft/", "/more/"), day, page.replace("供水", "供热")) for path, day, page in FIRST[:1]],
            "x.warc.gz",
            tmp_path,
        )
        tick(kept)
        assert hook.got == [], "the earlier question is asked no more"
        config = kept.root / "fangtan.toml"
        config.write_text(config.read_text("utf-8").replace('"群众", ', ""), "utf-8")
        tick(kept)
    db = connect(kept.crawl_db)
    assert db.execute("SELECT count(*) FROM hits").fetchone() == (0,)
    db.close()


def test_words_that_are_understood_otherwise_after_an_update_begin_anew(kept, tmp_path, monkeypatch):
    """What only the new understanding finds was there before: it is no news."""
    with webhook() as hook:
        watch(kept, hooks(hook, "json"))
        monkeypatch.setattr(saved, "parse", lambda _, **options: parse("供水", **options))
        tick(kept)
        monkeypatch.undo()
        add(kept, LATER[:1], "second.warc.gz", tmp_path)
        before = guests(kept)
        tick(kept)
        assert hook.got == []
        add(kept, LATER[1:], "third.warc.gz", tmp_path)
        tick(kept)
        assert [hits(body) for _, body in hook.got] == [guests(kept) - before]
