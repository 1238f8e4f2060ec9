"""A dead man's switch: an address that is asked after each tick, and whose owner warns when nobody asks any more."""

from __future__ import annotations

import logging
import urllib.request
from http.client import HTTPException
from urllib.parse import urlsplit

log = logging.getLogger("fangtan")
_TIMEOUT_S = 20


def ping(url: str) -> None:
    """Ask for an address; what it answers is not looked at. A failure is a warning in the log: nothing waits for it.

    :param url: http(s), checked; never logged, since its path is often a secret
    """
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - http(s) only, checked
            answer.read(1024)
    except (OSError, HTTPException, ValueError) as error:
        log.warning("the ping of %s failed: %s", urlsplit(url).hostname, getattr(error, "reason", type(error).__name__))
