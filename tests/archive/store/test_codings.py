"""Codes of coders: a plain file that only grows, shown in the store, kept through rebuilds, gone with what is withheld."""

import asyncio
import csv
import json

import pytest
from support.county_talks import held
from support.dump import dump_public
from support.running import copy_of, fangtan, faults
from support.takedowns import rows

import fangtan as api
from archive.collection.folder import Collection
from archive.handover.merging import merge
from archive.handover.withhold import release, withhold
from archive.ledger import chain as ledger
from archive.store.codings import CODINGS
from archive.web.serve import application


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    return held(tmp_path_factory.mktemp("coded"))


@pytest.fixture
def kept(archived, tmp_path):
    return copy_of(archived, tmp_path / "kept")


def turns(collection, n=3):
    return [r[0] for r in rows(collection, "SELECT id FROM turns WHERE role = 'guest' ORDER BY id LIMIT ?", n)]


def sheet(path, header, *lines, encoding="utf-8-sig", delimiter=","):
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([header, *lines])
    return path


def code(collection, path, coder, *options):
    return fangtan("code", path, "--coder", coder, *options, collection=collection.root)


def held_codes(collection):
    return rows(collection, "SELECT unit, variable, coder, value FROM codings ORDER BY 1, 2, 3")


def test_a_sample_goes_out_and_its_codes_come_back(kept, tmp_path):
    """The sheet of `sample` is filled as it is: its own columns are no variables; agreement, export and frames have it."""
    drawn = tmp_path / "drawn.csv"
    assert fangtan("sample", "6", "--seed", "3", "-o", drawn, collection=kept.root).code == 0
    with drawn.open(encoding="utf-8-sig", newline="") as stream:
        header, *lines = csv.reader(stream)
    for coder, step in (("张三", 2), ("李四", 3)):
        filled = [[*line[:-1], "正面" if n % step else "负面", str(n % step)] for n, line in enumerate(lines)]
        path = sheet(tmp_path / f"{coder}.csv", [*header, "强度"], *filled)
        result = code(kept, path, coder, "--json")
        assert result.code == 0, result.err
        assert result.rows == [{"variables": ["code", "强度"], "taken": 6, "known": 0, "empty": 0, "refused": 0, "problems": []}]  # fmt: skip
    assert len(held_codes(kept)) == 24
    said = fangtan("agreement", "--json", collection=kept.root).rows
    assert [(a["variable"], a["level"], a["units"], a["coders"]) for a in said] == [
        ("code", "nominal", 6, sorted(["张三", "李四"])),
        ("强度", "nominal", 6, sorted(["张三", "李四"])),
    ]
    with api.open(kept.root) as archive:
        frame = archive.frame("codings", joined=True)
        assert set(frame["unit"]) == {line[0] for line in lines}
        assert {"talk_title", "site_name", "text", "role", "seq"} <= set(frame.columns)
        assert set(frame["text"]) == {
            row[0] for row in rows(kept, "SELECT text FROM turns WHERE id IN (SELECT unit FROM codings)")
        }
    assert fangtan("export", "csv", "-o", tmp_path / "csv", collection=kept.root).code == 0
    with (tmp_path / "csv" / "codings.csv").open(encoding="utf-8-sig", newline="") as stream:
        exported = [(r["unit"], r["variable"], r["coder"], r["value"]) for r in csv.DictReader(stream)]
    assert sorted(exported) == held_codes(kept)
    fangtan("export", "jsonl", "-o", tmp_path / "jsonl", collection=kept.root)
    lines = (tmp_path / "jsonl" / "interviews.jsonl").read_text("utf-8").splitlines()
    assert sum(len(json.loads(line)["codings"]) for line in lines) == 24


def test_bad_rows_are_named_one_by_one_and_the_others_come_in(kept, tmp_path):
    good, other, third = turns(kept)
    path = sheet(
        tmp_path / "s.csv", ["turn", "tone"], [good, "a"], ["0123456789abcdef.t0123456789abcdef", "a"], ["", "b"], [other, ""],
        [other, "b", "", "too much"], [third, "x" * 2001], [good, "c"], [third, "'=1+1"], ["=cmd()", "d"],
    )  # fmt: skip
    result = code(kept, path, "甲")
    assert result.code == 3
    said = [line for line in result.err.splitlines() if str(path) in line]
    assert [line.split("line ")[1].split(":")[0] for line in said] == ["6", "3", "4", "7", "8", "10"]
    assert held_codes(kept) == sorted([(good, "tone", "甲", "a"), (third, "tone", "甲", "=1+1")])
    for header, options in ((["url", "tone"], ()), (["turn"], ()), (["turn", "a", "a"], ()), (["turn", "a"], ("--variable", "b"))):  # fmt: skip
        bad = code(kept, sheet(tmp_path / "h.csv", header, [good, "z", "z"][: len(header)]), "甲", *options)
        assert (bad.code, "h.csv" in bad.err) == (2, True), header
    assert code(kept, path, " ").code == 2
    assert len(held_codes(kept)) == 2


@pytest.mark.parametrize(("encoding", "delimiter"), [("gb18030", ";"), ("utf-16", "\t")])
def test_a_sheet_is_read_as_spreadsheets_save_it(kept, tmp_path, encoding, delimiter):
    unit = turns(kept, 1)[0]
    path = sheet(tmp_path / "s.csv", ["Turn", "语气，总体"], [unit, "正，面"], encoding=encoding, delimiter=delimiter)
    assert code(kept, path, "乙").code == 0
    assert held_codes(kept) == [(unit, "语气，总体", "乙", "正，面")]


