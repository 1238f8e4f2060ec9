"""Counts and pages of a search against the same question put to every turn in plain Python, on each way that they are answered."""

import random
from collections import Counter, defaultdict
from dataclasses import fields, replace

import pytest
from support.generated import generated

from archive.research import counting, search
from archive.research.counting import GROUPS, counts, facets, total
from archive.research.filters import Filter
from archive.research.search import first_page, matches
from archive.store.derived import derive
from archive.store.query import kept
from archive.store.query_language import parse
from archive.store.store import open_reader, open_store, transaction

FILTERS = [
    Filter(),
    *(Filter(role=role) for role in ("guest", "host", "narrator")),
    Filter(year="2020"),
    Filter(year="2020-03"),
    Filter(site="s1"),
    Filter(province="云南省", year="2019"),
    Filter(kind="transcript", genre="interview"),
    Filter(genre="other"),
    Filter(since="2014-06", until="2019-02-03", role="netizen"),
    Filter(organization="水务局"),
    Filter(organization="教育局", role="guest", site="s2"),
    Filter(speaker="主持人", province="甘肃省"),
    *(Filter(speaker=name) for name in ("王局长", "马建设", "杨书记", "网友3")),
    Filter(speaker="王局长", role="guest", since="2001-01"),
]
#: How each word is looked for in the characters of a turn that are indexed.
WORDS = {
    "的": lambda text: "的" in text,
    "的一": lambda text: "的一" in text,
    "是 NOT 的": lambda text: "是" in text and "的" not in text,
    "5g OR 人民": lambda text: "5g" in text.lower() or "人民" in text,
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    """A store in which somebody corrected roles, names, a date and a kind; some labels are no names. Two sites have one name; of one nothing is known."""
    kept_in = generated(tmp_path_factory.mktemp("counted"), 1600, 5)
    database = open_store(kept_in.store)
    with transaction(database) as db:
        uids = [row[0] for row in db.execute("SELECT uid FROM _interviews ORDER BY uid")]
        for number, uid in enumerate(uids[::7]):
            role = ("narrator", "unknown", "reporter")[number % 3]
            laid = "UPDATE _turns SET corrected_role = json_object('new', ?) WHERE version = (SELECT id FROM versions WHERE interview = ? AND newest) AND seq % 5 = 2"
            db.execute(laid, (role, uid))
            derive(db, uid)
        for column, value, uid in (("speaker", "王局长", uids[5]), ("speaker", "王局长", uids[40]), ("corrected_person", '{"new": "马建设"}', uids[9]), ("corrected_speaker", '{"new": "杨书记"}', uids[16])):  # fmt: skip
            db.execute(
                f"UPDATE _turns SET {column} = ? WHERE person IS NOT NULL AND version = (SELECT id FROM versions WHERE interview = ? AND newest)",
                (value, uid),
            )
            derive(db, uid)
        changed = "UPDATE versions SET corrected_kind = ?, corrected_time_start = ?, genre = ? WHERE interview = ?"
        db.execute(changed, ('{"new": "summary"}', '{"new": "2001-02-03"}', "other", uids[3]))
        db.execute("UPDATE sites SET name = (SELECT name FROM sites WHERE id = 's1') WHERE id = 's3'")
        db.execute("DELETE FROM sites WHERE id = 's4'")
    database.conn.close()
    reader = open_reader(kept_in.store)
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def turns(db):
    """Every turn with all that a condition asks of it."""
    sites = {row[0]: row[1:] for row in db.execute("SELECT id, name, province FROM sites")}
    talks = {
        uid: {"uid": uid, "site": site, "kind": kind, "genre": genre or "", "date": date or ""}
        for uid, site, kind, genre, date in db.execute("SELECT uid, site, kind, genre, date FROM interviews")
    }
    guests = defaultdict(list)
    for uid, name, organization in db.execute("SELECT interview, name, organization FROM guests"):
        guests[uid].append((name, organization))
    query = "SELECT id, interview, seq, speaker, person, role, text FROM turns"
    known = {uid: sites.get(talk["site"], (talk["site"], "")) for uid, talk in talks.items()}
    return [
        talks[uid] | {"id": name, "seq": seq, "speaker": speaker, "person": person, "role": role, "text": text, "guests": guests[uid]}
        | {"site name": known[uid][0], "province": known[uid][1]}
        for name, uid, seq, speaker, person, role, text in db.execute(query)
    ]  # fmt: skip


def of(turn, name):
    """Whether somebody of an organisation says a turn; labels of these talks resolve to persons."""
    return turn["person"] is not None and any(
        who == turn["person"] and organization and name in organization for who, organization in turn["guests"]
    )


def asked_for(turn, only):
    day, asked = turn["date"], {f.name: getattr(only, f.name) for f in fields(only)}
    exact = all(asked[name] in (None, turn[name]) for name in ("site", "province", "kind", "genre", "role"))
    return (
        exact
        and (only.year is None or day.startswith(only.year))
        and (only.since is None or day >= only.since)
        and (only.until is None or ("" < day[: len(only.until)] <= only.until))
        and (only.speaker is None or only.speaker in (turn["speaker"], turn["person"]))
        and (only.organization is None or of(turn, only.organization))
    )


def group_of(turn, by):
    plain = {"year": turn["date"][:4], "month": turn["date"][:7], "site": turn["site name"]}
    return plain.get(by, turn.get(by)) if by != "speaker" else turn["person"] or turn["speaker"]


@pytest.fixture(params=["few", "many", "every talk asked"])
def way(request, monkeypatch):
    """The ways in which a search is answered: talks of few turns looked up, all of them read, walked or sorted."""
    if request.param != "few":
        monkeypatch.setattr(counting, "_FEW", 0)
        monkeypatch.setattr(search, "_WALK_FROM", 3)
    if request.param == "every talk asked":
        monkeypatch.setattr(search, "_WALK_AT_MOST", 1)
    return request.param


@pytest.mark.usefixtures("way")
def test_turns_of_a_person_are_found_by_id(db, turns):
    chosen = "SELECT person, name FROM _participants WHERE person IS NOT NULL AND listed AND turns > 1 LIMIT 1"
    who, name = db.execute(chosen).fetchone()
    found = {
        turn["id"] for turn in turns if (turn["site"], turn["person"]) == tuple(who.split("/")) and "的" in turn["text"]
    }
    only = Filter(speaker=who)
    assert found
    assert name == who.partition("/")[2]
    assert {name for (name,) in matches(db, parse("的"), only, "t.id")} == found
    assert {hit.turn for hit in search.first_page(db, "的", len(found) + 1, only=only)} == found


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "only", FILTERS, ids=lambda only: str({k: v for k in only.__slots__ if (v := getattr(only, k))})
)
def test_counts_and_pages_are_those_of_asking_every_turn(db, turns, only):
    chosen = [turn for turn in turns if asked_for(turn, only)]
    assert chosen
    for word, says in WORDS.items():
        found = [turn for turn in chosen if says(kept(turn["text"]))]
        assert total(db, word, only) == len(found), word
        assert {name for (name,) in matches(db, parse(word), only, "t.id")} == {turn["id"] for turn in found}
        for newest_first in (True, False):
            assert pages(db, word, only, newest_first) == in_order(found, newest_first), (word, newest_first)
        for name, values in facets(db, word, only).items():
            counted = Counter(turn[name] for turn in found if turn[name])
            assert {value: n for value, _, n in values} == counted, (word, name)
    word, says = random.Random(str(only)).choice(list(WORDS.items()))
    for by in GROUPS:
        assert {c.group: (c.turns, c.interviews, c.of, c.per_10000) for c in counts(db, word, by, only)} == told(
            [(group_of(turn, by), says(kept(turn["text"])), turn) for turn in chosen]
        ), (word, by)


