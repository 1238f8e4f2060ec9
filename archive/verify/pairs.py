"""Requests and the responses that they asked for, within one WARC file."""

from __future__ import annotations

from collections.abc import Iterator

from archive.warc.records import BROKEN, Record, bare_id

#: Address and date of a record, and its place.
Half = tuple[str, str | None, int]
#: Ids of records, with address and date.
Left = frozenset[tuple[str, str, str | None]]


class Pairs:
    """Which requests and responses have not met yet."""

    def __init__(self) -> None:
        self.answered: dict[str, Half] = {}  # responses whose request has not come yet
        self.asked: dict[str, Half] = {}  # requests whose response has not come yet

    def add(self, record: Record) -> Half | None:
        """Take a record of the file, in order; others than requests and what answers them do not matter.

        :returns: its other half, which came before
        """
        other, target = bare_id(record.fields.get("WARC-Concurrent-To")), record.target
        half = target.removeprefix(BROKEN), record.fields.get("WARC-Date"), record.position.offset
        met = None
        if record.type == "request":
            met = self.answered.pop(other, None) if other else None
            if met is None:
                self.asked[other or record.id] = half
        elif record.type in ("response", "revisit") or target.startswith(BROKEN):
            met = self.asked.pop(record.id, None) or (self.asked.pop(other, None) if other else None)
            if met is None:
                self.answered[record.id] = half
        return met

    def left(self) -> tuple[Left, Left]:
        """Requests and responses without their other half, with address and date."""
        asked, answered = ([(name, *half[:2]) for name, half in all_.items()] for all_ in (self.asked, self.answered))
        return frozenset(asked), frozenset(answered)

    def single(self, *, damaged: bool) -> Iterator[tuple[str, int, str]]:
        """What never met its other half: record id, offset, and what is missing.

        :param damaged: records of the file are lost, so a request's response may be among them
        """
        for identifier, (_, _, at) in self.answered.items():
            yield identifier, at, "a request record concurrent to this response"
        if not damaged:
            for identifier, (_, _, at) in self.asked.items():
                yield identifier, at, "the response that this request names"
