"""An export that several processes make has the same bytes as one process gives it; one that fails leaves nothing."""

from contextlib import contextmanager

import pytest
from support.generated import generated

from archive.collection import processes
from archive.errors import ArchiveError
from archive.export import apart, export
from archive.research.filters import Filter

#: Says when the export was made.
DATED = ("datasheet.md", "datasheet.json", "SHA256SUMS")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("generated"), 480, 3)


@pytest.fixture(scope="module")
def pool():
    with processes.pool(2) as executor:
        yield executor


@pytest.fixture
def divided(pool, monkeypatch):
    """Tasks of four interviews; one pool serves all exports."""
    asked = []

    @contextmanager
    def shared(jobs):
        asked.append(jobs)
        yield pool

    monkeypatch.setattr(processes, "pool", shared)
    monkeypatch.setattr(apart, "_TOGETHER", 4)
    return asked


def content(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name not in DATED}


@pytest.mark.parametrize("form", ["csv", "jsonl", "vrt", "conllu"])
@pytest.mark.parametrize("only", [Filter(), Filter(role="guest", site="s1")], ids=["all", "some"])
def test_the_files_are_those_of_one_process(store, tmp_path, divided, form, only):
    export(store, form, tmp_path / "one", only)
    assert divided == []
    export(store, form, tmp_path / "two", only, jobs=2)
    assert divided == [2]
    assert content(tmp_path / "two") == content(tmp_path / "one")
    assert any(len(data) > 1000 for data in content(tmp_path / "one").values())


def test_what_one_task_holds_asks_no_other_process(store, tmp_path, divided, monkeypatch):
    monkeypatch.setattr(apart, "_TOGETHER", 1000)
    export(store, "jsonl", tmp_path / "out", jobs=2)
    assert divided == []


def test_a_process_that_is_killed_is_named_and_nothing_is_left(store, tmp_path, monkeypatch):
    whole = processes.pool

    @contextmanager
    def deadly(_jobs):
        with whole(1) as executor:
            submit = executor.submit

            def killed(*task):
                future = submit(*task)
                for process in executor._processes.values():
                    process.kill()
                return future

            monkeypatch.setattr(executor, "submit", killed)
            yield executor

    monkeypatch.setattr(processes, "pool", deadly)
    monkeypatch.setattr(apart, "_TOGETHER", 4)
    with pytest.raises(ArchiveError, match="killed; try fewer with --jobs"):
        export(store, "jsonl", tmp_path / "out", jobs=2)
    assert list(tmp_path.iterdir()) == []
