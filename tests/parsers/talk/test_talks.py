"""Pages of kinds that were misread: who says what, and what sort of talk it is. ``talks.txt`` holds the pages with their turns."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

import parsers


@dataclass
class Case:
    """A page's body with what is to be read from it; ``-`` for a genre that does not matter."""

    name: str
    kind: str
    genre: str
    body: str = ""
    turns: list[tuple[str, str, str]] = field(default_factory=list)


def cases():
    found, turns = [], False
    for line in Path(__file__).with_name("talks.txt").read_text("utf-8").splitlines():
        if line.startswith("=== "):
            found.append(Case(*(part.strip() for part in line[4:].split("|"))))
            turns = False
        elif line == "---":
            turns = True
        elif turns and line.startswith("+"):
            role, label, words = found[-1].turns[-1]
            found[-1].turns[-1] = (role, label, f"{words}\n{line[1:]}")
        elif turns and line:
            role, label, words = line.split(" ", 2)
            found[-1].turns.append((role, label, words))
        elif found:
            found[-1].body += line
    return found


CASES = cases()


def read(body):
    page = f"<html><head><meta charset='utf-8'></head><body>{body}</body></html>"
    return parsers.parse([parsers.Payload("http://www.qingshi.example/a/1.html", page.encode())])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_word_is_in_the_mouth_that_said_it(case):
    record = read(case.body)
    assert [(t.role, t.speaker, t.text) for t in record.turns] == case.turns
    assert record.kind == case.kind
    assert case.genre in ("-", record.genre)


def test_a_theme_that_begins_with_a_bracket_is_the_line():
    case = next(case for case in CASES if case.name == "bracket-theme-no-turns")
    assert read(case.body).theme == "【一把手谈民生】县住建局：让老楼装上电梯"
