// SPDX-License-Identifier: GPL-2.0-or-later
// Standard containers and algorithms, folds, variants, a coroutine and exceptions behind inlined constructors.
#include <algorithm>
#include <coroutine>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "../c/counting.h"
static long n_map, n_set, n_text, n_compare, n_number, n_string, n_fold, n_odd, n_try, n_throw, n_catch, n_after,
	n_yield;
static long n_resumed, n_plus, n_sum;

template <class... T> __attribute__((noinline)) static long fold(T... t)
{
	long s = 0;
	auto one = [&](auto x) {
		bump(&n_fold); // @fold
		s += x;
	};
	(one(t), ...);
	return s;
}
struct gen {
	struct promise_type {
		int v;
		gen get_return_object()
		{
			return {std::coroutine_handle<promise_type>::from_promise(*this)};
		}
		std::suspend_always initial_suspend()
		{
			return {};
		}
		std::suspend_always final_suspend() noexcept
		{
			return {};
		}
		std::suspend_always yield_value(int x)
		{
			v = x;
			return {};
		}
		void return_void()
		{
		}
		void unhandled_exception()
		{
		}
	};
	std::coroutine_handle<promise_type> h;
	~gen()
	{
		h.destroy();
	}
	bool next()
	{
		h.resume();
		return !h.done();
	}
};
static gen squares(int n)
{
	for (int i = 0; i < n; i++) {
		bump(&n_yield); // @yield
		co_yield i *i;
		if (i % 2)
			bump(&n_resumed); // @resumed
	}
}
struct num {
	int v;
	num operator+(num o) const
	{
		bump(&n_plus); // @plus
		return {v + o.v};
	}
};
__attribute__((noinline)) static int containers(int n)
{
	std::map<int, std::string> m;
	std::set<int> s;
	std::vector<int> v(n);
	std::iota(v.begin(), v.end(), 0);
	for (int x : v) {
		m[x * 7 % 11] += "ab";
		s.insert(x % 5);
	}
	int sum = 0;
	for (auto &[key, value] : m) {
		bump(&n_map); // @map
		sum += key + value.size();
	}
	for (auto it = s.begin(); it != s.end(); ++it)
		bump(&n_set); // @set
	for (char c : std::string("hello")) {
		bump(&n_text); // @text
		sum += c;
	}
	std::sort(v.begin(), v.end(), [](int a, int b) {
		bump(&n_compare); // @compare
		return a > b;
	});
	for (int x : v)
		if (x % 2)
			bump(&n_odd); // @odd
	num a = std::accumulate(v.begin(), v.end(), num{0}, [](num a, int x) {
		bump(&n_sum); // @sum
		return a + num{x};
	});
	return sum + a.v;
}
__attribute__((noinline)) static int thrower(int n)
{
	std::string guard(n, 'x');
	try {
		bump(&n_try); // @try
		if (n % 3 == 0) {
			bump(&n_throw); // @throw
			throw n;
		}
		bump(&n_after); // @after
	} catch (int x) {
		bump(&n_catch); // @catch
		return x;
	}
	return guard.size();
}
static int visit(std::variant<int, std::string> &&x)
{
	return std::visit(
		[](auto &&v) -> int {
			if constexpr (std::is_same_v<std::decay_t<decltype(v)>, int>) {
				bump(&n_number); // @number
				return v;
			} else {
				bump(&n_string); // @string
				return v.size();
			}
		},
		x);
}
int main()
{
	long sum = 0;
	for (int i = 0; i < 20; i++) {
		sum += containers(i) + thrower(i) + fold(i, 2.0, 'c') + fold(i);
		sum += visit(i) + visit("abc");
		auto g = squares(i);
		while (g.next())
			sum += g.h.promise().v;
	}
	printf("%ld\n", sum);
	SAY(map), SAY(set), SAY(text), SAY(compare), SAY(number), SAY(string), SAY(fold), SAY(odd), SAY(try),
		SAY(throw), SAY(catch), SAY(after), SAY(yield), SAY(resumed), SAY(plus), SAY(sum);
}
