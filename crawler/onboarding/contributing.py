"""What a survey gives to read and to pass on: records beside their pages,
and the files that a county adds to a checkout.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from archive.collection.folder import Collection, write_atomically
from archive.errors import ConfigError
from crawler.onboarding import onboard
from crawler.onboarding.onboard import Sample, Survey
from parsers.record import Record

#: Turns of a record that are shown.
SHOWN = 4


def shown(found: Survey, given: Mapping[str, Any]) -> Iterator[str]:
    """A survey in lines; where interviews were read, the site file and each record beside its page."""
    yield from onboard.describe(found)
    if onboard.usable(found):
        yield from ("", onboard.site_file(found, given))
        for sample in found.samples:
            yield from beside(sample)


def write(collection: Collection, found: Survey, given: Mapping[str, Any], checkout: Path | None) -> Iterator[str]:
    """Write the site file into the collection (unless a known site is passed on), and into a checkout what it adds
    there.

    :returns: a line for each file or folder
    """
    text = onboard.site_file(found, given)
    if not (checkout and (collection.sites / f"{found.site.id}.toml").exists()):
        yield f"{onboard.write_site(collection, found, text)}: written"
    for path in contribute(checkout, found, text) if checkout else ():
        yield f"{path}: {'written' if path.suffix else 'a draft, review expected.json'}"


def beside(sample: Sample) -> Iterator[str]:
    """A record beside its page, in lines: each value, and where the page prints it."""
    record = sample.record
    yield f"  {sample.url}"
    yield f"    kind          {record.kind}"
    for name, value in _values(record):
        evidence = record.evidence.get(name)
        place = f'   ← page: "{evidence.before}[{evidence.quote}]{evidence.after}"' if evidence else ""
        yield f"    {name:13} {value}{' '.join(place.split(chr(10)))}"
    if len(record.turns) > SHOWN:
        yield f"    …             {len(record.turns) - SHOWN} more turns"


def _values(record: Record) -> Iterator[tuple[str, str]]:
    for name in ("title", "published_at", "source", "theme"):
        yield name, getattr(record, name) or "–"
    yield "time", record.time.text if record.time else "–"
    people = [" ".join(filter(None, (g.organization, g.title, g.name))) for g in record.guests]
    yield "guests", "、".join(people) or "–"
    for turn in record.turns[:SHOWN]:
        words = turn.text.replace("\n", " ")
        yield f"turns[{turn.seq}]", f"{turn.speaker} ({turn.role}): {words[:40]}{'…' if len(words) > 40 else ''}"


def contribute(checkout: Path, found: Survey, text: str) -> list[Path]:
    """Write what a county adds to a checkout: ``sites/<id>.toml`` and a page fixture for each interview that was tried.

    The expected records are drafts: what the parsers say today. A person reviews them.

    :param text: the site file
    :raises ConfigError: the checkout has that site already
    """
    path = checkout / "sites" / f"{found.site.id}.toml"
    if os.path.lexists(path):
        raise ConfigError(f"{path}: this site is there already; edit the file, or remove it first")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode())
    day = found.report["started_at"][:10]
    folders = [checkout / "tests" / "pages" / f"{found.site.id}-{day}-{n}" for n in range(1, len(found.samples) + 1)]
    for folder, sample in zip(folders, found.samples, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "page.html", sample.payload.data)
        write_atomically(
            folder / "expected.json", (json.dumps(draft(sample, day), ensure_ascii=False, indent=1) + "\n").encode()
        )
    return [path, *folders]


def draft(sample: Sample, day: str) -> dict[str, Any]:
    """A fixture's ``expected.json``: address, day, type, and the record as it is read today."""
    return {
        "url": sample.url,
        "fetched": day,
        "content_type": sample.payload.content_type,
        "interview": expected(sample.record),
    }


def expected(record: Record) -> dict[str, Any]:
    """The keys of a record that a fixture fixes; of the flags those that mean tampering."""
    data = record.as_dict()
    keys = ("kind", "title", "published_at", "source", "theme", "time", "guests", "turns")
    flags = [{k: f[k] for k in ("rule", "severity", "text", "where")} for f in data["flags"] if f["severity"] != "info"]
    return {**{k: data[k] for k in keys}, "flags": flags}
