#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures for run.sh. Each program times its own work ("ns N" on standard error), so that starting the tools,
attaching and reporting do not count as slowdown. All figures of a table come from one run of this program. Each
is the median of several runs, in which the tools take turns, so that a change of the machine's speed affects all
of them. A tool that takes over 5 s is run once."""
import argparse
import os
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import time


class Failed(Exception):
    pass


def run(command, limit, **kwargs):
    """Output of the command (standard output and error); its process group is killed after LIMIT seconds."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True, **kwargs)
    try:
        return process.communicate(timeout=limit)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise Failed(f"more than {limit} s") from None


def own_time(output):
    found = re.search(r"^ns (\d+)$", output, re.M)
    if not found:
        raise Failed(output.strip().splitlines()[-1][:70] if output.strip() else "no output")
    return int(found[1])


def line_addresses(binary, functions):
    """[(function, offset, address, line)]: the lowest address of each line of the functions, as users set probes."""
    symbols = {}
    for text in subprocess.run(["nm", "-S", binary], check=True, capture_output=True, text=True).stdout.splitlines():
        fields = text.split()
        if len(fields) == 4 and fields[3] in functions:
            symbols[fields[3]] = (int(fields[0], 16), int(fields[1], 16))
    lines = {}
    out = subprocess.run(["objdump", "--dwarf=decodedline", "-w", binary], check=True, capture_output=True, text=True)
    for text in out.stdout.splitlines():
        match = re.match(r"(\S+)\s+(\d+)\s+(0x[0-9a-f]+)\s.*\bx$", text)
        if not match:
            continue
        address = int(match[3], 16)
        for name, (low, size) in symbols.items():
            if low <= address < low + size:
                key = name, match[1], int(match[2])
                lines[key] = min(address, lines.get(key, address))
    return sorted({(name, address - symbols[name][0], address, line) for (name, _, line), address in lines.items()})


def size_symbols(path, prefix):
    """Gives the symbols that begin with PREFIX a size of one byte, which bpftrace requires and objcopy cannot do."""
    with open(path, "r+b") as file:
        elf = bytearray(file.read())
        offset, (size, count) = struct.unpack_from("<Q", elf, 40)[0], struct.unpack_from("<HH", elf, 58)
        headers = [struct.unpack_from("<IIQQQQIIQQ", elf, offset + i * size) for i in range(count)]
        for _, kind, _, _, start, length, link, _, _, entry in headers:
            if kind != 2:  # SHT_SYMTAB
                continue
            for at in range(start, start + length, entry):
                name = headers[link][4] + struct.unpack_from("<I", elf, at)[0]
                if elf.startswith(prefix.encode(), name):
                    struct.pack_into("<Q", elf, at + 16, 1)
        file.seek(0)
        file.write(elf)


