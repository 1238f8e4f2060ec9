"""What notices say, in words: a site's health, trouble of the scheduler, the day."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from archive.collection.folder import Collection
from archive.collection.muted import muted
from archive.collection.times import SHANGHAI
from archive.collection.urls import host_of
from archive.history.account_file import read_account
from archive.history.entries import Line
from archive.history.health import Health, health
from archive.history.sentences import both
from archive.store.store import open_reader
from parsers.errors import FangtanError

MARK = "[fangtan]"
#: So many subjects are in the subject of a message that holds several notices.
_SUBJECTS = 3
_EVIDENCE = 8
#: So many interviews that are gone are named.
_GONE_SHOWN = 20
#: So many entries that are missing are named.
_MISSING_SHOWN = 20
_GOOD_AGAIN = "good again 已恢复"
#: Obstacles that say nothing of a server: the fault may as well lie on our side.
_NO_ANSWER = {"dns", "timeout", "connection", "tls", "robots_unreachable"}
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Notice:
    """What is reported.

    :param event: ``health``, ``gone``, ``fixity``, ``network``, ``scheduler``, ``digest``, ``test``, or ``notices``
        (several in one message)
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


def change(collection: Collection, row: Health) -> Notice:
    """A site's health is another one: why, what helps, which entries are missing."""
    words = _GOOD_AGAIN if row.good else row.health
    run = str((row.last or {}).get("run"))
    missing = [] if row.good else _missing(collection, run)
    lines = [
        f"{row.name} ({row.id}): {words}",
        *both(row.reason),
        *(f"→ {line}" for line in both(row.fix)),
        *_evidence(row, run),
        *_as_lines(missing, run),
        f"run {run}; last good run ended {row.last_good or 'never'}",
    ]
    data = {**row.as_dict(), "missing": [asdict(entry) for entry in missing[:_MISSING_SHOWN]]}
    return notice("health", f"{MARK} {row.id}: {words}", lines, data)


def _evidence(row: Health, run: str) -> Iterator[str]:
    yield from (f"· {line}" for line in row.evidence[:_EVIDENCE])
    if len(row.evidence) > _EVIDENCE:
        yield f"· {len(row.evidence) - _EVIDENCE} more: fangtan runs {run}"


def _missing(collection: Collection, run: str) -> list[Line]:
    """The entries that a run's account misses."""
    made = read_account(collection, run)
    return made.missing() if made is not None else []


def _as_lines(missing: Sequence[Line], run: str) -> Iterator[str]:
    if missing:
        yield f"{len(missing)} entries are missing 缺少的条目:"
    yield from (f"- {entry.outcome}: {_one_line(entry.title)}  {entry.url}" for entry in missing[:_MISSING_SHOWN])
    if len(missing) > _MISSING_SHOWN:
        yield f"- {len(missing) - _MISSING_SHOWN} more 另有: fangtan runs {run} --account"


def sites_changed(collection: Collection, changed: Sequence[Health], rows: Iterable[Health]) -> list[Notice]:
    """Notices of sites whose health is another one. Where no server answered at all, one that blames nobody.

    :param rows: all sites
    """
    silent = list(filter(_heard_nothing, changed))
    since = min(map(_began, silent), default="")
    crawled = [row for row in rows if row.last and (row.last.get("ended_at") or "") >= since]
    hosts = set[str]().union(*map(_hosts, silent))
    if len(hosts) < 2 or not all(map(_heard_nothing, crawled)):
        return [change(collection, row) for row in changed]
    return [_own_network(silent), *(change(collection, row) for row in changed if row not in silent)]


def _hosts(row: Health) -> set[str]:
    return set(map(host_of, (row.last or {}).get("section") or ()))


def _began(row: Health) -> str:
    return str((row.last or {}).get("started_at") or "")


def _heard_nothing(row: Health) -> bool:
    """Whether its last run got no answer from any server, and nothing says that the servers are to blame."""
    last = row.last or {}
    rules = {obstacle.get("rule") for obstacle in last.get("obstacles") or ()}
    return not row.good and not last.get("hosts") and bool(rules) and rules <= _NO_ANSWER


def _own_network(silent: Sequence[Health]) -> Notice:
    names = [row.id for row in silent]
    lines = [
        f"None of the {len(names)} sites that were crawled since {min(map(_began, silent))} gave any answer.",
        "Most likely nothing is wrong with them. Look at this machine first: network, DNS, proxy.",
        "所有网站同时没有应答，请先检查本机的网络、DNS 与代理。",
        f"sites: {', '.join(names)}",
    ]
    subject = f"{MARK} all {len(names)} sites failed at once: is it our own network? 是否本机网络故障？"
    return notice("network", subject, lines, {"sites": names})


def _one_line(title: str | None) -> str:
    return " ".join((title or "").split()) or "(no title)"


_GONE = """SELECT i.uid, i.title, i.url FROM interviews i
           WHERE i.site = ? AND EXISTS (SELECT 1 FROM captures c WHERE c.run = ? AND c.fetched_at = i.gone_at)
           ORDER BY i.uid"""


