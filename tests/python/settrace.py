#!/usr/bin/python3
"""settrace.py OUTPUT SCRIPT [ARG...]: runs SCRIPT and writes the line events of each of its functions as Python's own
tracing sees them, by (file, name, first line): {line: events} and the number of calls."""
import json
import sys
import threading

output, script = sys.argv[1:3]
functions = {}


def trace(frame, event, arg):
    code = frame.f_code
    if not (code.co_filename == script or code.co_filename.startswith("<")) or code.co_filename.startswith("<frozen"):
        return None
    key = f"{code.co_filename}:{code.co_qualname}:{code.co_firstlineno}"
    counts = functions.setdefault(key, {"lines": {}, "calls": 0})
    if event == "call" and frame.f_lasti <= first_traceable(code):
        counts["calls"] += 1
    elif event == "line":
        line = str(frame.f_lineno)
        counts["lines"][line] = counts["lines"].get(line, 0) + 1
    return trace


def first_traceable(code):
    import dis
    for instruction in dis.get_instructions(code):
        if instruction.opname == "RESUME":
            return instruction.offset
    return 0


sys.argv = sys.argv[2:]
source = open(script).read()
space = {"__name__": "__main__", "__file__": script, "__builtins__": __builtins__}
code = compile(source, script, "exec")
import dis  # noqa: not while tracing
threading.settrace(trace)
sys.settrace(trace)
try:
    exec(code, space)
except SystemExit:
    pass
finally:
    sys.settrace(None)
    threading.settrace(None)
json.dump(functions, open(output, "w"))
