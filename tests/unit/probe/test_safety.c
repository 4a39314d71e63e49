// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a budgeted session does to its target when the profiler, the process that holds its probes, or both are stopped,
 * killed or starved at random moments: the probes go out soon, whatever happens. With SAFETY_ROUNDS set, each is done
 * so often, and figures are printed; SAFETY_ONLY is the name of one test.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "probe/session.h"
#include "unit/probed_chain.h"
#include "unit/scratch.h"

#define LENGTH	 CALIBRATE_CHAIN_LENGTH
#define MS	 UINT64_C(1000000)
#define LEASE_NS (200 * MS)
#define PATIENCE 10000 /* milliseconds until probes must be out */
#define QUIET_MS 150
#define MOST	 1000

/* Shared by all processes. */
struct shared {
	volatile uint64_t rounds;  /* of the target, through the chain */
	volatile uint64_t windows; /* of the profiler */
};

struct fixture {
	struct scratch *scratch;
	struct shared *shared;
	struct probed_chain chain;
	pid_t target;
	double round_ns; /* of the target, without probes */
	unsigned n;	 /* how often each is done */
	bool verbose;
};

/* The profiler: windows and probes that stay in for a while, by turns. */
static void work(const struct fixture *fixture, struct session *session)
{
	const struct session_window window = {
		.sites = probed_chain_numbers, .n = LENGTH, .open_ns = 4 * MS, .limit_ns = 2 * MS};
	struct session_window_result result;
	uint64_t counts[2 * LENGTH];

	for (;;) {
		const struct session_lease lease = {.until_ns = clock__monotonic_ns() + LEASE_NS, .limit_ns = 4 * MS};
		uint32_t group;

		(void)session__renew(session, &lease);
		if (fixture->shared->windows % 2) {
			(void)session__window(session, &window, counts, &result);
			poll(NULL, 0, 5);
		} else if (!session__put_in(session, 0, LENGTH, &group, &fixture->scratch->diag)) {
			poll(NULL, 0, 20);
			(void)session__take_out(session, group);
		}
		fixture->shared->windows++;
	}
}

static void run_profiler(const struct fixture *fixture)
{
	struct session *session;

	if (probed_chain__open_budgeted(&fixture->chain, &fixture->target, 1, &fixture->scratch->diag, &session))
		_exit(1);
	work(fixture, session);
}

