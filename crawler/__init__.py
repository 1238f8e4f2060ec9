"""Fetch politely, capture everything."""

import os
import sys


def _leave_current_folder() -> None:
    """Take the current folder off the path, unless our packages lie in it (a checkout): a received collection may hold
    modules.

    ``python -m`` puts it there, and so does an empty or relative entry of ``PYTHONPATH``. This is in this file and
    imports nothing, since everything that is imported first could come from there. Processes that we start:
    :mod:`archive.collection.processes`.
    """
    try:
        here = os.getcwd()
    except OSError:  # it is gone
        return
    if os.path.realpath(here) == os.path.dirname(os.path.dirname(os.path.realpath(__file__))):
        return
    given = os.environ["PYTHONPATH"].split(os.pathsep) if "PYTHONPATH" in os.environ else []
    away = {"", *(os.path.normpath(os.path.join(here, entry)) for entry in given if not os.path.isabs(entry))}
    if sys.path and sys.path[0] == here and not sys.flags.safe_path:
        away.add(here)
    sys.path[:] = [entry for entry in sys.path if entry not in away]


_leave_current_folder()
