#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures what merging saved profiles costs: generates profiles (1000 of 10 000 lines each by default), and prints for
# several runs of `report` the time in seconds and the peak memory. For comparison, it also prints the time it takes
# only to read the files. From the repository's root: tests/bench/report.sh [PROFILES [LINES]]
set -eu
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1
. tests/integration/lib.sh
set -eu
need python3
[ -x "$LPROF" ] || { echo "report.sh: no $LPROF" >&2; exit 1; }

python3 - "$LPROF" "$WORK" "${1:-1000}" "${2:-10000}" <<'PYTHON'
import json, os, random, shutil, subprocess, sys, time

lprof, work, n_profiles, n_lines = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
random.seed(1)
LINES = 100  # in each function


def line(number):
    keys = {"line": number, "hits": random.randrange(10**7), "time_ns": random.randrange(10**11),
            "uncertainty_ns": random.randrange(10**6)}
    if number % 4 == 0:
        keys["blocked_ns"] = random.randrange(10**6)
    keys["source"] = "\t" * (number % 3 + 1) + f'value_{number} = step(value_{number - 1}, "{number % 7}");'
    return keys


def function(index):
    first = index * 3 * LINES
    lines = [line(first + 2 * i) for i in range(LINES)]
    return {"name": f"function_{index}", "linkage_name": "", "file": f"/src/program/file_{index // 10}.c", "line": first,
            "last": first + 2 * LINES, "object": "/usr/bin/program", "build_id": "0123456789abcdef" * 2, "calls": 5,
            "time_ns": sum(l["time_ns"] for l in lines), "blocked_ns": sum(l.get("blocked_ns", 0) for l in lines),
            "waiting_ns": 0, "lines": lines, "notes": []}


def profile(pid):
    return {"format": "lprof-bpf", "version": 1, "clock": "wall", "duration_ns": 10**10, "command": ["./program"],
            "pids": [pid], "probe": {"sites": 1, "hits": 2, "missed": 0, "overhead_ns": 3},
            "functions": [function(i) for i in range(n_lines // LINES)], "notes": []}


# A few different profiles, each many times, because the generator is not what is measured.
paths = []
for i in range(n_profiles):
    paths.append(f"{work}/{i}.json")
    if i < 10:
        with open(paths[i], "w") as file:
            json.dump(profile(i + 1), file, separators=(",", ":"))
    else:
        shutil.copyfile(paths[i % 10], paths[i])


def peak_of(process, known):
    """In kB. What wait4() tells is not less than this program's own."""
    try:
        with open(f"/proc/{process.pid}/status") as file:
            return int(next(line for line in file if line.startswith("VmHWM:")).split()[1])
    except (OSError, StopIteration):
        return known


def measure(what, command):
    times, peak = [], 0
    for _ in range(5):
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        pid, highest = 0, 0
        while not pid:
            highest = peak_of(process, highest)
            time.sleep(0.01)
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        times.append((time.monotonic() - start, usage.ru_utime + usage.ru_stime))
        peak = max(peak, highest)
        if status:
            sys.exit(f"report.sh: {what} failed")
    print(f"{what:24} {min(times)[0]:6.2f} to {max(times)[0]:6.2f} s, {min(t[1] for t in times):6.2f} s of CPU, "
          f"{peak / 1024:6.1f} MiB")


size = sum(os.path.getsize(path) for path in paths)
print(f"{n_profiles} profiles of {n_lines} lines, {size / 1e6:.0f} MB")
measure("cat", ["cat", *paths])
measure("report", [lprof, "report", *paths])
measure("report --format json", [lprof, "report", "--format", "json", *paths])
PYTHON
