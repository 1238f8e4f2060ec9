"""surt without tldextract, which would load requests and its kin: only two of its methods use it, and nobody here calls
them.

Each process that indexes starts a tenth of a second sooner for it.
"""

from __future__ import annotations

import sys
from types import ModuleType

_LOADED = "tldextract" in sys.modules
if not _LOADED:
    sys.modules["tldextract"] = ModuleType("tldextract")
try:
    from surt import surt
finally:
    if not _LOADED:
        del sys.modules["tldextract"]

__all__ = ["surt"]
