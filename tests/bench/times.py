#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures how exact the times in reports are, compared with the programs' own measurements and with perf's samples.

spans:  lines of known cost, compared with the program's own measurements, which alternate with the profiled code in the
        same run: alone, inside recursion, with the callees profiled too, in eight threads.
inject: how much more time is reported for a line, and for the others, when K ns are added to it; and the function's
        total, compared with a twin that is timed as a whole.
perf:   shares of the lines of a real program's functions, compared with samples of the same run without probes."""
import argparse
import collections
import json
import os
import re
import shutil
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../integration"))
from spans import function_of, per_hit, spans_of, tagged_lines


def run(command, **kwargs):
    return subprocess.run(command, check=True, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **kwargs).stdout


def profile(args, functions, command):
    """(report, output of the command)"""
    path = os.path.join(args.work, "times.json")
    selection = [part for function in functions for part in ("-f", function)]
    out = run([args.lprof, "-q", *selection, "-o", path, "--", *command])
    with open(path, encoding="utf-8") as stream:
        return json.load(stream), out


def known_lines(args):
    lines = tagged_lines("tests/programs/spans.c")
    callees = ["lines", "spin", "nap", "take", "touch"]
    cases = {
        "alone": (["lines"], []),
        "inside recursion": (["lines"], ["1", "3"]),
        "callees profiled too": (callees, []),
        "8 threads": (["lines"], ["8"]),
        "8 threads, callees too": (callees, ["8"]),
    }
    for case, (functions, more) in cases.items():
        print(f"\nspans, {case}: ns a hit, median of {args.repeat} runs of {args.seconds} s")
        print(f"{'':10} {'itself':>12} {'reported':>12} {'+-':>9} {'error':>10} {'per cent':>9}")
        rows = collections.defaultdict(list)
        for _ in range(args.repeat):
            report, out = profile(args, functions, [os.path.join(args.work, "spans"), str(args.seconds), *more])
            for name, truth in spans_of(out).items():
                found, doubt = per_hit(function_of(report, "lines"), lines[name])
                rows[name].append((found - truth, truth, found, doubt))
        for name, results in rows.items():
            error, truth, found, doubt = sorted(results)[len(results) // 2]
            print(f"{name:10} {truth:12.1f} {found:12.1f} {doubt:9.1f} {error:10.1f} {100 * error / truth:9.2f}")
        sys.stdout.flush()


def inject(args):
    lines = tagged_lines("tests/programs/inject.c")
    binary = os.path.join(args.work, "inject")

    def once(extra):
        report, out = profile(args, ["work"], [binary, str(args.seconds), str(extra)])
        function, truth = function_of(report, "work"), spans_of(out)
        times = {name: per_hit(function, number)[0] for name, number in lines.items()}
        return times, truth["injected"], function["time_ns"] / function["calls"] / truth["twin"] - 1

    print(f"\ninject: median of {args.repeat} pairs of runs of {args.seconds} s")
    print(f"{'K, ns':>9} {'found':>12} {'error, %':>9} {'others, % of K':>15} {'total, %':>9}")
    for extra in (200, 1000, 10000, 100000, 1000000):
        pairs = []
        for _ in range(args.repeat):
            (before, zero, _), (after, truth, total) = once(0), once(extra)
            truth -= zero
            others = max(abs(after[name] - before[name]) for name in lines if name != "injected")
            pairs.append((after["injected"] - before["injected"], truth, others, total))
        found, truth, others, total = (statistics.median(column) for column in zip(*pairs))
        print(f"{truth:9.0f} {found:12.1f} {100 * (found / truth - 1):9.2f} {100 * others / truth:15.2f} {100 * total:9.2f}")
        sys.stdout.flush()


class Addresses:
    """The functions that an address of a program belongs to, those that are inlined there first, each with its line."""

    def __init__(self, binary):
        self.tool = subprocess.Popen(["addr2line", "-i", "-f", "-e", binary], text=True, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
        self.known = {}

    def places(self, address):
        if address not in self.known:
            # A second, invalid address marks where the answer for the first one ends.
            self.tool.stdin.write(f"{address:#x}\n0xfffffffffffffff0\n")
            self.tool.stdin.flush()
            places = []
            while True:
                function, place = self.tool.stdout.readline().strip(), self.tool.stdout.readline()
                if function == "??" and places:
                    break
                line = re.search(r":(\d+)(?: \(discriminator \d+\))?$", place.strip())
                places.append((function, int(line[1]) if line else 0))
            self.known[address] = places
        return self.known[address]


def sampled_shares(binary, functions, command, work):
    """function -> line -> share of the samples that have it on the stack, and their number, by perf without probes."""
    data = os.path.join(work, "perf.data")
    run(["perf", "record", "-q", "-e", "cpu-clock:u", "-F", "4000", "--call-graph", "fp", "-o", data, "--", *command],
        stderr=subprocess.DEVNULL)
    text = run(["perf", "script", "-i", data, "-F", "ip,sym"], stderr=subprocess.DEVNULL)
    addresses, counts = Addresses(binary), {name: collections.Counter() for name in functions}
    for sample in text.split("\n\n"):
        seen = set()
        frames = [row.split(None, 1)[0] for row in sample.splitlines() if row.strip()]
        for depth, address in enumerate(frames):
            # A return address belongs to the code after the call, so look up the address before it.
            for function, line in addresses.places(int(address, 16) - (depth > 0)):
                if function in counts and function not in seen:
                    seen.add(function)
                    counts[function][line] += 1
    return counts


def perf(args):
    if not shutil.which("perf"):
        print("\nperf is not installed")
        return
    binary = os.path.join(args.work, "bzip2-frames")
    functions = ["BZ2_compressBlock", "BZ2_blockSort", "mainSort", "mainQSort3", "mainSimpleSort", "generateMTFValues",
                 "sendMTFValues", "BZ2_hbMakeCodeLengths"]
    size = "200000"
    sampled = sampled_shares(binary, functions, [binary, size, "50"], args.work)
    print(f"\nperf: bzip2 -O2, {size} bytes (fifty times that for perf); each function by itself: shares of its lines")
    print(f"{'':22} {'samples':>8} {'half sum |p-q|':>15} {'below res.':>10}  most different: line reported sampled, %")
    for name in functions:
        report, _ = profile(args, [name], [binary, size])
        function = function_of(report, name)
        total = sampled[name].total() or 1
        shares = {line["line"]: line["time_ns"] / function["time_ns"] for line in function["lines"]}
        below = sum(line["time_ns"] for line in function["lines"] if line.get("below_resolution")) / function["time_ns"]
        differences = {line: shares.get(line, 0) - sampled[name][line] / total for line in shares.keys() | sampled[name].keys()}
        distance = sum(map(abs, differences.values())) / 2
        worst = sorted(differences, key=lambda line: -abs(differences[line]))[:3]
        text = ", ".join(f"{line} {100 * shares.get(line, 0):.0f} {100 * sampled[name][line] / total:.0f}" for line in worst)
        print(f"{name:22} {total:8} {distance:15.3f} {below:10.3f}  {text}")
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lprof", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of each run")
    parser.add_argument("--only", choices=["spans", "inject", "perf"])
    args = parser.parse_args()
    for name, function in (("spans", known_lines), ("inject", inject), ("perf", perf)):
        if args.only in (None, name):
            function(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
