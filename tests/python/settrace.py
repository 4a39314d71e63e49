#!/usr/bin/python3
"""settrace.py OUTPUT SCRIPT [FILE]: runs SCRIPT and writes what Python's own tracing sees of each function in SCRIPT
(or in FILE) and of code that comes from no file, by "file:name:first line": line events by line, calls, and how often
which line came next."""
import dis
import json
import sys
import threading

output, script = sys.argv[1:3]
wanted = sys.argv[3] if len(sys.argv) > 3 else script
functions = {}
entries = {}
last_lines = {}


def entry_of(code):
    """Where the execution begins. Some generators begin, in 3.15, with code that makes the iterator."""
    if code not in entries:
        instructions = list(dis.get_instructions(code))
        made = max((i.offset for i in instructions if i.opname == "RETURN_GENERATOR"), default=0)
        entries[code] = min(i.offset for i in instructions if i.opname == "RESUME" and i.offset >= made)
    return entries[code]


def note_next(function, frame, line):
    last = last_lines.pop(frame, None)
    if last:
        after = function["next"].setdefault(last, {})
        after[line] = after.get(line, 0) + 1


def trace(frame, event, arg):
    code = frame.f_code
    if code.co_filename != wanted and (code.co_filename[0] != "<" or code.co_filename.startswith("<frozen")):
        return None
    key = f"{code.co_filename}:{code.co_qualname}:{code.co_firstlineno}"
    function = functions.setdefault(key, {"lines": {}, "calls": 0, "next": {}})
    line = str(frame.f_lineno)
    if event == "call" and frame.f_lasti <= entry_of(code):
        function["calls"] += 1
    elif event == "line":
        function["lines"][line] = function["lines"].get(line, 0) + 1
        note_next(function, frame, line)
        last_lines[frame] = line
    elif event == "return":
        note_next(function, frame, "return")
    return trace


sys.argv = sys.argv[2:]
with open(script) as file:
    code = compile(file.read(), script, "exec")
space = {"__name__": "__main__", "__file__": script, "__builtins__": __builtins__}
threading.settrace(trace)
sys.settrace(trace)
try:
    exec(code, space)
except SystemExit:
    pass
finally:
    sys.settrace(None)
    threading.settrace(None)
with open(output, "w") as file:
    json.dump(functions, file)
