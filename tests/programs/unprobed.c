// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions that begin with, or consist of, instructions that cannot carry a probe, or can as a last resort only. */
#include <stdio.h>

#include "common.h"

static long squares, sums;

static inline int square(int x) /* calls: squares */
{
	squares++;
	return x * x;
}

static inline void add(int x) /* calls: ADDED */
{
	sums += x; /* hits: ADDED */
}

NOINLINE int single(int x)
{
	return square(x) + 1;
}

NOINLINE void sometimes(int x)
{
	if (x % 3)
		add(x);
}

void back(void);
void (*volatile to)(void) = back;
long number;
double real;
__asm__(".text\n.globl back\nback:\n\tret");

/* What names rip can carry a probe, which leaves the value right. A jump through memory can carry none. */
#define LAST(name, code)                                                                                               \
	__attribute__((naked, noinline)) void name(void)                                                               \
	{                                                                                                              \
		__asm__(code "\n\tjmp *to(%rip)");                                                                     \
	}

LAST(last_add, "addq $3, number(%rip)")								   /* calls: 90 */
LAST(last_load, "mov number(%rip), %rax")							   /* calls: 90 */
LAST(last_address, "lea number(%rip), %rdi")							   /* calls: 90 */
LAST(last_product, "mov $2, %eax; mulq number(%rip)")						   /* calls: 90 */
LAST(last_real, "addsd real(%rip), %xmm0; cvtsi2sdq number(%rip), %xmm0; movsd %xmm0, real(%rip)") /* calls: 90 */
LAST(last_set, "cmpq $30, number(%rip); sete number+7(%rip)")					   /* calls: 90 */

__attribute__((naked, noinline)) void blind(void)
{
	__asm__("call back");	  /* hits: 90 */
	__asm__("jmp *to(%rip)"); /* blind */
}

__attribute__((naked, noinline)) void never_seen(void)
{
	__asm__("jmp *to(%rip)"); /* not seen */
}

int main(void)
{
	int sum = 0;

	for (int i = 0; i < 90; i++) {
		sum += single(i);
		sometimes(i);
		number = i;
		last_add();
		last_load();
		last_address();
		last_product();
		last_real();
		last_set();
		if (number != (i + 3 == 30 ? 30 + (1L << 56) : i + 3) || real != i + 3)
			return 1;
		blind();
		never_seen();
	}
	printf("counter squares %ld\ncounter ADDED %d\n%d %ld\n", squares, 60, sum, sums);
	return 0;
}
