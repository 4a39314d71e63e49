// SPDX-License-Identifier: GPL-2.0-or-later
// Four threads that throw, for several tracers at the same time. For each line on standard input they work through a
// batch of known calls. The sum of the first batch, which runs before any tracer is attached, must be the sum of every
// later one.
#include <cstdio>
#include <thread>

enum : unsigned { THREADS = 4, CALLS = 250, EACH_THROWS = 5, MAGIC = 0x90900574u };

// After the byte of the opcode, the first instruction's bytes decode as "je +5; nop; nop".
extern "C" __attribute__((noinline)) unsigned magic(unsigned x)
{
	unsigned result;

	asm volatile("mov $0x90900574, %0\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop" : "=a"(result));
	if (x & 1)
		result += x;
	return result;
}

struct Guard {
	unsigned &left;
	~Guard() { left++; }
};

extern "C" __attribute__((noinline)) unsigned work(unsigned n, unsigned &left)
{
	Guard guard{left};

	if (n % EACH_THROWS == 0)
		throw n;
	return magic(n) - MAGIC;
}

static void many(unsigned thread, unsigned long &sum)
{
	unsigned left = 0;

	for (unsigned i = 0; i < CALLS; i++) {
		try {
			sum += work(thread * CALLS + i, left);
		} catch (unsigned n) {
			sum += 7ul * n;
		}
	}
	sum += left;
}

static unsigned long batch()
{
	unsigned long sums[THREADS] = {}, sum = 0;
	std::thread threads[THREADS];

	for (unsigned t = 0; t < THREADS; t++)
		threads[t] = std::thread(many, t, std::ref(sums[t]));
	for (unsigned t = 0; t < THREADS; t++)
		threads[t].join();
	for (unsigned t = 0; t < THREADS; t++)
		sum += sums[t];
	return sum;
}

int main()
{
	unsigned long expected = batch(), wrong = 0, sum;

	std::printf("ready\n");
	std::fflush(stdout);
	while (std::getchar() != EOF) {
		sum = batch();
		wrong += sum != expected;
		std::printf("batch %lu\n", sum);
		std::fflush(stdout);
	}
	std::printf("wrong %lu\n", wrong);
	return wrong != 0;
}
