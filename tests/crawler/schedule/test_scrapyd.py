"""The same project in a real scrapyd: deployed as an egg, scheduled over its API, judged and reported as ever."""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from support.ports import free_port
from support.running import environment, fangtan, faults
from support.sites.nation import Nation, Town

from archive.collection.folder import Collection

pytestmark = pytest.mark.long

CONFIG = """
[scrapyd]
bind_address = 127.0.0.1
http_port = {port}
eggs_dir = eggs
logs_dir = logs
dbs_dir = dbs
poll_interval = 0.2
"""


def post(url, fields, file=None):
    """A form, as scrapyd-deploy sends it."""
    border = b"----fangtan"
    parts = [b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (border, k.encode(), v.encode()) for k, v in fields.items()]  # fmt: skip
    if file is not None:
        parts.append(
            b'--%s\r\nContent-Disposition: form-data; name="egg"; filename="x.egg"\r\n\r\n%s\r\n' % (border, file)
        )
    body = b"".join(parts) + b"--%s--\r\n" % border
    request = urllib.request.Request(url, body, {"Content-Type": f"multipart/form-data; boundary={border.decode()}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def until(condition, what, seconds=90):
    end = time.monotonic() + seconds
    while True:
        try:
            if found := condition():
                return found
        except OSError:
            pass
        assert time.monotonic() < end, what
        time.sleep(0.1)


@pytest.mark.usefixtures("clock")
def test_a_site_is_crawled_by_scrapyd(tmp_path):
    port = free_port()
    (tmp_path / "scrapyd.conf").write_text(CONFIG.format(port=port), "ascii")
    egg = tmp_path / "fangtan.egg"
    assert fangtan("schedule", "egg", egg).code == 0
    collection = Collection(tmp_path / "c").create()
    base = f"http://127.0.0.1:{port}"
    # scrapyd itself is not ours to keep free of warnings.
    quiet = {**environment(), "PYTHONWARNINGS": "ignore"}
    with Nation({"a": Town("甲县", talks=2)}) as nation, (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "scrapyd"], cwd=tmp_path, env=quiet, stdout=log, stderr=log)
        try:
            until(lambda: json.load(urllib.request.urlopen(f"{base}/daemonstatus.json", timeout=5)), "scrapyd is up")
            added = post(f"{base}/addversion.json", {"project": "fangtan", "version": "1"}, egg.read_bytes())
            assert (added["status"], added["spiders"]) == ("ok", 1), added
            setting = f"FANGTAN_COLLECTION={collection.root}"
            job = post(f"{base}/schedule.json", {"project": "fangtan", "spider": "fangtan", "url": nation.urls["a"], "setting": setting})  # fmt: skip
            assert job["status"] == "ok", job

            def finished():
                jobs = json.load(urllib.request.urlopen(f"{base}/listjobs.json?project=fangtan", timeout=5))
                return jobs["finished"]

            until(finished, "the job ends")
        finally:
            server.terminate()
            server.wait(timeout=30)
    logs = "".join(p.read_text("utf-8") for p in Path(tmp_path).glob("logs/**/*.log"))
    (report,) = [json.loads(p.read_text("utf-8")) for p in collection.reports.glob("*.json")]
    assert (report["verdict"], report["interviews"]) == ("ok", 2), logs[-3000:]
    assert faults(collection) == []
