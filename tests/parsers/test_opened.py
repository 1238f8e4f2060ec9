"""A page that is opened once says the same of its record and its links as two readings of it, in whatever order they come."""

import pytest
from support import word

import parsers
from parsers.document import Page

HOST = "http://www.qinghe.example"
TALK = "<p>主持人：请介绍一下情况。</p><p>林致远：全县列养里程一千八百公里，列养率百分之百。</p><p>主持人：谢谢。</p>"
ROWS = "".join(
    f"<li><a href='/zxft/t2021090{n}_{n}.html'>在线访谈第{n}期：农村公路养护</a><span>2021-09-0{n}</span></li>"
    for n in range(1, 7)
)


def html(body, title="在线访谈"):
    return f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{body}</body></html>"


PAGES = {
    "talk": html(f"<h1>农村公路养护</h1><div id='zoom'>{TALK}</div>"),
    "list": html(
        f"<ul>{ROWS}</ul><script>createPageHTML(3, 0, 'index', 'html')</script><script src='/js/page.js'></script>"
    ),
    "written": html(f"<h1>农村公路养护</h1><div id='zoom'><script>document.write(\"{TALK}\")</script></div>"),
    "attached": word.page("/files/shilu.docx").decode(),
    "challenge": html("<script>document.cookie='a=1';location.reload()</script>", "请稍候"),
    "data": '{"data": {"totalPage": 2, "list": [{"title": "在线访谈", "url": "/ft/t20210901_1.html"}]}}',
}


def payload(name):
    return parsers.Payload(
        f"{HOST}/{'zwgk/t20210901_1' if name == 'attached' else f'zxft/{name}'}.html", PAGES[name].encode(), "text/html"
    )


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("order", ["record first", "links first", "links with scripts first"])
def test_an_opened_page_says_what_two_readings_say(name, order):
    scripts = "var nav = [{name: '在线访谈', url: '/hdjl/zxft/'}];"
    one, page = payload(name), parsers.Opened(payload(name))
    questions = [
        (page.record, parsers.parse([one])),
        (page.links, parsers.links(one)),
        (lambda: page.links(scripts), parsers.links(one, scripts=scripts)),
    ]
    turn = ["record first", "links first", "links with scripts first"].index(order)
    answers = [(ask(), expected) for ask, expected in (*questions[turn:], *questions[:turn])]
    assert [said for said, _ in answers] == [expected for _, expected in answers]


def test_a_page_is_opened_once_for_all_that_is_asked_of_it(opened):
    page = parsers.Opened(payload("list"))
    page.links()
    page.links("function turn() {}")
    page.record()
    page.record(parsers.ListItem(page.payload.url, "农村公路养护"))
    parsers.parse([page])
    assert opened == [page.payload.url]


def test_a_page_that_a_reading_changed_is_opened_again(opened):
    first, second = (parsers.Opened(payload(name)) for name in ("talk", "list"))
    parsers.parse([first, second])
    assert (first.links(), second.links()) == (parsers.links(first.payload), parsers.links(second.payload))
    assert opened == [first.payload.url, second.payload.url] * 3


def test_parts_may_be_opened_or_not():
    one, other = payload("talk"), payload("written")
    expected = parsers.parse([one, other])
    assert parsers.parse([parsers.Opened(one), other]) == expected
    assert parsers.parse([one, parsers.Opened(other)]) == expected


def test_the_same_page_twice_is_two_parts():
    one = payload("talk")
    page = parsers.Opened(one)
    assert parsers.parse([page, page]) == parsers.parse([one, one])
    assert len(parsers.parse([page, page]).turns) == len(parsers.parse([one, one]).turns) > 0


def test_a_page_has_the_family_it_was_opened_with():
    page = parsers.Opened(payload("talk"), "hanweb")
    assert (page.record().family, page.links().family) == ("hanweb", "hanweb")
    assert parsers.parse([page], family="trs").family == "hanweb"


def test_an_address_that_is_none_is_refused_when_the_page_is_opened():
    with pytest.raises(parsers.errors.Unparsable):
        parsers.Opened(parsers.Payload("http://", b"<p>"))


def test_a_talk_in_a_word_file_is_a_part_whatever_was_asked_before():
    page = parsers.Opened(payload("attached"))
    files = (f"{HOST}/files/shilu.docx",)
    assert page.record().kind == "attachment"
    assert page.links().parts == files == parsers.Opened(payload("attached")).links().parts


def test_a_look_at_a_page_is_made_once_and_anew_with_its_script_files():
    looks = []

    def look(seen):
        looks.append(seen.files)
        return len(seen.scripts)

    page = Page.open(parsers.Payload("http://www.qinghe.example/", b"<script>var a = 1</script>", "text/html"))
    bare, more = page.view, page.view_with("var b = 2")
    assert bare.once(look) == bare.once(look) < more.once(look)
    assert looks == ["", "var b = 2"]
    assert page.view_with("") is bare
    assert (more.survey, more.root) == (bare.survey, bare.root)
