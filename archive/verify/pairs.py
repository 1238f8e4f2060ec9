"""Requests and the responses that they asked for, within one WARC file."""

from __future__ import annotations

from collections.abc import Iterator

from archive.warc.records import BROKEN, Record, bare_id


class Pairs:
    """Which requests and responses have not met yet."""

    def __init__(self) -> None:
        self.answered: dict[str, int] = {}  # responses whose request has not come yet
        self.asked: dict[str, int] = {}  # requests whose response has not come yet

    def add(self, record: Record) -> None:
        """Take a record of the file, in order; others than requests and what answers them do not matter."""
        other = bare_id(record.fields.get("WARC-Concurrent-To"))
        if record.type == "request":
            if not other or self.answered.pop(other, None) is None:
                self.asked[other or record.id] = record.position.offset
        elif record.type in ("response", "revisit") or record.target.startswith(BROKEN):
            known = self.asked.pop(record.id, None) is not None
            if not known and (not other or self.asked.pop(other, None) is None):
                self.answered[record.id] = record.position.offset

    def single(self, *, damaged: bool) -> Iterator[tuple[str, int, str]]:
        """What never met its other half: record id, offset, and what is missing.

        :param damaged: records of the file are lost, so a request's response may be among them
        """
        for identifier, at in self.answered.items():
            yield identifier, at, "a request record concurrent to this response"
        if not damaged:
            for identifier, at in self.asked.items():
                yield identifier, at, "the response that this request names"
