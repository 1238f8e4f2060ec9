"""ConvoKit's corpus folder: an utterance a turn, a conversation an interview,
a speaker a person or a label in its interview.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any, Self

from archive.export.rows import Interview, interviews, line
from archive.research.filters import Filter


def write(db: sqlite3.Connection, only: Filter, folder: Path) -> list[Path]:
    """``utterances.jsonl``, ``conversations.json``, ``speakers.json``, ``corpus.json``, ``index.json``."""
    speakers: dict[str, dict[str, Any]] = {}
    with (
        (folder / "utterances.jsonl").open("w", encoding="utf-8", newline="\n") as turns,
        _JsonObject(folder / "conversations.json") as talks,
    ):
        for interview in interviews(db, only):
            if interview.turns:
                talks.add(interview.turns[0]["id"], {"meta": _talk(interview), "vectors": []})
                for utterance in _utterances(interview, speakers):
                    turns.write(line(utterance))
    (folder / "speakers.json").write_text(json.dumps(speakers, ensure_ascii=False), "utf-8")
    (folder / "corpus.json").write_text(json.dumps({"meta": {"name": "fangtan"}, "vectors": []}), "utf-8")
    (folder / "index.json").write_text(json.dumps(_INDEX), "utf-8")
    return sorted(folder.iterdir())


_TEXT = ["<class 'str'>"]
_INDEX = {
    "utterances-index": {"role": _TEXT, "seq": ["<class 'int'>"], "capture": _TEXT},
    "speakers-index": {"role": _TEXT, "person": _TEXT},
    "conversations-index": dict.fromkeys(("uid", "url", "title", "kind", "site", "date", "guests", "citation"), _TEXT),
    "overall-index": {"name": _TEXT},
    "vectors": [],
    "version": 1,
}


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


def _utterances(interview: Interview, speakers: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    first, previous, found = interview.turns[0]["id"], None, []
    for turn in interview.turns:
        # A label such as 主持人 is another person in another interview; a resolved name is one person in its own.
        name = f"{interview.facts['uid']}/{turn['person'] or turn['speaker']}"
        speakers.setdefault(name, {"meta": {"role": turn["role"], "person": turn["person"] or ""}, "vectors": []})
        found.append(
            {
                "id": turn["id"],
                "conversation_id": first,
                "text": turn["text"],
                "speaker": name,
                "meta": {"role": turn["role"], "seq": turn["seq"], "capture": turn["capture"]},
                "reply-to": previous,
                "timestamp": turn["seq"],
                "vectors": [],
            }
        )
        previous = turn["id"]
    return found
