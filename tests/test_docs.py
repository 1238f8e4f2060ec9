"""The two READMEs carry the same commands and headings; every command has help with an example."""

import ast
import re
import tomllib
import xml.etree.ElementTree as ET
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import click
import pytest
from packaging.specifiers import SpecifierSet

from crawler.cli.group import main

ROOT = Path(__file__).parent.parent
ENGLISH = (ROOT / "README.md").read_text("utf-8")
CHINESE = (ROOT / "docs" / "zh" / "README.md").read_text("utf-8")


def commands(text):
    return [re.sub(r"\s+#.*", "", line) for line in re.findall(r"^\$ (.*)$", text, re.MULTILINE)]


def test_both_languages_carry_the_same_commands():
    assert commands(ENGLISH) == commands(CHINESE)
    assert len(commands(ENGLISH)) > 10


def test_both_languages_have_the_same_headings():
    assert len(re.findall(r"^#+ ", ENGLISH, re.MULTILINE)) == len(re.findall(r"^#+ ", CHINESE, re.MULTILINE))


def test_readme_is_short():
    assert len(ENGLISH.splitlines()) < 120


@pytest.mark.parametrize(("text", "base"), [(ENGLISH, ROOT), (CHINESE, ROOT / "docs" / "zh")])
def test_links_lead_somewhere(text, base):
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert targets
    for target in targets:
        assert (base / target).exists(), target


def walk(command, name=()):
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            yield from walk(command.get_command(context, child), (*name, child))


@pytest.mark.parametrize(
    ("name", "command"),
    [pytest.param(n, c, id=" ".join(n)) for n, c in walk(main) if n and not isinstance(c, click.Group)],
)
def test_every_command_has_help_with_an_example(name, command):
    assert command.help
    assert "Example:  fangtan" in command.help, name


def test_readme_commands_exist():
    known = {n[0] for n, _ in walk(main) if n}
    lines = [line for line in commands(ENGLISH) if "bin/fangtan" in line]
    named = [found[1] for line in lines if (found := re.search(r"fangtan (?:-C \S+ )?(\w+)", line))]
    assert named
    assert set(named) <= known


@pytest.mark.parametrize("package", ["archive", "crawler", "parsers"])
def test_english_words_stand_in_no_guillemets(package):
    """They are what Chinese pages and pagers print, not what our messages quote with."""
    sources = list((ROOT / package).rglob("*.py"))
    assert len(sources) > 20
    found = [
        f"{path.name}:{number}"
        for path in sources
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"«[A-Za-z$<!{]", line)
    ]
    assert found == []


def test_the_picture_is_a_picture():
    assert ET.parse(ROOT / "docs" / "demo.svg").getroot().tag.endswith("svg")


def test_what_is_pinned_installs_on_the_oldest_python_that_is_promised():
    """Debian 12 has 3.11.2; a pin that asks for a later 3.11 would break `make demo` there, and only there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = f"{project['requires-python'].removeprefix('>=')}.0"
    pins = [
        line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line
    ]
    assert len(pins) > 100
    wrong = {}
    for name in pins:
        try:
            asked = metadata(name).get("Requires-Python")
        except PackageNotFoundError:
            continue  # pinned for an extra that is not here
        if asked and not SpecifierSet(asked).contains(oldest):
            wrong[name] = asked
    assert wrong == {}


# ── plain words ─────────────────────────────────────────────────────────────────────────────────────────────────────

GLOSSARY = (ROOT / "docs" / "contributing.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
#: Where a word of the glossary's left column is right: a name of the code, a message as it is printed.
RIGHT = {
    "design.md": {"(told, outbox)", "archive/store/wholes.py"},
    "operations.md": {"no whole gzip member", "`last whole check`"},
    "keeping.md": {"`last whole check`"},
}


def unwanted():
    """The left column of the glossary as one pattern."""
    rows = re.findall(r"^\| (`.*`) \| ", GLOSSARY, re.MULTILINE)
    words = [word for row in rows for word in re.findall(r"`([^`]+)`", row)]
    assert len(words) > 20
    return re.compile(rf"\b(?:{'|'.join(words)})\b|[«»]", re.IGNORECASE)


def helps():
    """Every text of ``--help``, with the command's name."""
    for name, command in walk(main):
        yield " ".join(name), command.help or ""
        for option in command.params:
            yield " ".join((*name, option.name)), getattr(option, "help", None) or ""


