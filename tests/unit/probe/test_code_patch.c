// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * code_patch: breakpoints are written into another process and taken out, and nothing else of its code is ever changed.
 * That process only waits: the code is never executed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/scratch.h"

#include "probe/code_patch.h"

#define BREAKPOINT 0xcc
#define SIZE	   8192
#define N	   5

/* On two pages; the third and the fourth are neighbours. */
static const uint64_t offsets[N] = {16, 100, 4000, 4001, 4500};

struct fixture {
	int file, memory;
	pid_t pid;
	unsigned char *at; /* where the process has the file; it is forked, so it is there in this one as well */
	unsigned char before[SIZE];
	struct code_patch *patch;
};

static void fill(struct fixture *fixture)
{
	char path[] = "/tmp/lprof-patch-XXXXXX";

	fixture->file = mkstemp(path);
	assert_true(fixture->file >= 0);
	unlink(path);
	for (int i = 0; i < SIZE; i++)
		fixture->before[i] = (unsigned char)(i % 127);
	assert_int_equal(write(fixture->file, fixture->before, SIZE), SIZE);
}

static void begin(struct fixture *fixture, int protection)
{
	char path[64];

	fill(fixture);
	fixture->at = mmap(NULL, SIZE, protection, MAP_PRIVATE, fixture->file, 0);
	assert_ptr_not_equal(fixture->at, MAP_FAILED);
	fixture->pid = fork();
	if (!fixture->pid)
		for (;;)
			pause();
	munmap(fixture->at, SIZE);
	snprintf(path, sizeof(path), "/proc/%d/mem", fixture->pid);
	fixture->memory = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fixture->memory >= 0);
	assert_int_equal(code_patch__open(fixture->pid, &fixture->patch), 0);
}

static void end(struct fixture *fixture)
{
	code_patch__close(fixture->patch);
	if (fixture->pid) {
		kill(fixture->pid, SIGKILL);
		waitpid(fixture->pid, NULL, 0);
	}
	close(fixture->memory);
	close(fixture->file);
}

static void set_byte(const struct fixture *fixture, uint64_t offset, unsigned char byte)
{
	assert_int_equal(pwrite(fixture->memory, &byte, 1, (off_t)((uintptr_t)fixture->at + offset)), 1);
}

/* How many bytes differ from before; in *BREAKPOINTS how many of these are breakpoints. */
static int count_changed(const struct fixture *fixture, int *breakpoints)
{
	unsigned char now[SIZE];
	int changed = 0;

	assert_int_equal(pread(fixture->memory, now, SIZE, (off_t)(uintptr_t)fixture->at), SIZE);
	*breakpoints = 0;
	for (int i = 0; i < SIZE; i++) {
		changed += now[i] != fixture->before[i];
		*breakpoints += now[i] != fixture->before[i] && now[i] == BREAKPOINT;
	}
	return changed;
}

static void assert_changed(const struct fixture *fixture, int changed, int breakpoints)
{
	int found;

	assert_int_equal(count_changed(fixture, &found), changed);
	assert_int_equal(found, breakpoints);
}

static void test_in_and_out(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROT_READ | PROT_EXEC);
	assert_int_equal(code_patch__learn(fixture.patch, fixture.file, offsets, N), 0);
	assert_true(code_patch__is_clean(fixture.patch));
	assert_false(code_patch__are_in(fixture.patch, offsets, N));
	assert_int_equal(code_patch__put_in(fixture.patch, offsets, N), 0);
	assert_true(code_patch__are_in(fixture.patch, offsets, N));
	assert_false(code_patch__is_clean(fixture.patch));
	assert_changed(&fixture, N, N);
	assert_int_equal(code_patch__take_out(fixture.patch, offsets, N), 0);
	assert_changed(&fixture, 0, 0);
	/* Some of them alone. */
	assert_int_equal(code_patch__put_in(fixture.patch, offsets + 1, 2), 0);
	assert_true(code_patch__are_in(fixture.patch, offsets + 1, 2));
	assert_changed(&fixture, 2, 2);
	assert_int_equal(code_patch__take_out(fixture.patch, offsets + 1, 2), 0);
	assert_changed(&fixture, 0, 0);
	assert_int_equal(code_patch__n_pages(offsets, N), 2);
	end(&fixture);
}

