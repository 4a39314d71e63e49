// SPDX-License-Identifier: GPL-2.0-or-later
// Exceptions: thrown, caught, passed on, and destructors on their way.
#include <stdexcept>
#include <string>

#include "../c/counting.h"

static long n_thrower, n_throw, n_normal, n_catch, n_catch_all, n_rethrow, n_guard, n_after, n_finally, n_never, n_loop;

struct guard {
	~guard()
	{
		bump(&n_guard); // @guard
	}
};

__attribute__((noinline)) static int thrower(int n) // @thrower()
{
	bump(&n_thrower);
	guard here;
	if (n % 3 == 0) {
		bump(&n_throw); // @throw_runtime
		throw std::runtime_error("three");
	}
	if (n % 5 == 0)
		throw n;
	bump(&n_normal); // @normal
	return n;
}

__attribute__((noinline)) static int passes_on(int n)
{
	std::string text(n + 1, 'x');
	try {
		guard here;
		int got = thrower(n);
		bump(&n_after); // @after
		return got + int(text.size());
	} catch (const std::logic_error &) {
		bump(&n_never); // @never
		return 0;
	} catch (const std::runtime_error &) {
		bump(&n_rethrow); // @rethrow
		throw;
	}
}

__attribute__((noinline)) static int catches(int n)
{
	int sum = 0;
	for (int i = 0; i < n; i++) {
		bump(&n_loop); // @loop
		try {
			sum += passes_on(i);
		} catch (const std::exception &e) {
			bump(&n_catch); // @catch_exception
			sum += e.what()[0];
		} catch (...) {
			bump(&n_catch_all); // @catch_all
			sum--;
		}
		bump(&n_finally); // @finally
	}
	return sum;
}

int main()
{
	int sum = 0;
	for (int i = 0; i < 12; i++)
		sum += catches(i);
	printf("%d\n", sum);
	SAY_CALLS(thrower), SAY(normal), SAY(catch_all), SAY(rethrow), SAY(guard), SAY(after), SAY(finally), SAY(never);
	SAY(loop);
	fprintf(stderr, "@throw_runtime %ld\n@catch_exception %ld\n", n_throw, n_catch);
}
