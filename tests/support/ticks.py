"""Ticks of the scheduler over the nation."""

import json
import time
from datetime import timedelta

from support import running
from support.running import fangtan
from support.sites.nation import START

from archive.collection.folder import Collection

DELAY = 0.05


def collection_for(nation, folder, *, delay=DELAY, settings="parallel = 8", **more):
    """A collection whose sites are crawled daily at three in the morning."""
    collection = Collection(folder / "c").create()
    config = collection.root / "fangtan.toml"
    config.write_text(f"{config.read_text('utf-8')}\n[schedule]\nmin_free = 1000\njitter = 600\n{settings}\n", "utf-8")
    extra = "".join(f"{k} = {json.dumps(v)}\n" for k, v in more.items())
    for name, url in nation.urls.items():
        site = f'name = "{name}"\nsection = ["{url}"]\nschedule = "0 3 * * *"\ndelay = {delay}\n{extra}'
        (collection.sites / f"{name}.toml").write_text(site, "utf-8")
    return collection


def run(collection, days, *arguments):
    until = (START + timedelta(days=days)).isoformat()
    return fangtan("schedule", "run", "--until", until, "--json", *arguments, collection=collection.root, timeout=600)  # fmt: skip


def start(collection, *arguments, **options):
    return running.start("schedule", *arguments, collection=collection.root, **options)


def wait_until(condition, what, timeout=60):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)
