#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares execution counts of instructions with callgrind's.

compare_callgrind.py COUNTS.tsv CALLGRIND_OUT OBJECT [--allow VADDR[,VADDR...]] [--min N]

COUNTS.tsv has rows "object path, address in hex, count" for every instruction of every profiled body.
CALLGRIND_OUT comes from valgrind --tool=callgrind --dump-instr=yes. Callgrind counts an instruction with a
rep prefix once for each repetition; such differences are named and not counted as differences when ours is the smaller
and both are zero or neither is.
"""
import argparse
import collections
import os
import re
import subprocess
import sys


class CallgrindReader:
    """
    The out file's relevant grammar. Positions are "0xADDR" or "+N", "-N", "*" relative to the last one; each of the
    position columns (instr, line) is relative for itself. A name is "(id) text" where it is first used and "(id)"
    afterwards; the namespace of ids of objects is shared by ob= and cob=. The line after calls= holds the
    inclusive cost of the call, which is not a cost of the instruction itself, but moves the position.
    """

    def __init__(self):
        self.counts = collections.defaultdict(lambda: collections.defaultdict(int))
        self.objects = {}
        self.object = "?"
        self.position = [0, 0]
        self.columns = ["instr", "line"]
        self.event = 0
        self.skip = False
        self.total = None

    def name(self, text):
        match = re.match(r"\((\d+)\)(?: (.*))?$", text)
        if not match:
            return text
        if match[2] is not None:
            self.objects[match[1]] = match[2]
        return self.objects[match[1]]

    def advance(self, fields):
        for i, field in enumerate(fields[: len(self.columns)]):
            if field == "*":
                continue
            value = int(field.lstrip("+-"), 0)
            if field[0] == "+":
                self.position[i] += value
            elif field[0] == "-":
                self.position[i] -= value
            else:
                self.position[i] = value

    def cost_line(self, text):
        fields = text.split()
        self.advance(fields)
        if self.skip:
            self.skip = False
            return
        costs = fields[len(self.columns) :]
        if self.event < len(costs):
            self.counts[self.object][self.position[self.columns.index("instr")]] += int(costs[self.event])

    def read(self, stream):
        for text in stream:
            text = text.rstrip("\n")
            if re.match(r"[0-9+*-]", text):
                self.cost_line(text)
            elif text.startswith("positions:"):
                self.columns = text.split()[1:]
                self.position = [0] * len(self.columns)
            elif text.startswith("events:"):
                self.event = text.split()[1:].index("Ir")
            elif text.startswith("totals:"):
                self.total = int(text.split()[1 + self.event])
            elif text.startswith("ob="):
                self.object = self.name(text[3:])
            elif text.startswith("cob="):
                self.name(text[4:])
            elif text.startswith("calls="):
                self.skip = True
        if "instr" not in self.columns:
            raise SystemExit("callgrind was run without --dump-instr=yes")
        if sum(sum(counts.values()) for counts in self.counts.values()) != self.total:
            raise SystemExit("what was read of callgrind's file does not add up to its total")
        return self.counts


def instructions(path):
    """vaddr -> (length, text) of the executable code, by objdump."""
    out = subprocess.run(["objdump", "-d", "-w", "--no-show-raw-insn", path], check=True, capture_output=True)
    code = {}
    for text in out.stdout.decode(errors="replace").splitlines():
        match = re.match(r"\s*([0-9a-f]+):\t(.*)", text)
        if match:
            code[int(match[1], 16)] = match[2].strip()
    return code


def find_bias(counts, code):
    """
    The difference between callgrind's addresses and the file's: valgrind loads a position independent executable at
    a multiple of the page size. All counted addresses must then be instructions.
    """
    if counts and all(address in code for address in counts):
        return 0
    # Try Valgrind's usual load address first, then any at which every address is an instruction.
    lowest = min(counts)
    for bias in [0x108000, 0x109000, 0x400000] + sorted(
        {lowest - address for address in code if (lowest - address) % 0x1000 == 0}
    ):
        if all(address - bias in code for address in counts):
            return bias
    raise SystemExit("callgrind's addresses do not match the object's instructions")


def read_tsv(path, object_path):
    wanted, counts = os.path.realpath(object_path), {}
    with open(path, encoding="utf-8") as stream:
        for number, text in enumerate(stream, 1):
            fields = text.rstrip("\n").split("\t")
            if len(fields) != 3:
                raise SystemExit(f"{path}:{number}: {len(fields)} columns instead of 3")
            if os.path.realpath(fields[0]) == wanted:
                address = int(fields[1], 16)
                if address in counts:
                    raise SystemExit(f"{path}:{number}: {address:#x} appears twice")
                counts[address] = int(fields[2])
    return counts


def compare(ours, theirs, code, allowed):
    """Returns three values: differences, differences due to rep prefixes, and the number of equal and executed
    instructions."""
    differences, repeated, equal = [], [], 0
    for address in sorted(ours):
        count, expected, text = ours[address], theirs.get(address, 0), code.get(address)
        if text is None:
            differences.append(f"{address:#x}: counted {count}, but objdump knows no instruction there")
        elif count == expected:
            equal += count > 0
        elif re.match(r"(rep|repz|repnz)\b", text) and 0 < count < expected:
            repeated.append(f"{address:#x}: {text}: {count}, with repetitions {expected}")
        elif address not in allowed:
            differences.append(f"{address:#x}: callgrind {expected}, lprof-bpf {count}: {text}")
    return differences, repeated, equal


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tsv")
    parser.add_argument("callgrind_out")
    parser.add_argument("object")
    parser.add_argument("--allow", default="", help="addresses, in hex, whose difference is known")
    parser.add_argument("--min", type=int, default=1, help="fewer executed instructions compared is a failure")
    parser.add_argument("--convert", action="store_true", help="write TSV with callgrind's own counts instead")
    args = parser.parse_args()
    with open(args.callgrind_out, encoding="utf-8", errors="replace") as stream:
        objects = CallgrindReader().read(stream)
    wanted = os.path.realpath(args.object)
    # Callgrind may have run a copy without debug information, with the same name in another directory.
    raw = next((c for name, c in objects.items() if os.path.basename(name) == os.path.basename(wanted)), None)
    if not raw:
        raise SystemExit(f"{args.callgrind_out}: no instruction of {args.object}")
    code = instructions(args.object)
    bias = find_bias(raw, code)
    theirs = {address - bias: count for address, count in raw.items()}
    if args.convert:
        with open(args.tsv, "w", encoding="utf-8") as out:
            for address in sorted(code):
                out.write(f"{wanted}\t{address:x}\t{theirs.get(address, 0)}\n")
        return 0
    allowed = {int(address, 16) for address in args.allow.split(",") if address}
    differences, repeated, equal = compare(read_tsv(args.tsv, args.object), theirs, code, allowed)
    for difference in differences[:40]:
        print("  " + difference)
    if len(differences) > 40:
        print(f"  and {len(differences) - 40} more")
    for difference in repeated:
        print("  repeated, no difference: " + difference)
    print(f"  {equal} executed instructions equal, {len(differences)} different, {len(repeated)} repeated")
    if equal < args.min:
        print(f"  fewer than {args.min} executed instructions compared")
        return 1
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
