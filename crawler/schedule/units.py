"""systemd units and crontab lines for a collection."""

from __future__ import annotations

import shlex
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from archive import VERSION
from archive.collection.processes import module

_HEAD = "[Unit]\nDescription=fangtan: {what} of {root}\nDocumentation=man:systemd.service(5)\n"


def command(root: Path, *rest: str) -> list[str]:
    """How this installation is started on a collection."""
    program = Path(sys.executable).with_name("fangtan")
    start = [str(program)] if program.exists() else module("crawler")
    return [*start, "-C", str(root), *rest]


def units(root: Path, known: Sequence[str] = ()) -> dict[str, str]:
    """Unit files by name: a service that crawls what is due permanently; a timer and its service for single ticks."""
    run, tick = (_quoted(command(root, "schedule", verb, *known)) for verb in ("run", "tick"))
    hardening = (
        f"WorkingDirectory={_escaped(str(root))}\nNice=5\nUMask=0027\n"
        "NoNewPrivileges=yes\nPrivateTmp=yes\nProtectSystem=full\n"
        # 75 seconds for what is in flight: some requests, seconds apart.
        "KillSignal=SIGTERM\nKillMode=mixed\nTimeoutStopSec=75\n"
    )
    return {
        "fangtan.service": _HEAD.format(what="scheduled crawls", root=_escaped(str(root)))
        + "Wants=network-online.target\nAfter=network-online.target\n\n[Service]\nType=exec\n"
        + (
            f"ExecStart={run}\nRestart=on-failure\nRestartSec=60\nRestartPreventExitStatus=2\nSuccessExitStatus=3 "
            f"4\n{hardening}\n"
        )
        + "[Install]\nWantedBy=default.target\n",
        "fangtan-tick.service": _HEAD.format(what="one tick", root=_escaped(str(root)))
        + f"\n[Service]\nType=oneshot\nExecStart={tick}\nSuccessExitStatus=3 4\n{hardening}",
        "fangtan-tick.timer": _HEAD.format(what="ticks", root=_escaped(str(root)))
        + "\n[Timer]\nOnCalendar=*:0/10\nPersistent=yes\n\n[Install]\nWantedBy=timers.target\n",
    }


def crontab(root: Path, known: Sequence[str] = ()) -> str:
    """A crontab line that ticks every ten minutes and keeps what was said."""
    line = shlex.join(command(root, "--quiet", "schedule", "tick", *known)).replace("%", r"\%")
    log = shlex.quote(str(root / "schedule.log")).replace("%", r"\%")
    return f"*/10 * * * * {line} >> {log} 2>&1"


def egg(path: Path) -> None:
    """The project as scrapyd takes it: our packages, their data files included, which an egg of setuptools would leave
    out.

    scrapyd's environment needs what fangtan needs: install fangtan there, too.
    """
    here = Path(__file__).parent.parent
    temporary = path.with_name(f".{path.name}.tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("EGG-INFO/PKG-INFO", f"Metadata-Version: 1.0\nName: fangtan\nVersion: {VERSION}\n")
        archive.writestr("EGG-INFO/entry_points.txt", "[scrapy]\nsettings = crawler.settings\n")
        for package in ("archive", "crawler", "parsers"):
            for file in sorted((here / package).rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    archive.write(file, file.relative_to(here).as_posix())
    temporary.replace(path)


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(words: list[str]) -> str:
    """Words of an ExecStart line: quoted for systemd, which also expands % and $."""
    return " ".join('"' + _escaped(w).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"' for w in words)
