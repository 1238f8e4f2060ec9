"""Our own limits on what a server may send: named as ours, not retried, never the server's fault."""

from __future__ import annotations

import time

from archive.warc.http import MAX_HEAD, is_answer, split_head, without_interim
from crawler.fetch.obstacles import causes

#: Twisted's limit on a line of a response's head, its line end apart (``LineReceiver.MAX_LENGTH``).
MAX_LINE = 16384
#: A body that still grew so many seconds before its time was over came slowly; one that did not had come to a halt.
_STILL_COMING_S = 10.0


class OwnLimit(Exception):
    """An answer that is larger or slower than we take; the message names the limit.

    :param truncated: the WARC-Truncated reason of what is kept of it
    """

    def __init__(self, message: str, truncated: str = "length") -> None:
        super().__init__(message)
        self.truncated = truncated


def wire_limit(max_size: int) -> int:
    """Bytes on the wire after which an answer is broken off: its head, and chunk framing as long as the body itself."""
    return MAX_HEAD + 2 * max_size


def too_large(received: bytearray, max_size: int, *, headed: bool) -> OwnLimit | None:
    """Whether an answer that is still coming is to be broken off; asked when more than :data:`MAX_HEAD` bytes have
    come.

    :param headed: its head is known to be complete
    """
    if not headed and not is_answer(without_interim(bytes(received[: MAX_HEAD + 1]))):
        return OwnLimit(f"the head of the answer has more than {MAX_HEAD} bytes (our limit)")
    if len(received) > wire_limit(max_size):
        return OwnLimit(f"the answer has more than {wire_limit(max_size)} bytes on the wire (max_bytes = {max_size})")
    return None


def behind(failure: Exception, received: bytes, last: float, max_size: int, timeout: float) -> OwnLimit | None:
    """The limit of fangtan that made a download fail; ``None`` when it was the server or the network.

    :param received: the bytes that came; ``last`` when the last of them did (monotonic)
    :param max_size: bytes that a body may have; ``timeout`` the seconds that a download may take
    """
    names = {type(error).__name__ for error in causes(failure)}
    if "DownloadCancelledError" in names:
        return OwnLimit(f"the body has more than {max_size} bytes (max_bytes in the site file)")
    answer = without_interim(received)
    if max(map(len, answer[: split_head(answer)].split(b"\n"))) > MAX_LINE:
        return OwnLimit(f"a header line has more than {MAX_LINE} bytes (our limit)")
    whole = is_answer(answer)
    if whole and "DownloadTimeoutError" in names and time.monotonic() - last < _STILL_COMING_S:
        return OwnLimit(f"the answer was still coming after {timeout:g} seconds (our limit)", "time")
    return None
