// SPDX-License-Identifier: GPL-2.0-or-later
// Templates, lambdas, methods, iterators and standard algorithms.
#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <vector>

#include "../c/counting.h"

static long n_generic, n_generic_big, n_lambda, n_captured, n_stored, n_method, n_virtual_a, n_virtual_b, n_next, n_range;
static long n_constructor, n_destructor, n_recursive, n_compare, n_area;

template <typename T> static T generic(T value) // @generic()
{
	bump(&n_generic);
	if (value > T(5))
		bump(&n_generic_big); // @generic_big
	return value + T(1);
}

template <int N> static int recursive(int value)
{
	bump(&n_recursive); // @recursive
	if constexpr (N > 0)
		return recursive<N - 1>(value + N);
	return value;
}

struct shape {
	virtual ~shape() = default;
	virtual int area() const = 0;
	int doubled() const
	{
		bump(&n_method); // @method
		return 2 * area();
	}
};

struct square : shape {
	int side;
	explicit square(int s) : side(s)
	{
		bump(&n_constructor); // @constructor
	}
	~square() override
	{
		bump(&n_destructor); // @destructor
	}
	int area() const override // @area()
	{
		bump(&n_area);
		bump(&n_virtual_a); // @virtual_a
		return side * side;
	}
};

struct line : shape {
	int area() const override
	{
		bump(&n_virtual_b); // @virtual_b
		return 0;
	}
};

struct countdown {
	int left;
	int operator*() const { return left; }
	countdown &operator++()
	{
		bump(&n_next); // @next
		left--;
		return *this;
	}
	bool operator!=(const countdown &other) const { return left != other.left; }
};

struct counted {
	int n;
	countdown begin() const { return {n}; }
	countdown end() const { return {0}; }
};

__attribute__((noinline)) static int use(std::vector<int> values, int n)
{
	int sum = 0;
	std::for_each(values.begin(), values.end(), [](int v) {
		bump(&n_lambda); // @lambda
		(void)v;
	});
	auto captured = [&sum, n](int v) {
		bump(&n_captured); // @captured
		sum += v * n;
	};
	for (int v : values)
		captured(v);
	std::function<int(int)> stored = [n](int v) {
		bump(&n_stored); // @stored
		return v - n;
	};
	sum += std::accumulate(values.begin(), values.end(), 0, [&](int a, int b) { return a + stored(b); });
	std::stable_sort(values.begin(), values.end(), [](int a, int b) {
		bump(&n_compare); // @compare
		return a > b;
	});
	for (int v : counted{n}) {
		bump(&n_range); // @range
		sum += v;
	}
	return sum + values.front();
}

__attribute__((noinline)) static int shapes(int n)
{
	int sum = 0;
	std::vector<std::unique_ptr<shape>> all;
	for (int i = 0; i < n; i++) {
		if (i % 3)
			all.push_back(std::make_unique<square>(i));
		else
			all.push_back(std::make_unique<line>());
	}
	for (const auto &each : all)
		sum += each->doubled();
	return sum;
}

int main()
{
	long sum = 0;
	for (int i = 1; i < 12; i++) {
		sum += generic(i) + long(generic(i * 0.75)) + generic<long>(i) + recursive<3>(i) + shapes(i);
		std::vector<int> values(i * 2);
		std::iota(values.begin(), values.end(), i);
		sum += use(values, i);
	}
	printf("%ld\n", sum);
	SAY_CALLS(generic), SAY(generic_big), SAY(lambda), SAY(captured), SAY(stored), SAY(method), SAY(virtual_a);
	SAY(virtual_b), SAY(next), SAY(range), SAY(constructor), SAY(destructor), SAY(recursive), SAY(compare);
	SAY_CALLS(area);
}
