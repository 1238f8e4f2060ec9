"""The index of a package is in order and complete, and costs as much as it has lines, in however many files they are."""

import gzip
import json
import zipfile

from support.growth import exponent

from archive.handover.packed_index import PackedIndex
from archive.handover.stored_zip import StoredZip


def line(number, file, status="200"):
    fields = {"url": f"http://a.gov.cn/{number}", "status": status, "offset": "0", "filename": f"{file}.warc.gz"}
    return f"cn,gov,a)/{number:05} 20260105000000 {json.dumps(fields)}"


def packed(folder, files):
    """:returns: the lines of the index, and its blocks' heads"""
    folder.mkdir(parents=True)
    index = PackedIndex(folder)
    for lines in files:
        index.add(lines)
    with zipfile.ZipFile(folder / "made.wacz", "w") as archive:
        index.write(StoredZip(archive))
    with zipfile.ZipFile(folder / "made.wacz") as archive:
        data = archive.read("indexes/index.cdx.gz")
        heads = archive.read("indexes/index.idx").decode().splitlines()[1:]
    blocks = [json.loads(head[head.index("{") :]) for head in heads]
    found = [gzip.decompress(data[b["offset"] : b["offset"] + b["length"]]).decode().splitlines() for b in blocks]
    assert [head.split(" {")[0] for head in heads] == [lines[0].split(" {")[0] for lines in found]
    return [one for lines in found for one in lines]


def test_the_lines_of_all_files_are_in_order_once_each(tmp_path):
    files = [[line(n, "a") for n in range(0, 900, 2)], [line(n, "b") for n in range(1, 900, 2)], [line(0, "a")]]
    want = sorted({one for lines in files for one in lines})
    assert len(want) == 900
    assert packed(tmp_path / "room", files) == want


def test_answers_304_have_no_line(tmp_path):
    assert packed(tmp_path / "room", [[line(1, "a"), line(2, "a", "304")]]) == [line(1, "a")]


def test_many_files_cost_what_their_lines_cost(tmp_path):
    def pack(files):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        packed(folder, [[line(n, f) for n in range(40)] for f in range(files)])

    assert exponent(pack, {size: size for size in (25, 50, 100)}) < 1.4
