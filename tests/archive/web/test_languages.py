"""Each page speaks one language: what is not content of the archive is in the reader's own, in pages of refusals, too."""

import ast
import html
import re
from urllib.parse import quote, unquote

import pytest
from support.reading_room import NAMES, addresses, ask
from support.running import ROOT

from archive.collection.divisions import table
from archive.store.store import open_reader
from archive.web.catalogue import EXAMPLES
from archive.web.serve import application
from archive.web.terms import TERMS, run_day, term

pytestmark = pytest.mark.long

#: Names of formats, protocols and the query language, which Chinese readers know by these names.
LATIN = {"AND", "OR", "NOT", "NEAR", "Atom", "CSV", "JSON", "JSONL", "Lines", "SQL", "English", "HTTP", "GET", "WARC", "SHA", "ZIP", "GB", "BibTeX", "CSL", "TimeMap", "UTC", "fangtan", "search", "save", "corrections", "jsonl", "csv", "tei", "vrt", "conllu", "convokit", "citations", "parquet", "quanteda", "readtext", "text", "html", "robots", "txt", "IP", "CMS", "MiB"}  # fmt: skip
Q = quote("群众")
#: What cannot be answered, and with which status.
REFUSED = {
    f"/search?q={Q}&since=yesterday&": 400, f"/search?q={Q}&until=2021-02-30&": 400, f"/search?q={Q}&year=20x&": 400, f"/search?q={Q}&role=wizard&": 400,
    f"/search?q={Q}&kind=x&": 400, f"/search?q={Q}&genre=x&": 400, f"/search?q={Q}&site=nowhere&": 400, f"/search?q={Q}&sort=up&": 400, f"/search?q={Q}&uid=0123456789abcdef&": 400,
    f"/search?q={Q}&after=zzz&": 400, f"/search?q={Q}&since=2022&until=2019&": 400, f"/search?q={Q}&year=2019&since=2021&": 400,
    f"/search?q={'%E4%BC%97' * 201}&": 400, f"/search?q={Q}&speaker={'x' * 201}&": 400, "/search?q=AND&": 200, "/search?q=zzzz&": 200, "/search?q=%20%20&": 200,
    "/interviews?year=soon&": 400, "/interviews?after=0000&": 200, "/changes?after=zzz&": 400, "/people?after=zzzz&": 200, "/trends?words=a+b+c+d+e+f&": 400,
    f"/trends?words={Q}&by=x&": 400, "/keywords?near=zzz&": 400, "/keywords?role=x&": 400, "/keywords?role=guest&size=9&": 400, "/keywords?role=guest&level=nan&": 400, f"/keywords?near={Q}&other_role=host&": 400,
    f"/search?q={Q}&rol=guest&": 400, f"/search?q={Q}&role=guest&role=host&": 400, "/interviews?yaer=2021&": 400, f"/trends?words={Q}&limit=3&": 400, "/keywords?role=guest&fold=1&": 400,
    f"/search?q={Q}&province=nowhere&": 400, f"/search?q={Q}&speaker=zz&": 400, f"/search?q={Q}&speaker={quote('欧阳名')}&": 400, f"/interviews?organization={quote('县水务局')}&": 400,
    f"/trends?words={Q}&organization=zz&": 400, "/map?code=99&": 404, "/person?": 404, "/person?id=x&": 404, "/site/nowhere?": 404, "/organization?name=x&": 404, "/cite/0123456789abcdef?": 404,
    "/turn/0123456789abcdef.t00?": 404, "/capture/x?": 404, "/interview/0123456789abcdef?": 404, "/interview/0123456789abcdef/changes?": 404,
    "/nothing?": 404, "/interview/xyz?": 404, "/a/../b?": 404,
}  # fmt: skip


@pytest.fixture(scope="module")
def app(crawled):
    return application(crawled.collection)


@pytest.fixture(scope="module")
def content(crawled):
    """All that the archive itself says."""
    db = open_reader(crawled.collection.store)
    try:
        tables = ("interviews", "turns", "guests", "sites", "flags", "persons", "organizations", "qa")
        saved = [path.read_text("utf-8") for path in crawled.collection.root.glob("queries/*.toml")]
        return "\n".join(saved) + "\n".join(
            str(v) for table in tables for row in db.execute(f"SELECT * FROM {table}") for v in row if v
        )
    finally:
        db.close()


def shown(page, lang):
    """What a reader sees of a page, and what is read out to him: texts and attributes, without code."""
    body = re.sub(r"<(code|pre|script|style|datalist)\b.*?</\1>", " ", page[page.index("<body") :], flags=re.DOTALL)
    body = re.sub(r'<(td|mark) title="[^"]*"', r"<\1", body) if lang == "en" else body  # they quote the page
    said = re.findall(r'\b(?:title|aria-label|placeholder|alt)="([^"]*)"', body)
    return html.unescape(" ".join([*said, re.sub(r"<[^>]+>", " ", body)]))


def read(app, address, lang):
    answer = ask(app, f"{address}lang={lang}", headers={"accept": "text/html,*/*"})
    return answer.status_code, answer.text


def strange(page, lang, content, asked=""):
    """Words of the other language that are no content."""
    said = re.sub(r"https?://\S+|127[.-]0[.-]0[.-]1\S*", " ", shown(page, lang))
    if lang == "zh":
        words = re.findall(r"[A-Za-z_]{2,}", re.sub(r"`[^`]*`", " ", said))
        return sorted({word for word in words if word not in LATIN and word not in content and word not in asked})
    runs = re.findall(r"[\u3400-\u9fff]+", said)
    known = content + " ".join(EXAMPLES) + asked + "中文" + " ".join(d.name for d in table().values())
    return sorted({run for run in runs if run not in known})


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_speaks_one_language(app, crawled, content, name, lang):
    status, page = read(app, addresses(crawled.collection)[name], lang)
    assert status == 200
    assert strange(page, lang, content) == []
    assert not re.search(r"\b(?:None|NULL|nan)\b|T\d\d:\d\d:\d\d|\.\d{6}", shown(page, lang))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("address", "status"), REFUSED.items())
def test_what_cannot_be_answered_is_said_in_the_readers_language_in_our_frame(app, content, address, status, lang):
    answered, page = read(app, address, lang)
    assert answered == status
    assert strange(page, lang, content, unquote(address)) == []
    assert 'href="/?lang=' in page, "a way back"
    (title,) = re.findall("<title>([^<]*)</title>", page)
    assert title.partition(" · ")[2], "a title of its own"
    assert "--" not in shown(page, lang).replace("--save", "")
    if status >= 400:
        assert re.search(r'role="alert">[^<]{4,}', page)


def test_runs_have_the_day_that_the_commands_say():
    evening = "2026-11-27T16:17:05.123456Z"
    assert run_day(evening) == f'<time datetime="{evening}">2026-11-28</time>'
    assert ">2026-11-28 00:17<" in run_day(evening, hours=True)
    assert run_day(None) == ""


def test_what_the_parsers_call_remarks_and_rules_has_words_for_readers():
    calls = [
        node
        for path in (ROOT / "parsers").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Flag", "Rule")
    ]
    names = {node.args[0].value for node in calls if node.args and isinstance(node.args[0], ast.Constant)}
    assert len(names) > 20
    assert sorted(names - set(TERMS)) == []


def test_a_part_of_a_field_is_named_by_its_number():
    assert (term("en", "turns[4]"), term("zh", "turns[4]")) == ("turn 4", "发言 4")
    assert (term("en", "guests[1].person"), term("zh", "guests[1].person")) == ("guest 1 · person", "嘉宾 1 · 人物")
