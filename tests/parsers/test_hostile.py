"""Patterns on hostile repeats: none may take time that grows with the square of a page."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from support.growth import exponent

import parsers
import parsers.families
from parsers.integrity.injected import lexicon
from parsers.patterns import Late

TOKENS = [" ", "\u3000", "a", "1", ":", "：", "【", "[", "(", "（", "县", "局长", "年", "1月", "、", "，", "。", "\n", "<", '"', "'", "=", "·", "-", "主持人", "王", "a=", "1:", "《关于", "x.", "<a ", "  :", "第一", "网友", "（王"]  # fmt: skip
SIZES = (500, 1_500, 4_000)


def patterns():
    """Every compiled pattern of the parsers, those in tables included."""
    for module in pkgutil.walk_packages(parsers.__path__, "parsers."):
        for name, value in vars(importlib.import_module(module.name)).items():
            rows = value if isinstance(value, tuple | list) else [value]
            for row in rows:
                for item in row if isinstance(row, tuple) else [row]:
                    if isinstance(item, re.Pattern | Late) and isinstance(item.pattern, str):
                        yield f"{module.name}.{name}", item
    for family in parsers.families.families():
        yield f"family {family.name}", family.article
        yield from (
            (f"family {family.name}", mark[2]) for mark in family.marks if isinstance(mark[2], re.Pattern | Late)
        )
    for path in Path(parsers.__file__).parent.rglob("*.py"):
        yield from ((f"{path.name}:{line}", pattern) for line, pattern in written_inline(path.read_text("utf-8")))
    yield "paths", parsers.families.addresses().any
    yield "brands", lexicon().phrase


def written_inline(source):
    """The patterns that stand in calls such as ``re.sub(r"…", …)``, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in ("search", "match", "fullmatch", "sub", "split", "findall", "finditer")
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            frame = {"match": r"\A(?:%s)", "fullmatch": r"\A(?:%s)\Z"}.get(node.func.attr, "%s")
            yield node.lineno, re.compile(frame % node.args[0].value)


#: Patterns that are asked at one place of a payload, never looked for in it.
AT_ONE_PLACE = ("parsers.page.shape._SCRIPTED", "parsers.page.shape._ROOT", "parsers.page.shape._OPENED", "parsers.page.shape._PROGRAM", "parsers.page.shape._JSON", "parsers.page.shape._BEFORE")  # fmt: skip


def read_all(pattern, name=""):
    """Go over a whole text."""
    return pattern.match if name in AT_ONE_PLACE else lambda text: sum(1 for _ in pattern.finditer(text))


@pytest.mark.long
def test_no_pattern_is_quadratic():
    found, slow = {pattern: name for name, pattern in patterns()}, []
    assert len(found) > 200
    for pattern, name in found.items():
        for token in TOKENS:
            text = token * (SIZES[-1] // len(token))
            grows = exponent(read_all(pattern, name), {size: text[:size] for size in SIZES})
            if grows > 1.5:
                slow.append((name, pattern.pattern[:60], token, round(grows, 2)))
    assert not slow, slow


def test_a_quadratic_pattern_would_be_found():
    sizes = [4 * size for size in SIZES]  # on a fast machine the smaller ones are too little to measure
    assert exponent(read_all(re.compile("a*b")), {size: "a" * size for size in sizes}) > 1.7
    linear = exponent(lambda text: [text.count("ab") for _ in range(4000)], {size: "a" * size for size in SIZES})
    assert 0.5 < linear < 1.4
