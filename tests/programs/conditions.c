// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every condition that a branch can have: the sixteen condition codes on the flags of an 8-bit comparison; jrcxz,
 * jecxz and loop; and what compilers generate for comparisons of each type. The program computes by arithmetic how
 * often each branch is taken, and prints that.
 */
#include <stdint.h>
#include <stdio.h>

#include "common.h"

#define TAKEN_WHEN(cc) asm goto("cmpb %b1, %b0\n\tj" cc " %l[yes]" : : "q"(a), "q"(b) : "cc" : yes)

// clang-format off
NOINLINE static int when_o(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("o");
	return 0;
yes:
	return 1; /* hits: o */
}

NOINLINE static int when_no(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("no");
	return 0;
yes:
	return 1; /* hits: 169 - o */
}

NOINLINE static int when_b(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("b");
	return 0;
yes:
	return 1; /* hits: b */
}

NOINLINE static int when_ae(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("ae");
	return 0;
yes:
	return 1; /* hits: 169 - b */
}

NOINLINE static int when_e(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("e");
	return 0;
yes:
	return 1; /* hits: e */
}

NOINLINE static int when_ne(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("ne");
	return 0;
yes:
	return 1; /* hits: 169 - e */
}

NOINLINE static int when_be(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("be");
	return 0;
yes:
	return 1; /* hits: b + e */
}

NOINLINE static int when_a(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("a");
	return 0;
yes:
	return 1; /* hits: 169 - b - e */
}

NOINLINE static int when_s(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("s");
	return 0;
yes:
	return 1; /* hits: s */
}

NOINLINE static int when_ns(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("ns");
	return 0;
yes:
	return 1; /* hits: 169 - s */
}

NOINLINE static int when_p(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("p");
	return 0;
yes:
	return 1; /* hits: p */
}

NOINLINE static int when_np(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("np");
	return 0;
yes:
	return 1; /* hits: 169 - p */
}

NOINLINE static int when_l(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("l");
	return 0;
yes:
	return 1; /* hits: l */
}

NOINLINE static int when_ge(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("ge");
	return 0;
yes:
	return 1; /* hits: 169 - l */
}

NOINLINE static int when_le(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("le");
	return 0;
yes:
	return 1; /* hits: l + e */
}

NOINLINE static int when_g(int a, int b) /* calls: 169 */
{
	TAKEN_WHEN("g");
	return 0;
yes:
	return 1; /* hits: 169 - l - e */
}

NOINLINE static int when_rcx_zero(uint64_t rcx) /* calls: 13 */
{
	asm goto("jrcxz %l[yes]" : : "c"(rcx) : : yes);
	return 0; /* hits: 12 */
yes:
	return 1; /* hits: 1 */
}

/* Half of the arguments that are zero in their low 32 bits are not zero in the others. */
NOINLINE static int when_ecx_zero(uint64_t rcx) /* calls: 26 */
{
	asm goto("jecxz %l[yes]" : : "c"(rcx) : : yes);
	return 0; /* hits: 24 */
yes:
	return 1; /* hits: 2 */
}

NOINLINE static long with_loop(long n) /* calls: 5 */
{
	long sum = 0;

	asm volatile("1: add %1, %0\n\tloop 1b" : "+r"(sum), "+c"(n) : : "cc");
	return sum; /* hits: 5 */
}

#define COMPARE(type)                                                                                                  \
	NOINLINE static int compare_##type(type a, type b)

typedef signed char s8;
typedef unsigned char u8;
typedef int s32;
typedef unsigned u32;
typedef long s64;
typedef unsigned long u64;

COMPARE(s8) /* calls: 169 */
{
	if (a < b)
		return 1; /* hits: l */
	if (a > b)
		return 2; /* hits: 169 - l - e */
	return a <= 0 ? 3 : 4; /* hits: e */
}

COMPARE(u8) /* calls: 169 */
{
	if (a < b)
		return 1; /* hits: b */
	if (a > b)
		return 2; /* hits: 169 - b - e */
	return a == 200 ? 3 : 4; /* hits: e */
}

