"""What corpus tools read: VRT, CoNLL-U, readtext, ConvoKit, TEI; each read back by a reader of its own."""

import csv
import itertools
import json
import re
import sys
from collections import Counter

import conllu
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from support.county_talks import FIRST, add
from support.reading_room import ask
from support.talks import talk

from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.export import export
from archive.export.cells import bare
from archive.export.tei_people import TEI, XML_ID
from archive.export.tokens import characters, sentences
from archive.ledger import chain as ledger
from archive.research.filters import Filter
from archive.store.store import open_reader
from archive.web.serve import application

#: Signs that are mark-up elsewhere, blanks inside, Latin words, a label that names nobody, a question after an answer, printed times.
ODD = (
    "/zxft/60.html",
    "2024-05-06",
    talk(
        "=5G 基站今年建 1,200 个，\u201c够用\u201d吗？&lt;不够&gt;！还要建&quot;二期&quot;\t网络 &amp; 机房。",
        "二期何时开工？请说 3.5G 的事；谢谢。（提问时间：2022-08-08 09:30）",
        "明年。（回复时间：2022年8月9日）",
        title="&lt;基站&gt; &quot;访谈&quot; &amp; 问答",
        day="2022年8月8日",
    ),
)


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora")
    collection = Collection(folder / "c").create()
    ledger.ensure_key(collection)
    return add(collection, (*FIRST[:3], ODD), "first.warc.gz", folder)


@pytest.fixture(scope="module")
def db(archived):
    connection = open_reader(archived.store)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def said(db):
    return dict(db.execute("SELECT id, text FROM turns"))


@pytest.fixture(scope="module")
def exported(archived, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")

    def made(form, **options):
        target = folder / f"{form}{len(list(folder.iterdir()))}"
        export(archived, form, target, **options)
        return target

    return made


def glued(text):
    return "".join(text.split())


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.text(alphabet=st.sampled_from("水务局5G3.,%。！？”; \t\n\u3000e\u0301<&\U00020000"), max_size=40))
def test_tokens_hold_all_of_a_text_but_its_blanks(text):
    found = list(sentences(text, characters))
    assert glued("".join(token.form for sentence in found for token in sentence)) == glued(text)
    assert all(sentence and not any(re.search(r"\s", token.form) for token in sentence) for sentence in found)


def test_sentences_end_with_their_quotes_and_words_stay_whole():
    found = [[token.form for token in s] for s in sentences("他说：“好！”5G 占3.5%。\n下一行", characters)]
    assert found == [["他", "说", "：", "“", "好", "！", "”"], ["5G", "占", "3.5", "%", "。"], ["下", "一", "行"]]


def test_a_combining_mark_stays_with_its_letter():
    assert [token.form for s in sentences("\u6c34\u0301务", characters) for token in s] == ["\u6c34\u0301", "务"]


# ── VRT ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", [False, True])
def test_vrt_is_xml_with_a_token_a_line(exported, db, said, words):
    folder = exported("vrt", words=words)
    raw = (folder / "fangtan.vrt").read_bytes()
    root = etree.fromstring(raw)
    assert {turn.get("id"): glued("".join(turn.itertext())) for turn in root.iter("turn")} == {
        name: glued(text) for name, text in said.items()
    }
    titles = dict(db.execute("SELECT uid, title FROM interviews"))
    assert {text.get("id"): text.get("title") for text in root} == titles
    assert '<基站> "访谈" & 问答' in titles.values()
    lines = raw.decode().splitlines()
    assert all(line and (line.startswith("<") == line.endswith(">")) for line in lines), "a tag or a token"
    assert ("建设" in lines or "改造" in lines) is words
    assert '"' in lines, "a token is no attribute: its quotes are its own"
    assert (folder / "datasheet.md").read_text("utf-8").count("words cut by jieba") == words


def test_vrt_names_the_person_and_the_post(exported, db):
    turns = list(etree.parse(exported("vrt") / "fangtan.vrt").iter("turn"))
    assert {(t.get("role"), t.get("person"), t.get("post")) for t in turns} == {
        ("host", "", ""),
        ("guest", db.execute("SELECT id FROM persons").fetchone()[0], "局长"),
    }


