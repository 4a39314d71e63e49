#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a C program with some two thousand functions, about ten thousand sites, that then sleeps."""

print("#include <stdio.h>\n#include <unistd.h>\n")
for n in range(2000):
    print(f"__attribute__((noipa)) static int many_{n}(int n)\n{{\n\tint sum = {n};\n")
    print(f"\tif (n > {n})\n\t\tsum += n;\n\telse if (n & 1)\n\t\tsum -= 3;")
    print("\tfor (int i = 0; i < 3; i++)\n\t\tsum ^= i;")
    print(f"\tif (sum & {1 << n % 8})\n\t\tsum++;")
    print(f"\treturn sum{f' + many_{n - 1}(n)' if n % 50 else ''};\n}}\n")
print("int main(void)\n{\n\tint sum = 0;\n")
for n in range(49, 2000, 50):
    print(f"\tsum += many_{n}({n});")
print('\tprintf("result %d\\nready\\n", sum);\n\tfflush(stdout);\n\tfor (;;)\n\t\tpause();\n}')
