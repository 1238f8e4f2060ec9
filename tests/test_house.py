"""The house: no circle among its files and folders, figures within their bounds, a map that names every folder."""

import ast
import re

import pytest
from support.graph import circles, folders_of, imports_of, modules_of
from support.running import ROOT

from benchmarks import figures

PACKAGES = ("archive", "crawler", "fangtan", "parsers")


@pytest.fixture(scope="module")
def modules():
    return modules_of(ROOT, PACKAGES)


@pytest.mark.long
def test_no_circle_between_files(modules):
    assert len(modules) > 200
    assert circles(imports_of(modules)) == []


@pytest.mark.long
def test_no_circle_between_folders(modules):
    folders = folders_of(imports_of(modules))
    assert {"archive.store", "crawler.run", "parsers.talk"} <= set(folders)
    assert circles(folders) == []


def test_a_room_that_names_its_doors_is_entered_by_no_other(modules):
    """``__all__`` of a folder: what others may import of it, its modules as well as its functions."""
    doors = {}
    for name, path in modules.items():
        if path.name == "__init__.py" and name.startswith("archive.") and (given := _all_of(path)):
            doors[name] = given
    assert {"archive.store", "archive.handover", "archive.verify"} <= set(doors)
    entered = {
        (room, name.removeprefix(f"{room}.").partition(".")[0], module)
        for module, names in imports_of(modules).items()
        for name in names
        for room in doors
        if name.startswith(f"{room}.") and not module.startswith(room)
    }
    assert [(room, inner, module) for room, inner, module in sorted(entered) if inner not in doors[room]] == []


def _all_of(path):
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "__all__":
            return ast.literal_eval(node.value)
    return None


@pytest.mark.parametrize(
    "back",
    [
        "import p.a.one",
        "from p.a import one",
        "from p.a.one import x",
        "from ..a import one",
        "def f():\n    from p.a import one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import p.a.one",
        "try:\n    pass\nfinally:\n    import p.a.one as name",
    ],
)
def test_every_form_of_import_counts(tmp_path, back):
    for path, text in (
        ("p/__init__.py", ""),
        ("p/a/__init__.py", ""),
        ("p/a/one.py", "import p.b.two"),
        ("p/b/__init__.py", ""),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "p" / "b" / "two.py").write_text(back)
    found = modules_of(tmp_path, ("p",))
    assert circles(imports_of(found)) == [("p.a.one", "p.b.two")]
    assert circles(folders_of(imports_of(found))) == [("p.a", "p.b")]


def test_what_the_figures_count(tmp_path):
    path = tmp_path / "sample.py"
    wide = "x = " + "1 + " * 40 + "1"
    path.write_text(
        "def f(a, b):\n"
        "    if a and b or a:\n"
        "        return [n for n in a if n]\n"
        f"    {wide}\n"
        "    return 1 if b else 2\n"
        "# fmt: off\n"
        f"{wide}\n"
        "# fmt: on\n"
        "def g():\n"
        "    # fmt: off\n"
        f"    if g({wide.removeprefix('x = ')}): pass\n"
        "    # fmt: on\n"
        f"{wide}  # fmt: skip\n"
    )
    found = figures.read(path, tmp_path)
    assert found.lines == 13
    assert [(f.place, f.lines, f.branches) for f in found.functions] == [("sample.py:f", 5, 7), ("sample.py:g", 3, 2)]
    assert found.long_lines == ("sample.py:4", "sample.py:11")


@pytest.mark.long
def test_a_figure_over_its_bound_fails_the_check(monkeypatch, capsys):
    measured = {packages: figures.measure(figures.sources_of(*packages)) for packages in figures.GROUPS.values()}
    monkeypatch.setattr(figures, "sources_of", lambda *packages: packages)
    monkeypatch.setattr(figures, "measure", measured.__getitem__)
    assert figures.main() == 0
    name = "files over 400 lines"
    for group in figures.GROUPS:
        with monkeypatch.context() as patch:
            patch.setattr(figures, "TODAY", {**figures.TODAY, group: {**figures.TODAY[group], name: -1}})
            assert figures.main() == 1
        assert f"\n{group}: {name}: over the bound by 1\n" in capsys.readouterr().out + "\n"


def test_the_map_names_every_folder_and_nothing_else():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    design = (ROOT / "docs" / "design.md").read_text("utf-8")
    for package in PACKAGES:
        there = {p.parent.name for p in (ROOT / package).glob("*/__init__.py")}
        for page in (text, design):
            block = re.search(rf"^{package}/.*?(?=^\S|\Z)", page, re.MULTILINE | re.DOTALL)
            assert block, package
            assert set(re.findall(r"^  (\w+)/", block[0], re.MULTILINE)) == there


def test_contributing_names_commands_of_make_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rules = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", text))
    assert {"fmt", "check", "quick", "test", "soak"} <= named <= rules


def test_every_folder_says_what_it_is_for():
    for package in PACKAGES:
        for path in [ROOT / package / "__init__.py", *(ROOT / package).glob("*/__init__.py")]:
            assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path
