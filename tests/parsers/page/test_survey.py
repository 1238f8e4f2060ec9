"""The survey of a tree: what it holds in lists is what lxml says of each element."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from parsers.page.dom import Survey, inner_text, parse_html

URL = "http://a.example/"
PIECES = ["<div id=a class='x y'>", "</div>", "<p>", "</p>", "<a href='/1'>", "</a>", "文", " \n", "<!-- c -->", "<br>"]
PIECES += ["<script>var a = 1;</script>", "<ul><li>一", "<table><tr><td>", "</table>", "<i></i>", "&nbsp;", "<?x y?>"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_places_ends_and_texts(pieces):
    root = parse_html(f"<html><body>{''.join(pieces)}</body></html>", URL)
    survey = Survey(root)
    assert survey.elements == list(root.iter())
    for place, element in enumerate(survey.elements):
        assert survey.places[element] == place
        assert survey.elements[place : survey.ends[place]] == list(element.iter())
        if isinstance(element.tag, str):
            assert survey.inner(element) == inner_text(element)
            assert len(survey.inner_folded(element)) == len(survey.inner(element))


def test_a_tree_within_a_tree_has_no_text_behind_itself():
    part = etree.HTML("<div><p>一</p>二</div>").find(".//p")
    assert Survey(part).inner(part) == "一"


@pytest.mark.parametrize(
    ("selector", "tags"),
    [("#zoom", ["div"]), ("#zo*", ["div"]), (".con", ["p", "b"]), (".co*", ["p", "b", "i"]), ("b", ["b"]), ("#z", []), (".c", []), ("em", [])],
)  # fmt: skip
def test_selectors(selector, tags):
    survey = Survey(etree.HTML("<div id=zoom></div><p class='a con'></p><b class=con></b><i class=cow></i>"))
    assert [element.tag for element in survey.find(selector)] == tags


def test_what_may_lead_somewhere():
    root = etree.HTML(
        "<a>1</a><p onclick='go()'>2</p><p>3</p><option>4</option><b data-href='/5' hidden>5</b><p title=6>6</p>"
    )
    assert [element.text for element in Survey(root).acting] == ["1", "2", "4", "5"]
