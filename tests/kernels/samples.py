#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""samples.py alone|counted|found PROFILE: judges a profile of tests/programs/turns.c by what the program is known to
do: samples alone, samples beside counted lines, or functions that samples found and lines of these."""
import json
import sys

TURNS = 60
SLEEP_NS = 20_000_000


def stacks(profile):
    """Of each node: the names of the functions, the innermost first; samples; nanoseconds blocked."""
    names = [function["name"] for function in profile["stacks"]["functions"]]
    chains = []
    for caller, function, _, _, _, samples, _, blocked in (node[:8] for node in profile["stacks"]["nodes"]):
        chain = [names[function]] + (chains[caller - 1][0] if caller else [])
        chains.append((chain, samples, blocked))
    return chains


def judge(what, profile):
    """Yields what is wrong."""
    chains = stacks(profile)
    total = sum(samples for _, samples, _ in chains)
    hot = sum(samples for chain, samples, _ in chains if "hot" in chain)
    right = sum(samples for chain, samples, _ in chains if "hot" in chain
                and chain[chain.index("hot"):][:3] == ["hot", "outer", "main"] and chain[-1] == "_start")
    blocked = sum(blocked for chain, _, blocked in chains if "rest" in chain)
    if total < 50 or hot < 0.7 * total:
        yield f"{hot} of {total} samples in hot"
    if right < 0.9 * hot:
        yield f"{right} of {hot} samples in hot have the right callers"
    if what != "found" and not 0.7 * TURNS * SLEEP_NS <= blocked <= profile["duration_ns"]:
        yield f"{blocked} ns blocked in rest, of {TURNS * SLEEP_NS} at least"
    lines = {function["name"]: function["lines"] for function in profile["functions"]}
    if what == "alone" and (any(line.get("hits") for line in lines.get("hot", [{"hits": 1}]))
                            or max(profile["functions"], key=lambda f: f["time_ns"])["name"] != "hot"):
        yield "samples alone have not made hot the hottest function, or it has hits"
    if what == "found" and not any(line["hits"] > 1000 for line in lines.get("hot", [])):
        yield "the lines of hot were not counted"


def main():
    with open(sys.argv[2], encoding="utf-8") as stream:
        faults = list(judge(sys.argv[1], json.load(stream)))
    for fault in faults:
        print(fault)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
