// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows and groups of a session on the running kernel: a child runs a chain of instructions of this program. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "lprof.h"
#include "lprof.skel.h"
#include "probe/session.h"
#include "unit/probed_chain.h"
#include "unit/scratch.h"

#define LENGTH	 CALIBRATE_CHAIN_LENGTH
#define EDGE(i)	 (2 * (i))
#define MS	 UINT64_C(1000000)
#define NO_LIMIT (CLOCK_SECOND_NS * 10)

/*
 * A function with a frame, a site on its nop before it waits and one on that behind. The waiting is a system call that
 * reads from the descriptor in the first argument.
 */
void windows_sleeper(int fd, void *byte);
extern const uint8_t windows_sleeper_code[];
#define BEHIND 12 /* bytes from the first nop to the second */
__asm__(".pushsection .text\n"
	".globl windows_sleeper\n"
	"windows_sleeper:\n"
	"	push %rbp\n"
	"	mov %rsp, %rbp\n"
	".globl windows_sleeper_code\n"
	"windows_sleeper_code:\n"
	"	nop\n"
	"	mov $1, %edx\n"
	"	xor %eax, %eax\n"
	"	syscall\n"
	"	xor %eax, %eax\n"
	"	nop\n"
	"	nop\n"
	"	pop %rbp\n"
	"	ret\n"
	".popsection\n");

/* The sites of the chain, and behind them two around the call in which the other child waits. */
enum { BEFORE_CALL = LENGTH, AFTER_CALL, N_SITES };

enum { RUNNER, SLEEPER, N_CHILDREN };

struct fixture {
	struct scratch *scratch;
	struct session *session;
	volatile uint64_t *rounds; /* how often RUNNER has run through the chain, in shared memory */
	volatile pid_t *forked;	   /* the process that RUNNER has forked; likewise */
	pid_t children[N_CHILDREN];
	int to_sleeper; /* each byte that is written there ends one of its calls */
};

