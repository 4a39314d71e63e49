#!/usr/bin/python3
"""line_profiler.py OUTPUT SCRIPT FUNCTION: runs SCRIPT under Debian's line_profiler, which is to profile FUNCTION: one
of the script's own, or MODULE:CLASS.METHOD. Writes {line: [hits, seconds]} of it."""
import importlib
import inspect
import json
import runpy
import sys

sys.path.pop(0)  # remove this directory, because this file has the same name as the module

from line_profiler import LineProfiler  # noqa: E402

output, script, name = sys.argv[1:4]
profiler = LineProfiler()
space = {}
if ":" in name:
    module, path = name.split(":")
    function = importlib.import_module(module)
    for part in path.split("."):
        function = getattr(function, part)
    profiler.add_function(inspect.unwrap(function))
    profiler.enable_by_count()
    runpy.run_path(script, run_name="__main__")
else:
    source = open(script).read()
    space = {"__name__": "__main__", "__file__": script}
    # The script's last statement starts its work. The function must be registered with line_profiler before that.
    head, _, tail = source.rstrip().rpartition("\n")
    exec(compile(head, script, "exec"), space)
    profiler.add_function(space[name])
    profiler.enable_by_count()
    exec(compile(tail, script, "exec"), space)
profiler.disable_by_count()
stats = profiler.get_stats()
lines = {}
for key, timings in stats.timings.items():
    for line, hits, time in timings:
        # line_profiler has an entry for each following line, and this version does not add them up, not even in its
        # own table.
        known = lines.setdefault(str(line), [0, 0])
        known[0] += hits
        known[1] += time * stats.unit
json.dump(lines, open(output, "w"))
