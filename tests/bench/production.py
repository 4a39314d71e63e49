#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures for production.sh what profiling costs live programs: turns of load without and with the profiler follow each
other, and each pair gives ratios. The profiler begins half a second after the load and ends with it, so all of its contact
with the target is seen.

through   units of work done in a second, profiled : unprofiled; the median of the pairs, the least and the most
per cpu   the same for each second that the target was on a processor: other programs on the machine hardly move that
p50, p99  times that a unit takes, as the load generator has them, profiled : unprofiled
cpu p99   the same on a processor, where it is known
worst     the slowest second while the profiler was there, and of those without it : the median second without it; and the
          slowest second with it of `per cpu`
says      what the profiler says it took of the target's processor time, in per cent
profiler  its own processor time, in per cent of a processor
lines     how many lines with hits are exact, and how many are estimated
!         is behind a figure that is beyond what the budget promises"""
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from command_line import Parser
from loads import LOADS

PROMISED = {"2": 0.97, "default": 0.97, "5": 0.94}  # least throughput by budget
PROMISED_P99, PROMISED_WORST = 1.3, 0.85
SECOND = 1.0


class TooShort(Exception):
    """A turn of load has ended too soon to be measured."""


class Profiler:
    """lprof-bpf at work on a load."""

    def __init__(self, args, load, budget, work):
        self.path = os.path.join(work, "profile.json")
        functions = args.function or load.functions
        options = [] if budget == "default" else ["--max-overhead", budget]
        self.log = open(os.path.join(work, "profiler.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen([args.lprof, *options, *args.option, *[part for name in functions for part in ("-f", name)],
                                         "-o", self.path, *load.target()], stdin=subprocess.DEVNULL, stderr=self.log, stdout=self.log)
        self.began = time.monotonic()

    def finish(self):
        """(report, share of a processor that the profiler took)"""
        lived = time.monotonic() - self.began
        os.kill(self.process.pid, signal.SIGINT) # it is not reaped yet, even if it has ended
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode == -signal.SIGINT:  # it was not ready yet
            raise TooShort
        if self.process.returncode:
            self.log.seek(0)
            raise SystemExit(self.log.read())
        with open(self.path, encoding="utf-8") as stream:
            return json.load(stream), (usage.ru_utime + usage.ru_stime) / lived


class Turn:
    """What one turn of load has shown."""

    def __init__(self, args, load, budget, work):
        self.report, profiler = None, None
        load.begin(args.seconds)
        begin, cpu, done = time.monotonic(), load.cpu_seconds(), load.done()
        rows = [(begin, done, cpu)]
        while load.under_way():
            if not profiler and budget and time.monotonic() - begin > SECOND / 2:
                profiler = Profiler(args, load, budget, work)
            time.sleep(0.02)
            if time.monotonic() - rows[-1][0] >= SECOND:
                rows.append((time.monotonic(), load.done(), load.cpu_seconds()))
        self.latencies = load.end()
        if profiler:
            self.report, self.profiler = profiler.finish()
        if len(rows) < 4:
            raise TooShort
        # Of a profiled turn, what was before the profiler was started does not count.
        with_it = [row for row in rows if not profiler or row[0] >= profiler.began - SECOND / 2]
        (first, done, cpu), (last, more, more_cpu) = with_it[0], with_it[-1]
        self.rate = (more - done) / (last - first)
        self.per_cpu = (more - done) / max(more_cpu - cpu, 1e-9)
        self.seconds = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(with_it, with_it[1:])]
        self.seconds_per_cpu = [(b[1] - a[1]) / max(b[2] - a[2], 1e-9) for a, b in zip(with_it, with_it[1:])]
        self.says = said(self.report, more_cpu - cpu) if profiler else 0


def said(report, cpu):
    """What the profiler says it took of the target's processor time, which was CPU seconds, in per cent."""
    if "budget" in report:
        return 100 * report["budget"]["spent_ns"] / (report["budget"]["target_ns"] or 1)
    return 100 * report["probe"]["overhead_ns"] / 1e9 / cpu


def lines_of(report):
    """(exact, estimated) lines that have hits"""
    lines = [line for function in report["functions"] for line in function["lines"] if line["hits"]]
    estimated = sum("hits_uncertainty" in line for line in lines)
    return len(lines) - estimated, estimated


def spread(values, kept=lambda value: True):
    middle = statistics.median(values)
    text = f"{middle:.3f}{'' if kept(middle) else '!'}"
    return f"{text} {min(values):.2f}-{max(values):.2f}" if len(values) > 1 else text


