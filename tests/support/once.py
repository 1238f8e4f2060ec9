"""What is made once a session, however many workers take part in it."""

import fcntl
import os
import shutil


def shared(factory):
    """The folder that all workers of a session have in common.

    :param factory: pytest's ``tmp_path_factory``
    """
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(factory, name, make):
    """A folder that the first worker to ask for it makes; the others wait until it is whole.

    :param make: fills the folder it is given; one that fails is called again by the next who asks
    """
    folder = shared(factory) / name
    with (shared(factory) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "whole").touch()
    return folder
