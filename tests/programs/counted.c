// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loops without a call in which a register is changed by constants. The first argument says how:
 * shapes         many forms of such loops, each with its own counter
 * numeric        a matrix product, a Fourier transform, planets, a spectral norm
 * signals N      a signal handler jumps out of the loop N times, and returns to it as often; the turns are counted by
 *                single instructions, so that one that a signal stopped is not, though it may have begun
 * fault N        turn N of a loop reads from address 0, and a handler jumps out of the loop
 * wraps          a loop of 2^32 + 5 turns, which a register of 32 bits counts
 * for ever FILE  N turns again and again; FILE holds how many turns there were, and how many are left of the present N
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "common.h"

#define SIZE 1000

static volatile long counter;
static sigjmp_buf out;
static volatile sig_atomic_t handled;
static unsigned numbers[SIZE];

#define COUNT(variable) __asm__ volatile("incq %0" : "+m"(variable))

/* Each shape ends with a condition, at which the register can be read. */
#define END(sum)                                                                                                       \
	do {                                                                                                           \
		if ((sum) == 42)                                                                                       \
			counter = 0;                                                                                   \
	} while (0)

static NOINLINE unsigned long upwards(const unsigned *x, int n)
{
	unsigned long sum = 0;

	for (int i = 0; i < n; i++)
		sum += x[i]; /* upwards */
	END(sum);
	return sum;
}

static NOINLINE unsigned long downwards(const unsigned *x, unsigned n)
{
	unsigned long sum = 1;

	while (n-- > 0)
		sum = sum * 31 + x[n]; /* downwards */
	END(sum);
	return sum;
}

static NOINLINE unsigned long in_threes(const unsigned *x, long n)
{
	unsigned long sum = 1;

	for (long i = n - 1; i >= 0; i -= 3)
		sum = sum * 31 ^ x[i]; /* in threes */
	END(sum);
	return sum;
}

static NOINLINE unsigned long by_address(const unsigned *x, const unsigned *end)
{
	unsigned long sum = 1;

	for (; x != end; x++)
		sum = sum * 31 ^ *x; /* by address */
	END(sum);
	return sum;
}

/* How often the condition held is what k tells. */
static NOINLINE unsigned odd_ones(const unsigned *x, int n)
{
	unsigned k = 0;

	for (int i = 0; i < n; i++)
		if (x[i] & 1)
			k++; /* odd ones */
	END(k);
	return k;
}

static NOINLINE int two_ends(const unsigned *x, int n, unsigned wanted)
{
	int i = 0;

	while (i < n && x[i] != wanted)
		i++; /* two ends */
	END(i);
	return i;
}

static NOINLINE unsigned long nested(const unsigned *x, int n)
{
	unsigned long sum = 0;

	for (int i = 0; i < n; i++) {
		for (int j = i; j < n; j += 2)
			sum = sum * 31 + x[j]; /* nested, first */
		for (int j = i; j > 0; j--)
			sum ^= x[j] * sum; /* nested, second */
	}
	END(sum);
	return sum;
}

static NOINLINE unsigned long two_starts(const unsigned *x, int n, int late)
{
	unsigned long sum = 1;
	int i = 0;

	if (late)
		i = 7;
	else if (n > 500)
		i = 1;
	do
		sum = sum * 31 + x[i++]; /* two starts */
	while (i < n);
	END(sum);
	return sum;
}

static void shapes(void)
{
	unsigned long sum = 0;

	for (int n = 0; n < SIZE; n += 37) {
		sum += upwards(numbers, n) + downwards(numbers, (unsigned)n) + in_threes(numbers, n);
		sum += by_address(numbers, numbers + n) + odd_ones(numbers, n) + nested(numbers, n / 10);
		sum += (unsigned long)two_ends(numbers, n, numbers[500]);
		sum += two_starts(numbers, n + 1, n & 1);
	}
	printf("%lu\n", sum);
}

#define N 64

static double a[N][N], b[N][N], c[N][N];

static NOINLINE void dgemm(int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			double sum = 0;

			for (int k = 0; k < n; k++)
				sum += a[i][k] * b[k][j]; /* product */
			c[i][j] = sum;
		}
}

static NOINLINE void fft(double *re, double *im, int n)
{
	for (int i = 1, j = 0; i < n; i++) {
		int bit = n >> 1;

		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			double t = re[i];

			re[i] = re[j];
			re[j] = t;
			t = im[i];
			im[i] = im[j];
			im[j] = t;
		}
	}
	for (int length = 2; length <= n; length <<= 1) {
		double wr = 1 - 2.0 / length, wi = 2.0 / length;

		for (int i = 0; i < n; i += length) {
			double ur = 1, ui = 0;

			for (int k = 0; k < length / 2; k++) {
				int p = i + k, q = p + length / 2;
				double xr = re[q] * ur - im[q] * ui, xi = re[q] * ui + im[q] * ur,
				       t = ur * wr - ui * wi;

				re[q] = re[p] - xr;
				im[q] = im[p] - xi;
				re[p] += xr;
				im[p] += xi;
				ui = ur * wi + ui * wr;
				ur = t;
			}
		}
	}
}

