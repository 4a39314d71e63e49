#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""large_object.py DIRECTORY MEGABYTES: builds DIRECTORY/liblarge.so with that much debug information, and DIRECTORY/main.

One heavy C++ unit is compiled once; its copies differ in a name of the same length, which is replaced in the object
file, symbols and strings and all. One unit more holds one_function(), which main calls in a loop, checking its result.
Everything is there already when DIRECTORY/done is, and newer than this file.
"""
import os
import pathlib
import re
import subprocess
import sys

UNIT = """
#include <algorithm>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace U0000
{
struct tag {
	int value;
	bool operator<(const tag &other) const { return value < other.value; }
};

int work(int n)
{
	std::map<tag, std::string> texts;
	std::vector<tag> tags;
	std::set<tag> set;
	std::regex pattern("a+b*[0-9]");
	std::ostringstream out;

	for (int i = 0; i < n; i++) {
		tags.push_back(tag{i * 7 % 31});
		texts[tags.back()] += 'a';
		set.insert(tags.back());
	}
	std::sort(tags.begin(), tags.end());
	std::stable_sort(tags.begin(), tags.end());
	for (auto &text : texts)
		if (std::regex_search(text.second, pattern))
			out << text.first.value;
	std::function<int(tag)> sum = [&](tag t) { return t.value + n; };
	auto later = std::async(std::launch::deferred, sum, tags[0]);
	return (int)out.str().size() + later.get() + (int)set.size();
}

int U0000_work(int n)
{
	return n > 1 ? work(n) + 1 : n;
}
}
"""

ONE = """
extern "C" int one_function(int n)
{
	std::vector<int> numbers;
	int sum = 0;

	for (int i = 0; i < n; i++)
		numbers.push_back(i % 7);
	for (int number : numbers)
		sum += number;
	return sum;
}
"""

MAIN = """
#include <stdio.h>
#include <time.h>

int one_function(int n);

int main(void)
{
	const struct timespec pause = {0, 1000000};

	puts("ready");
	fflush(stdout);
	while (one_function(20) == 57)
		nanosleep(&pause, NULL);
	return 1;
}
"""


def run(*command):
    subprocess.run(command, check=True)


def debug_size(path):
    """Bytes of debug information, section by section."""
    sections = subprocess.run(["size", "-A", path], check=True, capture_output=True, text=True).stdout
    return {name: int(size) for name, size in re.findall(r"^\.(debug_\w+)\s+(\d+)", sections, re.M)}


def make_units(directory, wanted):
    """Makes object files with WANTED bytes of debug information in total. Strings are not counted, because the
    linker merges them."""
    (directory / "unit.cc").write_text(UNIT, encoding="ascii")
    run("g++", "-std=c++17", "-g", "-O2", "-fPIC", "-c", "-o", directory / "unit.o", directory / "unit.cc")
    each = sum(size for name, size in debug_size(directory / "unit.o").items() if "str" not in name)
    template = (directory / "unit.o").read_bytes()
    paths = []
    for i in range(wanted // each + 1):
        paths.append(directory / f"unit{i:04}.o")
        paths[-1].write_bytes(template.replace(b"U0000", f"U{i:04}".encode()))
    return paths


def main():
    directory, wanted = pathlib.Path(sys.argv[1]), int(sys.argv[2]) << 20
    done = directory / "done"
    if done.exists() and done.stat().st_mtime > os.stat(__file__).st_mtime:
        print(done.read_text(encoding="ascii"), end="")
        return
    directory.mkdir(parents=True, exist_ok=True)
    paths = make_units(directory, wanted)
    (directory / "one.cc").write_text(UNIT.replace("U0000", "U9999") + ONE, encoding="ascii")
    (directory / "main.c").write_text(MAIN, encoding="ascii")
    run("g++", "-std=c++17", "-g", "-O2", "-fPIC", "-c", "-o", directory / "one.o", directory / "one.cc")
    run("g++", "-shared", "-Wl,-soname,liblarge.so", "-o", directory / "liblarge.so", *paths, directory / "one.o", "-pthread")
    run("gcc", "-g", "-O2", "-o", directory / "main", directory / "main.c",
        directory / "liblarge.so", "-Wl,-rpath,$ORIGIN")
    for path in [*paths, directory / "unit.o", directory / "one.o"]:
        os.unlink(path)
    text = f"units {len(paths) + 1} debug {sum(debug_size(directory / 'liblarge.so').values())}\n"
    done.write_text(text, encoding="ascii")
    print(text, end="")


if __name__ == "__main__":
    main()
