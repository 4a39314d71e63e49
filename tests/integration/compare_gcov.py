#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the hits of a JSON report with what gcov counted, line by line.

compare_gcov.py PROFILE GCOV_DIR SOURCE_DIR [--allow TABLE]   GCOV_DIR holds .gcda and .gcno files
compare_gcov.py --convert GCOV_DIR                            gcov's counts in the shape of a report, on stdout

A table of allowed differences has lines "FILE:LINE GCOV_HITS OUR_HITS REASON..."; an entry that is not
needed any more is itself a difference. FILE:LINE may be FILE:* with hits * for a whole file.
"""
import argparse
import collections
import glob
import json
import os
import subprocess
import sys

import lprof_json


def gcov_reports(directory):
    # -r and friends off: every file of the program; absolute names, since gcov is run in DIRECTORY.
    data = sorted(os.path.abspath(name) for name in glob.glob(os.path.join(directory, "**", "*.gcda"), recursive=True))
    if not data:
        raise SystemExit(f"{directory}: no .gcda files")
    out = subprocess.run(["gcov", "--json-format", "--stdout", *data], cwd=directory, check=True, capture_output=True)
    for text in out.stdout.decode().splitlines():
        if text.strip():
            yield json.loads(text)


def gcov_counts(directory, system=False):
    """Returns (file, line) -> count and (file, line) -> execution count of the functions declared there."""
    lines, functions = collections.defaultdict(int), collections.defaultdict(int)
    for report in gcov_reports(directory):
        for file in report["files"]:
            if not system and file["file"].startswith("/usr/"):
                continue
            name = os.path.basename(file["file"])
            for line in file["lines"]:
                lines[name, line["line_number"]] += line["count"]
            for function in file["functions"]:
                functions[name, function["start_line"]] += function["execution_count"]
    # gcov 12 also counts jumps through labels' addresses as executions of the function; its line is right.
    calls = {key: min(count, lines.get(key, count)) for key, count in functions.items()}
    return dict(lines), calls


def convert(directory):
    """gcov's counts as a report, so that what reads reports can be tested without the profiler."""
    lines, functions = gcov_counts(directory)
    out = {"format": "lprof-bpf", "version": 1, "functions": []}
    for name in sorted({key[0] for key in lines}):
        rows = [{"line": n, "hits": c, "time_ns": 0} for (file, n), c in sorted(lines.items()) if file == name]
        out["functions"].append(
            {"name": name, "linkage_name": "", "file": name, "line": 0, "calls": 0, "time_ns": 0, "lines": rows}
        )
        for (file, line), calls in sorted(functions.items()):
            if file == name:
                out["functions"].append(
                    {"name": f"{name}:{line}", "linkage_name": "", "file": name, "line": line, "calls": calls,
                     "time_ns": 0, "lines": []}
                )
    return out


def read_allowed(path):
    allowed = {}
    if path:
        with open(path, encoding="utf-8") as stream:
            for text in stream:
                if text.strip() and not text.startswith("#"):
                    place, gcov, ours, reason = text.split(None, 3)
                    file, line = place.rsplit(":", 1)
                    allowed[file, line] = (gcov, ours, reason.strip())
    return allowed


def is_allowed(allowed, used, key, expected, found):
    for place in ((key[0], str(key[1])), (key[0], "*")):
        entry = allowed.get(place)
        if entry and entry[0] in ("*", str(expected)) and entry[1] in ("*", str(found)):
            used.add(place)
            return True
    return False


def source_line(directory, key, cache):
    if key[0] not in cache:
        found = glob.glob(os.path.join(directory, "**", key[0]), recursive=True)
        try:
            with open(found[0], encoding="utf-8", errors="replace") as stream:
                cache[key[0]] = stream.read().splitlines()
        except (IndexError, OSError):
            cache[key[0]] = []
    lines = cache[key[0]]
    return lines[key[1] - 1].strip() if 0 < key[1] <= len(lines) else "?"


def compare(profile, gcov_lines, allowed, source_directory):
    """Returns a list of printable differences and the number of lines that were hit on both sides."""
    ours = {k: v for k, v in lprof_json.line_hits(profile).items()}
    files = {key[0] for key in gcov_lines}
    differences, used, cache, hit = [], set(), {}, 0
    for key in sorted(gcov_lines.keys() | {key for key in ours if key[0] in files}):
        expected, found = gcov_lines.get(key), ours.get(key)
        if (expected or 0) == (found or 0):
            hit += bool(expected)
        elif not is_allowed(allowed, used, key, expected, found):
            text = source_line(source_directory, key, cache)
            differences.append(f"{key[0]}:{key[1]}: gcov {expected}, lprof-bpf {found}: {text}")
    for place in sorted(allowed.keys() - used):
        differences.append(f"{place[0]}:{place[1]}: the allowed difference ({allowed[place][2]}) is not there")
    return differences, hit


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--convert", metavar="GCOV_DIR")
    parser.add_argument("profile", nargs="?")
    parser.add_argument("gcov_dir", nargs="?")
    parser.add_argument("source_dir", nargs="?")
    parser.add_argument("--allow", metavar="TABLE")
    parser.add_argument("--min-lines", type=int, default=1, help="fewer lines hit on both sides is a failure")
    args = parser.parse_args()
    if args.convert:
        json.dump(convert(args.convert), sys.stdout)
        return 0
    if not args.source_dir:
        parser.error("PROFILE, GCOV_DIR and SOURCE_DIR are needed")
    lines, _ = gcov_counts(args.gcov_dir)
    differences, hit = compare(lprof_json.load(args.profile), lines, read_allowed(args.allow), args.source_dir)
    for difference in differences:
        print("  " + difference)
    print(f"  {hit} executed lines equal, {len(differences)} different")
    if hit < args.min_lines:
        print(f"  fewer than {args.min_lines} executed lines compared")
        return 1
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
