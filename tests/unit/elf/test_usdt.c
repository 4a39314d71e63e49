// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "elf/usdt.h"
#include "unit/test.h"

static void assert_argument(const char *text, unsigned index, struct usdt_argument expected)
{
	struct usdt_argument found;

	assert_int_equal(usdt__argument(text, index, &found), 0);
	assert_int_equal(found.place, expected.place);
	assert_int_equal(found.reg, expected.reg);
	assert_int_equal(found.size, expected.size);
	assert_int_equal(found.offset, expected.offset);
}

static void reads_operands(void **state)
{
	const char *text = "8@%rdi -4@$5 8@-16(%rbp) -4@%eax 1@%r11b 2@%si 8@(%rsp) 4@$-1";

	(void)state;
	assert_argument(text, 0, (struct usdt_argument){USDT_REGISTER, 5, 8, 0});
	assert_argument(text, 1, (struct usdt_argument){USDT_CONSTANT, 0, 4, 5});
	assert_argument(text, 2, (struct usdt_argument){USDT_MEMORY, 6, 8, -16});
	assert_argument(text, 3, (struct usdt_argument){USDT_REGISTER, 0, 4, 0});
	assert_argument(text, 4, (struct usdt_argument){USDT_REGISTER, 11, 1, 0});
	assert_argument(text, 5, (struct usdt_argument){USDT_REGISTER, 4, 2, 0});
	assert_argument(text, 6, (struct usdt_argument){USDT_MEMORY, 7, 8, 0});
	assert_argument(text, 7, (struct usdt_argument){USDT_CONSTANT, 0, 4, -1});
}

static void refuses_the_rest(void **state)
{
	static const struct {
		const char *text;
		unsigned index;
		int err;
	} cases[] = {
		{"8@%rdi", 1, -ENOENT},
		{"", 0, -ENOENT},
		{"8@%xmm0", 0, -ENOTSUP},
		{"8@name(%rip)", 0, -ENOTSUP},
		{"8@8(%rax,%rbx,4)", 0, -ENOTSUP},
		{"8@(%rax", 0, -ENOTSUP},
		{"%rdi", 0, -EINVAL},
		{"3@%rdi", 0, -EINVAL},
		{"8@%rdix", 0, -ENOTSUP},
		{"8@$5x", 0, -ENOTSUP},
	};
	struct usdt_argument found;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(usdt__argument(cases[i].text, cases[i].index, &found), cases[i].err);
}

struct seen {
	int line, entry;
};

static int see(const struct usdt_probe *probe, void *ctx)
{
	struct seen *seen = ctx;

	if (strcmp(probe->provider, "python") != 0)
		return 0;
	seen->line += !strcmp(probe->name, "line") && probe->vaddr && probe->semaphore && *probe->arguments;
	seen->entry += !strcmp(probe->name, "function__entry");
	return 0;
}

static int stop(const struct usdt_probe *probe, void *ctx)
{
	(void)probe;
	++*(int *)ctx;
	return 7;
}

static void reads_notes(void **state)
{
	struct seen seen = {0};
	struct objfile *obj;
	int n = 0;

	(void)state;
	assert_int_equal(objfile__open("/usr/bin/python3", "python3", &obj), 0);
	assert_int_equal(usdt__each(obj, see, &seen), 0);
	assert_int_equal(seen.line, 1);
	assert_int_equal(seen.entry, 1);
	assert_int_equal(usdt__each(obj, stop, &n), 7);
	assert_int_equal(n, 1);
	objfile__close(obj);
	assert_int_equal(objfile__open("/proc/self/exe", "self", &obj), 0);
	n = 0;
	assert_int_equal(usdt__each(obj, stop, &n), 0);
	assert_int_equal(n, 0);
	objfile__close(obj);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_operands),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(reads_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
