#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what other tools have read from reports with the JSON report of the same profile, to the digit.

check_formats.py [--hits] KIND PROFILE.json FILE...

The kinds, and what FILE is: csv, the report itself, which Python's csv module reads; callgrind, the output of
callgrind_annotate --show-percs=no --threshold=100 --context=100000, run in /; lcov, what `lcov -a` has written and the
output of `lcov --summary`; genhtml, its directory; pprof, the output of pprof.js; speedscope-callgrind,
speedscope-folded and speedscope-pprof, that of speedscope.js.

--hits: FILE is of another run of the same program, so only hits and places can be the same.
"""
import collections
import csv
import html
import json
import os
import re
import sys

failures = []
HITS_ONLY = False


def same(what, expected, found):
    """Both are dictionaries."""
    if not expected:
        failures.append(f"{what}: nothing expected")
    for key in sorted(expected.keys() | found.keys(), key=repr):
        if expected.get(key) != found.get(key):
            failures.append(f"{what}: {key!r:.300}: {found.get(key)!r:.300}, expected {expected.get(key)!r:.300}")


def time(value):
    return None if HITS_ONLY else value


def shown(text):
    """TEXT as printable shows it. JSON quotes control characters itself, so there they must be converted first."""
    return re.sub(r"[\x00-\x08\x0a-\x1f]", lambda m: f"\\x{ord(m[0]):02x}", text)


def lines_of(profile):
    for function in profile["functions"]:
        for line in function["lines"]:
            yield function, line


def totals(profile, key, *values):
    """key(function, line) -> the sums of the line's values of that name."""
    sums = collections.defaultdict(lambda: [0] * len(values))
    for function, line in lines_of(profile):
        of = sums[key(function, line)]
        for i, value in enumerate(values):
            of[i] += line.get(value, 0)
    return dict(sums)


CSV_TEXTS = ("file", "function", "linkage_name", "object", "build_id")
CSV_NUMBERS = ("line", "hits", "time_ns", "uncertainty_ns", "blocked_ns", "waiting_ns", "hits_inexact")


def check_csv(profile, path):
    expected, found = collections.Counter(), collections.Counter()
    numbers = CSV_NUMBERS[:2] if HITS_ONLY else CSV_NUMBERS
    for function, line in lines_of(profile):
        texts = [shown(line.get("file", function["file"]))] + [shown(function["name" if name == "function" else name]) for name in CSV_TEXTS[1:]]
        ids = [str(function.get("pid", "")), str(function.get("tid", ""))]
        expected[(*texts, *ids, *(str(int(line.get(name, 0))) for name in numbers))] += 1
    with open(path, encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, strict=True):
            if any(row[name][:1] in tuple("=+-@\t") for name in CSV_TEXTS if row[name]):
                failures.append(f"csv: a cell that is a formula: {row}")
            texts = [row[name][row[name].startswith("'") :] for name in CSV_TEXTS]
            found[(*texts, row["pid"], row["tid"], *(row[name] for name in numbers))] += 1
    same("csv", expected, found)


def owner(function):
    if "pid" not in function:
        return ""
    who = f"thread {function['tid']} of process {function['pid']}" if "tid" in function else f"process {function['pid']}"
    return f" [{shown(function['comm'])}, {who}]"


def callgrind_name(text):
    return shown(text.lstrip(" \t")) or "???"


def check_callgrind(profile, path):
    with open(path, encoding="utf-8") as stream:
        sections = re.split(r"^-{80}\n(.*)\n-{80}\n", stream.read(), flags=re.M)
    bodies = list(zip(sections[1::2], sections[2::2]))
    functions, annotated = {}, {}
    for title, body in bodies:
        if re.match(r"Hits\s+Time\s+file:function", title):
            for match in re.finditer(r"^\s*([\d,]+)\s+([\d,]+)  (.*)$", body, re.M):
                functions[match[3]] = [int(match[i].replace(",", "")) for i in (1, 2)]
        elif title.startswith("-- Auto-annotated source: "):
            file = title.removeprefix("-- Auto-annotated source: ")
            for number, text in enumerate(body.split("\n")[2:], 1):
                match = re.match(r"\s*([\d,]+)\s+([\d,]+)", text)
                if match:
                    annotated[file, number] = [int(match[i].replace(",", "")) for i in (1, 2)]

    def place(function, _line):
        file, name = callgrind_name(function["file"]), callgrind_name(function["name"]) + owner(function)
        return f"{file}:{name} [{callgrind_name(function['object'])}]"

    expected = totals(profile, place, "hits", "time_ns")
    # callgrind_annotate decides whether functions without a hit are shown, so they are not compared.
    expected, functions = ({key: value for key, value in d.items() if value[0]} for d in (expected, functions))
    of_lines = totals(profile, lambda f, l: (callgrind_name(f["file"]), l["line"]), "hits", "time_ns")
    of_lines = {key: value for key, value in of_lines.items() if os.path.exists(key[0])}
    if HITS_ONLY:
        for table in (expected, of_lines, functions, annotated):
            for value in table.values():
                value.pop()
    same("callgrind_annotate, functions", expected, functions)
    if of_lines:
        same("callgrind_annotate, lines", of_lines, annotated)


