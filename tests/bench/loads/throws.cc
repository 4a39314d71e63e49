// SPDX-License-Identifier: GPL-2.0-or-later
// throws FILE [UNITS]: evaluates sums with brackets. One in eight of them is wrong, which is found out below some calls and
// thrown through them.
#include <cctype>
#include <stdexcept>
#include <string>

#include "load.h"

namespace {

struct guard {
	int &depth;
	explicit guard(int &depth) : depth(depth) { depth++; }
	~guard() { depth--; }
};

class reader {
public:
	explicit reader(const std::string &text) : at(text.c_str()) {}

	long sum()
	{
		guard inside(depth);
		long value = term();

		while (*at == '+') {
			at++;
			value += term();
		}
		return value;
	}

	int depth = 0;

private:
	const char *at;

	__attribute__((noipa)) long term()
	{
		if (*at == '(') {
			at++;
			long value = sum();
			if (*at != ')')
				throw std::runtime_error("a bracket is missing");
			at++;
			return value;
		}
		return number();
	}

	__attribute__((noipa)) long number()
	{
		long value = 0;

		if (!std::isdigit(static_cast<unsigned char>(*at)))
			throw std::runtime_error("no number");
		while (std::isdigit(static_cast<unsigned char>(*at)))
			value = 10 * value + *at++ - '0';
		return value;
	}
};

__attribute__((noipa)) long evaluate(const std::string &text)
{
	reader input(text);

	try {
		return input.sum();
	} catch (const std::runtime_error &) {
		return input.depth ? -2 : -1;
	}
}

__attribute__((noipa)) long evaluate_all(const std::string *texts, int n)
{
	long total = 0;

	for (int i = 0; i < n; i++)
		total += evaluate(texts[i]);
	return total;
}

} // namespace

int main(int argc, char **argv)
{
	uint64_t limit = load__limit(argc, argv);
	std::string texts[64];
	struct load *load = load__open(argv[1], 1);

	for (int i = 0; i < 64; i++) {
		std::string n = std::to_string(i * 7919 % 1009);

		texts[i] = i % 8 == 3 ? "1+(" + n + "+(2+(x)))" : "1+(" + n + "+(2+(" + n + "+3)))+" + n;
	}
	long right = evaluate_all(texts, 64);
	while (load->units < limit) {
		struct load_time begin = load__now();

		load__done(load, begin, evaluate_all(texts, 64) == right);
	}
	return 0;
}
