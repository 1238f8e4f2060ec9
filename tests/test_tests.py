"""Tests of the tests: one that asserts nothing when the product returns nothing proves nothing; what is skipped fails in CI."""

import ast

import pytest
from support.running import HERE

pytest_plugins = "pytester"
#: Helpers that check.
_HELPERS = ("assert_", "check", "expect", "wait_until", "until", "same", "compare")
_RAISES = ("raises", "fail", "needs")


def _checks(node):
    """Whether a statement checks something, whatever a loop finds."""
    if isinstance(node, ast.Assert):
        return not _over_nothing(node.test)
    if isinstance(node, (ast.For, ast.While)):
        return isinstance(node, ast.For) and _is_fixed(node.iter) and any(map(_checks, node.body))
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return any(map(_is_raises, node.items)) or any(map(_checks, node.body))
    if isinstance(node, ast.If):
        return any(map(_checks, node.body)) or any(map(_checks, node.orelse))
    if isinstance(node, ast.Try):
        return any(
            _checks(n) for n in (*node.body, *node.finalbody, *node.orelse, *(x for h in node.handlers for x in h.body))
        )
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
        return not isinstance(node.value, ast.Tuple)  # (only,) = found: as good as an assert
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.unparse(node.value.func).rpartition(".")[2].startswith(_HELPERS)
    return False


def _over_nothing(test):
    """``all(… for x in found)`` is true of nothing found."""
    return isinstance(test, ast.Call) and ast.unparse(test.func) == "all" and not _is_fixed(_source(test.args[0]))


def _source(node):
    return node.generators[0].iter if isinstance(node, (ast.GeneratorExp, ast.ListComp)) else node


def _is_fixed(node):
    """What is written down in the test, not returned by the product: literals, constants, ranges."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.Dict)):
        return bool(getattr(node, "elts", None) or getattr(node, "keys", None))
    if isinstance(node, ast.Name):
        return node.id.isupper()
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name.endswith((".items", ".values", ".keys")):
            return _is_fixed(node.func.value)
        return name == "range" or (
            name in ("enumerate", "sorted", "zip", "reversed", "product") and any(map(_is_fixed, node.args))
        )
    return False


def _is_raises(item):
    return isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func).endswith(_RAISES)


def unproving(source):
    """Tests of a file all of whose asserts stand in loops over what may be empty."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            asserts = any(isinstance(n, ast.Assert) for statement in node.body for n in _own(statement))
            if asserts and not any(map(_checks, node.body)):
                yield node.name


def _own(node):
    """The nodes of a statement without those of functions that it defines; a test without asserts says that nothing raises."""
    yield node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        for child in ast.iter_child_nodes(node):
            yield from _own(child)


def test_every_test_asserts_something_whatever_the_product_returns():
    files = sorted(HERE.rglob("test_*.py"))
    assert len(files) > 30
    assert [f"{p.name}::{name}" for p in files for name in unproving(p.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("body", "proves"),
    [
        ("for x in found():\n        assert x", False),
        ("rows = found()\n    for x in rows:\n        assert x", False),
        ("assert all(x for x in found())", False),
        ("found()", True),  # nothing raises
        ("found()\n    for x in rows():\n        assert x", False),
        ("check_it(found())", True),
        ("async def f():\n        assert x\n    run(f())", True),
        ("rows = found()\n    assert rows\n    for x in rows:\n        assert x", True),
        ("for x in (1, 2):\n        assert found(x)", True),
        ("for n in range(3):\n        assert found(n)", True),
        ("(row,) = found()", True),
        ("with pytest.raises(ValueError):\n        found()", True),
    ],
)
def test_which_tests_prove_something(body, proves):
    assert (list(unproving(f"def test_x():\n    {body}\n")) == []) == proves


@pytest.mark.parametrize(("ci", "outcome"), [("", {"skipped": 1}), ("true", {"failed": 1})])
def test_what_is_skipped_fails_in_ci(pytester, monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    pytester.makeconftest("from conftest_of_ours import pytest_runtest_makereport")
    hook = (HERE / "conftest.py").read_text("utf-8")
    start = hook.index("@pytest.hookimpl(wrapper=True)")
    pytester.makepyfile(
        conftest_of_ours=f"import os\nimport pytest\n\n\n{hook[start : hook.index('@pytest.fixture', start)]}"
    )
    pytester.makepyfile("import pytest\n\n\ndef test_x():\n    pytest.skip('no tool')\n")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(**outcome)
