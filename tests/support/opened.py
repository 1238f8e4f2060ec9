"""Which pages the parsers open."""

import pytest

from parsers.document import Page


@pytest.fixture
def opened(monkeypatch):
    """The addresses of the pages that were opened, in their order."""
    found, before = [], Page.open.__func__
    monkeypatch.setattr(
        Page, "open", classmethod(lambda cls, one, family=None: (found.append(one.url), before(cls, one, family))[1])
    )
    return found
