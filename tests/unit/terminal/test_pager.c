// SPDX-License-Identifier: GPL-2.0-or-later
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "terminal/pager.h"
#include "unit/scratch.h"

static int setup(void **state)
{
	*state = scratch__new();
	return 0;
}

static int teardown(void **state)
{
	scratch__free(*state);
	return 0;
}

static bool fits(int terminal, const char *text)
{
	return pager__fits(terminal, text, strlen(text));
}

static void what_fits_is_told_by_the_size(void **state)
{
	struct winsize size = {.ws_row = 4, .ws_col = 10};
	int terminal, other;

	(void)state;
	assert_int_equal(openpty(&other, &terminal, NULL, NULL, &size), 0);
	assert_int_equal(pager__columns(terminal), 10);
	assert_true(fits(terminal, ""));
	assert_true(fits(terminal, "1\n2\n3\n"));
	assert_false(fits(terminal, "1\n2\n3\n4\n"));
	/* Ten columns are one row, eleven are two. */
	assert_true(fits(terminal, "1\n2\n0123456789\n"));
	assert_false(fits(terminal, "1\n2\n01234567890\n"));
	/* A tab reaches to column 8; two columns are left. */
	assert_true(fits(terminal, "1\n2\n\t89\n"));
	assert_false(fits(terminal, "1\n2\n\t890\n"));
	/* Neither colours nor the bytes of one character take columns. */
	assert_true(fits(terminal, "1\n2\n\033[1;31m0123456789\033[0m\n"));
	assert_true(fits(terminal, "1\n2\n\xc3\xa9 23456789\n"));
	/* A terminal without a known size, and a descriptor that is not a terminal. */
	size.ws_row = size.ws_col = 0;
	assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
	assert_true(fits(terminal, "1\n2\n3\n4\n"));
	assert_int_equal(pager__columns(terminal), 0);
	close(terminal);
	close(other);
	assert_int_equal(pager__columns(-1), 0);
	assert_true(fits(-1, "1\n2\n3\n4\n"));
}

static void the_pager_gets_all_of_it(void **state)
{
	const struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "shown"), *command, *shown, *text = calloc(1, 60001);

	/* The text nearly fills a pipe; a longer one would be shown in the same way. */
	assert_non_null(text);
	memset(text, 'x', 60000);
	assert_true(asprintf(&command, "cat > '%s'; echo \"$LESS\" >> '%s'", path, path) > 0);
	setenv("PAGER", command, 1);
	unsetenv("LESS");
	assert_int_equal(pager__show(text, strlen(text)), 0);
	shown = scratch__read(path);
	assert_int_equal(strncmp(shown, text, 60000), 0);
	assert_string_equal(shown + 60000, "FRSX\n");
	free(shown);
	setenv("LESS", "mine", 1);
	assert_int_equal(pager__show(text, 1), 0);
	shown = scratch__read(path);
	assert_string_equal(shown, "xmine\n");
	free(shown);
	free(command);
	free(path);
	free(text);
}

static void a_pager_may_end_early_or_fail(void **state)
{
	(void)state;
	setenv("PAGER", "true", 1);
	assert_int_equal(pager__show("text", 4), 0);
	setenv("PAGER", "exit 3", 1);
	assert_int_equal(pager__show("text", 4), 0);
}

static void without_a_pager_nothing_is_shown(void **state)
{
	(void)state;
	setenv("PAGER", "", 1);
	assert_true(pager__show("text", 4) < 0);
	setenv("PAGER", "no-such-pager 2> /dev/null", 1);
	assert_true(pager__show("text", 4) < 0);
}

/* The signals that a profiling run blocks must not be blocked in the pager. */
static void the_pager_gets_signals(void **state)
{
	const struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "mask"), *command, *mask;
	sigset_t blocked, old;

	assert_true(asprintf(&command, "grep SigBlk /proc/self/status > '%s'", path) > 0);
	setenv("PAGER", command, 1);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, &old);
	assert_int_equal(pager__show("text", 4), 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	mask = scratch__read(path);
	assert_string_equal(mask, "SigBlk:\t0000000000000000\n");
	free(mask);
	free(command);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_fits_is_told_by_the_size, setup, teardown),
		cmocka_unit_test_setup_teardown(the_pager_gets_all_of_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pager_may_end_early_or_fail, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_pager_nothing_is_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(the_pager_gets_signals, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
