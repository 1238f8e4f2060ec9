"""Talks whose words are in a Word file; files that somebody made to hurt."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.word import TALK, body, docx, page

import parsers
from parsers import Payload
from parsers.page.docx import MAX_XML, page_of

URL = "http://a.gov.cn/ft/"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def payload(data, name="1.docx", kind="application/octet-stream"):
    return Payload(URL + name, data, kind)


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/html", "application/msword", None])
def test_a_word_file_is_read_whatever_its_type_says(kind):
    data = docx()  # a zip file has the time of its making
    record = parsers.parse([payload(data, kind=kind)])
    assert (record.kind, record.title, len(record.turns)) == ("transcript", TALK[0], 5)
    assert record.evidence["title"].payload_sha256 == hashlib.sha256(data).hexdigest()


def test_the_words_of_the_file_are_the_talk_of_its_page():
    shown = Payload(f"{URL}1.html", page("1.docx"), "text/html")
    assert parsers.parse([shown]).kind == "attachment"
    assert parsers.links(shown).parts == (f"{URL}1.docx",)
    record = parsers.parse([shown, payload(docx())])
    assert (record.kind, record.url, record.published_at) == ("transcript", shown.url, "2023-05-06")
    assert [turn.text for turn in record.turns][1].startswith("大家好，今年我县教育工作")
    assert {record.evidence[f"turns[{n}]"].part for n in range(1, 6)} == {1}, "evidence leads into the file"


@pytest.mark.parametrize("name", ["1.doc", "1.wps", "1.pdf"])
def test_other_files_are_kept_and_not_read(name):
    shown = Payload(f"{URL}1.html", page(name), "text/html")
    links = parsers.links(shown)
    assert (links.parts, parsers.parse([shown]).kind) == ((), "attachment")
    assert f"{URL}{name}" in links.requisites


def test_a_page_with_the_talk_itself_needs_no_file():
    talk = "".join(f"<p>{line}</p>" for line in TALK).encode()
    shown = Payload(
        f"{URL}1.html", page("1.docx").replace("<p>访谈实录".encode(), talk + "<p>访谈实录".encode()), "text/html"
    )
    assert parsers.parse([shown]).kind == "transcript"
    assert parsers.links(shown).parts == ()


def test_what_is_not_printed_is_not_read():
    xml = body(("一", "二")).replace(
        "<w:p><w:r><w:t>二",
        "<w:p><w:del><w:r><w:delText>删</w:delText><w:t>掉</w:t></w:r></w:del><w:r><w:instrText>PAGE</w:instrText><w:t>二",
    )
    assert "<p>二</p>" in page_of(docx(xml))
    assert "掉" not in page_of(docx(xml))
    assert "一" in page_of(docx(body(("一",), STRICT)))


def test_words_are_no_markup():
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page_of(docx(body(("<script>alert(1)</script>",))))


ENTITIES = '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
HOSTILE = {
    "bomb": docx(body(("啊" * (MAX_XML // 3 + 1000),))),
    "entities": docx(body(("甲",), before=ENTITIES).replace("甲", "&b;&b;&b;")),
    "outside": docx(body(("甲",), before=OUTSIDE).replace("甲", "&a;")),
    "no words": docx(body(())),
    "no xml": docx("这不是 XML"),
    "deep": docx(body(("甲",)).replace("甲", "<w:t>" * 5000)),
    "other zip": docx(name="content.xml"),
    "cut": docx()[:200],
    "flipped": docx()[:80] + b"\xff" * 40 + docx()[120:],
    "no zip": b"PK\x03\x04word/document.xml" + b"\0" * 500,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_no_page_and_breaks_nothing(what):
    data = HOSTILE[what]
    assert page_of(data) is None
    assert parsers.links(payload(data)).parts == ()
    shown = Payload(f"{URL}1.html", page("1.docx"), "text/html")
    assert "root:" not in str(parsers.parse([shown, payload(data)]).as_dict())


@given(st.binary(max_size=300), st.integers(0, 600))
def test_no_damage_raises(damage, at):
    data = docx()
    assert isinstance(page_of(data[:at] + damage + data[at + len(damage) :]), str | None)
