// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statements behind calls that were inlined: where these end, nothing but marks may be left of them. The hits of the
 * lines that say "behind" are gcov's. Lines that say "around" have those as well, or are marked: on some ways their
 * outcome is known.
 */
#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

class Buffer {
public:
	explicit Buffer(size_t n) : cells(n, 1) {}
	long sum() const
	{
		long total = 0;
		for (long cell : cells)
			total += cell;
		return total;
	}

private:
	std::vector<long> cells;
};

static std::unique_ptr<long> box(long value)
{
	return value % 3 ? std::make_unique<long>(value) : nullptr;
}

__attribute__((noinline)) static long halve(long n)
{
	long total = 0;

	while (n) {
		if (n & 1)
			total += Buffer((size_t)n).sum();
		n >>= 1; /* behind */
		if (n) /* behind */
			total += Buffer((size_t)n * 2).sum();
	}
	return total; /* behind */
}

__attribute__((noinline)) static long unbox(long n)
{
	long total = 0;

	for (long i = 0; i < n; i++) {
		auto boxed = box(i);
		if (boxed)
			total += *boxed;
		auto other = box(i + 1);
		if (other && *other % 2) /* around */
			total -= *other;
		boxed.reset(); /* around */
		total ^= i; /* behind */
		if (total > 1000) /* behind */
			total -= 1000;
	}
	return total;
}

class Names {
public:
	void add(const std::string &name, int value) { values[name] = value; }
	int &find(const std::string &name)
	{
		auto at = values.find(name);

		if (at == values.end())
			throw 1;
		return at->second; /* behind */
	}

private:
	std::map<std::string, int> values;
};

static long look(Names &names, const std::string &from, const std::string &to)
{
	int &first = names.find(from);
	first++; /* behind */
	int &second = names.find(to);
	second += first; /* behind */
	return second;
}

struct Weigh {
	long &total;
	void operator()(long v) const { total += v; }
	void operator()(double) const { total--; }
	void operator()(const std::string &s) const { total += (long)s.size(); }
};

__attribute__((noinline)) static long weigh(const std::vector<std::variant<long, double, std::string>> &values)
{
	long total = 0;

	for (const auto &value : values) {
		std::visit(Weigh{total}, value);
		if (std::holds_alternative<double>(value)) /* behind */
			total += 2;
	}
	return total;
}

int main()
{
	long sum = 0;

	for (long i = 0; i < 20; i++)
		sum += halve(i);
	std::printf("%ld %ld\n", sum, unbox(100));
	Names names;
	for (const char *name : {"a", "b", "c"})
		names.add(name, 3);
	for (int i = 0; i < 12; i++)
		sum += look(names, i % 2 ? "a" : "b", i % 3 ? "c" : "a");
	try {
		sum += look(names, "a", "none");
	} catch (int) {
		sum++;
	}
	std::vector<std::variant<long, double, std::string>> values;
	for (int i = 0; i < 30; i++) {
		if (i % 3 == 0)
			values.emplace_back((long)i);
		else if (i % 3 == 1)
			values.emplace_back(i / 2.0);
		else
			values.emplace_back(std::string((size_t)i, 'x'));
	}
	std::printf("%ld %ld\n", sum, weigh(values));
	return 0;
}
