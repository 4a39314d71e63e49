#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""plans.py LPROF DIRECTORY [NAME...]: what sparing probes is worth. Runs the programs of DIRECTORY under the profiler, with a
probe on every jump and with as many as tell all counts, and prints for each how often probes were hit and what they took,
the ratios, and how many lines of how many were counted otherwise, which must be none."""
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 3
LUA = """
local t = {}
for i = 1, 3000 do t[i] = (i * 7919) % 1009 .. "x" end
table.sort(t)
local n = 0
for i = 1, 20000 do n = n + #t[i % 3000 + 1] end
for w in ("the quick brown fox "):rep(50):gmatch("%a+") do n = n + #w end
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(n, fib(16))
"""
SQL = """
create table t(a integer primary key, b, c);
with recursive x(i) as (select 1 union all select i + 1 from x where i < 1500)
insert into t select i, i * 7 % 101, 'abc' || i from x;
select count(*), sum(b) from t where b > 50 group by b % 7;
create index q on t(b);
select * from t where b = 5 order by c limit 3;
select t.a, u.b from t join t u on t.b = u.a where t.a < 50;
"""


def workloads(directory, inputs):
    def file(name, text):
        path = os.path.join(inputs, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    with open(os.path.join(directory, "sqlite3.c"), encoding="utf-8") as source:
        text = file("text", source.read(300000))
    return {
        "collatz_O0": (["3000"], None),
        "counted": (["numeric"], None),
        "bzip2": (["-k", "-c", text], None),
        "minigzip": (["-c"], text),
        "lua": ([file("program.lua", LUA)], None),
        "sqlite3": ([":memory:"], file("queries.sql", SQL)),
    }


def run(lprof, program, arguments, standard_input, options):
    with tempfile.NamedTemporaryFile(suffix=".json") as out, open(standard_input or os.devnull, "rb") as stream:
        subprocess.run([lprof, "-q", "-f", "*", "-x", program, *options, "-o", out.name, "--", program, *arguments],
                       stdin=stream, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return json.load(out)


def lines(report):
    found = {}
    for function in report["functions"]:
        for line in function["lines"]:
            key = (function["name"], line.get("file", function["file"]), line["line"])
            found[key] = found.get(key, 0) + line["hits"]
    return found


def main():
    lprof, directory, *names = sys.argv[1:]
    print("program         hits, every jump        hits  ratio   ns, every jump          ns  ratio  lines that differ")
    with tempfile.TemporaryDirectory() as inputs:
        for name, (arguments, standard_input) in workloads(directory, inputs).items():
            if names and name not in names:
                continue
            runs = [[run(lprof, os.path.join(directory, name), arguments, standard_input, options)
                     for options in (["--all-jumps"], [])] for _ in range(ROUNDS)]
            hits = [runs[0][k]["probe"]["hits"] for k in (0, 1)]
            cost = [statistics.median(pair[k]["probe"]["overhead_ns"] for pair in runs) for k in (0, 1)]
            counts = [lines(report) for report in runs[0]]
            differ = sum(counts[1].get(key) != n for key, n in counts[0].items())
            print(f"{name:10s} {hits[0]:21d} {hits[1]:11d}  {hits[1] / hits[0]:5.2f} {cost[0]:16.0f} {cost[1]:11.0f}"
                  f"  {cost[1] / cost[0]:5.2f}  {differ} of {len(counts[0])}")


if __name__ == "__main__":
    main()
