// SPDX-License-Identifier: GPL-2.0-or-later
/* Constructors and destructors, of which compilers make several bodies each. */
#include <cstdio>

#include "common.h"

static long made, base, derived, left_made, left, right, known, node;

NOINLINE void bump(long *counter)
{
	++*counter;
}

struct Base {
	Base *next = nullptr;
	Base() /* calls: made */
	{
		bump(&made);
	}
	virtual ~Base();
};

Base::~Base() /* calls: base */
{
	bump(&base); /* hits: base */
	delete next;
}

struct Derived : Base {
	~Derived() override;
};

Derived::~Derived() /* calls: derived */
{
	bump(&derived); /* hits: derived */
}

struct Left : virtual Base {
	Left();
	~Left() override;
};

Left::Left() /* calls: left_made */
{
	bump(&left_made); /* hits: left_made */
}

Left::~Left() /* calls: left */
{
	bump(&left); /* hits: left */
}

struct Right : Left {
	~Right() override;
};

Right::~Right() /* calls: right */
{
	bump(&right); /* hits: right */
}

/* Nobody can override it, so that callers may inline what deletes it. */
struct Known final {
	virtual ~Known() /* calls: known */
	{
		bump(&known); /* hits: known */
	}
};

/* Real recursion. */
struct Node {
	Node *next;
	~Node() /* calls: node */
	{
		bump(&node); /* hits: node */
		delete next;
	}
};

NOINLINE void drop(Base *object)
{
	delete object;
}

NOINLINE void drop(Left *object)
{
	delete object;
}

NOINLINE void drop(Known *object)
{
	delete object;
}

NOINLINE void drop(Node *object)
{
	delete object;
}

NOINLINE void round(int i)
{
	Base *object = new Base;

	if (i % 2)
		object->next = new Derived;
	drop(object);
	drop(new Left);
	drop(static_cast<Left *>(new Right));
	drop(new Known);
	drop(new Node{i % 2 ? new Node{new Node{nullptr}} : nullptr});
	Left local;
	Right other;
	Derived third;
	Known fourth;
}

int main()
{
	for (int i = 0; i < 10; i++)
		round(i);
	printf("counter made %ld\ncounter base %ld\ncounter derived %ld\ncounter left_made %ld\n", made, base, derived,
	       left_made);
	printf("counter left %ld\ncounter right %ld\ncounter known %ld\ncounter node %ld\n", left, right, known, node);
	return 0;
}
