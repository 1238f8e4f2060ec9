"""A set of tables described for programs and catalogues: Frictionless, Croissant, CITATION.cff, DataCite.

What is not known is left out: a DOI is given by whoever publishes, the licence of the texts is their publishers'.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from archive.export.tables import NUMBERS, TABLES
from archive.store.descriptions import describe

_KEYS = {"interviews": "uid", "turns": "id", "sites": "id", "runs": "id"}
_TYPES = {"integer": "sc:Integer", "number": "sc:Float", "string": "sc:Text"}
_MEDIA = {".csv": "text/csv", ".parquet": "application/x-parquet", ".db": "application/vnd.sqlite3"}
_RIGHTS = "The texts are their publishers'. Copyright Law of China, article 5, may except them; see datasheet.md."
_CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column", "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/", "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "equivalentProperty": "cr:equivalentProperty", "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/", "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "samplingRate": "cr:samplingRate", "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class About:
    """What all descriptions say.

    :param day: of the last capture
    """

    keeper: str
    day: date
    facts: dict[str, Any]

    @property
    def title(self) -> str:
        """The name of the data set."""
        return f"政务访谈语料（{self.keeper}）"

    @property
    def version(self) -> str:
        """The day of the last capture as a version of three numbers."""
        return f"{self.day.year}.{self.day.month}.{self.day.day}"

    @property
    def summary(self) -> str:
        """What the data set holds, in two sentences."""
        facts = self.facts
        return (
            f"{facts['interviews']} interviews of officials, {facts['turns']} turns, from {facts['sites']} site(s) of "
            f"Chinese county governments, read from WARC by {facts['software']}. Ledger head {facts['ledger_head']}."
        )


def write(folder: Path, keeper: str, facts: dict[str, Any]) -> None:
    """``datapackage.json`` for tables; a release gets ``croissant.json``, ``CITATION.cff``, ``datacite.json``, too.

    :param keeper: who keeps the archive
    :param facts: those of the data sheet
    """
    about = About(keeper or "fangtan", date.fromisoformat(facts["captured"][1][:10]), facts)
    _save(folder / "datapackage.json", _package(folder, about))
    if facts["format"] == "release":
        _save(folder / "croissant.json", _croissant(folder, about))
        _save(folder / "datacite.json", _datacite(folder, about))
        (folder / "CITATION.cff").write_text(_citation(about), "utf-8")


def _save(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _files(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """The tables, and the store of a release: name, path inside the folder, path."""
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _MEDIA):
        yield path.stem, path.relative_to(folder).as_posix(), path


def _sum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _types(table: str, path: Path) -> dict[str, str]:
    """Type of each column, as readers see it: in Parquet a whole number that may be absent becomes a fraction there."""
    sparse = _sparse(path) if path.suffix == ".parquet" else frozenset[str]()
    whole = NUMBERS - sparse
    number = {"confidence"} | (NUMBERS & sparse)
    return {c: "integer" if c in whole else "number" if c in number else "string" for c in TABLES[table]}


def _sparse(path: Path) -> frozenset[str]:
    """The columns of a Parquet file that hold nulls."""
    from pyarrow import parquet  # noqa: PLC0415 - an extra, there where such a file was written

    with parquet.ParquetFile(path) as file:
        groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
        columns = [group.column(n) for group in groups for n in range(group.num_columns)]
        return frozenset(c.path_in_schema for c in columns if c.statistics and c.statistics.null_count)


def _meaning(table: str, column: str) -> str:
    """What a column means; columns that a table has from another one mean what they mean there."""
    known = (describe(where, column) for where in (table, "interviews", "sites", "captures", "participants"))
    return next((texts[0] for texts in known if texts), column)


# ── Frictionless ────────────────────────────────────────────────────────────────────────────────────────────────────


def _package(folder: Path, about: About) -> dict[str, Any]:
    return {
        "profile": "data-package",
        "name": "fangtan",
        "title": about.title,
        "description": about.summary,
        "version": about.version,
        "contributors": [{"title": about.keeper, "role": "publisher"}],
        "resources": [
            {
                "name": name if path.suffix != ".db" else "store",
                "path": place,
                "format": path.suffix[1:],
                "mediatype": _MEDIA[path.suffix],
                **_particular(name, path),
            }
            for name, place, path in _files(folder)
        ],
    }


def _particular(name: str, path: Path) -> dict[str, Any]:
    """Size and digest, which Frictionless cannot compare for Parquet, and the columns of a table."""
    whole = {"bytes": path.stat().st_size, "hash": f"sha256:{_sum(path)}"}
    if path.suffix == ".db":
        return whole
    table = {"profile": "tabular-data-resource", "encoding": "utf-8", "schema": _schema(name, path)}
    return table if path.suffix == ".parquet" else whole | table


def _schema(table: str, path: Path) -> dict[str, Any]:
    columns = _types(table, path)
    schema: dict[str, Any] = {
        "fields": [{"name": c, "type": kind, "description": _meaning(table, c)} for c, kind in columns.items()]
    }
    if table in _KEYS:
        schema["primaryKey"] = [_KEYS[table]]
    if "interview" in columns:
        target = {"resource": "interviews", "fields": ["uid"]}
        schema["foreignKeys"] = [{"fields": ["interview"], "reference": target}]
    return schema


# ── Croissant ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _croissant(folder: Path, about: About) -> dict[str, Any]:
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "fangtan",
        "alternateName": about.title,
        "description": about.summary,
        "citeAs": f"{about.keeper}. {about.title}[DS]. {about.version}. {about.day.isoformat()}.",
        "creator": {"@type": "sc:Organization", "name": about.keeper},
        "datePublished": about.day.isoformat(),
        "version": about.version,
        "inLanguage": "zh-CN",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": place,
                "name": place,
                "contentUrl": place,
                "contentSize": f"{path.stat().st_size} B",
                "encodingFormat": _MEDIA[path.suffix],
                "sha256": _sum(path),
            }
            for _, place, path in _files(folder)
        ],
        "recordSet": [_records(name, place, path) for name, place, path in _files(folder) if path.suffix == ".parquet"],
    }


def _records(table: str, place: str, path: Path) -> dict[str, Any]:
    key = {"key": {"@id": f"{table}/{_KEYS[table]}"}} if table in _KEYS else {}
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": (describe(table) or (table,))[0],
        **key,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{table}/{column}",
                "name": column,
                "description": _meaning(table, column),
                "dataType": _TYPES[kind],
                "source": {"fileObject": {"@id": place}, "extract": {"column": column}},
                **({"references": {"field": {"@id": "interviews/uid"}}} if column == "interview" else {}),
            }
            for column, kind in _types(table, path).items()
        ],
    }


# ── citations of the whole ──────────────────────────────────────────────────────────────────────────────────────────


def _citation(about: About) -> str:
    """CITATION.cff 1.2.0; every value is a JSON string, which is YAML, too."""
    rows = {
        "cff-version": "1.2.0",
        "message": "Cite the data set by these values; cite a talk or turn as `fangtan cite` prints it.",
        "type": "dataset",
        "title": about.title,
        "abstract": about.summary,
        "version": about.version,
        "date-released": about.day.isoformat(),
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in rows.items()]
    return "\n".join([*lines, "authors:", f"  - name: {json.dumps(about.keeper, ensure_ascii=False)}"]) + "\n"


def _datacite(folder: Path, about: About) -> dict[str, Any]:
    """The metadata of DataCite 4.5 without a DOI and an address, which the publisher adds."""
    first, last = (day[:10] for day in about.facts["captured"])
    return {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceType": "Corpus", "resourceTypeGeneral": "Dataset"},
        "creators": [{"name": about.keeper, "nameType": "Organizational"}],
        "titles": [{"title": about.title, "lang": "zh"}],
        "publisher": {"name": about.keeper},
        "publicationYear": str(about.day.year),
        "subjects": [{"subject": name} for name in ("政务访谈", "government interviews", "web archive")],
        "dates": [{"date": f"{first}/{last}", "dateType": "Collected"}],
        "language": "zh",
        "version": about.version,
        "formats": sorted({_MEDIA[path.suffix] for *_, path in _files(folder)}),
        "sizes": [f"{sum(path.stat().st_size for *_, path in _files(folder))} bytes"],
        "rightsList": [{"rights": _RIGHTS, "lang": "en"}],
        "descriptions": [{"description": about.summary, "descriptionType": "Abstract", "lang": "en"}],
    }