def gone(collection: Collection, site: str, run: str) -> Notice | None:
    """Interviews that a run found gone from their site; ``None`` when all of them are back."""
    try:
        with closing(open_reader(collection.store)) as db:
            rows = db.execute(_GONE, (site, run)).fetchall()
    except FangtanError as error:
        return notice("gone", f"{MARK} {site}: interviews are gone", [str(error)], {"site": site, "run": run})
    if not rows:
        return None
    lines = [f"{site}: {len(rows)} interview(s) no longer answer; the archive keeps them 网页已从网站消失，存档仍在"]
    lines += [f"- {_one_line(title)}  {url}  ({uid})" for uid, title, url in rows[:_GONE_SHOWN]]
    lines += [f"- {len(rows) - _GONE_SHOWN} more: fangtan changes --site {site}"] if len(rows) > _GONE_SHOWN else []
    first = f": {rows[0][1]}" if len(rows) == 1 and rows[0][1] else ""
    data = {"site": site, "run": run, "interviews": [{"uid": u, "title": t, "url": a} for u, t, a in rows]}
    return notice("gone", f"{MARK} {site}: {len(rows)} interview(s) gone{first}", lines, data)


def failure(site: str | None, error: str) -> Notice:
    """A site was not crawled, or (without a site) the scheduler is in trouble."""
    name = site or "scheduler"
    lines = [f"{name}: {line}" for line in both(error)]
    return notice("scheduler", f"{MARK} {name}: not crawled", lines, {"site": site, "error": error})


def damaged(faults: str) -> Notice:
    """Files are not as the ledger says."""
    lines = ["Files are damaged or missing 文件损坏或丢失", *faults.split("\n")]
    return notice("fixity", f"{MARK} files are damaged or missing", lines, {"faults": faults.split("\n")})


def digest(collection: Collection, moment: datetime) -> Notice:
    """The last 24 hours: what came in, every site that needs a look."""
    rows = health(collection, moment)
    runs = _ended_since(rows, moment - timedelta(days=1))
    silent = muted(collection)
    bad = [row for row in rows if not row.good and row.id not in silent]
    verdicts = Counter(r["verdict"] for r in runs)
    sums = _came_in(runs)
    said = ", ".join(f"{n} {v}" for v, n in sorted(verdicts.items())) or "none"
    lines = [f"{len(runs)} run(s) in 24 hours: {said}", " · ".join(f"{n} {k}" for k, n in sums.items())]
    lines += [f"{len(rows) - len(bad)} of {len(rows)} sites well", *map(_needs_a_look, bad)]
    lines += [f"muted: {', '.join(silent)}"] if silent else []
    data = {"runs": len(runs), **sums, "sites": len(rows), "bad": [row.as_dict() for row in bad]}
    day = f"{moment.astimezone(SHANGHAI):%Y-%m-%d}"
    return notice("digest", f"{MARK} {day}: {len(bad)} of {len(rows)} sites need a look", lines, data)


def _came_in(runs: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many interviews the runs found new, changed, gone, back."""
    return {k: sum(int(r.get(k) or 0) for r in runs) for k in ("new", "changed", "gone", "back")}


def _ended_since(rows: Sequence[Health], moment: datetime) -> list[dict[str, Any]]:
    since = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return [run for row in rows for run in row.runs if (run.get("ended_at") or "") > since]


def _needs_a_look(row: Health) -> str:
    return f"- {row.id} {row.name}: {row.health}. {' '.join(both(row.reason))}"


def together(notices: Sequence[Notice]) -> Notice:
    """Several notices as one message, those of sites in the same health as one group: services take about twenty
    messages a minute.
    """
    if len(notices) == 1:
        return notices[0]
    groups: dict[str, list[Notice]] = {}
    for notice in notices:
        groups.setdefault(f"{notice.data['health']}" if notice.event == "health" else notice.subject, []).append(notice)
    subjects, text = [], []
    for word, group in groups.items():
        several = len(group) > 1
        subjects.append(_several(word, group) if several else group[0].subject.removeprefix(MARK).strip())
        text += [f"── {_several(word, group)} ──"] if several else []
        text += [notice.text for notice in group]
    more = [f"{len(subjects) - _SUBJECTS} more"] if len(subjects) > _SUBJECTS else []
    data = {"notices": [n.as_dict() for n in notices]}
    return Notice("notices", f"{MARK} {'; '.join(subjects[:_SUBJECTS] + more)}", "\n\n".join(text), data)


def _several(word: str, group: Sequence[Notice]) -> str:
    """A group in words: how many, what, which."""
    names = sorted(str(notice.data.get("id")) for notice in group)
    more = f" and {len(names) - _SUBJECTS} more" if len(names) > _SUBJECTS else ""
    return f"{len(names)} sites {_GOOD_AGAIN if word == 'ok' else word}: {', '.join(names[:_SUBJECTS])}{more}"


def parts(subject: str, text: str, fits: Callable[[str], bool]) -> list[str]:
    """The texts that carry a message: its subject and complete lines, numbered when there are several; all of it.

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
