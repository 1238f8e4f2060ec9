"""Programs and files that some tests need and a machine may lack: skipped in one way, and never in CI (see conftest)."""

import shutil
from pathlib import Path

import pytest

from archive.errors import ConfigError
from archive.handover.replay import wayback

ROOT = Path(__file__).parents[2]
VIEWER = ROOT / ".cache" / "replaywebpage"
AXE = VIEWER / "package" / "axe.min.js"
#: A Python with the readers of data sets, which live apart: their dependencies are older than the tests' own.
READERS = ROOT / ".venv-readers" / "bin" / "python"
#: A server's program, which is not in everybody's path.
CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
TEI_SCHEMA = ROOT / ".cache" / "tei" / "tei_all.rng"


def _pywb():
    try:
        return wayback()
    except ConfigError:
        return None


#: What may be missing: how it is found, and what brings it.
_TOOLS = {
    "chromium": (lambda: shutil.which("chromium"), "make browser"),
    "sqlite3": (lambda: shutil.which("sqlite3"), "make browser"),
    "Rscript": (lambda: shutil.which("Rscript"), "make browser"),
    "jq": (lambda: shutil.which("jq"), "make browser"),
    "unzip": (lambda: shutil.which("unzip"), "make browser"),
    "openssl": (lambda: shutil.which("openssl"), "make browser"),
    "zstd": (lambda: shutil.which("zstd"), "make browser"),
    "clamd": (lambda: CLAMD, "make browser"),
    "wget": (lambda: shutil.which("wget"), "make browser"),
    "ReplayWeb.page": ((VIEWER / "ui.js").exists, "make browser"),
    "axe": (AXE.exists, "make browser"),
    "TEI's schema": (TEI_SCHEMA.exists, "make browser"),
    "readers": ((READERS.parent.parent / ".installed").exists, "make readers"),
    "pywb": (_pywb, "make replay"),
}


def needs(tool):
    """Skip the test (or what uses the fixture) when a tool is not here."""
    found, command = _TOOLS[tool]
    if not found():
        pytest.skip(f"no {tool}: {command}")