class Program:
    def __init__(self, args, name, functions, small, scale):
        self.lprof, self.work, self.name = args.lprof, args.work, name
        self.binary = os.path.join(args.work, name)
        self.functions = functions
        self.small = small  # smaller argument, for tools that are too slow for the usual input
        self.scale = scale  # how much less work the smaller argument means, or None: measure it
        self.lines = line_addresses(self.binary, functions)

    def selection(self):
        return [part for function in self.functions for part in ("-f", function)]

    def lprof_command(self, *options):
        out = os.path.join(self.work, "bench.json")
        return [self.lprof, "-q", *options, *self.selection(), "-o", out, "--", self.binary]

    def bpftrace_command(self):
        """
        Debian's bpftrace refuses probes inside functions, since it cannot check that they are at an instruction. It
        takes symbols, so a copy of the program gets one for each line.
        """
        copy, script = self.binary + ".symbols", os.path.join(self.work, "bench.bt")
        sections = subprocess.run(["objdump", "-h", "-w", self.binary], check=True, capture_output=True, text=True).stdout
        text = int(re.search(r"\s\.text\s+\w+\s+(\w+)", sections)[1], 16)
        symbols = [f"--add-symbol=bench_{i}=.text:{line[2] - text:#x},function,global" for i, line in enumerate(self.lines)]
        subprocess.run(["objcopy", *symbols, self.binary, copy], check=True)
        size_symbols(copy, "bench_")
        with open(script, "w", encoding="utf-8") as out:
            for i, (_, _, _, line) in enumerate(self.lines):
                out.write(f"uprobe:{copy}:bench_{i} {{ @hits[{line}] = count(); }}\n")
        return ["bpftrace", "-c", copy, script]

    def perf_probes(self):
        """Adds probes of the group bench_NAME at the lines; remove with perf_clean()."""
        self.perf_clean()
        events = [f"bench_{self.name}:l{line}_{i}={name}+{offset}" for i, (name, offset, _, line) in enumerate(self.lines)]
        # perf takes at most 128 at a time.
        for first in range(0, len(events), 100):
            options = [part for event in events[first : first + 100] for part in ("--add", event)]
            run(["perf", "probe", "-q", "-x", self.binary, *options], 60)

    def perf_clean(self):
        run(["perf", "probe", "-q", "--del", f"bench_{self.name}:*"], 60)

    def gdb_command(self):
        script = os.path.join(self.work, "bench.gdb")
        with open(script, "w", encoding="utf-8") as out:
            out.write("set pagination off\nset confirm off\nset debuginfod enabled off\n")
            out.write(f"file {self.binary}\nset args {self.small}\n")
            for i, (name, offset, _, _) in enumerate(self.lines, 1):
                out.write(f"break *((char *){name} + {offset})\nignore {i} 1000000000\n")
            out.write("run\n")
        return ["gdb", "-q", "-batch", "-x", script]


def tools(program):
    """name -> (tool that must be installed or None, function of the time limit that returns nanoseconds)"""

    def plain(command):
        return lambda limit: own_time(run(command() if callable(command) else command, limit))

    def perf_stat(limit):
        counts = os.path.join(program.work, "perf.counts")
        program.perf_probes()
        try:
            out = run(["perf", "stat", "-x;", "-o", counts, "-e", f"bench_{program.name}:*", "--", program.binary], limit)
        finally:
            program.perf_clean()
        with open(counts, encoding="utf-8") as rows:
            if not any(row.split(";")[0].isdigit() and int(row.split(";")[0]) for row in rows):
                raise Failed("counted nothing")
        return own_time(out)

    def gdb(limit):
        native = own_time(run([program.binary], limit))
        if program.scale:
            return own_time(run(program.gdb_command(), limit)) * program.scale
        small = own_time(run([program.binary, program.small], limit))
        return own_time(run(program.gdb_command(), limit)) * native / small

    grind = ["valgrind", "--tool=callgrind", "--dump-instr=yes", f"--callgrind-out-file={program.work}/callgrind"]
    return {
        "unprobed": (None, plain([program.binary])),
        "lprof-bpf": (None, plain(program.lprof_command())),
        "lprof-bpf --every-line": (None, plain(program.lprof_command("--every-line"))),
        "empty program, same sites": (None, plain(program.lprof_command("--empty-probe"))),
        "callgrind": ("valgrind", plain([*grind, program.binary])),
        "bpftrace, each line": ("bpftrace", plain(program.bpftrace_command)),
        "perf stat, each line": ("perf", perf_stat),
        "gdb breakpoints (scaled)": ("gdb", gdb),
    }


def measure_all(program, repeat, limit):
    """name -> [nanoseconds] or a reason why there are none"""
    table, results, slow = tools(program), {}, set()
    for turn in range(repeat):
        for name, (tool, measure) in table.items():
            if isinstance(results.get(name), str) or name in slow:
                continue
            begin = time.monotonic()
            if tool and not shutil.which(tool):
                results[name] = f"{tool} is not installed"
                continue
            try:
                results.setdefault(name, []).append(measure(limit))
            except Failed as failure:
                # A tool that ran at least once keeps its figures.
                results[name] = results.get(name) or str(failure)
            if time.monotonic() - begin > 5:
                slow.add(name)  # do not run it again
    return results


