#!/usr/bin/python3
"""blocks.py MODULE...: a line for each function and class of these modules: its file, first and last line, as
Python's inspect finds them, which line_profiler prints."""
import ast
import importlib.util
import inspect
import sys

for name in sys.argv[1:]:
    path = importlib.util.find_spec(name).origin
    with open(path) as file:
        lines = file.readlines()
    for node in ast.walk(ast.parse("".join(lines))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = min([node.lineno] + [d.lineno for d in node.decorator_list])
            print(path, first, first + len(inspect.getblock(lines[first - 1:])) - 1)
