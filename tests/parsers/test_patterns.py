"""Patterns are compiled when they are first used; that each of them can be is seen in ``test_hostile.py``."""

import ast
import re
import subprocess
import sys

import pytest
from support.running import ROOT, environment

from parsers.patterns import compiled


def test_a_late_pattern_answers_as_a_compiled_one():
    late, now = compiled(r"(?P<a>\d)(b)?", re.IGNORECASE), re.compile(r"(?P<a>\d)(b)?", re.IGNORECASE)
    assert late.pattern == now.pattern
    assert late.sub("<>", "1B 2") == now.sub("<>", "1B 2") == "<> <>"
    assert late.split("x1By") == now.split("x1By")
    assert [m.groupdict() for m in late.finditer("1B2")] == [m.groupdict() for m in now.finditer("1B2")]
    assert (late.groups, late.groupindex, late.flags) == (now.groups, now.groupindex, now.flags)
    assert compiled(rb"\d").search(b"a1").start() == 1


def test_a_wrong_pattern_is_an_error_when_it_is_used():
    wrong = compiled("(")
    with pytest.raises(re.error):
        wrong.search("")


def test_loading_the_parsers_compiles_none_of_their_patterns():
    check = (
        "import gc, re, parsers.api\nfrom parsers.patterns import Late\n"
        "late = [found for found in gc.get_objects() if type(found) is Late]\n"
        "re.compile = None\n"
        "def is_compiled(found):\n"
        "    try:\n        return found.search is not None\n"
        "    except TypeError:\n        return False\n"
        "print(len(late) > 500, [found.pattern for found in late if is_compiled(found)])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, env=environment())
    assert done.stdout == "True []\n"


HERE = compiled(r"\d")
ALSO = HERE


def test_the_names_of_a_used_pattern_name_the_pattern_itself():
    late = HERE
    assert late.search("a1")
    assert isinstance(HERE, re.Pattern)
    assert HERE is ALSO
    assert late.search("2")


@pytest.mark.parametrize("path", sorted((ROOT / "parsers").rglob("*.py")), ids=lambda path: path.stem)
def test_no_pattern_is_known_by_its_identity(path):
    """Names change from what is late to what is compiled; tables keep the former."""
    tree = ast.parse(path.read_text("utf-8"))
    made = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    called = [node for node in made if getattr(node.value.func, "id", "") in ("compiled", "pattern")]
    names = {target.id for node in called for target in node.targets}
    compared = [
        part for node in ast.walk(tree) if isinstance(node, ast.Compare) for part in (node.left, *node.comparators)
    ]
    assert names.isdisjoint(part.id for part in compared if isinstance(part, ast.Name))
