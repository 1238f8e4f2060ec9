"""Site files and fangtan.toml: every value is checked, a wrong one is named with its line, and what is written can be read."""

import os
import string
from dataclasses import fields
from datetime import date

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from support.running import ROOT

from archive.collection import config, settings, sites
from archive.collection.folder import Collection
from archive.collection.sites import FIELDS, Layout, Site
from archive.errors import BrokenSite, ConfigError
from parsers.families import families

#: A busy machine is no fault.
UNHURRIED = effort(deadline=None, suppress_health_check=[HealthCheck.too_slow])
GOOD = 'name = "云岭县"\nsection = ["https://www.yunling.gov.cn.example/zxft/"]\n'


def problems(folder, line, head=GOOD, name="x.toml"):
    path = folder / name
    path.write_text(f"{head}{line}\n", "utf-8")
    return sites.read(path).problems


# ── site files ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line",
    [
        "delay = -0.1", "delay = nan", "delay = inf", "delay = -inf", "delay = 1e300", "delay = true", 'delay = "5"',
        'hosts = ["http://hd.yunling.gov.cn.example/"]', 'hosts = ["hd.yunling.gov.cn.example/zxft"]', 'hosts = ["a@b.example"]', 'hosts = [""]',
        'hosts = ["*.yunling.gov.cn.example"]', 'hosts = ["a b"]', 'hosts = ["a:0"]', 'hosts = ["a:99999"]', "hosts = [1]", 'hosts = "a.example"',
        "max_bytes = 0", "max_bytes = -1", "max_pages = 0", "max_pages = 1.5", "max_pages = 1" + "0" * 30,
        "expect.interviews = { min = 5, max = 1 }", "expect.interviews = { min = -1 }", "expect.interviews = 3", "expect = 3", 'expect.interviews = { min = "3" }',
        "expect.interviews = { least = 1 }", "expect.pages = { min = 1 }",
        "budget = { pages = 0 }", "budget = { minutes = -3 }", "budget = { hours = 1 }", "budget = { pages = true }", "budget = 5", "budget = { bytes = 1.5 }",
        "sweep = 0", "sweep = 10000000", "recheck = []", "recheck = [3, 3]", "recheck = [10, 3]", "recheck = [0]", "recheck = 3", "recheck = [999999999]",
        "priority = 1.5", "priority = true", "priority = 100000",
        'schedule = "0 3 * *"', 'schedule = "99 3 * * *"', 'schedule = "0 3 30 2 *"', 'schedule = "soon"', "schedule = 3", 'schedule = ""',
        'window = "22-6"', 'window = "25:00-06:00"', 'window = "22:60-06:00"', 'window = "22:00-22:00"', "window = 3",
        'tls = "none"', 'family = "wordpress"', "browser = 1", 'county = ""', 'county = "a\\nb"', "province = 62",
        "layout = 3", "layout = [3]", "layout = [{ until = 2022-06-30, since = 2020-01-01 }]", 'layout = [{ until = "2022-06-30" }]', 'layout = [{ until = 2022-06-30, family = "x" }]',
        "layout = [{ until = 2022-06-30 }, { until = 2022-06-30 }]", 'layout = [{ until = 2022-06-30, section = ["http://a.example/"] }]',
        'shedule = "0 3 * * 1"', "until = 2022-06-31", "until = 2021-02-29", "delay = 5 5", "[layout", 'name = "twice"', 'x = "never ends', "delay = " + "9" * 5000,
    ],
)  # fmt: skip
def test_a_wrong_line_of_a_site_file_is_named(tmp_path, line):
    found = problems(tmp_path, line)
    assert found, "accepted"
    assert found[0].startswith((f"{tmp_path}/x.toml:3: ", f"{tmp_path}/x.toml:1: no valid TOML: Exceeds"))
    with pytest.raises(BrokenSite):
        sites.load(tmp_path / "x.toml")


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ('name = ""\nsection = ["http://a.example/"]\n', 1),
        ('name = 3\nsection = ["http://a.example/"]\n', 1),
        ('section = ["http://a.example/"]\n', 1),
        ('name = "x"\n', 1),
        ('name = "x"\nsection = []\n', 2),
        ('name = "x"\nsection = ["http://a.example/", "http://a.example/"]\n', 2),
        ('name = "x"\nsection = ["//a.example/"]\n', 2),
        ('name = "x"\nsection = ["http://"]\n', 2),
        ('name = "x"\nsection = ["http://a.example:99999/"]\n', 2),
        ('name = "x"\nsection = ["http://a .example/"]\n', 2),
        ('name = "x"\nsection = ["http://user:word@a.example/"]\n', 2),
        ('name = "x"\nsection = ["javascript:void(0)"]\n', 2),
        ('name = "x"\nsection = [\n  "http://a.example/",\n  "htp://b.example/",\n]\n', 4),
        (
            'name = "x"\nsection = ["http://a.example/"]\n[[layout]]\nuntil = 2020-01-01\n[[layout]]\nfamily = "trs"\n',
            5,
        ),
        ('name = "x"\nsection = ["http://a.example/"]\n[expect.interviews]\nmin = 1\nmax = "y"\n', 5),
    ],
)
def test_the_line_is_the_right_one(tmp_path, head, line):
    assert problems(tmp_path, "", head)[0].startswith(f"{tmp_path}/x.toml:{line}: ")


