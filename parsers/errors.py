"""What can go wrong with one page. The rest of the exception tree is in :mod:`archive.errors`.

Tampering is a finding (a flag), never an exception: the page must be kept as evidence.
"""

from __future__ import annotations


class FangtanError(Exception):
    """Root of all errors that fangtan raises on purpose."""

    exit_code = 1


class PageError(FangtanError):
    """One page cannot be parsed.

    :param url: the page's URL
    :param reason: what was expected and what was found
    """

    exit_code = 3

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class Unparsable(PageError):
    """The bytes hold no HTML or JSON document."""


class PageTooLarge(PageError):
    """A page exceeds a documented limit."""
