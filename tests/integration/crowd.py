#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""crowd.py PROFILER PROGRAM THREADS: profiles PROGRAM with THREADS threads, ended by -d, SIGINT and SIGTERM."""
import json
import os
import signal
import subprocess
import sys
import time

from kill_moments import differing

PROBES_GO = 10  # seconds after the end of counting or a signal; on a quiet machine less than 1
END = 30  # seconds until the profiler has ended; on a quiet machine less than 5
DURATION = 2


def ordinary():
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def wait_while(condition, seconds, what):
    start = time.monotonic()
    while condition():
        if time.monotonic() - start > seconds:
            raise SystemExit(f"{what}: not within {seconds} s")
        time.sleep(0.01)
    return time.monotonic() - start


def profile(command, pid, program, end, report):
    options = ["-q", "--max-overhead", "none", "-f", "work", "-p", str(pid), "-o", report] + (["-d", str(DURATION)] if end is None else [])
    with subprocess.Popen(command + options, preexec_fn=ordinary) as profiler:
        try:
            attached = wait_while(lambda: not differing(pid, program), 240, "attaching")
            time.sleep(DURATION)
            if end is not None:
                profiler.send_signal(end)
            gone = wait_while(lambda: differing(pid, program), PROBES_GO, "taking the probes out")
            ended = wait_while(lambda: profiler.poll() is None, END, "ending")
        finally:
            profiler.kill()
    if profiler.returncode:
        raise SystemExit(f"status {profiler.returncode}")
    with open(report, encoding="utf-8") as file:
        counted = json.load(file)
    name = "-d" if end is None else end.name
    print(f"  {name}: attached after {attached:.2f} s, probes gone {gone:.2f} s after the end, ended {ended:.2f} s later")
    if end is None and counted["duration_ns"] > DURATION * 1.02e9:
        raise SystemExit(f"counted for {counted['duration_ns']} ns")
    if not counted["probe"]["hits"]:
        raise SystemExit("no hits")


def main():
    profiler, program, threads = sys.argv[1:4]
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))
    with subprocess.Popen([program, threads], stdout=subprocess.PIPE, preexec_fn=ordinary) as target:
        try:
            target.stdout.readline()
            for end in None, signal.SIGINT, signal.SIGTERM:
                profile([profiler], target.pid, program, end, os.path.join(os.path.dirname(program), "report.json"))
        finally:
            target.kill()


if __name__ == "__main__":
    main()