def print_slowdown(program, results):
    print(f"\n{program.name}: functions {', '.join(program.functions)}; {len(program.lines)} lines")
    print(f"{'':28} {'ms':>11} {'slowdown':>10} {': lprof-bpf':>12}")
    median = {name: statistics.median(r) for name, r in results.items() if not isinstance(r, str)}
    for name, result in results.items():
        if isinstance(result, str):
            print(f"{name:28} {result}")
            continue
        slowdown = f"{median[name] / median['unprobed']:10.2f}" if "unprobed" in median else ""
        ratio = f"{median[name] / median['lprof-bpf']:12.2f}" if "lprof-bpf" in median else ""
        print(f"{name:28} {median[name] / 1e6:11.2f} {slowdown} {ratio}")


def status_kib(pid, key):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return int(re.search(rf"^{key}:\s+(\d+)", status.read(), re.M)[1])


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for_text(path, pattern, process, limit):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        with open(path, encoding="utf-8", errors="replace") as stream:
            found = re.search(pattern, stream.read())
        if found:
            return found
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise Failed(f"did not say '{pattern}'")


def attach_once(args, target, idle):
    log = os.path.join(args.work, "attach.err")
    with open(log, "wb") as err:
        begin = time.monotonic()
        process = subprocess.Popen([args.lprof, "-v", "-f", "many_*", "-p", str(target.pid), "--format", "json", "-o",
                                    os.path.join(args.work, "attach.json")], stderr=err, stdout=subprocess.DEVNULL)
    try:
        attached = wait_for_text(log, r"attached (\d+) sites\b.* in ([\d.]+) ms", process, args.limit)
        start = time.monotonic() - begin
        before = cpu_seconds(process.pid)
        time.sleep(idle)
        used = (cpu_seconds(process.pid) - before) / idle if idle else 0
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        peak = status_kib(process.pid, "VmHWM")
        detached = wait_for_text(log, r"detached\b.* in ([\d.]+) ms", process, args.limit)
        process.wait(args.limit)
        return {"sites": int(attached[1]), "attach": float(attached[2]), "detach": float(detached[1]),
                "start": 1000 * start, "end": 1000 * (time.monotonic() - begin), "rss": peak, "idle": 100 * used}
    except subprocess.TimeoutExpired:
        raise Failed("did not end") from None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def print_attach(args):
    print("\nmany: a process with two thousand functions, all selected")
    out = os.path.join(args.work, "many.out")
    with open(out, "wb") as stream:
        target = subprocess.Popen([os.path.join(args.work, "many")], stdout=stream)
    try:
        wait_for_text(out, "ready", target, 20)
        rows = [attach_once(args, target, 5 if turn == 0 else 0.5) for turn in range(args.repeat)]
    except Failed as failure:
        print(f"attach and detach: {failure}")
        return 1
    finally:
        target.kill()
        target.wait()
    def median(key):
        return statistics.median(row[key] for row in rows)
    print(f"sites                        {rows[0]['sites']:11}")
    for key, text in (("attach", "attaching them, ms"), ("start", "from start to attached, ms"),
                      ("detach", "detaching them, ms"), ("end", "from Ctrl-C to the end, ms")):
        print(f"{text:28} {median(key):11.1f}")
    print(f"{'peak memory (VmHWM), MiB':28} {max(row['rss'] for row in rows) / 1024:11.1f}")
    print(f"{'CPU while idle, per cent':28} {rows[0]['idle']:11.2f}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lprof", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60, help="seconds for each measurement")
    parser.add_argument("--only", choices=["collatz", "bzip2", "attach"])
    args = parser.parse_args()
    # Turn SIGTERM into an exception, so that probes are removed on the way out.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    status = 0
    programs = {
        # A hundred starts make 3142 turns of the loop, the usual ten thousand make 849666.
        "collatz": (["collatz"], "100", 849666 / 3142),
        "bzip2": (["mainSort", "mainSimpleSort", "mainQSort3", "BZ2_hbMakeCodeLengths", "generateMTFValues"], "2000", None),
    }
    for name, (functions, small, scale) in programs.items():
        if args.only in (None, name):
            program = Program(args, name, functions, small, scale)
            results = measure_all(program, args.repeat, args.limit)
            print_slowdown(program, results)
            sys.stdout.flush()
            status |= isinstance(results["lprof-bpf"], str)
    if args.only in (None, "attach"):
        status |= print_attach(args)
    return status


if __name__ == "__main__":
    sys.exit(main())
