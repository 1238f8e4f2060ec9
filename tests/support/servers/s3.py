"""A server that speaks S3, on loopback."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest
from support.ports import free_port
from support.ticks import wait_until


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    """A server that speaks S3, on loopback."""
    port = free_port()
    log = (tmp_path_factory.mktemp("s3") / "log").open("wb")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with (
        subprocess.Popen(command, stdout=log, stderr=log, env=environment) as process,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in (("ACCESS_KEY_ID", "testing"), ("SECRET_ACCESS_KEY", "testing"), ("ENDPOINT_URL", f"http://127.0.0.1:{port}")):  # fmt: skip
            patch.setenv(f"AWS_{name}", value)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3fs = pytest.importorskip("s3fs")
        s3fs.S3FileSystem.clear_instance_cache()  # those of another file's server
        system = s3fs.S3FileSystem()

        def answers():
            with suppress(Exception):
                system.mkdir("vault")
                return True
            return False

        try:
            wait_until(answers, "a server that answers")
            yield system
        finally:
            process.terminate()
    log.close()
