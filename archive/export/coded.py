"""The sheet that a coder fills: what ``fangtan sample`` wrote, or any table with ids of turns or talks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.collection.spreadsheet import Line, head_of, readings
from archive.errors import ConfigError
from archive.export.cells import bare
from archive.export.found import COLUMNS
from archive.store.codings import Row, check_name

#: A sheet of a sample has the words of its turns.
_MOST = 256 << 20  # bytes
#: What the column of the unit may be called, the surest name first.
_UNITS = ("unit", "turn", "interview", "uid", "id")
#: The header is one of so many first lines: sheets have titles.
_HEAD_LINES = 10
#: So many variables a sheet has at most.
_VARIABLES = 200


@dataclass(frozen=True, slots=True)
class Coded:
    """What a sheet says.

    :param unit: the header of the column with the unit
    :param variables: the headers that are variables
    :param rows: those with a code
    :param empty: how many rows have a unit and no code
    :param problems: rows that cannot be read, each in words
    """

    unit: str
    variables: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: int
    problems: tuple[str, ...]


def read(file: Path, variables: Sequence[str] = ()) -> Coded:
    """Read a sheet.

    :param variables: the columns that are variables; else all but the unit's and those that ``sample`` fills
    :raises ConfigError: the file cannot be read, has no column with units, or not these variables
    """
    for lines in readings(file, _MOST):
        for at, (_, header) in enumerate(lines[:_HEAD_LINES]):
            unit = next((name for name in _UNITS if name in map(str.lower, header)), None)
            if unit is not None:
                place = [cell.lower() for cell in header].index(unit)
                return _coded(header, place, _chosen(file, header, place, variables), lines[at + 1 :])
    raise ConfigError(f"{file}: expected a header line with a column {', '.join(_UNITS)}; found {head_of(lines)!r}")


def _chosen(file: Path, header: list[str], unit: int, wanted: Sequence[str]) -> dict[str, int]:
    """The variables, each with its column."""
    filled = set() if wanted else {*COLUMNS["turns"], *_UNITS}
    found = {name: place for place, name in enumerate(header) if name and place != unit and name.lower() not in filled}
    chosen = {name: place for name, place in found.items() if not wanted or name in wanted}
    for trouble in _troubles(header, chosen, wanted):
        raise ConfigError(f"{file}: {trouble}")
    return chosen


def _troubles(header: list[str], chosen: dict[str, int], wanted: Sequence[str]) -> Iterator[str]:
    """What is wrong with the choice of variables, in words."""
    yield from (
        f"no column {name!r}; there are {', '.join(filter(None, header))}" for name in wanted if name not in chosen
    )
    yield from (f"two columns are called {name!r}; rename one" for name in chosen if header.count(name) > 1)
    if not 0 < len(chosen) <= _VARIABLES:
        yield f"expected one to {_VARIABLES} columns with codes, found {len(chosen)}"
    for name in chosen:
        try:
            check_name("variable", name)
        except ConfigError as error:
            yield str(error)


def _coded(header: list[str], unit: int, variables: dict[str, int], lines: list[Line]) -> Coded:
    rows, problems, empty = [], [], 0
    for number, cells in lines:
        if any(cells[len(header) :]):
            problems.append(f"line {number}: more cells than columns")
            continue
        held = [*map(bare, cells), *[""] * (len(header) - len(cells))]
        values = {name: held[place] for name, place in variables.items() if held[place]}
        if values:
            rows.append(Row(number, held[unit], values))
        else:
            empty += 1
    return Coded(header[unit], tuple(variables), tuple(rows), empty, tuple(problems))
