#!/usr/bin/python3
"""check_samples.py PROFILE TOOK: compares sampled stacks of sampled.py with what it says of itself."""
import collections
import json
import math
import sys

MODULES = ("sampled.py", "fresh.py")
# What may directly call each function, as the program is written.
CALLERS = {
    "by_key.<locals>.key": {"by_key"},
    "generated.<locals>.numbers": {"generated.<locals>.outer"},
    "generated.<locals>.outer": {"generated"},
    "comprehended.<locals>.<listcomp>": {"comprehended"},
    "Method.__lt__": {"Method.compare"},
    "Method.compare": {"compare"},
    "compare": {"part"},
    "loop": {"part"},
    "fresh": {"made"},
    "recursive": {"part", "recursive"},
    "awaited.<locals>.inner": {"awaited.<locals>.outer"},
    "spin": {"recursive", "Method.__lt__", "awaited.<locals>.inner", "main"},
    "hashed": {"part"},
}


class Stacks:
    def __init__(self, profile):
        self.stacks = profile["stacks"]
        self.functions = self.stacks["functions"]
        self.wrong = []

    def each(self):
        """For each node its path, the outermost first, of (name, file, line, object); samples; time off the processor."""
        paths = []
        for parent, function, line, _, _, samples, _, blocked in self.stacks["nodes"]:
            what = self.functions[function]
            path = (paths[parent - 1] if parent else ()) + ((what["name"], what["file"].split("/")[-1], line, what["object"]),)
            paths.append(path)
            yield path, samples, blocked

    def check(self, right, text):
        if not right:
            self.wrong.append(text)


def python_names(path):
    return [name for name, file, _, _ in path if file in MODULES]


def check_callers(stacks, path, samples):
    names = python_names(path)
    for caller, name in zip(names, names[1:]):
        stacks.check(name not in CALLERS or caller in CALLERS[name], f"{name} is called by {caller}, {samples} samples")
    if path[-1][0] == "spin" and "recursive" in names:
        stacks.check(names.count("recursive") in range(1, 22), f"recursive {names.count('recursive')} times")


def main():
    stacks = Stacks(json.load(open(sys.argv[1])))
    took = json.load(open(sys.argv[2]))
    total, by_line, unknown, evals, deep, all_deep, napped = collections.Counter(), collections.Counter(), 0, 0, 0, 0, 0
    native = 0
    for path, samples, blocked in stacks.each():
        names = python_names(path)
        if not names:
            continue
        check_callers(stacks, path, samples)
        for name in set(names) & set(took):
            total[name] += samples
        if names[-1] == "loop":
            by_line[[line for name, _, line, _ in path if name == "loop"][0]] += samples
        # The code of modules, and that of fresh(), may be gone before its name is read.
        if set(names) - {"<module>"} and "made" not in names:
            unknown += samples * any(name == "[Python]" for name, _, _, _ in path)
        evals += samples * any(name.startswith("_PyEval_EvalFrame") for name, _, _, _ in path[-1:])
        if names[-2:] == ["recursive", "spin"]:
            all_deep += samples
            deep += samples * (names.count("recursive") == 21)
        napped += blocked * (names[-1] == "nap")
        native += samples * (names[-1] == "hashed" and "libcrypto" in path[-1][3])
    n, all_took = sum(total.values()), sum(took.values())
    for name, seconds in sorted(took.items()):
        share, found = seconds / all_took, total[name] / n
        print(f"{name:14} took {share:.4f}, sampled {found:.4f}")
        stacks.check(abs(share - found) <= 0.01 + 4 * math.sqrt(share * (1 - share) / n), f"{name}: {found} instead of {share}")
    lines = sorted(by_line)
    first, second = (by_line[lines[i]] + by_line[lines[i + 1]] for i in (0, 2)) if len(lines) == 4 else (0, 1)
    share, m = first / (first + second), first + second
    print(f"{n} samples; first loop {share:.4f} of two; unknown {unknown}; interpreter's own {evals}; {napped} ns asleep")
    stacks.check(m and abs(share - 0.25) <= 0.02 + 4 * math.sqrt(0.25 * 0.75 / m), f"the first loop has {share} of {m}")
    stacks.check(all_deep and deep >= all_deep * 0.97, f"{deep} of {all_deep} samples have the whole recursion")
    stacks.check(unknown <= 0.01 * n, f"{unknown} samples have unknown Python frames")
    stacks.check(evals <= 0.01 * n, f"{evals} samples have the interpreter's frame instead of Python's")
    stacks.check(0.2e9 < napped < 1e9, f"nap() slept for {napped} ns")
    stacks.check(native > 0.5 * total["hashed"], f"{native} of {total['hashed']} samples of hashed() are in the library")
    print("".join(f"wrong: {text}\n" for text in stacks.wrong[:20]), end="")
    sys.exit(bool(stacks.wrong))


main()
