#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile_object.py DIRECTORY: makes programs whose debug information is meant to keep its readers busy.

DIRECTORY/inlined   a function is inlined a million times in another one
DIRECTORY/rows      a function has a line table of ten million rows
DIRECTORY/names     names of functions and files are a million characters long
DIRECTORY/mangled   a short mangled name stands for a very long one
DIRECTORY/jumps     a function is twenty thousand conditional jumps to anywhere in it
DIRECTORY/loops     a function is a hundred thousand small loops that overlap
DIRECTORY/calls     a function is two hundred thousand calls, and nothing tells where its frames are
DIRECTORY/bodies    a function has two hundred thousand bodies
DIRECTORY/overlaps  two thousand functions have the same code, which has four hundred thousand lines
"""
import pathlib
import random
import struct
import subprocess
import sys

BASE = 0x401000
INSTANCES = 1000000
ROWS = 10000000
NAME = 1000000

# The tags, attributes and forms of DWARF 4 that are used here.
COMPILE_UNIT, SUBPROGRAM, INLINED = 0x11, 0x2e, 0x1d
NAME_, STMT_LIST, LOW, HIGH, LANGUAGE, INLINE = 0x03, 0x10, 0x11, 0x12, 0x13, 0x20
ORIGIN, DECL_FILE, DECL_LINE, CALL_FILE, CALL_LINE, LINKAGE = 0x31, 0x3a, 0x3b, 0x58, 0x59, 0x6e
ADDR, DATA1, DATA4, STRING, REF4, SEC_OFFSET = 0x01, 0x0b, 0x06, 0x08, 0x13, 0x17

ABBREVIATIONS = [
    (COMPILE_UNIT, True, [(NAME_, STRING), (LANGUAGE, DATA1), (STMT_LIST, SEC_OFFSET), (LOW, ADDR), (HIGH, DATA4)]),
    (SUBPROGRAM, True, [(NAME_, STRING), (LINKAGE, STRING), (DECL_FILE, DATA1), (DECL_LINE, DATA1), (LOW, ADDR),
                        (HIGH, DATA4)]),
    (SUBPROGRAM, False, [(NAME_, STRING), (DECL_FILE, DATA1), (DECL_LINE, DATA1), (INLINE, DATA1)]),
    (INLINED, False, [(ORIGIN, REF4), (LOW, ADDR), (HIGH, DATA4), (CALL_FILE, DATA1), (CALL_LINE, DATA1)]),
]
UNIT, FUNCTION, ABSTRACT, INSTANCE = (bytes([code + 1]) for code in range(len(ABBREVIATIONS)))

SOURCE = """
	.text
	.globl _start
_start:
	.incbin "code"
	.section .debug_info
	.incbin "info"
	.section .debug_abbrev
	.incbin "abbreviations"
	.section .debug_line
	.incbin "lines"
	.section .note.GNU-stack
