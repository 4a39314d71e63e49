#!/usr/bin/python3
"""shares.py NAME FILE THEIRS... -- TICKS... -- PROFILE...: compares several runs of line_profiler, as line_profiler.py
wrote them, and of the function with a clock in each statement, as ticks.py wrote them, with several profiles of the same
function NAME of FILE. Hits of each line must be equal in all runs of line_profiler and all profiles.

The median of a line's shares of the function's time must lie among those that line_profiler found, which differ from run
to run by chance, or that the clock did, or between the two: line_profiler slows what the function calls, if that is Python,
and so shows too much for lines that call such functions. All show a tenth of a point, so as much is allowed beyond.

Exit status: 0, 1 when only shares of time differ, 2."""
import json
import statistics
import sys

ROUNDING = 0.1


def load(path):
    with open(path) as file:
        return json.load(file)


def theirs(path):
    return {int(line): tuple(counted) for line, counted in load(path).items()}


def ours(path, name, file):
    functions = [f for f in load(path)["functions"] if f["name"] == name and f["file"] == file]
    if len(functions) != 1:
        sys.exit(f"{path}: {len(functions)} functions {name} in {file}")
    # line_profiler's clock also runs while a thread waits for a processor.
    return {
        line["line"]: (line["hits"], line["time_ns"] + line.get("waiting_ns", 0))
        for line in functions[0]["lines"]
        if line["hits"]
    }


def shares(run):
    total = sum(time for _, time in run.values())
    return {line: 100 * time / total for line, (_, time) in run.items()}


def hits(run):
    return {line: n for line, (n, _) in run.items()}


def spread(runs, line):
    found = [run.get(line, 0) for run in runs]
    return min(found), max(found)


name, file = sys.argv[1:3]
paths = " ".join(sys.argv[3:]).split(" -- ")
their_runs, tick_runs = [[theirs(path) for path in some.split()] for some in paths[:2]]
our_runs = [ours(path, name, file) for path in paths[2].split()]
status = 0
for run in their_runs[1:] + our_runs:
    if hits(run) != hits(their_runs[0]):
        print(f"  hits of {name} differ: {hits(run)}, first {hits(their_runs[0])}")
        status = 2
their_shares, tick_shares, our_shares = [[shares(run) for run in runs] for runs in (their_runs, tick_runs, our_runs)]
beyond_theirs = beyond_both = 0
for line in sorted(hits(their_runs[0])):
    known = spread(their_shares, line)
    # The clock is read in the first line of a statement only.
    clock = spread(tick_shares, line) if any(line in run for run in tick_runs) else known
    found = statistics.median(run.get(line, 0) for run in our_shares)
    if known[0] - ROUNDING <= found <= known[1] + ROUNDING:
        continue
    beyond_theirs += 1
    print(f"  {name}, line {line}: {found:.2f} %, line_profiler {known[0]:.2f} to {known[1]:.2f}, "
          f"the clock {clock[0]:.2f} to {clock[1]:.2f}")
    if not min(known[0], clock[0]) - ROUNDING <= found <= max(known[1], clock[1]) + ROUNDING:
        beyond_both += 1
        status = max(status, 1)
print(f"  {name}: {len(hits(their_runs[0]))} lines, {len(our_runs)} runs of each; shares of {beyond_theirs} lines are beyond "
      f"line_profiler's own spread, of {beyond_both} beyond the clock's as well")
sys.exit(status if len(hits(their_runs[0])) > 2 else 2)
