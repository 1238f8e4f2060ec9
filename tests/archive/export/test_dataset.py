"""A release describes itself for programs and catalogues; their own readers accept it."""

import hashlib
import json
import subprocess

import pytest
import yaml
from pyarrow import parquet
from support.county_talks import held
from support.tools import READERS

from archive.export import export
from archive.export.tables import TABLES
from archive.research.filters import Filter
from archive.research.pages import Wanted

_CHECK = """
import json
from frictionless import Package
from datacite import schema45
import mlcroissant
for form in ("csv", "release"):
    report = Package(f"{form}/datapackage.json").validate()
    assert report.valid, report.flatten(["title", "type", "message"])
schema45.validator.validate(json.load(open("release/datacite.json")))
print(len(list(mlcroissant.Dataset(jsonld="release/croissant.json").records("turns"))))
"""


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    collection = held(tmp_path_factory.mktemp("dataset"))
    (collection.root / "fangtan.toml").write_text('operator = "高台县: 档案馆"\n', "utf-8")
    return collection


@pytest.fixture(scope="module")
def exported(archived, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    for form in ("release", "csv"):
        export(archived, form, folder / form)
    return folder


def read(path):
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("form", ["release", "csv"])
def test_every_table_is_described_as_it_is(exported, form):
    folder = exported / form
    resources = {r["name"]: r for r in read(folder / "datapackage.json")["resources"]}
    assert set(resources) == {*TABLES, *(["store"] if form == "release" else [])}
    summed = {name: r for name, r in resources.items() if "hash" in r}
    assert {n: r["hash"].removeprefix("sha256:") for n, r in summed.items()} == {
        n: hashlib.sha256((folder / r["path"]).read_bytes()).hexdigest() for n, r in summed.items()
    }
    described = {n: [f["name"] for f in r["schema"]["fields"]] for n, r in resources.items() if "schema" in r}
    assert described == {name: list(columns) for name, columns in TABLES.items()}
    lines = (folder / "SHA256SUMS").read_text("utf-8")
    assert "datapackage.json" in lines


def test_types_are_those_that_readers_of_the_files_see(exported):
    """A whole number that may be absent comes to them as a fraction: 3.0, NaN."""
    resources = {r["name"]: r for r in read(exported / "release" / "datapackage.json")["resources"]}
    kinds = {"int32": "integer", "int64": "integer", "double": "number", "float": "number", "string": "string"}

    def seen(name):
        table = parquet.read_table(exported / "release" / resources[name]["path"])
        found = {c: kinds[str(table.schema.field(c).type)] for c in table.column_names}
        sparse = {c for c in table.column_names if found[c] == "integer" and table[c].null_count}
        return found | dict.fromkeys(sparse, "number")

    found = {name: seen(name) for name in TABLES}
    assert found["qa"]["days"] == "number"
    assert found["qa"]["question_seq"] == "integer"
    assert found == {name: {f["name"]: f["type"] for f in resources[name]["schema"]["fields"]} for name in TABLES}


def test_catalogues_say_who_what_and_when(exported):
    folder = exported / "release"
    citation = yaml.safe_load((folder / "CITATION.cff").read_text("utf-8"))
    assert (citation["cff-version"], citation["type"]) == ("1.2.0", "dataset")
    assert citation["authors"] == [{"name": "高台县: 档案馆"}]
    last = read(folder / "datasheet.json")["captured"][1][:10]
    assert citation["date-released"] == last == read(folder / "croissant.json")["datePublished"]
    assert read(folder / "datacite.json")["publicationYear"] == last[:4]
    versions = {citation["version"], *(read(folder / f"{n}.json")["version"] for n in ("croissant", "datacite", "datapackage"))}  # fmt: skip
    assert len(versions) == 1
    head = read(folder / "datasheet.json")["ledger_head"]
    assert head
    assert head in citation["abstract"]


@pytest.mark.needs("readers")
def test_their_own_readers_accept_them(exported):
    run = subprocess.run([READERS, "-c", _CHECK], cwd=exported, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout == f"{read(exported / 'release' / 'datasheet.json')['turns']}\n"


def test_lines_of_a_search_are_no_data_package(archived, tmp_path):
    export(archived, "csv", tmp_path / "lines", Filter(query="群众"), "lines", Wanted())
    assert not (tmp_path / "lines" / "datapackage.json").exists()
