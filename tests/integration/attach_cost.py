#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""attach_cost.py LIMITS PROFILE COMMAND [ARG...]: runs the profiler COMMAND -v -o PROFILE and ends it by SIGINT.
Measures and prints the processor time that it takes until its probes are in, its peak resident size during the whole
run, and its resident size shortly after attaching. LIMITS is SECONDS,PEAK_MB,RESIDENT_MB; the exit status is 1 when one
is exceeded. The time that passes is printed but not limited, because it depends on what else the machine does."""
import os
import re
import signal
import subprocess
import sys
import threading
import time


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status.read(), re.M)[1])


def processor_seconds(pid):
    """What all threads of the process have run, in user mode and in the kernel."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    limits = [float(limit) for limit in sys.argv[1].split(",")]
    command = [sys.argv[3], "-v", "-o", sys.argv[2], *sys.argv[4:]]
    begin = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    seconds, passed, sites, said = None, None, 0, []
    for line in process.stderr:
        said.append(line)
        found = re.search(r"attached (\d+) sites", line)
        if found:
            seconds, passed = processor_seconds(process.pid), time.monotonic() - begin
            sites += int(found[1])
        if "profiling;" in line:
            break
    time.sleep(0.3)
    resident = resident_kb(process.pid) if seconds else 0
    process.send_signal(signal.SIGINT)
    said.append(process.stderr.read())
    _, status, usage = os.wait4(process.pid, 0)
    watchdog.cancel()
    if status or not seconds:
        print(f"status {status}, {'' if seconds else 'not '}attached:", "".join(said))
        return 1
    figures = [seconds, usage.ru_maxrss / 1024, resident / 1024]
    print(f"attached {sites} sites after {passed:.2f} s, of which it ran {figures[0]:.2f} s; "
          f"peak {figures[1]:.0f} MB, then {figures[2]:.1f} MB resident")
    return 1 if any(figure > limit for figure, limit in zip(figures, limits)) else 0


if __name__ == "__main__":
    sys.exit(main())
