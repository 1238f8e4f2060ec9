"""What docs/operations.md shows for many machines can be started: files that parse, commands and options that exist."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml
from support.running import ROOT

from crawler.cli.group import main

PAGES = [ROOT / "docs" / "operations.md", ROOT / "docs" / "zh" / "operations.md"]


def shown(page, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def services():
    (text,) = (block for block in shown(PAGES[0], "yaml") if "compose.yaml" in block)
    return yaml.safe_load(text)


def units():
    return [text for text in shown(PAGES[0], "ini") if "ExecStart" in text]


def option_names(command):
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)}


def starts(words):
    """Whether a command of Dask or of ours has these words and options."""
    command = main
    if Path(words[0]).name == "dask":
        distributed = pytest.importorskip("distributed.cli")
        assert distributed
        command = __import__(f"distributed.cli.dask_{words[1]}", fromlist=["main"]).main
        words = words[2:]
    while isinstance(command, click.Group):
        command, words = command.get_command(click.Context(command), words[0]), words[1:]
        assert command is not None, words
    used = {word for word in words if word.startswith("--")}
    assert used <= option_names(command), (command.name, used)


def test_both_languages_show_the_same_files():
    for kind in ("yaml", "ini"):
        assert shown(PAGES[0], kind) == shown(PAGES[1], kind)


def test_the_services_start_what_exists():
    file = services()
    assert len(file["services"]) == 3
    for service in file["services"].values():
        starts(service.get("entrypoint") or service["command"])
        named = [volume.partition(":")[0] for volume in service.get("volumes", ()) if ":" in volume]
        assert set(named) <= set(file["volumes"])
        assert service["image"] == "fangtan:cluster"
    assert not [
        s for name, s in file["services"].items() if name != "coordinator" and "keys:/keys" in s.get("volumes", ())
    ]


def test_the_units_start_what_exists(tmp_path):
    assert len(units()) == 2
    for text in units():
        unit = configparser.ConfigParser(strict=True, interpolation=None)
        unit.optionxform = str
        unit.read_string(text)
        starts(shlex.split(unit["Service"]["ExecStart"]))
        if shutil.which("systemd-analyze"):
            path = tmp_path / text.splitlines()[0].rpartition("/")[2]
            program = shutil.which("true")
            path.write_text(text.replace("/opt/fangtan/bin/dask", program), "utf-8")
            done = subprocess.run(
                ["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False
            )
            assert path.name not in done.stderr, done.stderr


def test_the_image_takes_the_extra_that_the_services_need():
    text = (ROOT / "Containerfile").read_text("utf-8")
    assert "ARG EXTRAS" in text
    assert "/scratch" in text
    assert "--build-arg EXTRAS=cluster" in PAGES[0].read_text("utf-8")
