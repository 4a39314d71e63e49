#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures samples for samples.sh, on programs that others wrote.

shares:  perf record (cpu-clock, stacks copied and unwound by it) and lprof-bpf --no-probes look at the same process at
         the same time; shares of lines and of functions are compared. Time in the kernel is that of the code that
         called it.
truth:   lines of known cost in tests/programs/spans.c, which measures them itself by turns with the sampled code.
hottest: without -f, the function that perf finds hottest is first in lprof-bpf's table.
cost:    what sampling takes of the target's processor time, in pairs; what it costs the profiler; how long walking a
         stack takes in the kernel, and how long perf takes for its copy of one."""
import argparse
import collections
import json
import math
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../integration"))
from spans import spans_of, tagged_lines

SYSTEM_CALL = re.compile(r"entry_SYSCALL_64|do_syscall_64")
RATE = 999  # of perf's samples, which are not to be in step with those of lprof-bpf


def output(command, **kwargs):
    return subprocess.run(command, check=True, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **kwargs).stdout


class Target:
    """A program at work, for as long as somebody looks."""

    def __init__(self, command, feed=None, load=None):
        source = subprocess.PIPE if feed else subprocess.DEVNULL
        self.helpers, self.switches = [], bool(feed or load)
        if feed:
            self.helpers.append(subprocess.Popen(["sh", "-c", feed], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE))
            source = self.helpers[0].stdout
        self.process = subprocess.Popen(command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        time.sleep(1)
        if load:
            self.helpers.append(subprocess.Popen(load, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
            time.sleep(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.process, *self.helpers):
            process.kill()
            process.wait()

    def cpu_seconds(self):
        total = 0
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{thread}/schedstat", encoding="utf-8") as stream:
                total += int(stream.read().split()[0])
        return total / 1e9


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def targets(programs):
    """name -> how to start it"""
    port, at = free_port(), lambda name: os.path.join(programs, name)
    turns = f"while cat {at('input')}; do :; done"
    queries = f"while cat {at('work.sql')}; do :; done"
    return {
        "bzip2": lambda: Target([at("bzip2"), "-z"], turns),
        "minigzip": lambda: Target([at("minigzip")], turns),
        "lua": lambda: Target([at("lua"), at("work.lua")]),
        "sqlite3": lambda: Target([at("sqlite3"), ":memory:"], queries),
        "redis": lambda: Target([at("redis-server"), "--port", port, "--save", "", "--bind", "127.0.0.1"], load=[
            at("redis-benchmark"), "-p", port, "-l", "-q", "-c", "20", "-P", "16", "-n", "100000", "-t",
            "set,get,lrange_100,zadd"]),
        "numpy": lambda: Target(["/usr/bin/python3", at("work.py")]),
    }


class Names:
    """Functions and lines of places in files: [(function, line)], those that are inlined there first."""

    def __init__(self):
        self.tool = subprocess.Popen(["llvm-symbolizer", "--output-style=JSON", "--inlines", "--functions=short"], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.known, self.segments, self.same = {}, {}, {}

    def vaddr(self, path, offset):
        if path not in self.segments:
            rows = [row.split() for row in output(["readelf", "-lW", path]).splitlines() if row.split()[:1] == ["LOAD"]]
            self.segments[path] = [[int(number, 16) for number in (row[1], row[2], row[4])] for row in rows]
        for start, vaddr, size in self.segments[path]:
            if start <= offset < start + size:
                return vaddr + offset - start
        return offset

    def at(self, path, offset):
        if (path, offset) not in self.known:
            known = path.startswith("/")
            self.known[path, offset] = self.places(path, self.vaddr(path, offset)) if known else [("", ("", 0))]
        return self.known[path, offset]

    def places(self, path, vaddr, declared=True):
        self.tool.stdin.write(f'"{path}" {vaddr:#x}\n')
        self.tool.stdin.flush()
        frames = json.loads(self.tool.stdout.readline())["Symbol"]
        places = [(frame["FunctionName"], (os.path.basename(frame["FileName"]), frame["Line"])) for frame in frames]
        # What a function begins with is on the line of its brace, and lprof-bpf has it on the line that declares it. In
        # the comparison these two are one line.
        start = int(frames[-1].get("StartAddress") or "0", 16)
        if declared and start and frames[-1]["StartLine"]:
            entry = self.places(path, start, False)[-1][1]
            self.same[entry] = entry[0], frames[-1]["StartLine"]
        return places


class Shares:
    def __init__(self):
        self.n = 0
        self.user = collections.Counter() # own samples of functions, without those in the kernel
        self.kinds = {kind: collections.Counter() for kind in ("lines", "functions, own", "functions, with callees")}

    def add(self, stack, n=1):
        """STACK has (function, line), the innermost first."""
        self.n += n
        self.kinds["lines"][stack[0][1]] += n
        self.kinds["functions, own"][stack[0][0]] += n
        for function in {function for function, _ in stack}:
            self.kinds["functions, with callees"][function] += n

    def __iadd__(self, other):
        self.n += other.n
        self.user += other.user
        for kind, counter in other.kinds.items():
            self.kinds[kind] += counter
        return self

    def merge(self, same):
        """Lines that are keys of SAME count as the lines that it names."""
        lines = collections.Counter()
        for line, n in self.kinds["lines"].items():
            lines[same.get(line, line)] += n
        self.kinds["lines"] = lines


def perf_shares(target, data, begin, end):
    shares, names = Shares(), Names()
    # The addresses that it prints are offsets in files, but those of the kernel are not.
    text = output(["perf", "script", "-i", data, "--pid", str(target.pid), "--no-inline", "-F", "time,ip,sym,dso"], stderr=subprocess.DEVNULL)
    for sample in text.split("\n\n"):
        rows = sample.strip("\n").split("\n")
        when = re.match(r"\s*([\d.]+):", rows[0])
        if not when or not begin <= float(when[1]) < end:
            continue
        stack, called, kernel = [], False, False
        for row in rows[1:]:
            address, symbol, path = re.match(r"\s*(\w+) (.*) \((.*)\)$", row).groups()
            address = int(address, 16)
            if path == "[unknown]": # beyond the outermost function
                break
            if address >> 63:
                called, kernel = called or bool(SYSTEM_CALL.match(symbol)), True
                continue
            stack += [(name or symbol, line) for name, line in names.at(path, address - called)]
            called = True
        if stack:
            shares.add(stack)
            shares.user[stack[0][0]] += not kernel
    shares.merge(names.same)
    return shares, names.same


def lprof_shares(path, same):
    with open(path, encoding="utf-8") as stream:
        stacks = json.load(stream)["stacks"]
    shares = Shares()
    functions, nodes = stacks["functions"], stacks["nodes"]
    for node in nodes:
        samples, stack = node[5], []
        while samples and node:
            function = functions[node[1]]
            file = stacks["files"][node[3] - 1] if node[3] else function["file"]
            if function["name"] != "[kernel]":
                stack.append((function["name"].split("@")[0], (os.path.basename(file), node[2])))
            node = nodes[node[0] - 1] if node[0] else None
        if stack:
            shares.add(stack, samples)
    shares.merge(same)
    return shares, stacks


def watch(args, target):
    """Both look at the target. Returns the shares by perf and by lprof-bpf, and the latter's stacks."""
    data, path = os.path.join(args.work, "perf.data"), os.path.join(args.work, "samples.json")
    # perf's timer of a process is set anew at each context switch, and then samples too much of what is near it.
    where = ["-a"] if target.switches else ["-p", str(target.pid)]
    perf = subprocess.Popen(["perf", "record", "-q", *where, "-k", "CLOCK_MONOTONIC", "-e", "cpu-clock", "-F", str(RATE), "-m",
                             "2048", "--call-graph", f"dwarf,{args.stack}", "-o", data], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    lprof = subprocess.Popen([args.lprof, "--no-probes", "--max-overhead", "none", "-d", str(args.seconds), "-o", path, "-p",
                              str(target.pid)], text=True,
                             stderr=subprocess.PIPE)
    said = lprof.stderr.readline()
    begin = time.monotonic()
    said += lprof.communicate()[1]
    perf.send_signal(signal.SIGINT)
    perf.wait()
    if lprof.returncode:
        raise SystemExit(said)
    start = time.monotonic()
    reference, same = perf_shares(target, data, begin, begin + args.seconds)
    unwinding = time.monotonic() - start
    return reference, *lprof_shares(path, same), unwinding


def watch_often(args, target):
    """As many rounds as wanted, added up: perf's shares, ours, and how many of our stacks were cut. Samples are frequent
    in the first two seconds of a round only."""
    reference, found, cut = Shares(), Shares(), 0
    for _ in range(args.rounds):
        theirs, ours, stacks, _ = watch(args, target)
        reference += theirs
        found += ours
        cut += stacks["cut_samples"]
    return reference, found, cut


def noise(reference, found, kind):
    """What the half of the sum of |p - q| would be on average if both saw the same and drew their samples at random."""
    n, m = reference.n or 1, found.n or 1
    total = 0
    for key in reference.kinds[kind].keys() | found.kinds[kind].keys():
        p = (reference.kinds[kind][key] + found.kinds[kind][key]) / (n + m)
        total += math.sqrt(2 / math.pi * p * (1 - p) * (1 / n + 1 / m))
    return total / 2


def shares(args):
    print(f"\nshares: {args.rounds} times {args.seconds:g} s of perf's samples and ours of the same process; half the sum of |p - q|, and what "
          "counting noise would give")
    print(f"{'':10} {'perf':>6} {'ours':>6} {'cut':>5} {'':24} {'half sum':>8} {'noise':>6}  most different: perf's %, ours")
    for name in args.programs:
        with targets(args.directory)[name]() as target:
            reference, found, cut = watch_often(args, target)
        for number, kind in enumerate(reference.kinds):
            p, q = reference.kinds[kind], found.kinds[kind]
            differences = {key: q[key] / (found.n or 1) - p[key] / (reference.n or 1) for key in p.keys() | q.keys()}
            worst = sorted(differences, key=lambda key: -abs(differences[key]))[:4 if args.verbose else 2]
            text = ", ".join(f"{key if isinstance(key, str) else '%s:%d' % key} {100 * p[key] / (reference.n or 1):.1f} "
                             f"{100 * q[key] / (found.n or 1):.1f}" for key in worst)
            head = f"{name:10} {reference.n:6} {found.n:6} {cut:5}" if not number else " " * 30
            print(f"{head} {kind:24} {sum(map(abs, differences.values())) / 2:8.3f} {noise(reference, found, kind):6.3f}  {text}")
        sys.stdout.flush()


def truth(args):
    source, path = "tests/programs/spans.c", os.path.join(args.work, "samples.json")
    lines = tagged_lines(source)
    with open(source, encoding="utf-8") as stream:
        repeats = {m[1]: int(m[2]) for m in re.finditer(r'= \{"(cpu\w+)", (\d+),', stream.read())}
    out = output([args.lprof, "-q", "--no-probes", "--clock", "cpu", "-o", path, "--", os.path.join(args.work, "spans"),
                  str(args.truth)])
    spans, calls = spans_of(out), int(re.search(r"^counter calls (\d+)$", out, re.M)[1])
    with open(path, encoding="utf-8") as stream:
        stacks = json.load(stream)["stacks"]
    through, samples = collections.Counter(), collections.Counter()
    for node in stacks["nodes"]:
        ns, n = node[6], node[5]
        while node and stacks["functions"][node[1]]["name"] != "lines":
            node = stacks["nodes"][node[0] - 1] if node[0] else None
        if node:
            through[node[2]] += ns
            samples[node[2]] += n
    known = {name: calls * repeats[name] * spans[name] for name in repeats}
    found = {name: through[lines[name]] for name in repeats}
    print(f"\ntruth: lines of known cost in {sum(samples.values())} samples; shares of the time of these lines")
    print(f"{'':10} {'ns a hit':>10} {'samples':>8} {'true %':>7} {'found %':>8} {'error, %':>9} {'noise, %':>9}")
    for name, ns in known.items():
        share, ours = ns / sum(known.values()), found[name] / sum(found.values())
        error = 100 * (ours / share - 1)
        n = samples[lines[name]] or 1
        print(f"{name:10} {spans[name]:10.1f} {n:8} {100 * share:7.2f} {100 * ours:8.2f} {error:9.1f} {100 / math.sqrt(n):9.1f}")


def hottest(args):
    print("\nhottest: by perf in user mode, and first without -f (but for the kernel); its share by perf, %")
    for name in args.programs + ["numpy"]:
        with targets(args.directory)[name]() as target:
            reference, *_ = watch(args, target)
            text = output([args.lprof, "-q", "-d", "6", "--functions", "1", "-p", str(target.pid)], stderr=subprocess.DEVNULL)
        head, rest = re.search(r"^( *Own +Total.*)\n-+\n((?:.+\n)+)", text, re.M).groups()
        begin, end = head.index("Function"), head.index("Place")
        rows = [row[begin:end].strip() for row in rest.splitlines()]
        first = next(row for row in rows if row != "[kernel]")
        user, n = reference.user, reference.user.total() or 1
        best, most = user.most_common(1)[0]
        # Two functions may be equally hot as far as anybody can know from these samples.
        ours = int(re.search(r"^Sampled (\d+) times", text, re.M)[1]) * n / (reference.n or 1)
        tie = (most - user[first]) / n <= 2 * math.sqrt((most + user[first]) / n * (1 / n + 1 / ours))
        verdict = "right" if first == best else "equal within noise" if tie else "WRONG"
        print(f"{name:10} {best:28} {100 * most / n:5.1f}   {first:28} {100 * user[first] / n:5.1f}   {verdict}")
        sys.stdout.flush()


def progress(target):
    """What the target has done, in a unit of its own, and the processor time that it took."""
    with open(f"/proc/{target.pid}/io", encoding="utf-8") as stream:
        done = sum(int(row.split()[1]) for row in stream if row.startswith(("rchar", "wchar")))
    return done, target.cpu_seconds()


def speed(target, seconds):
    done, used = progress(target)
    time.sleep(seconds)
    later, more = progress(target)
    return (later - done) / (more - used)


def cpu_of(pid):
    with open(f"/proc/{pid}/schedstat", encoding="utf-8") as stream:
        return int(stream.read().split()[0]) / 1e9


def speed_sampled(args, target, seconds):
    """The speed under lprof-bpf, its processor time a second, and a sample."""
    path = os.path.join(args.work, "samples.json")
    with subprocess.Popen([args.lprof, "--no-probes", "--clock", args.clock, "-o", path, "-p", str(target.pid)],
                          text=True, stderr=subprocess.PIPE) as lprof:
        lprof.stderr.readline()
        time.sleep(0.3)
        used = cpu_of(lprof.pid)
        found = speed(target, seconds)
        used = cpu_of(lprof.pid) - used
        lprof.send_signal(signal.SIGINT)
        lprof.communicate()
    with open(path, encoding="utf-8") as stream:
        report = json.load(stream)
    samples = sum(node[5] for node in report["stacks"]["nodes"]) * seconds / (report["duration_ns"] / 1e9)
    return found, used / seconds, used / max(samples, 1)


def speed_copied(args, target, seconds):
    with subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(RATE), "--call-graph", "dwarf,8192", "-o",
                           os.path.join(args.work, "perf.data"), "-p", str(target.pid)], stderr=subprocess.DEVNULL) as perf:
        time.sleep(0.5)
        found = speed(target, seconds)
        perf.send_signal(signal.SIGINT)
        perf.wait()
    start = time.monotonic()
    text = output(["perf", "script", "-i", os.path.join(args.work, "perf.data"), "--no-inline", "-F", "ip"],
                  stderr=subprocess.DEVNULL)
    return found, (time.monotonic() - start) / max(text.count("\n\n"), 1)


