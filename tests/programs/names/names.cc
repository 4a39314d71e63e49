/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions whose names have several spellings. main() calls each ten times. */
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>
#define NI __attribute__((noinline))
static volatile long sink;
template <class T, int N> struct Foo {
	T v;
	NI void add(T x)
	{
		v += x + N;
		sink = sink + 1;
	}
	template <class U> NI void both(U u)
	{
		sink = sink + (long)u;
	}
	NI long get() const
	{
		return sink + v;
	}
	NI operator bool() const
	{
		return sink + v;
	}
};
namespace outer
{
inline namespace v2
{
struct Q {
	NI Q()
	{
		sink = 1;
	}
	NI ~Q()
	{
		sink = 2;
	}
	NI void f()
	{
		sink = sink + 1;
	}
	NI Q &operator<<(int x)
	{
		sink = sink + x;
		return *this;
	}
	NI int operator()(int x)
	{
		return sink + x;
	}
	NI int operator[](int x)
	{
		return sink + x;
	}
};
} // namespace v2
} // namespace outer
namespace
{
NI void anon(int x)
{
	sink = sink + x;
}
struct Hidden {
	NI void go()
	{
		sink = sink + 3;
	}
};
NI void inspect(const Hidden &h, const std::vector<int> &v)
{
	sink = sink + (long)sizeof(h) + v[0];
}
} // namespace
enum class Color { Red, Green = 5, Blue };
template <Color C> NI void paint(int x)
{
	sink = sink + x + (int)C;
}
static NI void local(int x)
{
	sink = sink + x + 1;
}
static NI void local(double x)
{
	sink = sink + x + 2;
}
static NI void local(const char *const text[], int n)
{
	sink = sink + text[n][0];
}
NI void over(int x)
{
	sink = sink + x;
}
NI void over(double x)
{
	sink = sink + x;
}
NI void over(const char *x)
{
	sink = sink + *x;
}
NI void over(const std::string &x, unsigned n)
{
	sink = sink + x.size() + n;
}
template <class T> NI T largest(const std::vector<T> &v)
{
	T m = v[0];
	for (auto &x : v)
		if (x > m)
			m = x;
	sink = sink + 1;
	return m;
}
NI int lam(int n)
{
	auto f = [](int x) __attribute__((noinline))
	{
		sink = sink + x;
		return x;
	};
	auto g = [&](long x) __attribute__((noinline))
	{
		sink = sink + x;
		return n;
	};
	return f(n) + g(n);
}
NI void strs(std::vector<std::string> &v)
{
	v.push_back("x");
}
template <class T> NI void each(T t)
{
	t(3);
}
int main()
{
	Foo<long, 1> a{};
	Foo<unsigned, 2> b{};
	Foo<unsigned char, -3> c{};
	Foo<std::string *, 1> *d = nullptr;
	Foo<unsigned long long, 1> e{};
	outer::Q q;
	Hidden h;
	std::vector<int> v{1, 2, 3};
	const char *texts[] = {"a", "b"};
	std::vector<std::string> vs{"a"};
	for (int i = 0; i < 10; i++) {
		a.add(i);
		b.add(i);
		c.add(i);
		e.add(i);
		q.f();
		q << i;
		q(i);
		q[i];
		anon(i);
		h.go();
		inspect(h, v);
		paint<Color::Red>(i);
		paint<Color::Green>(i);
		local(i);
		local(2.5);
		local(texts, i & 1);
		over(i);
		over(2.5);
		over("x");
		over(std::string("a"), 1u);
		largest(v);
		largest(vs);
		lam(i);
		a.both<short>(i);
		a.both(2.5);
		sink = sink + a.get() + (bool)a;
		strs(vs);
		each([](int x) { sink = sink + x; });
	}
	std::printf("%ld\n", (long)sink);
}
