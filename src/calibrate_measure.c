// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The price of a probe class is what the virtual clock has to subtract for a hit: the time from the program's
 * reading of the clock at one hit to its reading at the next, when nothing but the rest of the first hit and
 * the beginning of the second lies between. That is what the edges of a chain of adjacent probed instructions
 * measure when their sites cost nothing.
 *
 * A sample is the mean over a batch so short that it is seldom interrupted; the price is the samples' median,
 * its uncertainty half their interquartile range. The classes are measured by turns, so that a change of the
 * processor's speed meets all of them.
 *
 * The measuring process is its own target. Taking probes out costs tens of milliseconds and is the kernel's
 * business when that process exits; hence it is nobody's child and is not waited for, and holds nothing that
 * was open here: a reader at the other end of our standard output must not wait for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attribute.h"
#include "calibrate.h"
#include "calibrate_target.h"
#include "session.h"

#define ROUNDS	     4	/* through a chain, per sample */
#define STEP_ROUNDS  1	/* ... where a hit takes ten times as long */
#define WARM_UP	     4	/* samples thrown away */
#define MIN_SAMPLES  16 /* however long they take */
#define MAX_SAMPLES  64
#define SAMPLING_NS  12000000
#define PATIENCE_MS  3000
#define LIFE_SECONDS 10 /* of the measuring process, whatever happens */

struct samples {
	size_t n; /* of each chain */
	uint32_t ns[CALIBRATE_TARGET_CHAINS][MAX_SAMPLES];
};

struct answer {
	int err;
	struct calibration calibration;
};

