"""A section that is crawled once for all takedowns; each test has a copy."""

import pytest
from support.running import copy_of
from support.sites.takedown_site import crawled_twice


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    return crawled_twice(tmp_path_factory.mktemp("takedown") / "c")


@pytest.fixture
def archived(source, tmp_path):
    return copy_of(source, tmp_path / "c")