def test_the_configurations_name_every_structure_and_attribute(exported):
    folder = exported("vrt")
    root = etree.parse(folder / "fangtan.vrt").getroot()
    used = {(e.tag, name) for e in root.iter() for name in e.keys() or [""]}
    configuration, encode = ((folder / name).read_text("utf-8") for name in ("fangtan.conf", "encode.sh"))
    known = set()
    for tag, block in re.findall(r"STRUCTURE (\w+) \{\n((?:  ATTRIBUTE \w+\n)*)\}", configuration):
        known |= {(tag, name) for name in re.findall(r"ATTRIBUTE (\w+)", block) or [""]}
    assert known == used
    for tag in ("text", "turn"):
        assert re.search(rf"-S {tag}:0\+([\w+]+)", encode)[1].split("+") == [n for t, n in root_order(root) if t == tag]


def root_order(root):
    return list(dict.fromkeys((e.tag, name) for e in root.iter() for name in e.keys()))  # noqa: SIM118


# ── CoNLL-U ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", [False, True])
def test_conllu_is_read_by_its_reader(exported, said, words):
    parsed = conllu.parse((exported("conllu", words=words) / "fangtan.conllu").read_text("utf-8"))
    texts = Counter()
    spoken = {}
    for sentence in parsed:
        built = "".join(t["form"] + ("" if (t["misc"] or {}).get("SpaceAfter") == "No" else " ") for t in sentence)
        assert built.rstrip() == sentence.metadata["text"]
        assert [token["id"] for token in sentence] == list(range(1, len(sentence) + 1))
        turn, _, number = sentence.metadata["sent_id"].rpartition(".")
        texts[turn] += 1
        assert int(number) == texts[turn]
        spoken[turn] = spoken.get(turn, "") + glued(sentence.metadata["text"])
    assert spoken == {name: glued(text) for name, text in said.items()}
    assert sum("newdoc id" in s.metadata for s in parsed) == 4
    assert {s.metadata["newpar id"] for s in parsed if "newpar id" in s.metadata} == set(said)
    assert {s.metadata["role"] for s in parsed} == {"host", "guest"}


