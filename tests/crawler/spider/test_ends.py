"""Pages that end in the middle, though their length is as declared."""

import pytest
from support.running import fangtan
from support.servers.oddserver import PAGE, OddServer, plain
from support.sites.one_interview import section, table

from crawler.spider.pages import splits_a_character

TEXT = "<p>主持人：欢迎。</p><p class='a'>嘉宾：谢谢大家的关注，𪛖𠀀也好。</p>" * 5


def test_a_character_of_utf_8_that_is_cut():
    for at, character in enumerate(TEXT):
        whole, begun = TEXT[:at].encode(), character.encode()
        assert not splits_a_character(whole)
        assert all(splits_a_character(whole + begun[:rest]) for rest in range(1, len(begun)))


@pytest.mark.parametrize(
    "body", [b"", b"a", TEXT.encode("gb18030"), TEXT.encode("gb18030")[:-1], TEXT.encode("utf-16"), b"\x80" * 9]
)
def test_what_is_no_utf_8_says_nothing(body):
    assert not splits_a_character(body)


def test_a_talk_that_ends_inside_a_character_is_missing(collection):
    cut = PAGE.format("第1期访谈").encode().partition("大家".encode())[0] + "大".encode()[:2]
    served = table(**{"/zxft/": section(1), "/zxft/t20210101_1.html": plain(cut)})
    with OddServer(served) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        (report,) = fangtan("crawl", "--delay", "0", "--json", url, collection=collection.root).rows
    assert (report["exit_code"], report["account"]["outcomes"]) == (3, {"cut off": 1})
