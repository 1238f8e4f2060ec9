"""What a site changed between two readings of an interview: fields, guests, turns; numbers and names first."""

from __future__ import annotations

import html
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import pairwise, zip_longest
from typing import Any

import parsers
from archive.collection.sql import row_of
from archive.collection.urls import canonical
from archive.errors import ConfigError
from archive.store.names import interview_of
from archive.store.packing import SAID, unpacked
from parsers.record import Turn

#: Beyond this a text is compared by lines: marking characters costs the product of the lengths.
MAX_CHARACTERS = 6000
_NUMBER = re.compile(
    r"[0-9０-９][0-9０-９,，.．]*(?:\s?[%％‰]|[万亿千百]?[元人户个件次年月日亩公里吨米名家项所套米度]?)"
    r"|百分之[零〇一二三四五六七八九十百点]+"
    r"|[零〇一二三四五六七八九十百千万亿两]{2,}(?=[元人户个件次年月日亩吨米名家项所套度])"
)
FIELDS = ("kind", "title", "theme", "published_at", "source", "time")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``equal``, ``removed`` or ``added``."""

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one thing.

    :param what: a field, ``guests``, or ``turns[N]`` (the newer number; the older one for what is gone)
    :param op: ``changed``, ``added``, ``removed``
    :param seqs: of a turn, its number in the older and in the newer reading; ``None`` where it is in one only
    """

    what: str
    op: str
    speaker: str | None
    pieces: tuple[Piece, ...]
    seqs: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Fact:
    """A number or a name that is not what it was. ``before`` or ``after`` is ``None`` when it was added or removed."""

    kind: str
    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two readings."""

    version: str | None
    capture: str
    fetched_at: str
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Difference:
    """From one reading to a later one."""

    url: str
    before: Side
    after: Side
    facts: tuple[Fact, ...]
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)


# ── which readings ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Reading:
    side: Side
    record: parsers.Record | None


def differences(db: sqlite3.Connection, target: str, a: str | None = None, b: str | None = None) -> list[Difference]:
    """Changes of a page: between ``a`` and ``b``, else between each version and the next.

    :param target: address, or an id of the interview, of today or of earlier
    :param a: version number, capture id, or the beginning of a capture time; ``b`` likewise, the latest by default
    :raises ConfigError: no such page or reading
    """
    readings = list(_readings(db, target))
    if not readings:
        raise ConfigError(f"{target}: no reading of that page; name its address or the uid of an interview")
    if a is None:
        distinct = _distinct(readings)
        return [compare(x, y) for x, y in pairwise(distinct)]
    first = _choose(readings, a, target)
    return [compare(first, _choose(readings, b, target) if b else readings[-1])]


def _readings(db: sqlite3.Connection, target: str) -> Iterator[_Reading]:
    interview = interview_of(db, target)
    if interview is None:  # an address; who was sent on from there reads the page that it led to
        sent = row_of(db, "SELECT interview FROM interview_urls WHERE key = ? AND reason = 'redirect'", (_key(target),))
        interview = sent["interview"] if sent else None
    query = "SELECT key FROM interview_urls WHERE interview = ? AND reason = 'page'"
    keys = [row[0] for row in db.execute(query, (interview,))] or [_key(target)]
    marks = ",".join("?" * len(keys))
    rows = db.execute(
        f"""SELECT c.id, c.fetched_at, c.url, r.kind, {SAID}, r.error, (SELECT max(x.version) FROM version_captures x
            WHERE x.capture = c.id AND x.part = 'page')
            FROM _readings r JOIN captures c ON c.id = r.capture WHERE r.key IN ({marks})
              ORDER BY c.fetched_at, c.id""",
        keys,
    ).fetchall()
    for capture, fetched, url, kind, said, error, version in rows:
        data = unpacked(said)
        side = Side(version, capture, fetched, f"error: {error}" if error else kind, url)
        yield _Reading(side, parsers.Record.from_dict(data) if data else None)


def _key(target: str) -> str:
    try:
        return canonical(target)
    except ValueError:
        return target


def _content(reading: _Reading) -> Any:
    record = reading.record
    if record is None:
        return reading.side.kind
    whole = record.as_dict()
    return [whole[k] for k in (*FIELDS, "guests", "turns")]


def _distinct(readings: list[_Reading]) -> list[_Reading]:
    kept: list[_Reading] = []
    for reading in readings:
        if reading.side.kind.startswith("error"):
            continue
        if not kept or _content(kept[-1]) != _content(reading):
            kept.append(reading)
    return kept


def _is_named(side: Side, name: str) -> bool:
    """Whether a reading is meant: by the id of its capture, the number of its version, or the beginning of its time."""
    if name.isdecimal() and len(name) < 4:
        return (side.version or "").endswith(f".{name}")
    return name == side.capture or (len(name) >= 4 and side.fetched_at.startswith(name))


def _choose(readings: list[_Reading], name: str, target: str) -> _Reading:
    for reading in readings:
        if _is_named(reading.side, name):
            return reading
    known = ", ".join(
        f"{r.side.fetched_at[:19]} ({(r.side.version or r.side.kind).rsplit('.', 1)[-1]})" for r in readings[:20]
    )
    raise ConfigError(f"{name}: no version, capture or time of {target}; there are {known}")


# ── comparing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def compare(old: _Reading, new: _Reading) -> Difference:
    """The changes from one reading to another."""
    changes: list[Change] = []
    if old.record is None or new.record is None:
        if old.side.kind != new.side.kind:
            changes.append(Change("page", "changed", None, marked(old.side.kind, new.side.kind)))
    else:
        changes += _fields(old.record, new.record)
        changes += _turns(old.record.turns, new.record.turns)
    return Difference(new.side.url, old.side, new.side, tuple(_facts(changes, old.record, new.record)), tuple(changes))


def _fields(old: parsers.Record, new: parsers.Record) -> Iterator[Change]:
    for name in FIELDS:
        before, after = (_text(getattr(r, name)) for r in (old, new))
        if before != after:
            op = "added" if not before else "removed" if not after else "changed"
            yield Change(name, op, None, marked(before, after))
    for op, _, pieces in _aligned(_guests(old), _guests(new)):
        yield Change("guests", op, None, pieces)


def _guests(record: parsers.Record) -> list[str]:
    return [" ".join(filter(None, (g.organization, g.title, g.name))) for g in record.guests]


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else value.text


def _turns(old: tuple[Turn, ...], new: tuple[Turn, ...]) -> Iterator[Change]:
    lines = [[f"{t.speaker}：{t.text}" for t in turns] for turns in (old, new)]
    for op, (i, j), pieces in _aligned(*lines):
        turn = new[j] if j is not None else old[i or 0]
        seqs = (None if i is None else old[i].seq, None if j is None else new[j].seq)
        yield Change(f"turns[{turn.seq}]", op, turn.speaker, pieces, seqs)


def _aligned(old: list[str], new: list[str]) -> Iterator[tuple[str, tuple[int | None, int | None], tuple[Piece, ...]]]:
    """Items that were added, removed or changed; in a replaced stretch the most alike are paired, in order."""
    for op, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            continue
        pairs = dict(_paired(old[i1:i2], new[j1:j2]))
        back = {j: i for i, j in pairs.items()}
        for i in range(i2 - i1):
            if i not in pairs:
                yield "removed", (i1 + i, None), (Piece("removed", old[i1 + i]),)
        for j in range(j2 - j1):
            if j in back:
                yield "changed", (i1 + back[j], j1 + j), marked(old[i1 + back[j]], new[j1 + j])
            else:
                yield "added", (None, j1 + j), (Piece("added", new[j1 + j]),)


def _paired(old: list[str], new: list[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for i, text in enumerate(old):
        scored = [(_alike(text, new[j]), -j) for j in range(start, len(new))]
        best = max(scored, default=(0.0, 0))
        if best[0] >= 0.5:
            yield i, -best[1]
            start = -best[1] + 1


def _alike(a: str, b: str) -> float:
    """Share of character pairs in common: cheap, and good enough to distinguish an edited turn from another one."""
    pairs = [Counter(pairwise(t)) for t in (a, b)]
    total = sum(pairs[0].values()) + sum(pairs[1].values())
    return 2 * sum((pairs[0] & pairs[1]).values()) / total if total else float(a == b)


def marked(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces of a change; putting equal and removed ones together gives the old text,
    equal and added ones the new.
    """
    if not old or not new:
        return tuple(Piece(op, t) for op, t in (("removed", old), ("added", new)) if t)
    a: list[str]
    b: list[str]
    a, b = (
        (list(old), list(new))
        if len(old) + len(new) <= MAX_CHARACTERS
        else (old.splitlines(keepends=True), new.splitlines(keepends=True))
    )
    pieces: list[Piece] = []
    for op, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if op == "equal":
            pieces.append(Piece("equal", "".join(a[i1:i2])))
        else:
            pieces += [Piece(o, "".join(t)) for o, t in (("removed", a[i1:i2]), ("added", b[j1:j2])) if t]
    return tuple(_joined(pieces))


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """One equal character between two changes is chance, not agreement: such crumbs join their neighbours."""
    run: list[Piece] = []
    for n, piece in enumerate(pieces):
        crumb = piece.op == "equal" and len(piece.text) == 1 and 0 < n < len(pieces) - 1
        if piece.op == "equal" and not crumb:
            yield from _flushed(run)
            run = []
            yield piece
        else:
            run.append(piece)
    yield from _flushed(run)


