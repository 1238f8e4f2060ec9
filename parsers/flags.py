"""The flags of a record: signs of tampering, and remarks on how the page was read."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.header.meta import head_title
from parsers.integrity import injected as tamper
from parsers.integrity.identity import mark_flags, marks_of
from parsers.reading import Reading
from parsers.record import INTERVIEW_KINDS, Flag, Record


def flags_of(reading: Reading, record: Record, remarks: list[Flag]) -> tuple[Flag, ...]:
    """All flags, those of tampering first.

    :param remarks: what reading the values left to say
    """
    flags = tuple(_tampering(reading, record))
    own = tuple(reading.dialogue.flags) if record.turns else ()
    return (*flags, *remarks, *_of_the_page(reading), *own)


def _tampering(reading: Reading, record: Record) -> Iterator[Flag]:
    page = reading.page
    printed = (("title", record.title), ("theme", record.theme), ("source", record.source))
    texts = [tamper.Text(name, value) for name, value in printed if value]
    texts += [tamper.Text(f"turns[{t.seq}]", t.text) for t in record.turns]
    if not record.turns and record.kind in INTERVIEW_KINDS:
        texts.append(tamper.Text("html", "\n".join(line.text for line in reading.body)))
    site = page.tags.get("sitename")
    flags = tamper.flags_of(texts, site)
    yield from flags
    yield from tamper.title_flags(
        head_title(page.root), record.title, [site] if site else [], tamper.proven_words(flags)
    )
    yield from tamper.hidden_links(page.survey.hidden, page.payload.url, page.base)
    yield from tamper.identity_flags(page.tags, page.payload.url) or mark_flags(
        marks_of(page.decoded.text), page.payload.url
    )
    if record.turns:
        inside = {id(part[0]) for p in reading.dialogue.pieces for part in p.parts}
        known = (record.title, record.theme)
        rest = "\n".join(ln.text for ln in reading.visible if id(ln) not in inside and ln.text not in known)
        yield from tamper.flags_of([tamper.Text("html", rest)], site)


def _of_the_page(reading: Reading) -> Iterator[Flag]:
    page = reading.page
    yield from (Flag("structure", "info", remark, "html") for remark in page.remarks)
    declared, used = page.decoded.declared, page.decoded.encoding
    if declared and declared != used and not _compatible(declared, used):
        yield Flag("charset", "info", f"{declared} → {used}", "html")


def _compatible(declared: str, used: str) -> bool:
    return declared in ("ascii", "us-ascii", "iso-8859-1") and used == "utf-8"
