// SPDX-License-Identifier: GPL-2.0-or-later
// Coroutines: a generator, resumed and left early, and one that awaits others.
#include <coroutine>
#include <exception>
#include <utility>

#include "../c/counting.h"

static long n_begin, n_turn, n_resumed, n_end, n_consumed, n_outer, n_inner, n_inner_end, n_odd;

struct generator {
	struct promise_type {
		int value = 0;
		generator get_return_object() { return generator(std::coroutine_handle<promise_type>::from_promise(*this)); }
		std::suspend_always initial_suspend() noexcept { return {}; }
		std::suspend_always final_suspend() noexcept { return {}; }
		std::suspend_always yield_value(int v) noexcept
		{
			value = v;
			return {};
		}
		void return_void() {}
		void unhandled_exception() { std::terminate(); }
	};
	std::coroutine_handle<promise_type> handle;
	explicit generator(std::coroutine_handle<promise_type> h) : handle(h) {}
	generator(generator &&from) noexcept : handle(std::exchange(from.handle, nullptr)) {}
	~generator()
	{
		if (handle)
			handle.destroy();
	}
	bool next()
	{
		handle.resume();
		return !handle.done();
	}
};

static generator count_to(int n)
{
	bump(&n_begin); // @begin
	for (int i = 0; i < n; i++) {
		bump(&n_turn); // @turn
		if (i % 2)
			bump(&n_odd); // @odd
		co_yield i;
		bump(&n_resumed); // @resumed
	}
	bump(&n_end); // @end
}

static generator nested(int n)
{
	for (int i = 0; i < n; i++) {
		bump(&n_outer); // @outer
		generator inner = count_to(i);
		while (inner.next()) {
			bump(&n_inner); // @inner
			co_yield inner.handle.promise().value;
		}
		bump(&n_inner_end); // @inner_end
	}
}

__attribute__((noinline)) static int consume(generator &&g, int most)
{
	int sum = 0;
	while (most-- > 0 && g.next()) {
		bump(&n_consumed); // @consumed
		sum += g.handle.promise().value;
	}
	return sum;
}

int main()
{
	int sum = 0;
	for (int i = 0; i < 10; i++)
		sum += consume(count_to(i), 5) + consume(nested(i), 12);
	printf("%d\n", sum);
	SAY(begin), SAY(turn), SAY(resumed), SAY(end), SAY(consumed), SAY(outer), SAY(inner), SAY(inner_end), SAY(odd);
}