static uint64_t target_cpu_ns(const struct fixture *fixture)
{
	struct timespec time;
	clockid_t id;

	assert_int_equal(clock_getcpuclockid(fixture->target, &id), 0);
	assert_int_equal(clock_gettime(id, &time), 0);
	return (uint64_t)time.tv_sec * CLOCK_SECOND_NS + (uint64_t)time.tv_nsec;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const char *rounds = getenv("SAFETY_ROUNDS");

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	fixture->verbose = rounds;
	fixture->n = rounds ? (unsigned)strtoul(rounds, NULL, 10) : 1;
	assert_in_range(fixture->n, 1, MOST);
	fixture->shared =
		mmap(NULL, sizeof(*fixture->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(fixture->shared, MAP_FAILED);
	probed_chain__init(&fixture->chain);
	fixture->target = probed_chain__start(&fixture->shared->rounds);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	kill(fixture->target, SIGKILL);
	waitpid(fixture->target, NULL, 0);
	munmap(fixture->shared, sizeof(*fixture->shared));
	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

/* The process that holds the profiler's probes. */
static pid_t keeper_of(pid_t profiler)
{
	char path[64];
	FILE *file;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)profiler, (int)profiler);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

/* Whether the process is there, and not as a zombie. */
static bool lives(pid_t pid)
{
	char path[64], text[512] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file && !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	return strchr(text, ')') && !strstr(text, ") Z");
}

static void spin(int cpu, uint64_t until_ns)
{
	const struct sched_param param = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	(void)sched_setaffinity(0, sizeof(cpus), &cpus);
	(void)sched_setscheduler(0, SCHED_FIFO, &param);
	while (clock__monotonic_ns() < until_ns)
		;
	_exit(0);
}

/* Takes all processors for half a second. */
static void starve(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t until_ns = clock__monotonic_ns() + CLOCK_SECOND_NS / 2;
	pid_t pids[64];

	for (int i = 0; i < n && i < 64; i++) {
		pids[i] = fork();
		if (!pids[i])
			spin(i, until_ns);
	}
	for (int i = 0; i < n && i < 64; i++)
		waitpid(pids[i], NULL, 0);
}

struct disturbance {
	const char *name;
	int profiler, keeper; /* signals; 0: none */
	bool starves;
};

/* What a round showed. */
struct outcome {
	double out_ms;	/* until no probe was in */
	double lost_ms; /* of the target's time until then */
};

static pid_t start_profiler(struct fixture *fixture)
{
	pid_t pid;

	fixture->shared->windows = 0;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		run_profiler(fixture);
	for (int i = 0; i < PATIENCE && fixture->shared->windows < 2; i++)
		poll(NULL, 0, 1);
	assert_in_range(fixture->shared->windows, 2, UINT64_MAX);
	return pid;
}

static void disturb(const struct disturbance *disturbance, pid_t profiler, pid_t keeper)
{
	if (disturbance->profiler)
		kill(profiler, disturbance->profiler);
	if (disturbance->keeper)
		kill(keeper, disturbance->keeper);
	if (disturbance->starves)
		starve();
}

/* While the profiler goes on, it puts probes in again and again. */
static bool goes_on(const struct disturbance *disturbance)
{
	return !disturbance->profiler;
}

/*
 * Waits until no probe has been in for some time: a request that the profiler has sent before its end is obeyed after
 * that. Returns when the last one was seen, in milliseconds since START_NS.
 */
static double await_out(const struct fixture *fixture, uint64_t start_ns)
{
	double begin_ms = clock__ms_since(start_ns), now_ms = begin_ms, quiet_ms = begin_ms, last_ms = 0;

	while (now_ms < quiet_ms + QUIET_MS && now_ms < begin_ms + PATIENCE) {
		if (probed_chain__breakpoints(fixture->target))
			quiet_ms = last_ms = now_ms;
		poll(NULL, 0, 1);
		now_ms = clock__ms_since(start_ns);
	}
	return last_ms;
}

static struct outcome run_round(struct fixture *fixture, const struct disturbance *disturbance)
{
	pid_t profiler = start_profiler(fixture), keeper = keeper_of(profiler);
	uint64_t start_ns, cpu_ns, rounds, windows;
	struct outcome outcome;

	usleep((useconds_t)(rand() % 60000));
	start_ns = clock__monotonic_ns();
	cpu_ns = target_cpu_ns(fixture);
	rounds = fixture->shared->rounds;
	windows = fixture->shared->windows;
	disturb(disturbance, profiler, keeper);
	if (goes_on(disturbance)) {
		for (int i = 0; i < PATIENCE && fixture->shared->windows < windows + 2; i++)
			poll(NULL, 0, 1);
		kill(profiler, SIGTERM);
	}
	outcome.out_ms = await_out(fixture, start_ns);
	outcome.lost_ms = ((double)(target_cpu_ns(fixture) - cpu_ns) -
			   (double)(fixture->shared->rounds - rounds) * fixture->round_ns) /
			  1e6;
	assert_true(clock__ms_since(start_ns) - outcome.out_ms >= QUIET_MS);
	kill(profiler, SIGKILL);
	kill(profiler, SIGCONT);
	waitpid(profiler, NULL, 0);
	/* Nothing comes back. */
	for (int i = 0; i < PATIENCE && lives(keeper); i++) {
		kill(keeper, SIGCONT);
		poll(NULL, 0, 1);
	}
	assert_int_equal(probed_chain__breakpoints(fixture->target), 0);
	assert_int_equal(waitpid(fixture->target, NULL, WNOHANG), 0);
	return outcome;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure_round(struct fixture *fixture)
{
	uint64_t cpu_ns = target_cpu_ns(fixture), rounds = fixture->shared->rounds;

	usleep(100000);
	fixture->round_ns = (double)(target_cpu_ns(fixture) - cpu_ns) / (double)(fixture->shared->rounds - rounds + 1);
}

static void run(void **state, const struct disturbance *disturbance)
{
	struct fixture *fixture = *state;
	double out_ms[MOST], lost_ms[MOST];

	measure_round(fixture);
	for (unsigned i = 0; i < fixture->n; i++) {
		struct outcome outcome = run_round(fixture, disturbance);

		out_ms[i] = outcome.out_ms;
		lost_ms[i] = outcome.lost_ms;
	}
	if (!fixture->verbose)
		return;
	qsort(out_ms, fixture->n, sizeof(*out_ms), compare);
	qsort(lost_ms, fixture->n, sizeof(*lost_ms), compare);
	printf("%-18s %u times: out after %.0f ms (at most %.0f), lost %.1f ms of the target's time (at most %.1f)\n",
	       disturbance->name, fixture->n, out_ms[fixture->n / 2], out_ms[fixture->n - 1], lost_ms[fixture->n / 2],
	       lost_ms[fixture->n - 1]);
}

static void profiler_stopped(void **state)
{
	run(state, &(struct disturbance){"profiler stopped", SIGSTOP, 0, false});
}

static void keeper_stopped(void **state)
{
	run(state, &(struct disturbance){"keeper stopped", 0, SIGSTOP, false});
}

static void both_stopped(void **state)
{
	run(state, &(struct disturbance){"both stopped", SIGSTOP, SIGSTOP, false});
}

static void profiler_killed(void **state)
{
	run(state, &(struct disturbance){"profiler killed", SIGKILL, 0, false});
}

static void keeper_killed(void **state)
{
	run(state, &(struct disturbance){"keeper killed", 0, SIGKILL, false});
}

static void both_killed(void **state)
{
	run(state, &(struct disturbance){"both killed", SIGKILL, SIGKILL, false});
}

static void all_starved(void **state)
{
	run(state, &(struct disturbance){"starved", 0, 0, true});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(profiler_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(keeper_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(both_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(profiler_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(keeper_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(both_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(all_starved, setup, teardown),
	};

	cmocka_set_test_filter(getenv("SAFETY_ONLY"));
	srand((unsigned)clock__monotonic_ns());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
