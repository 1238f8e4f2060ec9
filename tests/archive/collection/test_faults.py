"""Commands over a disk that fills or breaks, short writes, a request to end, a clock that jumps, databases and ledgers
that were hurt, and a second command of the same kind: nothing that was there is lost, and the next try completes it.

Moments are numbers of changes, so a run can be repeated. `make soak` runs every command with every fault.
"""

import random
import shutil
import sqlite3
import zlib
from contextlib import closing

import pytest
from support.commands import CASES, command, prepared, records, run, whole
from support.dump import dump_public
from support.faults import HELP, LIMITED, SHIMMED
from support.running import SOAK, fangtan, faults, start

pytestmark = [pytest.mark.long, pytest.mark.slow]

FAULTS = [*SHIMMED, "small"]
EVERY = [(name, fault) for name in CASES for fault in FAULTS]


def some(pairs, of):
    """All of them in the long form; else every so many."""
    return [pair for at, pair in enumerate(pairs) if SOAK or at % of == 0]


@pytest.fixture(scope="module")
def ends(shim, room, tmp_path_factory):
    """What a command makes when nothing happens: its store, its files, how many changes; made once a command."""
    known = {}

    def of(name):
        if name not in known:
            folder = tmp_path_factory.mktemp("ends") / "whole"
            here = prepared(room, folder, name)
            done = run(shim, folder, name, FANGTAN_FAULT_COUNT=str(folder.with_name("count")))
            assert done.code == 0, done.err
            changes = folder.with_name("count").stat().st_size
            known[name] = list(dump_public(here.store)), records(here), changes
            shutil.rmtree(folder)
        return known[name]

    return of


def hurt(shim, folder, name, fault, number):
    if fault == "small":
        words = [word.format(room=folder) for word in CASES[name].words]
        return fangtan(*words, collection=folder / "here", script=LIMITED.format(number * 512))
    return run(shim, folder, name, **SHIMMED[fault](number))


def is_completed(folder, here, name, expected, *, timed=False):
    """The same command again completes what was begun.

    :param timed: the clock was another: the times in the store are
    """
    again = command(folder, CASES[name].words)
    if again.code == 2 and CASES[name].there:
        assert CASES[name].there in again.err
    else:
        assert again.code == 0, again.err
    if not timed:
        assert list(dump_public(here.store)) == expected
    assert faults(here, reparse=True) == []
    whole(folder)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "fault"), some(EVERY, 13))
def test_a_command_that_meets_a_fault_loses_nothing_and_is_completed_by_the_next(
    shim, room, ends, tmp_path, name, fault
):
    expected, after, changes = ends(name)
    chance = random.Random(zlib.crc32(f"{name} {fault}".encode()))
    for number in sorted({chance.randint(1, changes) for _ in range(5 if SOAK else 1)}):
        folder = tmp_path / f"{number}"
        here = prepared(room, folder, name)
        before = records(here)
        met = hurt(shim, folder, name, fault, number)
        assert "Traceback" not in met.err, (number, met.err)
        assert met.code in (0, 2, 143, *((3, 5) if fault != "short" else ())), (number, met.code, met.err)
        if met.code and fault in HELP:
            assert any(words in met.err + met.out for words in HELP[fault]), (number, met.code, met.err)
        now = records(here)
        assert before.keys() <= now.keys() <= after.keys(), number
        if name != "destroy":
            assert {f: data for f, data in now.items() if data not in (before.get(f), after[f])} == {}, number
        is_completed(folder, here, name, expected, timed=fault in ("ahead", "behind"))
        shutil.rmtree(folder)


def half_a_line(here):
    """A power cut in the middle of an entry."""
    with here.ledger.open("ab") as stream:
        stream.write(here.ledger.read_bytes().splitlines(keepends=True)[-1][:100])


