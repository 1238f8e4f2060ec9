"""Starts ``python -m crawler`` by forking a process that has imported everything: what a start costs is paid once a session.

Each command is a process of its own all the same, with its arguments, environment, folder, streams, signals and exit status.
"""

import array
import atexit
import gc
import importlib
import json
import os
import resource
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path

#: Modules that commands import; none may bring Twisted's reactor, which belongs to the process that runs it.
PRELOADED = (
    "archive.store.corrections",
    "archive.history.doctor",
    "archive.export",
    "archive.store.follow",
    "archive.handover.imports",
    "archive.verify.provenance",
    "archive.store.rebuild",
    "archive.history.timetable",
    "archive.handover.transfer",
    "archive.verify",
    "archive.handover.wacz",
    "archive.handover.withhold",
    "crawler.cli",
    "crawler.onboarding.onboard",
    "crawler.schedule.progress",
    "crawler.process",
    "crawler.schedule.scheduler",
    "crawler.fetch.wire",
    "crawler.schedule.worker",
)
#: What an interpreter reads when it starts; a command for which it is another is started anew.
_READ_AT_START = ("FANGTAN_TEST_", "LANG", "LC_", "PYTHON", "TZ")


class Starter:
    """The process that forks, started with the first command.

    :param environment: of that process
    :ivar cpu: seconds of processor time of all commands and what they started
    """

    def __init__(self, environment):
        self.environment, self.cpu = environment, 0.0
        self.lock, self.process, self.folder = threading.Lock(), None, None

    def fits(self, environment):
        """Whether a command in this environment may be forked."""
        ours, its = (
            {k: v for k, v in e.items() if k.startswith(_READ_AT_START)} for e in (self.environment, environment)
        )
        return ours == its

    def run(self, arguments, environment, timeout, memory=None, begun=lambda _pid: None):
        """Exit status, standard output and standard error of ``fangtan ARGUMENTS``.

        :param memory: bytes that its address space may have
        :param begun: called with the process's id
        :raises subprocess.TimeoutExpired: as :func:`subprocess.run` does; the command was killed
        """
        with Path(os.devnull).open("rb") as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            order = {"arguments": arguments, "environment": environment, "cwd": str(Path.cwd()), "memory": memory}
            code = self._order(order, [nothing.fileno(), out.fileno(), err.fileno()], timeout, begun)
            texts = []
            for stream in (out, err):
                stream.seek(0)
                texts.append(stream.read().decode(errors="replace"))
            return code, *texts

    def _order(self, order, streams, timeout, begun):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self._address())
            data = json.dumps(order).encode()
            line.sendmsg(
                [len(data).to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))]
            )
            line.sendall(data)
            answers = line.makefile()
            pid = int(answers.readline())
            begun(pid)
            line.settimeout(timeout)
            try:
                code, cpu = json.loads(answers.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(order["arguments"], timeout) from None
            with self.lock:
                self.cpu += cpu
            return code

    def _address(self):
        with self.lock:
            if self.process is None:
                self.folder = tempfile.TemporaryDirectory()
                address = f"{self.folder.name}/s"
                with socket.socket(socket.AF_UNIX) as door:
                    door.bind(address)
                    door.listen(16)
                    command = [sys.executable, __file__, str(door.fileno())]
                    self.process = subprocess.Popen(
                        command, env=self.environment, stdin=subprocess.PIPE, pass_fds=[door.fileno()]
                    )
                atexit.register(self.close)
            return f"{self.folder.name}/s"

    def close(self):
        """End the process; commands that still run go on."""
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def main(door):
    """Fork for each order that comes through a listening socket, until standard input ends."""
    sys.path.remove(str(Path(__file__).parent))  # a command finds no module of the tests
    for name in PRELOADED:
        importlib.import_module(name)
    assert "twisted.internet.reactor" not in sys.modules
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([door, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        line, _ = door.accept()
        if os.fork() == 0:
            door.close()
            watch(line)
            os._exit(0)
        line.close()


def watch(line):
    """Run one order in a process of its own; tell its id, then how it ended and what processor time it took."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, streams, _, _ = socket.recv_fds(line, 8, 3)
    with line.makefile("rb") as rest:
        order = json.loads(rest.read(int.from_bytes(head, "big")))
    pid = os.fork()
    if pid == 0:
        line.close()
        command(order, streams)
    for stream in streams:
        os.close(stream)
    line.sendall(b"%d\n" % pid)
    _, status, usage = os.wait4(pid, 0)
    line.sendall(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime]).encode() + b"\n")


def command(order, streams):
    """Become ``python -m crawler``."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    if order["memory"]:
        resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    sys.argv = ["-m", *order["arguments"]]
    code = 1
    try:
        runpy.run_module("crawler", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    # As multiprocessing ends a fork: what the modules loaded need not be taken apart.
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
