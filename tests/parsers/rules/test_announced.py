"""Notices of talks, accounts of them, and articles that are neither: kind and guests."""

import re
from pathlib import Path

import pytest

import parsers

BLOCKS = re.split(r"^=== ", (Path(__file__).parent / "announced.txt").read_text("utf-8"), flags=re.MULTILINE)[1:]


def read(title, paragraphs):
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    page = (
        f"<html><head><meta charset='utf-8'><title>{title}-云岭县人民政府</title></head><body><div><a href='/'>首页</a></div>"
        f"<h1>{title}</h1><p>2021-05-06 来源：县政府办公室</p><div class='con'>{body}</div></body></html>"
    )
    return parsers.parse([parsers.Payload("http://www.yunling.gov.cn/xw/202105/t1.html", page.encode())])


@pytest.mark.parametrize("block", BLOCKS, ids=[block.partition(" | ")[0] for block in BLOCKS])
def test_a_notice_or_an_account_names_its_guests(block):
    head, *lines = block.strip().split("\n")
    title, _, kind = head.partition(" | ")
    record = read(title, [line for line in lines if not line.startswith("= ")])
    assert record.kind == kind
    named = [f"{g.organization or ''}|{g.title or ''}|{g.name or ''}" for g in record.guests]
    assert named == [line[2:] for line in lines if line.startswith("= ")]
