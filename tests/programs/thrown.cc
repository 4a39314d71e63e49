// SPDX-License-Identifier: GPL-2.0-or-later
/* What inlined calls throw, and what inlined calls catch: the lines of the calls go on in landing pads. */
#include <cstdio>
#include <stdexcept>
#include <string>

struct Digit : std::runtime_error {
	int at;
	Digit(const std::string &what, int at) : std::runtime_error(what), at(at)
	{
	}
};

static int depth;

struct Guard {
	Guard()
	{
		depth++;
	}
	~Guard()
	{
		depth--;
	}
};

static int digit(char c, int at)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	throw Digit("no digit", at);
}

static long number(const std::string &text)
{
	long value = 0;
	int at = 0;

	for (char c : text)
		value = value * 10 + digit(c, at++); /* throws: in an inlined call */
	if (value > 1000)
		throw value;
	return value;
}

static long guarded(const std::string &text)
{
	Guard guard;

	return number(text);
}

static long caught(const std::string &text, long &failed)
{
	try {
		return guarded(text); /* throws: to handlers */
	} catch (const Digit &e) {    /* catches */
		failed += e.at + 1;
		return -1;
	} catch (long large) { /* catches */
		failed += 100;
		return -large;
	}
}

static void check(long value)
{
	if (value % 7 == 3)
		throw value;
	if (value % 11 == 5)
		throw std::string("eleven");
}

static long types(long n)
{
	long sum = 0;

	for (long i = 0; i < n; i++) { /* throws: a loop with handlers */
		try {
			check(i); /* throws: to handlers in a loop */
			sum++;
		} catch (long v) { /* catches */
			sum += v;
		} catch (const std::string &s) { /* catches */
			sum += (long)s.size();
		}
	}
	return sum;
}

static void fail(long value)
{
	if (value % 5 == 4)
		throw value;
}

static int undone;

/* The compiler knows on the regular way that there is nothing to be undone. */
class Undo
{
	bool done_ = false;

      public:
	~Undo()
	{
		if (!done_) /* throws: a test in a destructor, here and in landing pads */
			undone++;
	}
	void commit()
	{
		done_ = true;
	}
};

__attribute__((noinline)) static void change(long value)
{
	Undo undo;

	fail(value);
	undo.commit();
} /* throws: exceptions destroy on the brace */

static long changes(long n)
{
	long failed = 0;

	for (long i = 0; i < n; i++) {
		try {
			change(i);
		} catch (...) {
			failed++;
		}
	}
	return failed;
}

int main()
{
	static const char *const words[] = {"12", "3x", "999999", "77", "5", "1a2", "123456789", "40"};
	long failed = 0, sum = 0;

	for (int round = 0; round < 10; round++)
		for (const char *word : words)
			sum += caught(word, failed); /* catches: in an inlined call */
	std::printf("%ld %ld %d\n", sum, failed, depth);
	sum = types(300); /* throws: a loop of an inlined call */
	std::printf("%ld\n", sum);
	std::printf("%ld %d\n", changes(100), undone);
	return 0;
}
