"""A command that is killed before any of its changes on the disk: what was there is whole, and the same command finishes it.

The moment is the nth write, new length, new name or removal, so a run can be repeated: no clock decides.
"""

import random
import shutil
import signal

import pytest
from support.commands import CASES, command, prepared, records, run, whole
from support.dump import dump_public
from support.running import SOAK, faults

pytestmark = [pytest.mark.long, pytest.mark.slow]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", CASES)
def test_a_command_that_is_killed_at_any_change_is_finished_by_the_next(shim, room, tmp_path, name):
    here = prepared(room, tmp_path / "whole", name)
    done = run(shim, tmp_path / "whole", name, FANGTAN_FAULT_COUNT=str(tmp_path / "count"))
    assert done.code == 0, done.err
    expected, after, changes = list(dump_public(here.store)), records(here), (tmp_path / "count").stat().st_size
    assert changes > 1
    chance = random.Random(name)
    for number in sorted({chance.randint(1, changes) for _ in range(30 if SOAK else 2)}):
        folder = tmp_path / f"{number}"
        here = prepared(room, folder, name)
        before = records(here)
        killed = run(shim, folder, name, FANGTAN_FAULT_KILL=str(number))
        assert killed.code in (0, -signal.SIGKILL, *CASES[name].workers), (number, killed.err)
        now = records(here)
        assert before.keys() <= now.keys() <= after.keys(), number
        if name != "destroy":  # which bytes it writes hangs on the time
            assert {f: data for f, data in now.items() if data not in (before.get(f), after[f])} == {}, number
        again = command(folder, CASES[name].words)
        if again.code == 2 and CASES[name].there:
            assert CASES[name].there in again.err, number
        else:
            assert again.code == 0, (number, again.err)
        assert list(dump_public(here.store)) == expected, number
        assert faults(here, reparse=True) == [], number
        whole(folder)
        shutil.rmtree(folder)