def programs_of(pid):
    """The numbers of the BPF programs that a process holds."""
    numbers = set()
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{name}", encoding="ascii") as stream:
                numbers.update(int(row.split()[1]) for row in stream if row.startswith("prog_id:"))
        except FileNotFoundError:
            pass
    return numbers


def runs_in_kernel(args, pid):
    """How long the BPF program ran in 5 s, in nanoseconds, how often, and the tree of samples."""
    path = os.path.join(args.work, "samples.json")
    with subprocess.Popen([args.lprof, "--no-probes", "-o", path, "-p", str(pid)], text=True, stderr=subprocess.PIPE) as lprof:
        lprof.stderr.readline()
        time.sleep(5)
        programs = json.loads(output(["bpftool", "-j", "prog", "show"]))
        own = programs_of(lprof.pid)
        lprof.send_signal(signal.SIGINT)
        lprof.communicate()
    found = next(program for program in programs if program["id"] in own and program.get("name") == "lprof_sample")
    with open(path, encoding="utf-8") as stream:
        return found.get("run_time_ns", 0), found.get("run_cnt", 0), json.load(stream).get("stacks", {"nodes": []})["nodes"]


def in_kernel(args, target):
    """The time that the BPF program takes for a sample of the target, for one of another process, and the mean number of
    functions on a stack."""
    switch = "/proc/sys/kernel/bpf_stats_enabled"
    with open(switch, encoding="ascii") as stream:
        before = stream.read()
    with open(switch, "w", encoding="ascii") as stream:
        stream.write("1")
    try:
        with subprocess.Popen(["sleep", "60"]) as asleep:
            ns, runs, _ = runs_in_kernel(args, asleep.pid)
            asleep.kill()
        other = ns / max(runs, 1)
        ns, runs, nodes = runs_in_kernel(args, target.pid)
    finally:
        with open(switch, "w", encoding="ascii") as stream:
            stream.write(before)
    depth = []
    for node in nodes:
        depth.append(1 + (depth[node[0] - 1] if node[0] else 0))
    samples = sum(node[5] for node in nodes) or 1
    frames = sum(node[5] * deep for node, deep in zip(nodes, depth)) / samples
    return (ns - other * (runs - samples)) / samples, other, frames


