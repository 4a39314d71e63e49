#!/usr/bin/python3
"""compare.py settrace EXPECTED PROFILE SCRIPT: hits and calls of each function of SCRIPT, and of code without a file,
are those that Python's own tracing saw.
compare.py line_profiler EXPECTED TRACED PROFILE NAME FILE: hits and shares of time of function NAME in FILE, whose
definition begins on the line that the profile says, are line_profiler's.

Exit status: 0, 1 when only shares of time differ, which may be chance, 2."""
import json
import sys


def load(path):
    with open(path) as file:
        return json.load(file)


def hits(function):
    return {str(line["line"]): line["hits"] for line in function["lines"] if line["hits"]}


def of_script(file, script):
    return file == script or file.startswith("<made")  # the name that flow.py gives to code made from strings


def compare_settrace(expected, profile, script):
    found = {}
    for function in profile["functions"]:
        if not of_script(function["file"], script):
            continue
        # Functions made from strings may differ although all of their names are equal, so their figures are added.
        same = found.setdefault(f"{function['file']}:{function['name']}:{function['line']}", {"lines": {}, "calls": 0})
        same["calls"] += function["calls"]
        for line, n in hits(function).items():
            same["lines"][line] = same["lines"].get(line, 0) + n
    expected = {
        key: {"lines": value["lines"], "calls": value["calls"]}
        for key, value in expected.items()
        if of_script(key.split(":")[0], script)
    }
    different = 0
    for key in sorted(set(expected) | set(found)):
        if expected.get(key) != found.get(key):
            different += 1
            print(key)
            print("  settrace:", expected.get(key))
            print("  profile: ", found.get(key))
    lines = sum(len(value["lines"]) for value in expected.values())
    print(f"  {len(expected)} functions, {lines} lines, {different} functions different")
    return 2 if different or len(expected) <= 5 else 0


# Debian's line_profiler 4.0.2 keeps the hits of a line by the line that came next, and reports only one of those
# sums. So the hits of a line that was followed by different lines are too low there; how many there are of each is
# known from Python's tracing, which must then have seen as many in one of them, and the profile all.
def right_hits(line, theirs, ours, next_lines):
    after = next_lines.get(line, {})
    if sum(after.values()) != ours:
        return False
    return theirs == ours or (len(after) > 1 and theirs in after.values())


def compare_line_profiler(theirs, traced, profile, name, file):
    functions = [f for f in profile["functions"] if f["name"] == name and f["file"] == file]
    if len(functions) != 1:
        print(f"  {len(functions)} functions {name}")
        return 2
    function = functions[0]
    ours = {str(line["line"]): line for line in function["lines"] if line["hits"]}
    next_lines = next(value["next"] for key, value in traced.items()
                      if key == f"{file}:{name}:{function['line']}")
    # line_profiler's clock also runs while a thread waits for a processor.
    time = {line: counted["time_ns"] + counted.get("waiting_ns", 0) for line, counted in ours.items()}
    status = 0
    worst = 0
    total = sum(seconds for _, seconds in theirs.values())
    for line in sorted(set(ours) | set(theirs), key=int):
        their_hits, seconds = theirs.get(line, [0, 0])
        our_hits = ours[line]["hits"] if line in ours else 0
        difference = abs(100 * seconds / total - 100 * time.get(line, 0) / sum(time.values()))
        worst = max(worst, difference)
        right = right_hits(line, their_hits, our_hits, next_lines)
        if not right or difference > 3:
            status = max(status, 1 if right else 2)
            print(f"  line {line}: {our_hits} hits, line_profiler {their_hits}, next {next_lines.get(line)}, "
                  f"share differs by {difference:.1f} points")
    print(f"  {len(ours)} lines as line_profiler has them, shares differ by {worst:.2f} points at most")
    return status if len(ours) > 3 else 2


if sys.argv[1] == "settrace":
    sys.exit(compare_settrace(load(sys.argv[2]), load(sys.argv[3]), sys.argv[4]))
sys.exit(compare_line_profiler(*[load(path) for path in sys.argv[2:5]], *sys.argv[5:7]))
