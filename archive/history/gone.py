"""What was there and is there no longer: gone at once, or moved with all its pages. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from archive.history.entries import Line, fold, talks_of
from archive.history.facts import Asked, Facts

#: So much of what was there is gone at once, and it is no longer a matter of single pages.
MASS = 1 / 3
_FOR_GOOD = (301, 308)


def vanished(lines: tuple[Line, ...], last: tuple[Line, ...] | None, facts: Facts) -> Iterator[str]:
    """Much is gone at once: behind the lists, or from them.

    A talk whose list names it under another address now, where it was read, is not gone: the section moved.

    :param last: the entries of the last full account
    """
    gone = _gone(lines, facts)
    known = len(gone) + sum(line.outcome in ("interview", "not due") for line in lines)
    if gone and len(gone) >= MASS * known:
        yield f"{len(gone)} of {known} known interviews answer that they are gone, all at once"
    missing, then = _unlisted(lines, last, facts)
    if missing and len(missing) >= MASS * then:
        words = f"{len(missing)} of {then} entries of the last full account are listed no longer"
        yield f"{words}, the first: {missing[0].url}"


def fewer(lines: tuple[Line, ...], last: tuple[Line, ...] | None, facts: Facts) -> Iterator[str]:
    """Some are gone, from behind the lists or from them: as many as single pages go."""
    if any(vanished(lines, last, facts)):
        return
    gone = _gone(lines, facts)
    if gone:
        yield f"{len(gone)} known interview(s) answer that they are gone, the first: {gone[0].url} 页面已删除"
    missing, then = _unlisted(lines, last, facts)
    left = [line for line in missing if line.key not in {one.key for one in gone}]
    if left:
        words = "which answers" if left[0].key in facts.came else "which the next run asks for"
        what = f"{len(left)} of {then} entries of the last full account are listed no longer"
        yield f"{what}, the first: {left[0].url}, {words} 列表中已不再出现"


def to_ask(lines: tuple[Line, ...], last: tuple[Line, ...] | None, facts: Facts) -> list[Line]:
    """Interviews that are listed no longer, and were not asked for: whether they are still there is not known.

    Where much is gone at once, the lists are at fault, and nothing is asked for.
    """
    missing, then = _unlisted(lines, last, facts)
    few = missing if len(missing) < MASS * then else []
    return [line for line in few if line.uid and line.key not in facts.came]


def _gone(lines: tuple[Line, ...], facts: Facts) -> list[Line]:
    """Known interviews that answered that they are gone, and that no list names under another address."""
    gone = [line for line in lines if line.outcome == "gone" and line.key in facts.came]
    others = (line for line in _listed(lines) if line.accounted and line not in gone)
    return list(_without_namesakes(gone, others))


def _unlisted(lines: tuple[Line, ...], last: tuple[Line, ...] | None, facts: Facts) -> tuple[list[Line], int]:
    """The entries of the last full account that are listed no longer, and how many it has; a partial run tells none."""
    if last is None or facts.partial:
        return [], 0
    now, then = _listed(lines), [line for line in _listed(last) if line.accounted]
    fresh = [line for line in _others(now, then) if line.accounted]
    return list(_without_namesakes(_others(then, now), fresh)), len(then)


def _listed(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.list]


def _others(these: list[Line], those: list[Line]) -> list[Line]:
    """Those of the first entries that are not among the second ones, by address or talk."""
    known = {line.key for line in those} | talks_of(those)
    return [line for line in these if known.isdisjoint((line.key, line.uid))]


def _without_namesakes(missing: Iterable[Line], there: Iterable[Line]) -> Iterator[Line]:
    """Those of the entries whose title no entry that is there has: each is one entry's."""
    titles = Counter(title for line in there if (title := fold(line.title)))
    for line in missing:
        title = fold(line.title)
        if titles[title] > 0:
            titles[title] -= 1
        else:
            yield line


def moved(lines: tuple[Line, ...], last: tuple[Line, ...] | None, facts: Facts) -> Iterator[str]:
    """Where a list's address leads for good, when the list was read there; a section's site file may say so, too."""
    for asked in (one for one in facts.asked if one.role in ("seed", "list") and one.number == 1 and not one.via):
        new = _end(asked, facts)
        if new is None or new.key not in facts.read:
            continue
        missing, then = _unlisted(lines, last, facts)
        lost = f", but for {len(missing)} of {then} entries, the first: {missing[0].url}" if missing else ""
        given = asked.role == "seed"
        edit = f': write section = ["{new.url}"] in the site file 栏目已迁移，请更新 section' if given else ""
        yield f"the section has moved from {asked.url} to {new.url}, and was read there{lost}{edit}"


def _end(asked: Asked, facts: Facts) -> Asked | None:
    """Where an address leads by redirects that hold for good; ``None`` where one does not, or there is none."""
    by_key, way = {one.key: one for one in facts.asked}, [asked.key]
    while (came := facts.came.get(way[-1])) is not None and came.target:
        if came.status not in _FOR_GOOD or came.target in way:
            return None
        way.append(came.target)
    return by_key.get(way[-1]) if len(way) > 1 else None
