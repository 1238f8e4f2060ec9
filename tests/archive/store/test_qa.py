"""Questions and answers: greetings are none, follow-ups and relayed questions say so, both sides have person and organisation."""

import pytest
from support.recount import add_talk

from archive.store.store import open_store, transaction
from parsers.record import Guest, Record, Turn
from parsers.talk import questions

GUESTS = (Guest("王建国", "民勤县水务局", "局长"), Guest("李秀英", "民勤县教育局", "副局长"))
#: Speaker, person, role, words, and of what turns are questions: kind and whether a citizen asks through the host.
TALK = (
    ("主持人", None, "host", "各位网友大家好，欢迎收看本期访谈。今天我们请到了两位嘉宾。", ("opening", 0)),
    ("王建国", "王建国", "guest", "主持人好，大家好。", None),
    ("主持人", None, "host", "王局长，请您介绍一下今年的用水情况。", ("question", 0)),
    ("王建国", "王建国", "guest", "今年用水八千万方。", None),
    ("主持人", None, "host", "那么，灌溉占多少呢？", ("follow-up", 0)),
    ("王建国", "王建国", "guest", "六成。", None),
    ("王建国", "王建国", "guest", "其余是生活用水。", None),
    ("主持人", None, "host", "有网友问，学校的水费谁来交？", ("question", 1)),
    ("李秀英", "李秀英", "guest", "由县财政承担。", None),
    ("网友小草", None, "netizen", "东街什么时候通水？", ("question", 0)),
    ("记者", None, "reporter", "刚才说的工程何时完工？", ("question", 0)),
    ("王建国", "王建国", "guest", "年底。", None),
    ("主持人", None, "host", "好的，感谢两位嘉宾，今天的访谈就到这里，再见。", ("closing", 0)),
    ("王建国", "王建国", "guest", "再见。", None),
)  # fmt: skip


def kept(tmp_path, turns, guests=GUESTS, times=None):
    database = open_store(tmp_path / "fangtan.db")
    said = tuple(Turn(n, *turn[:4], (times or {}).get(n)) for n, turn in enumerate(turns, 1))
    with transaction(database) as db:
        add_talk(
            db, "a" * 16, Record(url="", kind="transcript", guests=guests, turns=said, parser="x"), day="2021-01-02"
        )
    return database.conn


def expected(turns):
    """Question, answer, kind and whether relayed, paired by hand: each answer belongs to the question above it."""
    found, asked, answered = [], None, True
    for n, (_, _, role, _, sort) in enumerate((*turns, ("", None, "", "", ("", 0))), 1):
        if sort is not None:
            if asked and not answered and asked[2] != "host":
                found.append((asked[0], 0, *asked[1]))
            asked, answered = (n, sort, role), False
        elif role == "guest" and asked:
            found.append((asked[0], n, *asked[1]))
            answered = True
    return found


def test_each_question_is_of_a_kind(tmp_path):
    db = kept(tmp_path, TALK)
    rows = db.execute("SELECT question_seq, answer_seq, kind, relayed FROM qa ORDER BY 1, 2").fetchall()
    assert rows == expected(TALK)
    assert (10, 0, "question", 0) in rows, "nobody answered the citizen"
    db.close()


def test_words_and_persons_of_both_sides_are_there(tmp_path):
    db = kept(tmp_path, TALK)
    texts = {n: (turn[0], turn[3]) for n, turn in enumerate(TALK, 1)}
    rows = db.execute("SELECT question_seq, answer_seq, asker, question, answerer, answer FROM qa").fetchall()
    assert len(rows) == len(expected(TALK))
    assert [row for row in rows if (row[2:4], row[4:]) != (texts[row[0]], texts.get(row[1], (None, None)))] == []
    relayed = "SELECT asker_role, answerer_person, answerer_organization, answerer_title FROM qa WHERE relayed"
    assert db.execute(relayed).fetchall() == [("host", "s/李秀英", "民勤县教育局", "副局长")]
    reporter = "SELECT asker_person, answerer_person, answerer_organization FROM qa WHERE asker_role = 'reporter'"
    assert db.execute(reporter).fetchall() == [(None, "s/王建国", "民勤县水务局")]
    db.close()


def test_measures_are_what_counting_by_hand_gives(tmp_path):
    db = kept(tmp_path, TALK)
    lengths = [sum(len(TALK[n - 1][3]) for n in answers) for answers in ((4,), (6, 7), (9,), (12,))]
    assert db.execute("SELECT * FROM measures").fetchall() == [
        ("a" * 16, 5, 1, 2, 1, 0.5, round(sum(lengths) / len(lengths), 1), 0, None)
    ]
    assert db.execute("SELECT answers, answer_characters FROM exchanges WHERE question_seq = 5").fetchone() == (
        2,
        lengths[1],
    )
    db.close()


