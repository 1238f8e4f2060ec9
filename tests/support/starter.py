"""Starts ``python -m crawler`` by forking a process that has imported everything: what a start costs is paid once a session.

Each command is a process of its own all the same, with its arguments, environment, folder, streams, signals and exit status.
So are the indexer beside a forked crawl, the worker of a scheduler, the crawl that surveys a site, a script that changes
something before it becomes the command, and what a shell calls ``fangtan`` (:file:`shell_command.py`).
"""

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
import sqlite3
import subprocess
import sys
import tempfile
import threading
import traceback
from concurrent.futures import Future
from contextlib import ExitStack, closing, suppress
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
    "archive.web.serve",
    "crawler.cli.group",
    "crawler.onboarding.onboard",
    "crawler.schedule.progress",
    "crawler.process",
    "crawler.schedule.scheduler",
    "crawler.fetch.wire",
    "crawler.schedule.worker",
    "parsers.api",
    # What a crawl imports as it begins.
    "crawler.chosen",
    "crawler.cli.console",
    "crawler.cli.crawl",
    "crawler.spider.robots",
    "crawler.state.frontier",
    "crawler.under_scrapy",
    "protego",
    "queuelib",
    *(f"scrapy.downloadermiddlewares.{name}" for name in ("cookies", "defaultheaders", "downloadtimeout", "httpproxy", "retry", "useragent")),
    *(f"scrapy.extensions.{name}" for name in ("closespider", "memusage")),
    *(f"scrapy.{name}" for name in ("dupefilters", "logformatter", "pqueues", "squeues", "statscollectors", "utils.engine")),
)  # fmt: skip
#: What an interpreter reads when it starts; a command for which it is another is started anew.
_READ_AT_START = ("LANG", "LC_", "LD_", "PYTHON", "TZ")
#: What fangtan gives its own processes. A fork has no module of the current folder on its path, with and without it.
_SAFE = "PYTHONSAFEPATH"


class Starter:
    """The process that forks, started with the first command.

    :param environment: of that process
    :param address: of one that another process started
    """

    def __init__(self, environment, address=None):
        self.environment, self.address = environment, address
        self.lock, self.process, self.folder = threading.Lock(), None, None

    def fits(self, environment):
        """Whether a command in this environment may be forked."""
        ours, its = (
            {k: v for k, v in e.items() if k.startswith(_READ_AT_START) and k != _SAFE}
            for e in (self.environment, environment)
        )
        return ours == its

    def start(self, arguments, environment, *, module="crawler", script=None, cwd=None, stdin=None, stdout=None, stderr=None, memory=None, group=False):  # fmt: skip
        """Begin ``python -m MODULE ARGUMENTS``, or ``python -c SCRIPT ARGUMENTS``.

        :param stdin: a file descriptor, by default of nothing; ``stdout``, ``stderr`` likewise, or ``PIPE``, ``DEVNULL``
        :param memory: bytes that its address space may have
        :param group: whether it leads a process group of its own, which can be killed
        """
        order = {"module": module, "script": script, "arguments": arguments, "environment": environment, "cwd": str(cwd or Path.cwd()), "memory": memory, "group": group, "address": self.listening()}  # fmt: skip
        with ExitStack() as ours:
            nothing = ours.enter_context(Path(os.devnull).open("r+b")).fileno()
            theirs, readers = [nothing if stdin is None else stdin], []
            for stream in (stdout, stderr):
                reader = None
                if stream == subprocess.PIPE:
                    reader, stream = os.pipe()  # noqa: PLW2901
                    ours.callback(os.close, stream)
                theirs.append(nothing if stream in (None, subprocess.DEVNULL) else stream)
                readers.append(reader)
            line = socket.socket(socket.AF_UNIX)
            line.connect(order["address"])
            data = json.dumps(order).encode()
            socket.send_fds(line, [len(data).to_bytes(8, "big")], theirs)
            line.sendall(data)
        return Command(order["arguments"], line, *readers)

    def run(self, arguments, environment, timeout, **more):
        """Exit status, standard output and standard error of ``fangtan ARGUMENTS``.

        :param more: for :meth:`start`
        :raises subprocess.TimeoutExpired: as :func:`subprocess.run` does; the command was killed
        """
        command = self.start(arguments, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        try:
            out, err = command.communicate(timeout)
        except subprocess.TimeoutExpired:
            command.kill()
            command.communicate()
            raise
        return command.returncode, out, err

    def listening(self):
        if self.address:
            return self.address
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


class Command:
    """A command that was started, with what :class:`subprocess.Popen` offers.

    :ivar returncode: ``None`` while it runs, negative when a signal ended it
    """

    def __init__(self, args, line, stdout, stderr):
        self.args, self.line, self.returncode, self.stdin = args, line, None, None
        self.stdout, self.stderr = (reader and os.fdopen(reader, errors="replace") for reader in (stdout, stderr))
        self.said, self.reading = b"", None
        self.pid = int(self._answer(None))

    def _answer(self, timeout):
        """The next line of the process that watches over it.

        :raises TimeoutError, BlockingIOError: it did not come in time
        """
        self.line.settimeout(timeout)
        while b"\n" not in self.said:
            data = self.line.recv(4096)
            assert data, "the process that forks has gone"
            self.said += data
        answer, _, self.said = self.said.partition(b"\n")
        return answer

    def wait(self, timeout=None):
        """How it ended.

        :raises subprocess.TimeoutExpired: it has not, after so many seconds
        """
        if self.returncode is None:
            try:
                self.returncode = int(self._answer(timeout))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.args, timeout) from None
            self.line.close()
        return self.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream:
                stream.close()
        self.wait()

    def poll(self):
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout=None):
        """All that it writes, once it has ended.

        :raises subprocess.TimeoutExpired: it has not, after so many seconds
        """
        if self.reading is None:
            self.reading = [stream and _reader(stream) for stream in (self.stdout, self.stderr)]
        self.wait(timeout)
        texts = [found and found.result() for found in self.reading]
        for stream in (self.stdout, self.stderr):
            if stream:
                stream.close()
        return texts


