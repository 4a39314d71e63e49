#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Languages by compilers by options: hits and calls of lprof-bpf against what each program counted itself.

A program is LANGUAGE/NAME.EXT, with LANGUAGE/NAME_*.EXT if it has more than one file. It prints lines "@MARKER COUNT" on
standard error. MARKER stands in a comment on the line that it counts:
  @name    the line was executed COUNT times
  @name?   the same, but a compiler may leave no code of the line, and then the profile has no hits to be wrong
  @name()  the function that is declared on the line was called COUNT times
Each program is built in all combinations and profiled once. A count is equal; or marked (it differs, and the profile says
that it is an estimate: hits_inexact or, of calls, a note); or known (it differs as `known` says, with the reason, or the profile has no hits
of the line because no row of the program's line table names it); or WRONG. Exit status 1 if one is WRONG, or a program
could not be built or run."""
import argparse
import collections
import concurrent.futures
import dataclasses
import fnmatch
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os", "LTO"]
KINDS = ["equal", "marked", "known", "WRONG"]
SECONDS = 120  # for one build or one run


def gnu(language, level, dwarf):
    """What gcc and clang, and gcc's other languages, have in common."""
    options = ["-O2", "-flto"] if level == "LTO" else [level]
    if level == "LTO" and language.command.startswith("clang"):
        options.append("-fuse-ld=lld")
    return [language.command, "-g", f"-gdwarf-{dwarf}", *options, *language.options]


def build_gnu(language, level, dwarf, program, sources):
    return [*gnu(language, level, dwarf), "-o", program, *sources]


def build_ada(language, level, dwarf, program, sources):
    compile_options = gnu(language, level, dwarf)[1:]
    link_options = ["-O2", "-flto"] if level == "LTO" else []
    return [language.command, "-q", f"-I{os.path.dirname(sources[0])}", "-o", program, sources[0],
            "-cargs", *compile_options, "-largs", *link_options]


def build_rust(language, level, dwarf, program, sources):
    options = ["opt-level=2", "lto=fat"] if level == "LTO" else ["opt-level=" + level[2:]]
    options += ["dwarf-version=" + dwarf] if rust_has_choice() else []
    return [language.command, "-g", *[word for option in options for word in ("-C", option)], "-o", program, sources[0]]


def build_go(language, level, dwarf, program, sources):
    options = ["-gcflags=-N -l"] if level == "-O0" else []
    return [language.command, "build", *options, "-o", program, *sources]


def build_pascal(language, level, dwarf, program, sources):
    options = {"-O0": "-O-", "-Os": "-Os"}.get(level, level)
    return [language.command, "-v0", "-l-", f"-gw{dwarf}", options, f"-Fu{os.path.dirname(sources[0])}",
            f"-FU{os.path.dirname(program)}", f"-o{program}", sources[0]]


def rust_has_choice():
    listing = subprocess.run(["rustc", "-C", "help"], capture_output=True, text=True, check=False)
    return "dwarf-version" in listing.stdout


@dataclasses.dataclass
class Language:
    name: str
    command: str
    suffix: str
    build: object = build_gnu
    options: tuple = ()
    levels: tuple = tuple(LEVELS)
    dwarfs: tuple = ("4", "5")
    common: str = ""  # a source file of all programs of the language, to be named on the command line


LANGUAGES = [
    Language("c", "gcc", ".c"),
    Language("c", "clang", ".c"),
    Language("c++", "g++", ".cc", options=("-std=c++20",)),
    Language("c++", "clang++", ".cc", options=("-std=c++20",)),
    Language("rust", "rustc", ".rs", build=build_rust),
    # Go has no optimisation levels in this sense, or a choice of the version: what they write is called 4 here.
    Language("go", "go", ".go", build=build_go, levels=("-O0", "-O2"), dwarfs=("4",), common="counting.go"),
    # The line tables that Free Pascal 3.2 writes with -gw4 lack a byte of their header, and nothing can read them.
    Language("pascal", "fpc", ".pas", build=build_pascal, levels=("-O0", "-O1", "-O2", "-O3", "-Os"), dwarfs=("2", "3")),
    Language("fortran", "gfortran", ".f90", common="counting.f90"),
    Language("ada", "gnatmake", ".adb", build=build_ada),
]


@dataclasses.dataclass
class Combination:
    language: Language
    level: str
    dwarf: str
    sources: list  # the first one has the main program

    def option(self):
        return f"{self.level}/{self.dwarf}"


@dataclasses.dataclass
class Known:
    fields: list  # patterns for language, compiler, option, FILE:@MARKER
    reason: str
    used: bool = False


@dataclasses.dataclass
class Count:
    """One marker of one combination."""
    place: str
    marker: str
    right: int
    got: object  # None if the profile has no such line or function
    inexact: bool
    coded: bool = True  # whether a row of the line table names the line
    kind: str = ""
    reason: str = ""


def read_known(path):
    with open(path, encoding="utf-8") as stream:
        rows = [line.split(None, 4) for line in stream if line.strip() and not line.startswith("#")]
    return [Known(row[:4], row[4].strip()) for row in rows]


def read_markers(sources):
    """marker -> (basename, line number)"""
    markers = {}
    for path in sources:
        with open(path, encoding="utf-8") as stream:
            for number, text in enumerate(stream, 1):
                for marker in re.findall(r"(?<=[ \t])@([a-z]\w*(?:\?|\(\))?)(?=[ \t\n])", text):
                    if marker in markers:
                        raise SystemExit(f"{path}:{number}: a second @{marker}")
                    markers[marker] = (os.path.basename(path), number)
    return markers


def read_profile(path):
    """The hits of lines and the calls of functions, by (basename, line); the lines whose hits are estimates, and those
    whose functions' calls are, as (basename, line, "calls")."""
    with open(path, encoding="utf-8") as stream:
        report = json.load(stream)
    if report["probe"]["missed"]:
        raise RuntimeError(f"{report['probe']['missed']} hits were missed")
    hits, calls, inexact = collections.Counter(), collections.Counter(), set()
    for function in report["functions"]:
        name = os.path.basename(function["file"])
        calls[name, function["line"]] += function["calls"]
        if any(note.startswith("how often it was called is an estimate") for note in function.get("notes", ())):
            inexact.add((name, function["line"], "calls"))
        for line in function["lines"]:
            hits[name, line["line"]] += line["hits"]
            if line.get("hits_inexact"):
                inexact.add((name, line["line"]))
    return hits, calls, inexact


def run(command, directory):
    try:
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=SECONDS, check=False,
                              stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"no end after {SECONDS} s: {' '.join(command)}") from None
    if done.returncode:
        raise RuntimeError(f"exit status {done.returncode}: {' '.join(command)}\n{(done.stdout + done.stderr)[-400:]}")
    return done.stderr


