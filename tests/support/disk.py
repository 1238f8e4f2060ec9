"""Commands over a library between them and the disk, which fails, or kills them, where a test wants it (faulty/disk.c)."""

import shutil
import subprocess

import pytest
from support.running import HERE, environment
from support.starter import Starter


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """What starts commands over a library that lets writes fail, for what a test can only do below Python."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no cc: apt-get install gcc")
    made = tmp_path_factory.mktemp("shim") / "disk.so"
    source = HERE / "support" / "faulty" / "disk.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    starter = Starter({**environment(), "LD_PRELOAD": str(made)})
    yield starter
    if starter.process is not None:
        starter.close()
