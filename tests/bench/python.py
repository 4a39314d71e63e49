#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""python.py: measures what a line of Python costs under lprof-bpf, the bare probe, line_profiler, sys.settrace, and
bpftrace on the same probe. The ways take turns, and each figure is the median of its rounds."""
import argparse
import os
import statistics
import subprocess

LOOP = os.path.join(os.path.dirname(__file__), "python_loop.py")
PYTHON = "/usr/bin/python3"

parser = argparse.ArgumentParser()
parser.add_argument("--lprof", required=True)
parser.add_argument("--rounds", type=int, default=7)
parser.add_argument("-n", type=int, default=300000)
args = parser.parse_args()

loop = [PYTHON, LOOP, str(args.n)]
bpftrace = "usdt:%s:python:line { @[str(arg1), arg2] = count(); }" % os.path.realpath(PYTHON)
WAYS = {
    "unprofiled": loop,
    "line_profiler": loop + ["line_profiler"],
    "sys.settrace, a function that does nothing": loop + ["settrace"],
    "the bare probe": [args.lprof, "-q", "--empty-probe", "-f", "wanted", "--", *loop],
    "lprof-bpf": [args.lprof, "-q", "-f", "wanted", "--", *loop],
    "bpftrace, counting by function and line": ["bpftrace", "-q", "-e", bpftrace, "-c", " ".join(loop)],
}


def run(command):
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(word) for word in output.split("\n")[0].split()]


figures = {way: [] for way in WAYS}
for _ in range(args.rounds):
    for way, command in WAYS.items():
        figures[way].append(run(command))
wanted = {way: statistics.median(round[0] for round in rounds) for way, rounds in figures.items()}
other = {way: statistics.median(round[1] for round in rounds) for way, rounds in figures.items()}

print(f"{'ns a line':46} {'wanted':>8} {'other':>8}")
for way in WAYS:
    print(f"{way:46} {wanted[way]:8.0f} {other[way]:8.0f}")
plain, bare = wanted["unprofiled"], wanted["the bare probe"] - wanted["unprofiled"]
theirs = wanted["line_profiler"] - plain
ours, passing = wanted["lprof-bpf"] - plain, other["lprof-bpf"] - other["unprofiled"]
print(f"what a wanted line costs is {ours / theirs:.2f} times line_profiler's, {ours / bare:.2f} times the bare probe's,")
print(f"which itself is {bare / theirs:.2f} times line_profiler's")
print(f"what another line costs is {passing / bare:.2f} times the bare probe's")