COMPARE(s32) /* calls: 169 */
{
	if (a <= b)
		return 1; /* hits: l + e */
	return a >= 0 ? 3 : 4; /* hits: 169 - l - e */
}

COMPARE(u32) /* calls: 169 */
{
	if (a >= b)
		return 1; /* hits: 169 - b */
	return a != 3 ? 3 : 4; /* hits: b */
}

COMPARE(s64) /* calls: 169 */
{
	if (a - b == 0)
		return 1; /* hits: e */
	if (a - b < 0)
		return 2; /* hits: l */
	return 3; /* hits: 169 - l - e */
}

COMPARE(u64) /* calls: 169 */
{
	if (a < b)
		return 1; /* hits: b */
	if (!(a & 1))
		return 2; /* hits: even */
	return 3; /* hits: 169 - b - even */
}

COMPARE(float) /* calls: 25 */
{
	if (a < b)
		return 1; /* hits: 6 */
	if (a == b)
		return 2; /* hits: 4 */
	if (a != a)
		return 3; /* hits: 5 */
	return a > b; /* hits: 10 */
}

COMPARE(double) /* calls: 25 */
{
	if (!(a >= b))
		return 1; /* hits: 15 */
	if (__builtin_islessgreater(a, b))
		return 2; /* hits: 6 */
	return 3; /* hits: 4 */
}
// clang-format on

static const unsigned char values[13] = {0, 1, 2, 63, 64, 126, 127, 128, 129, 191, 192, 254, 255};

/* Counts by arithmetic, without looking at flags. */
static void print_counters(void)
{
	int o = 0, b = 0, e = 0, s = 0, p = 0, l = 0, even = 0;

	for (int i = 0; i < 169; i++) {
		unsigned char x = values[i / 13], y = values[i % 13];
		int sx = (signed char)x, sy = (signed char)y, difference = (x - y) & 0xff;

		o += sx - sy < -128 || sx - sy > 127;
		b += x < y;
		e += x == y;
		s += difference >= 128;
		p += __builtin_popcount((unsigned)difference) % 2 == 0;
		l += sx < sy;
		even += x >= y && x % 2 == 0;
	}
	printf("counter o %d\ncounter b %d\ncounter e %d\n", o, b, e);
	printf("counter s %d\ncounter p %d\ncounter l %d\ncounter even %d\n", s, p, l, even);
}

int main(void)
{
	static int (*const codes[])(int, int) = {when_o, when_no, when_b, when_ae, when_e, when_ne, when_be, when_a,
						 when_s, when_ns, when_p, when_np, when_l, when_ge, when_le, when_g};
	static const double reals[] = {-1.0, 0.0, 1.5, 1e30, __builtin_nan("")};
	long sum = 0;

	print_counters();
	for (int i = 0; i < 169; i++) {
		int x = values[i / 13], y = values[i % 13];

		for (unsigned c = 0; c < sizeof(codes) / sizeof(codes[0]); c++)
			sum = 3 * sum % 1000003 + codes[c](x, y);
		sum += compare_s8((s8)x, (s8)y) + compare_u8((u8)x, (u8)y);
		sum += compare_s32((s8)x, (s8)y) + compare_u32((u32)x, (u32)y);
		sum += compare_s64((s8)x, (s8)y) + compare_u64((u64)x, (u64)y);
	}
	for (int i = 0; i < 13; i++) {
		sum += when_rcx_zero(values[i]);
		sum += when_ecx_zero(values[i]) + when_ecx_zero(values[i] | 1ul << 32);
	}
	for (int i = 0; i < 25; i++) {
		sum += compare_float((float)reals[i / 5], (float)reals[i % 5]);
		sum += 7 * compare_double(reals[i / 5], reals[i % 5]);
	}
	for (int i = 1; i < 6; i++)
		sum += with_loop(i);
	printf("result %ld\n", sum);
	return 0;
}
