#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""many_branches.py N: writes a C program with N functions of a few branches, which threads call all the time."""
import sys

count = int(sys.argv[1])
print("#include <pthread.h>\n#include <stdio.h>\n#include <stdlib.h>\n\nstatic volatile long sink;\n")
for n in range(count):
    print(f"__attribute__((noipa)) long fn{n}(long x)\n{{\n\tif (x & 1)\n\t\tsink += {n};")
    print("\tfor (int k = 0; k < 3; k++)\n\t\tif ((x >> k) & 2)\n\t\t\tsink ^= k;")
    print(f"\treturn x > {n} ? sink : x;\n}}\n")
print("static long (*const all[])(long) = {" + ", ".join(f"fn{n}" for n in range(count)) + "};\n")
print(
    f"""static void *run(void *unused)
{{
	for (unsigned long round = 0;; round++)
		all[round * 7919 % {count}]((long)round);
	return unused;
}}

int main(int argc, char **argv)
{{
	pthread_t thread;

	for (int i = argc > 1 ? atoi(argv[1]) : 2; i > 1; i--)
		pthread_create(&thread, NULL, run, NULL);
	puts("ready");
	fflush(stdout);
	run(NULL);
	return 0;
}}"""
)
