"""What the other tests lean on: a forked command is one that was started."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.running import STARTER, environment, fangtan, start
from support.starter import Command, Forks

from archive.collection.processes import environment as safe_environment
from archive.collection.processes import module


@pytest.mark.parametrize(
    "words", [["--version"], ["no-such-command"], ["parse", "absent.html"], ["-C", "absent", "status"], ["sites", "list", "--no"]]
)  # fmt: skip
def test_a_forked_command_says_and_returns_what_a_started_one_does(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    started = subprocess.run([sys.executable, "-m", "crawler", *words], capture_output=True, text=True, env=environment(), check=False)  # fmt: skip
    assert STARTER.run(words, environment(), 60) == (started.returncode, started.stdout, started.stderr)


def test_a_command_for_which_the_interpreter_would_start_otherwise_is_not_forked(monkeypatch):
    assert STARTER.fits(environment())
    monkeypatch.setenv("FANGTAN_CLOCK", "/nowhere")
    assert STARTER.fits(environment())
    for name in ("LD_PRELOAD", "PYTHONUTF8", "LC_ALL", "TZ"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(name, "1")
            assert not STARTER.fits(environment()), name


def test_a_command_that_does_not_end_is_killed(tmp_path):
    """A named pipe that nobody writes to."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(subprocess.TimeoutExpired):
        fangtan("parse", tmp_path / "pipe", timeout=1)


@pytest.mark.parametrize("group", [False, True])
def test_a_command_ended_by_a_signal_says_so(tmp_path, group):
    os.mkfifo(tmp_path / "pipe")
    command = start("parse", tmp_path / "pipe", group=group)
    assert command.poll() is None
    assert (os.getpgid(command.pid) == command.pid) is group
    with pytest.raises(subprocess.TimeoutExpired):
        command.wait(0.01)
    command.kill()
    assert command.communicate(60) == ["", ""]
    assert (command.returncode, command.poll()) == (-signal.SIGKILL, -signal.SIGKILL)


def test_what_a_command_writes_can_be_read_while_it_runs(tmp_path):
    page = Path(__file__).parent / "pages" / "gaotai-2021-12-23" / "page.html"
    os.mkfifo(tmp_path / "pipe")
    command = start("parse", page, tmp_path / "pipe")
    assert json.loads(command.stdout.readline())["kind"] == "transcript"
    (tmp_path / "pipe").write_bytes(page.read_bytes())
    out, err = command.communicate(60)
    assert (len(out.splitlines()), err, command.returncode) == (1, "", 0)


def test_what_a_forked_command_starts_is_forked_as_it_is_started(collection, tmp_path, capfd):
    """With its pipes, its exit status and its words."""
    STARTER.run(["--version"], environment(), 60)
    address = STARTER.listening()
    safe = safe_environment(**environment())
    forks = [Forks({"environment": e, "address": address}) for e in (environment(), safe)]
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "start_new_session": True}
    for popen in (*(f.Popen for f in forks), subprocess.Popen):
        process = popen(module("archive.store.follow", str(collection.root)), env=safe, **piped)
        assert isinstance(process, Command) is (popen is not subprocess.Popen)
        assert os.read(process.stdout.fileno(), 1) == b"."
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(60) == 0
        process.stdout.close()
        absent = popen(module("archive.store.follow", str(tmp_path / "absent")), env=safe, **piped)
        os.write(absent.stdin.fileno(), b"\n")  # it begins
        assert absent.wait(60) == 1
        assert "absent" in capfd.readouterr().err
        absent.stdin.close()
        absent.stdout.close()


def test_a_process_for_which_the_interpreter_would_start_otherwise_is_not_forked(collection):
    forks = Forks({"environment": environment(), "address": "nobody listens here"})
    other = {**safe_environment(), "TZ": "Asia/Shanghai"}
    process = forks.Popen(module("archive.store.follow", str(collection.root)), env=other, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert process.communicate(timeout=60)[1] is None
    assert process.returncode == 0
