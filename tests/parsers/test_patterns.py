"""Patterns are compiled when they are first used; that each of them can be is seen in ``test_hostile.py``."""

import re
import subprocess
import sys

import pytest
from support.running import environment

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
