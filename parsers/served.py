"""Records of talks served as JSON, alone or beside the page that shows them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from parsers.claims.confidence import confidence as counted
from parsers.errors import Unparsable
from parsers.header import dates
from parsers.integrity import injected as tamper
from parsers.interview import PARSER
from parsers.record import INTERVIEW_KINDS, Evidence, Payload, Record, TimeSpan
from parsers.talk.fragments import Talk, load, read_talk
from parsers.talk.genre import genre_of


def read_served(record: Record | None, payloads: list[Payload]) -> Record:
    """Fill a page's record (or a fresh one) with what its JSON fragments say.

    :raises Unparsable: a payload that stands alone is no JSON
    """
    first = payloads[0]
    if record is None and load(first) is None:
        raise Unparsable(first.url, "expected JSON, found something that does not parse as it")
    talk = read_talk(payloads, list(record.guests) if record else [])
    base = record or Record(first.url, "other", parser=PARSER, encoding="utf-8", family="json")
    kind = _kind(base, talk)
    if kind is None:
        return base
    values = _values(base, talk)
    evidence, confidence = _proofs(base, talk, values, hashlib.sha256(first.data).hexdigest())
    is_interview = kind in INTERVIEW_KINDS
    flags = tamper.flags_of([tamper.Text(f"turns[{t.seq}]", t.text) for t in talk.turns], None)
    return replace(
        base,
        kind=kind,
        genre=genre_of([values["title"], values["theme"]]) if is_interview else base.genre,
        turns=tuple(talk.turns),
        hosts=base.hosts or ((talk.info["host"],) if talk.info.get("host") else ()),
        flags=(*(f for f in base.flags if f.rule != "behind-script" or not talk.turns), *flags),
        evidence=evidence,
        confidence=confidence,
        **values,
    )


def _kind(base: Record, talk: Talk) -> str | None:
    """The kind of a record once a talk is in it; ``None`` where the answer says nothing of one."""
    kind = "transcript" if talk.turns else base.kind
    if kind in INTERVIEW_KINDS:
        return kind
    if not talk.info:
        return None
    return "video" if base.media else "other"


def _values(base: Record, talk: Talk) -> dict[str, Any]:
    """What the page says of its talk, else what the answer says."""
    return {
        "title": base.title or talk.info.get("title"),
        "theme": base.theme or talk.info.get("theme"),
        "guests": base.guests or tuple(talk.guests),
        "time": base.time or _time(base, talk),
    }


def _time(base: Record, talk: Talk) -> TimeSpan | None:
    """When the talk was, as the answer says it."""
    text = talk.info.get("time")
    if not text:
        return None
    until = talk.info.get("until")
    span = dates.read(f"{text} - {until}" if until is not None else text, dates.year_of(base.published_at)).span
    return replace(span, text=text) if span else None


def _proofs(
    base: Record, talk: Talk, values: dict[str, Any], digest: str
) -> tuple[dict[str, Evidence], dict[str, float]]:
    """Evidence and confidence of the page, with those of what the answer adds.

    :param digest: of the answer
    """
    evidence, confidence = dict(base.evidence), dict(base.confidence)
    for key, raw in talk.info.items():
        if values.get(key) and not getattr(base, key):
            evidence[key] = Evidence(f"json:{key}", raw, raw, payload_sha256=digest)
            confidence[key] = counted(key, "served", "alone")
    for turn in talk.turns:
        evidence[f"turns[{turn.seq}]"] = Evidence("json:turn", turn.speaker, turn.text[:40], payload_sha256=digest)
        if time := talk.times.get(turn.seq):
            evidence[f"turns[{turn.seq}].time"] = Evidence("json:time", time, time, payload_sha256=digest)
    if talk.turns:
        confidence |= {key: counted(key, "served", "alone") for key in ("turns", "kind")}
    return evidence, confidence
