"""What the other tests lean on: a forked command is one that was started."""

import os
import signal
import subprocess
import sys

import pytest
from support.running import STARTER, environment, fangtan


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
    for name in ("FANGTAN_TEST_SQLITE_TIMEOUT", "PYTHONUTF8", "LC_ALL", "TZ"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(name, "1")
            assert not STARTER.fits(environment()), name


def test_a_command_that_does_not_end_is_killed(tmp_path):
    """A named pipe that nobody writes to."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(subprocess.TimeoutExpired):
        fangtan("parse", tmp_path / "pipe", timeout=1)


def test_a_command_ended_by_a_signal_says_so(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    words = ["parse", str(tmp_path / "pipe")]
    code, *_ = STARTER.run(words, environment(), 60, begun=lambda pid: os.kill(pid, signal.SIGKILL))
    assert code == -signal.SIGKILL
