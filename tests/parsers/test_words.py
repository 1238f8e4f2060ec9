"""The vocabulary: one place for the words of the parsers."""

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.running import ROOT

from parsers.page.text import fold
from parsers.words import classes, one_of, pattern, source, word_set, words

SOURCES = sorted((ROOT / "parsers").rglob("*.py"))
HAN = re.compile("[\u3400-\u9fff]")

#: How many literals with Chinese words each file still holds. The figures only go down: move the words to
#: parsers/vocabulary.toml, then lower the figure; a file without any has no line here.
LITERALS = {
    "parsers/families/counts.py": 17,
    "parsers/families/dede.py": 3,
    "parsers/families/epoint.py": 4,
    "parsers/families/generic.py": 2,
    "parsers/families/gkmlpt.py": 3,
    "parsers/families/hanweb.py": 4,
    "parsers/families/jeecms.py": 2,
    "parsers/families/jpaas.py": 6,
    "parsers/families/lonsun.py": 3,
    "parsers/families/next_control.py": 5,
    "parsers/families/numbers.py": 4,
    "parsers/families/pagers.py": 3,
    "parsers/families/phpcms.py": 2,
    "parsers/families/powereasy.py": 3,
    "parsers/families/siteserver.py": 2,
    "parsers/families/table.py": 16,
    "parsers/families/trs.py": 4,
    "parsers/families/ucap.py": 3,
    "parsers/families/vsb.py": 4,
    "parsers/integrity/identity.py": 34,
    "parsers/integrity/injected.py": 18,
    "parsers/leads.py": 2,
    "parsers/lists/articles.py": 3,
    "parsers/lists/dates.py": 7,
    "parsers/lists/elsewhere.py": 3,
    "parsers/lists/entries.py": 3,
    "parsers/lists/furniture.py": 1,
    "parsers/lists/more.py": 1,
    "parsers/lists/other_lists.py": 3,
    "parsers/lists/parts.py": 2,
    "parsers/lists/sections.py": 4,
    "parsers/lists/titles.py": 7,
    "parsers/page/barriers.py": 1,
    "parsers/page/decode.py": 1,
    "parsers/page/text.py": 2,
    "parsers/people/aliases.py": 4,
    "parsers/people/biographies.py": 3,
    "parsers/people/names.py": 15,
    "parsers/people/sentences.py": 10,
    "parsers/people/values.py": 9,
    "parsers/talk/assembly.py": 1,
    "parsers/talk/dialogue.py": 3,
    "parsers/talk/forms.py": 12,
    "parsers/talk/fragments.py": 7,
    "parsers/talk/furniture.py": 2,
    "parsers/talk/roles.py": 48,
    "parsers/talk/speakers.py": 4,
}


def literals(path):
    """The string constants of a file that hold Chinese characters, docstrings left out."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in told
        and HAN.search(node.value)
    ]


def test_no_file_gains_a_chinese_literal():
    found = {str(path.relative_to(ROOT)): len(literals(path)) for path in SOURCES}
    more = {name: number for name, number in found.items() if number > LITERALS.get(name, 0)}
    assert more == {}, "a word belongs in parsers/vocabulary.toml; the pattern names its class"
    assert set(LITERALS) <= set(found)


def test_a_literal_is_found_and_a_docstring_is_none(tmp_path):
    path = tmp_path / "sample.py"
    path.write_text(
        '"""访谈"""\nA = re.compile("嘉宾|[\\u4e00-\\u9fff]")\ndef f():\n    "主持人"\n    return f"{A}问"\n', "utf-8"
    )
    assert literals(path) == ["嘉宾|[一-\u9fff]", "问"]


@pytest.mark.parametrize("name", classes())
def test_a_class_says_since_when_and_what_for(name):
    table = classes()[name]
    day, _, meaning = table["note"].partition(": ")
    assert date.fromisoformat(day) >= date(2026, 11, 26)
    assert len(meaning) > 10
    assert set(table) <= {"note", "words", "forms", "file"}
    assert words(name) or table["forms"]
    assert len(set(words(name))) == len(list(words(name)))
    assert re.compile(source(f"{{{name}}}"))


@pytest.mark.parametrize("name", classes())
def test_words_are_what_folding_leaves(name):
    """A traditional or full-width word could never match: lines are folded before they are matched."""
    forms = ["".join(HAN.findall(form)) for form in classes()[name].get("forms", ())]
    assert [w for w in (*words(name), *forms) if fold(w) != w] == []


def test_every_class_is_read():
    text = "\n".join(Path(path).read_text("utf-8") for path in [*SOURCES, ROOT / "parsers" / "vocabulary.toml"])
    read = set(re.findall(r"(?<=[{\"|])([A-Z][A-Z_]*(?:\.[a-z_]+)?)(?::spaced)?(?=[}\"|])", text))
    assert [name for name in classes() if name not in read and name.partition(".")[0] not in read] == []


def test_one_group_of_two_classes_finds_the_words_of_both():
    found = pattern("^{INVITE|VISIT}$")
    assert [word for word in (*words("INVITE"), *words("VISIT")) if not found.match(word)] == []
    assert found.pattern == f"^{one_of((*words('INVITE'), *words('VISIT')))}$"


def test_a_pattern_is_composed_of_names():
    assert pattern(r"^{VISIT.seat}.{0,4}{TALK}$").match("做客在线访谈")
    assert pattern(r"^(?P<label>{FIELD.time:spaced})\s?:").match("访 谈 时 间:")["label"] == "访 谈 时 间"
    assert pattern(r"{VISIT}") is pattern(r"{VISIT}")
    assert word_set("VISIT") == {*words("VISIT.seat"), *words("VISIT.come")}
    assert pattern(r"[0-9]{4}").pattern == "[0-9]{4}"


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError, match=r"vocabulary.toml has no class NO_SUCH"):
        pattern(r"{NO_SUCH}").search("")


@settings(deadline=None)
@given(st.sampled_from(sorted(classes())), st.data())
def test_the_longest_word_wins_and_every_word_matches(name, data):
    listed = words(name)
    if listed:
        word = data.draw(st.sampled_from(listed))
        assert pattern(f"^{{{name}}}$").match(word)
        match = pattern(f"{{{name}}}").match(word)
        assert match[0] == word or classes().get(name, {}).get("forms")


@given(found=st.sets(st.text("主持人:a|", min_size=1, max_size=4), min_size=1), text=st.text("主持人:a|", max_size=12))
def test_words_that_share_beginnings_match_as_each_of_them_does(found, text):
    flat = "|".join(re.escape(word) for word in sorted(found, key=len, reverse=True))
    places = [[m.span() for m in re.finditer(way, text)] for way in (one_of(found), flat)]
    assert places[0] == places[1]
    ends = [re.fullmatch(f"{way}:", text) is None for way in (one_of(found), f"(?:{flat})")]
    assert ends[0] == ends[1]
