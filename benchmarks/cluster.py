"""What a rebuild costs on many workers: processor time of parts, which divide, and of the fold, which is one process.

    python benchmarks/cluster.py [INTERVIEWS …] [--folder FOLDER]

Defaults: 250 and 1000 interviews. Parts are made by one process and by two, then folded. The second table is a model of a million interviews on 1, 10 and
100 workers: parts divided by the workers, and the fold. Its error is what the smaller size says of the largest one.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.collection.folder import Collection
from benchmarks.generated import archive
from benchmarks.nation import FANGTAN, LEAST, NATION, carried_on, slope

WORKERS = (1, 10, 100)
COMMANDS = ("part", "part, two processes", "fold")


def cost(command: list[str]) -> float:
    """Processor time of a command and its processes, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(folder: Path, interviews: int) -> dict[str, float]:
    """Seconds of each command on an archive of so many interviews."""
    room = folder / str(interviews)
    shutil.rmtree(room, ignore_errors=True)
    kept = archive(Collection(room / "kept"), interviews)
    here = [*FANGTAN, "-C", str(kept.root)]
    parts, others = str(room / "parts"), str(room / "others")
    found = {
        "part": cost([*here, "part", "-o", parts]),
        "part, two processes": cost([*here, "part", "-o", others, "--jobs", "2"]),
        "fold": cost([*here, "fold", parts]),
    }
    for name, seconds in found.items():
        print(f"{interviews} {name}: {seconds:.2f} s, load {os.getloadavg()[0]:.0f}", file=sys.stderr, flush=True)
    shutil.rmtree(room)
    return found


def hours(points: dict[str, dict[int, float]], size: int, workers: int) -> float:
    """What the model says of an archive: parts over the workers, then the fold."""
    return (carried_on(points["part"], size) / workers + carried_on(points["fold"], size)) / 3600


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("interviews", nargs="*", type=int)
    arguments.add_argument("--folder", type=Path)
    given = arguments.parse_args()
    sizes = sorted(given.interviews or (250, 1000))
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        least = measure(folder, LEAST)
        results = {size: measure(folder, size) for size in sizes}
    points = {name: {size: results[size][name] - least[name] for size in sizes} for name in COMMANDS}
    print(f"| | {' | '.join(f'{size:,}' for size in sizes)} | exponent |\n|---|{'--:|' * (len(sizes) + 1)}")
    for name, by_size in points.items():
        cells = " | ".join(f"{seconds:.1f} s" for seconds in by_size.values())
        print(f"| {name} | {cells} | {slope(by_size):.2f} |")
    print(f"\n| {NATION:,} interviews | {' | '.join(f'{n} workers' for n in WORKERS)} |\n|---|{'--:|' * len(WORKERS)}")
    print(f"| rebuild, hours | {' | '.join(f'{hours(points, NATION, n):.1f}' for n in WORKERS)} |")
    smallest = {name: {sizes[0]: by_size[sizes[0]]} for name, by_size in points.items()}
    if len(sizes) > 1:
        for name in ("part", "fold"):
            said = smallest[name][sizes[0]] * (sizes[-1] - LEAST) / (sizes[0] - LEAST)
            print(f"error of {name}: {said / points[name][sizes[-1]] - 1:+.0%}")


if __name__ == "__main__":
    main()
