#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the hits of a JSON report with what gcov counted, line by line.

compare_gcov.py PROFILE GCOV_DIR SOURCE_DIR [--binary FILE] [--allow TABLE]
                                                              GCOV_DIR holds .gcda and .gcno files
compare_gcov.py --optimised PROFILE GCOV_DIR SOURCE_DIR [--allow TABLE]
                                                              the program was optimised: lines without code, and wrong
                                                              hits that the report says are inexact, are no differences
compare_gcov.py --convert GCOV_DIR                            gcov's counts in the shape of a report, on stdout

gcov counts what the compiler's syntax tree says, the profiler what the line table says. Both are right where:
- gcov counts a line that FILE's line table does not have at all (labels, "case"): nothing can be probed there;
- the line table has the lines of a function's opening and closing brace, which gcov does not: they must then have been
  hit as often as gcov says that the function was called. (Functions that do not return are to be in the table.)

A table of allowed differences has lines "FILE:LINE GCOV_HITS OUR_HITS REASON..."; an entry that is not
needed any more is itself a difference. FILE:LINE may be FILE:* with hits * for a whole file.
"""
import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys

import lprof_json


def gcov_reports(directory):
    # No options like -r that restrict the files: every file of the program counts. Names are absolute, because gcov
    # runs in DIRECTORY.
    data = sorted(os.path.abspath(name) for name in glob.glob(os.path.join(directory, "**", "*.gcda"), recursive=True))
    if not data:
        raise SystemExit(f"{directory}: no .gcda files")
    out = subprocess.run(["gcov", "--json-format", "--stdout", *data], cwd=directory, check=True, capture_output=True)
    for text in out.stdout.decode().splitlines():
        if text.strip():
            yield json.loads(text)


class Gcov:
    """What gcov counted: lines (file, line) -> count, calls (file, line of declaration) -> count."""

    def __init__(self, directory):
        lines, calls, self.braces = collections.defaultdict(int), collections.defaultdict(int), []
        for report in gcov_reports(directory):
            for file in report["files"]:
                if file["file"].startswith("/usr/"):
                    continue
                name = os.path.basename(file["file"])
                for line in file["lines"]:
                    lines[name, line["line_number"]] += line["count"]
                for function in file["functions"]:
                    calls[name, function["start_line"]] += function["execution_count"]
                    self.braces.append((name, function["start_line"], function["end_line"]))
        self.lines = dict(lines)
        # gcov 12 also counts jumps through labels' addresses as executions of the function; its line is right.
        self.calls = {key: min(count, lines.get(key, count)) for key, count in calls.items()}

    def brace_count(self, key, text):
        """How often the line must be hit if it has only a function's opening or closing brace; None otherwise."""
        for name, start, end in self.braces:
            if name == key[0] and ((text == "{" and start < key[1] <= start + 16 and key[1] <= end) or
                                   (text == "}" and key[1] == end)):
                return self.calls[name, start]
        return None


def line_table(binary):
    """The (file, line) that the line table knows."""
    out = subprocess.run(["objdump", "--dwarf=decodedline", "-WL", binary], check=True, capture_output=True)
    known = set()
    for text in out.stdout.decode(errors="replace").splitlines():
        match = re.match(r"(\S+)\s+(\d+)\s+0x[0-9a-f]+|(\S+)\s+(\d+)\s+0\s", text)
        if match:
            known.add((os.path.basename(match[1] or match[3]), int(match[2] or match[4])))
    if not known:
        raise SystemExit(f"{binary}: no line table")
    return known


def convert(directory):
    """Prints gcov's counts as a report, so that programs that read reports can be tested without the profiler."""
    gcov = Gcov(directory)
    lines, functions = gcov.lines, gcov.calls
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


def compare(profile, gcov, known, allowed, source_directory):
    """
    Returns a list of printable differences, the number of lines hit as often on both sides, of lines without code
    and of braces.
    """
    ours = lprof_json.line_hits(profile)
    files = {key[0] for key in gcov.lines}
    differences, used, cache, equal, codeless, braces = [], set(), {}, 0, 0, 0
    for key in sorted(gcov.lines.keys() | {key for key in ours if key[0] in files}):
        expected, found = gcov.lines.get(key), ours.get(key)
        text = source_line(source_directory, key, cache)
        if (expected or 0) == (found or 0):
            equal += bool(expected)
        elif found is None and known is not None and key not in known:
            codeless += 1
        elif expected is None and known is not None and gcov.brace_count(key, text) == found:
            braces += 1
        elif not is_allowed(allowed, used, key, expected, found):
            differences.append(f"{key[0]}:{key[1]}: gcov {expected}, lprof-bpf {found}: {text}")
    for place in sorted(allowed.keys() - used):
        differences.append(f"{place[0]}:{place[1]}: the allowed difference ({allowed[place][2]}) is not there")
    return differences, equal, codeless, braces


def compare_optimised(profile, gcov, allowed, source_directory):
    """Returns the lines whose hits are wrong and not said to be inexact, and the numbers of lines equal and said."""
    ours, inexact = lprof_json.line_hits(profile), lprof_json.inexact_lines(profile)
    differences, cache, equal, said = [], {}, 0, 0
    for key, expected in sorted(gcov.lines.items()):
        found = ours.get(key)
        equal += found == expected
        if found is None or found == expected or is_allowed(allowed, set(), key, expected, found):
            continue
        said += key in inexact
        if key not in inexact:
            text = source_line(source_directory, key, cache)
            differences.append(f"{key[0]}:{key[1]}: gcov {expected}, lprof-bpf {found}: {text}")
    return differences, equal, said


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--convert", metavar="GCOV_DIR")
    parser.add_argument("profile", nargs="?")
    parser.add_argument("gcov_dir", nargs="?")
    parser.add_argument("source_dir", nargs="?")
    parser.add_argument("--binary", help="what was profiled")
    parser.add_argument("--allow", metavar="TABLE")
    parser.add_argument("--optimised", action="store_true")
    parser.add_argument("--min-lines", type=int, default=1, help="fewer lines hit on both sides is a failure")
    args = parser.parse_args()
    if args.convert:
        json.dump(convert(args.convert), sys.stdout)
        return 0
    if not args.source_dir:
        parser.error("PROFILE, GCOV_DIR and SOURCE_DIR are needed")
    if args.optimised:
        differences, equal, said = compare_optimised(
            lprof_json.load(args.profile), Gcov(args.gcov_dir), read_allowed(args.allow), args.source_dir
        )
        print("".join(f"  {difference}\n" for difference in differences) + f"  {equal} equal, {said} said to be inexact")
        return 1 if differences or equal < args.min_lines else 0
    differences, equal, codeless, braces = compare(
        lprof_json.load(args.profile),
        Gcov(args.gcov_dir),
        line_table(args.binary) if args.binary else None,
        read_allowed(args.allow),
        args.source_dir,
    )
    for difference in differences:
        print("  " + difference)
    print(f"  {equal} executed lines equal and {braces} braces, {codeless} without code, {len(differences)} different")
    if equal < args.min_lines:
        print(f"  fewer than {args.min_lines} executed lines compared")
        return 1
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
