"""How far coders agree: Krippendorff's α, by the package ``krippendorff``."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal, TypeAlias, get_args

from archive.errors import ConfigError

Level: TypeAlias = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = get_args(Level)
#: unit → coder → code
_Codes: TypeAlias = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement about one variable.

    :param alpha: 1 is complete agreement, 0 is what chance gives; ``None`` where it is not defined (see ``why``)
    :param units: those that two coders or more coded; only they count
    :param single: those that one coder coded
    :param coders: their names, in order
    :param values: the codes in use
    """

    variable: str
    level: Level
    alpha: float | None
    units: int
    single: int
    coders: tuple[str, ...]
    values: int
    why: str | None = None


def agreement(
    db: sqlite3.Connection, variable: str | None = None, level: Level = "nominal", order: Sequence[str] = ()
) -> list[Agreement]:
    """The agreement about one variable, or about each.

    :param level: of measurement, for all of them
    :param order: the codes from the lowest to the highest; ordinal codes that are numbers need none
    :raises ConfigError: no such variable, codes that do not fit the level, or the package is not installed
    """
    if order and level != "ordinal":
        raise ConfigError(f"the order of codes counts with the level ordinal only, not with {level}")
    names = [row[0] for row in db.execute("SELECT DISTINCT variable FROM codings ORDER BY variable")]
    if variable is not None and variable not in names:
        raise ConfigError(f"{variable}: no such variable; coded are {', '.join(names) or 'none'}")
    return [_of(db, name, level, order) for name in ([variable] if variable is not None else names)]


def _of(db: sqlite3.Connection, variable: str, level: Level, order: Sequence[str]) -> Agreement:
    codes: _Codes = defaultdict(dict)
    said = "SELECT unit, coder, value FROM codings WHERE variable = ? ORDER BY unit, coder"
    for unit, coder, value in db.execute(said, (variable,)):
        codes[unit][coder] = value
    paired = {unit: by for unit, by in codes.items() if len(by) > 1}
    coders = tuple(sorted({coder for by in codes.values() for coder in by}))
    used = {value for by in paired.values() for value in by.values()}
    places = _places(variable, used, level, order)
    why = _undefined(paired, places)
    alpha = None if why else _alpha(paired, coders, places, level)
    return Agreement(variable, level, alpha, len(paired), len(codes) - len(paired), coders, len(used), why)


def _undefined(paired: _Codes, places: dict[str, float]) -> str | None:
    """Why there is no α, in words."""
    if not paired:
        return "no unit was coded by two coders"
    return "all codes are the same" if len(set(places.values())) < 2 else None


def _places(variable: str, used: set[str], level: Level, order: Sequence[str]) -> dict[str, float]:
    """Each code as a number: its place, or what it says."""
    if level == "nominal":
        return {value: float(place) for place, value in enumerate(sorted(used))}
    if order:
        if strange := sorted(used - set(order)):
            raise ConfigError(f"{variable}: the code {strange[0]!r} is not in the order {', '.join(order)}")
        return {value: float(place) for place, value in enumerate(dict.fromkeys(order)) if value in used}
    return {value: _number(variable, value, level) for value in used}


def _number(variable: str, value: str, level: Level) -> float:
    try:
        number = float(value)
    except ValueError:
        number = nan
    if not isfinite(number):
        more = " Name the order of the codes." if level == "ordinal" else ""
        raise ConfigError(f"{variable}: the code {value!r} is no number, as the level {level} needs.{more}")
    if level == "ratio" and number < 0:
        raise ConfigError(f"{variable}: the code {value!r} is below 0, which the level ratio does not have")
    return number


def _alpha(paired: _Codes, coders: Sequence[str], places: dict[str, float], level: Level) -> float:
    try:
        import krippendorff  # noqa: PLC0415 - an extra: its licence is the GPL
    except ImportError as error:
        raise ConfigError(
            "agreement needs krippendorff: pip install 'fangtan[agreement]'. 计算一致性需要安装 krippendorff。"
        ) from error
    table = [[places[by[coder]] if coder in by else nan for by in paired.values()] for coder in coders]
    return float(krippendorff.alpha(reliability_data=table, level_of_measurement=level))
