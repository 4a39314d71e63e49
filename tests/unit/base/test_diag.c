// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/diag.h"
#include "unit/scratch.h"

static void by_verbosity(void **state)
{
	static const struct {
		int verbosity;
		const char *said;
	} cases[] = {
		{-1, "lprof-bpf: error 1\n"},
		{0, "lprof-bpf: error 1\nlprof-bpf: note 2\n"},
		{1, "lprof-bpf: error 1\nlprof-bpf: note 2\nlprof-bpf: debug 3\n"},
		{2, "lprof-bpf: error 1\nlprof-bpf: note 2\nlprof-bpf: debug 3\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct scratch *scratch = scratch__new();

		scratch->diag.verbosity = cases[i].verbosity;
		diag__error(&scratch->diag, "error %d", 1);
		diag__note(&scratch->diag, "note %d", 2);
		diag__debug(&scratch->diag, "debug %d", 3);
		assert_string_equal(scratch__said(scratch), cases[i].said);
		scratch__free(scratch);
	}
}

/* Names are others', and no terminal is to obey them. */
static void a_message_is_one_harmless_line(void **state)
{
	struct scratch *scratch = scratch__new();

	(void)state;
	diag__error(&scratch->diag, "cannot read %s", "a\n\033[2Jb\xff");
	assert_string_equal(scratch__said(scratch), "lprof-bpf: cannot read a\\x0a\\x1b[2Jb\\xff\n");
	scratch__free(scratch);
}

struct known {
	bool anything;
	int asked;
};

/* Says an error itself, which must not ask again. */
static bool explain(void *context, const struct diag *diag)
{
	struct known *known = context;

	known->asked++;
	if (known->anything)
		diag__error(diag, "the process has ended");
	return known->anything;
}

static void who_knows_the_cause_says_that_instead(void **state)
{
	struct scratch *scratch = scratch__new();
	struct known known = {.anything = true};
	const struct diag_cause cause = {explain, &known};

	(void)state;
	scratch->diag.cause = &cause;
	diag__note(&scratch->diag, "a note");
	assert_int_equal(known.asked, 0);
	diag__error(&scratch->diag, "cannot attach");
	assert_int_equal(known.asked, 1);
	known.anything = false;
	diag__error(&scratch->diag, "cannot read");
	assert_int_equal(known.asked, 2);
	assert_string_equal(scratch__said(scratch), "lprof-bpf: a note\nlprof-bpf: the process has ended\n"
						    "lprof-bpf: cannot read\n");
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_verbosity),
		cmocka_unit_test(a_message_is_one_harmless_line),
		cmocka_unit_test(who_knows_the_cause_says_that_instead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
