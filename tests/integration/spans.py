#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs print of their own times ("span NAME NANOSECONDS") against a report. Lines are named by the comments
that end them in the source.

spans.py SOURCE PROFILE OUTPUT FUNCTION --percent P --ns N    each line's time per hit is within P per cent or N ns
"""
import argparse
import json
import re
import sys


def tagged_lines(source):
    """name -> line number"""
    with open(source, encoding="utf-8") as stream:
        return {m[1]: n for n, text in enumerate(stream, 1) if (m := re.search(r";\s+/\* (\w+) \*/$", text))}


def spans_of(output):
    """name -> nanoseconds"""
    return {m[1]: float(m[2]) for m in re.finditer(r"^span (\w+) (-?[\d.]+)$", output, re.M)}


def function_of(report, name):
    return next(f for f in report["functions"] if f["name"] == name)


def per_hit(function, number):
    """Nanoseconds of a line, and their uncertainty."""
    line = next(line for line in function["lines"] if line["line"] == number)
    return line["time_ns"] / line["hits"], line.get("uncertainty_ns", 0) / line["hits"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("profile")
    parser.add_argument("output")
    parser.add_argument("function")
    parser.add_argument("--percent", type=float, required=True)
    parser.add_argument("--ns", type=float, required=True)
    parser.add_argument("--skip", action="append", default=[])
    args = parser.parse_args()
    with open(args.profile, encoding="utf-8") as stream:
        function = function_of(json.load(stream), args.function)
    with open(args.output, encoding="utf-8") as stream:
        spans = spans_of(stream.read())
    status = 0 if spans else 1
    for name, number in tagged_lines(args.source).items():
        if name not in spans or name in args.skip:
            continue
        found, doubt = per_hit(function, number)
        wrong = abs(found - spans[name]) > max(args.ns, spans[name] * args.percent / 100)
        print(f"  {name}: {found:.1f} +- {doubt:.1f} ns, itself {spans[name]:.1f}{' WRONG' if wrong else ''}")
        status |= wrong
    return status


if __name__ == "__main__":
    sys.exit(main())