def lcov_name(function):
    return shown(function["linkage_name"] or function["name"]).replace(",", "\\x2c") or "???"


def check_lcov(profile, path, summary):
    hits, calls, file = {}, collections.Counter(), None
    with open(path, encoding="utf-8", newline="\n") as stream:
        for line in stream.read().split("\n"):
            key, _, value = line.partition(":")
            first, _, second = value.partition(",")
            if key == "SF":
                file = value
            elif key == "DA":
                hits[file, int(first)] = int(second)
            elif key == "FNDA":
                calls[file, second] = int(first)
    expected_calls = collections.Counter()
    for function in profile["functions"]:
        expected_calls[shown(function["file"]), lcov_name(function)] += function["calls"]
    expected = {k: v[0] for k, v in totals(profile, lambda f, l: (shown(f["file"]), l["line"]), "hits").items()}
    same("lcov -a, lines", expected, hits)
    same("lcov -a, functions", dict(expected_calls), dict(calls))
    with open(summary, encoding="utf-8") as stream:
        found = dict(re.findall(r"(lines|functions)\.*: [\d.]+% \((\d+ of \d+) ", stream.read()))
    same(
        "lcov --summary",
        {
            "lines": f"{sum(n > 0 for n in expected.values())} of {len(expected)}",
            "functions": f"{sum(n > 0 for n in expected_calls.values())} of {len(expected_calls)}",
        },
        found,
    )