def prose(text):
    """A page without what it shows of files and terminals."""
    return re.sub(r"```.*?```|`[^`\n]*`", "…", text, flags=re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_pages_keep_to_the_glossary(page):
    text = page.read_text("utf-8")
    if page.name == "contributing.md":
        text = text.replace(GLOSSARY[GLOSSARY.index("| not | but |") : GLOSSARY.index("| term | means |")], "")
    for right in RIGHT.get(page.name, ()):
        text = text.replace(right, "")
    assert [f"{n}: {line}" for n, line in enumerate(text.splitlines(), 1) if unwanted().search(line)] == []


def test_help_texts_keep_to_the_glossary():
    found = [(name, text) for name, text in helps() if text]
    assert len(found) > 80
    assert [name for name, text in found if unwanted().search(text)] == []


def sentences(text):
    """Sentences of a text: list items, table cells and headings are sentences of their own."""
    for line in re.split(r"\n\s*\n|\n(?=[-*|#\d])|\|", prose(text)):
        yield from (s for s in re.split(r"(?<=[.:;!?])\s+|(?<=[.:;!?][*)])\s+| · ", " ".join(line.split())) if s)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_sentences_are_short(page):
    found = list(sentences(page.read_text("utf-8")))
    assert len(found) > 20
    assert [s for s in found if len(s.split()) > 20] == []


def test_help_sentences_are_short():
    found = [(name, s) for name, text in helps() for s in sentences(text.partition("Example:")[0])]
    assert len(found) > 80
    assert [(name, s) for name, s in found if len(s.split()) > 20] == []


def test_every_page_for_archivists_and_researchers_has_a_chinese_one():
    """Both have the same commands and the same number of headings and table rows."""
    names = [
        "adding-a-site",
        "archives",
        "auditing",
        "cookbook",
        "families",
        "keeping",
        "operations",
        "reading-room",
        "schema",
    ]
    found = {}
    for name in names:
        texts = [(ROOT / "docs" / folder / f"{name}.md").read_text("utf-8") for folder in ("", "zh")]
        found[name] = [
            (
                len(re.findall(r"^#+ ", text, re.MULTILINE)),
                len(re.findall(r"^\|", text, re.MULTILINE)),
                [re.sub(r'"[^"]*"', '"…"', command) for command in commands(text)],
            )
            for text in texts
        ]
    assert {name: shapes for name, shapes in found.items() if shapes[0] != shapes[1]} == {}


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "zh").glob("*.md")), ids=lambda p: p.name)
def test_links_of_chinese_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
    assert targets
    assert [target for target in targets if not (page.parent / target).exists()] == []


#: Messages that keep a word of the glossary's left column.
KEPT = re.compile(r"whole (?:gzip )?member|whole record in one gzip member|a limit of ours|last whole check")


def messages(path):
    """The texts of a file that may be printed: strings with a blank that are neither docstrings nor SQL, with their lines."""
    tree = ast.parse(path.read_text("utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in silent
            and " " in node.value
        ) and not re.search(r"\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|RECURSIVE)\b", node.value):
            yield node.lineno, node.value


@pytest.mark.parametrize("package", ["archive", "crawler"])
def test_messages_keep_to_the_glossary(package):
    found = [(path, line, text) for path in (ROOT / package).rglob("*.py") for line, text in messages(path)]
    assert len(found) > 400
    wrong = unwanted()
    assert [f"{p.relative_to(ROOT)}:{n}: {t}" for p, n, t in found if wrong.search(KEPT.sub("", t))] == []
