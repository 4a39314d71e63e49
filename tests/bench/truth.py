#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares, for truth.sh, the hits of profiles within a budget with exact ones.

A load does the same work in each unit, so the difference of two profiles with all probes in, of n and of 2n units, gives
the exact hits of a unit; they are multiplied by the units that the load did while it was profiled within the budget. Only
lines with one per cent of the hits of all lines count.

est.      how many of these lines are estimated, in all runs
median    error of their hits, in per cent
worst     the same, and the line
holds     share of them whose interval holds the truth, in per cent; 95 is promised, 90 is required
width     half width of the interval, median, in per cent
exact     how many of the lines are exact, and the worst error of these in per cent, which is that of the units counted here
time      half of the sum of |p - q|, the shares of time of all lines here and in samples of the same load without probes
says      what the profiler says it took of the target's processor time, in per cent
!         is behind a figure that is beyond what is required"""
import collections
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from command_line import Parser
from loads import TRUTHS

MOST_ERROR, LEAST_HELD, MOST_TIME, SHARE = 0.05, 0.90, 0.03, 0.01
POLL = 0.01

Line = collections.namedtuple("Line", "function line found truth doubt exact")


def selection(load):
    return [part for name in load.functions for part in ("-f", name)]


def profile_of(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def figures(report, key):
    """(function, file, line) -> hits or whatever KEY is"""
    return {(function["name"], line.get("file", ""), line["line"]): line.get(key, 0)
            for function in report["functions"] for line in function["lines"]}


class Units:
    """Follows how many units a load has done."""

    def __init__(self, load):
        self.load, self.rows, self.stop = load, [], threading.Event()
        self.thread = threading.Thread(target=self.follow)
        self.thread.start()

    def follow(self):
        while not self.stop.is_set():
            self.look()
            time.sleep(POLL)
        self.look()

    def look(self):
        before = time.monotonic()
        done = self.load.done()
        self.rows.append(((before + time.monotonic()) / 2, done))

    def at(self, when):
        """The number then, between the two that were seen before and after it."""
        for (before, a), (after, b) in zip(self.rows, self.rows[1:]):
            if before <= when <= after:
                return a + (b - a) * (when - before) / (after - before)
        raise SystemExit("the units at a moment of the profile are not known")

    def end(self):
        self.stop.set()
        self.thread.join()


def watched(args, load, options, path):
    """Profiles a load at work. Returns the report and how many units were done meanwhile."""
    units = Units(load)
    try:
        profiler = subprocess.Popen([args.lprof, *options, *selection(load), "-d", str(args.seconds), "-o", path, *load.target()],
                                    text=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = profiler.stderr.readline()
        began = time.monotonic()
        said += profiler.communicate()[1]
        time.sleep(5 * POLL)
    finally:
        units.end()
    if profiler.returncode:
        raise SystemExit(said)
    report = profile_of(path)
    return report, units.at(began + report["duration_ns"] / 1e9) - units.at(began)


def exact_command(args, load, units, path):
    """Profiles a command that does so many units, and may do something before and after."""
    command = [args.lprof, "-q", "--max-overhead", "none", *selection(load), "-o", path, "--", *load.command(units)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def exact_requests(args, load, units, path):
    """Profiles a server that runs already while it is sent so many requests."""
    profiler = subprocess.Popen([args.lprof, "--max-overhead", "none", *selection(load), "-o", path, *load.target()],
                                text=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    profiler.stderr.readline()
    subprocess.run(load.generate(requests=units), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    profiler.send_signal(signal.SIGINT)
    profiler.communicate()


def exact_hits(args, load, work, n):
    """Hits of a line in a unit, exactly. A server must be the same as later: its tables are filled at random."""
    reports = []
    for units in (n, 2 * n):
        path = os.path.join(work, f"exact-{units}.json")
        (exact_command if hasattr(load, "command") else exact_requests)(args, load, units, path)
        reports.append(figures(profile_of(path), "hits"))
    return {key: (reports[1][key] - reports[0].get(key, 0)) / n for key in reports[1]}


def compare(args, load, each, path):
    """A run within the budget: its report, and its lines beside the truth."""
    report, units = watched(args, load, args.option if args.budget == "default" else ["--max-overhead", args.budget, *args.option], path)
    hits, doubts = figures(report, "hits"), figures(report, "hits_uncertainty")
    least = SHARE * units * sum(each.values())
    return report, [Line(key[0], key[2], hits.get(key, 0), units * hit, doubts.get(key, 0), not doubts.get(key))
                    for key, hit in each.items() if units * hit >= least]


def shares(report):
    times = figures(report, "time_ns")
    total = sum(times.values()) or 1
    return {key: value / total for key, value in times.items()}


def half_sum(p, q):
    return sum(abs(p.get(key, 0) - q.get(key, 0)) for key in p.keys() | q.keys()) / 2


def error(line):
    return abs(line.found - line.truth) / line.truth


def percent(value, kept=True):
    return f"{100 * value:.2f}{'' if kept else '!'}"


def print_row(name, reports, lines, sampled):
    estimated, exact = ([line for line in lines if line.exact is kind] for kind in (False, True))
    text = f"{name:10} {len(reports):4} {len(estimated):5} "
    if estimated:
        worst = max(estimated, key=error)
        held = sum(abs(line.found - line.truth) <= line.doubt + 0.5 for line in estimated) / len(estimated)
        text += (f"{percent(statistics.median(map(error, estimated))):>7} {percent(error(worst), error(worst) <= MOST_ERROR):>8} "
                 f"{worst.function + ':' + str(worst.line):28} {percent(held, held >= LEAST_HELD):>7} "
                 f"{percent(statistics.median(line.doubt / line.found if line.found else 1 for line in estimated)):>6} ")
    else:
        text += f"{'-':>7} {'-':>8} {'':28} {'-':>7} {'-':>6} "
    text += f"{len(exact):5} {percent(max(map(error, exact), default=0)):>6} "
    times = statistics.median(half_sum(shares(report), sampled) for report in reports)
    budgets = [report["budget"] for report in reports if "budget" in report]
    says = [100 * budget["spent_ns"] / (budget["target_ns"] or 1) for budget in budgets] or [0]
    print(text + f"{times:6.3f}{'' if times <= MOST_TIME else '!':1} {statistics.median(says):5.2f}", flush=True)


def measure(args, name, work):
    load, n = TRUTHS[name]
    load = load.placed(args.programs, work)
    path, reports, lines = os.path.join(work, "profile.json"), [], []
    with load:
        each = exact_hits(args, load, work, n)
        load.keep_busy()
        sampled = shares(watched(args, load, ["--no-probes"], path)[0])
        for run in range(args.runs):
            report, found = compare(args, load, each, path)
            reports.append(report)
            lines += found
            if args.verbose:
                for line in found:
                    print(f"  run {run + 1} {line.function}:{line.line} {line.found} truth {line.truth:.0f} error {percent(error(line))} % "
                          f"+- {percent(line.doubt / line.truth)}{'' if line.exact or abs(line.found - line.truth) <= line.doubt else ' outside'}")
        print_row(name, reports, lines, sampled)
        if load.wrong():
            print(f"{name}: {load.wrong()} wrong results")
        return load.wrong()


def main():
    parser = Parser(__doc__, TRUTHS)
    parser.add_argument("--budget", default="default", help="a value of --max-overhead")
    parser.add_argument("--seconds", type=float, default=30, help="length of a run within the budget")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("-v", "--verbose", action="store_true", help="show each line of each run")
    args = parser.read()
    print(f"{args.seconds:g} s each, budget {args.budget}\n{'':10} {'runs':>4} {'est.':>5} {'median':>7} {'worst':>8} {'':28} {'holds':>7} "
          f"{'width':>6} {'exact':>5} {'':>6} {'time':>6}  {'says':>5}", flush=True)
    wrong = 0
    for name in args.loads or TRUTHS:
        with tempfile.TemporaryDirectory() as work:
            wrong += measure(args, name, work)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
