#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions to JSON reports.

lprof_json.py get PROFILE EXPRESSION    value of a Python expression over the report `p` and the helpers below
lprof_json.py check SOURCE PROFILE [--counters FILE] [--runs N] [--calls-only]
                                        the comments "hits: N" and "calls: N" of SOURCE hold in PROFILE
lprof_json.py same A B                  both have the same lines with the same hits, and the same calls
"""
import argparse
import collections
import json
import os
import re
import sys


def load(path):
    with open(path, encoding="utf-8") as stream:
        report = json.load(stream)
    if report.get("format") != "lprof-bpf" or report.get("version") != 1:
        raise SystemExit(f"{path}: not an lprof-bpf report of version 1")
    return report


def line_hits(report):
    """(basename of the file, line) -> hits, over all functions."""
    hits = collections.defaultdict(int)
    for function in report["functions"]:
        for line in function["lines"]:
            hits[os.path.basename(line.get("file", function["file"])), line["line"]] += line["hits"]
    return dict(hits)


def inexact_lines(report):
    """The (basename of the file, line) whose hits are said to be inexact in some function."""
    return {(os.path.basename(function["file"]), line["line"])
            for function in report["functions"] for line in function["lines"] if line.get("hits_inexact")}


def function_calls(report):
    """(basename of the file, declared line) -> calls, over all functions."""
    calls = collections.defaultdict(int)
    for function in report["functions"]:
        calls[os.path.basename(function["file"]), function["line"]] += function["calls"]
    return dict(calls)


def function_named(report, name):
    found = [f for f in report["functions"] if name in (f["name"], f["linkage_name"])]
    if len(found) != 1:
        raise SystemExit(f"{len(found)} functions called {name} instead of one")
    return found[0]


def sampled(report):
    """Yields the stacks as "main:12;work:30", the outermost function first, each with its node."""
    stacks, paths = report["stacks"], []
    for node in stacks["nodes"]:
        before = paths[node[0] - 1] + ";" if node[0] else ""
        paths.append(f"{before}{stacks['functions'][node[1]]['name']}:{node[2]}")
        yield paths[-1], node


def sampled_ms(report, pattern, column):
    """Milliseconds of the samples whose stacks have PATTERN in them, a regular expression."""
    return sum(node[column] for path, node in sampled(report) if re.search(pattern, path)) / 1e6


def get(args):
    report = load(args.profile)
    names = {
        "re": re,
        "p": report,
        "f": lambda name: function_named(report, name),
        "hits": lambda file, line: line_hits(report)[file, line],
        "inexact": inexact_lines(report),
        "names": sorted(f["name"] for f in report["functions"]),
        "total": sum(line_hits(report).values()),
        "cpu": lambda pattern: sampled_ms(report, pattern, 6),
        "blocked": lambda pattern: sampled_ms(report, pattern, 7),
        "paths": lambda pattern: [path for path, node in sampled(report) if node[5] and re.search(pattern, path)],
        "owners": lambda pattern: [report["stacks"]["owners"][owner] for owner in sorted(
            {node[4] for path, node in sampled(report) if re.search(pattern, path)})],
    }
    print(eval(args.expression, names))  # the scripts' own expressions
    return 0


def read_counters(path):
    counters = {}
    if path:
        with open(path, encoding="utf-8", errors="replace") as stream:
            for match in re.finditer(r"^counter (\w+) (\d+)$", stream.read(), re.M):
                counters[match[1]] = int(match[2])
    return counters


def wrong_expectations(source, report, counters, calls_only):
    """Yields (line number, kind, expected, found, text) for each comment that does not hold."""
    hits, calls, name, n = line_hits(report), function_calls(report), os.path.basename(source), 0
    with open(source, encoding="utf-8") as stream:
        for number, text in enumerate(stream, 1):
            match = re.search(r"/\* (hits|calls): (.*?) \*/", text)
            if not match or (calls_only and match[1] == "hits"):
                continue
            n += 1
            expected = eval(match[2], {}, dict(counters))  # the programs' own expressions
            found = (hits if match[1] == "hits" else calls).get((name, number))
            if found != expected:
                yield number, match[1], expected, found, text.strip()
    if not n:
        raise SystemExit(f"{source}: states nothing to check")


def check(args):
    counters = read_counters(args.counters)
    counters["MAIN"] = args.runs
    status = 0
    for number, kind, expected, found, text in wrong_expectations(
        args.source, load(args.profile), counters, args.calls_only
    ):
        print(f"  {os.path.basename(args.source)}:{number}: {kind} {found}, expected {expected}: {text}")
        status = 1
    return status


def same(args):
    left, right = load(args.a), load(args.b)
    status = 0
    for what, table in (("hits", line_hits), ("calls", function_calls)):
        a, b = table(left), table(right)
        if what == "hits" and not any(a.values()):
            print(f"  {args.a}: no hits at all")
            status = 1
        for key in sorted(a.keys() | b.keys()):
            if a.get(key, 0) != b.get(key, 0):
                print(f"  {key[0]}:{key[1]}: {what} {a.get(key)} and {b.get(key)}")
                status = 1
    return status


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("get")
    verb.add_argument("profile")
    verb.add_argument("expression")
    verb.set_defaults(run=get)
    verb = verbs.add_parser("check")
    verb.add_argument("source")
    verb.add_argument("profile")
    verb.add_argument("--counters")
    verb.add_argument("--runs", type=int, default=1)
    verb.add_argument("--calls-only", action="store_true")
    verb.set_defaults(run=check)
    verb = verbs.add_parser("same")
    verb.add_argument("a")
    verb.add_argument("b")
    verb.set_defaults(run=same)
    args = parser.parse_args()
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
