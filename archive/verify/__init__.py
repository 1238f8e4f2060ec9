"""Check an archive against itself, and files of others against the standard. One fault a line, each with its place.

Files are checked in processes beside each other; memory does not grow with the archive (what must be compared across
files is in SQLite files in a temporary folder).

The names below are loaded with their first use: whoever checks a file waits for no store and no certificate.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.fault import Fault, Summary
    from archive.verify import carried, chain, provenance
    from archive.verify.chain import head_of
    from archive.verify.container import is_mhtml, kind_of
    from archive.verify.files import verify_files
    from archive.verify.options import Options
    from archive.verify.roots import trusted
    from archive.verify.whole import verify_collection, verify_warcs

__all__ = [
    "Fault", "Options", "Summary", "carried", "chain", "head_of", "is_mhtml", "kind_of", "provenance", "trusted",
    "verify_collection", "verify_files", "verify_warcs",
]  # fmt: skip

_IN = {
    **dict.fromkeys(("Fault", "Summary"), "archive.fault"),
    "Options": "archive.verify.options",
    "head_of": "archive.verify.chain",
    **dict.fromkeys(("is_mhtml", "kind_of"), "archive.verify.container"),
    "trusted": "archive.verify.roots",
    "verify_files": "archive.verify.files",
    **dict.fromkeys(("verify_collection", "verify_warcs"), "archive.verify.whole"),
}


def __getattr__(name: str) -> Any:
    """A name of ``__all__``, kept here from now on (PEP 562)."""
    if name not in _IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_IN[name]), name)
    return found
