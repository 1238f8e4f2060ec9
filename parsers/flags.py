"""The flags of a record: signs of tampering, and remarks on how the page was read."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.integrity.findings import Sight, findings
from parsers.integrity.injected import Text
from parsers.reading import Reading
from parsers.record import Flag, Record


def flags_of(reading: Reading, record: Record, remarks: list[Flag]) -> tuple[Flag, ...]:
    """All flags, those of tampering first.

    :param remarks: what reading the values left to say
    """
    flags = _tampering(reading, record)
    own = tuple(reading.dialogue.flags) if record.turns else ()
    return (*flags, *remarks, *_of_the_page(reading), *own)


def _tampering(reading: Reading, record: Record) -> list[Flag]:
    """Suspected and certain tampering, on a page of any kind."""
    page = reading.page
    named = {"title": record.title, "theme": record.theme, "source": record.source}
    texts = [Text(name, value) for name, value in named.items() if value]
    texts += [Text(f"turns[{turn.seq}]", turn.text) for turn in record.turns]
    told = {line.index for line in reading.visible if line.text in (record.title, record.theme)}
    if record.turns:
        told |= {part[0].index for piece in reading.dialogue.pieces for part in piece.parts}
    return findings(
        Sight(
            url=page.payload.url,
            base=page.base,
            root=page.root,
            survey=page.survey,
            source=page.decoded.text,
            tags=page.tags,
            head=reading.head,
            title=record.title,
            texts=texts,
            lines=reading.visible,
            body=reading.body,
            printed="\n".join([line.fold for line in reading.visible]),
            told=frozenset(told),
        )
    )


def _of_the_page(reading: Reading) -> Iterator[Flag]:
    page = reading.page
    yield from (Flag("structure", "info", remark, "html") for remark in page.remarks)
    declared, used = page.decoded.declared, page.decoded.encoding
    if declared and declared != used and not _compatible(declared, used):
        yield Flag("charset", "info", f"{declared} → {used}", "html")


def _compatible(declared: str, used: str) -> bool:
    return declared in ("ascii", "us-ascii", "iso-8859-1") and used == "utf-8"