@pytest.mark.parametrize("name", ["a b", "x.y", "-x", "62072", "000000", "6207244", "990000", "a" * 130])
def test_a_file_whose_name_is_no_id_is_named(tmp_path, name):
    assert problems(tmp_path, "", name=f"{name}.toml")[0].startswith(f"{tmp_path}/{name}.toml:1: ")


def test_every_wrong_value_of_a_file_is_named_with_what_is_known(tmp_path):
    found = problems(tmp_path, 'delay = -1\ntls = "no"\nshedule = "x"')
    assert [said.split(": ", 1)[0].rsplit(":", 1)[1] for said in found] == ["3", "4", "5"]
    assert "seconds, 0 to 86400" in found[0]
    assert "strict, legacy" in found[1]
    assert "do you mean schedule?" in found[2]


def test_what_is_right_of_a_broken_file_is_known(tmp_path):
    problems(tmp_path, 'family = "trs"\ndelay = -1')
    found = sites.read(tmp_path / "x.toml")
    assert found.site is not None
    assert (found.site.name, found.site.family, found.site.delay) == ("云岭县", "trs", None)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf\r\n" + GOOD.encode()])  # fmt: skip
def test_files_of_windows_editors_are_read(tmp_path, data):
    (tmp_path / "x.toml").write_bytes(data)
    assert sites.load(tmp_path / "x.toml").name == "云岭县"


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"", 1), (GOOD.encode("gbk"), 1), (b"# x\n" + GOOD.encode("gb18030"), 2), (GOOD.encode("utf-16"), 1), (b"\x00" * 50, 1), (b"a = " + b"[" * 3000, 1)],
)  # fmt: skip
def test_files_that_hold_something_else_are_named(tmp_path, data, line):
    (tmp_path / "x.toml").write_bytes(data)
    found = sites.read(tmp_path / "x.toml")
    assert found.site is None
    assert found.problems[0].startswith(f"{tmp_path}/x.toml:{line}: ")


