// SPDX-License-Identifier: GPL-2.0-or-later
// Iterators of the library, in loops of one block. What the functions count is printed, and is what the lines count.
#include <algorithm>
#include <cstdio>
#include <vector>

static volatile long counted[3];

__attribute__((noinline)) static void count(int which, int x)
{
	counted[which] = counted[which] + (x > 0);
}

__attribute__((noinline)) static void range(const std::vector<int> &v)
{
	for (int x : v)
		count(0, x); // executed
}

__attribute__((noinline)) static void each(const std::vector<int> &v)
{
	std::for_each(v.begin(), v.end(), [](int x) {
		count(1, x); // executed
	});
}

__attribute__((noinline)) static void explicitly(const std::vector<int> &v)
{
	for (auto i = v.begin(); i != v.end(); ++i)
		if (*i % 2)
			count(2, *i); // executed
}

int main()
{
	std::vector<int> v;

	for (int i = 1; i <= 700; i++)
		v.push_back(i);
	range(v);
	each(v);
	explicitly(v);
	std::printf("%ld %ld %ld\n", counted[0], counted[1], counted[2]);
}
