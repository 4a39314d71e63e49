// SPDX-License-Identifier: GPL-2.0-or-later
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/poll.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/status.h"
#include "unit/test.h"

#define WATCHDOG 60 /* seconds after which a hanging test is killed */
#define ERASED	 "\r\033[K"

/* A terminal of 30 columns, and the end from which a test reads what was written to it. */
struct scene {
	int other;
	FILE *stream;
	struct status *status;
	char seen[1024];
};

static int setup(void **state)
{
	struct winsize size = {.ws_row = 24, .ws_col = 30};
	struct scene *scene = calloc(1, sizeof(*scene));
	int terminal;

	assert_non_null(scene);
	setenv("TERM", "xterm", 1);
	assert_int_equal(openpty(&scene->other, &terminal, NULL, NULL, &size), 0);
	scene->stream = fdopen(terminal, "w");
	assert_non_null(scene->stream);
	scene->status = status__open(scene->stream);
	assert_non_null(scene->status);
	*state = scene;
	alarm(WATCHDOG);
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	alarm(0);
	status__close(scene->status);
	fclose(scene->stream);
	close(scene->other);
	free(scene);
	return 0;
}

/* All that has been written to the terminal so far. */
static const char *seen(struct scene *scene)
{
	size_t len = 0;
	struct pollfd ready = {.fd = scene->other, .events = POLLIN};

	while (len < sizeof(scene->seen) - 1 && poll(&ready, 1, 0) > 0) {
		ssize_t n = read(scene->other, scene->seen + len, sizeof(scene->seen) - 1 - len);

		assert_true(n > 0);
		len += (size_t)n;
	}
	scene->seen[len] = '\0';
	return scene->seen;
}

static void a_line_is_rewritten_and_erased(void **state)
{
	struct scene *scene = *state;

	status__show(scene->status, "%d %s", 1, "hit");
	assert_string_equal(seen(scene), "\r1 hit\033[K");
	status__show(scene->status, "2");
	assert_string_equal(seen(scene), "\r2\033[K");
	status__erase(scene->status);
	assert_string_equal(seen(scene), ERASED);
	status__erase(scene->status);
	assert_string_equal(seen(scene), "");
}

static void a_line_never_wraps(void **state)
{
	struct scene *scene = *state;

	status__show(scene->status, "%s", "012345678901234567890123456789");
	assert_string_equal(seen(scene), "\r01234567890123456789012345678\033[K");
	/* A character of two bytes must not be cut in the middle. */
	status__show(scene->status, "%s", "0123456789012345678901234567\xc3\xa9 and more");
	assert_string_equal(seen(scene), "\r0123456789012345678901234567\033[K");
}

static void messages_erase_it_first(void **state)
{
	struct scene *scene = *state;
	const struct diag diag = {.stream = scene->stream, .status = scene->status};

	status__show(scene->status, "going on");
	seen(scene);
	diag__error(&diag, "something");
	assert_string_equal(seen(scene), ERASED "lprof-bpf: something\r\n");
	diag__error(&diag, "more");
	assert_string_equal(seen(scene), "lprof-bpf: more\r\n");
}

static void what_is_quick_is_not_shown(void **state)
{
	struct scene *scene = *state;

	status__begin(scene->status, "reading");
	status__end(scene->status);
	assert_string_equal(seen(scene), "");
}

static void what_takes_long_is_shown_until_it_ends(void **state)
{
	struct scene *scene = *state;
	struct pollfd ready = {.fd = scene->other, .events = POLLIN};

	status__begin(scene->status, "reading a\033b");
	assert_int_equal(poll(&ready, 1, -1), 1);
	assert_string_equal(seen(scene), "\rreading a\\x1bb (0 s)\033[K");
	status__end(scene->status);
	assert_string_equal(seen(scene), ERASED);
}

static void other_streams_have_none(void **state)
{
	struct scene *scene = *state;
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_null(status__open(file));
	fclose(file);
	setenv("TERM", "dumb", 1);
	assert_null(status__open(scene->stream));
	status__show(NULL, "nothing");
	status__erase(NULL);
	status__begin(NULL, "nothing");
	status__end(NULL);
	status__close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_is_rewritten_and_erased, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_never_wraps, setup, teardown),
		cmocka_unit_test_setup_teardown(messages_erase_it_first, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_quick_is_not_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(what_takes_long_is_shown_until_it_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(other_streams_have_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