"""


def uleb(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def abbreviations():
    out = b""
    for code, (tag, children, attributes) in enumerate(ABBREVIATIONS):
        out += uleb(code + 1) + uleb(tag) + bytes([children])
        out += b"".join(uleb(name) + uleb(form) for name, form in attributes) + b"\0\0"
    return out + b"\0"


def counted(body):
    return struct.pack("<I", len(body)) + body


def info(size, dies, path):
    head = UNIT + path + b"\0" + bytes([0x0c]) + struct.pack("<IQI", 0, BASE, size)
    return counted(struct.pack("<HIB", 4, 0, 8) + head + dies + b"\0")


# Where the first child of the unit is, for references to it.
def first_child(path):
    return 11 + len(UNIT + path + b"\0") + 1 + 16


def lines(path, program):
    head = struct.pack("<BBBbBB", 1, 1, 1, -5, 14, 13) + bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    head += b"\0" + path + b"\0\0\0\0" + b"\0"
    start = b"\0\x09\x02" + struct.pack("<Q", BASE)
    return counted(struct.pack("<HI", 4, len(head)) + head + start + program)


def row(advance, line):
    """The special opcode that goes on by so many bytes and lines."""
    return bytes([line + 5 + 14 * advance + 13])


def function(name, linkage, size):
    return FUNCTION + name + b"\0" + linkage + b"\0" + bytes([1, 1]) + struct.pack("<QI", BASE, size)


def abstract(name):
    return ABSTRACT + name + b"\0" + bytes([1, 1, 1])


def end_rows(size):
    return b"\x02" + uleb(size) + b"\0\x01\x01"


def inlined():
    nop, path = b"\x0f\x1f\x40\0", b"a.c"
    code = nop * INSTANCES + b"\xc3"
    origin = struct.pack("<I", first_child(path))
    dies = abstract(b"callee") + function(b"caller", b"caller", len(code))
    dies += b"".join(INSTANCE + origin + struct.pack("<QIBB", BASE + 4 * i, 4, 1, 2) for i in range(INSTANCES)) + b"\0"
    program = row(0, 1) + row(4, 1) + (row(4, 2) + row(4, -2)) * (INSTANCES // 2 - 1)
    return code, info(len(code), dies, path), lines(path, program + end_rows(5))


def rows():
    path = b"a.c"
    code = b"\x90" * (ROWS // 10) + b"\xc3"
    program = (row(1, 1) + (row(0, 3) + row(0, -3)) * 4 + row(0, -1)) * (ROWS // 10)
    return code, info(len(code), function(b"caller", b"caller", len(code)) + b"\0", path), lines(path, program + end_rows(1))


def names():
    path, code = b"/" + b"p" * NAME, b"\x90" * 16 + b"\xc3"
    dies = abstract(b"c" * NAME) + function(b"f" * NAME, b"_Z%df%sv" % (NAME, b"f" * (NAME - 1)), len(code)) + b"\0"
    dies += b"".join(function(b"n%d" % i + b"<" * NAME, b"", len(code)) + b"\0" for i in range(4))
    return code, info(len(code), dies, path), lines(path, row(0, 1) + row(4, 1) + end_rows(13))


def mangled():
    path, code = b"a.c", b"\x90" * 16 + b"\xc3"
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    # Each parameter is a pointer to a function that takes two of the type before.
    linkage = "_Z1f1aPFvS_S_E"
    for last in range(1, 80, 2):
        number = digits[last] if last < 36 else digits[last // 36] + digits[last % 36]
        linkage += f"PFvS{number}_S{number}_E"
    dies = function(b"f", linkage.encode(), len(code)) + b"\0"
    return code, info(len(code), dies, path), lines(path, row(0, 1) + row(4, 1) + end_rows(13))


def one_function(code):
    path, size = b"a.c", len(code)
    return code, info(size, function(b"caller", b"", size) + b"\0", path), lines(path, row(0, 1) + end_rows(size))


def jumps_to(targets):
    return b"".join(b"\x0f\x84" + struct.pack("<i", 6 * (target - i - 1)) for i, target in enumerate(targets)) + b"\xc3"


def jumps():
    number = random.Random(1)
    return one_function(jumps_to([number.randrange(20000) for _ in range(20000)]))


def loops():
    number = random.Random(1)
    return one_function(jumps_to([max(0, min(i + number.randrange(-8, 8), 99999)) for i in range(100000)]))


def calls():
    return one_function(b"\xe8\0\0\0\0" * 200000 + b"\xc3")


def bodies():
    path, number = b"a.c", 200000
    code = b"\x90\xc3" * number
    body = FUNCTION + b"caller\0\0" + bytes([1, 1])
    dies = b"".join(body + struct.pack("<QI", BASE + 2 * i, 2) + b"\0" for i in range(number))
    return code, info(len(code), dies, path), lines(path, (row(1, 1) + row(1, -1)) * number + end_rows(0))


def overlaps():
    path, number = b"a.c", 200000
    code = b"\x90\x90" * number + b"\xc3"
    dies = b"".join(function(b"f%d" % i, b"", len(code)) + b"\0" for i in range(2000))
    return code, info(len(code), dies, path), lines(path, (row(1, 1) + row(1, -1)) * number + end_rows(1))


def build(directory, name, make):
    code, information, table = make()
    for file, data in ("code", code), ("info", information), ("abbreviations", abbreviations()), ("lines", table):
        (directory / file).write_bytes(data)
    (directory / "source.s").write_text(SOURCE, encoding="ascii")
    subprocess.run(["gcc", "-nostdlib", "-static", "-Wl,--build-id=none", f"-Wl,-Ttext={BASE:#x}", "-o", name, "source.s"],
                   check=True, cwd=directory)


def main():
    directory = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:]
    directory.mkdir(parents=True, exist_ok=True)
    for make in inlined, rows, names, mangled, jumps, loops, calls, bodies, overlaps:
        if not wanted or make.__name__ in wanted:
            build(directory, make.__name__, make)


if __name__ == "__main__":
    main()
