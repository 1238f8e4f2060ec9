"""Source that libxml2 reads otherwise than a browser: the talk is the same, and nobody says what a reader does not see."""

import asyncio
import re
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.growth import exponent

import parsers
from parsers.page.dom import Survey, parse_html
from parsers.page.lines import lines_of
from parsers.page.markup import recover

SAID = [
    ("主持人", "各位网友大家好，今天谈一谈秸秆禁烧。请问进展怎样？"),
    ("罗敏", "全县十二个乡镇都签了责任书，巡查队已经上路。"),
    ("主持人", "群众不方便运走的怎么办？"),
    ("罗敏", "打一个电话，合作社上门打捆，不收一分钱。"),
]
LINES = ["访谈嘉宾：县生态环境局局长 罗敏", *(f"{speaker}：{text}" for speaker, text in SAID)]
URL = "http://www.yunling.example/zxft/202206/t20220608_7.html"


def read(body, before="", head=""):
    source = f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head}</head><body>{before}<h1>秸秆禁烧访谈</h1>{body}</body></html>"
    return parsers.parse([parsers.Payload(URL, source.encode())])


def said(record):
    return [(turn.speaker, turn.text) for turn in record.turns]


def paragraphs(lines=LINES):
    return "<div id='zoom'>" + "".join(f"<p>{line}</p>" for line in lines) + "</div>"


@pytest.mark.parametrize(
    "body",
    [
        "</br>".join(LINES),
        "</BR >".join(LINES),
        "</br/>".join(LINES),
        "</p>".join(LINES) + "</p>",
        "</P\n>".join(LINES),
        "<p>" + "</p>\n</p>".join(LINES),
        "<p><table><tr><td>图</td></tr></table>" + "</p>".join(LINES),
        "".join(f"<span style='DISPLAY: block; color:red'>{line}</span>" for line in LINES),
        "".join(f"<font style='display:list-item'>{line}</font>" for line in LINES),
        "<div style='white-space: pre-wrap'>" + "\n".join(LINES) + "</div>",
        "<div style='WHITE-SPACE:pre-line'><span>" + "\r\n".join(LINES) + "</span></div>",
        "<listing>" + "\n".join(LINES) + "</listing>",
        "<xmp>" + "\n".join(LINES) + "</xmp>",
    ],
)
def test_what_a_browser_shows_as_a_break_parts_the_speakers(body):
    record = read(f"<div id='zoom'>{body}</div>")
    assert said(record) == SAID
    assert [guest.name for guest in record.guests] == ["罗敏"]


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- 编者：待核 -->", "<!-- 编者：待核 --!>", "<!--编者：待核--!>", "<!-- 编者：<p>待核</p> --!>", "<!--><!-- 编者：待核 -->",
        "<!---><!-- 编者：待核 -->", "<!-- 编者：<!-- 待核 -->", "<!-- 编者：待核 -- > -->", "<! 编者：待核 >", "<? 编者：待核 ?>",
        "</ 编者：待核>", "<![CDATA[ 编者：待核 ]]>", "<!--[if lt IE 9]><p>编者：待核</p><![endif]-->", "<!ELEMENT 编者：待核>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("deep", ["", "<div>" * 3000])
def test_a_comment_is_in_nobodys_mouth_however_it_ends(comment, deep):
    between = "".join(f"<p>{line}{comment}</p>{comment}" for line in LINES)
    record = read(f"<div id='zoom'>{between}</div>", before=deep)
    assert said(record) == SAID
    assert "待核" not in str(record)


@pytest.mark.parametrize("words", ["编者：待核", "编者：待核 --", "编者：待核 ->", "编者：待核 -- >"])
def test_the_words_of_a_comment_that_never_ends_stay_out(words):
    record = read(paragraphs()[:-6] + f"<p>罗敏：补充一句。</p><!-- {words} <p>主持人：谢谢罗局长。</p></div>")
    assert said(record) == [*SAID, ("罗敏", "补充一句。"), ("主持人", "谢谢罗局长。")]
    assert ("structure", "comment that never ends") in [(flag.rule, flag.text) for flag in record.flags]
    assert "待核" not in str(record)


def test_a_comment_in_a_script_is_none():
    record = read("<script>var open = '<!--';</script>" + paragraphs())
    assert said(record) == SAID
    assert not [flag for flag in record.flags if flag.rule == "structure"]


@pytest.mark.parametrize(
    "unseen",
    [
        "<video>您的浏览器不支持视频：请升级</video>", "<iframe>罗敏：旧稿</iframe>", "<noembed>罗敏：旧稿</noembed>", "<title>罗敏：旧稿</title>",
        "<canvas>罗敏：旧稿</canvas>", "<audio controls>罗敏：旧稿</audio>", "<datalist><option>罗敏：旧稿</datalist>",
    ],
)  # fmt: skip
def test_what_stands_in_for_a_player_is_in_nobodys_mouth(unseen):
    record = read("<div id='zoom'>" + f"<p>{unseen}</p>".join(f"<p>{line}</p>" for line in LINES) + "</div>")
    assert said(record) == SAID


