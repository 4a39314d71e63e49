// SPDX-License-Identifier: GPL-2.0-or-later
// Functions that are called through several bases of their class, virtual ones among these: by thunks.
#include <memory>
#include <string>

#include "../c/counting.h"

static long n_small, n_small_calls, n_large, n_large_calls, n_other, n_destroyed, n_virtual, n_derived, n_most;
static long n_self, n_self_calls;

struct left {
	virtual ~left() = default;
	virtual int other() = 0;
	virtual left *self(int n) = 0;
	long l = 1;
};

struct right {
	virtual ~right() = default;
	virtual int small() = 0;
	virtual int large(int n) = 0;
	virtual right *self(int n) = 0;
	long r = 2;
};

struct both : left, right {
	~both() override
	{
		bump(&n_destroyed); // @destroyed
	}
	int other() override
	{
		bump(&n_other); // @other
		return 1;
	}
	int small() override // @small_calls()
	{
		bump(&n_small_calls);
		bump(&n_small); // @small
		return 3;
	}
	// Through `right` it is called by a thunk that corrects the result as well.
	both *self(int n) override // @self_calls()
	{
		bump(&n_self_calls);
		for (int i = 0; i < n; i++)
			bump(&n_self); // @self
		return this;
	}
	int large(int n) override // @large_calls()
	{
		int sum = 0;
		bump(&n_large_calls);
		for (int i = 0; i < n; i++) {
			bump(&n_large); // @large
			sum += i * r;
			if (sum % 7 == 3)
				sum ^= l;
		}
		return sum;
	}
};

struct base {
	virtual ~base()
	{
		bump(&n_virtual); // @virtual
	}
	virtual int value() = 0;
};

struct derived : virtual base {
	~derived() override
	{
		bump(&n_derived); // @derived
	}
	int value() override
	{
		return 2;
	}
};

struct most : derived {
	std::string text = "x";
	~most() override
	{
		bump(&n_most); // @most
	}
	int value() override
	{
		return (int)text.size();
	}
};

__attribute__((noinline)) static int use_right(right *r, int n)
{
	return r->small() + r->self(n)->large(n);
}

__attribute__((noinline)) static int use_left(left *l)
{
	return l->self(2)->other();
}

int main()
{
	long sum = 0;
	for (int i = 0; i < 30; i++) {
		both *b = new both;
		std::unique_ptr<base> p = std::make_unique<most>();
		most local;
		if (i % 2)
			p = std::make_unique<derived>();
		sum += p->value() + local.value() + use_right(b, i) + use_left(b);
		if (i % 3) {
			sum += b->large(2);
			delete static_cast<left *>(b);
		} else {
			delete static_cast<right *>(b);
		}
	}
	printf("%ld\n", sum);
	SAY(small), SAY_CALLS(small_calls), SAY(large), SAY_CALLS(large_calls), SAY(other), SAY(destroyed);
	SAY(virtual), SAY(derived), SAY(most), SAY(self), SAY_CALLS(self_calls);
}