def take_turn(args, load, budget, work):
    """The first time, the load is expected to be much slower where nothing bounds what profiling takes."""
    load.slowed = load.slowness if budget == "none" else 1
    try:
        return Turn(args, load, budget, work)
    except TooShort:
        load.slowed = load.slowness = 1
        return Turn(args, load, budget, work)


def measure(args, name, budget, load, work):
    pairs = []
    for turn in range(args.turns):
        pair = {bool(with_it): take_turn(args, load, with_it, work) for with_it in ([None, budget] if turn % 2 else [budget, None])}
        pairs.append((pair[False], pair[True]))
        if args.verbose:
            for turn in pairs[-1]:
                print(f"  {'profiled' if turn.report else 'without':9} {turn.rate:10.0f}/s p50 {turn.latencies.p50:.3f} p99 {turn.latencies.p99:.3f}, "
                      f"on a processor {turn.latencies.cpu_p50:.4f} {turn.latencies.cpu_p99:.3f} ms, excess {turn.latencies.excess:.3f}; "
                      f"seconds {' '.join(f'{second:.0f}' for second in turn.seconds)}", flush=True)
    least = PROMISED.get(budget, 0)
    most_p99, least_worst = (PROMISED_P99, PROMISED_WORST) if least else (float("inf"), 0)

    def ratios(of):
        return [of(turn) / (of(plain) or 1e-9) for plain, turn in pairs]

    def worst(of, index):
        return min(min(of(pair[index])) / statistics.median(of(pair[0])) for pair in pairs)

    exact, estimated = (statistics.median(counts) for counts in zip(*(lines_of(turn.report) for _, turn in pairs)))
    worsts = [worst(lambda turn: turn.seconds, 1), worst(lambda turn: turn.seconds, 0), worst(lambda turn: turn.seconds_per_cpu, 1)]
    known = pairs[0][0].latencies.cpu_p99
    print(f"{name:16} {budget:>8} {statistics.median(plain.rate for plain, _ in pairs):9.0f} "
          f"{spread(ratios(lambda turn: turn.rate), lambda x: x >= least):17} "
          f"{spread(ratios(lambda turn: turn.per_cpu), lambda x: x >= least):17} "
          f"{statistics.median(ratios(lambda turn: turn.latencies.p50)):5.2f} "
          f"{spread(ratios(lambda turn: turn.latencies.p99), lambda x: x <= most_p99):17} "
          f"{spread(ratios(lambda turn: turn.latencies.cpu_p99), lambda x: x <= most_p99) if known else '-':17} "
          f"{worsts[0]:5.2f}{'' if worsts[0] >= least_worst else '!':1} {worsts[1]:5.2f} "
          f"{worsts[2]:7.2f}{'' if worsts[2] >= least_worst else '!':1} "
          f"{statistics.median(turn.says for _, turn in pairs):5.1f} {100 * statistics.median(turn.profiler for _, turn in pairs):8.1f} "
          f"{exact:5.0f} {estimated:4.0f}", flush=True)


def main():
    parser = Parser(__doc__, LOADS)
    parser.add_argument("--budget", action="append", help="a value of --max-overhead, or `default`; can be given more than once "
                        "(default: none, 5, default)")
    parser.add_argument("--seconds", type=int, default=10, help="length of a turn of load without profiling")
    parser.add_argument("--turns", type=int, default=3, help="how many pairs of turns")
    parser.add_argument("-f", "--function", action="append", help="profile these functions instead of the load's own list")
    parser.add_argument("-v", "--verbose", action="store_true", help="show each turn and each second")
    args = parser.read()
    print(f"{args.turns} pairs of turns of {args.seconds} s\n{'':16} {'budget':>8} {'units/s':>9} {'through':17} {'per cpu':17} {'p50':>5} "
          f"{'p99':17} {'cpu p99':17} "
          f"{'worst, plain':>12} {'per cpu':>7}  {'says':>5} {'profiler':>8} {'lines':>5} {'est.':>4}", flush=True)
    wrong = 0
    for name in args.loads or LOADS:
        with tempfile.TemporaryDirectory() as work, LOADS[name].placed(args.programs, work) as load:
            for budget in args.budget or ["none", "5", "default"]:
                measure(args, name, budget, load, work)
            if load.wrong():
                wrong += load.wrong()
                print(f"{name}: {load.wrong()} wrong results")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
