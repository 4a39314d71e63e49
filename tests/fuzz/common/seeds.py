#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""seeds.py DIRECTORY [FEW]: writes inputs for each harness to DIRECTORY/HARNESS/, made from what compilers and programs
here make, and words for libFuzzer to DIRECTORY/HARNESS.dict. With FEW, only the cheapest of them. To be run in the
project's own directory. What is there already is left as it is."""
import importlib.util
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import types

PROGRAMS = pathlib.Path("tests/programs")
EI_PAD = 9

# What ELF files are made of: source, compiler, flags.
FEW_OBJECTS = [
    ("collatz.c", "gcc", "-O0 -g"),
    ("inlined.c", "gcc", "-O2 -g"),
    ("split.c", "gcc", "-O2 -g -freorder-blocks-and-partition"),
]
OBJECTS = FEW_OBJECTS + [
    ("collatz.c", "gcc", "-O2 -gdwarf-4 -fno-asynchronous-unwind-tables"),
    ("collatz.c", "clang", "-O2 -g"),
    ("collatz.c", "clang", "-O1 -gmlt"),
    ("collatz.c", "gcc", "-O1 -g -gsplit-dwarf"),
    ("collatz.c", "gcc", "-O1 -g -Wl,--compress-debug-sections=zlib"),
    ("collatz.c", "gcc", "-O1 -g -gdwarf-2 -gstrict-dwarf"),
    ("collatz.c", "gcc", "-O1 -gdwarf64 -gdwarf-5"),
    ("inlined.c", "clang", "-O2 -gdwarf-5"),
    ("exceptions.cc", "g++", "-O2 -g"),
    ("switches.c", "gcc", "-O2 -g -no-pie"),
    ("jumps.c", "gcc", "-O1 -g"),
    ("merged.c", "gcc", "-O2 -g"),
    ("parts.c", "gcc", "-O2 -g"),
    ("exceptions.cc", "clang++", "-O1 -g"),
    ("variants.cc", "g++", "-O1 -g"),
    ("iterators.cc", "g++", "-O2 -g"),
    ("shared.c", "gcc", "-O2 -g -shared -fPIC"),
    ("shared.c", "gcc", "-O2 -shared -fPIC -s"),
    ("shared.c", "gcc", "-O2 -g -c"),
]
LINKED = "-pthread -Wl,-z,noseparate-code -Wl,--hash-style=gnu"


def write(directory, harness, name, data):
    folder = directory / harness
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


def section(path, name):
    """The bytes of a section, or none, and its address."""
    for line in run("readelf", "-SW", path).decode().splitlines():
        found = re.match(r"\s*\[\s*\d+\]\s+(\S+)\s+\S+\s+([0-9a-f]+)\s+([0-9a-f]+)\s+([0-9a-f]+)", line)
        if found and found[1] == name:
            address, offset, size = (int(found[k], 16) for k in (2, 3, 4))
            return pathlib.Path(path).read_bytes()[offset:offset + size], address
    return b"", 0


def bodies(path):
    """The code of each function."""
    text, base = section(path, ".text")
    for line in run("nm", "-S", path).decode().splitlines():
        fields = line.split()
        if len(fields) == 4 and fields[2] in "tTW":
            at, size = int(fields[0], 16) - base, int(fields[1], 16)
            if 0 <= at < at + size <= len(text):
                yield fields[3], text[at:at + size]