def test_what_is_no_file_of_settings_is_named(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "link.toml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * (config.MAX_FILE + 1))
    for name in ("folder", "link", "pipe", "huge"):
        assert "cannot be read" in sites.read(tmp_path / f"{name}.toml").problems[0]


# ── what is written can be read ─────────────────────────────────────────────────────────────────────────────────────

_words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=30).filter(str.strip)
_hosts = st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z][a-z0-9]{0,5}){1,2}(:[1-9][0-9]{0,3})?", fullmatch=True)
_urls = st.builds("http://{}/{}".format, _hosts, st.text(string.ascii_letters + "/?=&%-", max_size=10))
_families = st.sampled_from([f.name for f in families()])
_count = st.none() | st.integers(0, 10_000)
_sites = st.builds(
    Site,
    id=st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True),
    name=_words,
    section=st.lists(_urls, min_size=1, max_size=3, unique=True).map(tuple),
    hosts=st.lists(_hosts, max_size=3).map(tuple),
    family=st.none() | _families,
    schedule=st.none() | st.sampled_from(["0 3 * * 1", "@daily", "*/15 2-4 * * *"]),
    delay=st.none() | st.floats(0, 86_400, allow_nan=False),
    window=st.none() | st.sampled_from(["22:00-06:00", "1:30-2:30"]),
    tls=st.sampled_from(["strict", "legacy"]),
    max_pages=st.none() | st.integers(1, 10**9),
    max_bytes=st.none() | st.integers(1024, 10**12),
    province=st.none() | _words,
    prefecture=st.none() | _words,
    county=st.none() | _words,
    browser=st.booleans(),
    priority=st.integers(-1000, 1000),
    budget=st.dictionaries(st.sampled_from(["pages", "bytes", "minutes"]), st.integers(1, 10**6)),
    sweep=st.none() | st.integers(1, 400),
    recheck=st.sets(st.integers(1, 3000), max_size=5).map(lambda days: tuple(sorted(days))),
    expect_min=_count,
    expect_max=_count,
    layouts=st.lists(
        st.builds(Layout, st.dates(date(1990, 1, 1)), st.none() | _families), max_size=3, unique_by=lambda x: x.until
    ).map(tuple),
).filter(lambda s: s.expect_min is None or s.expect_max is None or s.expect_min <= s.expect_max)


@UNHURRIED
@given(_sites)
def test_a_site_that_is_written_is_read_as_it_was(tmp_path_factory, site):
    path = tmp_path_factory.getbasetemp() / f"{site.id}.toml"
    path.write_text(sites.dump(site), "utf-8")
    assert sites.load(path) == site
    assert sites.dump(sites.load(path)) == sites.dump(site)


def test_every_attribute_of_a_site_stands_in_the_table():
    shaped = {"expect": {"expect_min", "expect_max"}, "layout": {"layouts"}}
    named = {name for setting in FIELDS for name in shaped.get(setting.name, {setting.name})}
    assert named | {"id"} == {f.name for f in fields(Site)}


def test_what_a_page_calls_its_site_can_stand_in_a_file(tmp_path):
    for name in ("云岭县\n人民政府", "x" * 5000, "\u202e\u2028云岭", " ", None, '"\\'):
        site = Site("x", sites.tidy_name(name) or "www.yunling.example", ("http://www.yunling.example/",))
        (tmp_path / "x.toml").write_text(sites.dump(site), "utf-8")
        assert sites.load(tmp_path / "x.toml") == site


def test_a_site_that_no_file_can_hold_is_not_written(tmp_path):
    collection = Collection(tmp_path).create()
    with pytest.raises(ConfigError, match="delay"):
        collection.add_site(Site("x", "n", ("http://a.example/",), delay=-1.0))
    assert list(collection.sites.iterdir()) == []


