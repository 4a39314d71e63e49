#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""patched.py PID FILE: exits with 0 if all changes in PID's code of FILE are breakpoints on instructions. objdump
tells which bytes begin an instruction. Prints the other changed places; exits with 1 if there are any, or if
nothing was changed at all."""
import os
import subprocess
import sys


def boundaries(path):
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True)
    addresses = set()
    for line in text.stdout.splitlines():
        head, colon, rest = line.partition(":\t")
        if colon and rest:
            addresses.add(int(head, 16))
    return addresses


def code_segments(path):
    """(offset, address) of each loaded segment."""
    text = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=True)
    for line in text.stdout.splitlines():
        fields = line.split()
        if fields and fields[0] == "LOAD":
            yield int(fields[1], 16), int(fields[2], 16), int(fields[4], 16)


def changed(pid, path):
    """Yields (offset in the file, byte in memory) for each byte that differs."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for text in maps:
            fields = text.split()
            if len(fields) < 6 or "x" not in fields[1] or fields[5] != os.path.realpath(path):
                continue
            low, high = (int(part, 16) for part in fields[0].split("-"))
            offset = int(fields[2], 16)
            with open(path, "rb") as file:
                file.seek(offset)
                wanted = file.read(high - low)
            memory.seek(low)
            found = memory.read(high - low)
            for i, (a, b) in enumerate(zip(found, wanted)):
                if a != b:
                    yield offset + i, a


def main():
    pid, path = sys.argv[1:]
    starts, segments = boundaries(path), list(code_segments(path))
    n = bad = 0
    for offset, byte in changed(pid, path):
        n += 1
        address = next(a + offset - o for o, a, size in segments if o <= offset < o + size)
        if byte != 0xCC or address not in starts:
            bad += 1
            print(f"  {byte:#x} at {address:#x}")
    return 0 if n and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