def a_page_of_zeros(here):
    with here.store.open("r+b") as stream:
        stream.seek(here.store.stat().st_size // 2 // 4096 * 4096)
        stream.write(bytes(4096))


def no_database(here):
    here.store.write_bytes(b"no database at all" * 400)


def no_crawl_database(here):
    here.crawl_db.write_bytes(b"no database at all" * 400)


HURTS = [half_a_line, a_page_of_zeros, no_database, no_crawl_database]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "hurting"),
    sorted(
        {*some([(name, hurting) for name in CASES for hurting in HURTS], 11), ("withhold", a_page_of_zeros)}, key=str
    ),
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_command_over_what_was_hurt_works_or_names_it_and_works_once_it_is_put_right(
    room, ends, tmp_path, name, hurting
):
    expected, _, _ = ends(name)
    here = prepared(room, tmp_path / "room", name)
    hurting(here)
    met = command(tmp_path / "room", CASES[name].words)
    assert "Traceback" not in met.err, met.err
    if met.code:
        assert "rebuild" in met.err or "ove it away" in met.err, (met.code, met.err)
    if hurting is no_crawl_database:
        here.crawl_db.unlink()
    if hurting in (a_page_of_zeros, no_database):
        assert command(tmp_path / "room", ("rebuild",)).code == 0
    is_completed(tmp_path / "room", here, name, expected)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", some(list(CASES), 9))
def test_a_log_that_vanishes_with_the_process_costs_a_rebuild_and_no_capture(shim, room, ends, tmp_path, name):
    """What a database had written and not yet taken into its file is gone."""
    expected, after, changes = ends(name)
    chance = random.Random(zlib.crc32(name.encode()))
    for number in sorted({chance.randint(1, changes) for _ in range(5 if SOAK else 1)}):
        folder = tmp_path / f"{number}"
        here = prepared(room, folder, name)
        before = records(here)
        run(shim, folder, name, FANGTAN_FAULT_KILL=str(number))
        for database in (here.store, here.crawl_db):
            for suffix in ("-wal", "-shm"):
                database.with_name(database.name + suffix).unlink(missing_ok=True)
        assert before.keys() <= records(here).keys() <= after.keys(), number
        again = command(folder, CASES[name].words)
        assert "Traceback" not in again.err, (number, again.err)
        assert command(folder, ("rebuild",)).code == 0
        is_completed(folder, here, name, expected)
        shutil.rmtree(folder)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", some(list(CASES), 9))
def test_a_store_that_another_program_holds_is_named_and_the_next_try_succeeds(room, ends, tmp_path, monkeypatch, name):
    expected, _, _ = ends(name)
    here = prepared(room, tmp_path / "room", name)
    monkeypatch.setenv("FANGTAN_TEST_SQLITE_TIMEOUT", "0.2")
    with closing(sqlite3.connect(here.store, isolation_level=None)) as holder:
        holder.execute("PRAGMA journal_mode=DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        met = command(tmp_path / "room", CASES[name].words)
        holder.execute("ROLLBACK")
        holder.execute("PRAGMA journal_mode=WAL")
    assert "Traceback" not in met.err, met.err
    if met.code:
        assert "another program" in met.err, (met.code, met.err)
        assert "ove it away" not in met.err, met.err
    is_completed(tmp_path / "room", here, name, expected)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", some(list(CASES), 7))
def test_two_of_one_command_at_once_make_what_one_makes(room, ends, tmp_path, name):
    expected, _, _ = ends(name)
    here = prepared(room, tmp_path / "room", name)
    words = [word.format(room=tmp_path / "room") for word in CASES[name].words]
    both = [start(*words, collection=here.root) for _ in range(2)]
    ended = [(process.communicate(timeout=120)[1], process.wait()) for process in both]
    assert not any("Traceback" in err for err, _ in ended), ended
    assert 0 in [code for _, code in ended], ended
    assert {code for _, code in ended} <= {0, 2}, ended
    is_completed(tmp_path / "room", here, name, expected)
