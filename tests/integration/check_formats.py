#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what other tools have read from reports with the JSON report of the same profile, to the digit.

check_formats.py [--hits] KIND PROFILE.json FILE...

The kinds, and what FILE is: csv, the report itself, which Python's csv module reads; callgrind, the output of
callgrind_annotate --show-percs=no --threshold=100 --context=100000, run in /; callgrind-inclusive, the same with
--inclusive=yes --sort=Time; lcov, what `lcov -a` has written and the
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


class Stack:
    """What was sampled in a stack. Frames are (function, file, line), the outermost first."""

    def __init__(self, profile, frames, node):
        self.frames = frames
        self.owner = profile["stacks"]["owners"][node[4]]
        self.samples, self.cpu_ns, self.blocked_ns = node[5:8]
        self.time_ns = self.cpu_ns + (self.blocked_ns if profile["clock"] == "wall" else 0)


def stacks_of(profile):
    """All that were sampled; none if nothing was."""
    stacks = profile.get("stacks", {"nodes": []})
    chains, found = [], []
    for node in stacks["nodes"]:
        function = stacks["functions"][node[1]]
        frame = function, stacks["files"][node[3] - 1] if node[3] else function["file"], node[2]
        chains.append((chains[node[0] - 1] if node[0] else []) + [frame])
        if any(node[5:8]):
            found.append(Stack(profile, chains[-1], node))
    return found if any(stack.samples for stack in found) else []


CSV_TEXTS = ("file", "function", "linkage_name", "object", "build_id")
CSV_NUMBERS = ("line", "hits", "time_ns", "uncertainty_ns", "blocked_ns", "waiting_ns", "hits_inexact", "hits_uncertainty")


def check_csv(profile, path):
    expected, found = collections.Counter(), collections.Counter()
    numbers = CSV_NUMBERS[:2] if HITS_ONLY else CSV_NUMBERS
    for function, line in lines_of(profile):
        texts = [shown(line.get("file", function["file"]))] + [shown(function["name" if name == "function" else name]) for name in CSV_TEXTS[1:]]
        ids = [str(function.get("pid", "")), str(function.get("tid", ""))]
        values = {name: str(int(line.get(name, 0))) for name in numbers}
        if not function.get("counted", True):
            values.update(hits="", time_ns=values.get("time_ns") if line["time_ns"] else "")
        expected[(*texts, *ids, *(values[name] for name in numbers))] += 1
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


def use_own_times(stacks, place, of_functions, of_lines):
    """Where stacks were sampled, times are own times of the innermost function's lines."""
    if not stacks:
        return
    for table in of_functions, of_lines:
        for value in table.values():
            value[1] = 0
    with_hits = {file for file, _line in of_lines}
    for stack in stacks:
        function, file, line = stack.frames[-1]
        if file == function["file"]:
            of_functions.setdefault(place({**function, **stack.owner}, None), [0, 0])[1] += stack.time_ns
        if file in with_hits and line and stack.time_ns:
            of_lines.setdefault((callgrind_name(file), line), [0, 0])[1] += stack.time_ns


def annotated_sections(path):
    """The titles and bodies of what callgrind_annotate has written, and the table of functions."""
    with open(path, encoding="utf-8") as stream:
        sections = re.split(r"^-{80}\n(.*)\n-{80}\n", stream.read(), flags=re.M)
    bodies, functions = list(zip(sections[1::2], sections[2::2])), {}
    for title, body in bodies:
        if re.match(r"Hits\s+Time\s+file:function", title):
            for match in re.finditer(r"^\s*([\d,]+)\s+([\d,]+)  (.*)$", body, re.M):
                functions[match[3]] = [int(match[i].replace(",", "")) for i in (1, 2)]
    return bodies, functions


def callgrind_place(function, _line):
    file, name = callgrind_name(function["file"]), callgrind_name(function["name"])
    if function["name"].startswith("[") and not function["file"] and function["object"]:
        name += " in " + callgrind_name(os.path.basename(function["object"]))
    return f"{file}:{name}{owner(function)} [{callgrind_name(function['object'])}]"


