"""What people are told, in words: a site's health, trouble of the scheduler, the day."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from archive.collection.folder import Collection
from archive.collection.times import SHANGHAI
from archive.history.health import Health, health

MARK = "[fangtan]"
#: So many subjects stand in the subject of a message that holds several notices.
_SUBJECTS = 3
_EVIDENCE = 8
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told.

    :param event: ``health``, ``scheduler``, ``digest``, ``test``, or ``notices`` (several in one message)
    :param subject: one line
    :param text: lines
    :param data: the same for machines (the generic webhook)
    """

    event: str
    subject: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {"event": self.event, "subject": self.subject, "text": self.text, **self.data}


def notice(event: str, subject: str, lines: Sequence[str], data: dict[str, Any] | None = None) -> Notice:
    """A notice of plain characters: what pages say of themselves must not steer mail headers or terminals."""
    return Notice(event, " ".join(plain(subject).split()), plain("\n".join(lines)), data or {})


def plain(text: str) -> str:
    """Without control characters, half surrogates and marks that turn the direction of reading; line feeds stay."""
    return "".join(c for c in _LINE_ENDS.sub("\n", text) if c in "\n\t" or not _is_odd(c))


def _is_odd(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING


def change(row: Health) -> Notice:
    """A site's health is another one."""
    words = "good again 已恢复" if row.good else row.health
    lines = [f"{row.name} ({row.id}): {words}"]
    lines += [row.reason] if row.reason else []
    lines += [f"→ {row.fix}"] if row.fix else []
    lines += [f"· {line}" for line in row.evidence[:_EVIDENCE]]
    run = (row.last or {}).get("run")
    if len(row.evidence) > _EVIDENCE:
        lines.append(f"· {len(row.evidence) - _EVIDENCE} more: fangtan runs {run}")
    lines.append(f"run {run}; last good run ended {row.last_good or 'never'}")
    return notice("health", f"{MARK} {row.id}: {words}", lines, row.as_dict())


def failure(site: str | None, error: str) -> Notice:
    """A site was not crawled, or (without a site) the scheduler is in trouble."""
    name = site or "scheduler"
    return notice("scheduler", f"{MARK} {name}: not crawled", [f"{name}: {error}"], {"site": site, "error": error})


def digest(collection: Collection, moment: datetime) -> Notice:
    """The last 24 hours: what came in, every site that needs a look."""
    rows = health(collection, moment)
    runs = _ended_since(rows, moment - timedelta(days=1))
    bad = [row for row in rows if not row.good]
    verdicts = Counter(r["verdict"] for r in runs)
    sums = {k: sum(int(r.get(k) or 0) for r in runs) for k in ("new", "changed", "gone", "back")}
    said = ", ".join(f"{n} {v}" for v, n in sorted(verdicts.items())) or "none"
    lines = [f"{len(runs)} run(s) in 24 hours: {said}", " · ".join(f"{n} {k}" for k, n in sums.items())]
    lines += [f"{len(rows) - len(bad)} of {len(rows)} sites well", *map(_needs_a_look, bad)]
    data = {"runs": len(runs), **sums, "sites": len(rows), "bad": [row.as_dict() for row in bad]}
    day = f"{moment.astimezone(SHANGHAI):%Y-%m-%d}"
    return notice("digest", f"{MARK} {day}: {len(bad)} of {len(rows)} sites need a look", lines, data)


def _ended_since(rows: Sequence[Health], moment: datetime) -> list[dict[str, Any]]:
    since = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return [run for row in rows for run in row.runs if (run.get("ended_at") or "") > since]


def _needs_a_look(row: Health) -> str:
    return f"- {row.id} {row.name}: {row.health}. {row.reason or ''}"


def together(notices: Sequence[Notice]) -> Notice:
    """Several notices as one message: services take about twenty messages a minute."""
    if len(notices) == 1:
        return notices[0]
    first = [n.subject.removeprefix(MARK).strip() for n in notices[:_SUBJECTS]]
    more = [f"{len(notices) - _SUBJECTS} more"] if len(notices) > _SUBJECTS else []
    text = "\n\n".join(n.text for n in notices)
    data = {"notices": [n.as_dict() for n in notices]}
    return Notice("notices", f"{MARK} {'; '.join(first + more)}", text, data)


def parts(subject: str, text: str, fits: Callable[[str], bool]) -> list[str]:
    """The texts that carry a message: its subject and whole lines, numbered when there are several; all of it.

    :param fits: whether the service takes a text of that length
    """
    if fits(f"{subject}\n{text}"):
        return [f"{subject}\n{text}"]
    short = subject if fits(f"{subject} (9999/9999)\n{'汉' * 200}") else MARK
    lines = text.split("\n") if short == subject else [subject, *text.split("\n")]
    bodies = list(_packed(lines, lambda body: fits(f"{short} (9999/9999)\n{body}")))
    return [f"{short} ({number}/{len(bodies)})\n{body}" for number, body in enumerate(bodies, 1)]


def _packed(lines: Sequence[str], fits: Callable[[str], bool]) -> Iterator[str]:
    """As many lines together as fit; only a line that does not fit alone is broken."""
    body: str | None = None
    for line in (piece for whole in lines for piece in _broken(whole, fits)):
        longer = line if body is None else f"{body}\n{line}"
        if body is None or fits(longer):
            body = longer
        else:
            yield body
            body = line
    if body is not None:
        yield body


def _broken(line: str, fits: Callable[[str], bool]) -> Iterator[str]:
    while not fits(line):
        low, high = 1, len(line)
        while low < high - 1:  # the longest beginning that fits
            middle = (low + high) // 2
            low, high = (middle, high) if fits(line[:middle]) else (low, middle)
        yield line[:low]
        line = line[low:]
    yield line
