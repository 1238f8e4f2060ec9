"""Why a request is not sent: refused for good, or put off until the run continues."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class Refused(IgnoreRequest):
    """A request that is not sent on purpose; ``reason`` is what the report says."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Stopped(IgnoreRequest):
    """A request whose turn came after its run had stopped: it waits for the next one."""
