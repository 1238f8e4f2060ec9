"""Records of talks served as JSON, alone or beside the page that shows them."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from parsers.claims.confidence import confidence as counted
from parsers.errors import Unparsable
from parsers.header import dates
from parsers.integrity import injected as tamper
from parsers.interview import PARSER
from parsers.record import INTERVIEW_KINDS, Evidence, Payload, Record
from parsers.talk.fragments import load, read_talk
from parsers.talk.genre import genre_of


def read_served(record: Record | None, payloads: list[Payload]) -> Record:
    """Fill a page's record (or a fresh one) with what its JSON fragments say.

    :raises Unparsable: a payload that stands alone is no JSON
    """
    first = payloads[0]
    if record is None and load(first) is None:
        raise Unparsable(first.url, "expected JSON, found something that does not parse as it")
    talk = read_talk(payloads, list(record.guests) if record else [])
    digest = hashlib.sha256(first.data).hexdigest()
    base = record or Record(first.url, "other", parser=PARSER, encoding="utf-8", family="json")
    evidence, confidence = dict(base.evidence), dict(base.confidence)
    kind = "transcript" if talk.turns else base.kind
    if kind not in INTERVIEW_KINDS and not talk.info:
        return base
    if kind not in INTERVIEW_KINDS:
        kind = "video" if base.media else "other"

    def proof(key: str, value: str) -> None:
        evidence[key] = Evidence(f"json:{key}", value, value, payload_sha256=digest)
        confidence[key] = counted(key, "served", "alone")

    values = {
        "title": base.title or talk.info.get("title"),
        "theme": base.theme or talk.info.get("theme"),
        "guests": base.guests or tuple(talk.guests),
        "time": base.time,
    }
    if values["time"] is None and (text := talk.info.get("time")):
        text = f"{text} - {talk.info['until']}" if "until" in talk.info else text
        span = dates.read(text, dates.year_of(base.published_at)).span
        values["time"] = replace(span, text=talk.info["time"]) if span else None
    for key, raw in talk.info.items():
        if key in values and not getattr(base, key, None) and values[key]:
            proof(key, raw)
    for turn in talk.turns:
        evidence[f"turns[{turn.seq}]"] = Evidence("json:turn", turn.speaker, turn.text[:40], payload_sha256=digest)
    if talk.turns:
        confidence |= {key: counted(key, "served", "alone") for key in ("turns", "kind")}
    flags = tamper.flags_of([tamper.Text(f"turns[{t.seq}]", t.text) for t in talk.turns], None)
    return replace(
        base,
        kind=kind,
        genre=genre_of([base.title or talk.info.get("title"), base.theme or talk.info.get("theme")])
        if kind in INTERVIEW_KINDS
        else base.genre,
        turns=tuple(talk.turns),
        hosts=base.hosts or ((talk.info["host"],) if talk.info.get("host") else ()),
        flags=(*(f for f in base.flags if f.rule != "behind-script" or not talk.turns), *flags),
        evidence=evidence,
        confidence=confidence,
        **values,  # type: ignore[arg-type]
    )
