"""What the commands cost as an archive grows: processor time, memory and size on archives of several sizes, with fitted slopes.

    python benchmarks/nation.py [INTERVIEWS …] [--folder FOLDER] [--long]
    make scale SIZE="250 1000 5000"

Defaults: 1000 and 5000 interviews. The second table is a model of a nation: the fitted lines, carried on to a million interviews. Its error is what
the lines of all sizes but the largest say of the largest; it says nothing of a size that nobody measured. The archives are like real ones: list pages, pictures, notices, re-captures, versions
(``benchmarks/generated.py``). Each command runs in a process of its own; what it costs on an archive of twenty interviews is taken off. The slope
is the exponent: 1 is in proportion, 0 is flat. The two rows of the index are as they are: they should be flat.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.collection.folder import Collection
from benchmarks.generated import Site, archive

#: Interviews of a nation. Commands that divide over cores, and how much of a core each process gives: 1.7 of two.
NATION, DIVIDED, SHARE = 1_000_000, ("rebuild", "verify", "import"), 0.85
FANGTAN = [sys.executable, "-m", "crawler"]
#: Brings the store up to date as the process beside a crawl does.
INDEX = (
    "import sys\nfrom pathlib import Path\nfrom archive.collection.folder import Collection\n"
    "from archive.store.indexer import bring_up_to_date\nbring_up_to_date(Collection(Path(sys.argv[1])))"
)


#: So many interviews has the archive whose cost is taken off.
LEAST = 20
#: What should cost the same on every archive.
FLAT = {"index of nothing new", "index of one new page"}


def cost(command: list[str]) -> tuple[float, float]:
    """Processor time in seconds and most memory in MB of a command.

    :raises RuntimeError: it failed
    """
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {told.read().decode()[-2000:]}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def commands(kept: Collection, room: Path) -> dict[str, Callable[[], list[str]]]:
    """The commands, each made ready when it is its turn."""
    here = [*FANGTAN, "-C", str(kept.root)]

    def anew() -> list[str]:
        collection = Collection(room / "imported").create()
        return [*FANGTAN, "-C", str(collection.root), "import", *map(str, kept.warcs())]

    def page() -> list[str]:
        site = Site(kept, 0, 1)
        site.run(40, upto=1, talks={0: 40}, lists=False)
        return [sys.executable, "-c", INDEX, str(kept.root)]

    return {
        "rebuild": lambda: [*here, "rebuild"],
        "index of nothing new": lambda: [sys.executable, "-c", INDEX, str(kept.root)],
        "index of one new page": page,
        "verify": lambda: [*here, "verify"],
        "export jsonl": lambda: [*here, "export", "jsonl", "-o", str(room / "out")],
        "package of all": lambda: [*here, "package", "-o", str(room / "all.wacz")],
        "import": anew,
    }


def measure(folder: Path, interviews: int, *, long: bool = False) -> dict[str, tuple[float, float]]:
    """Time and memory of each command on an archive of so many interviews; sizes in MB under their names."""
    room = folder / str(interviews)
    shutil.rmtree(room, ignore_errors=True)
    kept = archive(Collection(room / "kept"), interviews, long=long)
    found = {}
    for name, ready in commands(kept, room).items():
        found[name] = seconds, memory = cost(ready())
        print(f"{interviews} {name}: {seconds:.2f} s, {memory:.0f} MB", file=sys.stderr, flush=True)
    found["WARC, MB"] = (sum(path.stat().st_size for path in kept.warcs()) / 1e6, 0)
    found["store, MB"] = (kept.store.stat().st_size / 1e6, 0)
    with sqlite3.connect(kept.store) as db:
        (text,) = db.execute("SELECT sum(length(CAST(text AS BLOB))) FROM _turns").fetchone()
    db.close()
    found["text of turns, MB"] = (text / 1e6, 0)
    shutil.rmtree(room)
    return found


def slope(points: dict[int, float]) -> float:
    """The exponent of growth: the line of least squares through the logarithms."""
    if min(points.values()) <= 0:
        return float("nan")  # at the least size the command costs nothing that can be told apart
    xs, ys = [math.log(size - LEAST) for size in points], [math.log(value) for value in points.values()]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mx) ** 2 for x in xs)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / spread if spread else float("nan")


def carried_on(points: dict[int, float], size: int) -> float:
    """What the line through the points says of another size."""
    exponent = slope(points)
    logs = [math.log(value) - exponent * math.log(at - LEAST) for at, value in points.items()]
    return math.exp(sum(logs) / len(logs) + exponent * math.log(size - LEAST))


def nation(results: dict[int, dict[str, tuple[float, float]]]) -> list[str]:
    """The model of a nation as a table: hours of one core, hours on machines where the command divides, sizes in GB."""
    lines = [
        f"| {NATION:,} interviews | one core | 2 cores | 8 cores | 64 cores | error of the model |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    sizes = sorted(results)
    for name in (n for n in results[sizes[0]] if n not in FLAT):
        points = {size: results[size][name][0] for size in sizes}
        if min(points.values()) <= 0:
            continue
        before = {size: points[size] for size in sizes[:-1]}
        error = f"{carried_on(before, sizes[-1]) / points[sizes[-1]] - 1:+.0%}" if len(before) > 1 else "–"
        said = carried_on(points, NATION)
        if name.endswith(", MB"):
            lines.append(f"| {name[:-4]} | {said / 1e3:.0f} GB | | | | {error} |")
        else:
            cores = [f"{said / 3600 / n / SHARE:.1f} h" if name in DIVIDED else "" for n in (2, 8, 64)]
            lines.append(f"| {name} | {said / 3600:.1f} h | {' | '.join(cores)} | {error} |")
    return lines


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("interviews", nargs="*", type=int)
    arguments.add_argument("--folder", type=Path)
    arguments.add_argument("--long", action="store_true", help="talks as long as real ones: 17 turns, 6 kB")
    given = arguments.parse_args()
    sizes = sorted(given.interviews or (1000, 5000))
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        least = measure(folder, LEAST, long=given.long)
        results = {size: measure(folder, size, long=given.long) for size in sizes}
    for found in results.values():
        for name in found.keys() - FLAT:
            found[name] = (found[name][0] - least[name][0], found[name][1])
    print(f"| | {' | '.join(f'{size:,}' for size in sizes)} | slope |\n|---|{'--:|' * (len(sizes) + 1)}")
    for name in results[sizes[0]]:
        cells = []
        for size in sizes:
            value, memory = results[size][name]
            cells.append(f"{value:.2f} s, {memory:.0f} MB" if memory else f"{value:.2f}")
        print(f"| {name} | {' | '.join(cells)} | {slope({size: results[size][name][0] for size in sizes}):.2f} |")
    print("\n" + "\n".join(nation(results)))


if __name__ == "__main__":
    main()