def _flushed(run: list[Piece]) -> Iterator[Piece]:
    removed = "".join(p.text for p in run if p.op != "added")
    added = "".join(p.text for p in run if p.op != "removed")
    if all(p.op == "equal" for p in run):
        yield from run
        return
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)


def _facts(changes: Iterable[Change], old: parsers.Record | None, new: parsers.Record | None) -> Iterator[Fact]:
    yield from _of_kind("number", _NUMBER, changes)
    if names := sorted({*_names(old), *_names(new)}):
        yield from _of_kind("name", re.compile("|".join(map(re.escape, names))), changes)


def _names(record: parsers.Record | None) -> set[str]:
    """The people of a reading: its guests, and whom its labels resolve to."""
    if record is None:
        return set()
    return {name for name in (*(g.name for g in record.guests), *(t.person for t in record.turns)) if name}


def _of_kind(kind: str, pattern: re.Pattern[str], changes: Iterable[Change]) -> Iterator[Fact]:
    for change in changes:
        before, after = ("".join(p.text for p in change.pieces if p.op != op) for op in ("added", "removed"))
        for gone, fresh in zip_longest(*_only(pattern.findall(before), pattern.findall(after))):
            yield Fact(kind, change.what, gone, fresh)


def _only(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """What the one list has and the other has not, in order."""
    return [x for x in before if before.count(x) > after.count(x)], [
        x for x in after if after.count(x) > before.count(x)
    ]


# ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_text(difference: Difference) -> str:
    """Lines for a terminal: ``[-removed-]`` and ``{+added+}``."""
    before, after = difference.before, difference.after
    lines = [
        difference.url,
        f"  {before.fetched_at} {before.version or before.kind} → {after.fetched_at} {after.version or after.kind}",
    ]
    lines += [f"  {f.kind}: {f.before or '—'} → {f.after or '—'} ({f.what})" for f in difference.facts]
    for change in difference.changes:
        text = "".join(
            {"equal": _short(p.text), "removed": f"[-{p.text}-]", "added": f"{{+{p.text}+}}"}[p.op]
            for p in change.pieces
        )
        lines.append(f"  {change.what} {change.op}: {text}".replace("\n", "⏎"))
    if not difference.changes:
        lines.append("  no difference")
    return "\n".join(lines)


def _short(text: str, width: int = 24) -> str:
    return text if len(text) <= 2 * width + 1 else f"{text[:width]}…{text[-width:]}"


_STYLE = (
    "body{font:16px/1.7 system-ui,'Noto Sans CJK SC',sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;color:#222;background:#fff}"
    "h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.5rem 0 "
    ".3rem}del{background:#ffe0e0;color:#900}ins{background:#dff5df;color:#060;text-decoration:none}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2rem "
    ".6rem;text-align:left}code{word-break:break-all}p{white-space:pre-wrap;margin:.3rem 0}"
)


def as_html(found: list[Difference], title: str) -> str:
    """One self-contained page; it loads nothing and runs nothing."""
    head = (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><h1>{html.escape(title)}</h1>"
    )
    out = [head]
    for difference in found:
        out.append(
            f"<h2>{html.escape(difference.before.fetched_at[:19])} → "
            f"{html.escape(difference.after.fetched_at[:19])}</h2>"
            f"<p><code>{html.escape(difference.url)}</code><br>{html.escape(difference.before.capture)} → "
            f"{html.escape(difference.after.capture)}</p>"
        )
        if difference.facts:
            cells = ((f.kind, f.before or "—", f.after or "—", f.what) for f in difference.facts)
            rows = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
            head = "<th>数字与姓名 number or name</th><th>原 before</th><th>现 after</th><th>处 where</th>"
            out.append(f"<table><tr>{head}</tr>{rows}</table>")
        out += [
            f"<h3>{html.escape(c.what)} · {c.op}</h3><p>{''.join(map(_html, c.pieces))}</p>" for c in difference.changes
        ]
    if not found:
        out.append("<p>没有差异 no difference</p>")
    return "\n".join([*out, "</body></html>"]) + "\n"


def _html(piece: Piece) -> str:
    text = html.escape(piece.text)
    return {"equal": text, "removed": f"<del>{text}</del>", "added": f"<ins>{text}</ins>"}[piece.op]
