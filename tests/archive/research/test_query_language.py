"""Queries as people type them: understood, and shown in the plainest form."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.store.query import TOKENIZE, paired, spaced
from archive.store.query_language import NOTHING, parse


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("群众 材料", "群众 AND 材料"),
        ("群众 and not 材料", "群众 NOT 材料"),
        ("群众 AND NOT 材料", "群众 NOT 材料"),
        ("群众 -材料", "群众 NOT 材料"),
        ("群众 －材料", "群众 NOT 材料"),
        ("群众 NOT 材料 -窗口", "群众 NOT (材料 OR 窗口)"),
        ("群众 or 材料", "群众 OR 材料"),
        ("群众 ＯＲ 材料", "群众 OR 材料"),
        ("（群众　OR　材料） 窗口", "(群众 OR 材料) AND 窗口"),
        ("“群众 办事” 材料", '"群众 办事" AND 材料'),
        ("＂群众 办事＂", '"群众 办事"'),
        ("「放管服」", "放管服"),
        ("关于“放管服”改革", "关于“放管服”改革"),
        ("群众 OR", "群众"),
        ("OR 群众", "群众"),
        ("群众 AND", "群众"),
        ("群众 NOT", "群众"),
        ("群众 OR OR 材料", "群众 OR 材料"),
        ("NEAR(执法 公平, 5)", "NEAR(执法 公平, 5)"),
        ("near（执法，公平，5）", "NEAR(执法 公平, 5)"),
        ("NEAR (执法、公平)", "NEAR(执法 公平, 10)"),
        ("NEAR(执法 公平 5)", "NEAR(执法 公平, 5)"),
        ("NEAR(公平 2021)", "NEAR(公平 2021, 10)"),
        ("执法 NEAR/5 公平", "NEAR(执法 公平, 5)"),
        ("执法 near 公平", "NEAR(执法 公平, 10)"),
        ('"and"', '"and"'),
        ("COVID-19", "COVID-19"),
        ("-5", '"-5"'),
        ("群众，材料", "群众，材料"),
        ("群众, 材料； 窗口", "群众 AND 材料 AND 窗口"),
        ("群众 ， 材料、", '群众 AND "材料、"'),
        ("NOT 材料 群众", "群众 NOT 材料"),
        ("-材料 群众 窗口", "(群众 AND 窗口) NOT 材料"),
        ("群众 AND (NOT 材料)", "群众 NOT 材料"),
        ("群众 (-材料)", "群众 NOT 材料"),
        ("群众 NOT (NOT 材料)", "群众 AND 材料"),
        ("群众 OR NOT 材料", "群众"),
        ('群众 -"办事 材料"', '群众 NOT "办事 材料"'),
        ("群众 －“办事 材料”", '群众 NOT "办事 材料"'),
        ("群众 -(材料 OR 窗口)", "群众 NOT (材料 OR 窗口)"),
        ("群众 －（材料　OR　窗口）", "群众 NOT (材料 OR 窗口)"),
        ("群众 -NEAR(执法 公平, 5)", "群众 NOT NEAR(执法 公平, 5)"),
        ("群众 –材料 −窗口", "群众 NOT (材料 OR 窗口)"),
        ("群众 --材料", "群众 AND --材料"),
        ("群众|材料", "群众 OR 材料"),
        ("群众 ｜ 材料", "群众 OR 材料"),
        ("群众 || 材料", "群众 OR 材料"),
        ("群众 ＆ 材料 && 窗口", "群众 AND 材料 AND 窗口"),
        ("R&D", "R&D"),
        ("‘群众 办事’ 材料", '"群众 办事" AND 材料'),
        ("'群众 办事' 材料", '"群众 办事" AND 材料'),
        ("〝群众 办事〞", '"群众 办事"'),
        ("«群众»", "群众"),
        ("Xi'an 'n", "Xi'an AND \"'n\""),
        ("NEAR/5(执法 公平)", "NEAR(执法 公平, 5)"),
        ("near／５（执法，公平）", "NEAR(执法 公平, 5)"),
        ("NEAR(执法；公平；5)", "NEAR(执法 公平, 5)"),
        ("NEAR(“执法”，「公平」，5)", "NEAR(执法 公平, 5)"),
        ('NEAR("群众 办事" 材料, 3)', "NEAR(群众办事 材料, 3)"),
        ('NEAR("群众，办事" 材料, 3)', 'NEAR("群众，办事" 材料, 3)'),
        ("执法 NEAR(5) 公平", "NEAR(执法 公平, 5)"),
        ("执法 near5 公平", "NEAR(执法 公平, 5)"),
        ("执法 w/5 公平", "NEAR(执法 公平, 5)"),
        ('"执法 公平"~5', "NEAR(执法 公平, 5)"),
        ("“执法 公平”～５", "NEAR(执法 公平, 5)"),
        ("NOT 群众", ""),
        ("AND OR NOT", ""),
        ("()", ""),
        ("", ""),
    ],
)
def test_what_is_typed_is_understood_and_shown(typed, shown):
    query = parse(typed)
    assert query.shown == shown
    assert (query.match == NOTHING) == (shown == "")
    assert parse(shown).match == query.match, "what is shown means the same"


def test_words_behind_not_are_not_marked():
    assert parse("群众 -材料 NOT (窗口 OR 电话)").words == ["群众"]


def test_words_near_each_other_have_their_other_spellings():
    def variants(word):
        return [word, word.replace("国", "國"), word.replace("公", "Ｇ")]

    query = parse("NEAR(国家 公平, 3)", variants)
    assert query.words == ["国家", "國家", "国家", "公平", "公平", "Ｇ平"]
    db = sqlite3.connect(":memory:")
    db.execute(f'CREATE VIRTUAL TABLE f USING fts5(text, tokenize="{TOKENIZE}")')
    texts = ("国家讲公平", "國家讲公平", "國家讲Ｇ平", "国家讲很久很久才公平", "家国公平")
    db.executemany("INSERT INTO f(rowid, text) VALUES (?, ?)", [(n, spaced(text)) for n, text in enumerate(texts)])
    assert [row[0] for row in db.execute("SELECT rowid FROM f WHERE f MATCH ?", (query.match,))] == [0, 1, 2]
    db.close()


_PIECE = st.sampled_from(["县", "城市", " ", "AND", "or", "NOT", "-", "(", "（", ")", "）", '"', "“", "”", "NEAR(", "near/3", "，", ",", "5", "「", "|", "&", "'", "‘", "’", "~5", "；", "–"])  # fmt: skip


@settings(deadline=None)
@given(st.lists(_PIECE, max_size=14).map(" ".join), st.booleans())
def test_both_indexes_understand_what_is_shown(typed, tight):
    typed = typed.replace(" ", "") if tight else typed
    query = parse(typed)
    assert parse(query.shown).match == query.match
    db = sqlite3.connect(":memory:")
    found = []
    for table, made in (("f", spaced), ("p", paired)):
        db.execute(f'CREATE VIRTUAL TABLE {table} USING fts5(text, tokenize="{TOKENIZE}")')
        texts = ["县城市", "城市，县", "县", "“城市”5", "5县"]
        db.executemany(f"INSERT INTO {table}(rowid, text) VALUES (?, ?)", [(n, made(t)) for n, t in enumerate(texts)])
        expression = query.match if table == "f" else query.pairs
        if expression is not None:
            found.append(
                {row[0] for row in db.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ?", (expression,))}
            )
    db.close()
    assert len(found) >= 1
    assert all(rows == found[0] for rows in found)


def test_many_exclusions_are_no_deep_tree():
    query = parse("的" + "".join(f" -{n}号" for n in range(2000)))
    db = sqlite3.connect(":memory:")
    db.execute(f'CREATE VIRTUAL TABLE f USING fts5(text, tokenize="{TOKENIZE}")')
    db.execute("INSERT INTO f VALUES (?)", (spaced("我的"),))
    assert db.execute("SELECT count(*) FROM f WHERE f MATCH ?", (query.match,)).fetchone() == (1,)
    db.close()
