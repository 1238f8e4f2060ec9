"""What programs say is said to Chinese readers in Chinese, to English readers without a Chinese tail."""

import ast
import itertools
import re
import string
import tomllib

import pytest
from support.running import ROOT

from archive.history.sentences import said
from archive.history.verdict import _FIXES

TABLE = tomllib.loads((ROOT / "archive" / "history" / "sentences.toml").read_text("utf-8"))
PAIRS = {made: read for name, part in TABLE.items() if name != "errors" for made, read in part.items()}
#: Where sentences are made that pages show.
SOURCES = ("history/verdict", "history/account", "history/gone", "history/list_pages", "history/entries", "research/filters", "research/known", "research/pages", "research/trends", "research/keyness", "web/research", "web/trends", "web/catalogue", "web/apart", "web/views", "web/captures", "web/failing")  # fmt: skip
#: Sentences that are put together from pieces, which are these.
TOGETHER = (
    "5 of 12 entries unaccounted for: 3 cut off, 2 error; the first: http://x.cn/a: error (HTTP 500)",
    "2 interview(s) whose pages say little of their entries' titles, the first: http://x.cn/a is listed as '甲' and shows '乙' 标题与列表不符，请核对",
    "2 interview(s) with another text than before, the first: http://x.cn/a, since 2026-01-02 内容已更换",
    "5 of 9 entries of the last full account are listed no longer, the first: http://x.cn/a",
    "5 of 9 entries of the last full account are listed no longer, the first: http://x.cn/a, which answers 列表中已不再出现",
    "5 of 9 entries of the last full account are listed no longer, the first: http://x.cn/a, which the next run asks for 列表中已不再出现",
    'the section has moved from http://x.cn/a to http://x.cn/b, and was read there, but for 2 of 9 entries, the first: http://x.cn/c: write section = ["http://x.cn/b"] in the site file 栏目已迁移，请更新 section',
    "the section has moved from http://x.cn/a to http://x.cn/b, and was read there",
    "http://x.cn/a: list page 3 is error (HTTP 500) (and 2 more list pages)",
    "--site x: expected one of a, b; see `fangtan sites list`",
    "--site x: the store has no site yet; see `fangtan sites list`",
    "--speaker x: nobody of that name speaks",
    "--speaker x: nobody of that name speaks; names like it: y, z",
    "--org x: no guest is of it; names like it: y, z",
    "--province x: no site has a province yet",
    "no parameter is called x; the form has the conditions that there are",
    "role: is given 2 times; give it once",
    "2001 interviews are too many for the web (at most 2000); see `fangtan export`. 请用 fangtan export。",
    "http://x.cn/a: an anti-bot page (status:521) instead of content, 1 in all; recorded, not evaded",
)
PIECES = re.compile(
    r"SELECT|\b(?:JOIN|WHERE|FROM)\b|unaccounted for|titles, \{words\}|before, \{words\}|^the first: |^which |listed no longer$|^\{what\}|^\{words\}|"
    r"^, but for|^: write section|^the section has moved|^ \(and|\{some\}|^the store has no site|an anti-bot page \(\{first|^expected one of|^\{page\}, |\{unit\} are too many|^no row of an account|^--words needs|^no site has|^; names like"
)


def _made(path):
    """The texts of a module, those with places as in f-strings; without docstrings."""
    tree = ast.parse((ROOT / "archive" / f"{path}.py").read_text("utf-8"))
    told = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    told |= {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in ast.walk(n) if v is not n}
    for node in ast.walk(tree):
        if id(node) in told:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                v.value if isinstance(v, ast.Constant) else f"{{{ast.unparse(v.value)}}}" for v in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_sentence(text):
    """Whether a text has three words with blanks between them, and is not a piece."""
    words = re.findall(r"(?:(?<= )|^)[a-z']{2,}(?= |[;:,.]|$)", re.sub(r"\{[^{}]*\}", "", text))
    return len(words) >= 3 and not PIECES.search(text)


def _filled(text):
    """The text with things in its places: numbers, addresses, other sentences."""
    pieces = re.split(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", text)
    for values in itertools.product(("7", "http://x.cn/a", "cut off"), repeat=len(pieces) - 1):
        yield "".join(a + b for a, b in itertools.zip_longest(pieces, values, fillvalue=""))


@pytest.mark.parametrize("path", SOURCES)
def test_each_sentence_that_is_made_is_read_in_both_languages(path):
    sentences = [text for text in _made(path) if _is_sentence(text)]
    assert sentences
    unread = [text for text in sentences if not any(re.search("[\u4e00-\u9fff]", read) for filled in _filled(text) if (read := said("zh", filled)) != filled)]  # fmt: skip
    assert unread == []
    tails = [
        text for text in sentences if all(re.search("[\u4e00-\u9fff]", said("en", filled)) for filled in _filled(text))
    ]
    assert tails == []


@pytest.mark.parametrize("made", TOGETHER)
def test_a_sentence_made_of_pieces_is_read_in_both_languages(made):
    english = re.sub(r" '[^']*'", "", said("en", made))
    assert not re.search("[\u4e00-\u9fff]", english)
    plain = re.sub(r"https?://[^\s，；：）)\"]+|`[^`]*`|section|HTTP", "", said("zh", made))
    assert re.findall("[a-z]{3,}", plain) == []


@pytest.mark.parametrize("made", PAIRS)
def test_what_is_in_a_sentence_is_in_its_translation(made):
    read = PAIRS[made]
    places = {name for _, name, _, _ in string.Formatter().parse(made) if name}
    for text in read if isinstance(read, list) else [read]:
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= places
    assert "{" not in said(
        "zh",
        re.sub(r"\{n\d*\}", "7", re.sub(r"\{url\}", "http://x.cn/", re.sub(r"\{[a-m]\w*\}|\{[o-z]\w*\}", "甲", made))),
    )


def test_sentences_in_a_sentence_are_read_too():
    made = "12 of 40 entries unaccounted for: 10 cut off, 2 error; the first: http://x.cn/a: error (HTTP 500)"
    assert said("zh", made) == "40 条中有 12 条无着落：10 中断、2 出错；首个为 http://x.cn/a：出错（HTTP 500）"
    assert said("en", made) == made
    failed = "1 page(s) failed, the first: http://x.cn/1: ConnectionRefusedError: Connection was refused"
    assert (
        said("zh", failed)
        == "1 个页面失败，首个为 http://x.cn/1：连接被拒绝（ConnectionRefusedError: Connection was refused）"
    )
    assert said("en", "the server finds us too quick: raise delay in the site file 请降低频率").endswith(
        "in the site file"
    )
    assert said("zh", "nobody knows this") == "nobody knows this"
    assert said("zh", None) == ""


def test_each_obstacle_has_a_name_and_a_fix_in_chinese():
    names = {rule: said("zh", rule.replace("_", " ")) for rule in _FIXES}
    assert [rule for rule, name in names.items() if name == rule.replace("_", " ") and rule != "tls"] == []
    assert [fix for fix in _FIXES.values() if said("zh", fix) == fix] == []