/* A breakpoint of another tracer stays, wherever it is, and does not come back when that tracer has taken it away. */
static void test_breakpoints_of_others(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROT_READ | PROT_EXEC);
	set_byte(&fixture, 50, BREAKPOINT); /* it is there before the page is known */
	assert_int_equal(code_patch__learn(fixture.patch, fixture.file, offsets, N), 0);
	set_byte(&fixture, 60, BREAKPOINT);
	assert_int_equal(code_patch__put_in(fixture.patch, offsets, N), 0);
	assert_changed(&fixture, N + 2, N + 2);
	set_byte(&fixture, 50, fixture.before[50]);
	assert_int_equal(code_patch__take_out(fixture.patch, offsets, N), 0);
	assert_changed(&fixture, 1, 1);
	assert_int_equal(code_patch__put_in(fixture.patch, offsets, N), 0);
	assert_changed(&fixture, N + 1, N + 1);
	set_byte(&fixture, 60, fixture.before[60]);
	assert_int_equal(code_patch__take_out(fixture.patch, offsets, N), 0);
	assert_changed(&fixture, 0, 0);

	/* At a site, nothing is written. */
	set_byte(&fixture, 100, BREAKPOINT);
	assert_int_equal(code_patch__put_in(fixture.patch, offsets, N), -EBUSY);
	assert_changed(&fixture, 1, 1);
	assert_false(code_patch__is_clean(fixture.patch));
	/* Nor at one that is not asked for, when it is between those that are. */
	assert_int_equal(code_patch__put_in(fixture.patch, (const uint64_t[]){16, 4000}, 2), -EBUSY);
	assert_int_equal(code_patch__take_out(fixture.patch, (const uint64_t[]){16, 4000}, 2), 0);
	assert_changed(&fixture, 1, 1);
	end(&fixture);
}

static void test_refusals(void **state)
{
	const uint64_t beyond = SIZE + 10;
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROT_READ | PROT_EXEC);
	set_byte(&fixture, offsets[3], BREAKPOINT);
	assert_int_equal(code_patch__learn(fixture.patch, fixture.file, offsets, N), -EBUSY);
	assert_int_equal(code_patch__learn(fixture.patch, fixture.file, &beyond, 1), -ENXIO);
	set_byte(&fixture, offsets[3], fixture.before[offsets[3]]);
	assert_int_equal(code_patch__learn(fixture.patch, fixture.file, offsets, N), 0);
	code_patch__forget(fixture.patch, offsets + 1, 1);
	set_byte(&fixture, offsets[1], BREAKPOINT);
	assert_true(code_patch__is_clean(fixture.patch)); /* it is not known any more */
	set_byte(&fixture, offsets[1], fixture.before[offsets[1]]);

	/* Code that has changed is left alone, in either direction. */
	set_byte(&fixture, 30, 200);
	assert_int_equal(code_patch__put_in(fixture.patch, offsets, 1), 0); /* far away from there */
	assert_int_equal(code_patch__take_out(fixture.patch, offsets, 1), 0);
	assert_int_equal(code_patch__put_in(fixture.patch, (const uint64_t[]){16, 4000}, 2), -ESTALE);
	assert_changed(&fixture, 1, 0);
	end(&fixture);

	begin(&fixture, PROT_READ | PROT_WRITE | PROT_EXEC);
	assert_int_equal(code_patch__learn(fixture.patch, fixture.file, offsets, N), -ENXIO);
	end(&fixture);
	begin(&fixture, PROT_READ);
	assert_int_equal(code_patch__learn(fixture.patch, fixture.file, offsets, N), -ENXIO);
	end(&fixture);
}

/* A process that has ended is not written to, whoever has its number now. */
static void test_process_that_ends(void **state)
{
	struct fixture fixture;
	pid_t ended;

	(void)state;
	begin(&fixture, PROT_READ | PROT_EXEC);
	assert_int_equal(code_patch__learn(fixture.patch, fixture.file, offsets, N), 0);
	ended = fixture.pid;
	kill(ended, SIGKILL);
	waitpid(ended, NULL, 0);
	fixture.pid = 0;
	assert_true(code_patch__put_in(fixture.patch, offsets, N) < 0);
	assert_true(code_patch__is_clean(fixture.patch));
	end(&fixture);
	assert_true(code_patch__open(ended, &fixture.patch) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_and_out),
		cmocka_unit_test(test_breakpoints_of_others),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_process_that_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
