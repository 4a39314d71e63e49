#!/usr/bin/python3
"""ticks.py OUTPUT SCRIPT FUNCTION: as line_profiler.py, but nothing profiles FUNCTION: a call that reads the clock is put
before each of its statements. So it sees neither its own cost in what FUNCTION calls, nor more than one line of a
statement. Writes {line: [executions, seconds]}, with the first line of each statement."""
import ast
import importlib
import inspect
import json
import runpy
import sys
import textwrap
import time

output, script, name = sys.argv[1:4]
lines = {}
state = [0, 0]  # since when, and on which line


def tick(line, clock=time.perf_counter_ns):
    now = clock()
    if state[1]:
        lines[state[1]][1] += (now - state[0]) / 1e9
    if line:
        lines.setdefault(line, [0, 0])[0] += 1
    state[1] = line
    state[0] = clock()


def call(line, place):
    made = ast.Expr(ast.Call(ast.Name("tick_of_the_clock", ast.Load()), [ast.Constant(line)], []))
    return ast.fix_missing_locations(ast.copy_location(made, place))


def is_docstring(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def put_ticks(block):
    ticking = []
    for statement in block:
        for field in "body", "orelse", "finalbody":
            if getattr(statement, field, None) and not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                setattr(statement, field, put_ticks(getattr(statement, field)))
        if not is_docstring(statement):
            ticking.append(call(statement.lineno, statement))
        ticking.append(statement)
    return ticking


def instrument(function):
    source, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(source)))
    ast.increment_lineno(tree, first - 1)
    made = tree.body[0]
    made.decorator_list = []
    wrapped = ast.Try(put_ticks(made.body), [], [], [call(0, made)])
    made.body = [ast.fix_missing_locations(ast.copy_location(wrapped, made))]
    function.__globals__["tick_of_the_clock"] = tick
    space = {}
    exec(compile(tree, function.__code__.co_filename, "exec"), function.__globals__, space)
    function.__code__ = space[function.__name__].__code__


sys.path.pop(0)
if ":" in name:
    module, path = name.split(":")
    function = importlib.import_module(module)
    for part in path.split("."):
        function = getattr(function, part)
    instrument(inspect.unwrap(function))
    runpy.run_path(script, run_name="__main__")
else:
    source = open(script).read()
    space = {"__name__": "__main__", "__file__": script}
    head, _, tail = source.rstrip().rpartition("\n")
    exec(compile(head, script, "exec"), space)
    instrument(space[name])
    exec(compile(tail, script, "exec"), space)
json.dump(lines, open(output, "w"))