def make_bodies(directory, name, path):
    """What flow.c takes: flags, numbers, 32 rows, the code."""
    rows = bytes(0x80 * (i % 3 == 0) + 0x40 + (i // 2) % 8 for i in range(32))
    for k, (function, code) in enumerate(bodies(path)):
        if 16 < len(code) < 4000:
            write(directory, "flow", f"{name}-{function[:40]}", bytes([(k * 37) & 0x7f]) + b"\0\0" + rows + code)


def make_objects(directory, objects):
    with tempfile.TemporaryDirectory() as scratch:
        for k, (source, compiler, flags) in enumerate(objects):
            path = f"{scratch}/{k}"
            run(compiler, *flags.split(), *([] if "-c" in flags else LINKED.split()), "-o", path, str(PROGRAMS / source))
            data = bytearray(pathlib.Path(path).read_bytes())
            data[EI_PAD] = 0x10 * (k % 4) if k % 3 == 0 else k % 7
            write(directory, "objects", f"{k:02}-{source}", bytes(data))
            # Large ones take long.
            if len(data) < 60000:
                write(directory, "functions", f"{k:02}-{source}", bytes(data))
            make_bodies(directory, f"{k:02}", path)


def each_code(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from each_code(constant)


def make_python(directory, modules):
    for name in modules:
        path = importlib.util.find_spec(name).origin
        for k, code in enumerate(each_code(compile(pathlib.Path(path).read_text(encoding="utf-8"), path, "exec"))):
            head = struct.pack(">HH", code.co_firstlineno & 0xffff, 1)
            write(directory, "python_lines", f"{name}-{k}", head + code.co_linetable)


def profile():
    """One that holds all that the harness's own sampled_profile.py does not have."""
    line = {"line": 7, "hits": 3, "time_ns": 5, "uncertainty_ns": 2, "blocked_ns": 1, "waiting_ns": 4, "source": "\tx();"}
    other = {"line": 2, "file": "a.h", "hits": 1, "hits_inexact": True, "hits_uncertainty": 9, "time_ns": 1,
             "below_resolution": True}
    function = {"name": "ns::f", "linkage_name": "_ZN2ns1fEv", "file": "/a.cc", "line": 6, "last": 20, "pid": 1, "tid": 2,
                "comm": "w", "rank": 0, "object": "/bin/f", "build_id": "00ff", "estimated": True, "calls": 9,
                "calls_uncertainty": 4, "time_ns": 6, "blocked_ns": 1, "waiting_ns": 4, "lines": [line, other],
                "between": [{"line": 6, "source": "f()"}, {"line": 1, "file": "a.h", "source": "\u20ac"}],
                "notes": ["part"]}
    bare = {"name": "g", "linkage_name": "", "file": "", "line": 0, "object": "", "build_id": "", "counted": False,
            "sampled_times": True, "calls": 0, "time_ns": 0, "lines": []}
    return {"format": "lprof-bpf", "version": 1, "clock": "wall", "duration_ns": 5, "command": ["sh", "-c", "\n\"\\"],
            "pids": [1, 2147483647], "probe": {"sites": 3, "hits": 4, "missed": 5, "overhead_ns": 6},
            "budget": {"percent": 0.5, "pause_ns": 1, "spent_ns": 2, "target_ns": 9223372036854775807, "windows": 8},
            "functions": [function, bare], "notes": ["whole"]}


def make_profiles(directory):
    write(directory, "profiles", "full", json.dumps(profile()).encode())
    with tempfile.TemporaryDirectory() as scratch:
        for clock in "wall", "cpu":
            run(sys.executable, "tests/integration/sampled_profile.py", f"{scratch}/{clock}", clock)
            write(directory, "profiles", clock, pathlib.Path(f"{scratch}/{clock}").read_bytes())
    keys = set(re.findall(r'"(\w+)"', pathlib.Path("src/report/profile.schema.json").read_text(encoding="utf-8")))
    make_words(directory, "profiles", [f'"{key}":' for key in keys] + ["9223372036854775807", "null", "\\u0000", "1e308"])


def make_words(directory, harness, words):
    quoted = (re.sub(rb'["\\]', lambda found: b"\\" + found[0], word.encode()) for word in sorted(words))
    (directory / f"{harness}.dict").write_bytes(b"".join(b'"%s"\n' % word for word in quoted))


NAMES = """add Foo<int>::add(int) ns::(anonymous~namespace)::f std::vector<std::pair<int,~A>~>::push_back(A~const&)
operator<< A::operator()(int)~const lam()::{lambda(int)#1}::operator()(int)~const <Square~as~Shape>::area
(*Tree).Insert main.Sum[int] Work.Fact work__fact camlList__map_12 f.cold.3 g.isra.0~[clone~.part.1]
_ZNSt6vectorISt4pairIiiESaIS1_EE9push_backERKS1_ _ZN3FooIlLi1EE3addEl _ZZ3lamvENKUliE_clEi
_RNvCs1234_7mycrate3foo _RNvXs_NtCs1_4main5shapeNtB4_6SquareNtB4_5Shape4area _ZN4main5shape4area17h0123456789abcdefE
_D5shape6Circle4areaMFZd _Z1fIiEvT_ _ZN12_GLOBAL__N_11fEv""".split()

SELECTORS = """main mai* /^ma.*n$/ main.c:main main.c:12 main.c:12-30 dir/*.c:f ns::Class::method Foo<int>::add(int) [a-z]*
operator() ::f (anonymous~namespace)::f""".split()

ARGUMENTS = ["8@%rdi -4@$5 8@-16(%rbp)", "4@%eax 1@%al -8@%r10", "8@foo(%rip) 2@(%rax,%rbx,4)", "-4@-9223372036854775808"]

URLS = ["http://localhost:4040", "https://user:pass@host/prefix?service=a&x=1", "parca+http://[::1]:7070/a/",
        "http://host/parca.profilestore.v1alpha1.ProfileStoreService", "parca+https://u@h/?service=%41"]

SOURCES = [("", "a.c"), ("/src", "/src/a.c"), ("/src", "/src/../../a.c"), ("", "../a.c"), (".", "src/a.c"), ("", "/x/src/a.c")]

MAPS = """00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/dbus-daemon
7f0000000000-7f0000001000 rw-s 00001000 00:05 12 /memfd:a\\012b (deleted)
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
"""

COMMANDS = ["-p 1234 -f main -d 10", "-f a -f b -- ./program --its-option", "list -x /bin/true main*",
            "report -o x.html --by process a.json b.json", "diff a.json b.json --format json", "doctor -v",
            "-p 1,2,3 --max-overhead 2.5 --max-pause 10 --functions 7 --no-probes", "-x /bin/true --clock cpu -u 1e-3 -ztm",
            "--push http://a:1@b --spool /x -i 5 -p 1", "--user nobody --source-dir /a=/ --debug-dir / -- x"]


def make_texts(directory):
    names = [name.replace("~", " ").encode() for name in NAMES]
    for k, name in enumerate(names):
        write(directory, "names", str(k), bytes([k % 9]) + names[k - 1] + b"\0" + name + b"\0")
    for k, selector in enumerate(SELECTORS):
        texts = [selector.replace("~", " ").encode(), b"/src/main.c", b"main", names[k], names[-k - 1]]
        write(directory, "selectors", str(k), bytes([k % 9]) + b"\0".join(texts) + b"\0")
    for k, text in enumerate(ARGUMENTS):
        write(directory, "static_probes", str(k), bytes([k % 3]) + text.encode())
    for k, url in enumerate(URLS):
        write(directory, "urls", str(k), url.encode())
    for k, (old, name) in enumerate(SOURCES):
        write(directory, "sources", str(k), old.encode() + b"\0" + name.encode() + b"\0")
    write(directory, "maps", "0", MAPS.encode())
    write(directory, "maps", "1", pathlib.Path("/proc/self/maps").read_bytes()[:4000])
    for k, command in enumerate(COMMANDS):
        write(directory, "options", str(k), b"".join(word.encode() + b"\0" for word in command.split()))
    table = pathlib.Path("src/options/options_table.c").read_text(encoding="utf-8")
    names = {f"--{word}" for word in re.findall(r'"([a-z][a-z-]+)"', table)}
    make_words(directory, "options", names | {"list", "report", "--"})
    make_words(directory, "names", NAMES)
    make_words(directory, "selectors", NAMES + SELECTORS)


def main():
    directory, few = pathlib.Path(sys.argv[1]), len(sys.argv) > 2
    done = directory / ("few" if few else "done")
    if done.exists() and done.stat().st_mtime > os.stat(__file__).st_mtime:
        return
    make_objects(directory, FEW_OBJECTS if few else OBJECTS)
    make_python(directory, ["bisect"] if few else ["bisect", "argparse", "dataclasses", "typing"])
    make_profiles(directory)
    make_texts(directory)
    done.touch()


if __name__ == "__main__":
    main()