def lines_with_code(program, directory):
    """(basename, line) of all rows of the line table"""
    command = ["objdump", "--dwarf=decodedline", program]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, errors="replace", check=False)
    return {(name, int(line)) for name, line in re.findall(r"^(\S+) +(\d+) +0x[0-9a-f]+", done.stdout, re.M)}


def counts_of(markers, said, profile):
    hits, calls, inexact = profile
    for marker, place in markers.items():
        name = marker.rstrip("?")
        if name not in said:
            raise RuntimeError(f"the program says nothing of @{name}")
        called = name.endswith("()")
        yield Count(f"{place[0]}:{place[1]}", marker, said[name], (calls if called else hits).get(place),
                    ((*place, "calls") if called else place) in inexact)
    if len(said) != len(markers):
        raise RuntimeError("the program says something of " + str(said.keys() - {m.rstrip("?") for m in markers}))


def classify(count, combination, known):
    """Sets the kind. Of a line that has no code in the program the profile claims nothing."""
    absent_is_right = count.right == 0 or count.marker.endswith("?")
    if count.got == count.right or (count.got is None and absent_is_right):
        count.kind = "equal"
        return
    if count.inexact:
        count.kind = "marked"
        return
    if count.got is None and not count.coded:
        count.kind, count.reason = "known", "no code has this line"
        return
    place = f"{count.place.split(':')[0]}:@{count.marker.rstrip('?')}"
    key = [combination.language.name, combination.language.command, combination.option(), place]
    for row in known:
        if all(fnmatch.fnmatchcase(word, pattern.replace("[", "[[]")) for word, pattern in zip(key, row.fields)):
            row.used, count.kind, count.reason = True, "known", row.reason
            return
    count.kind = "WRONG"


def measure(combination, lprof, keep):
    """The counts of one combination, not yet classified."""
    name = "-".join([combination.language.command, combination.level, combination.dwarf,
                     os.path.basename(combination.sources[0])])
    directory = os.path.join(keep, name)
    os.mkdir(directory)
    program, profile = os.path.join(directory, "program"), os.path.join(directory, "profile.json")
    language = combination.language
    common = [os.path.join(HERE, language.name, language.common)] if language.common else []
    sources = common + combination.sources if language.suffix == ".f90" else combination.sources + common
    run(language.build(language, combination.level, combination.dwarf, program, sources), directory)
    wanted = [word for path in combination.sources for word in ("-f", os.path.basename(path) + ":*")]
    said = run([lprof, "-q", *wanted, "-x", program, "-o", profile, "--", program], directory)
    said = {name: int(number) for name, number in re.findall(r"^@(\S+) +(\d+)$", said, re.M)}
    counts = list(counts_of(read_markers(combination.sources), said, read_profile(profile)))
    if any(count.got is None for count in counts):
        coded = lines_with_code(program, directory)
        for count in counts:
            name, line = count.place.split(":")
            count.coded = (name, int(line)) in coded
    return counts


