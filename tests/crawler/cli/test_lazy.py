"""Commands are loaded when they are asked for; what the list says of them is what they say themselves."""

import gzip
import subprocess
import sys

import click
import pytest
from support.running import environment
from support.shapes import answer, record

from crawler.cli.group import COMMANDS, SCHEDULE, SITES, main

ROWS = [((*group, name), text) for group, table in (((), COMMANDS), (("schedule",), SCHEDULE), (("sites",), SITES)) for name, (_, text) in table.items()]  # fmt: skip


@pytest.mark.parametrize(("path", "text"), ROWS, ids=[" ".join(path) for path, _ in ROWS])
def test_the_list_says_of_a_command_what_it_says_itself(path, text):
    context, command = click.Context(main), main
    for name in path:
        command = command.get_command(context, name)
    assert command.name == path[-1]
    said = "" if command.hidden else command.help.partition("\n\n")[0]
    assert text == " ".join(said.split()), "a docstring may be wrapped"


@pytest.mark.parametrize("asked", ["--help", "--version", "schedule --help", "sites -h", "no-such-command"])
def test_help_and_version_load_no_command(asked):
    check = (
        "import sys\nfrom crawler.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    print(*sorted(m for m in sys.modules if m.split('.')[0] in ('archive', 'crawler', 'parsers')))\n"
        "    print(*sorted({'scrapy', 'lxml', 'asyncio', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", check, *asked.split()], capture_output=True, text=True, check=False, env=environment())  # fmt: skip
    *_, ours, others = done.stdout.splitlines()
    assert ours.split() == ["archive", "crawler", "crawler.cli", "crawler.cli.group", "crawler.cli.lazy", "parsers", "parsers.errors"]  # fmt: skip
    assert others == ""


def test_the_daily_check_loads_no_reader_of_pages(tmp_path):
    made = tmp_path / "made"
    subprocess.run([sys.executable, "-m", "crawler", "init", str(made)], check=True, env=environment())
    check = (
        "import sys\nfrom crawler.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as end:\n    print(end.code, *sorted({'lxml', 'surt', 'isal', 'brotli', 'zoneinfo', 'email.policy',"
        " 'parsers.record', 'archive.warc.records', 'archive.store.store'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", check, "-C", str(made), "verify", "--fixity"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.stdout.splitlines()[-1] == "0", done.stdout + done.stderr


def test_a_check_of_files_loads_no_store_and_no_certificates(tmp_path):
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(record("response", answer())))
    check = (
        "import sys\nfrom crawler.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as end:\n    print(end.code, *sorted({'lxml', 'surt', 'brotli', 'cryptography', 'parsers.record',"
        " 'archive.store.store', 'archive.verify.whole'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", check, "verify", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.stdout.splitlines()[-1] == "0", done.stdout + done.stderr


def test_a_crawl_loads_no_replay_tool_no_cookies_and_no_tables_for_a_terminal(county, tmp_path):
    check = (
        "import sys\nfrom crawler.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as end:\n    print(end.code, *sorted({'rich', 'asn1crypto', 'tldextract', 'requests', 'zstandard',"
        " 'archive.handover.withhold', 'archive.handover.replay'} & set(sys.modules)))"
    )
    options = ["-C", str(tmp_path / "made"), "crawl", "--delay", "0", "--limit", "1", county.urls[0]]
    command = [sys.executable, "-c", check, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.stdout.splitlines()[-1].split()[1:] == [], done.stdout + done.stderr


def test_the_parsers_say_what_they_offer_and_nothing_else():
    import parsers

    assert all(getattr(parsers, name) is not None for name in parsers.__all__)
    with pytest.raises(AttributeError, match="no attribute 'pares'"):
        _ = parsers.pares
