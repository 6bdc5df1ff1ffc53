"""For bench/python.mjs: the package's SOAP and DScribe's on the same molecules. @param rounds"""

import os
import random
import statistics
import subprocess
import sys
import time

import dscribe.descriptors
import numpy as np
import soapstream
from ase.build import molecule
from ase.collections import g2

# Of a row's largest component: DScribe inverts its basis in float64, and float32 rounds.
TOLERANCE = {"float64": 1e-8, "float32": 1e-6}
COUNTS = [1, 100, 10_000]
JOBS = [1, 2]
OPTIONS = {"species": ["H", "C", "N", "O"], "r_cut": 5, "sigma": 0.5}
CASES = [
    ("n_max 8, l_max 6, rows of 3696 float64", {"n_max": 8, "l_max": 6}),
    ("the same, float32", {"n_max": 8, "l_max": 6, "dtype": "float32"}),
    ("the same, averaged (inner)", {"n_max": 8, "l_max": 6, "average": "inner"}),
    ("n_max 8, l_max 6, mu2, rows of 252", {"n_max": 8, "l_max": 6, "compression": {"mode": "mu2", "species_weighting": None}}),
]


def main():
    rounds = int(sys.argv[1])
    chooser = random.Random(1)
    names = [name for name in g2.names if set(molecule(name).get_chemical_symbols()) <= {"H", "C", "N", "O"}]
    molecules = [molecule(chooser.choice(names)) for _ in range(max(COUNTS))]
    n_atoms = sum(map(len, molecules)) / len(molecules)
    print(f"{len(names)} molecules of g2 with H, C, N and O, {n_atoms:.1f} atoms on average; load {os.getloadavg()[0]:.1f}")
    for title, options in CASES:
        print(f"\n{title}\n  systems  jobs  DScribe ms  package ms  ratio | CPU ms: DScribe  package  ratio | max difference")
        theirs = dscribe.descriptors.SOAP(**OPTIONS, **options)
        with soapstream.SOAP(**OPTIONS, **options) as ours:
            for count in COUNTS:
                systems = molecules[:count]
                for jobs in JOBS if count > 1 else [1]:
                    times = measure(ours, theirs, systems, jobs, max(rounds, 200 // count))
                    wall, cpu = ([statistics.median(each[of][k] for each in times) * 1e3 for of in (0, 1)] for k in (0, 1))
                    difference = compare(ours, theirs, systems[:1000])
                    print(
                        f"  {len(systems):7d}  {jobs:4d}  {wall[0]:10.2f}  {wall[1]:10.2f}  {wall[0] / wall[1]:5.2f} |"
                        f" {cpu[0]:15.2f}  {cpu[1]:7.2f}  {cpu[0] / cpu[1]:5.2f} | {difference:.1e}"
                    )
                    if not difference < TOLERANCE[ours.dtype]:
                        sys.exit("the rows differ")
        print(f"  load {os.getloadavg()[0]:.1f}", flush=True)


def measure(ours, theirs, systems, jobs, rounds):
    """Of each round the (wall, CPU) seconds of DScribe and of the package, in turn."""
    given = systems[0] if len(systems) == 1 else systems
    found = []
    for each in (theirs, ours):
        each.create(given, n_jobs=jobs)  # what starts, starts before
    for _ in range(rounds):
        found.append([timed(lambda: each.create(given, n_jobs=jobs)) for each in (theirs, ours)])
    return found


def timed(work):
    start, cpu = time.perf_counter(), cpu_seconds()
    result = work()
    taken = time.perf_counter() - start, cpu_seconds() - cpu
    del result
    return taken


def cpu_seconds():
    """Of this process and of those that descend from it and live."""
    own = time.process_time()
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = dict(map(int, line.split()) for line in table.splitlines())
    for pid in parents:
        ancestor = pid
        while ancestor in parents and ancestor != os.getpid():
            ancestor = parents[ancestor]
        if ancestor == os.getpid() and pid != os.getpid():
            own += nanoseconds(pid) / 1e9
    return own


def nanoseconds(pid):
    """On a processor, all threads: schedstat counts finer than the ticks of stat."""
    total = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[0])
    except OSError:
        pass  # it has ended
    return total


def compare(ours, theirs, systems):
    """The largest difference, of the largest component of the row."""
    given = systems[0] if len(systems) == 1 else systems
    found, expected = ours.create(given), theirs.create(given)
    pairs = [(found, expected)] if len(systems) == 1 else zip(found, expected)
    return max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs)


if __name__ == "__main__":
    main()
