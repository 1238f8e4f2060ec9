"""``fangtan parse --explain``: every claim of a page, and what became of it."""

from click.testing import CliRunner

from crawler.cli.parse import parse

PAGE = (
    "<html><head><meta charset=utf-8><title>x</title><meta name=PubDate content='2023-03-09 10:20:41'></head><body>"
    "<h1>县水务局局长谈供水</h1><p>发布时间：2021-05-06 10:05 来源：县政府网</p>"
    "<div><p>访谈时间：2021年5月5日10:00</p><p>访谈时间：2021年5月6日15:00</p><p>访谈嘉宾：县水务局局长 郝青</p>"
    "<p>主持人：请介绍一下。</p><p>郝青：已经通水。</p></div></body></html>"
)


def explained(tmp_path, text, *args):
    path = tmp_path / "page.html"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(parse, [str(path), *args])
    return result.exit_code, result.output


def test_every_claim_is_printed_with_its_fate(tmp_path):
    code, text = explained(tmp_path, PAGE, "--explain")
    assert code == 0
    rows = [line.split() for line in text.splitlines() if line.startswith("  ")]
    fates = [(row[0], row[2]) for row in rows]
    assert ("asserted", "label:发布时间") in fates
    assert ("rejected", "meta:pubdate") in fates
    assert fates.count(("abstained", "label:访谈时间")) == 2
    assert "time: not asserted, several values with equal claims" in text
    assert "theme: not printed" in text
    assert text.splitlines()[0].endswith("page.html (transcript)")


def test_two_contradictory_times_are_not_asserted(tmp_path):
    code, text = explained(tmp_path, PAGE)
    assert code == 0
    assert '"time": null' in text
    assert "2021年5月6日15:00" in text.partition('"abstained"')[2]


def test_a_page_that_cannot_be_parsed_is_an_error_with_explain_too(tmp_path):
    code, text = explained(tmp_path, "", "--explain")
    assert (code, '"error"' in text) == (3, True)
