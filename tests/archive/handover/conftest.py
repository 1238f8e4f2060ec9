"""A section that is crawled once for all takedowns; each test has a copy."""

import pytest
from support.once import once
from support.running import copy_of
from support.sites.takedown_site import crawled_twice

from archive.collection.folder import Collection


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    return Collection(once(tmp_path_factory, "takedown", lambda folder: crawled_twice(folder / "c")) / "c")


@pytest.fixture
def archived(source, tmp_path):
    return copy_of(source, tmp_path / "c")