struct counters {
	uint64_t arrivals[CALIBRATE_TARGET_CHAINS];
	int64_t time_ns[CALIBRATE_TARGET_CHAINS];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * Of the chain with two frames only the edges count that pass two hits both of which put a frame aside and
 * take one up; at both ends there are frames that begin and that have ended.
 */
static bool counts(int chain, int site)
{
	return chain != CALIBRATE_TARGET_SWITCH || (site >= 1 && site <= CALIBRATE_TARGET_LENGTH - 4);
}

static int read_counters(struct session *session, struct counters *counters)
{
	struct lprof_edge edges[2 * CALIBRATE_TARGET_SITES];
	struct session_stats stats;
	int err = session__collect(session, edges, &stats);

	*counters = (struct counters){0};
	for (int i = 0; !err && i < 2 * CALIBRATE_TARGET_SITES; i++) {
		int site = i / 2, chain = site / CALIBRATE_TARGET_LENGTH;

		if (!counts(chain, site % CALIBRATE_TARGET_LENGTH))
			continue;
		counters->arrivals[chain] += edges[i].arrivals;
		counters->time_ns[chain] += (int64_t)edges[i].wall_ns;
	}
	return err;
}

/* One sample of each chain. */
static int take_samples(struct session *session, struct counters *before, struct samples *samples)
{
	struct counters after;
	int err;

	for (int chain = 0; chain < CALIBRATE_TARGET_CHAINS; chain++)
		calibrate_target__run(chain, chain == INSN_PROBE_STEP ? STEP_ROUNDS : ROUNDS);
	err = read_counters(session, &after);
	if (err)
		return err;
	for (int chain = 0; chain < CALIBRATE_TARGET_CHAINS; chain++) {
		uint64_t n = after.arrivals[chain] - before->arrivals[chain];
		int64_t ns = after.time_ns[chain] - before->time_ns[chain];

		if (!n || ns < 0)
			return -ENODATA;
		samples->ns[chain][samples->n] = (uint32_t)((uint64_t)ns / n);
	}
	samples->n++;
	*before = after;
	return 0;
}

static int sample(struct session *session, struct samples *samples)
{
	int64_t start = now_ns();
	struct counters counters = {0};
	int err = 0;

	for (int i = 0; !err && i < WARM_UP; i++) {
		samples->n = 0;
		err = take_samples(session, &counters, samples);
	}
	samples->n = 0;
	while (!err && samples->n < MAX_SAMPLES && (samples->n < MIN_SAMPLES || now_ns() - start < SAMPLING_NS))
		err = take_samples(session, &counters, samples);
	return err;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void evaluate(struct samples *samples, struct calibration *out)
{
	size_t n = samples->n;
	uint32_t extra[MAX_SAMPLES];

	/* Both were measured within the same fraction of a millisecond: their difference is steadier than they are. */
	for (size_t i = 0; i < n; i++) {
		uint32_t switching = samples->ns[CALIBRATE_TARGET_SWITCH][i] / 2,
			 plain = samples->ns[INSN_PROBE_JMP][i];

		extra[i] = switching > plain ? switching - plain : 0;
	}
	qsort(extra, n, sizeof(*extra), compare);
	*out = (struct calibration){.switch_ns = extra[n / 2], .source = CALIBRATION_MEASURED};
	for (int class = 0; class < INSN_PROBE_CLASSES; class ++) {
		uint32_t *ns = samples->ns[class];

		qsort(ns, n, sizeof(*ns), compare);
		out->price_ns[class] = ns[n / 2];
		out->uncertainty_ns[class] = (ns[3 * n / 4] - ns[n / 4] + 1) / 2;
	}
}

static int attach_chains(const struct diag *diag, struct session **session)
{
	struct lprof_site sites[CALIBRATE_TARGET_SITES];
	uint64_t offsets[CALIBRATE_TARGET_SITES];
	pid_t self = getpid();
	struct session_config config = {
		.sites = sites,
		.n_sites = CALIBRATE_TARGET_SITES,
		.pids = &self,
		.n_pids = 1,
	};
	struct session_object object = {
		.name = "calibration",
		.path = "/proc/self/exe",
		.offsets = offsets,
		.n = CALIBRATE_TARGET_SITES,
	};
	int err = calibrate_target__sites(sites, offsets);

	if (!err)
		err = session__open(&config, diag, session);
	if (!err)
		err = session__attach(*session, &object, diag);
	if (!err)
		session__start(*session);
	return err;
}

static int measure_here(struct calibration *out)
{
	const struct diag silent = {.stream = stderr, .verbosity = -1}; /* errors go where stderr leads: nowhere */
	struct session *session;
	struct samples samples = {0};
	int err = attach_chains(&silent, &session);

	if (!err)
		err = sample(session, &samples);
	if (!err)
		evaluate(&samples, out);
	return err; /* the session ends with the process */
}

/* Nothing of the parent's may stay open, be in use, or reach us. */
static int let_go(int keep)
{
	sigset_t none;
	int null;

	sigemptyset(&none);
	signal(SIGALRM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(LIFE_SECONDS);
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/"))
		return -errno;
	if ((keep > 3 && close_range(3, (unsigned int)keep - 1, 0)) || close_range((unsigned int)keep + 1, ~0U, 0))
		return -errno;
	return 0;
}

static void __attribute__((noreturn)) run_measuring_process(int fd)
{
	struct answer answer = {0};
	ssize_t written;

	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3); /* the standard ones may have been closed */
	answer.err = fd < 0 ? -errno : let_go(fd);
	if (!answer.err)
		answer.err = measure_here(&answer.calibration);
	written = write(fd, &answer, sizeof(answer));
	close(fd);
	_exit(written == sizeof(answer) ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Forks twice: the process between ends at once and is reaped here, so that the other one is not ours. */
static int start_measuring_process(int fd)
{
	pid_t between = fork();

	if (between < 0)
		return -errno;
	if (!between) {
		pid_t pid = fork();

		if (!pid)
			run_measuring_process(fd);
		_exit(pid < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* The end of the process without a word reads as the end of the pipe. */
static int read_answer(int fd, struct answer *answer)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	int64_t deadline = now_ns() + (int64_t)PATIENCE_MS * 1000000;
	int ready;

	do {
		int64_t left = (deadline - now_ns()) / 1000000;

		ready = poll(&pollfd, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return ready ? -errno : -ETIMEDOUT;
	return read(fd, answer, sizeof(*answer)) == sizeof(*answer) ? 0 : -EIO;
}

int calibrate__measure(struct calibration *out)
{
	struct answer answer = {0};
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = start_measuring_process(fds[1]);
	close(fds[1]);
	if (!err)
		err = read_answer(fds[0], &answer);
	close(fds[0]);
	if (!err)
		err = answer.err;
	if (!err)
		*out = answer.calibration;
	return err;
}
