"""ConvoKit's corpus folder: an utterance a turn, a conversation an interview.

A speaker is a person over all talks, or, where a label resolves to nobody, the label in its interview. An answer
replies to its question; any other turn replies to the one before it.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any, Self

from archive.export.rows import Interview, interviews, line
from archive.research.filters import Filter

_TEXT = ["<class 'str'>"]
_NUMBER = ["<class 'int'>"]
_INDEX = {
    "utterances-index": {"role": _TEXT, "seq": _NUMBER, "capture": _TEXT, "kind": _TEXT, "time": _TEXT},
    "speakers-index": {"name": _TEXT, "role": _TEXT, "person": _TEXT, "posts": _TEXT, "conversations": _NUMBER},
    "conversations-index": dict.fromkeys(("uid", "url", "title", "kind", "site", "date", "guests", "citation"), _TEXT),
    "overall-index": {"name": _TEXT},
    "vectors": [],
    "version": 1,
}
Meta = dict[str, Any]


def write(db: sqlite3.Connection, only: Filter, folder: Path) -> list[Path]:
    """``utterances.jsonl``, ``conversations.json``, ``speakers.json``, ``corpus.json``, ``index.json``."""
    persons: dict[str, Meta] = {}
    with (
        (folder / "utterances.jsonl").open("w", encoding="utf-8", newline="\n") as turns,
        _JsonObject(folder / "conversations.json") as talks,
        _JsonObject(folder / "speakers.json") as speakers,
    ):
        for interview in (each for each in interviews(db, only) if each.turns):
            talks.add(interview.turns[0]["id"], {"meta": _talk(interview), "vectors": []})
            labels: dict[str, Meta] = {}
            turns.writelines(line(utterance) for utterance in _utterances(interview))
            for name, meta in _speakers(interview):
                _meet(persons if meta["person"] else labels, name, meta)
            for name, meta in labels.items():  # nobody speaks under them elsewhere: they need not be kept
                speakers.add(name, {"meta": meta, "vectors": []})
        for name, meta in persons.items():
            speakers.add(name, {"meta": meta, "vectors": []})
    (folder / "corpus.json").write_text(json.dumps({"meta": {"name": "fangtan"}, "vectors": []}), "utf-8")
    (folder / "index.json").write_text(json.dumps(_INDEX), "utf-8")
    return sorted(folder.iterdir())


class _JsonObject:
    """A JSON object written key by key."""

    def __init__(self, path: Path) -> None:
        self.stream, self.count = path.open("w", encoding="utf-8", newline="\n"), 0

    def __enter__(self) -> Self:
        self.stream.write("{")
        return self

    def add(self, key: str, value: object) -> None:
        self.stream.write(("," if self.count else "") + json.dumps(key) + ": " + json.dumps(value, ensure_ascii=False))
        self.count += 1

    def __exit__(self, *_: object) -> None:
        self.stream.write("}")
        self.stream.close()


def _talk(interview: Interview) -> dict[str, str]:
    facts = interview.facts
    guests = "；".join(" ".join(x for x in (g["organization"], g["title"], g["name"]) if x) for g in interview.guests)
    chosen = {name: facts[name] or "" for name in ("uid", "url", "title", "kind", "site")}
    return {
        **chosen,
        "date": facts["time_start"] or facts["published_at"] or "",
        "guests": guests,
        "citation": interview.citation or "",
    }


def _name(interview: Interview, turn: Meta) -> str:
    """The id of a speaker: the person's; of a label, with its interview, in which alone it means somebody."""
    who = interview.who(turn)
    return str(who["person"] or f"{interview.facts['uid']}/{who['name']}")


def _speakers(interview: Interview) -> list[tuple[str, Meta]]:
    """Each who speaks in an interview, once."""
    found: dict[str, Meta] = {}
    for turn in interview.turns:
        who = interview.who(turn)
        post = " ".join(part for part in (who["organization"], who["title"]) if part)
        meta = {"name": who["name"], "role": who["role"], "person": who["person"] or "", "posts": post}
        found.setdefault(_name(interview, turn), {**meta, "conversations": 1})
    return list(found.items())


def _meet(known: dict[str, Meta], name: str, meta: Meta) -> None:
    """Note a speaker, or that one speaks again, perhaps with another post."""
    if (before := known.setdefault(name, meta)) is meta:
        return
    before["conversations"] += 1
    posts = [*filter(None, before["posts"].split("；")), *filter(None, [meta["posts"]])]
    before["posts"] = "；".join(dict.fromkeys(posts))


def _utterances(interview: Interview) -> list[Meta]:
    ids = {turn["seq"]: turn["id"] for turn in interview.turns}
    question = {pair["answer_seq"]: pair["question_seq"] for pair in interview.qa if pair["answer_seq"]}
    kinds = {pair["question_seq"]: pair["kind"] for pair in interview.qa}
    return [
        {
            "id": turn["id"],
            "conversation_id": interview.turns[0]["id"],
            "text": turn["text"],
            "speaker": _name(interview, turn),
            "meta": {
                **{name: turn[name] for name in ("role", "seq", "capture")},
                "time": turn["time"] or "",
                "kind": "answer" if turn["seq"] in question else kinds.get(turn["seq"], ""),
            },
            "reply-to": ids.get(question.get(turn["seq"], turn["seq"] - 1)),
            "timestamp": turn["seq"],
            "vectors": [],
        }
        for turn in interview.turns
    ]
