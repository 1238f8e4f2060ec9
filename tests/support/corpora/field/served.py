"""The talks of the field corpus as sites serve them to scripts: JSON with a header and a stream of entries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from support.corpora.field import make
from support.corpora.field.truth import ANY, Case, Truth


def cases(split: str, pages: int, seed: int) -> Iterator[Case]:
    """The transcripts among so many pages, each as one answer with what it says."""
    for number in range(pages):
        truth = make(split, seed, number, clean=True).truth
        if truth.kind == "transcript":
            yield _answer(truth, number)


def _answer(truth: Truth, number: int) -> Case:
    day = f"2021-{number % 12 + 1:02}-{number % 28 + 1:02}"
    header = {"interviewTitle": truth.title, "subject": truth.title, "subjectTime": f"{day} 10:00"}
    guests = [tuple(part.split("|")[0] for part in guest) for guest in truth.guests]
    if guests and all(organization and post for _, organization, post in guests):
        header["quest"] = "、".join(f"{organization}{post}{name}" for name, organization, post in guests)
    entries = [
        {"guestid": 7 if t.role.startswith("guest") else None, "name": t.speaker.split("|")[0], "content": t.text[0]}
        for t in truth.turns
    ]
    said = replace(truth, theme=truth.title, time=(f"{day}T10:00", None, "minute"), published_at=ANY, source=ANY)
    data = json.dumps({"interview": header, "data": entries}, ensure_ascii=False).encode()
    return Case("http://www.ningchuanx.gov.cn/ft/entries?interviewId=9", data, said)