def pages(db, word, only, newest_first):
    """Ids of all hits, taken page by page."""
    found, after = [], None
    while hits := first_page(db, word, 40, newest_first=newest_first, only=only, after=after):
        found += [hit.turn for hit in hits]
        after = (hits[-1].date, hits[-1].interview, hits[-1].seq)
    return found


def in_order(found, newest_first):
    rows = sorted(found, key=lambda turn: turn["seq"])
    rows.sort(key=lambda turn: (turn["date"], turn["uid"]), reverse=newest_first)
    return [turn["id"] for turn in rows]


def told(rows):
    """Of each group in which something is found: turns, talks, all turns, share."""
    said, found, talks, size = Counter(), Counter(), defaultdict(set), Counter()
    for group, hit, turn in rows:
        said[group] += 1
        size[group] += len(turn["text"])
        found[group] += hit
        talks[group] |= {turn["uid"]} if hit else set()
    return {g: (n, len(talks[g]), said[g], round(n * 10000 / size[g], 3)) for g, n in found.items() if n}


@pytest.mark.usefixtures("way")
def test_exact_case_is_counted_in_its_own_case(db, turns):
    only = Filter(role="guest")
    found = [turn["id"] for turn in turns if turn["role"] == "guest" and "5G" in kept(turn["text"])]
    assert total(db, "5G", replace(only, case="5G")) == len(found) > 0
    assert total(db, "5g", replace(only, case="5g")) == 0
