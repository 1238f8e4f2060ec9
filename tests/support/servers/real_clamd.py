"""Debian's clamd with a signature of our own: no signature is fetched, so it answers within seconds."""

import subprocess
from contextlib import contextmanager

from support.ticks import wait_until
from support.tools import CLAMD

MARK = b"OWN-TEST"
NAME = "Own.Test.Signature.UNOFFICIAL"


@contextmanager
def real_clamd(folder):
    """Start one; the path of its socket. It takes no stream above a megabyte."""
    (folder / "db").mkdir()
    (folder / "db" / "own.ndb").write_text(f"Own.Test.Signature:0:*:{MARK.hex()}\n", "ascii")
    socket, conf = folder / "clamd.ctl", folder / "clamd.conf"
    conf.write_text(
        f"DatabaseDirectory {folder}/db\nLocalSocket {socket}\nForeground yes\nStreamMaxLength 1M\n", "utf-8"
    )
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([CLAMD, f"--config-file={conf}"], stdout=said, stderr=said)
    try:
        wait_until(lambda: socket.exists() or process.poll() is not None, "clamd to be there")
        assert socket.exists(), (folder / "said").read_text()
        yield socket
    finally:
        process.kill()
        process.wait()
