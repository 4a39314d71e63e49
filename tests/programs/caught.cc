// SPDX-License-Identifier: GPL-2.0-or-later
/* Loops with handlers in them: a `try` in a loop, one that goes on and one that ends it, and clauses of several types. */
#include <cstdio>
#include <stdexcept>

#define NOINLINE __attribute__((noinline))

NOINLINE static int again(int n)
{
	int tries = 0;
	int total = 0;

	for (int i = 0; i < n; i++) { /* again */
		for (;;) {
			try {
				tries++; /* tried */
				if ((tries * 7 + i) % 3 == 0)
					throw tries; /* thrown */
				total += i;
				break;
			} catch (int t) {
				if (t % 5 == 0) {   /* looked at */
					total -= t; /* given up */
					break;
				}
			}
		}
	}
	return total + tries;
}

NOINLINE static int kinds(int n)
{
	int outer = 0, inner = 0;

	for (int i = 0; i < n; i++) { /* kinds */
		try {
			try {
				if (i % 3 == 0)
					throw std::invalid_argument("x"); /* one */
				if (i % 3 == 1)
					throw 5; /* other */
			} catch (const std::invalid_argument &) {
				inner++; /* first */
				throw;
			} catch (int v) {
				inner += v; /* second */
			}
		} catch (const std::logic_error &) {
			outer++; /* outer */
		}
	}
	return outer * 1000 + inner;
}

int main()
{
	std::printf("%d %d\n", again(50), kinds(30));
	return 0;
}
