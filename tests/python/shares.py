#!/usr/bin/python3
"""shares.py NAME FILE THEIRS... -- PROFILE...: compares several runs of line_profiler, as line_profiler.py wrote them, with
several profiles of the same function NAME of FILE. Hits of each line must be equal in all of them.

Shares of the function's time are compared by their medians, since they differ from run to run. Those that lie outside of
what line_profiler itself found in its runs are printed. Both show a tenth of a point, so as much is allowed beyond. The
two cannot agree wholly: line_profiler slows the Python functions that a line calls. So half of the sum of the differences
has a generous bound, MOST.

Exit status: 0, 1 when hits are equal and shares differ too much, 2 when hits differ."""
import json
import statistics
import sys

ROUNDING = 0.1  # points
MOST = 5  # points


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


def of_line(runs, line):
    return [run.get(line, 0) for run in runs]


name, file = sys.argv[1:3]
paths = " ".join(sys.argv[3:]).split(" -- ")
their_runs = [theirs(path) for path in paths[0].split()]
our_runs = [ours(path, name, file) for path in paths[1].split()]
for path, run in zip(" ".join(paths).split(), their_runs + our_runs):
    if hits(run) != hits(their_runs[0]):
        print(f"  hits of {name} differ: {hits(run)} in {path}, {hits(their_runs[0])} in the first")
        sys.exit(2)
their_shares, our_shares = [[shares(run) for run in runs] for runs in (their_runs, our_runs)]
beyond = difference = 0
for line in sorted(hits(their_runs[0])):
    known, found = of_line(their_shares, line), statistics.median(of_line(our_shares, line))
    difference += abs(found - statistics.median(known)) / 2
    if min(known) - ROUNDING <= found <= max(known) + ROUNDING:
        continue
    beyond += 1
    print(f"  {name}, line {line}: {found:.2f} %, line_profiler {min(known):.2f} to {max(known):.2f}")
print(f"  {name}: {len(hits(their_runs[0]))} lines, {len(our_runs)} runs of each; hits are equal; shares of {beyond} lines are beyond "
      f"line_profiler's own spread; half of the sum of all differences is {difference:.1f} points")
sys.exit(2 if len(hits(their_runs[0])) < 3 else difference > MOST)
