#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sampled_profile.py FILE [CLOCK]: writes a saved profile with sampled stacks that has what is hard to write in other
formats: recursion, lines in other files, code without lines or names, owners, time off the processor, names with
characters that mean something."""
import json
import sys


def function(name, file, line, object_path, build_id):
    return {"name": name, "linkage_name": "", "file": file, "line": line, "object": object_path, "build_id": build_id}


FUNCTIONS = [
    function("main", "/src/main.c", 1, "/opt/app/program", "ab"),
    function("ns::parse<a, b>(x; y)", "/src/parse.c", 10, "/opt/app/program", "ab"),
    function("walk", "/src/walk.c", 20, "/opt/app/program", "ab"),
    function("read", "", 0, "/lib/libc.so.6", "cd"),
    function("[unknown]", "", 0, "/lib/liba.so", ""),
    function("[unknown]", "", 0, "/lib/libb.so", "ef"),
    function("[JIT]", "", 0, "", ""),
    function("<module>", "/src/job.py", 1, "", ""),
    function("lineless", __file__, 9, "", ""),
]
OWNERS = [{}, {"pid": 70, "comm": "a;b#"}, {"pid": 70, "tid": 71, "comm": "work er"}]


class Tree:
    def __init__(self):
        self.nodes = []

    def call(self, caller, which, line, samples=0, cpu_ns=0, blocked_ns=0, file=0, owner=0):
        """A node called by the node CALLER (0: by nobody); returns its number, to be a caller."""
        self.nodes.append([caller, which, line, file, owner, samples, cpu_ns, blocked_ns])
        return len(self.nodes)


def grow():
    tree = Tree()
    main = tree.call(0, 0, 3)
    parse = tree.call(main, 1, 12, 4, 4000000)
    tree.call(parse, 3, 0, 3, 1000000, 50000000)
    walk = tree.call(parse, 2, 22, 6, 6000000)
    walk = tree.call(walk, 2, 22, 2, 0, 7000000)
    again = tree.call(walk, 1, 13, 1, 1000000)
    tree.call(again, 2, 25, 9, 9000000)
    unknown = tree.call(main, 4, 0, 1, 500000)
    unknown = tree.call(unknown, 5, 0, 8, 8000000)
    tree.call(unknown, 6, 0, 1, 1000000)
    tree.call(0, 2, 30, 1, 1000000)
    job = tree.call(0, 7, 5, 2, 2000000)
    tree.call(job, 7, 6, 3, 3000000, file=1)
    # A source that readers find, and no line of it is known.
    lineless = tree.call(job, 8, 0, 2, 2000000)
    tree.call(lineless, 2, 30, 1, 1000000)
    for owner in 1, 2:
        begin = tree.call(0, 0, 4, owner, owner * 1000000, owner=owner)
        tree.call(begin, 1, 12, owner, owner * 3000000, owner=owner)
    return tree.nodes


def profiled(which, calls, lines, **more):
    return {
        **FUNCTIONS[which], "last": FUNCTIONS[which]["line"] + 20, "calls": calls, "time_ns": sum(line[2] for line in lines),
        "blocked_ns": 0, "waiting_ns": 0, "notes": [], **more,
        "lines": [{"line": line, "hits": hits, "time_ns": time_ns} for line, hits, time_ns in lines],
    }


def main(path, clock="wall"):
    profile = {
        "format": "lprof-bpf", "version": 1, "clock": clock, "duration_ns": 100000000, "command": [], "pids": [7, 70],
        "probe": {"sites": 1, "hits": 2, "missed": 0, "overhead_ns": 5},
        "functions": [
            profiled(1, 0, [(12, 0, 55000000)], counted=False),
            profiled(2, 300, [(22, 900, 5), (23, 7, 6), (25, 0, 0)]),
            profiled(2, 3, [(22, 9, 5)], pid=70, comm="a;b#"),
        ],
        "stacks": {
            "period_ns": 1000000, "unprobed_ns": 2000000, "cut_samples": 1, "lost_samples": 2, "probed_samples": 3,
            "functions": FUNCTIONS, "files": ["/src/imported.py"], "owners": OWNERS, "nodes": grow(),
        },
        "notes": [],
    }
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(profile, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
