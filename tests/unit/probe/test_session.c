// SPDX-License-Identifier: GPL-2.0-or-later
/* session on the running kernel: the probed code is a chain of instructions of this program. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/session.h"
#include "probe/sites.h"
#include "unit/probed_chain.h"
#include "unit/scratch.h"

#define LENGTH	   CALIBRATE_CHAIN_LENGTH
#define EDGE(site) (2 * (site))

struct fixture {
	struct scratch *scratch;
	struct probed_chain chain;
	struct sites sites;
	struct session_part part;
	struct session_config config;
	struct session_object object;
	pid_t self;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	fixture->self = getpid();
	probed_chain__init(&fixture->chain);
	fixture->sites = (struct sites){.items = fixture->chain.items, .n = fixture->chain.n};
	fixture->part = (struct session_part){&sites__kind, &fixture->sites};
	fixture->config = (struct session_config){
		.parts = &fixture->part,
		.n_parts = 1,
		.pids = &fixture->self,
		.n_pids = 1,
	};
	fixture->object = probed_chain__object(&fixture->chain);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

static size_t n_in(void)
{
	return probed_chain__breakpoints(getpid());
}

static size_t open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static struct session *open_attached(struct fixture *fixture)
{
	struct session *session = NULL;

	assert_int_equal(session__open(&fixture->config, &fixture->scratch->diag, &session), 0);
	assert_int_equal(session__attach(session, &fixture->object, &fixture->scratch->diag), 0);
	return session;
}

static void run_in_child(uint32_t rounds)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		probed_chain__run(rounds);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* The chain was run through ROUNDS times by the owner. */
static void assert_rounds(const struct counters *counters, const struct counters_owner *owner, uint64_t rounds)
{
	assert_int_equal(counters->n_edges, 2 * LENGTH);
	for (uint32_t i = 0; i < LENGTH; i++) {
		assert_int_equal(owner->edges[EDGE(i)].departures, rounds);
		assert_int_equal(owner->edges[EDGE(i)].arrivals, i + 1 < LENGTH ? rounds : 0);
		assert_int_equal(owner->edges[EDGE(i) + 1].departures, 0);
	}
}

static void assert_counted(struct session *session, uint64_t rounds)
{
	struct counters counters;

	assert_int_equal(session__collect(session, &counters), 0);
	assert_int_equal(counters.n_owners, 1);
	assert_rounds(&counters, &counters.owners[0], rounds);
	assert_int_equal(counters.stats.hits, rounds * LENGTH);
	assert_int_equal(counters.stats.missed, 0);
	assert_int_equal(counters.n_lines, 0);
	counters__release(&counters);
}

static void counts_between_start_and_detach(void **state)
{
	struct fixture *fixture = *state;
	size_t descriptors = open_descriptors();
	struct session *session = open_attached(fixture);

	assert_int_equal(n_in(), LENGTH);
	probed_chain__run(3);
	session__start(session, 0);
	assert_counted(session, 0);
	probed_chain__run(100);
	assert_counted(session, 100);
	assert_int_equal(session__adjust(session), 0);
	probed_chain__run(11);
	assert_int_equal(session__detach(session, &fixture->scratch->diag), 0);
	assert_int_equal(n_in(), 0);
	probed_chain__run(5);
	assert_counted(session, 111);
	session__close(session);
	assert_int_equal(open_descriptors(), descriptors);
	assert_string_equal(scratch__said(fixture->scratch), "");
}

static void a_duration_ends_it(void **state)
{
	struct session *session = open_attached(*state);

	session__start(session, 1);
	poll(NULL, 0, 1);
	probed_chain__run(100);
	assert_counted(session, 0);
	session__close(session);
}

static void closing_detaches(void **state)
{
	struct session *session = open_attached(*state);

	session__start(session, 0);
	session__close(session);
	assert_int_equal(n_in(), 0);
	session__close(NULL);
}

static void without_processes_all_are_counted(void **state)
{
	struct fixture *fixture = *state;
	struct session *session;

	fixture->config.pids = NULL;
	fixture->config.n_pids = 0;
	session = open_attached(fixture);
	session__start(session, 0);
	probed_chain__run(100);
	run_in_child(23);
	assert_counted(session, 123);
	session__close(session);
}

static void only_the_process_is_counted(void **state)
{
	struct session *session = open_attached(*state);

	session__start(session, 0);
	run_in_child(23);
	probed_chain__run(7);
	assert_counted(session, 7);
	session__close(session);
}

static void several_processes_are_counted_apart(void **state)
{
	struct fixture *fixture = *state;
	struct session *session;
	struct counters counters;
	int go[2];
	pid_t pids[2] = {getpid(), 0};
	char byte = 0;

	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	pids[1] = fork();
	assert_true(pids[1] >= 0);
	if (!pids[1]) {
		if (read(go[0], &byte, 1) == 1)
			probed_chain__run(42);
		_exit(0);
	}
	fixture->config.pids = pids;
	fixture->config.n_pids = 2;
	fixture->config.by = LPROF_BY_PROCESS;
	session = open_attached(fixture);
	session__start(session, 0);
	probed_chain__run(100);
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(waitpid(pids[1], NULL, 0), pids[1]);
	assert_int_equal(session__collect(session, &counters), 0);
	assert_int_equal(counters.n_owners, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct counters_owner *owner = &counters.owners[i];

		assert_true(owner->who.tgid == (uint32_t)pids[0] || owner->who.tgid == (uint32_t)pids[1]);
		assert_rounds(&counters, owner, owner->who.tgid == (uint32_t)pids[0] ? 100 : 42);
	}
	assert_int_equal(counters.stats.hits, 142 * LENGTH);
	counters__release(&counters);
	session__close(session);
	close(go[0]);
	close(go[1]);
}

