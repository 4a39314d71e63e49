#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stops, kills and starves the profiler at random moments, for safety.sh, and looks at what that does to its target.

stop      SIGSTOP; after two seconds SIGCONT, and it must end in order
kill      SIGKILL
starve    both it and its helper have to wait for programs of higher priority, one on each processor, for a second
end       SIGINT, to compare with

lost      what the target lost of its processor time, by the units of work that it did not do: the median round, and the worst,
          in milliseconds; and in per cent, the median round
worst     the worst quarter of a second: units done for each second on a processor, by what is usual without the profiler
failed    rounds after which a probe was left, the target had ended, or the profiler did not end as it should
wrong     wrong results of the target
The profiler is at work for up to three seconds before that happens, and what it takes then is in these figures."""
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from command_line import Parser
from loads import LOADS

BIN = 0.25
AFTER = 2.0


class Watch:
    """Looks at a load each quarter of a second."""

    def __init__(self, load):
        self.load, self.rows = load, [(time.monotonic(), load.done(), load.cpu_seconds())]

    def until(self, when):
        while time.monotonic() < when:
            time.sleep(max(0, min(when - time.monotonic(), self.rows[-1][0] + BIN - time.monotonic())))
            if time.monotonic() >= self.rows[-1][0] + BIN:
                self.rows.append((time.monotonic(), self.load.done(), self.load.cpu_seconds()))

    def bins(self):
        """Units for each second on a processor."""
        return [(b[1] - a[1]) / max(b[2] - a[2], 1e-9) for a, b in zip(self.rows, self.rows[1:])]

    def sums(self):
        """(units, seconds on a processor)"""
        return self.rows[-1][1] - self.rows[0][1], self.rows[-1][2] - self.rows[0][2]


def hogs(load):
    """Programs that leave nothing of the processors to others but the load and this one."""
    os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(3))
    for pid in load.pids:
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(2))
    spin = "import os\nos.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))\nwhile True: pass"
    return [subprocess.Popen(["taskset", "-c", str(cpu), sys.executable, "-c", spin], stdin=subprocess.DEVNULL)
            for cpu in sorted(os.sched_getaffinity(0))]


def unstarve(load, processes):
    # The load goes first: while it has more priority, what spins beside it is not run, and so cannot end.
    for pid in load.pids:
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setscheduler(int(thread), os.SCHED_OTHER, os.sched_param(0))
    for process in processes:
        process.kill()
        process.wait()
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def disturb(kind, load, profiler, watch):
    """Does it. The profiler may be at work afterwards."""
    if kind == "kill":
        profiler.kill()
        watch.until(time.monotonic() + AFTER)
    elif kind == "stop":
        profiler.send_signal(signal.SIGSTOP)
        watch.until(time.monotonic() + AFTER)
        profiler.send_signal(signal.SIGCONT)
    elif kind == "starve":
        processes = hogs(load)
        try:
            watch.until(time.monotonic() + 1)
        finally:
            unstarve(load, processes)


def finish(kind, profiler, log):
    """What was wrong with the profiler's end, or an empty text."""
    if kind != "kill":
        profiler.send_signal(signal.SIGINT)
    try:
        status = profiler.wait(20)
    except subprocess.TimeoutExpired:
        profiler.kill()
        profiler.wait()
        return "the profiler did not end"
    # It may be sent SIGINT before it is ready for that.
    if status not in (0, -signal.SIGINT, -signal.SIGKILL):
        log.seek(0)
        return f"the profiler ended with {status}: {log.read().strip()}"
    return ""


def probes_left(load, limit):
    """Waits for the helper process to take probes out. Returns what is left of them."""
    deadline = time.monotonic() + limit
    while True:
        checks = [subprocess.run([sys.executable, "tests/integration/unpatched.py", str(pid)], text=True, capture_output=True, check=False)
                  for pid in load.pids]
        left = "".join(check.stdout + check.stderr for check in checks if check.returncode)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


def one_round(args, kind, load, work):
    """(milliseconds lost, share lost, worst bin, what failed)"""
    plain = Watch(load)
    plain.until(time.monotonic() + 4 * BIN)
    units, cpu = plain.sums()
    usual = units / cpu
    with open(os.path.join(work, "log"), "w+", encoding="utf-8") as log:
        selection = [part for name in load.functions for part in ("-f", name)]
        profiler = subprocess.Popen([args.lprof, *args.option, *selection, "-o", os.path.join(work, "profile.json"), *load.target()],
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        watch = Watch(load)
        watch.until(time.monotonic() + random.uniform(0, 3))
        disturb(kind, load, profiler, watch)
        failed = finish(kind, profiler, log)
    left = probes_left(load, 2)
    watch.until(time.monotonic() + BIN)
    failed = failed or (f"probes are left: {left.strip()}" if left else "")
    failed = failed or ("the target has ended" if any(process.poll() is not None for process in load.processes) else "")
    units, cpu = watch.sums()
    lost = cpu - units / usual
    return 1000 * lost, lost / cpu, min(watch.bins()) / usual, failed


def main():
    own = ["tight", "throws", "threads", "sqlite"]
    parser = Parser(__doc__, own, default="the first three")
    parser.add_argument("--rounds", type=int, default=25, help="of each kind with each load")
    parser.add_argument("--kind", action="append", choices=["end", "stop", "kill", "starve"], help="(default: all)")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("-v", "--verbose", action="store_true", help="show each round")
    args = parser.read()
    random.seed(args.seed)
    print(f"seed {args.seed}, {args.rounds} rounds each\n{'':8} {'':8} {'lost ms':>8} {'worst':>8} {'%':>6} {'worst':>6} {'failed':>6} {'wrong':>6}", flush=True)
    failures = 0
    for name in args.loads or own[:3]:
        for kind in args.kind or ["end", "stop", "kill", "starve"]:
            with tempfile.TemporaryDirectory() as work, LOADS[name].placed(args.programs, work) as load:
                rounds = []
                for _ in range(args.rounds):
                    rounds.append(one_round(args, kind, load, work))
                    if args.verbose or rounds[-1][3]:
                        print("  lost {:.1f} ms, share {:.3f}, worst {:.2f} {}".format(*rounds[-1]), flush=True)
                    if "target" in rounds[-1][3]:
                        break
                failed, wrong = sum(bool(row[3]) for row in rounds), load.wrong()
                failures += failed + wrong
                print(f"{name:8} {kind:8} {statistics.median(row[0] for row in rounds):8.1f} {max(row[0] for row in rounds):8.1f} "
                      f"{100 * statistics.median(row[1] for row in rounds):6.1f} {min(row[2] for row in rounds):6.2f} {failed:6} {wrong:6}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