#: Modules whose processes of fangtan are forked when their own process was.
_FORKING = ("crawler.run.indexing", "crawler.onboarding.surveying", "crawler.schedule.scheduler")


class Forks:
    """What a forked command has for :mod:`subprocess`: what it starts of fangtan is forked as it was.

    :param order: of the command
    """

    def __init__(self, order):
        self.starter = Starter(order["environment"], order["address"])

    def __getattr__(self, name):
        return getattr(subprocess, name)

    def Popen(self, command, *, env, start_new_session=False, stdin=None, text=False, **more):  # noqa: N802 - the name it stands in for
        program, *flags, module = command[:4]
        if (program, *flags) != (sys.executable, "-P", "-m") or not self.starter.fits(env):
            return subprocess.Popen(
                command, env=env, start_new_session=start_new_session, stdin=stdin, text=text, **more
            )
        theirs, ours = os.pipe() if stdin == subprocess.PIPE else (None, None)
        streams = {"stdout": more["stdout"], "stderr": more.get("stderr", 2)}
        begun = self.starter.start(command[4:], env, module=module, stdin=theirs, group=start_new_session, **streams)
        if theirs is not None:
            os.close(theirs)
            begun.stdin = os.fdopen(ours, *(("w", 1) if text else ("wb",)))
        return begun


def _reader(stream):
    """What comes of a stream until its end, read beside."""
    found = Future()
    threading.Thread(target=lambda: found.set_result(stream.read()), daemon=True).start()
    return found


def main(door):
    """Fork for each order that comes through a listening socket, until standard input ends."""
    sys.path.remove(str(Path(__file__).parent))  # a command finds no module of the tests
    for name in PRELOADED:
        importlib.import_module(name)
    _warm()
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


def _warm():
    """Read pages of each site of the demo, begin a store: what a process makes once, at its first use, is there then."""
    from archive.collection.divisions import division_of
    from archive.store.migrations import begin
    from crawler.demo import build
    from parsers.api import Opened
    from parsers.record import Payload

    with closing(sqlite3.connect(":memory:")) as database:
        begin(database)
    division_of("county", "高台县", "www.county.example")
    for site in build():
        for path, reply in list(site.replies.items())[::4]:
            if b"<title>" in reply.body:
                opened = Opened(Payload(f"http://county.example{path}", reply.body))
                opened.links()
                opened.record()


def watch(line):
    """Run one order in a process of its own; report its id, then how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, streams, _, _ = socket.recv_fds(line, 8, 3)
    with line.makefile("rb") as rest:
        order = json.loads(rest.read(int.from_bytes(head, "big")))
    pid = os.fork()
    if pid == 0:
        line.close()
        command(order, streams)
    if order["group"]:  # whoever of the two comes first
        with suppress(OSError):
            os.setpgid(pid, pid)
    for stream in streams:
        os.close(stream)
    with suppress(BrokenPipeError):  # who began it has ended before it
        line.sendall(b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def run(order):
    """What ``python -m MODULE`` or ``python -c SCRIPT`` would do from here on."""
    module, script = order["module"], order["script"]
    Path("/proc/self/comm").write_text(module.rpartition(".")[2], "utf-8")
    importlib.import_module("sitecustomize").plant(["-m", module])
    sys.argv = ["-c" if script else "-m", *order["arguments"]]
    if script:
        exec(compile(script, "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.modules.pop(module, None)
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def command(order, streams):
    """Become what was ordered."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    if order["group"]:
        os.setpgid(0, 0)
    if order["memory"]:
        resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    for name in _FORKING:
        importlib.import_module(name).subprocess = Forks(order)
    code = 1
    try:
        run(order)
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
