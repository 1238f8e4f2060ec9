"""Columns as frames with types: times, whole numbers that may be missing, yes and no, names of a few classes.

Dates that pages print stay text, as precise as they were printed: ``2021-12`` is no day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archive.errors import ConfigError

KINDS = ("pandas", "polars")
_TIMES = frozenset({"fetched_at", "first_seen", "last_seen", "gone_at", "started_at", "ended_at"})
_FLAGS = frozenset({"newest", "relayed", "applied", "citizen"})
_CLASSES = frozenset({"role", "asker_role", "kind", "talk_kind", "genre", "talk_genre", "verdict", "time_precision", "severity", "part"})  # fmt: skip
#: Words of people: never numbers, whatever they look like.
_TEXTS = frozenset({"old", "parsed", "text", "field", "code", "value"})


def framed(library: str, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
    """A frame of a library.

    :param table: whose rows they are; empty for an answer
    :raises ConfigError: the library is not installed
    """
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    types = {name: _type(table, name, values) for name, values in columns.items()}
    return (_pandas if library == "pandas" else _polars)(columns, types)


def _type(table: str, name: str, values: Sequence[Any]) -> str:
    """``time``, ``flag``, ``class``, ``whole``, ``number`` or ``text``; what has no fixed type has that of its values."""
    for names, kind in ((_TIMES, "time"), (_FLAGS, "flag"), (_CLASSES, "class"), (_TEXTS, "text")):
        if name in names:
            return kind
    present = {type(value) for value in values if value is not None}
    if table == "corrections" or not present <= {int, float} or not present:
        return "text"
    return "number" if float in present else "whole"


def _pandas(columns: dict[str, list[Any]], types: dict[str, str]) -> Any:
    try:
        import pandas as pd  # noqa: PLC0415 - whoever wants frames has it
    except ImportError as error:
        raise ConfigError("frames need pandas: pip install pandas, or open(…, frames='polars')") from error
    series: dict[str, Any] = {}
    for name, values in columns.items():
        kind = types[name]
        if kind == "time":
            series[name] = pd.to_datetime(pd.Series(values, dtype="object"), utc=True, format="ISO8601")
        else:
            known = {"flag": "boolean", "class": "category", "whole": "Int64", "number": "Float64", "text": "string"}
            whole = [None if value is None else bool(value) for value in values] if kind == "flag" else values
            series[name] = pd.Series(whole, dtype=known[kind])
    return pd.DataFrame(series, columns=list(columns))


def _polars(columns: dict[str, list[Any]], types: dict[str, str]) -> Any:
    try:
        import polars as pl  # noqa: PLC0415 - as pandas
    except ImportError as error:
        raise ConfigError("frames need polars: pip install polars, or open(…, frames='pandas')") from error
    known = {"flag": pl.Boolean, "class": pl.Categorical, "whole": pl.Int64, "number": pl.Float64}
    series = []
    for name, values in columns.items():
        kind = types[name]
        whole = [None if value is None else bool(value) for value in values] if kind == "flag" else values
        made = pl.Series(name, whole, dtype=known.get(kind, pl.String), strict=False)
        series.append(made.str.to_datetime(time_zone="UTC") if kind == "time" else made)
    return pl.DataFrame(series)