def check_callgrind_inclusive(profile, path):
    """Time goes through a function once, however often it is on the stack."""
    # callgrind_annotate knows functions by file and name, and shows one of the objects.
    def place(function, stack):
        return callgrind_place({**function, **stack.owner}, None).rpartition(" [")[0]

    stacks, expected, called, split = stacks_of(profile), collections.Counter(), set(), set()
    found = {key.rpartition(" [")[0]: value for key, value in annotated_sections(path)[1].items()}
    for stack in stacks:
        way = [place(f, stack) for f, _file, _line in stack.frames]
        split |= {name for name, (f, file, _line) in zip(way, stack.frames) if file != f["file"]}
        called |= set(way[1:])
    for stack in stacks:
        way = [callgrind_place({**f, **stack.owner}, None) for f, _file, _line in stack.frames]
        while way:
            # What is between two activations of a function is left out. The time of what was called is that of the calls.
            at, name = way.index(way[-1]), way[-1].rpartition(" [")[0]
            if at or name not in called:
                expected[name] += stack.time_ns
            way = way[:at]
    total = sum(stack.time_ns for stack in stacks)
    # callgrind_annotate takes the lines of a function in another file for another function.
    same("callgrind_annotate, inclusive", {k: v for k, v in expected.items() if v and k not in split},
         {k: v[1] for k, v in found.items() if v[1] and k not in split and k in expected})
    same("callgrind_annotate, not above the total", {"above": []}, {"above": [k for k, v in found.items() if v[1] > total]})


def check_callgrind(profile, path):
    bodies, functions = annotated_sections(path)
    annotated = {}
    for title, body in bodies:
        if title.startswith("-- Auto-annotated source: "):
            file = title.removeprefix("-- Auto-annotated source: ")
            source = [text for text in body.split("\n")[2:] if not re.match(r"\s*[\d,.]+\s+[\d,.]+ +=> .*x\)$", text)]
            for number, text in enumerate(source, 1):
                match = re.match(r"\s*([\d,]+)\s+([\d,]+)", text)
                if match:
                    annotated[file, number] = [int(match[i].replace(",", "")) for i in (1, 2)]

    expected = totals(profile, callgrind_place, "hits", "time_ns")
    of_lines = totals(profile, lambda f, l: (callgrind_name(f["file"]), l["line"]), "hits", "time_ns")
    use_own_times(stacks_of(profile), callgrind_place, expected, of_lines)
    # callgrind_annotate decides whether functions without a hit are shown, so they are not compared.
    expected, functions = ({key: value for key, value in d.items() if value[0]} for d in (expected, functions))
    of_lines = {key: value for key, value in of_lines.items() if os.path.exists(key[0])}
    # Lines with calls alone have own costs of zero.
    annotated = {key: value for key, value in annotated.items() if any(value) or key in of_lines}
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
    profile = {**profile, "functions": [f for f in profile["functions"] if f.get("counted", True)]}
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


def pprof_labels(owner_keys):
    labels = {key: str(owner_keys[key]) for key in ("pid", "tid") if key in owner_keys}
    if "comm" in owner_keys:
        labels["comm"] = shown(owner_keys["comm"])
    return str(labels)


def pprof_frame(function, file, line):
    name = shown(function["name"])
    names = name, shown(function["linkage_name"]) or name
    return (function["object"], function["build_id"], *names, shown(file), str(function["line"]), str(line))


def pprof_expected(profile, stacks, n_values):
    expected = collections.Counter()
    for function, line in lines_of(profile):
        if not line["hits"] and (HITS_ONLY or stacks or not line["time_ns"]):
            continue
        values = [str(line["hits"])] + ["0" if stacks else time(str(line["time_ns"]))] * (n_values - 1)
        frame = pprof_frame(function, line.get("file", function["file"]), line["line"])
        expected[((frame,), pprof_labels(function), *values)] += 1
    for stack in () if HITS_ONLY else stacks:
        values = [str(n) for n in (0, stack.samples, stack.cpu_ns, stack.time_ns)][:n_values]
        expected[(tuple(pprof_frame(*frame) for frame in reversed(stack.frames)), pprof_labels(stack.owner), *values)] += 1
    return expected


