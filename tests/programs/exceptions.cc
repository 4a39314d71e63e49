// SPDX-License-Identifier: GPL-2.0-or-later
/* C++: exceptions through profiled functions, destructors, templates, lambdas, namespaces, virtual calls. */
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common.h"

namespace zoo
{
static int alive, died;

struct Guard {
	explicit Guard(int n) : value(n) /* calls: 1300 */
	{
		alive++; /* hits: 1300 */
	}
	~Guard() /* calls: 1300 */
	{
		died++; /* hits: 1300 */
	}
	Guard(const Guard &) = delete;
	Guard &operator=(const Guard &) = delete;
	int value;
};

class Cage
{
      public:
	virtual ~Cage() = default;
	NOINLINE virtual int open(int n) /* calls: 50 */
	{
		return n; /* hits: 50 */
	}
};

class LionCage : public Cage
{
      public:
	NOINLINE int open(int n) override /* calls: 50 */
	{
		if (n % 10 == 0)
			throw std::runtime_error("lion"); /* hits: 5 */
		return n + 1;				  /* hits: 45 */
	}
};

NOINLINE static int thrower(int n) /* calls: 1000 */
{
	Guard guard(n); /* hits: 1000 */

	if (n % 4 == 0)
		throw n;
	return guard.value; /* hits: 750 */
}

NOINLINE static int between(int n) /* calls: 1000 */
{
	int x = thrower(n); /* hits: 1000 */

	x++;	  /* hits: 750 */
	return x; /* hits: 750 */
}

NOINLINE static int cleans(int n) /* calls: 300 */
{
	Guard guard(n); /* hits: 300 */

	return between(n) + guard.value;
}

NOINLINE static int catches(int n) /* calls: 1000 */
{
	try {
		if (n % 10 < 3)
			return cleans(n);
		return between(n); /* hits: 700 */
	} catch (int thrown) {
		return -thrown; /* hits: 250 */
	}
}

NOINLINE static int rethrows(int n) /* calls: 40 */
{
	try {
		return n % 2 ? n : throw std::string("even");
	} catch (const std::string &) {
		throw;
	}
}
} // namespace zoo

template <typename T> NOINLINE static T clamp(T value, T low, T high) // twice 200 calls
{
	if (value < low)
		return low; /* hits: 20 + 20 */
	if (value > high)
		return high; /* hits: 150 + 150 */
	return value;	     /* hits: 30 + 30 */
}

template <int N> struct Power {
	static long of(long x)
	{
		return x * Power<N - 1>::of(x);
	}
};

template <> struct Power<0> {
	static long of(long)
	{
		return 1; /* hits: 100 */
	}
};

template <typename F> NOINLINE static long apply(F function, int n)
{
	long sum = 0;

	for (int i = 0; i < n; i++)
		sum += function(i);
	return sum;
}

NOINLINE static long lambdas(int n) /* calls: 10 */
{
	long offset = n;

	return apply([&](int i) { return i + offset; }, n) + apply(
								     [](int i) {
									     return 2L * i; /* hits: 145 */
								     },
								     n);
}

int main()
{
	long sum = 0;
	std::vector<std::unique_ptr<zoo::Cage>> cages;

	for (int n = 0; n < 1000; n++)
		sum += zoo::catches(n);
	for (int n = 0; n < 40; n++) {
		try {
			sum += zoo::rethrows(n);
		} catch (const std::string &text) {
			sum += static_cast<long>(text.size());
		}
	}
	for (int n = 0; n < 100; n++) {
		if (n % 2)
			cages.emplace_back(new zoo::Cage);
		else
			cages.emplace_back(new zoo::LionCage);
		try {
			sum += cages.back()->open(n / 2);
		} catch (const std::exception &) {
			sum += 5;
		}
	}
	for (int n = 0; n < 200; n++)
		sum += clamp(n, 20, 49) + static_cast<long>(clamp(n + 0.0, 20.0, 49.0));
	for (int n = 0; n < 100; n++)
		sum += Power<3>::of(n);
	for (int n = 10; n < 20; n++)
		sum += lambdas(n);
	std::printf("result %ld %d %d\n", sum, zoo::alive, zoo::died);
	return zoo::alive != zoo::died;
}
