// SPDX-License-Identifier: GPL-2.0-or-later
/* GCC puts a handler into a part of its own, which has no row at its beginning. It counts how often that was entered. */
#include <cstdio>
#include <stdexcept>

static volatile int sink;

__attribute__((noinline)) static int thrower(int x)
{
	if (x % 3 == 0)
		throw std::runtime_error("three"); /* thrown */
	return x * 2;
}

__attribute__((noinline)) static int catcher(int n)
{
	int bad = 0;

	for (int i = 1; i <= n; i++) {
		try {
			sink = thrower(i);
			bad += 100;
		} catch (const std::runtime_error &) { /* caught */
			bad++;
		}
	}
	return bad;
}

int main()
{
	std::printf("%d\n", catcher(15));
	return 0;
}
