// SPDX-License-Identifier: GPL-2.0-or-later
/* Coroutines: each is one function, of which the compiler makes several bodies. */
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <utility>

struct Generator {
	struct promise_type {
		long value = 0;
		Generator get_return_object()
		{
			return Generator{std::coroutine_handle<promise_type>::from_promise(*this)};
		}
		std::suspend_always initial_suspend() noexcept
		{
			return {};
		}
		std::suspend_always final_suspend() noexcept
		{
			return {};
		}
		std::suspend_always yield_value(long x)
		{
			value = x;
			return {};
		}
		void return_void()
		{
		}
		void unhandled_exception()
		{
			abort();
		}
	};
	std::coroutine_handle<promise_type> handle;
	explicit Generator(std::coroutine_handle<promise_type> from) : handle(from)
	{
	}
	Generator(Generator &&other) : handle(std::exchange(other.handle, {}))
	{
	}
	~Generator()
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

static long squares, odd, pairs;

static Generator count(long n) /* calls: 3 */
{
	for (long i = 0; i < n; i++) {
		squares++; /* hits: squares */
		if (i & 1)
			odd++; /* hits: odd */
		co_yield i *i; /* hits: squares */
	}
	odd += 0;
} /* hits: 2 */

/* Of the same name, not static, and it waits without a value. */
Generator count(long n, int step) /* calls: 4 */
{
	for (long i = 0; i < n; i += step) {
		pairs++;			/* hits: pairs */
		co_await std::suspend_always{}; /* hits: pairs */
		if (i > 4)
			co_return;
		co_yield i; /* hits: pairs - 4 */
	}
}

int main()
{
	long sum = 0;

	for (int k = 0; k < 3; k++) {
		Generator generator = count(20);

		/* The last one is destroyed where it waits. */
		for (int i = 0; (k < 2 || i < 5) && generator.next(); i++)
			sum += generator.handle.promise().value;
	}
	for (int k = 0; k < 4; k++) {
		Generator generator = count(20, 2);

		while (generator.next())
			sum += generator.handle.promise().value;
	}
	printf("counter squares %ld\ncounter odd %ld\ncounter pairs %ld\n%ld\n", squares, odd, pairs, sum);
	return 0;
}
