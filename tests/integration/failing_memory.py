# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command of the profiler again and again, each time failing another call of the allocator (the preloaded
tests/programs/failing_malloc.c), until N is beyond the last call. Each run ends in one of two ways:

    0, with the right result: what lacked memory was not needed;
    1, with exactly one sentence, which speaks of memory, and the file of -o as it was before: in every other run there
       was none.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

LIMIT = 10  # seconds for one run: it hangs otherwise
EARLIER = b"an earlier result\n"
SENTENCE = re.compile(r"memory", re.IGNORECASE)


def comparable(out):
    """Without the prices of a plan, the last numbers of its lines: estimates will do if they cannot be read."""
    return re.sub(rb" +\d+(?=\n|  when each)", b"", out)


class Result:
    def __init__(self, status, out, err, saved):
        self.status, self.out, self.err, self.saved = status, out, err, saved


class Sweep:
    def __init__(self, args):
        self.args = args
        self.scratch = tempfile.TemporaryDirectory()
        self.mark = os.path.join(self.scratch.name, "mark")
        self.expected = self.run(0)
        self.faults = []
        self.outcomes = {"survived": 0, "said": 0}

    def environment(self, n, more):
        return dict(os.environ, LD_PRELOAD=self.args.library, FAIL_AT=str(n), FAIL_MARK=self.mark, **more)

    def read_saved(self):
        try:
            with open(self.args.output, "rb") as file:
                return file.read()
        except (FileNotFoundError, TypeError):
            return None

    def prepare(self, earlier):
        for path in (self.mark, self.args.output):
            if path and os.path.exists(path):
                os.unlink(path)
        if earlier and self.args.output:
            with open(self.args.output, "wb") as file:
                file.write(earlier)

    def run(self, n, more=None, earlier=None):
        self.prepare(earlier)
        process = subprocess.Popen(self.args.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment(n, more or {}),
                                   start_new_session=True)
        try:
            out, err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Result("hangs", b"", "", None)
        return Result(process.returncode, out, err.decode(errors="replace"), self.read_saved())

    def is_right(self, result):
        """Whether the result is what it is with enough memory; what was measured is never twice the same."""
        if self.args.measured:
            profile = json.loads(result.saved)
            return any(line["hits"] for function in profile["functions"] for line in function["lines"])
        return comparable(result.out) == comparable(self.expected.out) and result.saved == self.expected.saved

    def fault_of(self, result, earlier):
        sentences = result.err.splitlines()
        if result.status == 0:
            if not self.is_right(result):
                return "status 0 and a wrong result: " + result.out.decode(errors="replace")
            self.outcomes["survived"] += 1
        elif result.status == 1:
            if len(sentences) != 1 or not SENTENCE.search(sentences[0]):
                return f"{len(sentences)} sentences instead of one about memory"
            if self.args.output and result.saved != earlier:
                found = "no file" if result.saved is None else f"{len(result.saved)} bytes"
                return f"status 1, and the file of -o is not as it was: {found}"
            self.outcomes["said"] += 1
        else:
            return f"exit status {result.status}"
        if self.args.unpatched and os.system(self.args.unpatched):
            return "probes stay in the target"
        return None

    def look_at(self, n, more):
        earlier = EARLIER if n // self.args.stride % 2 else None
        result = self.run(n, more, earlier)
        if not os.path.exists(self.mark):
            return False
        # What a short run within a budget measures is a matter of chance; a fault at this call comes again.
        for _ in range(2):
            if not self.args.measured or result.status != 0 or self.is_right(result):
                break
            result = self.run(n, more, earlier)
        fault = self.fault_of(result, earlier)
        if fault:
            self.faults.append((n, more, fault, result.err))
            print(f"call {n}: {fault}: {result.err.strip()!r}", flush=True)
        return True

    def go_through(self, start, stride, more):
        n = start
        while n < start + self.args.most * stride and self.look_at(n, more):
            n += stride
        return n


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--start", type=int, default=1)
    parser.add_argument("--most", type=int, default=100000, help="runs, where it is not known how many calls there are")
    parser.add_argument("--output", help="what -o names in COMMAND")
    parser.add_argument("--measured", action="store_true", help="OUTPUT is a profile in JSON of something that runs")
    parser.add_argument("--unpatched", help="a shell's command that fails when there are probes in the target")
    parser.add_argument("--forked", action="store_true", help="the calls of the processes that it forks fail")
    parser.add_argument("--on", action="store_true", help="all calls from the Nth on fail")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def main():
    args = parse()
    sweep = Sweep(args)
    if sweep.expected.status != 0:
        sys.exit(f"with enough memory: status {sweep.expected.status}: {sweep.expected.err}")
    more = {}
    if args.forked:
        more["FAIL_FORKED"] = "1"
    if args.on:
        more["FAIL_ON"] = "1"
    began = time.monotonic()
    last = sweep.go_through(args.start, args.stride, more)
    n_runs = sum(sweep.outcomes.values()) + len(sweep.faults)
    print(f"{n_runs} runs in {time.monotonic() - began:.0f} s, up to call {last}: {sweep.outcomes['survived']} survived, "
          f"{sweep.outcomes['said']} said so, {len(sweep.faults)} wrong")
    sys.exit(bool(sweep.faults) or not n_runs)


if __name__ == "__main__":
    main()
