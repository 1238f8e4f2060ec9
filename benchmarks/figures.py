"""Figures of the code: sizes of files and functions, branches, long lines. ``make check`` fails when one is over its bound.

``python benchmarks/figures.py`` counts ``archive/`` with ``crawler/``, and ``parsers/``, against the same bounds. A function is
counted from its ``def`` to its last line. Its branches are 1, and 1 more for each condition, loop, handler, boolean operator,
comprehension and case. A line over 120 characters counts unless it is data: part of a table that ``fmt: off`` keeps in columns.
"""

import ast
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Longest file and function in lines, most branches, longest line in characters.
FILE, FUNCTION, BRANCHES, MANY_BRANCHES, LINE = 400, 60, 16, 10, 120

#: The packages that are counted together.
GROUPS: Mapping[str, tuple[str, ...]] = {"archive + crawler": ("archive", "crawler"), "parsers": ("parsers",)}

#: How many of a group may be over a limit: the goal.
GOALS: Mapping[str, float] = {
    "median function": 10,
    "p90 function": 25,
    f"files over {FILE} lines": 0,
    f"functions over {FUNCTION} lines": 0,
    f"functions over {BRANCHES} branches": 0,
    f"functions over {MANY_BRANCHES} branches": 60,
    f"lines over {LINE} characters": 0,
}

#: Today's state where it is not the goal. It only goes down.
TODAY: Mapping[str, Mapping[str, float]] = {
    "archive + crawler": {f"functions over {MANY_BRANCHES} branches": 48},
    "parsers": {f"functions over {MANY_BRANCHES} branches": 184},
}


class _Branches(ast.NodeVisitor):
    def __init__(self) -> None:
        self.count = 1

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(
            node,
            (ast.If, ast.For, ast.While, ast.AsyncFor, ast.ExceptHandler, ast.IfExp, ast.Assert, ast.match_case),
        ):
            self.count += 1
        elif isinstance(node, ast.BoolOp):
            self.count += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            self.count += 1 + len(node.ifs)
        super().generic_visit(node)


@dataclass(frozen=True)
class Function:
    """One function: where it is, its length in lines, its branches."""

    place: str
    lines: int
    branches: int


@dataclass(frozen=True)
class Source:
    """What is counted of one file."""

    path: str
    lines: int
    functions: tuple[Function, ...]
    long_lines: tuple[str, ...]


def read(path: Path, root: Path = ROOT) -> Source:
    """Count one file."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    name = path.relative_to(root).as_posix()
    return Source(name, text.count("\n"), tuple(_functions(tree, name)), tuple(_long_lines(text, tree, name)))


def _functions(tree: ast.AST, name: str) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            visitor = _Branches()
            for statement in node.body:
                visitor.visit(statement)
            yield Function(f"{name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1, visitor.count)


def _long_lines(text: str, tree: ast.AST, name: str) -> Iterator[str]:
    data = _data_lines(text, tree)
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LINE and number not in data:
            yield f"{name}:{number}"


def _data_lines(text: str, tree: ast.AST) -> set[int]:
    """Lines of tables: assignments and values that stand inside ``fmt: off`` or end with ``fmt: skip``."""
    lines = text.splitlines()
    off: set[int] = set()
    inside = False
    for number, line in enumerate(lines, 1):
        inside = (inside or "# fmt: off" in line) and "# fmt: on" not in line
        if inside:
            off.add(number)
    kept: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)):
            last = node.end_lineno or node.lineno
            if node.lineno in off or "# fmt: skip" in lines[last - 1]:
                kept.update(range(node.lineno, last + 1))
    return kept


def measure(sources: Sequence[Source]) -> dict[str, tuple[float, list[str]]]:
    """Each figure with what it counts: its places, worst first."""
    functions = [f for s in sources for f in s.functions]
    lengths = sorted(f.lines for f in functions)
    files = sorted(((s.lines, s.path) for s in sources if s.lines > FILE), reverse=True)
    long = sorted(((f.lines, f.place) for f in functions if f.lines > FUNCTION), reverse=True)
    branched = sorted(((f.branches, f.place) for f in functions if f.branches > MANY_BRANCHES), reverse=True)
    wide = [place for s in sources for place in s.long_lines]
    found: dict[str, tuple[float, list[str]]] = {
        "median function": (statistics.median(lengths), []),
        "p90 function": (lengths[int(0.9 * len(lengths))], []),
        f"files over {FILE} lines": (len(files), _places(files)),
        f"functions over {FUNCTION} lines": (len(long), _places(long)),
        f"functions over {BRANCHES} branches": (
            sum(n > BRANCHES for n, _ in branched),
            _places((n, p) for n, p in branched if n > BRANCHES),
        ),
        f"functions over {MANY_BRANCHES} branches": (len(branched), _places(branched)),
        f"lines over {LINE} characters": (len(wide), wide),
    }
    return found


def _places(found: Iterator[tuple[int, str]] | Sequence[tuple[int, str]]) -> list[str]:
    return [f"{place} ({number})" for number, place in found]


def sources_of(*packages: str) -> list[Source]:
    """Every Python file of the packages."""
    return [read(path) for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def main() -> int:
    """Print the figures; 1 when one is over its bound."""
    found = {group: measure(sources_of(*packages)) for group, packages in GROUPS.items()}
    print(f"{'':34}{'goal':>7}", *(f"{group:>20}{'bound':>7}" for group in GROUPS), sep="")
    over: list[str] = []
    for name, goal in GOALS.items():
        bounds = {group: TODAY[group].get(name, goal) for group in GROUPS}
        print(f"{name:34}{goal:>7g}", *(f"{found[g][name][0]:>20g}{bounds[g]:>7g}" for g in GROUPS), sep="")
        for group, bound in bounds.items():
            value, places = found[group][name]
            if value > bound:
                over.append("\n    ".join([f"{group}: {name}: over the bound by {value - bound:g}", *places[:40]]))
    print(*over, sep="\n")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
