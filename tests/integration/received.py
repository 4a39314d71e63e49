#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions to what receiver.py got.

received.py DIR EXPRESSION    value of a Python expression over `got` (the requests taken: answered 200, or lost) and
                              `every` (all requests), in the order they came, and the helpers below
"""
import collections
import json
import os
import sys
import time  # noqa: F401, for expressions


def span(request):
    return int(request["query"]["from"]), int(request["query"]["until"])


def until(requests, begin, end):
    """The requests whose time spans are between two times."""
    return [request for request in requests if begin < span(request)[0] and span(request)[1] < end]


def once(requests):
    """The requests without those that came a second time."""
    return list({span(request): request for request in requests}.values())


def total(requests, value_type="hits"):
    """Sum of a value over all lines."""
    return sum(line[value_type] for request in requests for line in request["profile"]["lines"].values())


def by_line(requests, value_type="hits", key="lines"):
    """{"FUNCTION:LINE": sum}"""
    sums = collections.Counter()
    for request in requests:
        for place, values in request["profile"][key].items():
            sums[place] += values[value_type]
    return {place: n for place, n in sums.items() if n}


def by_stack(requests, value_type):
    """{"FUNCTION:LINE;FUNCTION:LINE": sum}, the outermost function first."""
    return by_line(requests, value_type, "stacks")


def reported(path, key="hits"):
    """The sums of a JSON report, in the form of by_line()."""
    with open(path, encoding="utf-8") as stream:
        report = json.load(stream)
    sums = collections.Counter()
    for function in report["functions"]:
        for line in function["lines"]:
            sums[f"{function['name']}:{line['line']}"] += line[key]
    return {place: n for place, n in sums.items() if n}


def sampled(path):
    """The samples of a JSON report, in the form of by_stack()."""
    with open(path, encoding="utf-8") as stream:
        stacks = json.load(stream)["stacks"]
    chains, sums = [], collections.Counter()
    for parent, function, line, _file, _owner, samples, *_times in stacks["nodes"]:
        chains.append((chains[parent - 1] + ";" if parent else "") + f"{stacks['functions'][function]['name']}:{line}")
        sums[chains[-1]] += samples
    return {stack: n for stack, n in sums.items() if n}


def is_chain(requests):
    """Whether each profile begins where the one before ends: none is missing, none came twice, and all are in
    order."""
    spans = [span(request) for request in requests]
    return len(spans) > 1 and all(a < b for a, b in spans) and all(
        a[1] == b[0] for a, b in zip(spans, spans[1:], strict=False))


def main(directory, expression):
    requests = []
    for name in sorted(os.listdir(directory)):
        if name.endswith(".json"):
            with open(f"{directory}/{name}", encoding="utf-8") as stream:
                requests.append(json.load(stream))
    taken = [request for request in requests if request["mode"] in ("200", "slow", "lost")]
    print(eval(expression, {**globals(), "got": taken, "every": requests}))  # pylint: disable=eval-used


if __name__ == "__main__":
    main(*sys.argv[1:])