#define PLANETS 5

static double place[PLANETS][3], speed[PLANETS][3];

static NOINLINE void planets(int steps)
{
	while (steps-- > 0) {
		for (int i = 0; i < PLANETS; i++)
			for (int j = i + 1; j < PLANETS; j++) {
				double distance = 0.01, d[3];

				for (int k = 0; k < 3; k++) {
					d[k] = place[i][k] - place[j][k];
					distance += d[k] * d[k];
				}
				for (int k = 0; k < 3; k++) {
					speed[i][k] -= d[k] / distance * 0.001;
					speed[j][k] += d[k] / distance * 0.001;
				}
			}
		for (int i = 0; i < PLANETS; i++)
			for (int k = 0; k < 3; k++)
				place[i][k] += speed[i][k];
	}
}

static NOINLINE double spectral(int n)
{
	static double u[N], v[N];
	double sum = 0;

	for (int i = 0; i < n; i++)
		u[i] = 1;
	for (int i = 0; i < n; i++) {
		double row = 0;

		for (int j = 0; j < n; j++)
			row += u[j] / ((i + j) * (i + j + 1) / 2 + i + 1);
		v[i] = row;
	}
	for (int i = 0; i < n; i++)
		sum += u[i] * v[i];
	return sum;
}

static void numeric(void)
{
	static double re[256], im[256];

	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			a[i][j] = i + j;
			b[i][j] = i - j;
		}
	for (int i = 0; i < 256; i++)
		re[i] = i % 17;
	for (int i = 0; i < PLANETS; i++)
		place[i][i % 3] = i;
	dgemm(N);
	fft(re, im, 256);
	planets(100);
	printf("%g %g %g %g\n", c[3][4], re[5] + im[7], place[2][1], spectral(N));
}

/* HANDLED times, a pass through X is ended from outside. */
static NOINLINE unsigned long interrupted(const unsigned *const *x, long n)
{
	unsigned long sum = 0;

	for (long i = 0; i < n; i++) {
		COUNT(counter);
		sum += *x[i]; /* interrupted */
	}
	END(sum);
	return sum;
}

static void handle(int number)
{
	if (handled++ % 2 || number == SIGSEGV)
		siglongjmp(out, 1);
}

static const unsigned *const *pointers(long n, long nowhere)
{
	const unsigned **x = calloc((size_t)n + 1, sizeof(*x));

	for (long i = 0; x && i < n; i++)
		x[i] = i == nowhere ? NULL : &numbers[i % SIZE];
	return x;
}

static void by_signals(int n)
{
	const struct itimerval each = {{0, 700}, {0, 700}};
	const unsigned *const *x = pointers(3000000, -1);
	volatile unsigned long sum = 0;

	signal(SIGALRM, handle);
	if (!sigsetjmp(out, 1))
		setitimer(ITIMER_REAL, &each, NULL);
	while (handled < n)
		sum += interrupted(x, 3000000);
	setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
	printf("counter interrupted %ld\n", counter);
}

static void by_fault(int n)
{
	const unsigned *const *x = pointers(n + 10L, n);

	signal(SIGSEGV, handle);
	sigsetjmp(out, 1);
	if (handled < 6)
		interrupted(x, n + 10L);
	printf("counter interrupted %ld\n", counter);
}

static NOINLINE unsigned wraps(unsigned seed)
{
	unsigned x = seed;

	for (unsigned i = 1; i != 0; i++)
		x += i ^ x; /* wraps */
	for (unsigned i = 0; i < 6; i++)
		x += i ^ x;
	END(x);
	return x;
}

/* What a test reads while the program is stopped. */
struct told {
	volatile long turns, left;
};

static NOINLINE unsigned long again(const unsigned *x, struct told *told, long n)
{
	unsigned long sum = 0;

	for (long i = n; i > 0; i--) {
		COUNT(told->turns);
		told->left = i; /* left */
		if (x[i] & 1)
			sum += x[i];
		else
			sum ^= 5; /* again */
	}
	END(sum);
	return sum;
}

static int for_ever(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct told *told;
	volatile unsigned long sum = 0;

	if (fd < 0 || ftruncate(fd, sizeof(*told)))
		return 1;
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (told == MAP_FAILED)
		return 1;
	puts("ready");
	fflush(stdout);
	for (;;)
		sum += again(numbers, told, SIZE - 1);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "shapes";
	int n = argc > 2 ? atoi(argv[2]) : 100;

	for (unsigned i = 0; i < SIZE; i++)
		numbers[i] = i * 2654435761u >> 7;
	if (!strcmp(how, "shapes"))
		shapes();
	else if (!strcmp(how, "numeric"))
		numeric();
	else if (!strcmp(how, "signals"))
		by_signals(n);
	else if (!strcmp(how, "fault"))
		by_fault(n);
	else if (!strcmp(how, "wraps"))
		printf("%u\n", wraps(7));
	else
		return argc > 3 ? for_ever(argv[3]) : 2;
	return 0;
}
