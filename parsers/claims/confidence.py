"""How sure a value is: how often values of its rule and standing were right on pages whose truth is known.

``calibration.toml`` holds the counts (``python benchmarks/accuracy.py calibrate`` writes it): field, rule, standing,
then ``[right, of]``. The confidence is the lower end of the 95 % interval of that share, so few pages never make a
value sure.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from math import sqrt

#: No doubtful value is surer: what makes it doubtful comes true on pages that are messier than those counted.
DOUBTFUL = 0.85
#: What a rule and field reach at most: generated pages flatter them. Of guests whom sentences name, 28 lists of 31 were
#: right on pages written by hand to which no rule had been fitted (docs/accuracy.md).
#: A notice's only person is no surer.
MOST = {("guests", rule): 0.89 for rule in ("sentence", "introduced", "only-person")}
#: Of a value whose rule and standing occurred on no page of the calibration.
UNMEASURED = 0.5
_Z = 1.96


@cache
def _counts() -> dict[str, dict[str, dict[str, list[int]]]]:
    return tomllib.loads(files("parsers.claims").joinpath("calibration.toml").read_text("utf-8"))


@cache
def confidence(field: str, rule: str, standing: str) -> float:
    """Between 0 and 1, three digits."""
    counts = _counts().get(field, {}).get(rule, {}).get(standing)
    counted = round(lower_bound(*counts), 3) if counts else UNMEASURED
    counted = min(counted, MOST.get((field, rule), 1.0))
    return min(counted, DOUBTFUL) if standing.endswith("-doubtful") else counted


def lower_bound(right: int, of: int) -> float:
    """The lower end of Wilson's 95 % interval of ``right / of``."""
    share, z2 = right / of, _Z * _Z
    return (share + z2 / (2 * of) - _Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of))) / (1 + z2 / of)
