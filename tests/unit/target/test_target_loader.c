// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/target_loader.h"
#include "unit/scratch.h"

#define MARK "LPROF_TEST_MARK" /* the file that this program creates when it is executed */

struct fixture {
	struct scratch *scratch;
	struct target_objects objects;
	char *path; /* the original value of PATH */
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	fixture->path = strdup(getenv("PATH"));
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	setenv("PATH", fixture->path, 1);
	target_objects__free(&fixture->objects);
	scratch__free(fixture->scratch);
	free(fixture->path);
	free(fixture);
	return 0;
}

static int find(struct fixture *fixture, const char *command)
{
	char *argv[] = {(char *)command, (char *)"--some-option", NULL};

	return target_loader__objects(argv, NULL, &fixture->scratch->diag, &fixture->objects);
}

/* Whether one of the objects is the file PATH, compared by inode. */
static bool has(const struct fixture *fixture, const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	for (size_t i = 0; i < fixture->objects.n; i++)
		if (fixture->objects.items[i].ino == st.st_ino && fixture->objects.items[i].dev == st.st_dev)
			return true;
	return false;
}

static bool has_named(const struct fixture *fixture, const char *part)
{
	for (size_t i = 0; i < fixture->objects.n; i++)
		if (strstr(fixture->objects.items[i].name, part))
			return true;
	return false;
}

static void assert_executable_is(const struct fixture *fixture, const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_true(fixture->objects.n >= 1);
	assert_int_equal(fixture->objects.items[0].ino, st.st_ino);
	assert_int_equal(fixture->objects.items[0].dev, st.st_dev);
}

static void finds_executable_and_libraries(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(find(fixture, "sleep"), 0);
	assert_executable_is(fixture, "/bin/sleep");
	assert_true(has_named(fixture, "/libc.so.6"));
	assert_true(has(fixture, "/lib64/ld-linux-x86-64.so.2"));
	for (size_t i = 0; i < fixture->objects.n; i++) {
		assert_string_equal(fixture->objects.items[i].name, fixture->objects.items[i].path);
		assert_true(target_files__have_our_root(fixture->objects.items[i].files));
		assert_int_equal(fixture->objects.items[i].pid, 0);
	}
	assert_string_equal(scratch__said(fixture->scratch), "");
}

static void never_runs_the_target(void **state)
{
	struct fixture *fixture = *state;
	char *mark = scratch__path(fixture->scratch, "mark");

	setenv(MARK, mark, 1);
	assert_int_equal(find(fixture, "/proc/self/exe"), 0);
	unsetenv(MARK);
	assert_executable_is(fixture, "/proc/self/exe");
	assert_true(has_named(fixture, "/libcmocka.so"));
	assert_int_equal(access(mark, F_OK), -1);
	free(mark);
}

static void honours_preloaded_libraries(void **state)
{
	struct fixture *fixture = *state;
	char *cmocka = NULL;

	assert_int_equal(find(fixture, "/proc/self/exe"), 0);
	for (size_t i = 0; i < fixture->objects.n; i++)
		if (strstr(fixture->objects.items[i].name, "/libcmocka.so"))
			cmocka = strdup(fixture->objects.items[i].name);
	assert_non_null(cmocka);
	target_objects__free(&fixture->objects);

	assert_int_equal(find(fixture, "sleep"), 0);
	assert_false(has(fixture, cmocka));
	setenv("LD_PRELOAD", cmocka, 1);
	assert_int_equal(find(fixture, "sleep"), 0);
	unsetenv("LD_PRELOAD");
	assert_true(has(fixture, cmocka));
	free(cmocka);
}

/* What the loader of FILE says of the library at PATH. */
static int preloads(const char *file, const char *path)
{
	int library = open(path, O_RDONLY | O_CLOEXEC), verdict;

	assert_true(library >= 0);
	verdict = target_loader__preloads(file, library);
	close(library);
	return verdict;
}

