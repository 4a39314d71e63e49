#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill_moments.py PROFILER PID FILE MOMENT N Starts PROFILER N times on process PID, which runs FILE, and kills it
while probes are inserted ("in") or removed ("out"), or together with the process that holds the probes ("both").
Each time, all bytes of FILE's code in the process's memory must equal the file again within GONE seconds; with
"both", after another run of the profiler or its doctor."""
import os
import random
import subprocess
import sys
import time

GONE = 5
FEW = 50  # as soon as so many bytes differ, probes are being inserted


def differing(pid, path):
    """The number of bytes of PATH's code that differ in PID's memory."""
    count = 0
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for text in maps:
            fields = text.split()
            if fields[-1] != path or "x" not in fields[1]:
                continue
            low, high = (int(part, 16) for part in fields[0].split("-"))
            memory.seek(low)
            now = memory.read(high - low)
            with open(path, "rb") as file:
                file.seek(int(fields[2], 16))
                wanted = file.read(high - low)
            if now[: len(wanted)] != wanted:
                count += sum(a != b for a, b in zip(now, wanted))
    return count


def wait_until_gone(pid, path):
    """Waits until nothing differs. Returns the seconds that took, or None."""
    start = time.monotonic()
    while differing(pid, path):
        if time.monotonic() - start > GONE:
            return None
        time.sleep(0.02)
    return time.monotonic() - start


def wait_for_moment(profiler, pid, path, moment):
    most = 0
    while profiler.poll() is None:
        now = differing(pid, path)
        if moment != "out" and now > FEW:
            return
        if most > FEW and now < most - 20:
            return
        most = max(most, now)


def keepers(profiler):
    """The processes that hold the probes of PROFILER, a process ID; none of another profiler's."""
    with open(f"/proc/{profiler}/task/{profiler}/children", encoding="utf-8") as children:
        for pid in children.read().split():
            try:
                with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                    if file.read().strip() == "lprof-probes":
                        yield int(pid)
            except OSError:
                pass


def kill_once(command, pid, path, moment, number):
    """Returns two values: the seconds until no byte differed, or None if bytes stayed; and how many differed at
    first."""
    with subprocess.Popen(command + ["--max-overhead", "none", "-f", "fn*", "-p", str(pid), "-d", "0.3", "-q", "-o", "/dev/null"]) as profiler:
        wait_for_moment(profiler, pid, path, moment)
        if moment == "both":
            for keeper in keepers(profiler.pid):
                os.kill(keeper, 9)
        else:
            time.sleep(random.random() * 0.01)
        profiler.kill()
    if moment != "both":
        return wait_until_gone(pid, path), 0
    time.sleep(1)
    stayed = differing(pid, path)
    again = ["doctor"] if number % 2 else ["-q", "-f", "fn3", "-p", str(pid), "-d", "0.1", "-o", "/dev/null"]
    subprocess.run(command + again, stdout=subprocess.DEVNULL, check=True)
    return wait_until_gone(pid, path), stayed


def main():
    profiler, pid, path, moment, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])
    slowest, failures, stays = 0.0, 0, 0
    for number in range(count):
        seconds, stayed = kill_once([profiler], pid, path, moment, number)
        stays += stayed > 0
        if seconds is None:
            failures += 1
            print(f"kill {number}: {differing(pid, path)} bytes still differ after {GONE} s")
        else:
            slowest = max(slowest, seconds)
    print(f"{moment}: {count} kills, bytes stayed after {failures}, slowest {slowest:.2f} s; {stays} times cleaned up")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
