"""Who imports whom: every import of every module, also those inside functions, behind ``TYPE_CHECKING`` and by ``import_module``; circles among them."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = dict[str, set[str]]


def modules_of(root: Path, packages: tuple[str, ...]) -> dict[str, Path]:
    """Module names (``archive.warc.http``) with their files."""
    found = {}
    for package in packages:
        for path in (root / package).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(modules: Mapping[str, Path]) -> Graph:
    """The graph of the modules. ``from a.b import c`` is an import of ``a.b.c`` where that is a module, else of ``a.b``."""
    return {name: set(_imports(name, path, modules)) - {name} for name, path in modules.items()}


def _imports(name: str, path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = ".".join(filter(None, (_upwards(package, node.level), node.module)))
            for alias in node.names:
                yield from (
                    n
                    for n in (f"{base}.{alias.name}", base)
                    if n in modules and not _holds(n, base, alias.name, modules)
                )
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func) and node.args:
            name_given = node.args[0]
            if isinstance(name_given, ast.Constant) and name_given.value in modules:
                yield str(name_given.value)


def _holds(name: str, base: str, alias: str, modules: Mapping[str, Path]) -> bool:
    """Whether ``name`` is only the folder of the module that is meant."""
    return name == base and f"{base}.{alias}" in modules


def _upwards(package: str, level: int) -> str:
    return ".".join(package.split(".")[: len(package.split(".")) - level + 1]) if level else ""


def folders_of(graph: Graph) -> Graph:
    """The same between folders: a folder imports another when one of its files imports a file there.

    A file beside a package's folders counts as a folder of its own; the package's front door (``__init__``) is none.
    """
    found: Graph = {}
    for name, others in graph.items():
        if room := _room(name):
            found.setdefault(room, set()).update(r for o in others if (r := _room(o)) not in ("", room))
    return found


def _room(name: str) -> str:
    return ".".join(name.split(".")[:2]) if "." in name else ""


def circles(graph: Graph) -> list[tuple[str, ...]]:
    """Groups of nodes that lead to each other (Tarjan's strongly connected components of two or more)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(tuple(sorted(group)))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return sorted(found)
