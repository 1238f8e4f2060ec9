"""What the checks of replay found, as it was kept: for a site's health. Who reads it loads no replay tool."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archive.collection.folder import Collection


def path_of(collection: Collection) -> Path:
    """Where they are kept."""
    return collection.root / "replay.json"


def noted(collection: Collection) -> dict[str, Any]:
    """The last result of each site; one that cannot be read counts as absent."""
    try:
        found = json.loads(path_of(collection).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def remark(result: dict[str, Any] | None) -> str | None:
    """A line for a site's health; ``None`` when nothing lacked, or it was never checked."""
    bad = (result or {}).get("bad")
    if not result or not bad:
        return None
    lacks = next((v for key in ("missing", "pictures", "words") for v in bad[0].get(key, ())), bad[0].get("error"))
    count = f"{len(bad)} of {result['pages']} pages lack something"
    return f"replay of {str(result['checked_at'])[:10]}: {count}, the first {bad[0]['url']}: {lacks}"