static void tells_what_can_be_preloaded(void **state)
{
	struct fixture *fixture = *state;
	char *text = scratch__write(fixture->scratch, "text.so", "no library", 0755), *cmocka = NULL;

	assert_int_equal(find(fixture, "/proc/self/exe"), 0);
	for (size_t i = 0; i < fixture->objects.n; i++)
		if (strstr(fixture->objects.items[i].name, "/libcmocka.so"))
			cmocka = strdup(fixture->objects.items[i].name);
	assert_non_null(cmocka);
	assert_int_equal(preloads("/bin/sleep", cmocka), 1);
	assert_int_equal(preloads("/bin/sleep", text), 0);
	assert_true(preloads(text, cmocka) < 0);
	free(cmocka);
	free(text);
}

static void env_is_seen_through(void **state)
{
	static const struct {
		const char *argv[6], *program;
	} cases[] = {
		{{"env", "sleep", "1"}, "/bin/sleep"},
		{{"/usr/bin/env", "-i", "A=1", "-u", "B", "sleep"}, "/bin/sleep"},
		{{"env"}, "/usr/bin/env"},
		{{"env", "-u"}, "/usr/bin/env"},
		{{"env", "no-such-command-here"}, "/usr/bin/env"},
		{{"sleep", "env"}, "/bin/sleep"},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *argv[7] = {NULL};

		memcpy(argv, cases[i].argv, sizeof(cases[i].argv));
		assert_int_equal(target_loader__objects(argv, NULL, &fixture->scratch->diag, &fixture->objects), 0);
		assert_executable_is(fixture, cases[i].program);
		target_objects__free(&fixture->objects);
	}
}

static void static_program_has_no_libraries(void **state)
{
	struct fixture *fixture = *state;

	if (access("/sbin/ldconfig", X_OK))
		skip();
	assert_int_equal(find(fixture, "/sbin/ldconfig"), 0);
	assert_executable_is(fixture, "/sbin/ldconfig");
	assert_int_equal(fixture->objects.n, 1);
}

static void says_what_cannot_be_executed(void **state)
{
	struct fixture *fixture = *state;
	char *plain = scratch__write(fixture->scratch, "plain", "text", 0644);

	assert_int_equal(find(fixture, "no-such-command-here"), -ENOENT);
	assert_said(fixture->scratch, "lprof-bpf: no-such-command-here: command not found\n");
	assert_int_equal(find(fixture, ""), -ENOENT);
	assert_int_equal(find(fixture, "/nonexistent/x"), -ENOENT);
	assert_said(fixture->scratch, "cannot execute /nonexistent/x: No such file or directory\n");
	assert_int_equal(find(fixture, plain), -EACCES);
	assert_said(fixture->scratch, "plain: Permission denied\n");
	assert_int_equal(find(fixture, fixture->scratch->dir), -EACCES);
	assert_int_equal(fixture->objects.n, 0);
	free(plain);
}

static void searches_path_as_execvp_does(void **state)
{
	struct fixture *fixture = *state;
	char *plain = scratch__write(fixture->scratch, "sleep", "text", 0644), path[PATH_MAX];

	/* A file that may not be executed is skipped; if no other is found, it is the reason given. */
	snprintf(path, sizeof(path), "/nonexistent:%s:%s", fixture->scratch->dir, fixture->path);
	setenv("PATH", path, 1);
	assert_int_equal(find(fixture, "sleep"), 0);
	assert_executable_is(fixture, "/bin/sleep");
	setenv("PATH", fixture->scratch->dir, 1);
	assert_int_equal(find(fixture, "sleep"), -EACCES);
	unsetenv("PATH");
	assert_int_equal(find(fixture, "sleep"), 0);
	free(plain);
}

static void empty_path_element_is_working_directory(void **state)
{
	struct fixture *fixture = *state;
	char cwd[PATH_MAX];
	char *script = scratch__write(fixture->scratch, "here", "#!/bin/sleep\n", 0755);

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(fixture->scratch->dir), 0);
	setenv("PATH", "/nonexistent:", 1);
	assert_int_equal(find(fixture, "here"), 0);
	assert_executable_is(fixture, "/bin/sleep");
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(find(fixture, "here"), -ENOENT);
	assert_int_equal(chdir(cwd), 0);
	free(script);
}