/* A probe that runs a program that does nothing counts nothing. */
static void the_empty_program_counts_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct session *session;

	fixture->config.empty_probe = true;
	session = open_attached(fixture);
	session__start(session, 0);
	assert_int_equal(n_in(), LENGTH);
	probed_chain__run(100);
	assert_counted(session, 0);
	session__close(session);
}

static void without_parts_there_is_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct session *session;
	struct counters counters;

	fixture->config.n_parts = 0;
	assert_int_equal(session__open(&fixture->config, &fixture->scratch->diag, &session), 0);
	session__start(session, 0);
	assert_int_equal(session__collect(session, &counters), 0);
	assert_int_equal(counters.n_edges, 0);
	assert_int_equal(counters.stats.hits, 0);
	counters__release(&counters);
	/* The probes of a kind that is no part of the session have no program. */
	assert_int_equal(session__attach(session, &fixture->object, &fixture->scratch->diag), -EBADF);
	assert_int_equal(n_in(), 0);
	assert_said(fixture->scratch, "cannot attach to the test");
	session__close(session);
}

static void the_trial_loads(void **state)
{
	struct fixture *fixture = *state;
	struct session *session;

	fixture->part.data = sites__kind.trial;
	assert_int_equal(session__open(&fixture->config, &fixture->scratch->diag, &session), 0);
	session__close(session);
	assert_string_equal(scratch__said(fixture->scratch), "");
}

static struct bpf_program *no_program(const struct lprof_bpf *skel, const void *data, unsigned number)
{
	(void)skel;
	(void)data;
	(void)number;
	return NULL;
}

static void no_configuring(struct lprof_bpf *skel, const void *data)
{
	(void)skel;
	(void)data;
}

static int fill_fails(const struct lprof_bpf *skel, const void *data)
{
	(void)skel;
	(void)data;
	return -E2BIG;
}

static void maps_that_cannot_be_filled(void **state)
{
	static const struct session_kind kind = {
		.n_programs = 3,
		.program = no_program,
		.configure = no_configuring,
		.fill = fill_fails,
	};
	struct fixture *fixture = *state;
	const struct session_part parts[] = {fixture->part, {&kind, NULL}};
	size_t descriptors = open_descriptors();
	struct session *session = NULL;

	fixture->config.parts = parts;
	fixture->config.n_parts = 2;
	assert_int_equal(session__open(&fixture->config, &fixture->scratch->diag, &session), -E2BIG);
	assert_null(session);
	assert_said(fixture->scratch, "cannot write the BPF program's maps");
	assert_int_equal(open_descriptors(), descriptors);
}

static void an_object_that_is_not_there(void **state)
{
	struct fixture *fixture = *state;
	struct session *session;

	assert_int_equal(session__open(&fixture->config, &fixture->scratch->diag, &session), 0);
	fixture->object.path = "/nonexistent";
	assert_int_equal(session__attach(session, &fixture->object, &fixture->scratch->diag), -ENOENT);
	assert_said(fixture->scratch, "nothing was attached");
	fixture->object.n = 0;
	assert_int_equal(session__attach(session, &fixture->object, &fixture->scratch->diag), 0);
	session__close(session);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static void forked_processes_are_noted(void **state)
{
	struct fixture *fixture = *state;
	struct profile *profile = profile__new();
	struct session *session;

	fixture->config.own = true;
	session = open_attached(fixture);
	assert_int_equal(session__check_processes(session, &fixture->scratch->diag), 0);
	session__start(session, 0);
	run_in_child(23);
	assert_int_equal(session__note_processes(session, profile), 0);
	/* The process that holds the probes is one that this one had started before. */
	assert_int_equal(profile->n_notes, 2);
	assert_non_null(strstr(profile->notes[1], "1 process that the target started ran code of the test too"));
	run_in_child(23);
	assert_int_equal(session__note_processes(session, profile), 0);
	assert_int_equal(profile->n_notes, 3); /* what was noted already is not noted again */
	assert_non_null(strstr(profile->notes[2], "2 processes that the target started ran code of the test too"));
	session__close(session);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counts_between_start_and_detach),
		TEST(a_duration_ends_it),
		TEST(closing_detaches),
		TEST(without_processes_all_are_counted),
		TEST(only_the_process_is_counted),
		TEST(several_processes_are_counted_apart),
		TEST(the_empty_program_counts_nothing),
		TEST(without_parts_there_is_nothing),
		TEST(the_trial_loads),
		TEST(maps_that_cannot_be_filled),
		TEST(an_object_that_is_not_there),
		TEST(forked_processes_are_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