def check_genhtml(profile, directory):
    """Checks the hits of lines on each page; a page has the name of its source file."""
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            if not name.endswith(".gcov.html"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as stream:
                for match in re.finditer(
                    r'<a name="(\d+)"><span class="lineNum"> *\d+ </span><span class="line(?:No)?Cov"> *(\d+) :',
                    stream.read(),
                ):
                    found[html.unescape(name).removesuffix(".gcov.html"), int(match[1])] = int(match[2])
    expected = totals(profile, lambda f, l: (os.path.basename(f["file"]), l["line"]), "hits")
    same("genhtml", {key: value[0] for key, value in expected.items()}, found)


def check_pprof(profile, path):
    with open(path, encoding="utf-8") as stream:
        decoded = json.load(stream)
    expected, found = collections.Counter(), collections.Counter()
    for function, line in lines_of(profile):
        if not line["hits"] and (HITS_ONLY or not line["time_ns"]):
            continue
        labels = {key: str(function[key]) for key in ("pid", "tid") if key in function}
        if "comm" in function:
            labels["comm"] = shown(function["comm"])
        name = shown(function["name"])
        place = (function["object"], function["build_id"], name, shown(function["linkage_name"]) or name)
        place += (shown(function["file"]), str(function["line"]), str(line["line"]), str(labels))
        expected[(*place, str(line["hits"]), time(str(line["time_ns"])))] += 1
    for sample in decoded["samples"]:
        (frame,) = sample["frames"]
        (line,) = frame["lines"]
        labels = {key: sample["labels"][key] for key in ("pid", "tid", "comm") if key in sample["labels"]}
        place = (frame["object"], frame["build_id"], line["name"], line["system_name"], line["file"])
        place += (line["start"], line["line"], str(labels))
        if not HITS_ONLY or sample["values"][0] != "0":
            found[(*place, sample["values"][0], time(sample["values"][1]))] += 1
    same("pprof, samples", expected, found)
    notes = [shown(note) for note in profile["notes"]]
    for function in profile["functions"]:
        about = function["name"] and function["name"] + ": "
        notes += [shown(about + note) for note in function["notes"]]
    header = {
        "types": [["hits", "count"], ["time", "nanoseconds"]],
        "default_type": "time",
        "period_type": ["hits", "count"],
        "duration": time(str(profile["duration_ns"])),
        "comments": time(sorted(notes)),
    }
    decoded["duration"] = time(decoded["duration"])
    decoded["comments"] = time(sorted(decoded["comments"]))
    same("pprof, header", header, {key: decoded[key] for key in header})


def speedscope_weights(export, profile, frame_key):
    """stack of frames -> what speedscope reports for it"""
    frames = export["shared"]["frames"]
    weights, stack, at = collections.Counter(), [], profile["startValue"]
    if profile["type"] != "evented":
        raise SystemExit(f"speedscope saved a profile of type {profile['type']}")
    for event in profile["events"]:
        weights[tuple(stack)] += event["at"] - at
        at = event["at"]
        if event["type"] == "O":
            stack.append(frame_key(frames[event["frame"]]))
        else:
            stack.pop()
    return {key: value for key, value in weights.items() if value}


def by_name_and_file(frame):
    return frame["name"], frame.get("file")


def expected_weights(profile, key, value):
    sums = totals(profile, key, value)
    return {k: v[0] for k, v in sums.items() if v[0]}


def load_export(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def check_speedscope_callgrind(profile, path):
    export = load_export(path)

    def place(f, _l):
        return ((callgrind_name(f["name"]) + owner(f), callgrind_name(f["file"])),)

    by_event = {p["name"].rpartition(" -- ")[2]: p for p in export["profiles"]}
    same("speedscope, events", {"Hits": True, "Time": True}, dict.fromkeys(by_event, True))
    for event, value in (("Hits", "hits"),) if HITS_ONLY else (("Hits", "hits"), ("Time", "time_ns")):
        found = speedscope_weights(export, by_event[event], by_name_and_file)
        expected = expected_weights(profile, place, value)
        # In this format, speedscope leaves out functions with less than a ten-thousandth of the largest time.
        least = 1e-4 * max(expected.values())
        same(f"speedscope, callgrind, {event}", {k: v for k, v in expected.items() if v >= least}, found)


def check_speedscope_pprof(profile, path):
    export = load_export(path)
    (of,) = export["profiles"]
    same("speedscope, pprof", {"unit": "nanoseconds"}, {"unit": of["unit"]})
    found = speedscope_weights(export, of, by_name_and_file)
    expected = expected_weights(
        profile, lambda f, l: ((shown(f["name"]) or "(unknown)", shown(f["file"])),), "time_ns"
    )
    if HITS_ONLY:
        places = {((shown(f["name"]), shown(f["file"])),) for f in profile["functions"]}
        expected, found = {"all": True}, {"all": found.keys() <= places and bool(found)}
    same("speedscope, pprof", expected, found)


def folded_text(text):
    return shown(text).replace(";", "\\x3b")


def check_speedscope_folded(profile, path):
    export = load_export(path)
    (of,) = export["profiles"]

    def stack(f, line):
        root = os.path.basename(profile["command"][0] if profile["command"] else f["object"])
        if "pid" in f:
            who = f"thread {f['tid']} of process {f['pid']}" if "tid" in f else f"process {f['pid']}"
            root = f"{f['comm']} ({who})"
        root = folded_text(root).replace("#", "\\x23")
        return root, f"{folded_text(f['name'])} ({folded_text(f['file'])}:{line['line']})"

    expected = expected_weights(profile, stack, "time_ns")
    found = speedscope_weights(export, of, lambda frame: frame["name"])
    if HITS_ONLY:
        places = {stack(f, line) for f, line in lines_of(profile)}
        expected, found = {"all": True}, {"all": found.keys() <= places and bool(found)}
    same("speedscope, folded", expected, found)


def main():
    global HITS_ONLY
    arguments = sys.argv[1:]
    HITS_ONLY = arguments[0] == "--hits"
    kind, path, *files = arguments[HITS_ONLY:]
    with open(path, encoding="utf-8") as stream:
        profile = json.load(stream)
    globals()["check_" + kind.replace("-", "_")](profile, *files)
    for failure in failures[:20]:
        print(failure)
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
