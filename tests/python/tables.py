#!/usr/bin/python3
"""tables.py MODULE...: for each code object of these modules and what its co_lines() says, a line: first line, index
of the instruction that begins a call, table of lines in hexadecimal, first executed line or 0, whether that is also
the line of the entry, lines with code, line of each code unit (0: none)."""
import dis
import importlib.util
import sys
import types


def each_code(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from each_code(constant)


def describe(code):
    entry = min(i.offset for i in dis.get_instructions(code) if i.opname == "RESUME")
    line_at = {}
    for start, end, line in code.co_lines():
        for offset in range(start, end, 2):
            line_at[offset] = line or 0
    first = line_at.get(entry + 2, 0)
    silent = int(bool(first) and first == line_at[entry])
    lines = sorted({line for offset, line in line_at.items() if offset > entry and line})
    fields = [code.co_firstlineno, entry // 2, code.co_linetable.hex() or "-", first, silent,
              ",".join(map(str, lines)) or "-",
              ",".join(str(line_at[offset]) for offset in range(0, len(code.co_code), 2)) or "-"]
    return " ".join(map(str, fields))


for name in sys.argv[1:]:
    path = importlib.util.find_spec(name).origin
    with open(path) as file:
        source = file.read()
    for code in each_code(compile(source, path, "exec")):
        print(describe(code))