static void scripts_are_their_interpreters(void **state)
{
	static const char *const lines[] = {
		"#!/bin/sleep\nx",	    "#! /bin/sleep -x \n",	     "#!/bin/sleep",
		"#!\t/bin/sleep\r\n",	    "#!/usr/bin/env sleep\n",	     "#!/usr/bin/env -S sleep -x\n",
		"#!/usr/bin/env -Ssleep\n", "#!/usr/bin/env -i A=1 sleep\n",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char *script = scratch__write(fixture->scratch, "script", lines[i], 0755);

		assert_int_equal(find(fixture, script), 0);
		assert_executable_is(fixture, "/bin/sleep");
		assert_true(has_named(fixture, "/libc.so.6"));
		target_objects__free(&fixture->objects);
		free(script);
	}
}

static void other_text_is_for_the_shell(void **state)
{
	struct fixture *fixture = *state;
	char *script = scratch__write(fixture->scratch, "script", "echo hello\n", 0755);
	char *empty = scratch__write(fixture->scratch, "empty", "", 0755);

	assert_int_equal(find(fixture, script), 0);
	assert_executable_is(fixture, "/bin/sh");
	target_objects__free(&fixture->objects);
	assert_int_equal(find(fixture, empty), 0);
	assert_executable_is(fixture, "/bin/sh");
	free(empty);
	free(script);
}

static void bad_scripts_are_refused(void **state)
{
	struct fixture *fixture = *state;
	char *script = scratch__write(fixture->scratch, "script", "#!/nonexistent/interpreter -x\n", 0755);
	char line[PATH_MAX], *loop, *none;

	assert_int_equal(find(fixture, script), -ENOENT);
	assert_said(fixture->scratch, "script, which needs /nonexistent/interpreter: No such file or directory\n");
	none = scratch__write(fixture->scratch, "none", "#! \n", 0755);
	assert_int_equal(find(fixture, none), -ENOEXEC);
	snprintf(line, sizeof(line), "#!%s/loop\n", fixture->scratch->dir);
	loop = scratch__write(fixture->scratch, "loop", line, 0755);
	assert_int_equal(find(fixture, loop), -ELOOP);
	free(loop);
	free(none);
	free(script);
}

static void follows_four_interpreters(void **state)
{
	struct fixture *fixture = *state;
	char line[PATH_MAX] = "#!/bin/sleep\n", name[16];

	for (int i = 1; i <= 5; i++) {
		char *script;

		snprintf(name, sizeof(name), "s%d", i);
		script = scratch__write(fixture->scratch, name, line, 0755);
		assert_int_equal(find(fixture, script), i <= 4 ? 0 : -ELOOP);
		snprintf(line, sizeof(line), "#!%s\n", script);
		free(script);
	}
}

static void is_quick(void **state)
{
	struct fixture *fixture = *state;
	double best = 1000;

	for (int i = 0; i < 10; i++) {
		uint64_t from = clock__monotonic_ns();
		double took;

		assert_int_equal(find(fixture, "sleep"), 0);
		took = clock__ms_since(from);
		best = took < best ? took : best;
	}
	if (best >= 20)
		fail_msg("%.1f ms", best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_executable_and_libraries, setup, teardown),
		cmocka_unit_test_setup_teardown(never_runs_the_target, setup, teardown),
		cmocka_unit_test_setup_teardown(honours_preloaded_libraries, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_what_can_be_preloaded, setup, teardown),
		cmocka_unit_test_setup_teardown(env_is_seen_through, setup, teardown),
		cmocka_unit_test_setup_teardown(static_program_has_no_libraries, setup, teardown),
		cmocka_unit_test_setup_teardown(says_what_cannot_be_executed, setup, teardown),
		cmocka_unit_test_setup_teardown(searches_path_as_execvp_does, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_path_element_is_working_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(scripts_are_their_interpreters, setup, teardown),
		cmocka_unit_test_setup_teardown(other_text_is_for_the_shell, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_scripts_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(follows_four_interpreters, setup, teardown),
		cmocka_unit_test_setup_teardown(is_quick, setup, teardown),
	};

	if (getenv(MARK)) {
		FILE *mark = fopen(getenv(MARK), "we");

		return mark ? fclose(mark) : 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
