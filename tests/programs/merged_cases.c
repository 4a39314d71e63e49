// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An interpreter whose instructions end in the same macro, as a `switch` and, with GOTO, with computed `goto`s. What
 * ends each instruction has a branch, which is seldom taken: compilers merge these ends. They are named in the source.
 */
#include <stdio.h>

enum { MOVE, CONST, ADD, SUB, MUL, LESS, JUMP, LOAD, STORE, COUNT, HALT };

struct machine {
	long stack[16], cells[16];
	long *base;
	int trap;
};

static long traced;

__attribute__((noinline)) static int trace(struct machine *machine, const unsigned *pc)
{
	traced += *pc & 0xff;
	machine->base = machine->stack;
	return 0;
}

__attribute__((noinline)) static long slow(struct machine *machine, long value)
{
	machine->trap = value % 64 == 0;
	return value;
}

#define A(i) (((i) >> 8) & 15)
#define B(i) (((i) >> 12) & 15)
#define C(i) ((i) >> 16)

#define FETCH()                                                                                                        \
	{                                                                                                              \
		if (__builtin_expect(trap, 0)) {                                                                       \
			trap = trace(machine, pc);                                                                     \
			base = machine->base;                                                                          \
		}                                                                                                      \
		i = *(pc++);                                                                                           \
		ra = base + A(i);                                                                                      \
	}

#ifdef GOTO
#define DISPATCH(o) goto *targets[o];
#define CASE(name)  L_##name:
#define NEXT                                                                                                           \
	FETCH();                                                                                                       \
	DISPATCH(i & 0xff);
#else
#define DISPATCH(o) switch (o)
#define CASE(name)  case name:
#define NEXT	    break
#endif

__attribute__((noinline)) static long run(struct machine *machine, const unsigned *pc)
{
#ifdef GOTO
	static const void *const targets[] = {&&L_MOVE, &&L_CONST, &&L_ADD,   &&L_SUB,	 &&L_MUL, &&L_LESS,
					      &&L_JUMP, &&L_LOAD,  &&L_STORE, &&L_COUNT, &&L_HALT};
#endif
	long *base = machine->base;
	int trap = machine->trap;

	for (;;) {
		unsigned i;
		long *ra;

		FETCH();
		DISPATCH(i & 0xff)
		{
			CASE(MOVE)
			{
				*ra = base[B(i)];
				NEXT; /* end */
			}
			CASE(CONST)
			{
				*ra = C(i);
				NEXT; /* end */
			}
			CASE(ADD)
			{
				*ra = base[B(i)] + base[C(i)];
				NEXT; /* end */
			}
			CASE(SUB)
			{
				*ra = slow(machine, base[B(i)] - base[C(i)]);
				trap = machine->trap;
				NEXT; /* end */
			}
			CASE(MUL)
			{
				if (base[B(i)] > 1000)
					*ra = slow(machine, base[B(i)] % 1000);
				else
					*ra = base[B(i)] * base[C(i)];
				trap = machine->trap;
				NEXT; /* end */
			}
			CASE(LESS)
			{
				if (*ra >= base[B(i)])
					pc += C(i);
				NEXT; /* end */
			}
			CASE(JUMP)
			{
				pc -= C(i);
				NEXT; /* end */
			}
			CASE(LOAD)
			{
				*ra = slow(machine, machine->cells[B(i)]);
				trap = machine->trap;
				NEXT; /* end */
			}
			CASE(STORE)
			{
				machine->cells[B(i)] = *ra;
				NEXT; /* end */
			}
			CASE(COUNT)
			{
				machine->cells[0] = slow(machine, machine->cells[0] + 1);
				trap = machine->trap;
				NEXT; /* end */
			}
			CASE(HALT)
			{
				return *ra;
			}
		}
	}
}

#define DO(name, a, b, c) (name | (a) << 8 | (b) << 12 | (unsigned)(c) << 16)

int main(void)
{
	/* 0: the sum; 1: the round; 2: one; 3: how many rounds */
	static const unsigned program[] = {
		DO(CONST, 0, 0, 0), DO(CONST, 1, 0, 0), DO(CONST, 2, 0, 1), DO(CONST, 3, 0, 300), DO(LESS, 1, 3, 9),
		DO(ADD, 0, 0, 1),   DO(MUL, 4, 0, 1),	DO(MOVE, 5, 4, 0),  DO(SUB, 6, 4, 1),	  DO(STORE, 6, 3, 0),
		DO(COUNT, 0, 0, 0), DO(ADD, 1, 1, 2),	DO(LOAD, 7, 3, 0),  DO(JUMP, 0, 0, 10),	  DO(HALT, 0, 0, 0),
	};
	struct machine machine = {.trap = 0};

	long sum;

	machine.base = machine.stack;
	sum = run(&machine, program);
	printf("%ld %ld\n", sum, traced);
	return 0;
}