# ── fangtan.toml ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[defaults]\ndelay = nan", ":2: defaults.delay"),
        ("[defaults]\ndelay = inf", ":2: defaults.delay"),
        ('[defaults]\nschedule = "0 3 31 2 *"', ":2: defaults.schedule"),
        ("[defaults]\nmax_pages = 0", ":2: defaults.max_pages"),
        ("[schedule]\nparallel = 10000", ":2: schedule.parallel"),
        ("[schedule]\njitter = inf", ":2: schedule.jitter"),
        ("[schedule]\nrecheck = [1, -2]", ":2: schedule.recheck[2]"),
        ("[schedule]\nmin_free = -1", ":2: schedule.min_free"),
        ('[warc]\nversion = "1.2"', ":2: warc.version"),
        ("[warc]\nmax_size = 0", ":2: warc.max_size"),
        ("warc = 3", ":1: [warc] must be a table"),
        ('operater = "x"', ":1: unknown key 'operater'; do you mean operator?"),
        ('operator = "a\\r\\nX-Header: b"', ":1: operator"),
        ('user_agent = "方谈"', ":1: user_agent"),
        ('[key]\npath = ""', ":2: key.path"),
        ("[defaults\n", ":1: no valid TOML"),
        ("delay = " + "9" * 5000, ":1: no valid TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(tmp_path, text, said):
    (tmp_path / "fangtan.toml").write_text(text + "\n", "utf-8")
    with pytest.raises(ConfigError) as error:
        _ = Collection(tmp_path).settings
    assert f"fangtan.toml{said}" in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[notify]\ndigest = "24:00"', ":2: notify.digest"),
        (
            '[notify]\nwebhook = [{ url = "http://a.example/", format = "slack" }]',
            ":2: notify.webhook[1]: format must be one of json",
        ),
        (
            '[notify]\nmail = { host = "h", from = "nobody", to = ["a@b.example"] }',
            ":2: notify.mail: from must be an e-mail address",
        ),
        ("notify = 3", ":1: [notify] must be a table"),
        ('[timestamp]\nurl = "ftp://a.example/"', ":2: timestamp.url"),
        ('[timestamp]\nulr = "http://a.example/"', ":2: unknown key 'ulr'"),
    ],
)
def test_what_a_crawl_can_do_without_does_not_stop_it(tmp_path, text, said):
    (tmp_path / "fangtan.toml").write_text(text + "\n[schedule]\nparallel = 7\n", "utf-8")
    collection = Collection(tmp_path)
    assert collection.setting("schedule", "parallel") == 7
    named = [line for group in settings.ASIDE for line in collection.settings.problems[group]]
    assert len(named) == 1
    assert f"fangtan.toml{said}" in named[0]


def test_the_template_is_right_and_names_every_table(collection):
    text = (collection.root / "fangtan.toml").read_text("utf-8")
    assert not any(collection.settings.problems.values())
    assert [group for group in settings.GROUPS if group and f"[{settings.TITLES.get(group, group)}]" not in text] == []


def test_settings_are_read_again_when_they_change_and_hold_when_they_break(collection, caplog):
    path = collection.root / "fangtan.toml"
    path.write_bytes(b"\xef\xbb\xbf[schedule]\r\nparallel = 2\r\n")
    assert collection.setting("schedule", "parallel") == 2
    path.write_text("[schedule]\nparallel = 30\n", "utf-8")
    assert collection.setting("schedule", "parallel") == 30
    path.write_text("[schedule]\nparallel = \n", "utf-8")
    assert collection.setting("schedule", "parallel") == 30
    assert "fangtan.toml:2" in caplog.text
    path.write_text("[schedule]\nparallel = 4\n", "utf-8")
    assert collection.setting("schedule", "parallel") == 4


def test_defaults_are_settings_that_could_stand_in_the_file():
    checked = 0
    for group, table in settings.GROUPS.items():
        for setting in table:
            if setting.default is not None:
                value = list(setting.default) if isinstance(setting.default, tuple) else setting.default
                assert setting.kind.check(value, (group, setting.name))[1] == []
                checked += 1
    assert checked > 8


def test_the_reference_page_is_made_from_the_tables():
    page = ROOT / "docs" / "settings.md"
    assert page.read_text("utf-8") == config_page(), "run: python -m archive.collection.settings > docs/settings.md"


def config_page():
    return settings.page()


@UNHURRIED
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6))  # fmt: skip
def test_any_value_is_right_or_named(value):
    for setting in (*FIELDS, *(s for table in settings.GROUPS.values() for s in table)):
        for found in (value, [value], {"interviews": value}, [{"until": value}], {"pages": value}):
            _, wrong = config.check({setting.name: found}, (setting,))
            assert all(problem.place[0] == setting.name and problem.reason for problem in wrong)
