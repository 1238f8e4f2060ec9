"""Every folder of tests/pages is a test: page.html as received, expected.json as reviewed."""

import json

import pytest
from support.running import HERE

import parsers
from parsers.errors import PageError

PAGES = sorted(p.parent for p in (HERE / "pages").glob("*/page.html"))
FREE = ("severity", "text", "where")


def fixed(record):
    """The contract's keys; rule names of flags are free."""
    keys = ("kind", "title", "published_at", "source", "theme", "time", "guests", "turns")
    found = {k: record[k] for k in keys}
    found["flags"] = sorted(([f[k] for k in FREE] for f in record["flags"] if f["severity"] != "info"), key=str)
    return json.loads(json.dumps(found, ensure_ascii=False))


@pytest.mark.parametrize("folder", PAGES, ids=lambda p: p.name)
def test_page(folder, request):
    path = folder / "expected.json"
    known = (
        json.loads(path.read_text("utf-8"))
        if path.exists()
        else {"url": f"http://{folder.name}.example/", "fetched": None, "content_type": None}
    )
    payload = parsers.Payload(known["url"], (folder / "page.html").read_bytes(), known.get("content_type"))
    try:
        record = parsers.parse([payload]).as_dict()
    except PageError as error:
        assert known.get("error") == type(error).__name__
        return
    found = fixed(record)
    if request.config.getoption("--accept") or not path.exists():
        flags = [{k: f[k] for k in ("rule", *FREE)} for f in record["flags"] if f["severity"] != "info"]
        known["interview"] = {**{k: v for k, v in found.items() if k != "flags"}, "flags": flags}
        path.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", "utf-8")
        if not request.config.getoption("--accept"):
            pytest.fail(f"{path} was written: review it, then run again")
    expected = fixed({**known["interview"]})
    assert found == expected
    assert expected["kind"] != "transcript" or expected["turns"], "a transcript without turns is no expectation"


def test_every_value_of_the_seed_has_evidence():
    folder = HERE / "pages" / "gaotai-2021-12-23"
    data = (folder / "page.html").read_bytes()
    record = parsers.parse([parsers.Payload("http://www.gaotai.gov.cn/zwft/202112/t20211223_771589.html", data)])
    text = data.decode()
    for name in (
        "title",
        "published_at",
        "source",
        "theme",
        "time",
        "guests",
        *(f"turns[{t.seq}]" for t in record.turns),
    ):
        evidence = record.evidence[name]
        assert evidence.quote in text
        assert evidence.xpath.startswith("/html")
        assert evidence.method
    assert set(record.confidence) >= {"title", "published_at", "source", "theme", "time", "guests", "turns", "kind"}


@pytest.mark.parametrize(
    "folder", [p for p in PAGES if '"transcript"' in (p / "expected.json").read_text("utf-8")], ids=lambda p: p.name
)
def test_no_character_of_the_container_is_lost(folder):
    """Turns with their labels and skipped lines are the container's text, character for character."""
    from collections import Counter

    from parsers.document import Page
    from parsers.interview import _Order
    from parsers.page.lines import within
    from parsers.page.text import squeeze
    from parsers.reading import Reading
    from parsers.record import Record

    known = json.loads((folder / "expected.json").read_text("utf-8"))
    page = Page.open(parsers.Payload(known["url"], (folder / "page.html").read_bytes()))
    reading = Reading(page)
    record = _Order(reading).record(Record(known["url"], "other"))
    container = "".join(ln.text for ln in page.lines if within(reading.dialogue.container, ln.block))
    spoken = "".join(t.speaker + t.text for t in record.turns) + "".join(s.text for s in record.skipped)
    lost = Counter(squeeze(container)) - Counter(squeeze(spoken))
    assert set(lost) <= set("::：∶【】[]『』<>—"), lost  # what sets a label off