def cost(args):
    print(f"\ncost of sampling: medians of {args.pairs} pairs of {args.window:g} s; what the target did in a second of its processor time")
    print(f"{'':10} {'target %':>9} {'quartiles':>16} {'profiler %':>11} {'us/sample':>10} {'perf, 8 KiB: target %':>22} {'unwinding us':>13}")
    for name in args.programs:
        rows = []
        with targets(args.directory)[name]() as target:
            for _ in range(args.pairs):
                bare = speed(target, args.window)
                found, used, each = speed_sampled(args, target, args.window)
                between = speed(target, args.window)
                copied, unwinding = speed_copied(args, target, args.window)
                after = speed(target, args.window)
                rows.append((100 * ((bare + between) / 2 / found - 1), 100 * used, 1e6 * each,
                             100 * ((between + after) / 2 / copied - 1), 1e6 * unwinding))
            ns, other, frames = in_kernel(args, target)
        taken, used, each, copied, unwinding = (statistics.median(column) for column in zip(*rows))
        low, _, high = statistics.quantiles([row[0] for row in rows], n=4)
        print(f"{name:10} {taken:9.2f} {low:7.2f} .. {high:5.2f} {used:11.2f} {each:10.1f} {copied:22.2f} {unwinding:13.1f}")
        print(f"{'':10} the BPF program: {ns / 1000:.2f} us a sample of {frames:.1f} functions, {other / 1000:.2f} us one of another "
              "process")
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lprof", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--directory", required=True, help="where the programs are")
    parser.add_argument("--seconds", type=float, default=10, help="of each run")
    parser.add_argument("--rounds", type=int, default=1, help="of shares, which are added up")
    parser.add_argument("--truth", type=float, default=40, help="seconds of the program that knows its times")
    parser.add_argument("--stack", type=int, default=32768, help="bytes of the stack that perf copies")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--window", type=float, default=3, help="seconds of one measurement of the cost")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--programs", nargs="+", default=["bzip2", "minigzip", "lua", "sqlite3", "redis"])
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--only", choices=["shares", "truth", "hottest", "cost"])
    args = parser.parse_args()
    for name, function in (("shares", shares), ("truth", truth), ("hottest", hottest), ("cost", cost)):
        if args.only in (None, name):
            function(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
