// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows and groups of a session on the running kernel: a child runs a chain of instructions of this program. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "lprof.h"
#include "lprof.skel.h"
#include "probe/calibrate_chain.h"
#include "probe/session.h"
#include "probe/sites.h"
#include "unit/scratch.h"

#define LENGTH	  CALIBRATE_CHAIN_LENGTH
#define DWARF_RBP 6
#define EDGE(i)	  (2 * (i))
#define MS	  UINT64_C(1000000)
#define NO_LIMIT  (CLOCK_SECOND_NS * 10)
#define SELF_NS	  50 /* as the session is told, and how many times that the kernel takes for a hit */
#define KERNEL	  7

CALIBRATE_CHAIN(windows_test, "", "nop");

struct fixture {
	struct scratch *scratch;
	struct session *session;
	volatile uint64_t *rounds; /* how often the child has run through the chain, in shared memory */
	pid_t child;
};

static pid_t start_child(volatile uint64_t *rounds)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	while (!pid) {
		calibrate_chain_windows_test(1);
		++*rounds;
	}
	return pid;
}

/* One frame a round: it begins at the first site and ends at the last one. */
static void make_sites(struct lprof_site items[LENGTH], uint64_t offsets[LENGTH])
{
	uint64_t start;

	assert_int_equal(calibrate_chain__offset(calibrate_chain_windows_test_code, &start), 0);
	for (uint32_t i = 0; i < LENGTH; i++) {
		uint32_t next = i + 1 < LENGTH ? i + 1 : LPROF_NEXT_OUT;

		offsets[i] = start + i;
		items[i] = (struct lprof_site){
			.next = {next, next},
			.cfa_reg = DWARF_RBP,
			.cfa_offset = 16,
			.flags = i ? 0 : LPROF_SITE_ENTRY,
			.kernel = KERNEL << LPROF_RATIO_BITS,
		};
	}
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct lprof_site items[LENGTH];
	uint64_t offsets[LENGTH];
	const struct sites sites = {items, LENGTH};
	const struct session_part part = {&sites__kind, &sites};
	struct session_object object = {
		.kind = &sites__kind, .name = "the test", .path = "/proc/self/exe", .offsets = offsets, .n = LENGTH};
	struct session_config config = {.parts = &part, .n_parts = 1, .n_pids = 1, .budgeted = true};

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	fixture->rounds = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(fixture->rounds, MAP_FAILED);
	fixture->child = start_child(fixture->rounds);
	make_sites(items, offsets);
	config.pids = &fixture->child;
	config.prices = (struct lprof_prices){.self_ns = SELF_NS};
	config.prices.count_ratio = config.prices.closed_ratio = config.prices.count_self_ratio = 1 << LPROF_RATIO_BITS;
	for (int path = 0; path < LPROF_PATHS; path++)
		config.prices.path_ratio[path] = 1 << LPROF_RATIO_BITS;
	assert_int_equal(session__open(&config, &fixture->scratch->diag, &fixture->session), 0);
	assert_int_equal(session__add_object(fixture->session, &object, &fixture->scratch->diag), 0);
	session__start(fixture->session, 0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	session__close(fixture->session);
	kill(fixture->child, SIGKILL);
	waitpid(fixture->child, NULL, 0);
	munmap((void *)fixture->rounds, sizeof(uint64_t));
	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

static const uint32_t all[LENGTH] = {0, 1, 2, 3, 4, 5};

static void run(const struct fixture *fixture, uint64_t open_ns, uint64_t limit_ns, uint64_t counts[2 * LENGTH],
		struct session_window_result *result)
{
	const struct session_window window = {.sites = all, .n = LENGTH, .open_ns = open_ns, .limit_ns = limit_ns};

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
	uint64_t counts[2 * LENGTH], before = *fixture->rounds, passes;

	run(fixture, 10 * MS, NO_LIMIT, counts, &result);
	passes = assert_passes(counts);
	assert_in_range(passes, 10, *fixture->rounds - before);
	assert_false(result.tripped);
	assert_int_equal(result.closed_ns - result.opened_ns, 10 * MS);
	assert_true(result.attaching_ns < result.opened_ns && result.closed_ns < result.detached_ns);
	assert_in_range(result.cpu_ns, 1, 20 * MS);
	assert_true(result.probe_ns <= result.cost_ns && result.probe_ns);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_window_counts_while_it_is_open, setup, teardown),
		cmocka_unit_test_setup_teardown(a_window_closes_at_its_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(windows_follow_each_other, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
