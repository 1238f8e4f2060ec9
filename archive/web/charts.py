"""Charts as numbers: a template draws them as SVG, so they need no script and no other host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, FLOOR = 320, 120, 100
_NAMES = 6
_WIDEST = 48


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its place in the units of the chart, what it says, where a click leads."""

    label: str
    value: float
    x: float
    y: float
    width: float
    height: float
    named: bool
    href: str | None

    @property
    def middle(self) -> float:
        """Where its name is centred."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over one axis, from 0 to the greatest value."""

    title: str
    bars: tuple[Bar, ...]
    most: float
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = FLOOR


def columns(title: str, values: Sequence[tuple[str, float, str | None]], most: float | None = None) -> Chart | None:
    """A chart of (name, value, address) in this order; ``None`` without values. Six names at most are written.

    :param most: where the axis ends, for charts that are compared; else the greatest value
    """
    if not values:
        return None
    most = max(value for _, value, _ in values) if most is None else most
    step = min(WIDTH / len(values), _WIDEST)
    every = -(-len(values) // _NAMES)
    bars = []
    for at, (label, value, href) in enumerate(values):
        height = round((FLOOR - 14) * value / most, 2) if most > 0 else 0.0
        place = (round(at * step + step * 0.1, 2), round(FLOOR - height, 2), round(step * 0.8, 2), height)
        bars.append(Bar(label, value, *place, named=at % every == 0, href=href))
    return Chart(title, tuple(bars), most)