def test_days_are_counted_where_both_dates_are_printed(tmp_path):
    """A time of day alone has no day; over the end of a leap February, and an answer that is dated before its question."""
    times = {
        3: "2024-02-28",
        4: "2024-03-01T09:05",
        5: "10:05",
        6: "10:07",
        8: "2024-03-01T23:59:59",
        9: "2024-02-29",
        10: "2024-03-01",
    }
    db = kept(tmp_path, TALK, times=times)
    rows = db.execute("SELECT question_seq, answer_seq, question_time, answer_time, days FROM qa").fetchall()
    assert {tuple(row[:2]): row[4] for row in rows if row[4] is not None} == {(3, 4): 2, (8, 9): -1}
    assert {row[2:4] for row in rows} == {(times.get(row[0]), times.get(row[1])) for row in rows}
    assert db.execute("SELECT dated, days FROM measures").fetchall() == [(2, 0.5)]
    ids = db.execute("SELECT question_id, answer_id, question_seq, answer_seq FROM qa").fetchall()
    names = dict(db.execute("SELECT seq, id FROM turns"))
    assert [row[:2] for row in ids] == [(names[row[2]], names.get(row[3])) for row in ids]
    db.close()


def test_a_corrected_role_changes_pairs_and_nothing_is_held_twice(tmp_path):
    db = kept(tmp_path, TALK)
    (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = '_qa'").fetchone()
    assert "text" not in sql.lower().replace("text not null", "")
    db.close()


@pytest.mark.parametrize(
    ("words", "asks", "relays"),
    [
        ("感谢王局长的介绍，今天的访谈就到这里。", False, False),
        ("欢迎各位网友踊跃提问。", False, False),
        ("請問局長，低保標準是多少？", True, False),
        ("请您给大家讲一讲", True, False),
        ("好的，谢谢您。", False, False),
        ("一位市民想知道低保如何办理", True, True),
        ("网友“清风”留言：小区没有路灯。", False, True),
        ("网友朋友们，大家好！", False, False),
        ("来看网友的提问：路灯为何不亮", True, True),
    ],
)  # fmt: skip
def test_what_words_ask(words, asks, relays):
    assert questions.asks(words) is asks
    assert questions.is_relayed(words) is relays


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("欢迎收看。本期就“冬季供暖怎么保（2021年）”与大家交流。王局长，您好！", False),
        ("大家好，今天的话题是：“孩子上学怎么办？”", False),
        ("大家好，我们围绕《怎样办理低保》这本手册来谈。", False),
        ("大家好，欢迎走进「如何创业」节目。", False),
        ("大家好，就“怎么办理低保”，请局长介绍一下。", True),
        ("您怎么看“放管服”？", True),
        ("大家好，有网友问：“路什么时候修好？”", True),
        ("大家好，有人说“补贴怎么领，哪里领？”", True),
    ],
)
def test_a_theme_in_quotes_asks_nothing(tmp_path, words, asks):
    assert questions.asks_beside_names(words) is asks
    turns = (("主持人", None, "host", words, None), ("王建国", "王建国", "guest", "大家好。", None), *TALK[2:6])
    db = kept(tmp_path, turns)
    greets = "好" in words or "欢迎" in words
    (kind,) = db.execute("SELECT kind FROM qa WHERE question_seq = 1").fetchone()
    assert kind == ("opening" if greets and not asks else "question")
    db.close()


def test_a_store_of_an_earlier_version_gets_its_openings(tmp_path):
    turns = (("主持人", None, "host", "大家好，本期就“供暖怎么保”与大家交流。", None), ("王建国", "王建国", "guest", "大家好。", None), *TALK[2:6])  # fmt: skip
    db = kept(tmp_path, turns)
    db.execute("UPDATE _qa SET kind = 'question' WHERE question_seq = 1")
    db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm031_openings'")
    db.commit()
    db.close()
    database = open_store(tmp_path / "fangtan.db")
    assert database.conn.execute("SELECT kind FROM qa WHERE question_seq = 1").fetchone() == ("opening",)
    database.conn.close()


def test_a_talk_that_only_greets_has_no_question(tmp_path):
    turns = (("主持人", None, "host", "大家好，欢迎收看。", ("opening", 0)), ("王建国", "王建国", "guest", "大家好。", None), ("主持人", None, "host", "谢谢局长，再见。", ("closing", 0)), ("王建国", "王建国", "guest", "再见。", None))  # fmt: skip
    db = kept(tmp_path, turns)
    assert [row[0] for row in db.execute("SELECT kind FROM qa ORDER BY question_seq")] == ["opening", "closing"]
    assert db.execute("SELECT count(*) FROM measures").fetchone() == (0,)
    db.close()
