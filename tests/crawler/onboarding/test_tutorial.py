"""docs/adding-a-site.md in both languages: every command, in a copy of the checkout, against two small sites."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request

import pytest
from support.running import ROOT, environment, fangtan
from support.sites.family_sites import build

from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

pytestmark = pytest.mark.long
PAGES = {"en": ROOT / "docs" / "adding-a-site.md", "zh": ROOT / "docs" / "zh" / "adding-a-site.md"}


def commands(page):
    """The lines that begin with a dollar sign, without their remarks."""
    return [re.sub(r"\s{2,}#.*", "", line) for line in re.findall(r"^\$ (.*)$", page.read_text("utf-8"), re.MULTILINE)]


def vcms():
    """A site of a CMS that nobody knows yet."""
    head = '<link rel="stylesheet" href="/vcms-static/theme/base.css"><script src="/vcms-static/js/vcmsPortal.js"></script>'

    def page(title, body):
        source = f"<html><head><meta charset=utf-8><title>{title}-青石县人民政府</title>{head}</head><body class='vcms-page'>{body}</body></html>"
        return Reply(source.encode())

    talk = "<p>访谈嘉宾：县水务局局长丁一</p><p>主持人：请介绍情况。</p><p>丁一：一切顺利，全年完成。</p><p>主持人：谢谢。</p>"
    rows = "".join(f"<li><a href='2023{n}.html'>青石访谈第{n}期</a><span>2023-05-1{n}</span></li>" for n in (1, 2, 3))
    site = DemoSite("青石县")
    site.replies["/"] = page("首页", "<ul><li><a href='/v/zxft/index.html'>在线访谈</a></li></ul>")
    site.replies["/v/zxft/index.html"] = page(
        "在线访谈", f"<ul>{rows}</ul><div><b>1</b><a href='index_2.html'>2</a></div>"
    )
    site.replies["/v/zxft/20231.html"] = page("第1期", f"<h1>青石访谈第1期</h1><div class='vcms-body'>{talk}</div>")
    return site


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "fangtan"
    for name in ("archive", "crawler", "parsers", "tests", "docs", "sites"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_both_languages_walk_the_same():
    assert commands(PAGES["en"]) == commands(PAGES["zh"])


def test_every_command_of_the_tutorial_works(checkout):
    there = {
        **environment(),
        "PYTHONPATH": os.pathsep.join([str(checkout / "tests" / "support" / "guard"), str(checkout)]),
    }
    with County([build("trs"), vcms()], lambda *_: None) as county:
        for line in commands(PAGES["en"]):
            text = line.replace("https://www.gaotai.gov.cn/", county.urls[0]).replace(
                "http://www.qingshi.gov.cn/", county.urls[1]
            )
            program, *words = shlex.split(text)
            if program == "curl":
                _, name, url = words
                urllib.request.urlretrieve(url, checkout / name)
                continue
            if program == "fangtan" and words[0] == "-C":  # the other one writes into the checkout that it is part of
                words += [*(["--delay", "0"] if {"sites", "crawl"} & set(words) else []), *(["--yes"] if "add" in words else [])]  # fmt: skip
                done = fangtan(*words, cwd=checkout)
                # An interview that the county's list names is not there: the crawl says so.
                assert done.code == (3 if words[2] in ("crawl", "status") else 0), (line, done.out, done.err)
                continue
            words = ["-m", "crawler", *words] if program == "fangtan" else words
            done = subprocess.run([sys.executable, *words], cwd=checkout, env=there, capture_output=True, text=True, check=False, timeout=200)  # fmt: skip
            assert done.returncode == 0, (line, done.stdout, done.stderr)
    (site,) = (checkout / "gansu" / "sites").glob("*.toml")
    assert (checkout / "sites" / site.name).is_file()
    assert len(list((checkout / "tests" / "pages").glob(f"{site.stem}-*/expected.json"))) == 3
    known = json.loads((checkout / "tests" / "families" / "vcms" / "expected.json").read_text("utf-8"))
    assert {name: page["family"] for name, page in known.items()} == dict.fromkeys(
        ("home.html", "list-1.html", "talk-1.html"), "vcms"
    )
    assert known["talk-1.html"]["interview"]["guests"][0]["name"] == "丁一"
    assert known["list-1.html"]["pages"][0][1].endswith("/v/zxft/index_2.html")
    source = (checkout / "parsers" / "families" / "vcms.py").read_text("utf-8")
    assert '("/vcms-static/",)' in source
    assert 'selectors=(".vcms-body", ' in source
    assert "| `vcms` |" in (checkout / "docs" / "zh" / "families.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["Vcms", "a b", "../x", "trs", "1a", "x" * 40])
def test_a_name_that_cannot_be_one_is_refused(tmp_path, name):
    from archive.errors import ConfigError
    from crawler.onboarding.family import new

    families = tmp_path / "parsers" / "families"
    families.mkdir(parents=True)
    for file in ("base.py", "trs.py"):
        (families / file).write_text("")
    (tmp_path / "home.html").write_text("<script src='/vcms/js/vcmsPortal.js'></script>")
    with pytest.raises(ConfigError):
        new(tmp_path, name, [tmp_path / "home.html"], "http://a.example/")
    assert sorted(p.name for p in tmp_path.rglob("*.*")) == ["base.py", "home.html", "trs.py"]


def test_pages_that_share_nothing_are_refused_and_nothing_is_written(tmp_path):
    from archive.errors import ConfigError
    from crawler.onboarding.family import new

    (tmp_path / "parsers" / "families").mkdir(parents=True)
    (tmp_path / "parsers" / "families" / "base.py").write_text("")
    pages = [tmp_path / "a.html", tmp_path / "b.html"]
    for path, word in zip(pages, ("one-box", "other-box"), strict=True):
        path.write_text(f"<div class='{word}'>x</div>")
    with pytest.raises(ConfigError, match="share no literal"):
        new(tmp_path, "vcms", pages, "http://a.example/")
    assert not (tmp_path / "tests").exists()
    assert [p.name for p in (tmp_path / "parsers" / "families").iterdir()] == ["base.py"]