@pytest.mark.parametrize(
    "anchor",
    [
        "<a name='top'>", "<A NAME=top>", "<a id=top/>", "<a href='/index.html'>", "<a href='#top'><img src='/x.png'>",
        "<a name='a'><a href='/b.html'>", "<a name=top><script>var end = '</a>';</script>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["before", "inside"])
def test_a_link_that_never_ends_swallows_nothing(anchor, place):
    before, body = (
        (anchor, paragraphs())
        if place == "before"
        else ("", paragraphs().replace("<p>主持人", f"<p>{anchor}主持人", 1))
    )
    assert said(read(body, before=before)) == SAID


@pytest.mark.parametrize("attributes", ["name='talk'", "href='/index.html'", "href='javascript:void(0)'"])
def test_a_whole_talk_inside_a_link_is_a_talk(attributes):
    more = [*LINES, "主持人：谢谢罗局长，也谢谢各位网友，再见！"]
    assert len(read(f"<a {attributes}>{paragraphs(more)}</a>").turns) == 5


def test_entries_of_a_list_whose_links_never_end_stay_apart():
    rows = "".join(
        f"<li><span>2022-06-0{n}</span><a href='/zxft/202206/t2022060{n}_{n}.html'>第{n}期：县局局长谈禁烧"
        for n in range(1, 5)
    )
    page = f"<html><head><meta charset='utf-8'></head><body><h2>在线访谈</h2><ul>{rows}</ul></body></html>"
    found = parsers.links(parsers.Payload("http://www.yunling.example/zxft/", page.encode()))
    assert [item.title for item in found.items] == [f"第{n}期：县局局长谈禁烧" for n in range(1, 5)]


def test_words_without_markup_after_the_end_of_the_document_are_kept():
    record = read(paragraphs()[:-6] + "</body></html>主持人：谢谢罗局长。")
    assert record.turns[-1].text.endswith("主持人：谢谢罗局长。") or said(record)[-1] == ("主持人", "谢谢罗局长。")


def test_elements_that_never_end_are_looked_for_once():
    sizes = {n: "<noembed>" * n + "<a name=top>" for n in (1000, 2000, 4000)}
    assert exponent(recover, sizes) < 1.5


PIECES = ["甲", "<p>", "</p>", "</br>", "<br>", "<div>", "</div>", "<b>", "</b>", "<!-- x -->", "<!-- x --!>", "<!---->",
          "<span style='display:block'>", "</span>", "<a href=x>", "</a>", "<h3>", "</h3>", "<table><tr><td>", "</table>", "\n"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PIECES, "<!--", "<a name=y>", "<script>", "</script>", "-->", "</html>"]), max_size=25
    ).map("".join)
)
def test_recovering_loses_no_character_a_reader_sees_and_is_done_once(source):
    text, _ = recover(source)
    assert recover(text)[0] == text
    if "<!--" not in source and "<script>" not in source:
        assert text.count("甲") == source.count("甲")


def lines(source):
    root = parse_html(f"<!DOCTYPE html><html><body>x{source}</body></html>", URL)
    survey = Survey(root)
    return [line.text for line in lines_of(survey, URL) if not line.hidden]


def numbered(count):
    """Sources of random pieces; each 甲 is another word, so that a wrong place shows."""
    import random

    chance = random.Random(7)
    for _ in range(count):
        pieces = [chance.choice(PIECES) for _ in range(chance.randint(3, 14))]
        yield "".join(f"字{n}" if piece == "甲" else piece for n, piece in enumerate(pieces))


@pytest.mark.needs("chromium")
def test_lines_break_where_a_browser_breaks_them():
    sources = [*numbered(300), "x</ a>y", "x<![CDATA[c]]>y", "<p>a<div>b</div>c</p>d", "<span style='white-space:pre'>a\nb</span>",
               "<pre style='white-space:normal'>a\nb</pre>", "<div style='display:inline'>a</div><div style='display:inline'>b</div>",
               "<div style='white-space:pre'><p>a\nb</p></div>", "a<br/>b<br\\>c", "<p>a<h1>b</h1>c</p>d", "<search>a</search>b"]  # fmt: skip

    async def shown():
        from playwright.async_api import async_playwright

        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
            )
            page = await browser.new_page(java_script_enabled=True)
            pages = [f"<!DOCTYPE html><html><body>x{source}</body></html>" for source in sources]
            texts = await page.evaluate(
                "pages => pages.map(page => { document.open(); document.write(page); document.close(); return document.body.innerText })",
                pages,
            )
            await browser.close()
            return [[row for part in re.split(r"[\n\t]", text) if (row := " ".join(part.split()))] for text in texts]

    expected = asyncio.run(shown())
    assert len(expected) == len(sources)
    differing = [(s, ours, theirs) for s, theirs in zip(sources, expected, strict=True) if (ours := lines(s)) != theirs]
    assert not differing, differing[:5]
