#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Saved profiles against what others say of them.

validate SCHEMA PROFILE...   they follow the schema, and hold no key that the schema does not describe
sum MERGED PROFILE...        MERGED is what adding up the others gives
table TEXT PROFILE           the text report TEXT has the functions, lines, hits and times of PROFILE
pairs DIFF BEFORE AFTER      DIFF puts side by side what is in BEFORE and AFTER, and lines of the same text
"""
import collections
import json
import re
import sys

import jsonschema


def load(path):
    with open(path) as file:
        return json.load(file)


def strict(schema):
    """The schema, made to forbid all keys that it does not describe."""
    if isinstance(schema, dict):
        schema = {key: strict(value) for key, value in schema.items()}
        if "properties" in schema and isinstance(schema["properties"], dict):
            schema["additionalProperties"] = False
    return schema


def validate(schema_path, *paths):
    schema = load(schema_path)
    jsonschema.Draft7Validator.check_schema(schema)
    for path in paths:
        jsonschema.Draft7Validator(schema).validate(load(path))
        jsonschema.Draft7Validator(strict(schema)).validate(load(path))


def identity(function):
    return (function["build_id"] or function["object"], function["file"], function["name"], function["linkage_name"],
            function["line"])


KEYS = ("hits", "time_ns", "uncertainty_ns", "blocked_ns", "waiting_ns")


def figures(profiles):
    lines, calls = collections.Counter(), collections.Counter()
    for profile in profiles:
        for function in profile["functions"]:
            calls[identity(function)] += function["calls"]
            for line in function["lines"]:
                for key in KEYS:
                    lines[identity(function), line["line"], key] += line.get(key, 0)
    return lines, calls


def sum_up(merged_path, *paths):
    merged, profiles = load(merged_path), [load(path) for path in paths]
    assert figures([merged]) == figures(profiles)
    assert sum(figures([merged])[0].values()) > 0
    identities = [identity(function) for function in merged["functions"]]
    assert len(set(identities)) == len(identities)
    assert merged["duration_ns"] == max(profile["duration_ns"] for profile in profiles)
    assert sorted(merged["pids"]) == sorted({pid for profile in profiles for pid in profile["pids"]})
    assert set(merged["notes"]) == {note for profile in profiles for note in profile["notes"]}
    for key in ("sites", "hits", "missed", "overhead_ns"):
        assert merged["probe"][key] == sum(profile["probe"][key] for profile in profiles)


def rounded(hits, uncertainty):
    """HITS, rounded to the largest power of ten that is at most half of UNCERTAINTY and not above HITS."""
    unit = 1
    while 20 * unit <= uncertainty and 10 * unit <= hits:
        unit *= 10
    return (hits + unit // 2) // unit * unit


def table(text_path, profile_path):
    expected, found, name = {}, {}, None
    for function in load(profile_path)["functions"]:
        for line in function["lines"]:
            if line["hits"] or line.get("hits_uncertainty"):
                hits = rounded(line["hits"], line.get("hits_uncertainty", 0))
                expected[function["name"], line["line"]] = (hits, round(line["time_ns"] / 1000, 1))
    for line in open(text_path):
        heading = re.match(r"Function: (.*) at line \d+$", line)
        row = re.match(r" *(\d+) +(\d+) +([0-9.]+) +[0-9.]+", line)
        if heading:
            name = heading[1]
        elif row:
            found[name, int(row[1])] = (int(row[2]), float(row[3]))
    assert expected and expected.keys() == found.keys(), (expected, found)
    for key, (hits, time) in expected.items():
        assert found[key][0] == hits and abs(found[key][1] - time) <= 0.11, (key, expected[key], found[key])


def pairs(diff_path, before_path, after_path):
    diff = load(diff_path)
    profiles = {"before": load(before_path), "after": load(after_path)}
    n_pairs = 0
    for side, profile in profiles.items():
        functions = {function["name"]: function for function in profile["functions"]}
        shown = {function["name"]: function for function in diff["functions"] if function[side]}
        assert functions.keys() == shown.keys()
        for name, function in functions.items():
            assert shown[name][side]["time_ns"] == function["time_ns"]
            if not shown[name]["before"] or not shown[name]["after"]:
                continue
            rows = [line[side] for line in shown[name]["lines"] if line[side]]
            assert [(row["line"], row["hits"], row["time_ns"]) for row in rows] == [
                (line["line"], line["hits"], line["time_ns"]) for line in function["lines"]]
    texts = {side: {(function["name"], line["line"]): line["source"] for function in profile["functions"]
                    for line in function["lines"]} for side, profile in profiles.items()}
    for function in diff["functions"]:
        for line in function["lines"]:
            if not line["before"] or not line["after"]:
                continue
            n_pairs += 1
            before = texts["before"][function["name"], line["before"]["line"]].strip()
            after = texts["after"][function["name"], line["after"]["line"]].strip()
            assert (before != after) == line["edited"], (before, after)
            assert line["time_change_ns"] == line["after"]["time_ns"] - line["before"]["time_ns"]
    assert n_pairs


if __name__ == "__main__":
    {"validate": validate, "sum": sum_up, "table": table, "pairs": pairs}[sys.argv[1]](*sys.argv[2:])