def programs_of(language, wanted):
    """Lists of source files. An Ada program's packages also have specifications, where nothing is executed."""
    paths = sorted(glob.glob(os.path.join(HERE, language.name, "*" + language.suffix)))
    stem = {path: os.path.basename(path)[:-len(language.suffix)] for path in paths}
    for path in paths:
        if "_" in stem[path] or stem[path] == "counting" or (wanted and stem[path] not in wanted):
            continue
        yield [path] + [other for other in paths if stem[other].startswith(stem[path] + "_")]


def languages_of(args):
    """Those that are wanted and whose compilers are here, and how many are not here."""
    wanted = [each for each in LANGUAGES if not args.languages or {each.name, each.command} & set(args.languages)]
    here = [each for each in wanted if shutil.which(each.command)]
    for each in wanted:
        if each not in here:
            print(f"skipped: {each.name} with {each.command}, which is not here")
    return here, len(wanted) - len(here)


def combinations_of(args, languages):
    for language in languages:
        dwarfs = language.dwarfs[:1] if language.name == "rust" and not rust_has_choice() else language.dwarfs
        for level in language.levels:
            for dwarf in dwarfs:
                if (args.levels and level not in args.levels) or (args.newest and dwarf != dwarfs[-1]):
                    continue
                for sources in programs_of(language, args.programs):
                    yield Combination(language, level, dwarf, sources)


def say(count, combination):
    about = f"{combination.language.name} {combination.language.command} {combination.option()} {count.place} @{count.marker}"
    got = "no such line" if count.got is None else count.got
    print(f"{count.kind}: {about}: got {got}, right {count.right}" + (f" ({count.reason})" if count.reason else ""))


def print_table(totals):
    """totals: (language, command, level) -> kind -> number"""
    rows = list(dict.fromkeys(key[:2] for key in totals))
    print("\n" + "/".join(KINDS))
    print(f"{'':18}" + "".join(f"{level:>14}" for level in LEVELS))
    for row in rows:
        cells = []
        for level in LEVELS:
            cell = totals.get((*row, level))
            cells.append("/".join(str(cell[kind]) for kind in KINDS) if cell else "-")
        print(f"{row[0]:8} {row[1]:9}" + "".join(f"{cell:>14}" for cell in cells))


def run_all(args, keep):
    known = read_known(os.path.join(HERE, "known"))
    totals, failed = {}, 0
    languages, skipped = languages_of(args)
    combinations = list(combinations_of(args, languages))
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = [(each, pool.submit(measure, each, args.lprof, keep)) for each in combinations]
        for combination, result in results:
            cell = totals.setdefault((combination.language.name, combination.language.command, combination.level),
                                     collections.Counter())
            try:
                counts = result.result()
            except RuntimeError as error:
                print(f"FAILED: {combination.language.command} {combination.option()} {combination.sources[0]}: {error}")
                failed += 1
                continue
            for count in counts:
                classify(count, combination, known)
                cell[count.kind] += 1
                if count.kind == "WRONG" or (args.verbose and count.kind != "equal"):
                    say(count, combination)
    print_table(totals)
    if not (args.languages or args.levels or args.programs or args.newest):
        for row in known:
            if not row.used:
                print("is right now, or was not tried: " + " ".join(row.fields))
    wrong = sum(cell["WRONG"] for cell in totals.values())
    equal = sum(cell["equal"] for cell in totals.values())
    print(f"{len(combinations)} programs, {failed} failed; {equal} counts equal, {wrong} wrong")
    return 1 if wrong or failed or not (equal or skipped) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = {"type": lambda text: text.split(","), "default": []}
    parser.add_argument("--languages", help="languages or compilers, with commas between", **words)
    parser.add_argument("--levels", help="of " + ",".join(LEVELS), **words)
    parser.add_argument("--programs", help="their names without suffix", **words)
    parser.add_argument("--newest", action="store_true", help="only the newest version of DWARF of each compiler")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    parser.add_argument("--keep", help="an existing directory in which programs and profiles are left")
    parser.add_argument("--verbose", action="store_true", help="show marked and known counts, too")
    parser.add_argument("--lprof", default=os.path.join(HERE, "../../build/lprof-bpf"))
    args = parser.parse_args()
    args.lprof = os.path.abspath(args.lprof)
    sys.stdout.reconfigure(line_buffering=True)
    if args.keep:
        return run_all(args, os.path.abspath(args.keep))
    with tempfile.TemporaryDirectory(prefix="lprof-matrix.") as keep:
        return run_all(args, keep)


if __name__ == "__main__":
    sys.exit(main())
