"""Reports of runs: no kill leaves one that says how its run ended and that the ledger does not vouch for."""

import pytest

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.ledger import run_reports


@pytest.mark.parametrize("entered", [False, True])
def test_a_report_that_says_how_its_run_ended_is_entered_before_it_is_there(tmp_path, monkeypatch, entered):
    """Where a run dies before its report is entered, or right behind that, the report still says that it goes on."""
    collection = Collection(tmp_path / "c").create()
    ledger.ensure_key(collection)
    report = collection.reports / "r1.json"
    report.write_text("running", "utf-8")
    append = run_reports.append

    def dies(*arguments):
        if entered:
            append(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run_reports, "append", dies)
        with pytest.raises(KeyboardInterrupt):
            run_reports.write_run(collection, report, b"ok", {"run": "r1"})
    assert report.read_text("utf-8") == "running"
    assert [e.data["run"] for e in ledger.read(collection.ledger) if e.type == "run"] == ["r1"] * entered
    assert [path.name for path in collection.reports.iterdir()] == ["r1.json"]

    run_reports.write_run(collection, report, b"ok", {"run": "r1"})
    assert report.read_bytes() == b"ok"
    last = ledger.last(collection)
    assert (last.data["name"], last.data["sha256"]) == ("r1.json", ledger.said_of(report)["sha256"])
