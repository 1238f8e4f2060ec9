"""Namesakes are proposed, never joined across sites; decisions are lines of the file and survive a rebuild."""

import asyncio

from support.recount import add_talk
from support.running import fangtan
from support.takedowns import holding, rows
from support.talks import talk

from archive.research.counting import total
from archive.research.filters import Filter
from archive.research.namesakes import namesakes
from archive.research.search import first_page
from archive.store.store import insert, open_reader, open_store, transaction
from archive.web.serve import application
from parsers.record import Guest, Record, Turn

#: Site, day, name and organisation of the guest of each talk.
TALKS = (
    ("city", "2020-01-01", "王建国", "武威市水务局"),
    ("minqin", "2015-01-01", "王建国", "民勤县水务局"),
    ("gulang", "2020-01-01", "王建国", "古浪县教育局"),
    ("far", "2020-01-01", "王建国", "水务局"),
    ("minqin", "2016-01-01", "李秀英", "民勤县教育局"),
    ("minqin", "2018-01-01", "李秀英", "教育局"),
    ("minqin", "2017-01-01", "赵六", "民勤县教育局"),
    ("minqin", "2018-01-01", "赵六", "民勤县民政局"),
    ("minqin", None, "孙七", "民勤县教育局"),
    ("city", "2021-01-01", "孙七", "民勤县教育局"),
)
SITES = {
    "city": ("武威市", None),
    "minqin": ("武威市", "民勤县"),
    "gulang": ("武威市", "古浪县"),
    "far": ("张掖市", "甘州区"),
}


def store(tmp_path):
    database = open_store(tmp_path / "fangtan.db")
    with transaction(database) as db:
        for site, (prefecture, county) in SITES.items():
            named = {"province": "甘肃省", "prefecture": prefecture, "county": county}
            insert(db, "sites", {"id": site, "name": site, "host": f"{site}.example", **named})
        for number, (site, day, name, organization) in enumerate(TALKS):
            record = Record(url="", kind="transcript", guests=(Guest(name, organization, "局长"),), parser="x")
            add_talk(db, f"{number:016x}", record, site=site, day=day)
    return database.conn


def told(db):
    return [(p.first.person, p.second.person, *p.evidence) for p in namesakes(db)]


def test_what_nobody_decided_is_proposed_with_its_evidence(tmp_path):
    db = store(tmp_path)
    assert told(db) == [
        ("minqin/赵六", "minqin/赵六", "one_id", "in_turn"),
        ("city/孙七", "minqin/孙七", "prefecture_and_county", "same_post", "undated"),
        ("city/王建国", "gulang/王建国", "prefecture_and_county", "at_one_time"),
        ("city/王建国", "minqin/王建国", "prefecture_and_county", "in_turn"),
        ("gulang/王建国", "minqin/王建国", "two_counties", "in_turn"),
    ]
    proposed = namesakes(db)[0]
    assert (proposed.second.organization, proposed.second.since, proposed.second.interview) == (
        "民勤县民政局",
        "2018-01-01",
        f"{7:016x}",
    )
    assert db.execute("SELECT count(*) FROM persons WHERE name = '王建国'").fetchone() == (4,), "nothing joins them"
    db.execute("INSERT INTO _apart VALUES ('gulang/王建国', 'minqin/王建国')")
    assert ("gulang/王建国", "minqin/王建国", "two_counties", "in_turn") not in told(db)
    db.close()


def decide(kept, *arguments):
    return fangtan("correct", *arguments, "--author", "甲", "--reason", "核对", collection=kept.root)


def test_of_two_people_of_one_name_each_has_turns_of_their_own(tmp_path):
    database = open_store(tmp_path / "fangtan.db")
    said = {"水务局": "群众用水", "教育局": "群众上学"}
    with transaction(database) as db:
        for number, (organization, words) in enumerate(said.items()):
            guest, turn = Guest("王建国", organization, "局长"), Turn(1, "王局长", "王建国", "guest", words)
            record = Record(url="", kind="transcript", guests=(guest,), turns=(turn,), parser="x")
            add_talk(db, f"{number:016x}", record, site="minqin", day="2020-01-01")
        db.execute("UPDATE _participants SET person = 'minqin/王建国（教育局）' WHERE organization = '教育局'")
    db = database.conn

    def words_of(speaker):
        only = Filter(speaker=speaker).check(db)
        assert total(db, "群众", only) == len(first_page(db, "群众", 9, only=only))
        return sorted(hit.text for hit in first_page(db, "群众", 9, only=only))

    assert words_of("王建国") == sorted(said.values())
    assert words_of("minqin/王建国") == [said["水务局"]]
    assert words_of("minqin/王建国（教育局）") == [said["教育局"]]
    db.close()


def proposals(kept):
    db = open_reader(kept.store)
    found = told(db)
    db.close()
    return found


def test_a_decision_is_kept_in_the_file_and_survives_a_rebuild(tmp_path):
    other = talk("水库正在加固。", title="水务访谈", opening=("请问水库？",), day="2023年4月6日").replace(
        "县住建局局长", "县水务局局长"
    )
    kept = holding(tmp_path, ("/1.html", "2024-03-05", talk("修好了。")), ("/2.html", "2024-03-06", other))
    ((person, same, *evidence),) = proposals(kept)
    assert (person, evidence) == (same, ["one_id", "in_turn"])
    page = asyncio.run(application(kept).client.get("/review?lang=en")).text
    assert "Namesakes to decide on" in page
    assert f"fangtan correct {person} same_as {person}" in page

    assert decide(kept, person, "same_as", person).code == 0
    assert proposals(kept) == []
    assert rows(kept, "SELECT method FROM persons") == [("by correction",)]
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert proposals(kept) == []
    assert decide(kept, person, "same_as", "--nothing").code == 0
    assert len(proposals(kept)) == 1


def test_two_persons_of_one_name_are_kept_apart(tmp_path):
    other = talk("水库正在加固。", title="水务访谈", opening=("请问水库？",), day="2023年4月6日").replace(
        "县住建局局长", "县水务局局长"
    )
    kept = holding(tmp_path, ("/1.html", "2024-03-05", talk("修好了。")), ("/2.html", "2024-03-06", other))
    db = open_reader(kept.store)
    (proposed,) = namesakes(db)
    db.close()
    one, talk_of, field = proposed.first.person, proposed.second.interview, f"guests[{proposed.second.guest}].person"
    assert decide(kept, talk_of, field, "周立民（水务局）").code == 0
    assert proposals(kept) == []
    second = f"{one}（水务局）"
    assert decide(kept, one, "not_same_as", second).code == 0
    assert decide(kept, one, "same_as", second).code == 2, "the file would say both"
    assert decide(kept, one, "not_same_as", second).code == 2
    assert decide(kept, one, "not_same_as", one).code == 2
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert rows(kept, "SELECT person, other FROM _apart") == [(one, second)]
    assert decide(kept, one, "not_same_as", "--nothing").code == 0
    assert rows(kept, "SELECT person, other FROM _apart") == []