def test_later_codes_hold_and_the_earlier_ones_stay_in_the_file(kept, tmp_path):
    unit = turns(kept, 1)[0]
    talk = unit.partition(".")[0]
    header = ["unit", "a", "b"]
    for name, line in (("1", [unit, "x", "y"]), ("2", [unit, "z", ""]), ("3", [talk, "whole", ""])):
        assert code(kept, sheet(tmp_path / name, header, line), "甲").code == 0
    before = CODINGS.path(kept).read_bytes()
    assert code(kept, tmp_path / "2", "甲", "--json").rows[0]["known"] == 1
    assert CODINGS.path(kept).read_bytes() == before, "what is known is not said again"
    assert [c.values for c in CODINGS.read(kept)] == [{"a": "x", "b": "y"}, {"a": "z"}, {"a": "whole"}]
    assert held_codes(kept) == [(talk, "a", "甲", "whole"), (unit, "a", "甲", "z"), (unit, "b", "甲", "y")]
    line = {"unit": unit, "coder": "甲", "values": {"b": None}, "date": "2999-01-01"}
    CODINGS.path(kept).write_bytes(before + json.dumps(line).encode())
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert held_codes(kept) == [(talk, "a", "甲", "whole"), (unit, "a", "甲", "z")]


def test_the_ledger_vouches_for_codes_and_a_rebuild_keeps_them(kept, tmp_path):
    units = turns(kept)
    for coder in ("甲", "乙"):
        code(kept, sheet(tmp_path / coder, ["turn", "tone"], *([u, coder] for u in units)), coder)
    dump = list(dump_public(kept.store))
    assert [e.type for e in ledger.read(kept.ledger)][-2:] == ["codings", "codings"]
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert list(dump_public(kept.store)) == dump
    assert faults(kept) == []
    replica = tmp_path / "replica"
    assert fangtan("replicate", replica, collection=kept.root).code == 0
    assert (replica / "codings.jsonl").read_bytes() == CODINGS.path(kept).read_bytes()
    lines = CODINGS.path(kept).read_bytes().splitlines(keepends=True)
    CODINGS.path(kept).write_bytes(b"".join([lines[0].replace("甲".encode(), "丙".encode()), b"{\n", *lines[1:]]))
    assert {f.check for f in faults(kept)} == {"codings"}
    assert fangtan("rebuild", collection=kept.root).code == 3
    assert {"丙", "甲", "乙"} == {row[2] for row in held_codes(kept)}, "a broken line leaves out itself only"


def test_codes_of_a_withheld_talk_are_hidden_and_come_back_with_it(kept, tmp_path):
    mine, other = turns(kept, 100)[0], turns(kept, 100)[-1]
    talk = mine.partition(".")[0]
    assert talk != other.partition(".")[0]
    code(kept, sheet(tmp_path / "s", ["unit", "memo"], [mine, "引文"], [talk, "整篇"], [other, "别的"]), "甲")
    done = withhold(kept, [talk], "asked")
    assert [row[0] for row in held_codes(kept)] == [other]
    assert "引文".encode() in CODINGS.path(kept).read_bytes(), "hidden, not destroyed"
    assert code(kept, tmp_path / "s", "乙").code == 3, "nobody codes what is withheld"
    assert [f for f in faults(kept) if f.check == "codings"] == []
    release(kept, list(done.captures), "again")
    assert {row[0] for row in held_codes(kept)} == {mine, talk, other}
    withhold(kept, [talk], "law", destroy=True)
    assert {row[0] for row in held_codes(kept)} == {other}
    assert "引文".encode() not in CODINGS.path(kept).read_bytes()
    assert faults(kept) == []
    assert fangtan("rebuild", collection=kept.root).code == 0
    assert {row[0] for row in held_codes(kept)} == {other}


def test_codes_come_along_when_collections_are_merged(kept, tmp_path):
    first, second, _ = turns(kept)
    code(kept, sheet(tmp_path / "s", ["turn", "tone"], [first, "a"], [second, "b"]), "甲")
    target = Collection(tmp_path / "target").create()
    for _ in range(2):
        merge(target, kept)
        assert held_codes(target) == sorted([(first, "tone", "甲", "a"), (second, "tone", "甲", "b")])
    assert CODINGS.path(target).read_bytes() == CODINGS.path(kept).read_bytes()


def test_the_page_of_a_talk_shows_its_codes(kept, tmp_path):
    unit = turns(kept, 1)[0]
    talk = unit.partition(".")[0]
    code(kept, sheet(tmp_path / "s", ["unit", "tone"], [unit, "<b>正"], [talk, "好"]), "甲")

    async def pages():
        client = application(kept).client
        return [(await client.get(f"/interview/{talk}{more}")).text for more in ("?lang=en", "?lang=zh", ".json")]

    english, chinese, data = asyncio.run(pages())
    assert "tone: &lt;b&gt;正" in english
    assert "complete talk" in english
    assert "整场访谈" in chinese
    assert {c["value"] for c in json.loads(data)["codings"]} == {"<b>正", "好"}