def check_pprof(profile, path):
    with open(path, encoding="utf-8") as stream:
        decoded = json.load(stream)
    stacks, found = stacks_of(profile), collections.Counter()
    types = [["hits", "count"], ["time", "nanoseconds"]]
    if stacks:
        types[1:] = [["samples", "count"], ["cpu", "nanoseconds"]] + [["wall", "nanoseconds"]] * (profile["clock"] == "wall")
    for sample in decoded["samples"]:
        frames = []
        for frame in sample["frames"]:
            (line,) = frame["lines"]
            frames.append((frame["object"], frame["build_id"], line["name"], line["system_name"], line["file"],
                           line["start"], line["line"]))
        labels = str({key: sample["labels"][key] for key in ("pid", "tid", "comm") if key in sample["labels"]})
        hits, *times = sample["values"]
        if not HITS_ONLY or hits != "0":
            found[(tuple(frames), labels, hits, *(value if stacks else time(value) for value in times))] += 1
    same("pprof, samples", pprof_expected(profile, stacks, len(types)), found)
    notes = [shown(note) for note in profile["notes"]]
    for function in profile["functions"]:
        about = function["name"] and function["name"] + ": "
        notes += [shown(about + note) for note in function["notes"]]
    header = {
        "types": types,
        "default_type": types[-1][0],
        "period_type": ["cpu", "nanoseconds"] if stacks else ["hits", "count"],
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


def expected_stacks(stacks, key):
    """The same where stacks were sampled: key(stack) -> its time"""
    sums = collections.Counter()
    for stack in stacks:
        sums[key(stack)] += stack.time_ns
    return {key: value for key, value in sums.items() if value}


def load_export(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def check_speedscope_callgrind(profile, path):
    export = load_export(path)

    def place(f, _l):
        return ((callgrind_name(f["name"]) + owner(f), callgrind_name(f["file"])),)

    by_event = {p["name"].rpartition(" -- ")[2]: p for p in export["profiles"]}
    if stacks_of(profile):
        # speedscope makes stacks up from the calls, and begins with functions that nobody calls.
        stacks = stacks_of(profile)
        called = {callgrind_place({**f, **stack.owner}, None) for stack in stacks for f, _file, _line in stack.frames[1:]}
        total = sum(stack.time_ns for stack in stacks)
        seen = sum(stack.time_ns for stack in stacks
                   if callgrind_place({**stack.frames[0][0], **stack.owner}, None) not in called)
        found = sum(speedscope_weights(export, by_event["Time"], by_name_and_file).values())
        same("speedscope, callgrind, sum", {"near": True}, {"near": HITS_ONLY or 0.98 * seen <= found <= 1.0001 * total})
        return
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
    stacks = stacks_of(profile)
    if stacks and not HITS_ONLY:
        expected = expected_stacks(
            stacks, lambda s: tuple((shown(f["name"]) or "(unknown)", shown(file) or None) for f, file, _l in s.frames)
        )
    if HITS_ONLY and stacks:
        expected, found = {"any": True}, {"any": bool(found)}
    elif HITS_ONLY:
        places = {((shown(f["name"]), shown(f["file"])),) for f in profile["functions"]}
        expected, found = {"all": True}, {"all": found.keys() <= places and bool(found)}
    same("speedscope, pprof", expected, found)


def folded_text(text):
    return shown(text).replace(";", "\\x3b")


def check_speedscope_folded(profile, path):
    export = load_export(path)
    (of,) = export["profiles"]

    def root(of, command_or_object):
        name = os.path.basename(command_or_object) or "[unknown]"
        if "pid" in of:
            who = f"thread {of['tid']} of process {of['pid']}" if "tid" in of else f"process {of['pid']}"
            name = f"{of['comm']} ({who})"
        return folded_text(name).replace("#", "\\x23")

    command = profile["command"][0] if profile["command"] else None

    def frame(name, file, line):
        return f"{folded_text(name)} ({folded_text(file)}:{line})" if line else folded_text(name)

    def stack(f, line):
        return root(f, command or f["object"]), frame(f["name"], f["file"], line["line"])

    def sampled(s):
        mains = [f["object"] for f in profile["stacks"]["functions"] if f["name"] == "main"]
        program = command or (mains or [""])[0] or s.frames[0][0]["object"]
        return root(s.owner, program), *(frame(f["name"], file, line) for f, file, line in s.frames)

    stacks = stacks_of(profile)
    expected = expected_stacks(stacks, sampled) if stacks else expected_weights(profile, stack, "time_ns")
    found = speedscope_weights(export, of, lambda frame: frame["name"])
    if HITS_ONLY and stacks:
        expected, found = {"any": True}, {"any": bool(found)}
    elif HITS_ONLY:
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