def test_words_without_the_segmenter_are_refused_before_anything_is_written(archived, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(ConfigError, match=r"fangtan\[words\]"):
        export(archived, "conllu", tmp_path / "c", words=True)
    with pytest.raises(ConfigError, match="vrt and conllu"):
        export(archived, "csv", tmp_path / "c", words=True)
    assert not list(tmp_path.iterdir())


# ── readtext ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_readtext_has_a_document_a_turn(exported, said):
    with (exported("readtext") / "readtext.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[:2] == ["doc_id", "text"]
    assert {row["doc_id"]: bare(row["text"]) for row in rows} == said
    assert any(row["text"].startswith("'=") for row in rows), "no cell begins a formula"
    assert {(row["year"], row["role"]) for row in rows} == set(itertools.product(["2022", "2023"], ["host", "guest"]))


# ── ConvoKit ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_convokit_speakers_are_persons_over_talks(exported, db):
    folder = exported("convokit")
    speakers = json.loads((folder / "speakers.json").read_text("utf-8"))
    utterances = [json.loads(line) for line in (folder / "utterances.jsonl").read_text("utf-8").splitlines()]
    (person,) = [row[0] for row in db.execute("SELECT id FROM persons")]
    assert speakers[person]["meta"] == {
        "name": "周立民", "role": "guest", "person": person, "posts": "县住建局 局长", "conversations": 4,
    }  # fmt: skip
    assert len(speakers) == 5, "one person, and in each talk a host whom no page names"
    assert {u["conversation_id"] for u in utterances if u["speaker"] == person} == {u["conversation_id"] for u in utterances}  # fmt: skip


def test_convokit_answers_reply_to_their_question(exported, db):
    for form, only in (("all", None), ("guests", Filter(role="guest"))):
        lines = (exported("convokit", only=only) / "utterances.jsonl").read_text("utf-8").splitlines()
        utterances = {u["id"]: u for u in map(json.loads, lines)}
        pairs = db.execute(
            "SELECT a.id, q.id FROM qa x JOIN turns q ON q.interview = x.interview AND q.seq = x.question_seq "
            "JOIN turns a ON a.interview = x.interview AND a.seq = x.answer_seq"
        ).fetchall()
        expected = {answer: question if question in utterances else None for answer, question in pairs}
        assert {answer: utterances[answer]["reply-to"] for answer in expected} == expected, form
        assert all(utterances[answer]["meta"]["kind"] == "answer" for answer in expected)
    assert set(expected.values()) == {None}, "a question that is not in the export is not replied to"


def test_every_format_has_the_printed_times_and_the_question_of_each_answer(archived, exported, db):
    """The view says which turns pair; here each pair is found again from the texts alone."""
    times = {name: time or "" for name, time in db.execute("SELECT id, time FROM turns")}
    assert sorted(filter(None, times.values())) == ["2022-08-08T09:30", "2022-08-09"]
    answers = dict(db.execute("SELECT answer_id, question_id FROM qa WHERE answer_id IS NOT NULL"))
    said = {name: (talk, seq) for name, talk, seq in db.execute("SELECT id, interview, seq FROM turns")}
    assert {(said[a][0] == said[q][0], said[a][1] - said[q][1]) for a, q in answers.items()} == {(True, 1)}
    expected = {name: (times[name], answers.get(name, "")) for name in said}

    vrt = etree.parse(exported("vrt") / "fangtan.vrt").iter("turn")
    assert {turn.get("id"): (turn.get("time"), turn.get("reply_to")) for turn in vrt} == expected
    marked = conllu.parse((exported("conllu") / "fangtan.conllu").read_text("utf-8"))
    found = {s.metadata["sent_id"].rpartition(".")[0]: s.metadata for s in marked}
    assert {name: (m.get("time", ""), m.get("reply_to", "")) for name, m in found.items()} == expected
    with (exported("readtext") / "readtext.csv").open(encoding="utf-8", newline="") as stream:
        assert {row["doc_id"]: (row["time"], row["reply_to"]) for row in csv.DictReader(stream)} == expected
    lines = (exported("convokit") / "utterances.jsonl").read_text("utf-8").splitlines()
    assert {u["id"]: u["meta"]["time"] for u in map(json.loads, lines)} == times
    tables = exported("csv")
    turns, pairs = (
        list(csv.DictReader((tables / f"{name}.csv").read_text("utf-8-sig").splitlines())) for name in ("turns", "qa")
    )
    assert {row["id"]: row["time"] for row in turns} == times
    assert {row["answer_id"]: row["question_id"] for row in pairs if row["answer_id"]} == answers
    assert [row["days"] for row in pairs if row["question_time"]] == ["1"]
    dated = "SELECT interview FROM turns WHERE time IS NOT NULL"
    page = ask(application(archived), f"/interview/{db.execute(dated).fetchone()[0]}?lang=en").text
    assert '<time datetime="2022-08-08T09:30">2022-08-08 09:30</time>' in page
    corpus = etree.parse(exported("tei") / "corpus.xml")
    corpus.xinclude()
    dated = corpus.iterfind(f".//{{{TEI}}}note[@type='time']/{{{TEI}}}date")
    assert sorted(date.get("when-iso") or date.get("when") for date in dated) == ["2022-08-08T09:30", "2022-08-09"]


# ── TEI ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tei_lists_each_person_and_organisation_once(exported, db):
    folder = exported("tei")
    corpus = etree.parse(folder / "corpus.xml")
    corpus.xinclude()
    persons = list(corpus.iter(f"{{{TEI}}}person"))
    assert len(list(corpus.iter(f"{{{TEI}}}listPerson"))) == len(list(corpus.iter(f"{{{TEI}}}listOrg"))) == 1
    ids = [e.get(XML_ID) for e in corpus.iter() if isinstance(e.tag, str) and e.get(XML_ID)]
    assert len(ids) == len(set(ids))
    who = Counter(u.get("who").removeprefix("#") for u in corpus.iter(f"{{{TEI}}}u"))
    assert set(who) == {p.get(XML_ID) for p in persons}
    (named,) = [p for p in persons if p.find(f"{{{TEI}}}idno") is not None]
    assert named.findtext(f"{{{TEI}}}idno") == db.execute("SELECT id FROM persons").fetchone()[0]
    assert who[named.get(XML_ID)] == db.execute("SELECT count(*) FROM turns WHERE role = 'guest'").fetchone()[0]
    (post,) = named.iter(f"{{{TEI}}}affiliation")
    assert (post.text, post.get("notBefore"), post.get("notAfter")) == ("县住建局 局长", "2022-08-08", "2023-03-03")
    (organization,) = corpus.iter(f"{{{TEI}}}org")
    assert (post.get("ref"), organization.findtext(f"{{{TEI}}}orgName")) == (f"#{organization.get(XML_ID)}", "县住建局")


def test_tei_has_no_list_of_nobody(exported):
    """TEI's schema wants somebody in each list."""
    for only, lists in ((Filter(role="host"), ["listPerson.xml"]), (Filter(role="reporter"), [])):
        folder = exported("tei", only=only)
        assert [path.name for path in sorted(folder.glob("list*.xml"))] == lists
        corpus = etree.parse(folder / "corpus.xml")
        assert len(corpus.findall(f".//{{{TEI}}}particDesc")) == len(lists)
        corpus.xinclude()
        assert len(list(corpus.iter(f"{{{TEI}}}listPerson"))) == len(lists)