static pid_t start_sleeper(int *to_sleeper)
{
	int fds[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	while (!pid)
		windows_sleeper(fds[0], &byte);
	close(fds[0]);
	*to_sleeper = fds[1];
	return pid;
}

static void add_call(struct probed_chain *chain)
{
	struct lprof_site *before = &chain->items[BEFORE_CALL], *after = &chain->items[AFTER_CALL];

	assert_int_equal(calibrate_chain__offset(windows_sleeper_code, &chain->offsets[BEFORE_CALL]), 0);
	chain->offsets[AFTER_CALL] = chain->offsets[BEFORE_CALL] + BEHIND;
	*before = chain->items[0];
	before->next[0] = before->next[1] = AFTER_CALL;
	*after = chain->items[LENGTH - 1];
	before->body = after->body = 1;
	chain->n = N_SITES;
}

static volatile pid_t *forked;

/* RUNNER forks, and its child runs through the chain as well. */
static void fork_runner(int signal)
{
	(void)signal;
	if (!fork())
		*forked = getpid();
}

static void *share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	return memory;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct probed_chain chain;

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	fixture->rounds = share(sizeof(*fixture->rounds));
	fixture->forked = forked = share(sizeof(*fixture->forked));
	signal(SIGUSR1, fork_runner);
	fixture->children[RUNNER] = probed_chain__start(fixture->rounds);
	fixture->children[SLEEPER] = start_sleeper(&fixture->to_sleeper);
	probed_chain__init(&chain);
	add_call(&chain);
	assert_int_equal(probed_chain__open_budgeted(&chain, fixture->children, N_CHILDREN, &fixture->scratch->diag,
						     &fixture->session),
			 0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	session__close(fixture->session);
	for (int i = 0; i < N_CHILDREN; i++) {
		kill(fixture->children[i], SIGKILL);
		waitpid(fixture->children[i], NULL, 0);
	}
	if (*fixture->forked)
		kill(*fixture->forked, SIGKILL);
	close(fixture->to_sleeper);
	munmap((void *)fixture->rounds, sizeof(*fixture->rounds));
	munmap((void *)fixture->forked, sizeof(*fixture->forked));
	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

static void run(const struct fixture *fixture, uint64_t open_ns, uint64_t limit_ns, uint64_t counts[2 * LENGTH],
		struct session_window_result *result)
{
	const struct session_window window = {
		.sites = probed_chain_numbers, .n = LENGTH, .open_ns = open_ns, .limit_ns = limit_ns};

	assert_int_equal(session__window(fixture->session, &window, counts, result), 0);
}

/* The thread passed all sites equally often, but for the pass that was under way at the beginning and at the end. */
static uint64_t assert_passes(const uint64_t counts[2 * LENGTH])
{
	for (int i = 0; i < LENGTH; i++) {
		assert_in_range(counts[EDGE(i)] + 1, counts[0], counts[0] + 2);
		assert_int_equal(counts[EDGE(i) + 1], 0);
	}
	return counts[0];
}

static bool goes_on(const struct fixture *fixture)
{
	uint64_t before = *fixture->rounds;

	for (int i = 0; i < 5000 && *fixture->rounds == before; i++)
		poll(NULL, 0, 1);
	return *fixture->rounds != before;
}

static void a_window_counts_while_it_is_open(void **state)
{
	const struct fixture *fixture = *state;
	struct session_window_result result;
	uint64_t counts[2 * LENGTH], before = 0, passes = 0;

	/* While others want the processors too, the child may get none of them for so short a time. */
	for (int i = 0; i < 500 && passes < 10; i++) {
		before = *fixture->rounds;
		run(fixture, 10 * MS, NO_LIMIT, counts, &result);
		passes = assert_passes(counts);
	}
	assert_in_range(passes, 10, *fixture->rounds - before + 1); /* one may be under way still */
	assert_false(result.tripped);
	assert_int_equal(result.closed_ns - result.opened_ns, 10 * MS);
	assert_true(result.attaching_ns < result.opened_ns && result.closed_ns < result.detached_ns);
	assert_in_range(result.cpu_ns, 1, 20 * MS);
	/* By calibration, hits may take more than the child had of processors. It cannot have cost more. */
	assert_true(result.probe_ns);
	assert_true(result.cost_ns >= (result.probe_ns < result.cpu_ns ? result.probe_ns : result.cpu_ns));
	assert_true(goes_on(fixture));
}

static void a_window_closes_at_its_limit(void **state)
{
	const struct fixture *fixture = *state;
	struct session_window_result result;
	uint64_t counts[2 * LENGTH];

	run(fixture, 5 * CLOCK_SECOND_NS, 1 * MS, counts, &result);
	assert_passes(counts);
	assert_true(result.tripped);
	/* The target may have run on two processors in turn. */
	assert_in_range(result.probe_ns, 1 * MS, 3 * MS);
	assert_true(result.closed_ns - result.opened_ns < 5 * CLOCK_SECOND_NS);
}

static void windows_follow_each_other(void **state)
{
	const struct fixture *fixture = *state;
	struct session_window_result result;
	uint64_t counts[2 * LENGTH], spent = session__spent_ns(fixture->session);

	for (int i = 0; i < 10; i++) {
		run(fixture, 2 * MS, i % 2 ? MS / 2 : NO_LIMIT, counts, &result);
		assert_passes(counts);
	}
	assert_true(session__spent_ns(fixture->session) > spent + MS);
	assert_int_equal(session__skeleton(fixture->session)->bss->gate.bursting, 0);
}

static size_t n_in(const struct fixture *fixture)
{
	return probed_chain__breakpoints(fixture->children[RUNNER]);
}

static bool goes_out(const struct fixture *fixture)
{
	for (int i = 0; i < 5000 && n_in(fixture); i++)
		poll(NULL, 0, 1);
	return !n_in(fixture);
}

static bool is_running(pid_t pid)
{
	return !waitpid(pid, NULL, WNOHANG);
}

/*
 * Between windows no breakpoint is in, but the kernel still has the probes: a breakpoint that comes to such a place
 * otherwise would kill the child, and does not. It is noticed, and then the probes are given up there.
 */
static void probes_rest_between_windows(void **state)
{
	const struct fixture *fixture = *state;
	struct session_window_result result;
	uint64_t counts[2 * LENGTH];

	for (int i = 0; i < 5; i++) {
		run(fixture, 2 * MS, NO_LIMIT, counts, &result);
		assert_int_equal(n_in(fixture), 0);
	}
	probed_chain__break(fixture->children[RUNNER]);
	assert_true(goes_on(fixture));
	assert_true(goes_out(fixture));
	assert_true(goes_on(fixture) && is_running(fixture->children[RUNNER]));
	/* They are attached for each window then. */
	run(fixture, 20 * MS, NO_LIMIT, counts, &result);
	assert_passes(counts);
	assert_int_equal(n_in(fixture), 0);
}

/* Where the probes of one process cannot rest any more, those of the others are not there twice. */
static void no_hit_is_counted_twice(void **state)
{
	const struct fixture *fixture = *state;
	struct session_window_result result;
	uint64_t counts[2 * LENGTH], before, passes = 0;

	run(fixture, 2 * MS, NO_LIMIT, counts, &result);
	probed_chain__break(fixture->children[SLEEPER]);
	for (int i = 0; i < 500 && passes < 10; i++) {
		before = *fixture->rounds;
		run(fixture, 10 * MS, NO_LIMIT, counts, &result);
		passes = assert_passes(counts);
		assert_in_range(passes, 0, *fixture->rounds - before + 1);
	}
	assert_true(passes >= 10);
	assert_int_equal(probed_chain__breakpoints(fixture->children[SLEEPER]), 0);
}

/* A process that is forked in the middle of a window has its breakpoints in its memory, and must not keep them. */
static void breakpoints_leave_forked_processes(void **state)
{
	const struct fixture *fixture = *state;
	struct session_window_result result;
	uint64_t counts[2 * LENGTH];
	bool copied = false;

	for (int i = 0; i < 20 && !copied; i++) {
		pid_t helper = fork(), before = *fixture->forked;

		if (!helper) {
			poll(NULL, 0, 30);
			_exit(kill(fixture->children[RUNNER], SIGUSR1));
		}
		run(fixture, 60 * MS, NO_LIMIT, counts, &result);
		waitpid(helper, NULL, 0);
		for (int k = 0; k < 5000 && *fixture->forked == before; k++)
			poll(NULL, 0, 1);
		assert_int_not_equal(*fixture->forked, before);
		if (before)
			kill(before, SIGKILL);
		/* Nobody has looked yet whether it was forked, unless the keeper has had time to. */
		copied = probed_chain__breakpoints(*fixture->forked) == LENGTH;
	}
	assert_true(copied);
	for (int i = 0; i < 5000 && probed_chain__breakpoints(*fixture->forked); i++)
		poll(NULL, 0, 1);
	assert_int_equal(probed_chain__breakpoints(*fixture->forked), 0);
	assert_int_equal(kill(*fixture->forked, 0), 0);
	run(fixture, 10 * MS, NO_LIMIT, counts, &result);
	assert_int_equal(n_in(fixture), 0);
	assert_true(goes_on(fixture));
}

static void lease(const struct fixture *fixture, uint64_t ns, uint64_t limit_ns, bool ended)
{
	const struct session_lease terms = {.until_ns = clock__monotonic_ns() + ns, .limit_ns = limit_ns};

	assert_int_equal(session__renew(fixture->session, &terms), ended);
}

static uint32_t put_in(const struct fixture *fixture, uint32_t first, uint32_t n)
{
	uint32_t group = 0;

	assert_int_equal(session__put_in(fixture->session, first, n, &group, &fixture->scratch->diag), 0);
	assert_true(group);
	return group;
}

static void edges_of(const struct fixture *fixture, struct lprof_edge edges[2 * N_SITES])
{
	struct counters counters;

	assert_int_equal(session__collect(fixture->session, &counters), 0);
	assert_int_equal(counters.n_edges, 2 * N_SITES);
	memcpy(edges, counters.owners[0].edges, 2 * N_SITES * sizeof(*edges));
	counters__release(&counters);
}

#define TIMES 5

static void a_group_is_counted_each_time_it_is_in(void **state)
{
	const struct fixture *fixture = *state;
	struct lprof_edge edges[2 * N_SITES];

	lease(fixture, 60 * CLOCK_SECOND_NS, 0, false);
	for (int i = 0; i < TIMES; i++) {
		uint32_t group = put_in(fixture, 0, LENGTH);

		assert_int_equal(n_in(fixture), LENGTH);
		assert_true(goes_on(fixture));
		assert_int_equal(session__take_out(fixture->session, group), 0);
		assert_int_equal(n_in(fixture), 0);
	}
	edges_of(fixture, edges);
	assert_true(edges[0].departures > TIMES);
	/* Each time, one pass may have been under way at the beginning, and one at the end. */
	for (int i = 0; i < LENGTH; i++)
		assert_in_range(edges[EDGE(i)].departures + TIMES, edges[0].departures,
				edges[0].departures + 2 * TIMES);
	for (int i = 0; i + 1 < LENGTH; i++)
		assert_in_range(edges[EDGE(i)].arrivals, edges[EDGE(i)].departures - TIMES, edges[EDGE(i)].departures);
}

/* Lets SLEEPER return from its call, and waits until it is in the next one. */
static void end_call(const struct fixture *fixture)
{
	char path[64], text[512], state = 0;
	int waiting = 1;

	assert_int_equal(write(fixture->to_sleeper, "x", 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)fixture->children[SLEEPER]);
	for (int i = 0; i < 5000 && (waiting || state != 'S'); i++) {
		FILE *file = fopen(path, "re");

		assert_non_null(file);
		assert_int_equal(ioctl(fixture->to_sleeper, FIONREAD, &waiting), 0);
		assert_non_null(fgets(text, sizeof(text), file));
		state = strrchr(text, ')')[2];
		fclose(file);
		poll(NULL, 0, waiting || state != 'S');
	}
	assert_true(!waiting && state == 'S');
}

/* What has been counted around the call: departures into it, arrivals behind it, departures from there. */
static void assert_calls(const struct lprof_edge edges[2 * N_SITES], uint64_t begun, uint64_t ended, uint64_t behind)
{
	assert_int_equal(edges[EDGE(BEFORE_CALL)].departures, begun);
	assert_int_equal(edges[EDGE(BEFORE_CALL)].arrivals, ended);
	assert_int_equal(edges[EDGE(AFTER_CALL)].departures, behind);
}

static void a_call_that_began_at_an_earlier_time_is_not_credited(void **state)
{
	const struct fixture *fixture = *state;
	struct lprof_edge edges[2 * N_SITES], later[2 * N_SITES];
	uint32_t group;

	end_call(fixture); /* it is in a call before anything is in */
	lease(fixture, 60 * CLOCK_SECOND_NS, 0, false);
	group = put_in(fixture, BEFORE_CALL, 2);
	end_call(fixture);
	end_call(fixture);
	assert_int_equal(session__take_out(fixture->session, group), 0);
	edges_of(fixture, edges);
	assert_calls(edges, 2, 1, 2);
	assert_true(edges[EDGE(BEFORE_CALL)].times.blocked_ns);
	group = put_in(fixture, BEFORE_CALL, 2);
	end_call(fixture);
	assert_int_equal(session__take_out(fixture->session, group), 0);
	edges_of(fixture, later);
	assert_calls(later, 3, 1, 3);
	assert_memory_equal(&later[EDGE(BEFORE_CALL)].times, &edges[EDGE(BEFORE_CALL)].times, sizeof(edges[0].times));
	put_in(fixture, BEFORE_CALL, 2);
	end_call(fixture);
	end_call(fixture);
	edges_of(fixture, later);
	assert_calls(later, 5, 2, 5);
	/* The call that is under way counts up to now. */
	poll(NULL, 0, 20);
	edges_of(fixture, edges);
	assert_in_range(edges[EDGE(BEFORE_CALL)].times.blocked_ns - later[EDGE(BEFORE_CALL)].times.blocked_ns, 20 * MS,
			5 * CLOCK_SECOND_NS);
}

static void probes_go_out_when_the_lease_is_over(void **state)
{
	const struct fixture *fixture = *state;
	uint32_t group;

	lease(fixture, 100 * MS, 0, false);
	put_in(fixture, 0, LENGTH);
	assert_true(goes_out(fixture));
	/* Nothing else is put in before the lease is renewed. */
	assert_int_equal(session__put_in(fixture->session, 0, LENGTH, &group, &fixture->scratch->diag), -ECANCELED);
	lease(fixture, 60 * CLOCK_SECOND_NS, 0, true);
	group = put_in(fixture, 0, LENGTH);
	assert_int_equal(n_in(fixture), LENGTH);
	lease(fixture, 60 * CLOCK_SECOND_NS, 0, false);
	assert_int_equal(n_in(fixture), LENGTH);
	assert_int_equal(session__take_out(fixture->session, group), 0);
}

/* As long as nothing was said of a lease: probes of kinds that know no gate. */
static void probes_stay_in_without_a_lease(void **state)
{
	const struct fixture *fixture = *state;
	struct session_object object;
	struct probed_chain chain;

	probed_chain__init(&chain);
	object = probed_chain__object(&chain);
	assert_int_equal(session__attach(fixture->session, &object, &fixture->scratch->diag), 0);
	poll(NULL, 0, 100);
	assert_int_equal(n_in(fixture), LENGTH);
	lease(fixture, 100 * MS, 0, false);
	assert_true(goes_out(fixture));
}

static void probes_go_out_when_they_take_too_much(void **state)
{
	const struct fixture *fixture = *state;
	uint64_t before = session__spent_ns(fixture->session);
	uint32_t group;
	int err;

	lease(fixture, 60 * CLOCK_SECOND_NS, MS, false);
	/* They may have taken too much before the last one is in. */
	err = session__put_in(fixture->session, 0, LENGTH, &group, &fixture->scratch->diag);
	assert_true(!err || err == -ECANCELED);
	assert_true(goes_out(fixture));
	assert_true(goes_on(fixture));
	assert_true(session__spent_ns(fixture->session) - before >= MS);
	lease(fixture, 60 * CLOCK_SECOND_NS, MS, true);
}

static void groups_go_out_one_by_one(void **state)
{
	const struct fixture *fixture = *state;
	uint32_t first, second;

	lease(fixture, 60 * CLOCK_SECOND_NS, 0, false);
	first = put_in(fixture, 0, LENGTH);
	second = put_in(fixture, BEFORE_CALL, 2);
	assert_int_not_equal(first, second);
	assert_int_equal(session__take_out(fixture->session, second), 0);
	assert_int_equal(n_in(fixture), LENGTH);
	assert_int_equal(session__take_out(fixture->session, first), 0);
	assert_int_equal(n_in(fixture), 0);
	/* It is out already. */
	assert_int_equal(session__take_out(fixture->session, first), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_window_counts_while_it_is_open, setup, teardown),
		cmocka_unit_test_setup_teardown(a_window_closes_at_its_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(windows_follow_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(probes_rest_between_windows, setup, teardown),
		cmocka_unit_test_setup_teardown(no_hit_is_counted_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(breakpoints_leave_forked_processes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_group_is_counted_each_time_it_is_in, setup, teardown),
		cmocka_unit_test_setup_teardown(a_call_that_began_at_an_earlier_time_is_not_credited, setup, teardown),
		cmocka_unit_test_setup_teardown(probes_go_out_when_the_lease_is_over, setup, teardown),
		cmocka_unit_test_setup_teardown(probes_stay_in_without_a_lease, setup, teardown),
		cmocka_unit_test_setup_teardown(probes_go_out_when_they_take_too_much, setup, teardown),
		cmocka_unit_test_setup_teardown(groups_go_out_one_by_one, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
